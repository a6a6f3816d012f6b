/**
 * Node's error codes as the host layer's words. Used by everything in `host/node`.
 */
import type { Errno } from '../errno.ts'
import { SysError } from '../errno.ts'

// oxfmt-ignore
const known: ReadonlyMap<string, Errno> = new Map<string, Errno>([
  ['EACCES', 'acces'], ['EAGAIN', 'again'], ['EBADF', 'badf'], ['EBUSY', 'busy'], ['ECANCELED', 'canceled'], ['EDQUOT', 'dquot'], ['EEXIST', 'exist'],
  ['EFAULT', 'fault'], ['EFBIG', 'fbig'], ['EILSEQ', 'ilseq'], ['EINTR', 'intr'], ['EINVAL', 'inval'], ['EIO', 'io'], ['EISDIR', 'isdir'],
  ['ELOOP', 'loop'], ['EMFILE', 'mfile'], ['EMLINK', 'mlink'], ['ENAMETOOLONG', 'nametoolong'], ['ENFILE', 'nfile'], ['ENODEV', 'nodev'],
  ['ENOENT', 'noent'], ['ENOMEM', 'nomem'], ['ENOSPC', 'nospc'], ['ENOSYS', 'nosys'], ['ENOTDIR', 'notdir'], ['ENOTEMPTY', 'notempty'],
  ['ENOTSUP', 'notsup'], ['EOPNOTSUPP', 'notsup'], ['ENXIO', 'nxio'], ['EOVERFLOW', 'overflow'], ['EPERM', 'perm'], ['EPIPE', 'pipe'],
  ['EROFS', 'rofs'], ['ESPIPE', 'spipe'], ['ETXTBSY', 'txtbsy'], ['EXDEV', 'xdev'], ['ECONNRESET', 'pipe'], ['EOF', 'pipe'],
  ['ERR_FS_FILE_TOO_LARGE', 'fbig'], ['ERR_INVALID_ARG_VALUE', 'inval'], ['ERR_OUT_OF_RANGE', 'inval'], ['ERR_STREAM_DESTROYED', 'pipe'],
])

/** The errno of a Node error; `io` for what has no counterpart. */
export function nodeErrno(e: unknown): Errno {
  const code = (e as { code?: unknown } | null)?.code
  return (typeof code === 'string' ? known.get(code) : undefined) ?? 'io'
}

/** Runs a Node call; its errors come out as SysError. */
export function sys<T>(body: () => T): T {
  try {
    return body()
  } catch (e) {
    throw e instanceof SysError ? e : new SysError(nodeErrno(e))
  }
}
