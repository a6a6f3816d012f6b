/**
 * Copy-on-write over any other file system: the guest sees what lies below and may change everything; what lies below
 * stays as it is. The upper half is an in-memory file system whose entries are taken over from below when they are first
 * looked up; after that its own rules hold, so that renames, links and open files behave as in memory. Contents are copied
 * at the first change. Granted by users: `overlay(directory('./x'))`.
 */
import type { Clock } from './clock.ts'
import { errnoOf, fail } from './errno.ts'
import type { DirectoryGrant, DirEntry, FileHandle, FileStat, FileSystemProvider, NewTimes, OpenHow } from './file-system.ts'
import { attempt, chain, ensure, isPromise, type Maybe } from './maybe.ts'
import { type MemoryDir, type MemoryFile, MemoryFs, type MemoryLink } from './memory-fs.ts'
import type { U64 } from './time.ts'

const CHUNK = 65536
const READ: OpenHow = { read: true, write: false, create: false, exclusive: false, truncate: false }

/** Where a directory is below. It keeps that place however the overlay's directory is renamed. */
interface DirBelow {
  readonly parent: DirBelow | undefined
  readonly name: string
}
/** Where the contents of a file are, as long as they have not been copied. */
interface FileBelow {
  readonly dir: DirBelow
  readonly name: string
  readonly stat: FileStat
  copying: Promise<void> | undefined
}

export interface OverlayOptions {
  /** Most bytes for what is changed, and for the names that were looked up. Default 256 MiB. */
  quota?: number
  /** For timestamps. Default the system's. */
  clock?: Clock
}

/** One difference to what lies below. */
export interface OverlayChange {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'removed'
}

export class OverlayFs implements FileSystemProvider<MemoryDir> {
  readonly kind = 'overlay'
  readonly device: object = this
  private readonly lower: FileSystemProvider
  private readonly upper: MemoryFs
  private readonly top: MemoryDir
  private readonly dirs: WeakMap<MemoryDir, DirBelow> = new WeakMap()
  private readonly files: WeakMap<MemoryFile, FileBelow> = new WeakMap()
  private readonly links: WeakMap<MemoryLink, FileBelow> = new WeakMap()
  /** Names which are below but no longer here. */
  private readonly gone: WeakMap<MemoryDir, Set<string>> = new WeakMap()
  /** Handles below, one for each directory that is open here. */
  private readonly live: Map<MemoryDir, unknown> = new Map()
  /** Files with several links below, by device and inode: all their names here must lead to one node. */
  private readonly linked: Map<string, MemoryFile> = new Map()

  constructor(lower: FileSystemProvider, options: OverlayOptions = {}) {
    this.lower = lower
    this.upper = new MemoryFs(options)
    this.top = this.upper.root()
    this.dirs.set(this.top, { parent: undefined, name: '.' })
  }

  root(): Maybe<MemoryDir> {
    return this.hold(this.top, () => this.lower.root())
  }

  openDir(dir: MemoryDir, name: string): Maybe<MemoryDir> {
    if (name === '.') return this.upper.openDir(dir, '.')
    return this.loaded(dir, name, () => {
      const node = dir.entries.get(name)
      const below = node?.type === 'directory' ? this.dirs.get(node) : undefined
      if (below === undefined) return this.upper.openDir(dir, name)
      return this.hold(node as MemoryDir, () => this.enter(dir, below))
    })
  }

  closeDir(dir: MemoryDir): void {
    this.upper.closeDir(dir)
    const last = dir === this.top ? 1 : 0
    if (dir.open > last || !this.live.has(dir)) return
    const handle = this.live.get(dir)
    this.live.delete(dir)
    this.lower.closeDir(handle)
  }

  open(dir: MemoryDir, name: string, how: OpenHow): Maybe<FileHandle> {
    return this.loaded<FileHandle>(dir, name, () => {
      const node = dir.entries.get(name)
      const below = node?.type === 'file' ? this.files.get(node) : undefined
      if (below === undefined) return this.upper.open(dir, name, how)
      if (how.create && how.exclusive) throw fail('exist')
      if (below.stat.type !== 'file') throw fail('acces', 'devices, FIFOs and sockets are not granted')
      // Nothing of the old contents is needed.
      if (how.truncate) this.files.delete(node as MemoryFile)
      const upper = this.upper.open(dir, name, { ...how, create: false })
      if (how.truncate) return upper
      return attempt<FileHandle>(
        () => chain(this.openBelow(dir, below), (file) => new OverlayFile(this, node as MemoryFile, below, upper, file, how)),
        (e) => {
          upper.close()
          throw e
        },
      )
    })
  }

