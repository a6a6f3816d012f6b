/**
 * A file system as simple as possible, with descriptors, as the measure for all others: one function per call of Preview 1,
 * each written down from its rule in POSIX and wasi_snapshot_preview1, nothing shared with the real ones. And random calls for both.
 */
import fc from 'fast-check'
import { FILE_RIGHTS } from '../../src/wasi/preview1/abi.ts'
import type { Tree } from './file-systems.ts'
import { BUF, CREAT, DIRECTORY, EXCL, OUT, PATH, READING, type TestGuest, TRUNC } from './guest.ts'

interface Dir {
  readonly type: 'directory'
  readonly entries: Map<string, Node>
  up: Dir
}
interface File {
  readonly type: 'file'
  text: string
  links: number
}
interface Link {
  readonly type: 'symlink'
  readonly target: string
  links: number
}
type Node = Dir | File | Link
interface Open {
  readonly node: Dir | File
  readonly writable: boolean
  append: boolean
  offset: number
}
interface Place {
  readonly dir: Dir
  readonly name: string
  readonly node: Node | undefined
  /** The path ended in a slash, or named a directory by `.` or `..`. */
  readonly slash: boolean
}

class Refused {
  readonly errno: string
  constructor(errno: string) {
    this.errno = errno
  }
}
const no = (errno: string): Refused => new Refused(errno)

/** What a call says is a text; failures are thrown. */
export class ModelFs {
  private readonly root: Dir = newDir()
  private readonly fds: Map<number, Open> = new Map()

  constructor(tree: Tree) {
    for (const [path, content] of Object.entries(tree)) {
      const parts = path.split('/')
      let dir = this.root
      for (const part of parts.slice(0, -1)) {
        if (!dir.entries.has(part)) dir.entries.set(part, newDir(dir))
        dir = dir.entries.get(part) as Dir
      }
      const name = parts[parts.length - 1]!
      if (name === '') continue
      const link = content.startsWith('-> ')
      dir.entries.set(name, link ? { type: 'symlink', target: content.slice(3), links: 1 } : { type: 'file', text: content, links: 1 })
    }
  }

  open(path: string, oflags: number, follow: boolean, writable: boolean, append: boolean): string {
    const create = (oflags & CREAT) !== 0
    const exclusive = create && (oflags & EXCL) !== 0
    const only = (oflags & DIRECTORY) !== 0
    const changes = writable || create || (oflags & TRUNC) !== 0
    if (only && create) throw no('inval')
    if (only && changes) throw no('isdir')
    const { dir, name, node, slash } = this.find(path, (follow || path.endsWith('/')) && !exclusive)
    if (name === '.' && exclusive) throw no('exist')
    if (create && slash && name !== '.') {
      if (node === undefined) throw no('noent')
      throw no(node.type === 'directory' ? 'isdir' : node.type === 'symlink' ? 'loop' : 'notdir')
    }
    let found = node
    if (found === undefined) {
      if (!create) throw no('noent')
      dir.entries.set(name, (found = { type: 'file', text: '', links: 1 }))
    } else if (exclusive) throw no('exist')
    if (found.type === 'symlink') throw no('loop')
    if (found.type === 'file' && (slash || only)) throw no('notdir')
    if (found.type === 'directory' && changes) throw no('isdir')
    if (found.type === 'file' && (oflags & TRUNC) !== 0) found.text = ''
    let fd = 4
    while (this.fds.has(fd)) fd++
    this.fds.set(fd, { node: found, writable, append, offset: 0 })
    return String(fd)
  }
  close(fd: number): string {
    this.get(fd)
    this.fds.delete(fd)
    return 'done'
  }
  renumber(from: number, to: number): string {
    const moved = this.get(from)
    this.get(to)
    this.fds.delete(from)
    this.fds.set(to, moved)
    return 'done'
  }
  read(fd: number, size: number): string {
    const { open, file } = this.file(fd)
    const text = file.text.slice(open.offset, open.offset + size)
    open.offset += text.length
    return `"${text}"`
  }
  pread(fd: number, size: number, at: number): string {
    return `"${this.file(fd).file.text.slice(at, at + size)}"`
  }
  write(fd: number, text: string): string {
    const { open, file } = this.file(fd)
    mustWrite(open)
    const at = open.append ? file.text.length : open.offset
    put(file, text, at)
    open.offset = open.append && text !== '' ? file.text.length : at + text.length
    if (open.append) open.offset = file.text.length
    return String(text.length)
  }
  pwrite(fd: number, text: string, at: number): string {
    const { open, file } = this.file(fd)
    mustWrite(open)
    put(file, text, open.append ? file.text.length : at)
    return String(text.length)
  }
  seek(fd: number, delta: number, whence: number): string {
    const { open, file } = this.file(fd)
    const offset = [0, open.offset, file.text.length][whence]! + delta
    if (offset < 0) throw no('inval')
    open.offset = offset
    return String(offset)
  }
  resize(fd: number, size: number): string {
    const { open, file } = this.file(fd)
    mustWrite(open)
    file.text = file.text.slice(0, size).padEnd(size, '\0')
    return 'done'
  }
  allocate(fd: number, at: number, size: number): string {
    const { open, file } = this.file(fd)
    mustWrite(open)
    if (size === 0) throw no('inval')
    file.text = file.text.padEnd(at + size, '\0')
    return 'done'
  }
  appending(fd: number, append: boolean): string {
    this.get(fd).append = append
    return 'done'
  }
  fstat(fd: number): string {
    return describe(this.get(fd).node)
  }

