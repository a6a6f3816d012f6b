/** The mount table: mounts inside mounts, what shows in listings, access modes that only shrink, names that must stay. */
import { describe, expect, test } from 'vitest'
import { bytes, later } from '../../test/helpers/file-systems.ts'
import { HostError } from '../errors.ts'
import { Directory } from './directory.ts'
import { SysError } from './errno.ts'
import { type FileSystemProvider, readOnly, singleFile } from './file-system.ts'
import { MemoryFs } from './memory-fs.ts'
import { mounts, type MountOption } from './mounts.ts'

const READ = { read: true, write: false, create: false, exclusive: false, truncate: false, directory: false }
const WRITE = { ...READ, write: true }
const CREATE = { ...WRITE, create: true }
const memory = (files: Record<string, string>): MemoryFs => new MemoryFs({ files })
const grant = async (table: Record<string, MountOption>, access: 'ro' | 'rw' = 'rw'): Promise<Directory> =>
  Directory.grant({ provider: mounts(table) as FileSystemProvider, access }, '/')

async function outcome<T>(body: () => T | Promise<T>): Promise<T | string> {
  try {
    return await body()
  } catch (e) {
    if (e instanceof SysError) return e.errno
    throw e
  }
}
const contents = (dir: Directory, path: string): Promise<string> =>
  outcome(async () => {
    const opened = await dir.open(path, true, READ)
    if (opened.kind === 'directory') return (opened.directory.close(), 'a directory')
    const buffer = new Uint8Array(100)
    const read = await opened.file.read(buffer, 0)
    await opened.file.close()
    return `"${String.fromCharCode(...(typeof read === 'number' ? buffer.subarray(0, read) : read))}"`
  })
async function names(dir: Directory, path: string): Promise<string> {
  const opened = await dir.open(path, true, { ...READ, directory: true })
  if (opened.kind !== 'directory') return 'a file'
  const list = (await opened.directory.list()).map((e) => `${e.name}:${e.type}`).sort()
  opened.directory.close()
  return list.join(' ')
}

