/**
 * The resolver and `Directory` over every provider (`test/helpers/file-systems.ts`). The same tree is built on each; the same
 * request must give the same answer, and nothing outside the grant.
 */
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { Directory } from './directory.ts'
import { SysError } from './errno.ts'
import type { Access, FileHandle, FileSystemProvider, OpenHow } from './file-system.ts'
import { MemoryFs } from './memory-fs.ts'
import { DeniedLog } from './policy.ts'
import { kinds, removeTemporary, type Tree } from '../../test/helpers/file-systems.ts'

afterAll(removeTemporary, 600_000)

/** Everything is in `box`, the granted directory, but for `outside`. */
const TREE: Tree = {
  'a/b/': '',
  'a/file': 'in a',
  'a/b/deep': 'deep',
  file: 'top',
  'to-file': '-> file',
  'to-a': '-> a',
  'a/up': '-> ../file',
  'a/b/upup': '-> ../../a/up',
  chain: '-> to-a',
  slashed: '-> a/',
  dangling: '-> nowhere',
  self: '-> self',
  ping: '-> pong',
  pong: '-> ping',
  escape: '-> ../outside',
  'a/escape2': '-> ../../outside/secret',
  absolute: '-> /etc/passwd',
  'escape-dir': '-> ..',
  'file-as-dir': '-> file/x',
}

const withLinks = kinds.filter((k) => k.symlinks)
const complete = withLinks.filter((k) => k.writable && k.hardLinks)

const READ: OpenHow & { directory: boolean } = {
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
  directory: false,
}
const WRITE = { ...READ, write: true }
const CREATE = { ...WRITE, create: true }

const grant = async (
  provider: FileSystemProvider | Promise<FileSystemProvider>,
  access: Access = 'rw',
  log?: DeniedLog,
): Promise<Directory> => Directory.grant({ provider: await provider, access }, '/box', log)

/** The value of an operation, or the errno it failed with. */
async function outcome<T>(body: () => T | Promise<T>): Promise<T | string> {
  try {
    return await body()
  } catch (e) {
    if (e instanceof SysError) return e.errno
    throw e
  }
}

async function contents(dir: Directory, path: string, follow = true): Promise<string> {
  const result = await outcome(async () => {
    const opened = await dir.open(path, follow, READ)
    if (opened.kind === 'directory') {
      opened.directory.close()
      return 'a directory'
    }
    const buffer = new Uint8Array(100)
    const read = await opened.file.read(buffer, 0)
    await opened.file.close()
    return `"${String.fromCharCode(...(typeof read === 'number' ? buffer.subarray(0, read) : read))}"`
  })
  return result
}

