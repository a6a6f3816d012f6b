/**
 * The file system of the machine, one name at a time. On Linux a name is reached through its directory's open handle
 * (`/proc/self/fd/<dirfd>/<name>`: openat without native code), so a directory that is moved or swapped for a symlink
 * meanwhile cannot lead the walk astray. Elsewhere, or without /proc, names are joined to the directory's real path and
 * checked: lstat before, O_NOFOLLOW, device and inode afterwards. That is weaker: between check and use another process
 * may swap a directory for a symlink. `NodeFs.handleRelative` tells which it is.
 */
import { basename, dirname } from 'node:path'
import { fs } from './builtins.ts'
import { fail } from '../errno.ts'
import type { Access, DirEntry, FileGrant, FileHandle, FileStat, FileSystemProvider, NewTimes, OpenHow } from '../file-system.ts'
import { HostError } from '../../errors.ts'
import { CachedDir, DirCache } from './dir-cache.ts'
import { sys } from './node-errno.ts'
import { NodeFile } from './node-file.ts'
import { nodeStat, rememberTimes, typeOf } from './node-stat.ts'

const C = fs.constants
/** Linux, all architectures that Node has but alpha, sparc and parisc; only used where /proc was found to work. */
const O_PATH = 0o10000000
const NOFOLLOW = C.O_NOFOLLOW ?? 0
const NONBLOCK = C.O_NONBLOCK ?? 0
const NOCTTY = C.O_NOCTTY ?? 0

/** A directory handle. Handle-relative: `fd` is open (O_PATH). Otherwise `fd` is -1 and `path`, `dev`, `ino` tell which directory it must be. */
export interface NodeDir {
  readonly fd: number
  readonly path: string
  readonly dev: bigint
  readonly ino: bigint
}

/** One object for all Node directories: they can rename and link between each other as far as the machine allows. */
const device = {}

export class NodeFs implements FileSystemProvider<NodeDir> {
  readonly kind = 'node'
  readonly device: object = device
  /** True when names are reached through open handles (Linux with /proc); false for the weaker walk over checked paths. */
  readonly handleRelative: boolean
  private readonly top: string
  private readonly access: Access
  private readonly cache: DirCache = new DirCache()

  constructor(top: string, access: Access, handleRelative: boolean) {
    this.top = top
    this.access = access
    this.handleRelative = handleRelative
  }

  root(): NodeDir {
    return sys(() => {
      // The person who grants a directory may name it through symlinks: only the guest's walk refuses them.
      const path = fs.realpathSync(this.top)
      return this.handleRelative ? new CachedDir(fs.openSync(path, O_PATH | C.O_DIRECTORY)) : plainDir(path)
    })
  }

  openDir(dir: NodeDir, name: string, deeper = false): NodeDir {
    const known = dir instanceof CachedDir ? this.cache.find(dir, name, deeper) : undefined
    if (known !== undefined) return known
    return sys(() => {
      if (!this.handleRelative) return plainDir(name === '.' ? this.at(dir, '.') : this.at(dir, name))
      const open = (): number => fs.openSync(this.at(dir, name), O_PATH | C.O_DIRECTORY | NOFOLLOW)
      return name === '.' ? new CachedDir(open()) : this.cache.enter(dir as CachedDir, name, open)
    })
  }

  closeDir(dir: NodeDir): void {
    if (dir instanceof CachedDir) this.cache.release(dir)
  }

