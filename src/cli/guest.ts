/** The options that say what a guest is given: shared by `run`, `trace` and `debug`, whose files call it. */
import type { CompiledModule } from '../embedding/module.ts'
import type { StoreOptions } from '../embedding/store.ts'
import { VitrineError, isVitrineError } from '../errors.ts'
import { type Clock, fixedClock, virtualClock } from '../host/clock.ts'
import { nodeClock } from '../host/node/clock.ts'
import { fileInput, stderr, stdin, stdout } from '../host/node/stdio.ts'
import { formatDenied } from '../host/policy.ts'
import { seededRandom } from '../host/random.ts'
import type { Listener } from '../host/sockets.ts'
import { type FuncType, formatValType } from '../spec/types.ts'
import { type StraceEntry, formatStrace } from '../wasi/preview1/strace.ts'
import { type RunOptions, type RunReport, parseBytes } from '../wasi/run.ts'
import { type Parsed, UsageError } from './args.ts'
import { complain } from './output.ts'
import { type Session, SourceFile, parseFeatures } from './program.ts'
import { systemMessage } from './system.ts'
import { formatResult, parseArgument } from './values.ts'

export interface Guest {
  readonly file: SourceFile
  readonly module: CompiledModule
  readonly options: RunOptions
  /** Prints the results of `--invoke`. */
  readonly results: (result: unknown) => string[]
}

/** Reads the program and everything that it is granted. `signal`: what ends it; default: Ctrl-C. */
export async function prepareGuest(
  parsed: Parsed,
  session: Session,
  signal: () => AbortSignal | undefined = interruptSignal,
): Promise<Guest> {
  const [path, ...rest] = parsed.operands
  const clock = parsed.has('clock') ? parseClock(parsed.get('clock')!) : nodeClock()
  const [dirs, files] = [parsed.all('dir'), parsed.all('file')]
  const fs = dirs.length + files.length === 0 ? {} : (await import('./grants.ts')).parseGrants(dirs, files, clock)
  const env = parseEnvironment(parsed.all('env'))
  const limits = { fuel: parsed.number('fuel'), wallMs: parsed.number('timeout'), memory: parsed.get('max-memory') }
  if (limits.memory !== undefined) parseBytes(limits.memory)
  const seed = parsed.number('seed')

  const strace = parseStrace(parsed)

  // A program with threads says so by what it imports: nobody has to switch them on.
  const file = new SourceFile(path!, { threads: true, ...parseFeatures(parsed.get('features')) })
  const module = await (await file.read()).compile()
  session.file = file
  const invoked = parsed.get('invoke')
  if (invoked === undefined && !module.exports.some((e) => e.name === '_start' || e.name === '_initialize')) {
    throw new UsageError(
      `${file.path} has no _start: it is not a program`,
      `call one of its functions with --invoke NAME: ${functionNames(module)}`,
    )
  }
  const type = invoked === undefined ? undefined : typeOfExport(module, invoked)
  const args = type === undefined ? undefined : parseArguments(invoked!, type, rest)
  return {
    file,
    module,
    options: {
      args: invoked === undefined ? rest : [],
      argv0: parsed.get('argv0') ?? file.name,
      env,
      fs,
      stdin: parsed.has('stdin') ? openInput(parsed.get('stdin')!) : stdin(),
      stdout: stdout({ mode: 'async' }),
      stderr: stderr({ mode: 'async' }),
      listen: await openListeners(parsed.all('listen')),
      strace,
      clock,
      random: seed === undefined ? undefined : seededRandom(seed),
      limits,
      invoke: invoked === undefined ? undefined : { name: invoked, args },
      signal: signal(),
    },
    results: (result) => (type === undefined ? [] : formatResults(type, result)),
  }
}

/** What `--executor` and `--tier` say. */
export function parseExecution(parsed: Parsed): Pick<StoreOptions, 'executor' | 'tier'> {
  return {
    executor: choice(parsed, 'executor', ['auto', 'switch', 'closure', 'reference'] as const),
    tier: choice(parsed, 'tier', ['auto', 'fast', 'exact'] as const),
  }
}

function choice<T extends string>(parsed: Parsed, name: string, words: readonly T[]): T | undefined {
  const word = parsed.get(name)
  if (word === undefined) return undefined
  const found = words.find((w) => w === word)
  if (found === undefined) throw new UsageError(`--${name} '${word}' is unknown`, `one of: ${words.join(', ')}`)
  return found
}

function parseEnvironment(texts: readonly string[]): Record<string, string> {
  const env = Object.create(null) as Record<string, string>
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at === 0 || text === '') throw new UsageError(`--env '${text}' has no name`, 'write --env NAME=VALUE')
    if (at > 0) env[text.slice(0, at)] = text.slice(at + 1)
    else if (process.env[text] !== undefined) env[text] = process.env[text]
  }
  return env
}