describe.each(withLinks)('$name', ({ build }) => {
  test.each([
    ['file', '"top"'],
    ['./file', '"top"'],
    ['a/file', '"in a"'],
    ['a//b/./deep', '"deep"'],
    ['a/../file', '"top"'],
    ['a/b/../../file', '"top"'],
    ['to-file', '"top"'],
    ['to-a/file', '"in a"'],
    ['chain/b/deep', '"deep"'],
    ['chain/b/upup', '"top"'],
    ['slashed', 'a directory'],
    ['slashed/file', '"in a"'],
    ['a/up', '"top"'],
    ['a', 'a directory'],
    ['a/', 'a directory'],
    ['.', 'a directory'],
    ['a/..', 'a directory'],
    ['a/b/.', 'a directory'],
    ['to-a/', 'a directory'],
    ['', 'noent'],
    ['nothing', 'noent'],
    ['nothing/..', 'noent'],
    ['a/nothing/x', 'noent'],
    ['dangling', 'noent'],
    ['file/', 'notdir'],
    ['file/.', 'notdir'],
    ['file/..', 'notdir'],
    ['file/x', 'notdir'],
    ['to-file/', 'notdir'],
    ['to-file/x', 'notdir'],
    ['file-as-dir', 'notdir'],
    ['self', 'loop'],
    ['self/x', 'loop'],
    ['ping', 'loop'],
    ['..', 'notcapable'],
    ['../box/file', 'notcapable'],
    ['../outside/secret', 'notcapable'],
    ['a/../../outside/secret', 'notcapable'],
    ['a/b/../../../box', 'notcapable'],
    ['/', 'notcapable'],
    ['/etc/passwd', 'notcapable'],
    ['//file', 'notcapable'],
    ['escape', 'notcapable'],
    ['escape/secret', 'notcapable'],
    ['a/escape2', 'notcapable'],
    ['absolute', 'notcapable'],
    ['absolute/x', 'notcapable'],
    ['escape-dir', 'notcapable'],
    ['escape-dir/outside/secret', 'notcapable'],
    ['chain/../escape-dir/outside', 'notcapable'],
    ['file\0', 'inval'],
  ])('open %j gives %s', async (path, expected) => {
    const dir = await grant(build(TREE))
    expect(await contents(dir, path)).toBe(expected)
    dir.close()
  })

  test('without following, a symlink is seen as itself', async () => {
    const dir = await grant(build(TREE))
    for (const path of ['to-file', 'to-a', 'dangling', 'self', 'escape', 'absolute', 'a/up']) {
      expect(await contents(dir, path, false), path).toBe('loop')
      expect(((await dir.stat(path, false)) as { type: string }).type, path).toBe('symlink')
    }
    expect(await outcome(() => dir.open('to-a', false, { ...READ, directory: true }))).toBe('loop')
    expect(await outcome(() => dir.open('to-file', true, { ...READ, directory: true }))).toBe('notdir')
    // A trailing slash asks for the target all the same, as in POSIX.
    expect(await contents(dir, 'to-a/', false)).toBe('a directory')
    expect(((await dir.stat('to-a/', false)) as { type: string }).type).toBe('directory')
    expect(await dir.readlink('escape')).toBe('../outside')
    expect(await outcome(() => dir.readlink('file'))).toBe('inval')
    expect(await outcome(() => dir.readlink('a'))).toBe('inval')
  })

  test('41 links are too many, 40 are not', async () => {
    const tree: Record<string, string> = { end: 'end' }
    for (let i = 0; i < 41; i++) tree[`l${i}`] = `-> ${i === 0 ? 'end' : `l${i - 1}`}`
    const dir = await grant(build(tree))
    expect(await contents(dir, 'l39')).toBe('"end"')
    expect(await contents(dir, 'l40')).toBe('loop')
  })
})