  stat(dir: MemoryDir, name: string): Maybe<FileStat> {
    return this.loaded(dir, name, () => {
      const stat = this.upper.stat(dir, name)
      const node = dir.entries.get(name)
      const below = node?.type === 'file' ? this.files.get(node) : undefined
      return below === undefined ? stat : { ...stat, type: below.stat.type, size: below.stat.size }
    })
  }

  setTimes(dir: MemoryDir, name: string, times: NewTimes): Maybe<void> {
    return this.loaded(dir, name, () => this.upper.setTimes(dir, name, times))
  }

  list(dir: MemoryDir): Maybe<readonly DirEntry[]> {
    const own = this.upper.list(dir).map((entry) => {
      const node = dir.entries.get(entry.name)!
      const below = node.type === 'file' ? this.files.get(node) : undefined
      return below === undefined ? entry : { name: entry.name, type: below.stat.type }
    })
    if (!this.dirs.has(dir)) return own
    return chain(this.lower.list(this.live.get(dir)), (entries) => {
      const gone = this.gone.get(dir)
      return [
        ...entries.filter((e) => !dir.entries.has(e.name) && gone?.has(e.name) !== true),
        ...own.filter((e) => dir.entries.has(e.name)),
      ]
    })
  }

  readlink(dir: MemoryDir, name: string): Maybe<string> {
    return this.loaded(dir, name, () => this.upper.readlink(dir, name))
  }
  mkdir(dir: MemoryDir, name: string): Maybe<void> {
    return this.loaded(dir, name, () => this.upper.mkdir(dir, name))
  }
  symlink(target: string, dir: MemoryDir, name: string): Maybe<void> {
    return this.loaded(dir, name, () => this.upper.symlink(target, dir, name))
  }
  link(dir: MemoryDir, name: string, toDir: MemoryDir, toName: string): Maybe<void> {
    return this.loaded(dir, name, () => this.loaded(toDir, toName, () => this.upper.link(dir, name, toDir, toName)))
  }

  rmdir(dir: MemoryDir, name: string): Maybe<void> {
    return this.loaded(dir, name, () =>
      chain(this.showContents(dir, name), () => {
        this.upper.rmdir(dir, name)
        this.forget(dir, name)
      }),
    )
  }
  unlink(dir: MemoryDir, name: string): Maybe<void> {
    return this.loaded(dir, name, () => {
      this.upper.unlink(dir, name)
      this.forget(dir, name)
    })
  }
  rename(dir: MemoryDir, name: string, toDir: MemoryDir, toName: string): Maybe<void> {
    return this.loaded(dir, name, () =>
      this.loaded(toDir, toName, () =>
        chain(this.showContents(toDir, toName), () => {
          this.upper.rename(dir, name, toDir, toName)
          // Between two links of one file nothing happens.
          if (!dir.entries.has(name)) this.forget(dir, name)
        }),
      ),
    )
  }

