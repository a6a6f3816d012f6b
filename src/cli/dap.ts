/**
 * `vitrine dap [--port PORT]`: lets editors debug programs. What they ask for in `launch` is what the options of `run` say. Called by
 * main.ts.
 */
import { isAbsolute, resolve } from 'node:path'
import '../families/reference.ts'
import {
  type Arguments,
  type DapServer,
  type Program,
  RequestError,
  type RunningProgram,
  type Targets,
  serveStdio,
  serveTcp,
} from '../dap/index.ts'
import type { WasmInstance } from '../embedding/instantiate.ts'
import { isVitrineError } from '../errors.ts'
import { Parsed, UsageError } from './args.ts'
import { splitGrant } from './grants.ts'
import { parseExecution, prepareGuest } from './guest.ts'
import { complain, print } from './output.ts'
import type { Session, SourceFile } from './program.ts'
import { report } from './report.ts'

export async function dapCommand(parsed: Parsed): Promise<number> {
  const [operand] = parsed.operands
  if (operand !== undefined)
    throw new UsageError(`dap takes no file, not '${operand}'`, "the editor says what to run: 'program' in its launch configuration")
  const address = parsed.get('port')
  if (address === undefined) {
    await serveStdio(targets)
    return 0
  }
  const server = await listen(address, targets)
  print(`listening at ${server.address}`)
  // Until the process is ended from outside.
  return new Promise(() => {})
}

async function listen(address: string, what: Targets): Promise<DapServer> {
  try {
    return await serveTcp(address, what)
  } catch (error) {
    if (!isVitrineError(error)) throw error
    throw new UsageError(`no client can connect: ${error.message}`)
  }
}

/** A program that runs, for clients that join it (`run --dap`). */
export interface Joinable {
  /** Tells clients of the program, once there is an instance. */
  join(instance: WasmInstance): void
  /** Tells them of its end, and sends them away. */
  end(exitCode: number | undefined, error: unknown): Promise<void>
}

/** Lets clients join the program in `file` at an address. `stop` ends it. */
export async function joinable(address: string, file: SourceFile, stop: () => void): Promise<Joinable> {
  let program: RunningProgram | undefined
  let settle: (outcome: { exitCode: number | undefined; error: unknown }) => void
  const ended = new Promise<{ exitCode: number | undefined; error: unknown }>((resolve) => (settle = resolve))
  const server = await listen(address, {
    launch: () => Promise.reject(new RequestError('this port belongs to a program that runs: attach to it')),
    attach: () => program ?? fail('the program has not begun'),
  })
  complain(`listening at ${server.address}`)
  return {
    join: (instance) => {
      const { path, source } = file
      program = { path: resolve(path), source, instance, ended, end: stop, report: (error) => report(error, file) }
    },
    end: (exitCode, error) => {
      settle({ exitCode, error })
      return server.close()
    },
  }
}

const fail = (message: string): never => {
  throw new RequestError(message)
}

const targets: Targets = {
  launch: prepare,
  attach: () => fail('no program runs here that could be joined: run it with vitrine run --dap PORT, and connect to that port'),
}

/** Arguments of `launch` that are options of `run` under another name, and of what type they are. */
const options = [
  ['argv0', 'argv0', 'string'],
  ['invoke', 'invoke', 'string'],
  ['clock', 'clock', 'string'],
  ['features', 'features', 'string'],
  ['executor', 'executor', 'string'],
  ['tier', 'tier', 'string'],
  ['fuel', 'fuel', 'number'],
  ['timeout', 'timeout', 'number'],
  ['seed', 'seed', 'number'],
  ['maxMemory', 'max-memory', 'size'],
] as const

/** Reads the program and what it is granted, as `run` would. */
async function prepare(args: Arguments): Promise<Program> {
  const session: Session = { file: undefined }
  try {
    const parsed = commandLine(args)
    const execution = parseExecution(parsed)
    const text = args.maybeString('stdin')
    const guest = await prepareGuest(parsed, session, () => undefined)
    return {
      path: guest.file.path,
      module: guest.module,
      source: guest.file.source,
      options: { ...guest.options, ...execution, stdin: parsed.has('stdin') ? guest.options.stdin : (text ?? '') },
      results: guest.results,
      report: (error) => report(error, guest.file),
    }
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw new RequestError(report(error, session.file).text.replace(/^vitrine: /, ''))
  }
}

/** The arguments of `launch` as the command line of `run`. Paths are relative to `cwd`. */
function commandLine(args: Arguments): Parsed {
  const cwd = resolve(args.maybeString('cwd') ?? '.')
  const parsed = new Parsed()
  const set = (name: string, ...values: string[]): void => void parsed.values.set(name, values)
  parsed.operands.push(resolve(cwd, args.string('program')), ...args.strings('args'))
  for (const [name, option, type] of options) {
    if (!args.has(name)) continue
    const isNumber = type === 'number' || (type === 'size' && typeof args.raw(name) === 'number')
    set(option, isNumber ? String(args.maybeCount(name)) : args.string(name))
  }
  const env = args.inside('env')
  if (env !== undefined) set('env', ...env.names().map((name) => `${name}=${env.string(name)}`))
  const dirs = args.strings('dirs')
  if (dirs.length > 0) set('dir', ...dirs.map((dir) => grant(cwd, dir)))
  const files = args.strings('files')
  if (files.length > 0) set('file', ...files.map((file) => grant(cwd, file)))
  const listen = args.strings('listen')
  if (listen.length > 0) set('listen', ...listen)
  const stdinFile = args.maybeString('stdinFile')
  if (stdinFile !== undefined) set('stdin', resolve(cwd, stdinFile))
  return parsed
}

/** `HOST[::GUEST][,MODE]` with an absolute host path; the guest's name for it stays what was written. */
function grant(cwd: string, text: string): string {
  const { host, guest, mode } = splitGrant(text)
  if (host === '' || isAbsolute(host)) return text
  return `${resolve(cwd, host)}::${guest}${mode === '' ? '' : `,${mode}`}`
}