  stat(path: string, follow: boolean): string {
    const { node, slash } = this.find(path, follow || path.endsWith('/'))
    if (node === undefined) throw no('noent')
    if (slash && node.type !== 'directory') throw no('notdir')
    return describe(node)
  }
  readdir(path: string): string {
    const { node } = this.find(path, true)
    if (node === undefined) throw no('noent')
    if (node.type !== 'directory') throw no('notdir')
    return ['.', '..', ...node.entries.keys()].sort().join(' ')
  }
  readlink(path: string): string {
    const { node, slash } = this.find(path, false)
    if (node === undefined) throw no('noent')
    if (slash && node.type !== 'directory') throw no('notdir')
    if (node.type !== 'symlink') throw no('inval')
    return node.target
  }
  mkdir(path: string): string {
    const { dir, name, node } = this.find(path, false)
    if (node !== undefined) throw no('exist')
    dir.entries.set(name, newDir(dir))
    return 'done'
  }
  rmdir(path: string): string {
    const { dir, name, node } = this.find(path, false)
    if (name === '.') throw no('inval')
    if (node === undefined) throw no('noent')
    if (node.type !== 'directory') throw no('notdir')
    if (node.entries.size > 0) throw no('notempty')
    dir.entries.delete(name)
    return 'done'
  }
  unlink(path: string): string {
    const { dir, name, node, slash } = this.find(path, false)
    if (node === undefined) throw no('noent')
    if (node.type === 'directory') throw no('isdir')
    if (slash) throw no('notdir')
    dir.entries.delete(name)
    node.links--
    return 'done'
  }
  symlink(target: string, path: string): string {
    if (target.startsWith('/')) throw no('notcapable')
    const { dir, name } = this.newName(path)
    dir.entries.set(name, { type: 'symlink', target, links: 1 })
    return 'done'
  }
  link(path: string, to: string): string {
    const from = this.find(path, false)
    if (from.name === '.') throw no('perm')
    if (from.slash && from.node?.type !== 'directory') throw no(from.node === undefined ? 'noent' : 'notdir')
    const target = this.find(to, false)
    if (target.slash && target.name !== '.') mustNotHaveSlash(target)
    if (target.name === '.') throw no('exist')
    if (from.node === undefined) throw no('noent')
    if (target.node !== undefined) throw no('exist')
    if (from.node.type === 'directory') throw no('perm')
    target.dir.entries.set(target.name, from.node)
    from.node.links++
    return 'done'
  }
  rename(path: string, to: string): string {
    const from = this.find(path, false)
    const target = this.find(to, false)
    if (from.name === '.' || target.name === '.') throw no('busy')
    const { node } = from
    if (node === undefined) throw no('noent')
    if ((from.slash || target.slash) && node.type !== 'directory') throw no('notdir')
    const old = target.node
    if (old === node) return 'done'
    if (node.type === 'directory') {
      if (above(target.dir, node)) throw no('inval')
      if (old !== undefined && old.type !== 'directory') throw no('notdir')
      if (old !== undefined && old.entries.size > 0) throw no('notempty')
      node.up = target.dir
    } else if (old?.type === 'directory') throw no(above(from.dir, old) ? 'notempty' : 'isdir')
    if (old !== undefined && old.type !== 'directory') old.links--
    from.dir.entries.delete(from.name)
    target.dir.entries.set(target.name, node)
    return 'done'
  }

