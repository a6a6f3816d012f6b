/**
 * Several grants put together into one tree: directories of any provider mounted at paths, also inside each other, and
 * single files. `..` out of a mount leads to where it is mounted, because the resolver keeps the handles it came through.
 * Each mount keeps its own access mode; renames and links between mounts are `xdev`. Called by users and by `WASI` for single files.
 */
import { HostError } from '../errors.ts'
import { errnoOf, fail } from './errno.ts'
import {
  type Access,
  type DirectoryGrant,
  type DirEntry,
  type FileGrant,
  type FileHandle,
  type FileStat,
  type FileSystemProvider,
  newDevice,
  type NewTimes,
  type OpenHow,
} from './file-system.ts'
import { attempt, chain, ensure, type Maybe } from './maybe.ts'
import { changes, ReadOnlyFile, refuseNew, refuseOpen } from './read-only.ts'
import { u64, type U64, ZERO } from './time.ts'

/** What can be mounted. A provider alone is writable. */
export type MountOption = DirectoryGrant | FileGrant | FileSystemProvider

/** A name of the mount table: something is mounted here, or on the way here, or both. */
interface Point {
  readonly ino: number
  readonly children: Map<string, Point>
  grant: DirectoryGrant | FileGrant | undefined
}

/** A directory of the tree. Without `mount` it exists only because something is mounted below: read-only, with these names and no others. */
export interface MountDir {
  readonly point: Point | undefined
  readonly mount: DirectoryGrant | undefined
  readonly handle: unknown
}

export class MountFs implements FileSystemProvider<MountDir> {
  readonly kind: string = 'mounts'
  readonly device: object = this
  private readonly dev: U64 = newDevice()
  private points = 0
  private readonly top: Point = this.point()

  /** Throws HostError for paths that cannot be mount points: with `..`, below a single file, or named twice. */
  constructor(table: Readonly<Record<string, MountOption>>) {
    for (const [path, option] of Object.entries(table)) {
      let point = this.top
      for (const name of path.split('/')) {
        if (name === '' || name === '.') continue
        if (name === '..' || name.includes('\0')) throw new HostError(`mounts: ${path} is not a path to mount at`)
        let next = point.children.get(name)
        if (next === undefined) point.children.set(name, (next = this.point()))
        point = next
      }
      if (point.grant !== undefined) throw new HostError(`mounts: ${path} is mounted twice`)
      point.grant = 'provider' in option ? option : { provider: option, access: 'rw' }
    }
    const check = (point: Point, path: string): void => {
      if (isFile(point) && (point.children.size > 0 || point === this.top))
        throw new HostError(`mounts: nothing can be below the file ${path}`)
      for (const [name, child] of point.children) check(child, `${path}/${name}`)
    }
    check(this.top, '')
  }

  root(): Maybe<MountDir> {
    return this.enter(this.top, () => ({ point: this.top, mount: undefined, handle: undefined }))
  }

  openDir(dir: MountDir, name: string): Maybe<MountDir> {
    const point = name === '.' ? undefined : dir.point?.children.get(name)
    const { mount } = dir
    if (point === undefined) {
      const below = name === '.' ? dir.point : undefined
      if (mount === undefined) {
        if (name !== '.') throw fail('noent')
        return dir
      }
      return chain(mount.provider.openDir(dir.handle, name), (handle) => ({ point: below, mount, handle }))
    }
    if (isFile(point)) throw fail('notdir')
    return this.enter(point, () => {
      const own: MountDir = { point, mount: undefined, handle: undefined }
      if (mount === undefined) return own
      // A directory on the way to a mount point: the one that is there, else one that holds only the mount points.
      return attempt<MountDir>(
        () => chain(mount.provider.openDir(dir.handle, name), (handle) => ({ point, mount, handle })),
        (e) => {
          if (!missing(e)) throw e
          return own
        },
      )
    })
  }

  closeDir(dir: MountDir): void {
    dir.mount?.provider.closeDir(dir.handle)
  }

  open(dir: MountDir, name: string, how: OpenHow): Maybe<FileHandle> {
    const point = dir.point?.children.get(name)
    if (point !== undefined && !isFile(point)) throw fail(how.create && how.exclusive ? 'exist' : 'isdir')
    if (point === undefined) {
      const { mount } = dir
      if (mount === undefined) throw fail(how.create ? 'rofs' : 'noent')
      return openIn(mount.provider, dir.handle, name, how, mount.access)
    }
    if (how.create && how.exclusive) throw fail('exist')
    const grant = point.grant as FileGrant
    return atRoot(grant, (root) => openIn(grant.provider, root, grant.file, how, grant.access))
  }

  stat(dir: MountDir, name: string): Maybe<FileStat> {
    return this.at(
      dir,
      name,
      (provider, handle, n) => provider.stat(handle, n),
      (point) => this.ownStat(point),
    )
  }

  setTimes(dir: MountDir, name: string, times: NewTimes): Maybe<void> {
    return this.at(
      dir,
      name,
      (provider, handle, n, access) => {
        mustWrite(access)
        return provider.setTimes(handle, n, times)
      },
      () => {
        throw fail('rofs')
      },
    )
  }

  list(dir: MountDir): Maybe<readonly DirEntry[]> {
    const { point, mount } = dir
    if (mount !== undefined && point === undefined) return mount.provider.list(dir.handle)
    const own: DirEntry[] = []
    for (const [name, child] of point!.children) own.push({ name, type: isFile(child) ? 'file' : 'directory' })
    if (mount === undefined) return own
    return chain(mount.provider.list(dir.handle), (entries) => [...entries.filter((e) => !point!.children.has(e.name)), ...own])
  }