describe.each(complete)('$name', ({ build, staysOnDirectory }) => {
  test('create: through a symlink in the link’s own directory, never outside', async () => {
    const dir = await grant(build({ ...TREE, 'a/new-beside': '-> made', 'new-outside': '-> ../outside/made', 'new-etc': '-> /etc/made' }))
    const opened = await dir.open('a/new-beside', true, CREATE)
    if (opened.kind === 'file') await opened.file.close()
    expect(await contents(dir, 'a/made')).toBe('""')
    expect(await outcome(() => dir.open('new-outside', true, CREATE))).toBe('notcapable')
    expect(await outcome(() => dir.open('new-etc', true, CREATE))).toBe('notcapable')
    expect(await outcome(() => dir.open('../made', true, CREATE))).toBe('notcapable')
    expect(await outcome(() => dir.open('a/new-beside', true, { ...CREATE, exclusive: true }))).toBe('exist')
    expect(await outcome(() => dir.open('dangling', true, { ...CREATE, exclusive: true }))).toBe('exist')
    expect(await outcome(() => dir.open('a/b', true, CREATE))).toBe('isdir')
    expect(await outcome(() => dir.open('a', true, WRITE))).toBe('isdir')
    expect(await outcome(() => dir.open('newfile/', true, CREATE))).toBe('noent')
    expect(await outcome(() => dir.open('a/', true, CREATE))).toBe('isdir')
    expect(await outcome(() => dir.open('file/', true, CREATE))).toBe('notdir')
    expect(await outcome(() => dir.open('x', true, { ...CREATE, directory: true }))).toBe('inval')
  })

  test('mkdir, rmdir, unlink and their slashes', async () => {
    const dir = await grant(build(TREE))
    expect(await outcome(() => dir.mkdir('new/'))).toBeUndefined()
    expect(await outcome(() => dir.mkdir('new'))).toBe('exist')
    expect(await outcome(() => dir.mkdir('dangling'))).toBe('exist')
    expect(await outcome(() => dir.mkdir('escape/x'))).toBe('notcapable')
    expect(await outcome(() => dir.mkdir('.'))).toBe('exist')
    expect(await outcome(() => dir.rmdir('new/'))).toBeUndefined()
    expect(await outcome(() => dir.rmdir('a'))).toBe('notempty')
    expect(await outcome(() => dir.rmdir('file'))).toBe('notdir')
    expect(await outcome(() => dir.rmdir('file/'))).toBe('notdir')
    expect(await outcome(() => dir.rmdir('to-a'))).toBe('notdir')
    expect(await outcome(() => dir.rmdir('.'))).toBe('inval')
    expect(await outcome(() => dir.rmdir('..'))).toBe('notcapable')
    expect(await outcome(() => dir.unlink('a'))).toBe('isdir')
    expect(await outcome(() => dir.unlink('a/'))).toBe('isdir')
    expect(await outcome(() => dir.unlink('file/'))).toBe('notdir')
    expect(await outcome(() => dir.unlink('to-a/'))).toBe('notdir')
    expect(await outcome(() => dir.unlink('to-a/escape2'))).toBeUndefined()
    expect(await outcome(() => dir.unlink('escape/secret'))).toBe('notcapable')
    expect(await outcome(() => dir.unlink('to-file'))).toBeUndefined()
    expect(await contents(dir, 'file')).toBe('"top"')
  })

  test('symlink', async () => {
    const dir = await grant(build(TREE))
    expect(await outcome(() => dir.symlink('file', 'made'))).toBeUndefined()
    expect(await contents(dir, 'made')).toBe('"top"')
    expect(await outcome(() => dir.symlink('file', 'a'))).toBe('exist')
    expect(await outcome(() => dir.symlink('file', 'a/'))).toBe('exist')
    expect(await outcome(() => dir.symlink('file', 'file/'))).toBe('notdir')
    expect(await outcome(() => dir.symlink('file', 'none/'))).toBe('noent')
    expect(await outcome(() => dir.symlink('', 'x'))).toBe('noent')
    expect(await outcome(() => dir.symlink('/etc', 'x'))).toBe('notcapable')
    expect(await outcome(() => dir.symlink('../..', 'a/out'))).toBeUndefined()
    expect(await contents(dir, 'a/out')).toBe('notcapable')
  })

  test('link', async () => {
    const dir = await grant(build(TREE))
    expect(await outcome(() => dir.link('file', false, dir, 'a/hard'))).toBeUndefined()
    const [one, two] = [await dir.stat('file', false), await dir.stat('a/hard', false)]
    expect(one.ino).toEqual(two.ino)
    expect(one.nlink).toBe(2)
    expect(await outcome(() => dir.link('file', false, dir, 'a'))).toBe('exist')
    expect(await outcome(() => dir.link('file', false, dir, 'none/'))).toBe('noent')
    expect(await outcome(() => dir.link('file/', false, dir, 'none'))).toBe('notdir')
    expect(await outcome(() => dir.link('a', false, dir, 'none'))).toBe('perm')
    expect(await outcome(() => dir.link('file', true, dir, 'none'))).toBe('inval')
    expect(await outcome(() => dir.link('../outside/secret', false, dir, 'none'))).toBe('notcapable')
    expect(await outcome(() => dir.link('escape/secret', false, dir, 'none'))).toBe('notcapable')
    expect(await outcome(() => dir.link('file', false, dir, 'escape/x'))).toBe('notcapable')
  })

  test('rename', async () => {
    const dir = await grant(build({ ...TREE, 'empty/': '', 'full/x': 'x', f1: '1', f2: '2' }))
    expect(await outcome(() => dir.rename('f1', dir, 'f2'))).toBeUndefined()
    expect(await contents(dir, 'f2')).toBe('"1"')
    expect(await outcome(() => dir.rename('a', dir, 'full'))).toBe('notempty')
    expect(await outcome(() => dir.rename('f2', dir, 'empty'))).toBe('isdir')
    expect(await outcome(() => dir.rename('empty', dir, 'f2'))).toBe('notdir')
    expect(await outcome(() => dir.rename('a', dir, 'a/b/c'))).toBe('inval')
    expect(await outcome(() => dir.rename('f2/', dir, 'f3'))).toBe('notdir')
    expect(await outcome(() => dir.rename('f2', dir, 'f3/'))).toBe('notdir')
    expect(await outcome(() => dir.rename('full/', dir, 'empty/'))).toBeUndefined()
    expect(await contents(dir, 'empty/x')).toBe('"x"')
    expect(await outcome(() => dir.rename('empty', dir, '.'))).toBe('busy')
    expect(await outcome(() => dir.rename('file', dir, '../outside/x'))).toBe('notcapable')
    expect(await outcome(() => dir.rename('escape/secret', dir, 'x'))).toBe('notcapable')
    // The link moves, not what it points to.
    expect(await outcome(() => dir.rename('escape', dir, 'a/b/escape'))).toBeUndefined()
    expect(await dir.readlink('a/b/escape')).toBe('../outside')
  })

  test('read-only means read-only', async () => {
    const provider = await build(TREE)
    const log = new DeniedLog()
    const dir = await grant(provider, 'ro', log)
    const rw = await grant(provider, 'rw')
    expect(await contents(dir, 'file')).toBe('"top"')
    const attempts: [string, () => unknown][] = [
      ['write', () => dir.open('file', true, WRITE)],
      ['truncate', () => dir.open('file', true, { ...READ, truncate: true })],
      ['truncate through a link', () => dir.open('to-file', true, { ...READ, truncate: true })],
      ['create', () => dir.open('new', true, CREATE)],
      ['create over', () => dir.open('file', true, CREATE)],
      ['mkdir', () => dir.mkdir('new')],
      ['rmdir', () => dir.rmdir('a/b')],
      ['unlink', () => dir.unlink('file')],
      ['symlink', () => dir.symlink('x', 'new')],
      ['times', () => dir.setTimes('file', true, { atime: 'now', mtime: 'now' })],
      ['own times', () => dir.setTimesSelf({ atime: 'now', mtime: 'now' })],
      ['rename', () => dir.rename('file', dir, 'new')],
      ['rename out to a writable grant', () => dir.rename('file', rw, 'new')],
      ['rename in from a writable grant', () => rw.rename('file', dir, 'new')],
      ['link', () => dir.link('file', false, dir, 'new')],
      ['link into a writable grant', () => dir.link('file', false, rw, 'new')],
      ['link from a writable grant', () => rw.link('file', false, dir, 'new')],
    ]
    for (const [what, attempt] of attempts) expect(await outcome(attempt), what).toBe('rofs')
    // Directories opened below are read-only too.
    const below = await dir.open('a', true, { ...READ, directory: true })
    if (below.kind !== 'directory') throw new Error('not a directory')
    expect(await outcome(() => below.directory.unlink('file'))).toBe('rofs')
    expect(await contents(below.directory, '..')).toBe('notcapable')
    expect(await contents(below.directory, 'up')).toBe('notcapable')
    expect(await contents(rw, 'new')).toBe('noent')
    expect(await contents(rw, 'file')).toBe('"top"')
    expect(log.entries.some((d) => d.operation === 'unlink' && d.path === '/box/file' && d.grant.includes('/box'))).toBe(true)
  })

  test('between two providers: xdev', async () => {
    const one = await grant(build(TREE))
    const two = await grant(new MemoryFs())
    expect(await outcome(() => one.rename('file', two, 'x'))).toBe('xdev')
    expect(await outcome(() => two.rename('file', one, 'x'))).toBe('xdev')
    expect(await outcome(() => one.link('file', false, two, 'x'))).toBe('xdev')
  })

  test('a handle stays on its directory when that is moved or replaced', async () => {
    const provider = await build(TREE)
    if (!staysOnDirectory) return // The weaker walk says noent here.
    const dir = await grant(provider)
    const opened = await dir.open('a/b', true, { ...READ, directory: true })
    if (opened.kind !== 'directory') throw new Error('not a directory')
    await dir.rename('a/b', dir, 'moved')
    await dir.symlink('../../outside', 'a/b')
    expect(await contents(opened.directory, 'deep')).toBe('"deep"')
    expect(await contents(opened.directory, 'secret')).toBe('noent')
    await dir.unlink('moved/deep')
    await dir.unlink('moved/upup')
    await dir.rmdir('moved')
    expect(await outcome(() => opened.directory.open('x', true, CREATE))).toBe('noent')
    expect(await outcome(() => opened.directory.mkdir('x'))).toBe('noent')
  })
})

