/**
 * The table of Preview 1: all 46 functions with their Wasm types (WASI witx, `wasi_snapshot_preview1`), and the import
 * functions made from it or from that of `unstable.ts`. Called by `WASI` (`../wasi.ts`).
 */
import { HostError, isVitrineError, VitrineError } from '../../errors.ts'
import { SysError } from '../../host/errno.ts'
import { isPromise, type Maybe } from '../../host/maybe.ts'
import type { AbortSignalLike } from '../../runtime/abort-signal.ts'
import type { Caller, RawHostFunction } from '../../runtime/host-function.ts'
import type { Memory } from '../../runtime/memory.ts'
import { type FuncType, I32, I64 } from '../../spec/types.ts'
import { ERRNO } from './abi.ts'
import { args_get, args_sizes_get, environ_get, environ_sizes_get, random_get } from './args.ts'
import { clock_res_get, clock_time_get } from './clock.ts'
import type { CallEnd, Context, Interrupted, Preview1Function } from './context.ts'
import { fd_pread, fd_pwrite, fd_read, fd_seek, fd_tell, fd_write } from './fd-io.ts'
import {
  fd_advise,
  fd_allocate,
  fd_close,
  fd_datasync,
  fd_fdstat_get,
  fd_fdstat_set_flags,
  fd_fdstat_set_rights,
  fd_filestat_get,
  fd_filestat_set_size,
  fd_filestat_set_times,
  fd_prestat_dir_name,
  fd_prestat_get,
  fd_renumber,
  fd_sync,
} from './fd.ts'
import {
  path_create_directory,
  path_filestat_get,
  path_filestat_set_times,
  path_link,
  path_open,
  path_readlink,
  path_remove_directory,
  path_rename,
  path_symlink,
  path_unlink_file,
} from './path.ts'
import { poll_oneoff } from './poll.ts'
import { exitCodeOfSignal } from './process.ts'
import { fd_readdir } from './readdir.ts'
import { noting, writesIn } from './record.ts'
import { sock_accept, sock_recv, sock_send, sock_shutdown } from './sock.ts'

export interface Row {
  readonly type: string
  /** May return a promise, because a provider or stream may. */
  readonly suspending: boolean
  readonly run: Preview1Function
}
const sync = (type: string, run: Preview1Function): Row => ({ type, suspending: false, run })
const mayWait = (type: string, run: Preview1Function): Row => ({ type, suspending: true, run })