  /** What differs from below, by path: what was made or changed (also in its times only by a rename), and what is gone. */
  changes(): OverlayChange[] {
    const found: OverlayChange[] = []
    const visit = (dir: MemoryDir, path: string): void => {
      const here = this.dirs.get(dir)
      for (const name of this.gone.get(dir) ?? []) if (!dir.entries.has(name)) found.push({ path: path + name, kind: 'removed' })
      for (const [name, node] of dir.entries) {
        const below = node.type === 'directory' ? this.dirs.get(node) : node.type === 'file' ? this.files.get(node) : this.links.get(node)
        const from = below === undefined ? undefined : 'dir' in below ? below.dir : below.parent
        const same = below !== undefined && from === here && below.name === name
        if (!same) found.push({ path: path + name, kind: node.type })
        if (node.type === 'directory') visit(node, `${path}${name}/`)
      }
    }
    visit(this.top, '')
    return found.sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  /** A copy of what a changed or new file holds; undefined when there is none at this path. */
  readFile(path: string): Uint8Array | undefined {
    return this.upper.readFile(path)
  }
  /** Bytes that count against the quota now. */
  get used(): number {
    return this.upper.used
  }

  // For OverlayFile.

  /** Whether the contents are still those below. */
  isBelow(node: MemoryFile, below: FileBelow): boolean {
    return this.files.get(node) === below
  }
  /** From now on the file's contents are here, beginning with none. */
  detach(node: MemoryFile): void {
    this.files.delete(node)
  }
  /** Copies the contents, once; times stay. All of it fits, or nothing happens (`nospc`). */
  copyUp(node: MemoryFile, from: FileHandle): Maybe<void> {
    const below = this.files.get(node)
    if (below === undefined) return
    if (below.copying !== undefined) return below.copying
    const { atime, mtime, ctime } = node
    const restore = (): void => {
      node.atime = atime
      node.mtime = mtime
      node.ctime = ctime
    }
    const copied = attempt(
      () =>
        chain(from.size(), (size) => {
          // Truncated meanwhile: nothing of the old contents is wanted any more.
          if (this.files.get(node) !== below) return
          this.upper.resize(node, size)
          return chain(this.copy(node, below, from, 0), () => {
            if (this.files.get(node) === below) restore()
            this.files.delete(node)
          })
        }),
      (e) => {
        below.copying = undefined
        if (this.files.get(node) === below) {
          this.upper.resize(node, 0)
          restore()
        }
        throw e
      },
    )
    if (isPromise(copied)) below.copying = copied
    return copied
  }

  private copy(node: MemoryFile, below: FileBelow, from: FileHandle, start: number): Maybe<void> {
    for (let at = start; at < node.size;) {
      const buffer = new Uint8Array(Math.min(CHUNK, node.size - at))
      const read = from.read(buffer, at)
      if (typeof read !== 'number') {
        const here = at
        return read.then((bytes) => {
          if (this.files.get(node) !== below) return
          this.upper.writeAt(node, bytes, here)
          return bytes.length === 0 ? this.upper.resize(node, here) : this.copy(node, below, from, here + bytes.length)
        })
      }
      // It became shorter than it said.
      if (read === 0) return this.upper.resize(node, at)
      this.upper.writeAt(node, buffer.subarray(0, read), at)
      at += read
    }
  }

  // Taking over from below.

  /** Runs `body` when `name` has been looked up below, if it had to be. */
  private loaded<T>(dir: MemoryDir, name: string, body: () => Maybe<T>): Maybe<T> {
    if (name === '.' || dir.entries.has(name)) return body()
    const here = this.dirs.get(dir)
    if (here === undefined || dir.removed || this.gone.get(dir)?.has(name) === true) return body()
    const handle = this.live.get(dir)
    const found = attempt<FileStat | undefined>(
      () => this.lower.stat(handle, name),
      (e) => {
        if (errnoOf(e) === 'noent') return undefined
        throw e
      },
    )
    return chain(found, (stat) => {
      if (stat === undefined) return body()
      const target = stat.type === 'symlink' ? this.lower.readlink(handle, name) : ''
      return chain(target, (t) => {
        // Another operation may have been quicker.
        if (!dir.entries.has(name) && this.gone.get(dir)?.has(name) !== true && !dir.removed) this.takeOver(dir, here, name, stat, t)
        return body()
      })
    })
  }

  private takeOver(dir: MemoryDir, here: DirBelow, name: string, stat: FileStat, target: string): void {
    const key = stat.nlink > 1 && stat.type === 'file' ? inodeKey(stat.dev, stat.ino) : ''
    const known = key === '' ? undefined : this.linked.get(key)
    if (known !== undefined) return this.upper.adoptLink(dir, name, known)
    const node = this.upper.adopt(dir, name, stat, target)
    if (node.type === 'directory') this.dirs.set(node, { parent: here, name })
    else if (node.type === 'symlink') this.links.set(node, { dir: here, name, stat, copying: undefined })
    else {
      this.files.set(node, { dir: here, name, stat, copying: undefined })
      if (key !== '') this.linked.set(key, node)
    }
  }

  /** A name is no longer here: it must not shine through from below. */
  private forget(dir: MemoryDir, name: string): void {
    if (!this.dirs.has(dir)) return
    let names = this.gone.get(dir)
    if (names === undefined) this.gone.set(dir, (names = new Set()))
    names.add(name)
  }

  /** Before a directory is removed or replaced: if it has entries only below, one is taken over, so that it is seen not to be empty. */
  private showContents(dir: MemoryDir, name: string): Maybe<void> {
    const node = dir.entries.get(name)
    if (node?.type !== 'directory' || node.entries.size > 0 || !this.dirs.has(node)) return
    return chain(this.openDir(dir, name), (opened) =>
      ensure(
        () =>
          chain(this.list(opened), (entries) =>
            entries.length === 0 ? undefined : this.loaded(opened, entries[0]!.name, () => undefined),
          ),
        () => this.closeDir(opened),
      ),
    )
  }

  /** A new handle here, with the handle below that goes with it. */
  private hold(node: MemoryDir, open: () => Maybe<unknown>): Maybe<MemoryDir> {
    if (this.live.has(node)) return this.upper.openDir(node, '.')
    return chain(open(), (handle) => {
      if (this.live.has(node)) this.lower.closeDir(handle)
      else this.live.set(node, handle)
      return this.upper.openDir(node, '.')
    })
  }

  /** Opens a directory below, from `dir` if it is there, else from the root. */
  private enter(dir: MemoryDir, below: DirBelow): Maybe<unknown> {
    if (below.parent === undefined) return this.lower.root()
    if (this.dirs.get(dir) === below.parent && this.live.has(dir)) return this.lower.openDir(this.live.get(dir), below.name)
    return this.within(below.parent, (parent) => this.lower.openDir(parent, below.name))
  }

  private openBelow(dir: MemoryDir, below: FileBelow): Maybe<FileHandle> {
    if (this.dirs.get(dir) === below.dir && this.live.has(dir)) return this.lower.open(this.live.get(dir), below.name, READ)
    return this.within(below.dir, (parent) => this.lower.open(parent, below.name, READ))
  }

  private within<T>(below: DirBelow, body: (handle: unknown) => Maybe<T>): Maybe<T> {
    return chain(
      below.parent === undefined ? this.lower.root() : this.within(below.parent, (p) => this.lower.openDir(p, below.name)),
      (handle) =>
        ensure(
          () => body(handle),
          () => this.lower.closeDir(handle),
        ),
    )
  }
}

/** A file whose contents were below when it was opened. */
class OverlayFile implements FileHandle {
  private readonly fs: OverlayFs
  private readonly node: MemoryFile
  private readonly below: FileBelow
  private readonly upper: FileHandle
  private readonly lower: FileHandle
  private readonly how: OpenHow

