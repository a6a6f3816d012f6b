/**
 * The browser's own file system (origin private file system, or a directory that a person picked), which answers later: the
 * guest is parked meanwhile, also on the main thread. It has no links, no times that can be set and no inodes; where the
 * browser has none, memory takes its place. Granted with `fs: { '/home': await opfsDirectory() }`.
 */
import { HostError } from '../../errors.ts'
import { fail, SysError } from '../errno.ts'
import {
  type DirEntry,
  type FileHandle,
  type FileStat,
  type FileSystemProvider,
  newDevice,
  type NewTimes,
  type OpenHow,
} from '../file-system.ts'
import { ensure, type Maybe } from '../maybe.ts'
import { MemoryFs, type MemoryFsOptions } from '../memory-fs.ts'
import { fromMillis, type U64, u64, ZERO } from '../time.ts'
import { opfs, type OpfsDirectoryHandle, type OpfsFileHandle } from './handles.ts'
import { openContents, type OpfsContents } from './opfs-file.ts'

/** A directory, with its path for everything that must be known by name. */
export interface OpfsDir {
  readonly handle: OpfsDirectoryHandle
  readonly path: string
}
interface Shared {
  readonly contents: Promise<OpfsContents>
  users: number
}
type Found =
  | { readonly kind: 'file'; readonly handle: OpfsFileHandle }
  | { readonly kind: 'directory'; readonly handle: OpfsDirectoryHandle }

export class OpfsFs implements FileSystemProvider<OpfsDir> {
  readonly kind = 'opfs'
  readonly device: object = this
  private readonly top: OpfsDirectoryHandle
  private readonly dev: U64 = newDevice()
  /** Open files by path. */
  private readonly files: Map<string, Shared> = new Map()
  /** Numbers for what has none: the same as long as the path is the same, and kept by a rename. */
  private readonly inodes: Map<string, number> = new Map()
  private lastInode = 0

  constructor(top: OpfsDirectoryHandle) {
    this.top = top
  }

  root(): OpfsDir {
    return { handle: this.top, path: '' }
  }
  async openDir(dir: OpfsDir, name: string): Promise<OpfsDir> {
    if (name === '.') return dir
    return { handle: await opfs(() => dir.handle.getDirectoryHandle(name), 'notdir'), path: pathOf(dir, name) }
  }
  closeDir(): void {}

  async open(dir: OpfsDir, name: string, how: OpenHow): Promise<FileHandle> {
    const path = pathOf(dir, name)
    const found = await this.find(dir, name)
    if (found !== undefined && how.create && how.exclusive) throw fail('exist')
    if (found?.kind === 'directory') throw fail('isdir')
    if (found === undefined && !how.create) throw fail('noent')
    const handle = found?.handle ?? (await opfs(() => dir.handle.getFileHandle(name, { create: true }), 'isdir'))
    let shared = this.files.get(path)
    if (shared === undefined) this.files.set(path, (shared = { contents: openContents(handle), users: 0 }))
    shared.users++
    const { contents } = shared
    const done = (): boolean => {
      if (--shared.users > 0) return false
      this.files.delete(path)
      return true
    }
    try {
      const file = new OpfsFile(this, dir, name, await contents, how, done)
      if (how.truncate) await (await contents).truncate(0)
      return file
    } catch (e) {
      done()
      throw e
    }
  }

  async stat(dir: OpfsDir, name: string): Promise<FileStat> {
    const path = name === '.' ? dir.path : pathOf(dir, name)
    const found = name === '.' ? ({ kind: 'directory', handle: dir.handle } as const) : await this.find(dir, name)
    if (found === undefined) throw fail('noent')
    const common = { dev: this.dev, ino: u64(this.inode(path)), nlink: 1 }
    if (found.kind === 'directory') return { ...common, type: 'directory', size: 0, atime: ZERO, mtime: ZERO, ctime: ZERO }
    const file = await opfs(() => found.handle.getFile())
    const shared = this.files.get(path)
    const size = shared === undefined ? file.size : await (await shared.contents).size()
    const mtime = fromMillis(file.lastModified ?? 0)
    return { ...common, type: 'file', size, atime: mtime, mtime, ctime: mtime }
  }

