/**
 * What a file system must offer to be granted to a guest: operations on (directory handle, one name). No operation ever
 * sees a path of several components or follows a symlink: `resolver.ts` walks paths, `directory.ts` checks access.
 * Implemented by `memory-fs.ts`, `overlay-fs.ts`, `mounts.ts`, `archive/`, `opfs/` and `node/node-fs.ts`; how to write another one:
 * docs/filesystems.md.
 */
import type { Maybe } from './maybe.ts'
import type { Time, U64 } from './time.ts'

export type FileType = 'unknown' | 'block' | 'character' | 'directory' | 'file' | 'fifo' | 'socket' | 'symlink'

export interface FileStat {
  readonly type: FileType
  readonly dev: U64
  readonly ino: U64
  readonly nlink: number
  /** Bytes; for a symlink the length of its target in UTF-8. */
  readonly size: number
  readonly atime: Time
  readonly mtime: Time
  readonly ctime: Time
}

export interface DirEntry {
  readonly name: string
  /** `unknown` when the file system does not say without a stat. */
  readonly type: FileType
}

/** How to open a file. `exclusive` only with `create`. */
export interface OpenHow {
  readonly read: boolean
  readonly write: boolean
  readonly create: boolean
  readonly exclusive: boolean
  readonly truncate: boolean
}

/** New times: a Time, `now`, or undefined to leave it as it is. */
export interface NewTimes {
  readonly atime: Time | 'now' | undefined
  readonly mtime: Time | 'now' | undefined
}

/** An open regular file. It has no offset of its own: adapters keep offsets and flags. */
export interface FileHandle {
  /** Like `Input.read`, from a byte position: count now (0 at the end of file), or a promise of the bytes. */
  read(buffer: Uint8Array, position: number): number | Promise<Uint8Array>
  /** Writes at a position; the count written. `data` is a window on guest memory: it must not be kept after the return. */
  write(data: Uint8Array, position: number): Maybe<number>
  /** Writes at the end of file, wherever that is by then; the count written. */
  append(data: Uint8Array): Maybe<number>
  size(): Maybe<number>
  stat(): Maybe<FileStat>
  /** Cuts or extends with zeros. */
  truncate(size: number): Maybe<void>
  setTimes(times: NewTimes): Maybe<void>
  /** Makes contents (and, unless `dataOnly`, metadata) durable. */
  sync(dataOnly: boolean): Maybe<void>
  close(): Maybe<void>
}

/**
 * A file system. `D` is its own kind of directory handle. Rules for all operations:
 * - `name` is one component: not empty, without `/` and NUL, never `.` or `..` except where stated.
 * - Failures are thrown (or rejected) as `fail(errno)`.
 * - A symlink is never followed: opening one fails with `loop`.
 */
export interface FileSystemProvider<D = unknown> {
  /** Short name for messages: `memory`, `node`. */
  readonly kind: string
  /** Providers with the same device can link and rename between each other; between others it is `xdev`. */
  readonly device: object
  /** A new handle on the granted directory. */
  root(): Maybe<D>
  /**
   * A handle on a subdirectory; `.` gives a second handle on the same one. Not a directory → `notdir`, a symlink → `loop` or `notdir`.
   * `deeper` says that the next thing will be to open a directory in it: a hint, for providers that look things up ahead.
   */
  openDir(dir: D, name: string, deeper?: boolean): Maybe<D>
  closeDir(dir: D): void
  /** Opens or creates a regular file. A directory → `isdir`; devices, FIFOs and sockets → `acces`. */
  open(dir: D, name: string, how: OpenHow): Maybe<FileHandle>
  /** Without following; `.` is the directory itself. */
  stat(dir: D, name: string): Maybe<FileStat>
  /** Without following; `.` is the directory itself. */
  setTimes(dir: D, name: string, times: NewTimes): Maybe<void>
  /** All entries but `.` and `..`. */
  list(dir: D): Maybe<readonly DirEntry[]>
  /** Not a symlink → `inval`. */
  readlink(dir: D, name: string): Maybe<string>
  mkdir(dir: D, name: string): Maybe<void>
  /** Not a directory → `notdir`, not empty → `notempty`. */
  rmdir(dir: D, name: string): Maybe<void>
  /** A directory → `isdir`. */
  unlink(dir: D, name: string): Maybe<void>
  /** `target` is stored as it is. */
  symlink(target: string, dir: D, name: string): Maybe<void>
  /** Hard link to a file or symlink (not to its target). A directory → `perm`. */
  link(dir: D, name: string, toDir: D, toName: string): Maybe<void>
  /** POSIX rename. */
  rename(dir: D, name: string, toDir: D, toName: string): Maybe<void>
  /** Makes the directory's entries durable. */
  syncDir?(dir: D): Maybe<void>
}

export type Access = 'ro' | 'rw'

/** A directory handed to a guest: a provider with the most that the guest may do. */
export interface DirectoryGrant {
  readonly provider: FileSystemProvider
  readonly access: Access
}

/** A single file handed to a guest: `file` in the root directory of the provider, and nothing else of it. */
export interface FileGrant {
  readonly provider: FileSystemProvider
  readonly file: string
  readonly access: Access
}

/** A single file of any provider, for the `fs` option or a mount table: `{ '/cfg.json': singleFile(memoryFs({ files: { a: '{}' } }), 'a') }`. */
export const singleFile = (provider: FileSystemProvider, name: string, access: Access = 'ro'): FileGrant => ({
  provider,
  file: name,
  access,
})

let devices = 0
/** A device number for a file system that has none: different for each one of this process. */
export const newDevice = (): U64 => ({ lo: ++devices, hi: 0 })

/** The same directory (or grant) for reading only. Access only ever shrinks. */
export const readOnly = (grant: DirectoryGrant | FileSystemProvider): DirectoryGrant => ({
  provider: 'provider' in grant ? grant.provider : grant,
  access: 'ro',
})
