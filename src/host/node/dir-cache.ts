/**
 * Open handles of directories that paths lead through again and again: opening one anew costs four times as much as asking
 * whether its parent has changed. POSIX marks a directory's ctime on every change of its entries (rename, unlink, mkdir, …),
 * and nobody can set it back; so as long as that of the parent is what it was when the name was looked up, the name still
 * stands for the same directory. Timestamps have a grain: a parent that changed just before the look-up is not relied upon.
 * (Only a mount on top of a directory goes unnoticed; a handle never leads anywhere but into what was granted.)
 * Used by `node-fs.ts` where names are reached through handles.
 */
import fs from 'node:fs'

/** Older than any grain of a file system's timestamps that is in use (FAT: 2 s), in ms. */
const SETTLED = 3000
/** Handles kept open beyond their use, of all guests of one grant together. */
const MOST = 32

/** A directory handle with the look-ups that were made in it. */
export class CachedDir {
  readonly fd: number
  /** What a name is put behind to reach it through this handle. By number: `/proc/self` is a link, which costs a third of a microsecond. */
  readonly prefix: string
  readonly path = ''
  readonly dev = 0n
  readonly ino = 0n
  /** Who needs it open: those who hold it, and the cache. */
  users = 1
  /** Names that were looked up here, and the ctime of this directory then. */
  children: Map<string, { readonly dir: CachedDir; readonly ctime: number }> | undefined = undefined

  constructor(fd: number) {
    this.fd = fd
    this.prefix = `/proc/${process.pid}/fd/${fd}/`
  }
}

export class DirCache {
  /** Milliseconds after which a change of a directory is certain to show in its ctime. */
  private readonly settled: number
  /** Who holds each cached handle, oldest first. */
  private readonly kept: Map<CachedDir, { readonly parent: CachedDir; readonly name: string }> = new Map()

  constructor(settled: number = SETTLED) {
    this.settled = settled
  }

  /** The directory `name` in `parent` if it is open already and certain to be the same still; to be given back to `release`. */
  find(parent: CachedDir, name: string): CachedDir | undefined {
    const known = parent.children?.get(name)
    if (known === undefined || known.ctime !== fs.fstatSync(parent.fd).ctimeMs) return undefined
    known.dir.users++
    return known.dir
  }

  /** The same, opened anew by `open`. */
  enter(parent: CachedDir, name: string, open: () => number): CachedDir {
    const ctime = fs.fstatSync(parent.fd).ctimeMs
    const known = parent.children?.get(name)
    if (known !== undefined) this.drop(known.dir)
    const dir = new CachedDir(open())
    // Date.now() and the file system's clock may differ: a ctime from the future is not settled either.
    if (Date.now() - ctime > this.settled) this.keep(parent, name, dir, ctime)
    return dir
  }

  release(dir: CachedDir): void {
    if (--dir.users > 0) return
    if (dir.children !== undefined) for (const child of [...dir.children.values()]) this.drop(child.dir)
    fs.closeSync(dir.fd)
  }

  private keep(parent: CachedDir, name: string, dir: CachedDir, ctime: number): void {
    if (this.kept.size >= MOST) this.drop(this.kept.keys().next().value!)
    parent.children ??= new Map()
    parent.children.set(name, { dir, ctime })
    this.kept.set(dir, { parent, name })
    dir.users++
  }

  private drop(dir: CachedDir): void {
    const { parent, name } = this.kept.get(dir)!
    this.kept.delete(dir)
    parent.children!.delete(name)
    this.release(dir)
  }
}
