/**
 * One guest's WASI: capabilities in, import object out. Nothing is granted by default: stdin is at its end, stdout and
 * stderr are discarded, no arguments, no environment, no directories. Made by `run` and by whoever instantiates by hand.
 */
import { encodeUtf8 } from '../bytes/utf8.ts'
import { HostError } from '../errors.ts'
import { type Clock, systemClock } from '../host/clock.ts'
import { Directory } from '../host/directory.ts'
import type { Access, DirectoryGrant, FileGrant, FileSystemProvider } from '../host/file-system.ts'
import { isPromise } from '../host/maybe.ts'
import { type MountOption, MountFs } from '../host/mounts.ts'
import { defaultLimits, type Denied, DeniedLog, type HostLimits } from '../host/policy.ts'
import { cryptoRandom, type Random } from '../host/random.ts'
import type { Listener } from '../host/sockets.ts'
import { type InputOption, type OutputOption, toInput, toOutput } from '../host/streams.ts'
import type { AbortSignalLike } from '../runtime/abort-signal.ts'
import type { RawHostFunction } from '../runtime/host-function.ts'
import { CONNECTION_RIGHTS, DIRECTORY_RIGHTS, INPUT_RIGHTS, LISTENER_RIGHTS, OUTPUT_RIGHTS, PREOPEN_INHERITING } from './preview1/abi.ts'
import type { Context, HostCall, Interrupted, RecordedCall, Watcher } from './preview1/context.ts'
import { FdTable } from './preview1/fd-table.ts'
import { preview1Table, wasiImports } from './preview1/imports.ts'
import { ThreadNumbers } from './preview1/record.ts'
import { type StraceEntry, strace } from './preview1/strace.ts'
import { unstableTable } from './preview1/unstable.ts'

/** A directory for the `fs` option: `directory('./x', { access: 'rw' })`, `memoryFs()`, `readOnly(memoryFs())`. */
export type DirectoryOption = DirectoryGrant | FileSystemProvider
/** A directory or a single file: `file('./z.json')`, `singleFile(memoryFs(…), 'name')`. */
export type FsOption = DirectoryOption | FileGrant

export interface WASIOptions {
  /** The guest's arguments after its name. NUL characters are refused, lone surrogates become U+FFFD. */
  args?: readonly string[]
  /** The guest's own name, argv[0]. Default `program`. */
  argv0?: string
  /** Environment variables. Names must be non-empty and without `=`. */
  env?: Readonly<Record<string, string>>
  /**
   * Guest path → directory or single file, in the order in which the guest sees them (fd 3, 4, …). A file is seen in a
   * read-only directory that holds nothing but the files granted there, or in the directory that is granted at the same path.
   */
  fs?: Readonly<Record<string, FsOption>>
  /** Default: at the end of file. */
  stdin?: InputOption
  /** Default: discarded. */
  stdout?: OutputOption
  /** Default: discarded. */
  stderr?: OutputOption
  /** Makes the guest take its standard streams for a terminal, or not; all three or by name. Default: what the streams say. */
  tty?: boolean | { readonly stdin?: boolean; readonly stdout?: boolean; readonly stderr?: boolean }
  /** Where the guest may accept connections: they have the fds after the directories. `listen` of `vitrine/node` makes them. */
  listen?: readonly Listener[]
  /** Default: the engine's Date.now and performance.now. `vitrine/node` has a finer one. */
  clock?: Clock
  /** Default: crypto.getRandomValues. */
  random?: Random
  limits?: Partial<HostLimits>
  /** Ends the guest, also while it waits in a host call: the run then fails with a VitrineError of code `interrupted`. */
  signal?: AbortSignalLike
  /** Sees every host call after it has ended. */
  observe?: (call: HostCall) => void
  /** Sees every host call as a person reads it; `formatStrace` makes a line of it. */
  strace?: (entry: StraceEntry) => void
  /** Is handed every host call with all that it did to the guest, to be kept for `replay`. */
  record?: (call: RecordedCall) => void
}

/** One thing that the guest was given. */
export interface Grant {
  readonly kind: 'directory' | 'file' | 'listener' | 'stdin' | 'stdout' | 'stderr'
  /** The guest's path of a directory or file, the address of a listener; empty for streams. */
  readonly path: string
  readonly access: Access
  /** What stands behind it: `memory`, `node`, … */
  readonly provider: string
}

export class WASI {
  /** For instantiation. Functions work directly on the memory of the instance that calls them. */
  readonly imports: Readonly<Record<'wasi_snapshot_preview1' | 'wasi_unstable', Record<string, RawHostFunction>>>
  /** What was granted. */
  readonly grants: readonly Grant[]
  /** What the guest passed to proc_exit (a u32); undefined as long as it has not. */
  exitCode: number | undefined = undefined
  private readonly ctx: Context
  private closed = false

