/**
 * A directory that a guest holds: provider, handle and access mode, with every path operation. All access checks of the
 * host layer are here, so that providers and adapters cannot forget them: a read-only directory refuses create, truncate,
 * write, times, mkdir, unlink, rename and links, and operations on two paths need write access at both ends.
 */
import { errnoOf, fail, SysError } from './errno.ts'
import type { Access, DirectoryGrant, DirEntry, FileHandle, FileStat, FileSystemProvider, NewTimes, OpenHow } from './file-system.ts'
import { attempt, type Maybe, chain, isPromise } from './maybe.ts'
import type { DeniedLog } from './policy.ts'
import { changes as changing, ReadOnlyFile, refuseNew, refuseOpen } from './read-only.ts'
import { walk } from './resolver.ts'

/** What `open` found. */
export type Opened = { readonly kind: 'file'; readonly file: FileHandle } | { readonly kind: 'directory'; readonly directory: Directory }

export interface OpenRequest extends OpenHow {
  /** Only a directory will do. */
  readonly directory: boolean
}

export class Directory {
  readonly provider: FileSystemProvider
  readonly access: Access
  /** The guest's name for it, for messages. */
  readonly path: string
  private readonly handle: unknown
  private readonly denied: DeniedLog | undefined

  constructor(provider: FileSystemProvider, handle: unknown, access: Access, path: string, denied?: DeniedLog) {
    this.provider = provider
    this.handle = handle
    this.access = access
    this.path = path
    this.denied = denied
  }

  /** Opens a granted directory. */
  static grant(grant: DirectoryGrant, path: string, denied?: DeniedLog): Maybe<Directory> {
    return chain(grant.provider.root(), (handle) => new Directory(grant.provider, handle, grant.access, path, denied))
  }

  /** Opens a file or directory. Devices, FIFOs and sockets are refused by the provider (`acces`). */
  open(path: string, follow: boolean, how: OpenRequest): Maybe<Opened> {
    return this.guard('open', path, () => {
      if (how.directory && how.create) throw fail('inval')
      if (how.directory && changing(how)) throw fail('isdir')
      // A trailing slash asks for what a symlink leads to; O_EXCL never follows.
      const through = (follow || path.endsWith('/')) && !how.exclusive
      return walk<unknown, Opened>(this.provider, this.handle, path, through, (dir, name, mustBeDir) =>
        this.openAt(dir, name, mustBeDir, path, how),
      )
    })
  }

  private openAt(dir: unknown, name: string, mustBeDir: boolean, path: string, how: OpenRequest): Maybe<Opened> {
    if (name === '.') return this.openDirectory(dir, name, path, how)
    if (how.directory || mustBeDir) {
      if (how.create) return this.creatingSlash(dir, name)
      return this.enterOrLoop(dir, name, () => this.openDirectory(dir, name, path, how))
    }
    if (this.access === 'ro' && changing(how)) return refuseOpen(this.provider, dir, name, how)
    const failed = (e: unknown): Maybe<Opened> => {
      if (errnoOf(e) !== 'isdir' || changing(how)) throw e
      return this.openDirectory(dir, name, path, how)
    }
    try {
      const file = this.provider.open(dir, name, how)
      return isPromise(file) ? file.then((f) => this.openedFile(f)).catch(failed) : this.openedFile(file)
    } catch (e) {
      return failed(e)
    }
  }

  private openedFile(file: FileHandle): Opened {
    return { kind: 'file', file: this.access === 'rw' ? file : new ReadOnlyFile(file) }
  }

  private openDirectory(dir: unknown, name: string, path: string, how: OpenRequest): Maybe<Opened> {
    if (how.exclusive) throw fail('exist')
    return chain(this.provider.openDir(dir, name), (handle) => {
      if (!changing(how))
        return { kind: 'directory', directory: new Directory(this.provider, handle, this.access, join(this.path, path), this.denied) }
      this.provider.closeDir(handle)
      throw fail('isdir')
    })
  }

  /** Metadata; with `follow` of a symlink's target. */
  stat(path: string, follow: boolean): Maybe<FileStat> {
    return this.guard('stat', path, () =>
      walk(this.provider, this.handle, path, follow || path.endsWith('/'), (dir, name, mustBeDir) =>
        chain(this.provider.stat(dir, name), (stat) => {
          if (stat.type === 'symlink' && (follow || mustBeDir)) throw fail('loop')
          if (mustBeDir && stat.type !== 'directory') throw fail('notdir')
          return stat
        }),
      ),
    )
  }