  readlink(dir: MountDir, name: string): Maybe<string> {
    if (dir.point?.children.has(name) === true) throw fail('inval')
    if (dir.mount === undefined) throw fail('noent')
    return dir.mount.provider.readlink(dir.handle, name)
  }

  mkdir(dir: MountDir, name: string): Maybe<void> {
    return this.make(dir, name, (provider) => provider.mkdir(dir.handle, name))
  }
  symlink(target: string, dir: MountDir, name: string): Maybe<void> {
    return this.make(dir, name, (provider) => provider.symlink(target, dir.handle, name))
  }

  rmdir(dir: MountDir, name: string): Maybe<void> {
    const point = dir.point?.children.get(name)
    if (point !== undefined) throw fail(isFile(point) ? 'notdir' : 'busy')
    return this.writable(dir).provider.rmdir(dir.handle, name)
  }
  unlink(dir: MountDir, name: string): Maybe<void> {
    const point = dir.point?.children.get(name)
    if (point !== undefined) throw fail(isFile(point) ? 'busy' : 'isdir')
    return this.writable(dir).provider.unlink(dir.handle, name)
  }

  link(dir: MountDir, name: string, toDir: MountDir, toName: string): Maybe<void> {
    if (toDir.point?.children.has(toName) === true) throw fail('exist')
    const { provider } = this.writable(dir)
    this.writable(toDir)
    if (dir.point?.children.has(name) === true || dir.mount !== toDir.mount) throw fail('xdev')
    return provider.link(dir.handle, name, toDir.handle, toName)
  }
  /** Mount points and the directories that lead to them stay where they are: `busy`. */
  rename(dir: MountDir, name: string, toDir: MountDir, toName: string): Maybe<void> {
    if (dir.point?.children.has(name) === true || toDir.point?.children.has(toName) === true) throw fail('busy')
    const { provider } = this.writable(dir)
    this.writable(toDir)
    if (dir.mount !== toDir.mount) throw fail('xdev')
    return provider.rename(dir.handle, name, toDir.handle, toName)
  }

  syncDir(dir: MountDir): Maybe<void> {
    return dir.mount?.provider.syncDir?.(dir.handle)
  }

  private point(): Point {
    return { ino: ++this.points, children: new Map(), grant: undefined }
  }

  /** The root of what is mounted at a point, or whatever `unmounted` says. */
  private enter(point: Point, unmounted: () => Maybe<MountDir>): Maybe<MountDir> {
    const mount = point.grant as DirectoryGrant | undefined
    return mount === undefined ? unmounted() : chain(mount.provider.root(), (handle) => ({ point, mount, handle }))
  }

  /** Does something where a name really is: on a mounted root, a single file, a directory of a provider, or a directory that has no provider. */
  private at<T>(
    dir: MountDir,
    name: string,
    there: (provider: FileSystemProvider, handle: unknown, name: string, access: Access) => Maybe<T>,
    own: (point: Point) => Maybe<T>,
  ): Maybe<T> {
    const { mount } = dir
    if (name === '.') return mount === undefined ? own(dir.point!) : there(mount.provider, dir.handle, '.', mount.access)
    const point = dir.point?.children.get(name)
    if (point === undefined) {
      if (mount === undefined) throw fail('noent')
      return there(mount.provider, dir.handle, name, mount.access)
    }
    if (isFile(point)) {
      const grant = point.grant as FileGrant
      return atRoot(grant, (root) => there(grant.provider, root, grant.file, grant.access))
    }
    return chain(this.openDir(dir, name), (opened) =>
      ensure(
        () => this.at(opened, '.', there, own),
        () => this.closeDir(opened),
      ),
    )
  }

  private make(dir: MountDir, name: string, body: (provider: FileSystemProvider) => Maybe<void>): Maybe<void> {
    if (dir.point?.children.has(name) === true) throw fail('exist')
    if (dir.mount === undefined) throw fail('rofs')
    return dir.mount.access === 'rw' ? body(dir.mount.provider) : refuseNew(this as FileSystemProvider<MountDir>, dir, name)
  }

  private writable(dir: MountDir): DirectoryGrant {
    mustWrite(dir.mount?.access)
    return dir.mount!
  }

  private ownStat(point: Point): FileStat {
    const size = point.children.size
    return { type: 'directory', dev: this.dev, ino: u64(point.ino), nlink: 2, size, atime: ZERO, mtime: ZERO, ctime: ZERO }
  }
}

const isFile = (point: Point): boolean => point.grant !== undefined && 'file' in point.grant

/** Nothing that could be entered is there. */
const missing = (e: unknown): boolean => errnoOf(e) === 'noent' || errnoOf(e) === 'notdir' || errnoOf(e) === 'loop'

function mustWrite(access: Access | undefined): void {
  if (access !== 'rw') throw fail('rofs')
}

function openIn(provider: FileSystemProvider, dir: unknown, name: string, how: OpenHow, access: Access): Maybe<FileHandle> {
  if (access === 'rw') return provider.open(dir, name, how)
  if (changes(how)) return refuseOpen(provider, dir, name, how)
  return chain(provider.open(dir, name, how), (file) => new ReadOnlyFile(file))
}

function atRoot<T>(grant: FileGrant, body: (root: unknown) => Maybe<T>): Maybe<T> {
  return chain(grant.provider.root(), (root) =>
    ensure(
      () => body(root),
      () => grant.provider.closeDir(root),
    ),
  )
}

/** One tree of several grants: `mounts({ '/': memoryFs(), '/lib': readOnly(zip), '/cfg.json': singleFile(…) })`. */
export const mounts = (table: Readonly<Record<string, MountOption>>): MountFs => new MountFs(table)