  async list(dir: OpfsDir): Promise<readonly DirEntry[]> {
    return opfs(async () => {
      const entries: DirEntry[] = []
      for await (const [name, { kind }] of dir.handle.entries()) entries.push({ name, type: kind })
      return entries
    })
  }

  async mkdir(dir: OpfsDir, name: string): Promise<void> {
    if ((await this.find(dir, name)) !== undefined) throw fail('exist')
    await opfs(() => dir.handle.getDirectoryHandle(name, { create: true }), 'exist')
  }
  async rmdir(dir: OpfsDir, name: string): Promise<void> {
    const found = await this.must(dir, name)
    if (found.kind === 'file') throw fail('notdir')
    await opfs(() => dir.handle.removeEntry(name))
    this.inodes.delete(pathOf(dir, name))
  }
  /** A file that is open cannot be removed: `busy`. */
  async unlink(dir: OpfsDir, name: string): Promise<void> {
    const found = await this.must(dir, name)
    if (found.kind === 'directory') throw fail('isdir')
    const path = pathOf(dir, name)
    if (this.files.has(path)) throw fail('busy')
    await opfs(() => dir.handle.removeEntry(name))
    this.inodes.delete(path)
  }

  /** Files move where the browser can; else contents are copied, and directories always are. Not atomic; open files are `busy`. */
  async rename(dir: OpfsDir, name: string, toDir: OpfsDir, toName: string): Promise<void> {
    const [from, to] = [pathOf(dir, name), pathOf(toDir, toName)]
    const found = await this.must(dir, name)
    if (from === to) return
    if (found.kind === 'directory' && `${to}/`.startsWith(`${from}/`)) throw fail('inval')
    const old = await this.find(toDir, toName)
    if (found.kind === 'file' && old?.kind === 'directory') throw fail('isdir')
    if (found.kind === 'directory' && old?.kind === 'file') throw fail('notdir')
    for (const path of this.files.keys()) if (path === to || `${path}/`.startsWith(`${from}/`)) throw fail('busy')
    if (old?.kind === 'directory') await opfs(() => toDir.handle.removeEntry(toName))
    await opfs(async () => {
      if (found.kind === 'file' && found.handle.move !== undefined) await found.handle.move(toDir.handle, toName)
      else {
        await copy(found, toDir.handle, toName)
        await dir.handle.removeEntry(name, { recursive: true })
      }
    })
    const ino = this.inodes.get(from)
    this.inodes.delete(from)
    if (ino !== undefined) this.inodes.set(to, ino)
    else this.inodes.delete(to)
  }

  async readlink(dir: OpfsDir, name: string): Promise<never> {
    await this.must(dir, name)
    throw fail('inval')
  }
  setTimes(_dir: OpfsDir, _name: string, _times: NewTimes): never {
    throw fail('notsup')
  }
  async symlink(_target: string, dir: OpfsDir, name: string): Promise<never> {
    throw fail((await this.find(dir, name)) === undefined ? 'notsup' : 'exist')
  }
  async link(dir: OpfsDir, name: string, toDir: OpfsDir, toName: string): Promise<never> {
    const found = await this.must(dir, name)
    if ((await this.find(toDir, toName)) !== undefined) throw fail('exist')
    throw fail(found.kind === 'directory' ? 'perm' : 'notsup')
  }

  private async find(dir: OpfsDir, name: string): Promise<Found | undefined> {
    for (const kind of ['file', 'directory'] as const) {
      try {
        if (kind === 'file') return { kind, handle: await dir.handle.getFileHandle(name) }
        return { kind, handle: await dir.handle.getDirectoryHandle(name) }
      } catch (e) {
        const error = (e as { name?: unknown } | null)?.name
        if (error === 'NotFoundError') return undefined
        if (error === 'TypeMismatchError') continue
        await opfs(() => Promise.reject(e as Error))
      }
    }
    throw fail('io')
  }
  private async must(dir: OpfsDir, name: string): Promise<Found> {
    const found = await this.find(dir, name)
    if (found === undefined) throw fail('noent')
    return found
  }
  private inode(path: string): number {
    let ino = this.inodes.get(path)
    if (ino === undefined) this.inodes.set(path, (ino = ++this.lastInode))
    return ino
  }
}