  setTimes(path: string, follow: boolean, times: NewTimes): Maybe<void> {
    return this.guard('set times of', path, () =>
      walk(this.provider, this.handle, path, follow || path.endsWith('/'), (dir, name, mustBeDir) =>
        chain(this.provider.stat(dir, name), (stat) => {
          if (stat.type === 'symlink' && (follow || mustBeDir)) throw fail('loop')
          if (mustBeDir && stat.type !== 'directory') throw fail('notdir')
          this.mustWrite()
          return this.provider.setTimes(dir, name, times)
        }),
      ),
    )
  }

  /** The target of a symlink, as stored. */
  readlink(path: string): Maybe<string> {
    return this.guard('readlink', path, () =>
      walk(this.provider, this.handle, path, false, (dir, name, mustBeDir) => {
        if (name === '.') throw fail('inval')
        return mustBeDir
          ? chain(this.mustBeDirectory(dir, name), () => {
              throw fail('inval')
            })
          : this.provider.readlink(dir, name)
      }),
    )
  }

  mkdir(path: string): Maybe<void> {
    return this.guard('mkdir', path, () =>
      walk(this.provider, this.handle, path, false, (dir, name) => {
        if (name === '.') throw fail('exist')
        return this.access === 'ro' ? refuseNew(this.provider, dir, name) : this.provider.mkdir(dir, name)
      }),
    )
  }

  rmdir(path: string): Maybe<void> {
    return this.guard('rmdir', path, () =>
      walk(this.provider, this.handle, path, false, (dir, name) => {
        this.mustWrite()
        // POSIX: `rmdir .` is EINVAL; the granted directory itself can never be removed.
        if (name === '.') throw fail('inval')
        return this.provider.rmdir(dir, name)
      }),
    )
  }

  unlink(path: string): Maybe<void> {
    return this.guard('unlink', path, () =>
      walk(this.provider, this.handle, path, false, (dir, name, mustBeDir) => {
        this.mustWrite()
        if (name === '.') throw fail('isdir')
        return mustBeDir
          ? chain(this.mustBeDirectory(dir, name), () => {
              throw fail('isdir')
            })
          : this.provider.unlink(dir, name)
      }),
    )
  }

  /** Makes a symlink at `path`. Targets are interpreted by the resolver only, but absolute ones are refused: they could serve nobody inside. */
  symlink(target: string, path: string): Maybe<void> {
    return this.guard('symlink', path, () => {
      if (target === '') throw fail('noent')
      if (target.includes('\0')) throw fail('inval')
      if (target.charCodeAt(0) === 0x2f) throw fail('notcapable', `symlink to ${target}`)
      return walk(this.provider, this.handle, path, false, (dir, name, mustBeDir) => {
        this.mustWrite()
        if (name === '.') throw fail('exist')
        return mustBeDir ? this.noNewNameWithSlash(dir, name) : this.provider.symlink(target, dir, name)
      })
    })
  }

  /** Hard link. `follow` is not supported, as everywhere: `inval`. */
  link(path: string, follow: boolean, to: Directory, toPath: string): Maybe<void> {
    return this.guard('link', `${path} to ${join(to.path, toPath)}`, () => {
      if (follow) throw fail('inval')
      return walk(this.provider, this.handle, path, false, (dir, name, mustBeDir) => {
        if (name === '.') throw fail('perm')
        return chain(mustBeDir ? this.mustBeDirectory(dir, name) : undefined, () =>
          walk(to.provider, to.handle, toPath, false, (toDir, toName, toMustBeDir) => {
            this.mustWrite()
            to.mustWrite()
            if (toName === '.') throw fail('exist')
            if (this.provider.device !== to.provider.device) throw fail('xdev')
            return toMustBeDir ? to.noNewNameWithSlash(toDir, toName) : this.provider.link(dir, name, toDir, toName)
          }),
        )
      })
    })
  }