/** `virtual`, `fixed:TIME`; TIME is a date or seconds since 1970. */
function parseClock(text: string): Clock {
  const at = text.indexOf(':')
  const kind = at < 0 ? text : text.slice(0, at)
  const time = at < 0 ? '' : text.slice(at + 1)
  const ms = time === '' ? 0 : /^\d+(\.\d+)?$/.test(time) ? Number(time) * 1000 : Date.parse(time)
  if (Number.isNaN(ms) || ms < 0 || (kind !== 'virtual' && kind !== 'fixed') || (kind === 'fixed' && time === '')) {
    throw new UsageError(
      `--clock '${text}' is no clock`,
      'write --clock virtual, --clock fixed:2024-02-29T12:00:00Z or --clock fixed:1709208000',
    )
  }
  return kind === 'virtual' ? virtualClock({ start: ms }) : fixedClock(ms)
}

async function openListeners(addresses: readonly string[]): Promise<Listener[]> {
  if (addresses.length === 0) return []
  const { listen } = await import('../host/node/sockets.ts')
  const listeners: Listener[] = []
  try {
    for (const address of addresses) listeners.push(await listen(address))
  } catch (error) {
    for (const listener of listeners) listener.close()
    throw isVitrineError(error) ? new UsageError(`--listen: ${error.message}`) : error
  }
  return listeners
}

/** Where host calls are shown: on stderr, indented, so that they stand apart from what the guest says. */
function parseStrace(parsed: Parsed): ((entry: StraceEntry) => void) | undefined {
  const form = parsed.get('strace')
  if (form === undefined) return undefined
  if (form === 'json') return (entry) => void complain(JSON.stringify(entry))
  if (form === '') return (entry) => void complain(`  ${formatStrace(entry)}`)
  throw new UsageError(`--strace=${form} is unknown`, 'write --strace or --strace=json')
}

function openInput(path: string): ReturnType<typeof fileInput> {
  try {
    return fileInput(path)
  } catch (error) {
    const { errno } = error as { errno?: string }
    throw new UsageError(
      `cannot read --stdin ${path}: ${errno === undefined ? systemMessage(error) : systemMessage({ code: `E${errno.toUpperCase()}`, message: errno })}`,
    )
  }
}

// ---- --invoke -----------------------------------------------------------------------------------------------------

function typeOfExport(module: CompiledModule, name: string): FuncType {
  const { data } = module
  const found = data.exports.find((e) => e.kind === 'func' && e.name === name)
  const comp = found === undefined ? undefined : data.types[data.funcs[found.index]!]!.comp
  if (comp?.kind !== 'func') throw new UsageError(`there is no exported function '${name}'`, `there are: ${functionNames(module)}`)
  return comp
}

const functionNames = ({ exports }: CompiledModule): string =>
  exports
    .filter((e) => e.kind === 'func')
    .map((e) => e.name)
    .join(', ') || 'none'

function parseArguments(name: string, { params }: FuncType, texts: readonly string[]): unknown[] {
  if (texts.length !== params.length) {
    const wanted =
      params.length === 0
        ? 'no arguments'
        : `${params.length} ${params.length === 1 ? 'argument' : 'arguments'} (${params.map(formatValType).join(' ')})`
    throw new UsageError(`${name} takes ${wanted}, not ${texts.length}`)
  }
  return params.map((type, i) => parseArgument(type, texts[i]!))
}

function formatResults({ results }: FuncType, result: unknown): string[] {
  const values = results.length === 1 ? [result] : ((result as unknown[] | undefined) ?? [])
  return results.map((type, i) => formatResult(type, values[i]))
}

// ---- how a run ends -----------------------------------------------------------------------------------------------

/** Aborts on Ctrl-C; a second one ends the process at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.on('SIGINT', () => {
    // oxlint-disable-next-line unicorn/no-process-exit
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new VitrineError('interrupted', 'interrupted'))
  })
  return controller.signal
}

/** What the guest asked for in vain. */
export function reportDenied({ denied }: RunReport): void {
  for (const entry of denied) complain(`${formatDenied(entry)}${entry.count > 1 ? ` (${entry.count} times)` : ''}`)
}
/** How far writes had come in which it was stopped; with `all` also what else it was waiting for. */
export function reportInterrupted({ interrupted }: RunReport, all: boolean): void {
  for (const { call, fd, written, of } of interrupted) {
    if (!all && written === undefined) continue
    const where = `${call}${fd === undefined ? '' : ` on fd ${fd}`}`
    complain(`stopped in ${where}${written === undefined ? '' : `, with ${written} of ${of} bytes written`}`)
  }
}
export function reportGrants({ grants }: RunReport): void {
  for (const { kind, path, access, provider } of grants)
    complain(`granted: ${kind}${path === '' ? '' : ` ${path}`} (${access}, ${provider})`)
}