  open(dir: NodeDir, name: string, how: OpenHow): FileHandle {
    if (how.write || how.create || how.truncate) this.mustWrite()
    return sys(() => {
      // Truncating needs a writable handle (O_RDONLY | O_TRUNC is undefined in POSIX).
      const write = how.write || how.truncate
      let flags = (write ? (how.read ? C.O_RDWR : C.O_WRONLY) : C.O_RDONLY) | NOFOLLOW | NONBLOCK | NOCTTY
      if (how.create) flags |= C.O_CREAT
      if (how.exclusive) flags |= C.O_EXCL
      const path = this.at(dir, name)
      // Without O_NOFOLLOW in the platform (Windows) the lstat and the check afterwards have to do.
      const before = this.handleRelative ? undefined : fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
      if (before?.isSymbolicLink()) throw fail(how.exclusive ? 'exist' : 'loop')
      let fd: number
      try {
        fd = fs.openSync(path, flags, 0o666)
      } catch (e) {
        throw this.refusedNode(path) ? fail('acces', 'devices, FIFOs and sockets are not granted') : e
      }
      try {
        // Dates and numbers of 64 bits cost more than the call: only the weaker walk needs them.
        const stat = before === undefined ? fs.fstatSync(fd) : fs.fstatSync(fd, { bigint: true })
        if (stat.isDirectory()) throw fail('isdir')
        if (!stat.isFile()) throw fail('acces', 'devices, FIFOs and sockets are not granted')
        if (before !== undefined && (before.ino !== stat.ino || before.dev !== stat.dev))
          throw fail('acces', 'the file was exchanged while it was opened')
        if (!this.handleRelative) this.at(dir, name)
        // Only now: a device or FIFO in its place must not feel anything.
        if (how.truncate && stat.size > 0) fs.ftruncateSync(fd, 0)
        return new NodeFile(fd, how.read || !how.write, how.write, this.access === 'rw', this.handleRelative)
      } catch (e) {
        fs.closeSync(fd)
        throw e
      }
    })
  }

  stat(dir: NodeDir, name: string): FileStat {
    return sys(() => {
      const stat = fs.lstatSync(this.at(dir, name), { bigint: true, throwIfNoEntry: false })
      if (stat === undefined) throw fail('noent')
      return nodeStat(stat)
    })
  }

  setTimes(dir: NodeDir, name: string, times: NewTimes): void {
    this.mustWrite()
    sys(() => {
      const path = this.at(dir, name)
      // `<dirfd>/.` is the directory itself, for lutimes and lstat alike.
      rememberTimes(
        fs.lstatSync(path, { bigint: true }),
        times,
        (a, m) => fs.lutimesSync(path, a, m),
        () => fs.lstatSync(path, { bigint: true }),
      )
    })
  }

  list(dir: NodeDir): readonly DirEntry[] {
    return sys(() => fs.readdirSync(this.at(dir, '.'), { withFileTypes: true }).map((e) => ({ name: e.name, type: typeOf(e) })))
  }

  readlink(dir: NodeDir, name: string): string {
    return sys(() => {
      const target = fs.readlinkSync(this.at(dir, name))
      return process.platform === 'win32' ? target.replaceAll('\\', '/') : target
    })
  }

  mkdir(dir: NodeDir, name: string): void {
    this.mustWrite()
    sys(() => fs.mkdirSync(this.at(dir, name)))
  }
  rmdir(dir: NodeDir, name: string): void {
    this.mustWrite()
    sys(() => fs.rmdirSync(this.at(dir, name)))
  }
  unlink(dir: NodeDir, name: string): void {
    this.mustWrite()
    sys(() => {
      const path = this.at(dir, name)
      // Linux says EISDIR by itself; macOS EPERM, and Windows would remove a directory's symlink.
      if (!this.handleRelative && fs.lstatSync(path).isDirectory()) throw fail('isdir')
      fs.unlinkSync(path)
    })
  }
  symlink(target: string, dir: NodeDir, name: string): void {
    this.mustWrite()
    sys(() => fs.symlinkSync(target, this.at(dir, name)))
  }
  link(dir: NodeDir, name: string, toDir: NodeDir, toName: string): void {
    this.mustWrite()
    // link(2) does not follow the old name's symlink on Linux; elsewhere it may, so the type is checked.
    sys(() => {
      const from = this.at(dir, name)
      if (process.platform !== 'linux' && fs.lstatSync(from).isSymbolicLink()) throw fail('notsup')
      fs.linkSync(from, this.at(toDir, toName))
    })
  }
  rename(dir: NodeDir, name: string, toDir: NodeDir, toName: string): void {
    this.mustWrite()
    sys(() => fs.renameSync(this.at(dir, name), this.at(toDir, toName)))
  }

  syncDir(dir: NodeDir): void {
    sys(() => {
      const fd = fs.openSync(this.at(dir, '.'), C.O_RDONLY | (C.O_DIRECTORY ?? 0))
      try {
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
      }
    })
  }

