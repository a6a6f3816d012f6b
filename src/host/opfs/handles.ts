/**
 * The part of the browser's File System interfaces (WHATWG fs.spec.whatwg.org) that the OPFS provider uses, and its errors in
 * the host layer's words. Declared here because the core is compiled without the DOM's types. Used by the other files of this folder.
 */
import { type Errno, fail, SysError } from '../errno.ts'

export interface BlobLike {
  readonly size: number
  readonly lastModified?: number
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}
export interface WritableLike {
  write(chunk: { readonly type: 'write'; readonly position: number; readonly data: Uint8Array }): Promise<unknown>
  truncate(size: number): Promise<unknown>
  close(): Promise<unknown>
}
/** Only in dedicated workers; answers at once and locks the file. */
export interface AccessHandleLike {
  read(buffer: Uint8Array, options: { at: number }): number
  write(data: Uint8Array, options: { at: number }): number
  getSize(): number
  truncate(size: number): void
  flush(): void
  close(): void
}
export interface OpfsFileHandle {
  readonly kind: 'file'
  getFile(): Promise<BlobLike>
  createWritable?(options: { keepExistingData: boolean }): Promise<WritableLike>
  createSyncAccessHandle?(): Promise<AccessHandleLike>
  /** Not in the standard, but in Chromium, Firefox and WebKit for OPFS. */
  move?(directory: OpfsDirectoryHandle, name: string): Promise<unknown>
}
export interface OpfsDirectoryHandle {
  readonly kind: 'directory'
  getDirectoryHandle(name: string, options?: { create: boolean }): Promise<OpfsDirectoryHandle>
  getFileHandle(name: string, options?: { create: boolean }): Promise<OpfsFileHandle>
  removeEntry(name: string, options?: { recursive: boolean }): Promise<unknown>
  entries(): AsyncIterable<[string, OpfsDirectoryHandle | OpfsFileHandle]>
}

/** Names of DOMExceptions. `TypeMismatchError` depends on what was wanted: see `wrongKind`. */
const known: Readonly<Record<string, Errno>> = {
  NotFoundError: 'noent',
  InvalidModificationError: 'notempty',
  NoModificationAllowedError: 'busy',
  QuotaExceededError: 'nospc',
  NotAllowedError: 'acces',
  SecurityError: 'acces',
  InvalidStateError: 'badf',
  // What the interfaces throw for a name that the browser does not take.
  TypeError: 'inval',
}

/** Runs a call of the interfaces. A directory in place of a file or the reverse gives `wrongKind`. */
export async function opfs<T>(body: () => Promise<T>, wrongKind: Errno = 'io'): Promise<T> {
  try {
    return await body()
  } catch (e) {
    throw opfsError(e, wrongKind)
  }
}

export function opfsError(e: unknown, wrongKind: Errno = 'io'): SysError {
  if (e instanceof SysError) return e
  const name = (e as { name?: unknown } | null)?.name
  return fail(name === 'TypeMismatchError' ? wrongKind : ((typeof name === 'string' ? known[name] : undefined) ?? 'io'))
}
