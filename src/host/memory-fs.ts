/**
 * A file system in memory, exact as POSIX where a guest can tell: hard links, symlinks, files that live on after unlink
 * while they are open, rename rules, link counts, timestamps, a quota. Granted with `fs: { '/tmp': memoryFs() }`;
 * the host reads and writes it with `readFile`, `writeFile` and friends.
 */
import { decodeUtf8Lossy, encodeUtf8 } from '../bytes/utf8.ts'
import { HostError } from '../errors.ts'
import { type Clock, systemClock } from './clock.ts'
import { fail } from './errno.ts'
import {
  type DirEntry,
  type FileHandle,
  type FileStat,
  type FileSystemProvider,
  newDevice,
  type NewTimes,
  type OpenHow,
} from './file-system.ts'
import { DEFAULT_QUOTA } from './policy.ts'
import { type Time, type U64, u64 } from './time.ts'

/** Longest name in bytes of UTF-8, as on most file systems. */
const NAME_MAX = 255
/** What an inode and a directory entry (besides its name) cost against the quota: empty files are not free. */
const INODE_COST = 256
const ENTRY_COST = 64

interface Inode {
  readonly ino: number
  nlink: number
  /** Open handles; an inode without links goes when the last is closed. */
  open: number
  atime: Time
  mtime: Time
  ctime: Time
}
export interface MemoryFile extends Inode {
  readonly type: 'file'
  /** Capacity; `size` of it is contents. Beyond `size` it is zero. */
  data: Uint8Array
  size: number
}
export interface MemoryLink extends Inode {
  readonly type: 'symlink'
  readonly target: string
}
/** A directory, and also the handle on it. */
export interface MemoryDir extends Inode {
  readonly type: 'directory'
  readonly entries: Map<string, MemoryFile | MemoryLink | MemoryDir>
  parent: MemoryDir
  /** Removed, but still held by a handle: nothing can be made in it. */
  removed: boolean
}
export type MemoryNode = MemoryFile | MemoryLink | MemoryDir
type Node = MemoryNode

export interface MemoryFsOptions {
  /** Most bytes for contents, names and inodes together. Default 256 MiB. */
  quota?: number
  /** Files to begin with: path → contents. Directories on the way are made; a path that ends in `/` is an empty directory. */
  files?: Record<string, string | Uint8Array>
  /** For timestamps. Default the system's. */
  clock?: Clock
}

export class MemoryFs implements FileSystemProvider<MemoryDir> {
  readonly kind = 'memory'
  readonly device: object = this
  readonly quota: number
  private readonly clock: Clock
  private readonly dev: U64 = newDevice()
  private readonly top: MemoryDir
  private inodes = 0
  private usedBytes = 0

  constructor(options: MemoryFsOptions = {}) {
    this.quota = options.quota ?? DEFAULT_QUOTA
    this.clock = options.clock ?? systemClock()
    this.top = this.newDir(undefined)
    for (const [path, data] of Object.entries(options.files ?? {})) {
      if (path.endsWith('/')) this.makeDirs(path)
      else this.writeFile(path, data)
    }
  }

  /** Bytes that count against the quota now. */
  get used(): number {
    return this.usedBytes
  }

  // For the host. Paths are plain: components separated by `/`, no symlinks followed, no `..`.

  /** A copy of a file's bytes; undefined when there is no such file. */
  readFile(path: string): Uint8Array | undefined {
    const node = this.find(path)
    return node?.type === 'file' ? node.data.slice(0, node.size) : undefined
  }
  /** A file as text (UTF-8, ill-formed parts as U+FFFD). */
  readText(path: string): string | undefined {
    const node = this.find(path)
    return node?.type === 'file' ? decodeUtf8Lossy(node.data, 0, node.size) : undefined
  }
  /** Creates or replaces a file, with the directories on the way. Throws HostError when the quota is used up or a directory is in the way. */
  writeFile(path: string, data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? encodeUtf8(data) : data
    const parts = components(path)
    const name = parts.pop()
    if (name === undefined) throw new HostError(`memory file system: ${path} is not a file name`)
    const dir = this.makeDirs(parts.join('/'))
    try {
      const file = this.open(dir, name, { read: false, write: true, create: true, exclusive: false, truncate: true })
      file.write(bytes, 0)
      void file.close()
    } catch (e) {
      throw new HostError(`memory file system: cannot write ${path}: ${(e as { errno?: string }).errno ?? String(e)}`)
    }
  }
  /** Names in a directory, sorted; undefined when there is no such directory. */
  readDir(path: string): string[] | undefined {
    const node = this.find(path)
    return node?.type === 'directory' ? [...node.entries.keys()].sort() : undefined
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.top
    for (const part of components(path)) node = node?.type === 'directory' ? node.entries.get(part) : undefined
    return node
  }
  private makeDirs(path: string): MemoryDir {
    let dir = this.top
    for (const part of components(path)) {
      if (!dir.entries.has(part)) this.mkdir(dir, part)
      const next = dir.entries.get(part)!
      if (next.type !== 'directory') throw new HostError(`memory file system: ${part} in ${path} is not a directory`)
      dir = next
    }
    return dir
  }

