/**
 * `vitrine trace [options] FILE [args…]`: every executed instruction, as text, JSON lines or a recording. FILE may be a
 * recording too, which is then shown. Called by main.ts.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { record } from '../trace/recorder.ts'
import { RecordingReader } from '../trace/recording.ts'
import { functionTest } from '../trace/select.ts'
import type { TraceEvent } from '../trace/tracer.ts'
import { type Parsed, UsageError } from './args.ts'
import { type Guest, prepareGuest } from './guest.ts'
import { Buffered, complain, emitBytes, outputFile } from './output.ts'
import type { Session } from './program.ts'
import { runWatched, storeFor } from './watched.ts'

type Format = 'text' | 'indent' | 'jsonl' | 'binary'
const formats: readonly string[] = ['text', 'indent', 'jsonl', 'binary']

export async function traceCommand(parsed: Parsed, session: Session): Promise<number> {
  const format = formatOf(parsed)
  const [path] = parsed.operands
  if (isRecording(path!)) return show(path!, parsed, format)
  const guest = await prepareGuest(parsed, session)
  const patterns = parsed.all('func')
  checkPatterns(patterns, guest.module.data)
  const output = parsed.get('output')
  const fd = outputFile(output)
  try {
    return await trace(guest, { format, patterns, fd, output, limit: parsed.get('limit'), most: parsed.number('limit') })
  } finally {
    if (fd > 2) closeSync(fd)
  }
}

interface Settings {
  readonly format: Format
  readonly patterns: readonly string[]
  readonly fd: number
  readonly output: string | undefined
  /** As it was written, and as a number. */
  readonly limit: string | undefined
  readonly most: number | undefined
}

async function trace(guest: Guest, { format, patterns, fd, output, limit, most }: Settings): Promise<number> {
  const store = storeFor(guest)
  const sink = sinkOf(format, fd, (offset) => guest.file.place(offset))
  let readerGone = false
  const recorder = record(store, {
    func: patterns.length === 0 ? undefined : patterns,
    limit: most,
    write: (bytes) => {
      if (readerGone || sink.write(bytes)) return
      readerGone = true
      throw recorder.ended
    },
  })
  return runWatched(guest, store, output, (error) => {
    try {
      recorder.stop(error)
    } catch (ended) {
      if (ended !== recorder.ended) throw ended
    }
    sink.end()
    if (error !== recorder.ended) return false
    if (!readerGone) complain(`vitrine: the program was ended after ${limit!} lines`)
    return true
  })
}

function formatOf(parsed: Parsed): Format {
  const format = parsed.get('format') ?? (parsed.has('jsonl') ? 'jsonl' : 'text')
  if (!formats.includes(format)) throw new UsageError(`--format '${format}' is not one of ${formats.join(', ')}`)
  return format as Format
}

/** Shows a recording. */
function show(path: string, parsed: Parsed, format: Format): number {
  if (format === 'binary') throw new UsageError(`${path} is a recording already`)
  const test = functionTest(parsed.all('func').length === 0 ? undefined : parsed.all('func'))
  const fd = outputFile(parsed.get('output'))
  const out = new Buffered(fd)
  let left = parsed.number('limit') ?? Infinity
  let open = true
  const line = lineOf(format, (offset) => `0x${offset.toString(16)}`)
  const reader = new RecordingReader((event) => {
    if (left > 0 && test(event.funcidx, event.name)) {
      left--
      open = out.write(line(event))
    }
  })
  const from = openSync(path, 'r')
  const chunk = new Uint8Array(1 << 20)
  for (let n = readSync(from, chunk); n > 0 && open && left > 0; n = readSync(from, chunk)) reader.push(chunk.subarray(0, n))
  closeSync(from)
  if (open && left > 0) reader.end()
  out.flush()
  if (fd > 2) closeSync(fd)
  return 0
}

function isRecording(path: string): boolean {
  try {
    const fd = openSync(path, 'r')
    const start = Buffer.alloc(4)
    readSync(fd, start)
    closeSync(fd)
    return start.toString('latin1') === 'vtrc'
  } catch {
    // Whoever reads the program says what is wrong.
    return false
  }
}

/** Takes the recording as it is made. `write` says false when nobody reads any more. */
interface Sink {
  write(bytes: Uint8Array): boolean
  end(): void
}
function sinkOf(format: Format, fd: number, place: (offset: number) => string): Sink {
  if (format === 'binary') return { write: (bytes) => emitBytes(fd, bytes), end: () => {} }
  const out = new Buffered(fd)
  const line = lineOf(format, place)
  let open = true
  const reader = new RecordingReader((event) => {
    if (open) open = out.write(line(event))
  })
  return {
    write: (bytes) => {
      reader.push(bytes)
      return open
    },
    end: () => {
      reader.end()
      out.flush()
    },
  }
}

/** `--func` must mean something. */
function checkPatterns(patterns: readonly string[], module: Module): void {
  const { funcs } = moduleNames(module)
  const own = module.funcs.map((_, funcidx) => funcidx).slice(module.imported.func)
  for (const pattern of patterns) {
    if (pattern === '') throw new UsageError('--func needs a name or an index')
    const test = functionTest(pattern)
    if (!own.some((funcidx) => test(funcidx, funcs.get(funcidx))))
      throw new UsageError(`--func '${pattern}' matches no function of the module`, 'vitrine inspect lists those with names')
  }
}

const lineOf = (format: Format, place: (offset: number) => string): ((event: TraceEvent) => string) =>
  format === 'jsonl' ? jsonLine : (event) => textLine(event, place, format === 'indent')

function textLine(event: TraceEvent, place: (offset: number) => string, indent: boolean): string {
  const { funcidx, name, offset, text, depth, operands, results, trap, exception } = event
  const left = `${(name ?? `func ${funcidx}`).padEnd(16)} ${place(offset).padStart(7)}  ${indent ? '  '.repeat(depth - 1) : ''}${text}`
  const taken = operands.map((v) => v.value).join(' ')
  const given =
    trap !== undefined ? `trap: ${trap}` : exception !== undefined ? `throws ${exception}` : (results ?? []).map((v) => v.value).join(' ')
  const right = `${taken}${given === '' ? '' : `${taken === '' ? '' : ' '}-> ${given}`}`
  return right === '' ? `${left}\n` : `${left.padEnd(54)}  ${right}\n`
}

const jsonLine = ({ funcidx, name, offset, text, tick, depth, operands, results, trap, exception }: TraceEvent): string =>
  `${JSON.stringify({ func: funcidx, name, offset, op: text.split(' ', 1)[0], text, tick, depth, operands, results, trap, exception })}\n`
