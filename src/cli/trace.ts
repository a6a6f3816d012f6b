/** `vitrine trace [options] FILE [args…]`: every executed instruction, as text or JSON lines. Called by main.ts. */
import { closeSync } from 'node:fs'
import { Store } from '../embedding/store.ts'
import { fdOutput } from '../host/node/index.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import type { Executor } from '../runtime/thread.ts'
import { type TraceEvent, Tracer } from '../trace/tracer.ts'
import { run } from '../wasi/index.ts'
import { parseBytes } from '../wasi/run.ts'
import { type Parsed, UsageError } from './args.ts'
import { prepareGuest } from './guest.ts'
import { Buffered, complain, outputFile } from './output.ts'
import type { Session, SourceFile } from './program.ts'
import { report } from './report.ts'

/** A store whose threads are traced. */
class TracedStore extends Store {
  override executor: Executor
  constructor(executor: Executor, options: ConstructorParameters<typeof Store>[0]) {
    super(options)
    this.executor = executor
  }
}

export async function traceCommand(parsed: Parsed, session: Session): Promise<number> {
  const guest = await prepareGuest(parsed, session)
  const { file } = guest
  const path = parsed.get('output')
  const filter = functionFilter(parsed.all('func'), guest.module.data)
  const fd = outputFile(path)
  const out = new Buffered(fd)
  const line = parsed.has('jsonl') ? (event: TraceEvent) => jsonLine(event) : (event: TraceEvent) => textLine(event, file)
  let readerGone = false
  const tracer = new Tracer({
    filter,
    limit: parsed.number('limit'),
    onEvent: (event) => {
      if (out.write(line(event))) return
      readerGone = true
      throw tracer.ended
    },
  })
  const { fuel, wallMs, memory } = guest.options.limits ?? {}
  const limits = memory === undefined ? {} : { memory: parseBytes(String(memory)) }
  let exitCode = 0
  try {
    const result = await run(guest.module, {
      ...guest.options,
      stdout: path === undefined ? fdOutput(2) : guest.options.stdout,
      store: new TracedStore(tracer.executor, { limits, fuel, timeout: wallMs }),
    })
    exitCode = result.exitCode & 0xff
    finish(tracer, out)
    for (const text of guest.results(result.result)) complain(text)
  } catch (error) {
    finish(tracer, out, error)
    if (error !== tracer.ended) {
      const said = report(error, file)
      if (said.text !== '') complain(said.text)
      exitCode = said.exitCode
    } else if (!readerGone) complain(`vitrine: the program was ended after ${parsed.get('limit')!} lines`)
  } finally {
    if (fd > 2) closeSync(fd)
  }
  return exitCode
}

/** What is still open, then what is still buffered. */
function finish(tracer: Tracer, out: Buffered, error?: unknown): void {
  try {
    tracer.flush(error)
  } catch (ended) {
    if (ended !== tracer.ended) throw ended
  }
  out.flush()
}

/** `mul*`, `12`: a name with wildcards, or an index. */
function functionFilter(patterns: readonly string[], module: Module): ((funcidx: number, name: string | undefined) => boolean) | undefined {
  if (patterns.length === 0) return undefined
  const tests = patterns.map((pattern) => {
    if (pattern === '') throw new UsageError('--func needs a name or an index')
    if (/^\d+$/.test(pattern)) return (funcidx: number): boolean => funcidx === Number(pattern)
    const expression = new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
      's',
    )
    return (_: number, name: string | undefined): boolean => name !== undefined && expression.test(name)
  })
  const { funcs } = moduleNames(module)
  const own = module.funcs.map((_, funcidx) => funcidx).slice(module.imported.func)
  tests.forEach((test, i) => {
    if (!own.some((funcidx) => test(funcidx, funcs.get(funcidx))))
      throw new UsageError(`--func '${patterns[i]!}' matches no function of the module`, 'vitrine inspect lists those with names')
  })
  return (funcidx, name) => tests.some((test) => test(funcidx, name))
}

function textLine({ funcidx, name, offset, text, operands, results, trap, exception }: TraceEvent, file: SourceFile): string {
  const left = `${(name ?? `func ${funcidx}`).padEnd(16)} ${file.place(offset).padStart(7)}  ${text}`
  const taken = operands.map((v) => v.value).join(' ')
  const given =
    trap !== undefined ? `trap: ${trap}` : exception !== undefined ? `throws ${exception}` : (results ?? []).map((v) => v.value).join(' ')
  const right = `${taken}${given === '' ? '' : `${taken === '' ? '' : ' '}-> ${given}`}`
  return right === '' ? `${left}\n` : `${left.padEnd(54)}  ${right}\n`
}

const jsonLine = ({ funcidx, name, offset, text, tick, depth, operands, results, trap, exception }: TraceEvent): string =>
  `${JSON.stringify({ func: funcidx, name, offset, op: text.split(' ', 1)[0], text, tick, depth, operands, results, trap, exception })}\n`