class OpfsFile implements FileHandle {
  private readonly fs: OpfsFs
  private readonly dir: OpfsDir
  private readonly name: string
  private readonly contents: OpfsContents
  private readonly how: OpenHow
  /** Tells whether this was the last handle. */
  private readonly done: () => boolean
  private closed = false

  constructor(fs: OpfsFs, dir: OpfsDir, name: string, contents: OpfsContents, how: OpenHow, done: () => boolean) {
    this.fs = fs
    this.dir = dir
    this.name = name
    this.contents = contents
    this.how = how
    this.done = done
  }
  read(buffer: Uint8Array, position: number): number | Promise<Uint8Array> {
    if (!this.how.read) throw fail('badf')
    return this.contents.read(buffer, position)
  }
  write(data: Uint8Array, position: number): Maybe<number> {
    if (!this.how.write) throw fail('badf')
    return this.contents.write(data, position)
  }
  append(data: Uint8Array): Maybe<number> {
    if (!this.how.write) throw fail('badf')
    return this.contents.append(data)
  }
  size(): Maybe<number> {
    return this.contents.size()
  }
  stat(): Maybe<FileStat> {
    return this.fs.stat(this.dir, this.name)
  }
  truncate(size: number): Maybe<void> {
    if (!this.how.write) throw fail('inval')
    return this.contents.truncate(size)
  }
  setTimes(): never {
    throw fail('notsup')
  }
  sync(): Maybe<void> {
    return this.contents.sync()
  }
  close(): Maybe<void> {
    if (this.closed) return
    this.closed = true
    // What was written must be there even when others have the file open.
    return ensure(
      () => this.contents.sync(),
      () => {
        if (this.done()) void this.contents.close()
      },
    )
  }
}

const pathOf = (dir: OpfsDir, name: string): string => `${dir.path}/${name}`

async function copy(from: Found, to: OpfsDirectoryHandle, name: string): Promise<void> {
  if (from.kind === 'directory') {
    const made = await to.getDirectoryHandle(name, { create: true })
    for await (const [child, handle] of from.handle.entries()) await copy({ kind: handle.kind, handle } as Found, made, child)
    return
  }
  const source = await openContents(from.handle)
  const target = await openContents(await to.getFileHandle(name, { create: true }))
  try {
    await target.truncate(0)
    const size = await source.size()
    const buffer = new Uint8Array(65536)
    for (let at = 0; at < size;) {
      const read = await source.read(buffer, at)
      const bytes = typeof read === 'number' ? buffer.subarray(0, read) : read
      if (bytes.length === 0) break
      await target.write(bytes, at)
      at += bytes.length
    }
  } finally {
    await source.close()
    await target.close()
  }
}

export interface OpfsOptions {
  /** Names of directories to go down to, made where missing. Default the root of the origin's file system. */
  readonly path?: string
  /** What to use where the browser has no such file system: options for memory (default), or `'fail'`. */
  readonly fallback?: MemoryFsOptions | 'fail'
}

/** The origin private file system of this page or worker; `kind` of the result tells whether it is that or memory. */
export async function opfsDirectory(options: OpfsOptions = {}): Promise<OpfsFs | MemoryFs> {
  const { path = '', fallback = {} } = options
  const storage = (globalThis as { navigator?: { storage?: { getDirectory?(): Promise<unknown> } } }).navigator?.storage
  try {
    if (storage?.getDirectory === undefined) throw fail('nosys')
    let dir = (await storage.getDirectory()) as OpfsDirectoryHandle
    for (const part of path.split('/')) if (part !== '' && part !== '.') dir = await dir.getDirectoryHandle(part, { create: true })
    return new OpfsFs(dir)
  } catch (e) {
    if (fallback === 'fail') throw new HostError(`the origin private file system cannot be used: ${reason(e)}`, undefined, { cause: e })
    return new MemoryFs(fallback)
  }
}

const reason = (e: unknown): string => (e instanceof SysError ? 'this JS engine has none' : e instanceof Error ? e.message : String(e))