/** proc_exit, proc_raise and sched_yield are made in `wasiImports`: they need the caller. */
export const preview1Table: Readonly<Record<string, Row>> = {
  args_get: sync('i32 i32 -> i32', args_get),
  args_sizes_get: sync('i32 i32 -> i32', args_sizes_get),
  environ_get: sync('i32 i32 -> i32', environ_get),
  environ_sizes_get: sync('i32 i32 -> i32', environ_sizes_get),
  clock_res_get: sync('i32 i32 -> i32', clock_res_get),
  clock_time_get: sync('i32 i64 i32 -> i32', clock_time_get),
  fd_advise: sync('i32 i64 i64 i32 -> i32', fd_advise),
  fd_allocate: mayWait('i32 i64 i64 -> i32', fd_allocate),
  fd_close: mayWait('i32 -> i32', fd_close),
  fd_datasync: mayWait('i32 -> i32', fd_datasync),
  fd_fdstat_get: sync('i32 i32 -> i32', fd_fdstat_get),
  fd_fdstat_set_flags: sync('i32 i32 -> i32', fd_fdstat_set_flags),
  fd_fdstat_set_rights: sync('i32 i64 i64 -> i32', fd_fdstat_set_rights),
  fd_filestat_get: mayWait('i32 i32 -> i32', fd_filestat_get),
  fd_filestat_set_size: mayWait('i32 i64 -> i32', fd_filestat_set_size),
  fd_filestat_set_times: mayWait('i32 i64 i64 i32 -> i32', fd_filestat_set_times),
  fd_pread: mayWait('i32 i32 i32 i64 i32 -> i32', fd_pread),
  fd_prestat_get: sync('i32 i32 -> i32', fd_prestat_get),
  fd_prestat_dir_name: sync('i32 i32 i32 -> i32', fd_prestat_dir_name),
  fd_pwrite: mayWait('i32 i32 i32 i64 i32 -> i32', fd_pwrite),
  fd_read: mayWait('i32 i32 i32 i32 -> i32', fd_read),
  fd_readdir: mayWait('i32 i32 i32 i64 i32 -> i32', fd_readdir),
  fd_renumber: mayWait('i32 i32 -> i32', fd_renumber),
  fd_seek: mayWait('i32 i64 i32 i32 -> i32', fd_seek),
  fd_sync: mayWait('i32 -> i32', fd_sync),
  fd_tell: sync('i32 i32 -> i32', fd_tell),
  fd_write: mayWait('i32 i32 i32 i32 -> i32', fd_write),
  path_create_directory: mayWait('i32 i32 i32 -> i32', path_create_directory),
  path_filestat_get: mayWait('i32 i32 i32 i32 i32 -> i32', path_filestat_get),
  path_filestat_set_times: mayWait('i32 i32 i32 i32 i64 i64 i32 -> i32', path_filestat_set_times),
  path_link: mayWait('i32 i32 i32 i32 i32 i32 i32 -> i32', path_link),
  path_open: mayWait('i32 i32 i32 i32 i32 i64 i64 i32 i32 -> i32', path_open),
  path_readlink: mayWait('i32 i32 i32 i32 i32 i32 -> i32', path_readlink),
  path_remove_directory: mayWait('i32 i32 i32 -> i32', path_remove_directory),
  path_rename: mayWait('i32 i32 i32 i32 i32 i32 -> i32', path_rename),
  path_symlink: mayWait('i32 i32 i32 i32 i32 -> i32', path_symlink),
  path_unlink_file: mayWait('i32 i32 i32 -> i32', path_unlink_file),
  poll_oneoff: mayWait('i32 i32 i32 i32 -> i32', poll_oneoff),
  random_get: sync('i32 i32 -> i32', random_get),
  sock_accept: mayWait('i32 i32 i32 -> i32', sock_accept),
  sock_recv: mayWait('i32 i32 i32 i32 i32 i32 -> i32', sock_recv),
  sock_send: mayWait('i32 i32 i32 i32 i32 -> i32', sock_send),
  sock_shutdown: sync('i32 i32 -> i32', sock_shutdown),
}

/** `'i32 i64 -> i32'` as a function type. */
export function parseSignature(text: string): FuncType {
  const types = (part: string): number[] =>
    part
      .split(' ')
      .filter((t) => t !== '')
      .map((t) => (t === 'i64' ? I64 : I32))
  const [params, results] = text.split('->')
  return { kind: 'func', params: types(params!), results: types(results!) }
}

const callerTypes: Readonly<Record<string, FuncType>> = {
  proc_exit: parseSignature('i32 ->'),
  proc_raise: parseSignature('i32 -> i32'),
  sched_yield: parseSignature('-> i32'),
}
/** The types of all 46 functions. */
export const preview1Types: Readonly<Record<string, FuncType>> = {
  ...Object.fromEntries(Object.entries(preview1Table).map(([name, row]) => [name, parseSignature(row.type)])),
  ...callerTypes,
}

/** Functions that get along without a memory. */
const NEEDS_NO_MEMORY: ReadonlySet<string> = new Set(['fd_close', 'fd_renumber'])

/** Import functions for one guest: those of a table, and the three that act on the calling thread. `exit` is told the exit code. */
export function wasiImports(
  ctx: Context,
  table: Readonly<Record<string, Row>>,
  exit: (code: number) => void,
): Record<string, RawHostFunction> {
  const imports: Record<string, RawHostFunction> = {}
  for (const [name, row] of Object.entries(table)) {
    imports[name] = { type: preview1Types[name]!, suspending: row.suspending, call: wrap(ctx, name, row.run) }
  }
  const leave = (caller: Caller, code: number): void => {
    exit(code)
    caller.exit(code)
  }
  const own: Record<string, (caller: Caller, arg: number) => number | undefined> = {
    proc_exit: (caller, code) => void leave(caller, code >>> 0),
    proc_raise: (caller, signal) => {
      const code = exitCodeOfSignal(signal)
      if (typeof code !== 'number') return ERRNO[code]
      if (code > 0) leave(caller, code)
      return 0
    },
    sched_yield: (caller) => {
      caller.yield?.()
      return 0
    },
  }
  for (const [name, act] of Object.entries(own)) {
    const call = (caller: Caller, arg: number): number | undefined => {
      checkSignal(ctx, name)
      const args = callerTypes[name]!.params.length === 0 ? [] : [arg]
      const ended = watch(ctx, name, args, caller.memory)
      const errno = act(caller, arg)
      ended({ errno, error: undefined, parked: false, thread: ctx.threads.of(caller), writes: [] })
      return errno
    }
    imports[name] = { type: callerTypes[name]!, suspending: false, call }
  }
  return imports
}