  rename(path: string, to: Directory, toPath: string): Maybe<void> {
    return this.guard('rename', `${path} to ${join(to.path, toPath)}`, () =>
      walk(this.provider, this.handle, path, false, (dir, name, mustBeDir) =>
        walk(to.provider, to.handle, toPath, false, (toDir, toName, toMustBeDir) => {
          this.mustWrite()
          to.mustWrite()
          if (name === '.' || toName === '.') throw fail('busy')
          if (this.provider.device !== to.provider.device) throw fail('xdev')
          return chain(mustBeDir || toMustBeDir ? this.mustBeDirectory(dir, name) : undefined, () =>
            this.provider.rename(dir, name, toDir, toName),
          )
        }),
      ),
    )
  }

  // On the directory itself.

  statSelf(): Maybe<FileStat> {
    return this.provider.stat(this.handle, '.')
  }
  setTimesSelf(times: NewTimes): Maybe<void> {
    return this.guard('set times of', '.', () => {
      this.mustWrite()
      return this.provider.setTimes(this.handle, '.', times)
    })
  }
  list(): Maybe<readonly DirEntry[]> {
    return this.provider.list(this.handle)
  }
  /** Metadata of one listed entry, without following. */
  statEntry(name: string): Maybe<FileStat> {
    return this.provider.stat(this.handle, name)
  }
  sync(): Maybe<void> {
    return this.provider.syncDir?.(this.handle)
  }
  close(): void {
    this.provider.closeDir(this.handle)
  }

  private mustWrite(): void {
    if (this.access !== 'rw') throw fail('rofs')
  }

  /** Opens a directory; a symlink in its place is `loop`, for the resolver to follow or for the guest to see. */
  private enterOrLoop(dir: unknown, name: string, directory: () => Maybe<Opened>): Maybe<Opened> {
    return attempt(directory, (e) => {
      // Providers may say `notdir` for a symlink too.
      if (errnoOf(e) !== 'notdir') throw e
      return chain(this.provider.stat(dir, name), (stat) => {
        throw stat.type === 'symlink' ? fail('loop') : e
      })
    })
  }

  /** open("x/", CREAT): an existing directory cannot be created, and a file cannot have the slash. */
  private creatingSlash(dir: unknown, name: string): Maybe<Opened> {
    return chain(this.provider.stat(dir, name), (stat) => {
      throw fail(stat.type === 'directory' ? 'isdir' : stat.type === 'symlink' ? 'loop' : 'notdir')
    })
  }

  private mustBeDirectory(dir: unknown, name: string): Maybe<void> {
    return chain(this.provider.stat(dir, name), (stat) => {
      if (stat.type !== 'directory') throw fail('notdir')
    })
  }

  /** link(…, "x/") and symlink(…, "x/") never succeed: `exist` for a directory, `notdir` for others, `noent` for nothing. */
  private noNewNameWithSlash(dir: unknown, name: string): Maybe<void> {
    return chain(this.provider.stat(dir, name), (stat) => {
      throw fail(stat.type === 'directory' ? 'exist' : 'notdir')
    })
  }

  /** Runs an operation and logs refusals which a different grant would have avoided. */
  private guard<T>(operation: string, path: string, body: () => Maybe<T>): Maybe<T> {
    try {
      const result = body()
      return isPromise(result) ? result.catch((e: unknown) => this.refused(operation, path, e)) : result
    } catch (e) {
      return this.refused(operation, path, e)
    }
  }

  private refused(operation: string, path: string, e: unknown): never {
    if (this.denied !== undefined && e instanceof SysError) {
      const where = join(this.path, path)
      if (e.errno === 'notcapable')
        this.denied.add(
          operation,
          path,
          `${e.detail} (${this.path} is what was granted)`,
          '--dir HOST::GUEST for the directory that it is in',
        )
      else if (e.errno === 'rofs')
        this.denied.add(
          operation,
          where,
          `${this.path} is granted read-only`,
          ARCHIVES.has(this.provider.kind) ? `--dir HOST::${this.path},overlay` : `--dir HOST::${this.path} without ,ro`,
        )
      else if (e.errno === 'acces' && e.detail !== '') this.denied.add(operation, where, e.detail, '')
    }
    throw e
  }
}

/** What can never be changed itself. */
const ARCHIVES: ReadonlySet<string> = new Set(['zip', 'tar'])

const join = (base: string, path: string): string =>
  path === '.' ? base : base === '.' ? path : base.endsWith('/') ? base + path : `${base}/${path}`