  /** The path under which Node finds `name`. Without handles, the directory is first checked to be still the one that was opened. */
  private at(dir: NodeDir, name: string): string {
    if (dir instanceof CachedDir) return dir.prefix + name
    if (process.platform === 'win32' && name !== '.') checkWindowsName(name)
    const now = fs.lstatSync(dir.path, { bigint: true, throwIfNoEntry: false })
    if (now === undefined || !now.isDirectory() || now.ino !== dir.ino || now.dev !== dir.dev) throw fail('noent')
    return name === '.' ? dir.path : `${dir.path}${dir.path.endsWith('/') ? '' : '/'}${name}`
  }

  /** After a failed open: is it one of the nodes that are refused? (A socket fails with ENXIO, a FIFO without a reader too.) */
  private refusedNode(path: string): boolean {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    return stat !== undefined && !stat.isFile() && !stat.isDirectory() && !stat.isSymbolicLink()
  }

  private mustWrite(): void {
    if (this.access !== 'rw') throw fail('rofs')
  }
}

function plainDir(path: string): NodeDir {
  const stat = fs.lstatSync(path, { bigint: true })
  if (stat.isSymbolicLink()) throw fail('loop')
  if (!stat.isDirectory()) throw fail('notdir')
  return { fd: -1, path, dev: stat.dev, ino: stat.ino }
}

/** Names that mean something else to Windows: streams, separators, devices (CON, COM¹), trailing dots and spaces. */
export function checkWindowsName(name: string): void {
  // eslint-disable-next-line no-control-regex
  if (/[\\/:*?"<>|\u0000-\u001f]|[. ]$/.test(name)) throw fail('inval')
  if (/^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i.test(name)) throw fail('acces', 'a Windows device name')
}

let procWorks: boolean | undefined

/** Whether `/proc/self/fd` reaches directories through open handles here. */
export function hasHandleRelative(): boolean {
  if (procWorks !== undefined) return procWorks
  procWorks = false
  if (process.platform === 'linux') {
    let fd: number | undefined
    try {
      fd = fs.openSync('/', O_PATH | C.O_DIRECTORY)
      const through = fs.statSync(`/proc/${process.pid}/fd/${fd}/.`, { bigint: true })
      const direct = fs.statSync('/', { bigint: true })
      procWorks = through.ino === direct.ino && through.dev === direct.dev
    } catch {
      // No /proc here: the weaker walk.
    } finally {
      if (fd !== undefined) fs.closeSync(fd)
    }
  }
  return procWorks
}

export interface DirectoryOptions {
  /** Default `ro`. */
  access?: Access
  /** Use the weaker walk even where handles would work. For tests. */
  handleRelative?: boolean
}

/** A directory of the machine, for the `fs` option. Throws HostError when it is not a directory. */
export function directory(path: string, options: DirectoryOptions = {}): { readonly provider: NodeFs; readonly access: Access } {
  const access = options.access ?? 'ro'
  return { provider: new NodeFs(realPath(path, 'a directory'), access, options.handleRelative ?? hasHandleRelative()), access }
}

/**
 * A single file of the machine, for the `fs` option; nothing else of its directory can be reached. The path may lead through
 * symlinks now; one that takes the file's place later is refused. Throws HostError when it is not a regular file.
 */
export function file(path: string, options: DirectoryOptions = {}): FileGrant {
  const real = realPath(path, 'a regular file')
  const access = options.access ?? 'ro'
  return { provider: new NodeFs(dirname(real), access, options.handleRelative ?? hasHandleRelative()), file: basename(real), access }
}

/** The person who grants something may name it through symlinks: only the guest's walk refuses them. */
function realPath(path: string, wanted: 'a directory' | 'a regular file'): string {
  try {
    const stat = fs.statSync(path)
    if (wanted === 'a directory' ? stat.isDirectory() : stat.isFile()) return fs.realpathSync(path)
  } catch (e) {
    throw new HostError(`cannot grant ${path}: ${(e as { code?: string }).code ?? String(e)}`, undefined, { cause: e })
  }
  throw new HostError(`cannot grant ${path}: not ${wanted}`)
}