  // The provider.

  root(): MemoryDir {
    return this.hold(this.top)
  }

  openDir(dir: MemoryDir, name: string): MemoryDir {
    if (name === '.') return this.hold(dir)
    const node = this.get(dir, name)
    if (node.type === 'symlink') throw fail('loop')
    if (node.type !== 'directory') throw fail('notdir')
    return this.hold(node)
  }

  closeDir(dir: MemoryDir): void {
    dir.open--
    this.reap(dir)
  }

  open(dir: MemoryDir, name: string, how: OpenHow): MemoryHandle {
    checkName(name)
    let node = dir.entries.get(name)
    if (node === undefined) {
      if (!how.create) throw fail('noent')
      const file: MemoryFile = { type: 'file', ...this.inode(), data: new Uint8Array(0), size: 0 }
      this.enter(dir, name, file, INODE_COST)
      node = file
    } else {
      if (how.create && how.exclusive) throw fail('exist')
      if (node.type === 'symlink') throw fail('loop')
      if (node.type === 'directory') throw fail('isdir')
      if (how.truncate) this.resize(node, 0)
    }
    node.open++
    return new MemoryHandle(this, node, how.read, how.write)
  }

  stat(dir: MemoryDir, name: string): FileStat {
    return this.statOf(name === '.' ? dir : this.get(dir, name))
  }

  setTimes(dir: MemoryDir, name: string, times: NewTimes): void {
    this.setTimesOf(name === '.' ? dir : this.get(dir, name), times)
  }

  list(dir: MemoryDir): readonly DirEntry[] {
    dir.atime = this.clock.wall()
    const entries: DirEntry[] = []
    for (const [name, node] of dir.entries) entries.push({ name, type: node.type })
    return entries
  }

  readlink(dir: MemoryDir, name: string): string {
    const node = this.get(dir, name)
    if (node.type !== 'symlink') throw fail('inval')
    return node.target
  }

  mkdir(dir: MemoryDir, name: string): void {
    checkName(name)
    if (dir.entries.has(name)) throw fail('exist')
    const made = this.newDir(dir)
    this.enter(dir, name, made, INODE_COST)
    dir.nlink++
  }

  rmdir(dir: MemoryDir, name: string): void {
    const node = this.get(dir, name)
    if (node.type !== 'directory') throw fail('notdir')
    if (node.entries.size > 0) throw fail('notempty')
    this.leave(dir, name)
    this.drop(node)
  }

  unlink(dir: MemoryDir, name: string): void {
    const node = this.get(dir, name)
    if (node.type === 'directory') throw fail('isdir')
    this.leave(dir, name)
    this.drop(node)
  }

  symlink(target: string, dir: MemoryDir, name: string): void {
    checkName(name)
    if (dir.entries.has(name)) throw fail('exist')
    this.enter(dir, name, { type: 'symlink', ...this.inode(), target }, INODE_COST + target.length)
  }

  link(dir: MemoryDir, name: string, toDir: MemoryDir, toName: string): void {
    checkName(toName)
    const node = this.get(dir, name)
    if (toDir.entries.has(toName)) throw fail('exist')
    if (node.type === 'directory') throw fail('perm')
    this.enter(toDir, toName, node, 0)
    node.nlink++
    node.ctime = this.clock.wall()
  }

