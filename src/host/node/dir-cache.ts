/**
 * Open handles of directories that paths lead through again and again: opening one anew costs four times as much as asking
 * whether its parent has changed. POSIX marks a directory's ctime on every change of its entries (rename, unlink, mkdir, …),
 * and nobody can set it back; so as long as that of the parent is what it was when the name was looked up, the name still
 * stands for the same directory. Timestamps have a grain: a parent that changed just before the look-up is not relied upon.
 * (Only a mount on top of a directory goes unnoticed; a handle never leads anywhere but into what was granted.)
 * Most file systems of Linux mark a directory's own ctime too when it is moved or removed. There, one look at a directory in the
 * middle of a path vouches for its own name and for the name that is looked up in it next.
 * Used by `node-fs.ts` where names are reached through handles.
 */
import { fs } from './builtins.ts'

/** Older than any grain of a file system's timestamps that is in use (FAT: 2 s), in ms. */
const SETTLED = 3000
/** File systems (numbers of statfs) that mark what is moved: ext2 to ext4, tmpfs, XFS, btrfs. POSIX leaves it open. */
const MARKING: ReadonlySet<number> = new Set([0xef53, 0x01021994, 0x58465342, 0x9123683e])
/** Handles kept open beyond their use, of all guests of one grant together. */
const MOST = 32

/** A name that was looked up. */
interface Known {
  readonly dir: CachedDir
  /** Of the directory in which the name was looked up, in ms. */
  readonly ctime: number
  /** Of the directory itself at a time when the name was known to stand for it; undefined: not asked yet, NaN: of no use. */
  own: number | undefined
}

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
  children: Map<string, Known> | undefined = undefined

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

  /** Devices whose file systems mark what is moved. */
  private readonly marking: Map<number, boolean> = new Map()
  /** The directory that the step before has looked at, and its ctime then. */
  private seen: CachedDir | undefined = undefined
  private seenCtime = 0

  constructor(settled: number = SETTLED) {
    this.settled = settled
  }

  /**
   * The directory `name` in `parent` if it is open already and certain to be the same still; to be given back to `release`.
   * `deeper`: the very next thing is to look up a directory in it.
   */
  find(parent: CachedDir, name: string, deeper: boolean): CachedDir | undefined {
    const parentSeen = this.seen === parent
    this.seen = undefined
    const known = parent.children?.get(name)
    if (known === undefined) return undefined
    if (deeper && known.own !== undefined && !Number.isNaN(known.own)) {
      const own = fs.fstatSync(known.dir.fd).ctimeMs
      if (own === known.own) {
        this.seen = known.dir
        this.seenCtime = own
        known.dir.users++
        return known.dir
      }
      // In use: looking at the parent is better from now on.
      known.own = NaN
    }
    if (known.ctime !== (parentSeen ? this.seenCtime : fs.fstatSync(parent.fd).ctimeMs)) return undefined
    if (deeper && known.own === undefined) known.own = this.ownCtime(parent, known)
    known.dir.users++
    return known.dir
  }

  private ownCtime(parent: CachedDir, { dir, ctime }: Known): number {
    const { ctimeMs, dev } = fs.fstatSync(dir.fd)
    let marks = this.marking.get(dev)
    if (marks === undefined) this.marking.set(dev, (marks = MARKING.has(fs.statfsSync(dir.prefix).type)))
    const settled = Date.now() - ctimeMs > this.settled
    // The parent again: the name still stood for it while it was looked at.
    return marks && settled && ctime === fs.fstatSync(parent.fd).ctimeMs ? ctimeMs : NaN
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
    // Whoever looked at it is done with it.
    if (dir === this.seen) this.seen = undefined
    if (--dir.users > 0) return
    if (dir.children !== undefined) for (const child of [...dir.children.values()]) this.drop(child.dir)
    fs.closeSync(dir.fd)
  }

  private keep(parent: CachedDir, name: string, dir: CachedDir, ctime: number): void {
    if (this.kept.size >= MOST) this.drop(this.kept.keys().next().value!)
    parent.children ??= new Map()
    parent.children.set(name, { dir, ctime, own: undefined })
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