  /** Random calls name descriptors by an index, which nearly always is made to mean one that is open. */
  concrete([method, ...args]: Call): Call {
    const open = [...this.fds.keys()]
    const pick = (index: number): number => (open.length === 0 || index >= WILD ? index + 4 : open[index % open.length]!)
    if (typeof args[0] !== 'number') return [method, ...args]
    const [first, second, ...rest] = args as number[]
    return method === 'renumber'
      ? [method, pick(first!), pick(second!)]
      : [method, pick(first!), ...(second === undefined ? [] : [second]), ...rest]
  }

  private newName(path: string): Place {
    const place = this.find(path, false)
    if (place.slash && place.name !== '.') mustNotHaveSlash(place)
    if (place.node !== undefined) throw no('exist')
    return place
  }

  private find(path: string, follow: boolean): Place {
    let dir = this.root
    let links = 0
    let slash = false
    let todo: string[] = []
    const enter = (p: string): void => {
      if (p === '') throw no('noent')
      if (p.startsWith('/')) throw no('notcapable')
      if (p.endsWith('/') && todo.length === 0) slash = true
      todo = [...p.split('/').filter((part) => part !== ''), ...todo]
    }
    enter(path)
    for (;;) {
      const name = todo.shift()
      if (name === undefined) return { dir, name: '.', node: dir, slash: true }
      if (name === '.') continue
      if (name === '..') {
        if (dir === this.root) throw no('notcapable')
        dir = dir.up
        continue
      }
      const node = dir.entries.get(name)
      const last = todo.length === 0
      if (node?.type === 'symlink' && (!last || follow)) {
        if (++links > 40) throw no('loop')
        enter(node.target)
      } else if (last) return { dir, name, node, slash }
      else if (node === undefined) throw no('noent')
      else if (node.type !== 'directory') throw no('notdir')
      else dir = node
    }
  }
  private get(fd: number): Open {
    const open = this.fds.get(fd)
    if (open === undefined) throw no('badf')
    return open
  }
  private file(fd: number): { open: Open; file: File } {
    const open = this.get(fd)
    if (open.node.type === 'directory') throw no('isdir')
    return { open, file: open.node }
  }
}

function newDir(up?: Dir): Dir {
  const dir: Dir = { type: 'directory', entries: new Map(), up: undefined as unknown as Dir }
  dir.up = up ?? dir
  return dir
}
function put(file: File, text: string, at: number): void {
  if (text === '') return
  file.text = file.text.slice(0, at).padEnd(at, '\0') + text + file.text.slice(at + text.length)
}
function mustWrite(open: Open): void {
  if (!open.writable) throw no('notcapable')
}
function mustNotHaveSlash(place: Place): never {
  if (place.node === undefined) throw no('noent')
  throw no(place.node.type === 'directory' ? 'exist' : 'notdir')
}
function above(dir: Dir, ancestor: Dir): boolean {
  for (let d = dir; ; d = d.up) {
    if (d === ancestor) return true
    if (d === d.up) return false
  }
}
const describe = (node: Node): string =>
  node.type === 'directory'
    ? 'directory'
    : node.type === 'file'
      ? `file ${node.text.length} ${node.links}`
      : `symlink ${node.target.length} ${node.links}`