  rename(dir: MemoryDir, name: string, toDir: MemoryDir, toName: string): void {
    checkName(toName)
    const node = this.get(dir, name)
    const old = toDir.entries.get(toName)
    // POSIX: two links to the same file: nothing happens.
    if (old === node) return
    if (toDir.removed) throw fail('noent')
    if (node.type === 'directory') {
      if (isWithin(toDir, node)) throw fail('inval')
      if (old !== undefined && old.type !== 'directory') throw fail('notdir')
      if (old !== undefined && old.entries.size > 0) throw fail('notempty')
    } else if (old !== undefined && old.type === 'directory') throw fail(isWithin(dir, old) ? 'notempty' : 'isdir')
    if (old === undefined) this.charge(nameCost(toName) - nameCost(name))
    else {
      this.charge(-nameCost(name))
      if (old.type === 'directory') toDir.nlink--
      this.drop(old)
    }
    dir.entries.delete(name)
    toDir.entries.set(toName, node)
    if (node.type === 'directory' && dir !== toDir) {
      node.parent = toDir
      dir.nlink--
      toDir.nlink++
    }
    const now = this.clock.wall()
    dir.mtime = dir.ctime = toDir.mtime = toDir.ctime = node.ctime = now
  }

  /**
   * For overlays: an entry that stands for something of another file system, with its times and link count; files come
   * without their contents. It counts against the quota like any other entry, but never fails: looking must always be possible.
   */
  adopt(dir: MemoryDir, name: string, like: FileStat, target: string): MemoryNode {
    const inode = { ...this.inode(), nlink: like.nlink, atime: like.atime, mtime: like.mtime, ctime: like.ctime }
    const node: MemoryNode =
      like.type === 'directory'
        ? { type: 'directory', ...inode, entries: new Map(), parent: dir, removed: false }
        : like.type === 'symlink'
          ? { type: 'symlink', ...inode, target }
          : { type: 'file', ...inode, data: new Uint8Array(0), size: 0 }
    this.usedBytes += INODE_COST + target.length
    this.adoptLink(dir, name, node)
    return node
  }
  /** For overlays: another entry for an adopted node, whose link count already knows of it. */
  adoptLink(dir: MemoryDir, name: string, node: MemoryNode): void {
    this.usedBytes += nameCost(name)
    dir.entries.set(name, node)
  }

  // Inodes. The next five are also used by MemoryHandle.

  statOf(node: Node): FileStat {
    const size = node.type === 'file' ? node.size : node.type === 'symlink' ? encodeUtf8(node.target).length : node.entries.size
    return {
      type: node.type,
      dev: this.dev,
      ino: u64(node.ino),
      nlink: node.nlink,
      size,
      atime: node.atime,
      mtime: node.mtime,
      ctime: node.ctime,
    }
  }

  setTimesOf(node: Node, times: NewTimes): void {
    const now = this.clock.wall()
    if (times.atime !== undefined) node.atime = times.atime === 'now' ? now : times.atime
    if (times.mtime !== undefined) node.mtime = times.mtime === 'now' ? now : times.mtime
    node.ctime = now
  }

  /** Sets a file's size; new bytes are zero. */
  resize(file: MemoryFile, size: number): void {
    if (size > file.size) this.reserve(file, size)
    if (size < file.size) file.data.fill(0, size, file.size)
    this.charge(size - file.size)
    file.size = size
    // A much smaller file gives its memory back.
    if (file.data.length > 4096 && size < file.data.length / 4) file.data = file.data.slice(0, size)
    file.mtime = file.ctime = this.clock.wall()
  }

  writeAt(file: MemoryFile, data: Uint8Array, position: number): number {
    if (data.length === 0) return 0
    let end = position + data.length
    if (end > file.size) {
      // As a full disk does: as much as fits, and only then `nospc`.
      const room = file.size + Math.max(0, this.quota - this.usedBytes)
      if (room <= position) throw fail('nospc')
      if (room < end) {
        end = room
        data = data.subarray(0, end - position)
      }
      this.reserve(file, end)
      this.charge(end - file.size)
      file.size = end
    }
    file.data.set(data, position)
    file.mtime = file.ctime = this.clock.wall()
    return data.length
  }

  touchRead(file: MemoryFile): void {
    file.atime = this.clock.wall()
  }

  /** Frees an inode that has neither links nor handles. */
  reap(node: Node): void {
    if (node.nlink > 0 || node.open > 0) return
    if (node.type === 'file') {
      this.charge(-node.size)
      node.data = new Uint8Array(0)
      node.size = 0
    } else if (node.type === 'symlink') this.charge(-node.target.length)
    this.charge(-INODE_COST)
  }

