/**
 * The table of Preview 1: all 46 functions with their Wasm types (WASI witx, `wasi_snapshot_preview1`), and the import
 * object made from it. Called by `WASI` (`../wasi.ts`).
 */
import { HostError, isVitrineError, VitrineError } from '../../errors.ts'
import { SysError } from '../../host/errno.ts'
import { isPromise, type Maybe } from '../../host/maybe.ts'
import type { Caller, RawHostFunction } from '../../runtime/host-function.ts'
import type { Memory } from '../../runtime/memory.ts'
import { type FuncType, I32, I64 } from '../../spec/types.ts'
import { ERRNO } from './abi.ts'
import { args_get, args_sizes_get, environ_get, environ_sizes_get, proc_raise, random_get, sched_yield } from './args.ts'
import { clock_res_get, clock_time_get } from './clock.ts'
import type { Context, Preview1Function } from './context.ts'
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
import { fd_readdir } from './readdir.ts'
import { sock_accept, sock_recv, sock_send, sock_shutdown } from './sock.ts'

interface Row {
  readonly type: string
  /** May return a promise, because a provider or stream may. */
  readonly suspending: boolean
  readonly run: Preview1Function
}
const sync = (type: string, run: Preview1Function): Row => ({ type, suspending: false, run })
const mayWait = (type: string, run: Preview1Function): Row => ({ type, suspending: true, run })

/** proc_exit is made in `preview1Imports`: it needs the caller. */
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
  proc_raise: sync('i32 -> i32', proc_raise),
  random_get: sync('i32 i32 -> i32', random_get),
  sched_yield: sync('-> i32', sched_yield),
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

/** Functions that get along without a memory. */
const NEEDS_NO_MEMORY: ReadonlySet<string> = new Set(['sched_yield', 'proc_raise', 'fd_close', 'fd_renumber'])

/** The import object `wasi_snapshot_preview1` for one guest. */
export function preview1Imports(ctx: Context, exit: (code: number) => void): Record<string, RawHostFunction> {
  const imports: Record<string, RawHostFunction> = {}
  for (const [name, row] of Object.entries(preview1Table)) {
    imports[name] = { type: parseSignature(row.type), suspending: row.suspending, call: wrap(ctx, name, row.run) }
  }
  imports.proc_exit = {
    type: parseSignature('i32 ->'),
    suspending: false,
    call: (caller: Caller, code: number): undefined => {
      ctx.observe?.({ name: 'proc_exit', args: [code], errno: undefined })
      exit(code >>> 0)
      caller.exit(code >>> 0)
    },
  }
  return imports
}

/** The boundary: failures become errnos, traps and engine errors go through, an abort ends the wait. */
function wrap(ctx: Context, name: string, run: Preview1Function): (caller: Caller, ...args: number[]) => Maybe<number> {
  const { signal, observe } = ctx
  const failed = (e: unknown): number => {
    if (e instanceof SysError) return ERRNO[e.errno]
    if (isVitrineError(e)) throw e
    // A provider broke: the guest sees an I/O error, and the log says why.
    ctx.denied.add(name, '', `a provider failed: ${e instanceof Error ? e.message : String(e)}`, '')
    return ERRNO.io
  }
  const call = (caller: Caller, args: number[]): Maybe<number> => {
    if (signal !== undefined && signal.aborted) throw interrupted(signal)
    const { memory } = caller
    if (memory === undefined && !NEEDS_NO_MEMORY.has(name)) throw new HostError(`wasi: ${name} was called by an instance without a memory`)
    let result: Maybe<number>
    try {
      result = run(ctx, memory as Memory, ...args)
    } catch (e) {
      return failed(e)
    }
    if (!isPromise(result)) return result
    const settled = result.then(undefined, failed)
    return signal === undefined ? settled : untilAborted(settled, signal)
  }
  if (observe === undefined) return (caller, ...args) => call(caller, args)
  return (caller, ...args) => {
    const result = call(caller, args)
    if (!isPromise(result)) {
      observe({ name, args, errno: result })
      return result
    }
    return result.then((errno) => {
      observe({ name, args, errno })
      return errno
    })
  }
}

const interrupted = (signal: AbortSignal): VitrineError =>
  new VitrineError('interrupted', 'aborted during a host call', {}, { cause: signal.reason })

function untilAborted(result: Promise<number>, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(interrupted(signal))
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