/** Tells the watchers that a call begins. */
function watch({ watchers }: Context, name: string, args: readonly number[], memory: Memory | undefined): (end: CallEnd) => void {
  const told = watchers.map((watcher) => watcher(name, args, memory))
  return (end) => {
    for (const tell of told) tell(end)
  }
}

type Call = (caller: Caller, ...args: number[]) => Maybe<number>

/** The boundary: failures become errnos, traps and engine errors go through, an abort ends the wait. */
function wrap(ctx: Context, name: string, run: Preview1Function): Call {
  const { signal } = ctx
  const failed = (e: unknown): number => {
    if (e instanceof SysError) return ERRNO[e.errno]
    if (isVitrineError(e)) throw e
    // A provider broke: the guest sees an I/O error, and the log says why.
    ctx.denied.add(name, '', `a provider failed: ${e instanceof Error ? e.message : String(e)}`, '')
    return ERRNO.io
  }
  const call = ({ memory }: Pick<Caller, 'memory'>, ...args: number[]): Maybe<number> => {
    if (signal !== undefined) checkSignal(ctx, name)
    if (memory === undefined && !NEEDS_NO_MEMORY.has(name)) throw new HostError(`wasi: ${name} was called by an instance without a memory`)
    let result: Maybe<number>
    try {
      result = run(ctx, memory as Memory, ...args)
    } catch (e) {
      return failed(e)
    }
    if (!isPromise(result)) return result
    const settled = result.then(undefined, failed)
    const { transfer } = ctx
    ctx.transfer = undefined
    if (signal === undefined) return settled
    const stopped = (): InterruptedError => {
      const fd = ABOUT_FD.test(name) ? args[0]! >>> 0 : undefined
      const details = { call: name, fd, written: transfer?.written(), of: transfer?.of }
      ctx.interrupted.push(details)
      return new InterruptedError(signal, details)
    }
    return untilAborted(settled, signal, stopped)
  }
  return ctx.watchers.length === 0 ? call : watched(ctx, name, call)
}

/** The same, with watchers told of every call. */
function watched(ctx: Context, name: string, call: (caller: Pick<Caller, 'memory'>, ...args: number[]) => Maybe<number>): Call {
  return (caller, ...args) => {
    const { memory } = caller
    const ranges: number[] = []
    const thread = ctx.threads.of(caller)
    const ended = watch(ctx, name, args, memory)
    const end = (errno: number | undefined, error: unknown, parked: boolean): void =>
      ended({
        errno,
        error,
        parked,
        thread,
        written: error instanceof InterruptedError ? error.details.written : undefined,
        writes: memory === undefined ? [] : writesIn(memory, ranges),
      })
    let result: Maybe<number>
    try {
      result = call({ memory: ctx.records && memory !== undefined ? noting(memory, ranges) : memory }, ...args)
    } catch (error) {
      end(undefined, error, false)
      throw error
    }
    if (!isPromise(result)) {
      end(result, undefined, false)
      return result
    }
    return result.then(
      (errno) => {
        end(errno, undefined, true)
        return errno
      },
      (error: unknown) => {
        end(undefined, error, true)
        throw error
      },
    )
  }
}

/** Functions whose first argument is a descriptor. */
const ABOUT_FD = /^(fd|sock)_/

/** The guest was stopped in a host call. */
class InterruptedError extends VitrineError {
  readonly details: Interrupted
  constructor(signal: AbortSignalLike, details: Interrupted) {
    super('interrupted', `aborted during the host call ${details.call}`, {}, { cause: signal.reason })
    this.details = details
  }
}

function checkSignal({ signal }: Context, name: string): void {
  if (signal !== undefined && signal.aborted)
    throw new InterruptedError(signal, { call: name, fd: undefined, written: undefined, of: undefined })
}

function untilAborted(result: Promise<number>, signal: AbortSignalLike, stopped: () => InterruptedError): Promise<number> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(stopped())
    signal.addEventListener('abort', abort, { once: true })
    const settle = (): void => signal.removeEventListener('abort', abort)
    result.then(
      (n) => {
        settle()
        resolve(n)
      },
      (e: unknown) => {
        settle()
        reject(e)
      },
    )
  })
}