  private reserve(file: MemoryFile, size: number): void {
    if (size - file.size > this.quota - this.usedBytes) throw fail('nospc')
    if (size <= file.data.length) return
    try {
      const grown = new Uint8Array(Math.max(size, Math.min(file.data.length * 2, file.data.length + this.quota - this.usedBytes)))
      grown.set(file.data.subarray(0, file.size))
      file.data = grown
    } catch {
      throw fail('nospc')
    }
  }

  private charge(bytes: number): void {
    if (bytes > 0 && this.usedBytes + bytes > this.quota) throw fail('nospc')
    this.usedBytes += bytes
  }

  private inode(): Inode {
    const now = this.clock.wall()
    return { ino: ++this.inodes, nlink: 1, open: 0, atime: now, mtime: now, ctime: now }
  }

  private newDir(parent: MemoryDir | undefined): MemoryDir {
    const dir = { type: 'directory', ...this.inode(), nlink: 2, entries: new Map(), removed: false } as unknown as MemoryDir
    dir.parent = parent ?? dir
    return dir
  }

  private get(dir: MemoryDir, name: string): Node {
    const node = dir.entries.get(name)
    if (node === undefined) {
      checkName(name)
      throw fail('noent')
    }
    return node
  }

  private hold(dir: MemoryDir): MemoryDir {
    dir.open++
    return dir
  }

  private enter(dir: MemoryDir, name: string, node: Node, cost: number): void {
    if (dir.removed) throw fail('noent')
    this.charge(cost + nameCost(name))
    dir.entries.set(name, node)
    dir.mtime = dir.ctime = this.clock.wall()
  }

  private leave(dir: MemoryDir, name: string): void {
    if (dir.entries.get(name)!.type === 'directory') dir.nlink--
    dir.entries.delete(name)
    this.charge(-nameCost(name))
    dir.mtime = dir.ctime = this.clock.wall()
  }

  private drop(node: Node): void {
    if (node.type === 'directory') {
      node.nlink = 0
      node.removed = true
    } else node.nlink--
    node.ctime = this.clock.wall()
    this.reap(node)
  }
}

class MemoryHandle implements FileHandle {
  private readonly fs: MemoryFs
  private readonly file: MemoryFile
  private readonly readable: boolean
  private readonly writable: boolean
  private closed = false

  constructor(fs: MemoryFs, file: MemoryFile, readable: boolean, writable: boolean) {
    this.fs = fs
    this.file = file
    this.readable = readable
    this.writable = writable
  }
  read(buffer: Uint8Array, position: number): number {
    if (!this.readable) throw fail('badf')
    const n = Math.max(0, Math.min(buffer.length, this.file.size - position))
    buffer.set(this.file.data.subarray(position, position + n))
    if (n > 0) this.fs.touchRead(this.file)
    return n
  }
  write(data: Uint8Array, position: number): number {
    if (!this.writable) throw fail('badf')
    return this.fs.writeAt(this.file, data, position)
  }
  append(data: Uint8Array): number {
    return this.write(data, this.file.size)
  }
  size(): number {
    return this.file.size
  }
  stat(): FileStat {
    return this.fs.statOf(this.file)
  }
  truncate(size: number): void {
    if (!this.writable) throw fail('inval')
    this.fs.resize(this.file, size)
  }
  setTimes(times: NewTimes): void {
    this.fs.setTimesOf(this.file, times)
  }
  sync(): void {}
  close(): void {
    if (this.closed) return
    this.closed = true
    this.file.open--
    this.fs.reap(this.file)
  }
}

/** An in-memory file system, writable unless granted through `readOnly(…)`. */
export const memoryFs = (options?: MemoryFsOptions): MemoryFs => new MemoryFs(options)

/** Whether `dir` is `ancestor` or below it. */
function isWithin(dir: MemoryDir, ancestor: MemoryDir): boolean {
  for (let d = dir; ; d = d.parent) {
    if (d === ancestor) return true
    if (d === d.parent) return false
  }
}

const components = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')
const nameCost = (name: string): number => ENTRY_COST + name.length

function checkName(name: string): void {
  if (name.length > NAME_MAX / 3 && encodeUtf8(name).length > NAME_MAX) throw fail('nametoolong')
}
