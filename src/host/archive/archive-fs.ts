/**
 * Read-only file systems made of a list of entries: the tree, its handles and everything that is refused. `zip.ts` and
 * `tar.ts` read their formats into such a list. Names of an archive are only ever names in this tree: none can lead out of it.
 */
import { decodeUtf8Lossy } from '../../bytes/utf8.ts'
import { HostError } from '../../errors.ts'
import { fail } from '../errno.ts'
import {
  type DirEntry,
  type FileHandle,
  type FileStat,
  type FileSystemProvider,
  type FileType,
  newDevice,
  type OpenHow,
} from '../file-system.ts'
import { attempt, chain, type Maybe } from '../maybe.ts'
import { DEFAULT_QUOTA } from '../policy.ts'
import { changes, ReadOnlyFile, refuseNew, refuseOpen } from '../read-only.ts'
import { type Time, u64, type U64, ZERO } from '../time.ts'

/** What a format's reader finds. */
export interface ArchiveEntry {
  readonly path: string
  readonly type: FileType
  readonly mtime: Time
  /** Bytes of contents, or of a symlink's target. */
  readonly size: number
  /** Contents, or a symlink's target. Called when they are wanted; a failure is `io`. */
  readonly read: () => Maybe<Uint8Array>
  /** Whether `read` makes new bytes, which then count against the limit while the file is open. */
  readonly packed: boolean
  /** Path of an earlier entry that this one is another link to. */
  readonly linkTo?: string
}

/** A file or directory of an archive; a directory is also the handle on itself. */
export interface ArchiveNode {
  readonly entry: ArchiveEntry
  readonly ino: number
  nlink: number
  readonly children: Map<string, ArchiveNode>
  /** Contents while the file is open. */
  data: Maybe<Uint8Array> | undefined
  open: number
}

export interface ArchiveOptions {
  /** Most bytes of unpacked contents held at once, by files that are open. Default 256 MiB. */
  limit?: number
}

export class ArchiveFs implements FileSystemProvider<ArchiveNode> {
  readonly kind: string
  readonly device: object = this
  private readonly dev: U64 = newDevice()
  private readonly top: ArchiveNode
  private readonly limit: number
  private inodes = 0
  private held = 0

  /** Throws HostError for entries that cannot be a tree: `..` in a path, a file with something below it. */
  constructor(kind: string, entries: readonly ArchiveEntry[], options: ArchiveOptions = {}) {
    this.kind = kind
    this.limit = options.limit ?? DEFAULT_QUOTA
    this.top = this.node(directoryEntry('', ZERO))
    for (const entry of entries) this.add(entry)
  }

  root(): ArchiveNode {
    return this.top
  }
  openDir(dir: ArchiveNode, name: string): ArchiveNode {
    const node = this.get(dir, name)
    if (node.entry.type === 'symlink') throw fail('loop')
    if (node.entry.type !== 'directory') throw fail('notdir')
    return node
  }
  closeDir(): void {}

  open(dir: ArchiveNode, name: string, how: OpenHow): Maybe<FileHandle> {
    if (changes(how)) return refuseOpen(this as FileSystemProvider<ArchiveNode>, dir, name, how)
    const node = this.get(dir, name)
    const { type } = node.entry
    if (type === 'directory') throw fail('isdir')
    if (type === 'symlink') throw fail('loop')
    if (type !== 'file') throw fail('acces', 'devices, FIFOs and sockets are not granted')
    return chain(this.acquire(node), (data) => new ReadOnlyFile(new ArchiveFile(data, this.statOf(node), () => this.release(node))))
  }

  stat(dir: ArchiveNode, name: string): FileStat {
    return this.statOf(this.get(dir, name))
  }
  list(dir: ArchiveNode): readonly DirEntry[] {
    return [...dir.children].map(([name, node]) => ({ name, type: node.entry.type }))
  }
  readlink(dir: ArchiveNode, name: string): Maybe<string> {
    const { entry } = this.get(dir, name)
    if (entry.type !== 'symlink') throw fail('inval')
    return chain(entry.read(), (bytes) => decodeUtf8Lossy(bytes))
  }

  setTimes(): never {
    throw fail('rofs')
  }
  mkdir(dir: ArchiveNode, name: string): Maybe<void> {
    return refuseNew(this as FileSystemProvider<ArchiveNode>, dir, name)
  }
  rmdir(): never {
    throw fail('rofs')
  }
  unlink(): never {
    throw fail('rofs')
  }
  symlink(_target: string, dir: ArchiveNode, name: string): Maybe<void> {
    return refuseNew(this as FileSystemProvider<ArchiveNode>, dir, name)
  }
  link(): never {
    throw fail('rofs')
  }
  rename(): never {
    throw fail('rofs')
  }

