/** `vitrine run [options] FILE [args…]`: runs a program with what the options grant it. Called by main.ts. */
import { type TrapScene, witnessed } from '../debug/witness.ts'
import { Store } from '../embedding/store.ts'
import { VitrineError, isTrap } from '../errors.ts'
import { loadExecutor } from '../families/load.ts'
import { type RunReport, parseBytes, run } from '../wasi/run.ts'
import { type Parsed, commands } from './args.ts'
import { parseExecution, prepareGuest, reportDenied, reportGrants, reportInterrupted } from './guest.ts'
import { optimize } from './optimizer.ts'
import { complain, print } from './output.ts'
import type { Session } from './program.ts'
import { EXIT, report } from './report.ts'

export async function runCommand(parsed: Parsed, session: Session): Promise<number> {
  const execution = parseExecution(parsed)
  const guest = await prepareGuest(parsed, session)
  const { fuel, wallMs, memory } = guest.options.limits ?? {}
  const limits = memory === undefined ? {} : { memory: parseBytes(String(memory)) }
  await loadExecutor(execution.executor, optimize)
  const store = new Store({ ...execution, limits, fuel, timeout: wallMs })
  let scene: TrapScene | undefined
  store.executor = witnessed(store.executor, (seen) => (scene = seen))
  let ended: RunReport = { grants: [], denied: [], interrupted: [] }
  let exitCode: number
  const stop = new AbortController()
  const clients = parsed.has('dap')
    ? await (await import('./dap.ts')).joinable(parsed.get('dap')!, guest.file, () => stop.abort(interrupted()))
    : undefined
  let failure: unknown
  try {
    const { signal: outer } = guest.options
    outer?.addEventListener('abort', () => stop.abort(outer.reason))
    const result = await run(guest.module, {
      ...guest.options,
      signal: clients === undefined ? outer : stop.signal,
      store,
      onInstance: (instance) => clients?.join(instance),
      report: (r) => (ended = r),
    })
    for (const line of guest.results(result.result)) print(line)
    exitCode = result.exitCode & 0xff
  } catch (error) {
    failure = error
    const said = report(error, guest.file)
    if (said.text !== '') complain(said.text)
    if (isTrap(error) && scene?.offset === error.frames[0]?.offset && !parsed.has('quiet')) describeTrap(scene!, parsed)
    if (process.env['VITRINE_DEBUG'] === '1') complain(String((error as Error).stack))
    exitCode = said.exitCode
  }
  await clients?.end(exitCode, failure)
  if (!parsed.has('quiet')) reportInterrupted(ended, exitCode === EXIT.timeout)
  if (parsed.has('verbose')) reportGrants(ended)
  if (parsed.has('verbose') || (exitCode !== 0 && !parsed.has('quiet'))) reportDenied(ended)
  return exitCode
}

const interrupted = (): VitrineError => new VitrineError('interrupted', 'ended by a client of its debugger')

/** Locals that are shown. */
const MAX_LOCALS = 12

/** Below the backtrace: the instruction with its operands, the locals of its function, and how to look into it. */
function describeTrap({ instruction, operands, locals, func, funcidx }: TrapScene, parsed: Parsed): void {
  complain(`  instruction: ${instruction}${operands.length === 0 ? '' : `, operands ${operands.join(' ')}`}`)
  if (locals.length > 0) {
    const shown = locals.slice(0, MAX_LOCALS).map(({ name, text }) => `${name}=${text}`)
    if (locals.length > MAX_LOCALS) shown.push('…')
    complain(`  locals of ${func ?? `function ${funcidx}`}: ${shown.join(' ')}`)
  }
  complain(`  to look into it: ${debugLine(parsed)}`)
}

/** The command that runs the same program under the debugger. */
function debugLine(parsed: Parsed): string {
  const known = new Set(commands.find(({ name }) => name === 'debug')!.options.map(({ name }) => name))
  const words = ['vitrine', 'debug']
  for (const [name, values] of parsed.values) if (known.has(name)) for (const value of values) words.push(`--${name}`, value)
  return [...words, ...parsed.operands]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}