const WILD = 30

/** One random call: the name of a method of the model, and its arguments. */
export type Call = readonly [name: string, ...args: (string | number | boolean)[]]

const name = fc.constantFrom('a', 'b', 'c', 'l')
const path = fc
  .tuple(
    fc.constantFrom('', '', '', 'a/', 'a/b/', 'l/'),
    fc.array(fc.oneof({ weight: 8, arbitrary: name }, { weight: 1, arbitrary: fc.constantFrom('.', '..') }), {
      minLength: 1,
      maxLength: 2,
      size: 'small',
    }),
    fc.constantFrom('', '', '', '', '', '', '/'),
  )
  .map(([start, parts, end]) => start + parts.join('/') + end)
const fd = fc.integer({ min: 0, max: WILD })
const place = fc.integer({ min: 0, max: 30 })
const text = fc.string({ unit: fc.constantFrom('x', 'y', 'z'), maxLength: 12 })
const call = <T extends (string | number | boolean)[]>(
  method: string,
  ...args: { [K in keyof T]: fc.Arbitrary<T[K]> }
): fc.Arbitrary<Call> => fc.tuple(...(args as fc.Arbitrary<string | number | boolean>[])).map((values) => [method, ...values] as const)
const oflags = fc.constantFrom(
  0,
  0,
  CREAT,
  CREAT,
  CREAT,
  CREAT,
  CREAT,
  TRUNC,
  CREAT | TRUNC,
  CREAT | EXCL,
  DIRECTORY,
  EXCL,
  DIRECTORY | TRUNC,
  DIRECTORY | CREAT,
)
const yes = fc.boolean()

const onDescriptors = [
  { weight: 1, arbitrary: call('close', fd) },
  { weight: 1, arbitrary: call('renumber', fd, fd) },
  { weight: 2, arbitrary: call('read', fd, place) },
  { weight: 1, arbitrary: call('pread', fd, place, place) },
  { weight: 3, arbitrary: call('write', fd, text) },
  { weight: 1, arbitrary: call('pwrite', fd, text, place) },
  { weight: 2, arbitrary: call('seek', fd, fc.integer({ min: -10, max: 30 }), fc.constantFrom(0, 1, 2)) },
  { weight: 1, arbitrary: call('resize', fd, place) },
  { weight: 1, arbitrary: call('allocate', fd, place, place) },
  { weight: 1, arbitrary: call('appending', fd, yes) },
  { weight: 1, arbitrary: call('fstat', fd) },
]
const onPaths = [
  { weight: 5, arbitrary: call('open', path, oflags, yes, yes, fc.constantFrom(false, false, true)) },
  { weight: 2, arbitrary: call('stat', path, yes) },
  { weight: 1, arbitrary: call('readdir', path) },
  { weight: 1, arbitrary: call('readlink', path) },
  { weight: 2, arbitrary: call('mkdir', path) },
  { weight: 1, arbitrary: call('rmdir', path) },
  { weight: 2, arbitrary: call('unlink', path) },
  { weight: 2, arbitrary: call('symlink', path, path) },
  { weight: 2, arbitrary: call('link', path, path) },
  { weight: 3, arbitrary: call('rename', path, path) },
]
const many = { minLength: 1, maxLength: 50, size: 'max' } as const
/** A file with contents, one that was made, and what can be done with open files. */
const files: fc.Arbitrary<Call[]> = fc
  .tuple(fc.array(fc.oneof(...onDescriptors), many), yes)
  .map(([rest, append]) => [['open', 'a/b/c', 0, true, true, append], ['open', 'new', CREAT, true, true, false], ...rest])

export const calls: fc.Arbitrary<Call[]> = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.oneof(...onDescriptors, ...onPaths), many) },
  { weight: 1, arbitrary: files },
)

export function askModel(model: ModelFs, [method, ...args]: Call): string {
  try {
    return (model[method as keyof ModelFs] as (...a: unknown[]) => string).apply(model, args)
  } catch (e) {
    if (e instanceof Refused) return e.errno
    throw e
  }
}