  private get(dir: ArchiveNode, name: string): ArchiveNode {
    const node = name === '.' ? dir : dir.children.get(name)
    if (node === undefined) throw fail(name.length > 255 ? 'nametoolong' : 'noent')
    return node
  }

  private statOf(node: ArchiveNode): FileStat {
    const { type, mtime, size } = node.entry
    return { type, dev: this.dev, ino: u64(node.ino), nlink: node.nlink, size, atime: mtime, mtime, ctime: mtime }
  }

  /** The contents, unpacked once for all handles on the file. */
  private acquire(node: ArchiveNode): Maybe<Uint8Array> {
    const { entry } = node
    if (node.data === undefined) {
      if (entry.packed && this.held + entry.size > this.limit) throw fail('nomem')
      node.data = entry.read()
      if (entry.packed) this.held += entry.size
    }
    node.open++
    return attempt(
      () => node.data!,
      (e) => {
        this.release(node)
        throw e
      },
    )
  }
  private release(node: ArchiveNode): void {
    if (--node.open > 0) return
    node.data = undefined
    if (node.entry.packed) this.held -= node.entry.size
  }

  private add(entry: ArchiveEntry): void {
    const parts = componentsOf(entry.path, this.kind)
    const name = parts.pop()
    // The archive's own root directory, often written as `./`.
    if (name === undefined) return
    let dir = this.top
    for (const part of parts) {
      let next = dir.children.get(part)
      if (next === undefined) dir.children.set(part, (next = this.subdirectory(dir, entry.mtime)))
      if (next.entry.type !== 'directory') throw new HostError(`${this.kind}: ${part} is a file, but there is ${entry.path} below it`)
      dir = next
    }
    const old = dir.children.get(name)
    if (entry.linkTo !== undefined) {
      const target = this.find(entry.linkTo)
      if (target === undefined || target.entry.type === 'directory')
        throw new HostError(`${this.kind}: ${entry.path} is a link to ${entry.linkTo}, which is no file before it`)
      target.nlink++
      dir.children.set(name, target)
    } else if (entry.type !== 'directory') {
      if (old?.entry.type === 'directory' && old.children.size > 0)
        throw new HostError(`${this.kind}: ${entry.path} is a file, but there is something below it`)
      if (old?.entry.type === 'directory') dir.nlink--
      // As unpacking would: the later entry wins.
      dir.children.set(name, this.node(entry))
    } else if (old?.entry.type !== 'directory') {
      dir.children.set(name, this.node(entry))
      dir.nlink++
    } else {
      // Seen before, at least as the parent of something.
      const again = this.node(entry)
      for (const [childName, child] of old.children) again.children.set(childName, child)
      again.nlink = old.nlink
      dir.children.set(name, again)
    }
  }

  private find(path: string): ArchiveNode | undefined {
    let node: ArchiveNode | undefined = this.top
    for (const part of componentsOf(path, this.kind)) node = node?.children.get(part)
    return node
  }
  private subdirectory(dir: ArchiveNode, mtime: Time): ArchiveNode {
    dir.nlink++
    return this.node(directoryEntry('', mtime))
  }
  private node(entry: ArchiveEntry): ArchiveNode {
    return { entry, ino: ++this.inodes, nlink: entry.type === 'directory' ? 2 : 1, children: new Map(), data: undefined, open: 0 }
  }
}

/** Open contents; `ReadOnlyFile` around it refuses changes. */
class ArchiveFile implements FileHandle {
  private readonly data: Uint8Array
  private readonly known: FileStat
  private readonly done: () => void
  private closed = false

  constructor(data: Uint8Array, stat: FileStat, done: () => void) {
    this.data = data
    this.known = stat
    this.done = done
  }
  read(buffer: Uint8Array, position: number): number {
    const n = Math.max(0, Math.min(buffer.length, this.data.length - position))
    buffer.set(this.data.subarray(position, position + n))
    return n
  }
  write(): never {
    throw fail('badf')
  }
  append(): never {
    throw fail('badf')
  }
  size(): number {
    return this.data.length
  }
  stat(): FileStat {
    return this.known
  }
  truncate(): never {
    throw fail('inval')
  }
  setTimes(): never {
    throw fail('rofs')
  }
  sync(): void {}
  close(): void {
    if (this.closed) return
    this.closed = true
    this.done()
  }
}

export const directoryEntry = (path: string, mtime: Time): ArchiveEntry => ({
  path,
  type: 'directory',
  mtime,
  size: 0,
  packed: false,
  read: () => {
    throw fail('isdir')
  },
})

function componentsOf(path: string, kind: string): string[] {
  if (path.includes('\0')) throw new HostError(`${kind}: a path with a NUL character`)
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new HostError(`${kind}: the path ${path} leads out of the archive`)
  return parts
}