  constructor(fs: OverlayFs, node: MemoryFile, below: FileBelow, upper: FileHandle, lower: FileHandle, how: OpenHow) {
    this.fs = fs
    this.node = node
    this.below = below
    this.upper = upper
    this.lower = lower
    this.how = how
  }

  read(buffer: Uint8Array, position: number): number | Promise<Uint8Array> {
    if (!this.how.read) throw fail('badf')
    return this.isBelow() ? this.lower.read(buffer, position) : this.upper.read(buffer, position)
  }
  write(data: Uint8Array, position: number): Maybe<number> {
    return this.change(data, (bytes) => this.upper.write(bytes, position))
  }
  append(data: Uint8Array): Maybe<number> {
    return this.change(data, (bytes) => this.upper.append(bytes))
  }
  size(): Maybe<number> {
    return this.isBelow() ? this.lower.size() : this.upper.size()
  }
  stat(): Maybe<FileStat> {
    const { size } = this.below.stat
    return chain(this.upper.stat(), (stat) => (this.isBelow() ? { ...stat, size } : stat))
  }
  truncate(size: number): Maybe<void> {
    if (!this.how.write) throw fail('inval')
    if (size === 0) this.fs.detach(this.node)
    return chain(this.fs.copyUp(this.node, this.lower), () => this.upper.truncate(size))
  }
  setTimes(times: NewTimes): Maybe<void> {
    return this.upper.setTimes(times)
  }
  sync(): void {}
  close(): Maybe<void> {
    void this.upper.close()
    return this.lower.close()
  }

  private isBelow(): boolean {
    return this.fs.isBelow(this.node, this.below)
  }
  /** `data` is only lent: when copying takes its time, it is kept. */
  private change(data: Uint8Array, body: (data: Uint8Array) => Maybe<number>): Maybe<number> {
    if (!this.how.write) throw fail('badf')
    if (data.length === 0) return 0
    const copied = this.fs.copyUp(this.node, this.lower)
    if (!isPromise(copied)) return body(data)
    const own = data.slice()
    return copied.then(() => body(own))
  }
}

const inodeKey = (dev: U64, ino: U64): string => `${dev.hi}:${dev.lo}:${ino.hi}:${ino.lo}`

/** A writable view of any file system; what is below is only read. Changes live in memory, as long as the overlay does. */
export const overlay = (below: DirectoryGrant | FileSystemProvider, options?: OverlayOptions): OverlayFs =>
  new OverlayFs('provider' in below ? below.provider : below, options)