describe.each([
  ['at once', (fs: MemoryFs): FileSystemProvider => fs as FileSystemProvider],
  ['later', (fs: MemoryFs): FileSystemProvider => later(fs) as FileSystemProvider],
])('answers %s', (_name, as) => {
  const table = (): Record<string, MountOption> => ({
    '/': as(memory({ 'top.txt': 'top', 'lib/own': 'own', 'lib/hidden/x': 'hidden', plain: 'a file' })),
    '/lib/hidden': readOnly(as(memory({ shown: 'shown', 'deep/f': 'f' }))),
    'lib/hidden/deep/er': as(memory({ z: 'z' })),
    '/made/up/path': as(memory({ p: 'p' })),
    '/plain/below': as(memory({ b: 'b' })),
    '/etc/cfg.json': singleFile(as(memory({ any: '{}', secret: 'secret' })), 'any'),
    '/etc/log': singleFile(as(memory({ log: 'l' })), 'log', 'rw'),
  })

  test('what is seen', async () => {
    const dir = await grant(table())
    expect(await names(dir, '.')).toBe('etc:directory lib:directory made:directory plain:directory top.txt:file')
    expect(await names(dir, 'lib')).toBe('hidden:directory own:file')
    expect(await names(dir, 'lib/hidden')).toBe('deep:directory shown:file')
    expect(await names(dir, 'lib/hidden/deep')).toBe('er:directory f:file')
    expect(await names(dir, 'made/up')).toBe('path:directory')
    expect(await names(dir, 'etc')).toBe('cfg.json:file log:file')
    expect(await contents(dir, 'lib/hidden/x')).toBe('noent')
    expect(await contents(dir, 'lib/hidden/deep/er/../../../../top.txt')).toBe('"top"')
    expect(await contents(dir, 'lib/hidden/deep/er/../../../../..')).toBe('notcapable')
    expect(await contents(dir, 'made/up/path/p')).toBe('"p"')
    expect(await contents(dir, 'made/nothing')).toBe('noent')
    expect(await contents(dir, 'plain')).toBe('a directory')
    expect(await contents(dir, 'plain/below/b')).toBe('"b"')
    expect(await contents(dir, 'etc/cfg.json')).toBe('"{}"')
    expect(await contents(dir, 'etc/cfg.json/x')).toBe('notdir')
    expect(await contents(dir, 'etc/secret')).toBe('noent')
    expect(((await dir.stat('etc/cfg.json', true)) as { type: string }).type).toBe('file')
    expect(((await dir.stat('made/up', true)) as { type: string }).type).toBe('directory')
    const inodes = await Promise.all(
      ['made', 'made/up', 'etc', '.'].map(async (p) => JSON.stringify([(await dir.stat(p, true)).dev, (await dir.stat(p, true)).ino])),
    )
    expect(new Set(inodes).size).toBe(4)
    // A handle on the directory of a mount itself.
    const opened = await dir.open('lib/hidden', true, { ...READ, directory: true })
    if (opened.kind !== 'directory') throw new Error('not a directory')
    expect(await contents(opened.directory, 'deep/er/z')).toBe('"z"')
    expect(await contents(opened.directory, '..')).toBe('notcapable')
  })

  test('each mount keeps its access; what only leads to mounts is read-only', async () => {
    const dir = await grant(table())
    expect(await outcome(() => dir.mkdir('lib/new'))).toBeUndefined()
    expect(await outcome(() => dir.mkdir('lib/hidden/new'))).toBe('rofs')
    expect(await outcome(() => dir.mkdir('lib/hidden/deep'))).toBe('exist')
    expect(await outcome(() => dir.mkdir('lib/hidden/deep/er/new'))).toBeUndefined()
    expect(await outcome(() => dir.mkdir('made/new'))).toBe('rofs')
    expect(await outcome(() => dir.symlink('x', 'made/up'))).toBe('exist')
    expect(await outcome(() => dir.symlink('x', 'made/new'))).toBe('rofs')
    expect(await outcome(() => dir.open('lib/hidden/shown', true, WRITE))).toBe('rofs')
    expect(await outcome(() => dir.open('lib/hidden/new', true, CREATE))).toBe('rofs')
    expect(await outcome(() => dir.open('lib/hidden/shown', true, { ...CREATE, exclusive: true }))).toBe('exist')
    expect(await outcome(() => dir.open('made/new', true, CREATE))).toBe('rofs')
    expect(await outcome(() => dir.open('etc/cfg.json', true, WRITE))).toBe('rofs')
    expect(await outcome(() => dir.open('etc/cfg.json', true, { ...READ, truncate: true }))).toBe('rofs')
    expect(await outcome(() => dir.open('etc/log', true, { ...CREATE, exclusive: true }))).toBe('exist')
    expect(await outcome(() => dir.unlink('lib/hidden/shown'))).toBe('rofs')
    expect(await outcome(() => dir.setTimes('lib/hidden/shown', true, { atime: 'now', mtime: 'now' }))).toBe('rofs')
    expect(await outcome(() => dir.setTimes('lib/hidden', true, { atime: 'now', mtime: 'now' }))).toBe('rofs')
    expect(await outcome(() => dir.setTimes('made', true, { atime: 'now', mtime: 'now' }))).toBe('rofs')
    expect(await outcome(() => dir.setTimes('etc/cfg.json', true, { atime: 'now', mtime: 'now' }))).toBe('rofs')
    expect(await outcome(() => dir.setTimes('etc/log', true, { atime: 'now', mtime: 'now' }))).toBeUndefined()
    const file = await dir.open('lib/hidden/shown', true, READ)
    if (file.kind !== 'file') throw new Error('not a file')
    expect(await outcome(() => file.file.setTimes({ atime: 'now', mtime: 'now' }))).toBe('rofs')
    const log = await dir.open('etc/log', true, WRITE)
    if (log.kind !== 'file') throw new Error('not a file')
    expect(await log.file.append(bytes('!'))).toBe(1)
    expect(await contents(dir, 'etc/log')).toBe('"l!"')
    // Granted read-only as a whole, everything is.
    const ro = await grant(table(), 'ro')
    for (const path of ['lib/new', 'lib/hidden/deep/er/new']) expect(await outcome(() => ro.mkdir(path)), path).toBe('rofs')
    expect(await outcome(() => ro.open('etc/log', true, WRITE))).toBe('rofs')
  })

  test('mount points and what leads to them stay; nothing moves between mounts', async () => {
    const dir = await grant(table())
    for (const path of ['lib', 'lib/hidden', 'made', 'made/up', 'etc/log', 'plain']) {
      expect(await outcome(() => dir.rename(path, dir, 'moved')), path).toBe('busy')
      expect(['busy', 'isdir', 'notdir'], path).toContain(await outcome(() => dir.rmdir(path)))
      expect(['busy', 'isdir'], path).toContain(await outcome(() => dir.unlink(path)))
      expect(await outcome(() => dir.mkdir(path)), path).toBe('exist')
      expect(['busy', 'isdir'], path).toContain(await outcome(() => dir.rename('top.txt', dir, path)))
    }
    expect(await outcome(() => dir.rename('top.txt', dir, 'lib/hidden/deep/er/t'))).toBe('xdev')
    expect(await outcome(() => dir.rename('lib/hidden/deep/er/z', dir, 'z'))).toBe('xdev')
    expect(await outcome(() => dir.link('top.txt', false, dir, 'lib/hidden/deep/er/t'))).toBe('xdev')
    expect(await outcome(() => dir.link('etc/log', false, dir, 'log'))).toBe('rofs')
    expect(await outcome(() => dir.rename('top.txt', dir, 'lib/hidden/t'))).toBe('rofs')
    expect(await outcome(() => dir.rename('top.txt', dir, 'lib/t'))).toBeUndefined()
    expect(await contents(dir, 'lib/t')).toBe('"top"')
    expect(await contents(dir, 'lib/hidden/shown')).toBe('"shown"')
  })

  test('symlinks are read from where they are seen', async () => {
    const [outer, inner] = [memory({ f: 'outer' }), memory({ f: 'inner' })]
    outer.symlink('in/f', outer.root(), 'into')
    inner.symlink('../f', inner.root(), 'up')
    inner.symlink('../../f', inner.root(), 'too-far')
    const dir = await grant({ '.': as(outer), in: as(inner) })
    expect(await contents(dir, 'into')).toBe('"inner"')
    expect(await contents(dir, 'in/up')).toBe('"outer"')
    expect(await contents(dir, 'in/too-far')).toBe('notcapable')
    expect(await outcome(() => dir.readlink('in'))).toBe('inval')
    expect(await outcome(() => dir.readlink('in/up'))).toBe('../f')
  })
})

test('tables that cannot be', () => {
  const fs = memory({ f: '' })
  expect(() => mounts({ '/a': fs, 'a/': fs })).toThrow(HostError)
  expect(() => mounts({ '/a/../b': fs })).toThrow(/not a path/)
  expect(() => mounts({ '/f': singleFile(fs, 'f'), '/f/g': fs })).toThrow(/below the file/)
  expect(() => mounts({ '/': singleFile(fs, 'f') })).toThrow(/below the file/)
})