// Random trees and paths: the same answer everywhere, and never an inode from outside the box.
describe('properties', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'l', 'm')
  const component = fc.oneof({ weight: 5, arbitrary: name }, { weight: 2, arbitrary: fc.constantFrom('..', '.', '') })
  const path = fc.array(component, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('/'))
  const target = fc
    .oneof({ weight: 6, arbitrary: path }, { weight: 1, arbitrary: fc.constantFrom('../outside', '../outside/secret', '/etc', '..') })
    .filter((t) => t !== '')
  const tree = fc
    .array(fc.record({ dir: fc.array(name, { maxLength: 2 }), name, target: fc.option(target) }), { maxLength: 12 })
    .map((items) => {
      const result: Record<string, string> = {}
      const dirs = new Set<string>()
      for (const item of items) {
        const full = [...item.dir, item.name].join('/')
        const parents = item.dir.map((_, i) => item.dir.slice(0, i + 1).join('/'))
        if (full in result || dirs.has(full) || parents.some((p) => p in result)) continue
        for (const p of parents) dirs.add(p)
        result[full] = item.target === null ? full : `-> ${item.target}`
      }
      return result
    })

  test('all providers agree and stay inside', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(fc.tuple(path, fc.boolean()), { minLength: 1, maxLength: 8 }), async (t, requests) => {
        const boxes = await Promise.all(withLinks.map(async ({ name: label, build }) => [label, await grant(build(t))] as const))
        for (const [p, follow] of requests) {
          const answers = await Promise.all(
            boxes.map(async ([label, box]) => [
              label,
              await contents(box, p, follow),
              await outcome(async () => (await box.stat(p, follow)).type),
            ]),
          )
          for (const [label, content, type] of answers) {
            expect([label, content, type]).toEqual([label, answers[0]![1], answers[0]![2]])
            expect(content).not.toBe('"secret"')
          }
        }
        for (const [, box] of boxes) box.close()
      }),
      { numRuns: 60 },
    )
  })

  type Step = readonly [op: string, a: string, b: string, flag: boolean]
  const small = fc
    .array(fc.constantFrom('a', 'b', 'c', 'l'), { minLength: 1, maxLength: 3 })
    .chain((parts) => fc.constantFrom('', '', '', '/', '/.', '/..').map((end) => parts.join('/') + end))
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.constantFrom(
      'create',
      'create',
      'mkdir',
      'mkdir',
      'rmdir',
      'unlink',
      'symlink',
      'link',
      'rename',
      'rename',
      'read',
      'stat',
      'truncate',
      'list',
    ),
    small,
    small,
    fc.boolean(),
  )
  const perform = (dir: Directory, [op, a, b, flag]: Step): unknown => {
    switch (op) {
      case 'create':
        return dir.open(a, true, { ...CREATE, exclusive: flag })
      case 'truncate':
        return dir.open(a, flag, { ...READ, truncate: true })
      case 'mkdir':
        return dir.mkdir(a)
      case 'rmdir':
        return dir.rmdir(a)
      case 'unlink':
        return dir.unlink(a)
      case 'symlink':
        return dir.symlink(b, a)
      case 'link':
        return dir.link(a, false, dir, b)
      case 'rename':
        return dir.rename(a, dir, b)
      case 'read':
        return contents(dir, a, flag)
      case 'stat':
        return dir.stat(a, flag)
      default:
        return dir.list()
    }
  }
  /** What must be the same everywhere: errnos, types, link counts, names. */
  const digest = (op: string, result: unknown): unknown => {
    if (op === 'stat' && typeof result === 'object') {
      const { type, nlink, size } = result as { type: string; nlink: number; size: number }
      // Sizes and link counts of directories are each file system's own affair.
      return type === 'directory' ? type : [type, nlink, size]
    }
    if (op === 'list') return (result as { name: string }[]).map((e) => e.name).sort()
    if ((op === 'create' || op === 'truncate') && typeof result === 'object') {
      const opened = result as { kind: string; file?: FileHandle }
      void opened.file?.close()
      return opened.kind
    }
    return result
  }

  test('sequences of operations leave the same tree on every provider', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(step, { minLength: 1, maxLength: 40 }), async (t, steps) => {
        const boxes = await Promise.all(complete.map(async ({ name: label, build }) => [label, await grant(build(t))] as const))
        for (const s of steps) {
          const answers: [string, unknown][] = []
          for (const [label, box] of boxes) answers.push([label, digest(s[0], await outcome(() => perform(box, s)))])
          for (const [label, answer] of answers) expect([label, answer]).toEqual([label, answers[0]![1]])
        }
        for (const [, box] of boxes) box.close()
      }),
      { numRuns: Number(process.env.VITRINE_FUZZ ?? 100) },
    )
  })
})