  /** Throws HostError for options that cannot be: NUL in arguments, directories that open later (use providers that open at once). */
  constructor(options: WASIOptions = {}) {
    const limits = { ...defaultLimits, ...options.limits }
    const denied = new DeniedLog()
    const fds = new FdTable(limits.fds)
    const grants: Grant[] = []
    this.ctx = {
      fds,
      args: [options.argv0 ?? 'program', ...(options.args ?? [])].map((arg) => cString(arg, 'argument')),
      env: Object.entries(options.env ?? {}).map(([name, value]) => {
        if (name === '' || name.includes('=')) throw new HostError(`wasi: '${name}' is not a name of an environment variable`)
        return cString(`${name}=${value}`, 'environment variable')
      }),
      clock: options.clock ?? systemClock(),
      random: options.random ?? cryptoRandom(),
      limits,
      denied,
      signal: options.signal,
      watchers: watchersOf(options),
      records: options.record !== undefined,
      waits: new Set(),
      transfer: undefined,
      interrupted: [],
      threads: new ThreadNumbers(),
    }
    const { tty } = options
    const isTTY = (name: 'stdin' | 'stdout' | 'stderr', stream: { readonly isTTY?: boolean }): boolean =>
      (typeof tty === 'object' ? tty[name] : tty) ?? stream.isTTY === true
    const input = toInput(options.stdin)
    fds.add({ kind: 'input', input, isTTY: isTTY('stdin', input), rights: INPUT_RIGHTS, inheriting: 0, flags: 0 })
    for (const name of ['stdout', 'stderr'] as const) {
      const output = toOutput(options[name])
      fds.add({ kind: 'output', output, isTTY: isTTY(name, output), rights: OUTPUT_RIGHTS, inheriting: 0, flags: 0 })
    }
    if (options.stdin !== undefined) grants.push({ kind: 'stdin', path: '', access: 'ro', provider: 'stream' })
    for (const kind of ['stdout', 'stderr'] as const)
      if (options[kind] !== undefined && options[kind] !== 'discard') grants.push({ kind, path: '', access: 'rw', provider: 'stream' })
    try {
      for (const [path, grant] of preopens(options.fs ?? {})) this.preopen(path, grant)
      for (const listener of options.listen ?? []) {
        fds.add({ kind: 'listener', listener, rights: LISTENER_RIGHTS, inheriting: CONNECTION_RIGHTS, flags: 0 })
      }
    } catch (e) {
      fds.closeAll()
      throw e
    }
    for (const [path, option] of Object.entries(options.fs ?? {})) {
      const { provider, access } = granted(option)
      grants.push({ kind: isFile(option) ? 'file' : 'directory', path, access, provider: provider.kind })
    }
    for (const { address } of options.listen ?? []) grants.push({ kind: 'listener', path: address, access: 'rw', provider: 'tcp' })
    this.grants = grants
    const exit = (code: number): void => void (this.exitCode = code)
    this.imports = {
      wasi_snapshot_preview1: wasiImports(this.ctx, preview1Table, exit),
      wasi_unstable: wasiImports(this.ctx, unstableTable, exit),
    }
  }

  /** Refused requests, with the flag that would grant each. */
  get denied(): readonly Denied[] {
    return this.ctx.denied.entries
  }

  /** Host calls in which the guest was stopped while it waited, and how far a write had come. */
  get interrupted(): readonly Interrupted[] {
    return this.ctx.interrupted
  }

  /** Closes all open files, directories and sockets and gives up what still waits. To be called when the guest has ended, however it did. */
  close(): void {
    if (this.closed) return
    this.closed = true
    for (const giveUp of this.ctx.waits) giveUp()
    this.ctx.waits.clear()
    this.ctx.fds.closeAll()
  }

  private preopen(path: string, grant: DirectoryGrant): void {
    const directory = Directory.grant(grant, path, this.ctx.denied)
    if (isPromise(directory))
      throw new HostError(`wasi: the provider of ${path} opens its root directory later; that is not supported here`)
    this.ctx.fds.add({
      kind: 'directory',
      directory,
      preopen: encodeUtf8(path),
      listing: undefined,
      rights: DIRECTORY_RIGHTS,
      inheriting: PREOPEN_INHERITING,
      flags: 0,
    })
  }
}

const isFile = (option: FsOption): option is FileGrant => 'file' in option
const granted = (option: FsOption): DirectoryGrant => ('provider' in option ? option : { provider: option, access: 'rw' })

/** The directories that the guest finds open. Single files are put together in one directory for each parent path. */
function preopens(options: Readonly<Record<string, FsOption>>): Map<string, DirectoryGrant> {
  const files = new Map<string, Record<string, MountOption>>()
  const result = new Map<string, DirectoryGrant>()
  for (const [path, option] of Object.entries(options)) {
    if (path === '' || path.includes('\0')) throw new HostError('wasi: the guest path of a directory or file is empty or has a NUL')
    if (!isFile(option)) {
      result.set(path, granted(option))
      continue
    }
    const [, parent, name] = /^(?:(.*)\/)?([^/]+)$/.exec(path) ?? []
    if (name === undefined || name === '.' || name === '..') throw new HostError(`wasi: ${path} is not a path for a file`)
    const directory = parent === undefined ? '.' : parent === '' ? '/' : parent
    files.set(directory, { ...files.get(directory), [name]: option })
    // Keeps the place of the first; a directory granted at this path comes here, whether before or after.
    if (!result.has(directory)) result.set(directory, { provider: new MountFs({}), access: 'ro' })
  }
  for (const [path, table] of files) {
    const below = options[path]
    if (below !== undefined && !isFile(below)) table['.'] = below
    const access = Object.values(table).some((option) => granted(option).access === 'rw') ? 'rw' : 'ro'
    result.set(path, { provider: new MountFs(table), access })
  }
  return result
}

function watchersOf({ observe, strace: trace, record }: WASIOptions): Watcher[] {
  const watchers: Watcher[] = []
  if (observe !== undefined)
    watchers.push(
      (name, args) =>
        ({ errno }) =>
          observe({ name, args, errno }),
    )
  if (trace !== undefined) watchers.push(strace(trace))
  if (record !== undefined)
    watchers.push(
      (name, args) =>
        ({ errno, writes, parked, thread }) =>
          record({ name, args, errno, writes, parked, thread }),
    )
  return watchers
}

function cString(text: string, what: string): Uint8Array {
  if (text.includes('\0')) throw new HostError(`wasi: an ${what} contains a NUL character`)
  return encodeUtf8(`${text}\0`)
}