/** The same call on a real file system, below fd 3. */
export async function askGuest(g: TestGuest, [method, ...args]: Call): Promise<string> {
  const [p, q] = args as [string, string]
  const n = args as number[]
  const after = async (called: Promise<string>, value: () => string): Promise<string> => {
    const e = await called
    return e === 'success' ? value() : e
  }
  const done = (): string => 'done'
  const at = (offset: number): [number, number] => [offset, offset < 0 ? -1 : 0]
  const stat = (): string => {
    const type = g.memory.getUint8(OUT + 16)
    return type === 3 ? 'directory' : `${type === 4 ? 'file' : 'symlink'} ${g.u64(OUT + 32)} ${g.u64(OUT + 24)}`
  }
  switch (method) {
    case 'open':
      return String(
        await g.open(3, p, {
          oflags: n[1],
          follow: args[2] === true ? 1 : 0,
          rights: args[3] === true ? FILE_RIGHTS : READING,
          fdflags: args[4] === true ? 1 : 0,
        }),
      )
    case 'close':
      return after(g.call('fd_close', n[0]!), done)
    case 'renumber':
      return after(g.call('fd_renumber', n[0]!, n[1]!), done)
    case 'read':
      return g.read(n[0]!, n[1])
    case 'pread':
      return after(g.call('fd_pread', n[0]!, ...g.iovecs([BUF, n[1]!]), ...at(n[2]!), OUT), () => `"${g.text(BUF, g.u32())}"`)
    case 'write':
      return after(g.write(n[0]!, q), () => String(g.u32()))
    case 'pwrite':
      return after(g.call('fd_pwrite', n[0]!, ...g.iovecs(g.put(BUF, q)), ...at(n[2]!), OUT), () => String(g.u32()))
    case 'seek':
      return after(g.call('fd_seek', n[0]!, ...at(n[1]!), n[2]!, OUT), () => String(g.u64()))
    case 'resize':
      return after(g.call('fd_filestat_set_size', n[0]!, ...at(n[1]!)), done)
    case 'allocate':
      return after(g.call('fd_allocate', n[0]!, ...at(n[1]!), ...at(n[2]!)), done)
    case 'appending':
      return after(g.call('fd_fdstat_set_flags', n[0]!, args[1] === true ? 1 : 0), done)
    case 'fstat':
      return after(g.call('fd_filestat_get', n[0]!, OUT), stat)
    case 'stat':
      return after(g.looked('path_filestat_get', 3, args[1] === true ? 1 : 0, p, OUT), stat)
    case 'readdir':
      return listed(g, p)
    case 'readlink':
      return after(g.path('path_readlink', 3, p, BUF, 1000, OUT), () => g.text(BUF, g.u32()))
    case 'mkdir':
      return after(g.path('path_create_directory', 3, p), done)
    case 'rmdir':
      return after(g.path('path_remove_directory', 3, p), done)
    case 'unlink':
      return after(g.path('path_unlink_file', 3, p), done)
    case 'symlink':
      return after(g.symlink(p, 3, q), done)
    case 'link':
      return after(g.link(3, p, 3, q), done)
    default:
      return after(g.rename(3, p, 3, q), done)
  }
}

async function listed(g: TestGuest, path: string): Promise<string> {
  const fd = await g.call('path_open', 3, 1, ...g.put(PATH, path), DIRECTORY, -1 & ~FILE_RIGHTS, 0, 0, 0, 0, OUT)
  if (fd !== 'success') return fd
  const dir = g.u32()
  const e = await g.call('fd_readdir', dir, BUF, 4096, 0, 0, OUT)
  const names: string[] = []
  for (let at = BUF, end = BUF + g.u32(); at < end;) {
    const length = g.u32(at + 16)
    names.push(g.text(at + 24, length))
    at += 24 + length
  }
  await g.call('fd_close', dir)
  return e === 'success' ? names.sort().join(' ') : e
}
