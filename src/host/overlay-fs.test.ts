/** The overlay where it differs from memory: what is taken over from below and when, what below never notices, what shines through. */
import { describe, expect, test } from 'vitest'
import { CREATE, bytes, later, plant, READ, WRITE } from '../../test/helpers/file-systems.ts'
import { virtualClock } from './clock.ts'
import { SysError } from './errno.ts'
import type { FileHandle, FileSystemProvider } from './file-system.ts'
import { type MemoryDir, MemoryFs } from './memory-fs.ts'
import { overlay, OverlayFs } from './overlay-fs.ts'
import { time } from './time.ts'

async function errno(body: () => unknown): Promise<string | undefined> {
  try {
    await body()
  } catch (e) {
    if (e instanceof SysError) return e.errno
    throw e
  }
  return undefined
}
async function text(file: FileHandle, at = 0): Promise<string> {
  const buffer = new Uint8Array(1000)
  const read = await file.read(buffer, at)
  return String.fromCharCode(...(typeof read === 'number' ? buffer.subarray(0, read) : read))
}
const names = async (fs: OverlayFs, dir: MemoryDir): Promise<string[]> => (await fs.list(dir)).map((e) => e.name).sort()

describe.each([
  ['at once', (lower: MemoryFs): FileSystemProvider => lower as FileSystemProvider],
  ['later', (lower: MemoryFs): FileSystemProvider => later(lower) as FileSystemProvider],
])('below answers %s', (_name, below) => {
  const make = (files: Record<string, string>): { lower: MemoryFs; fs: OverlayFs } => {
    const lower = new MemoryFs({ files, clock: virtualClock({ start: 5_000_000_000n, step: 0 }) })
    return { lower, fs: overlay(below(lower)) }
  }

  test('entries are merged; removed ones stay away, also when something new takes their name', async () => {
    const { lower, fs } = make({ a: 'below', b: 'below', 'd/x': 'x', 'd/y': 'y' })
    const root = await fs.root()
    await (await fs.open(root, 'c', CREATE)).close()
    await fs.unlink(root, 'a')
    expect(await names(fs, root)).toEqual(['b', 'c', 'd'])
    expect(await errno(() => fs.open(root, 'a', READ))).toBe('noent')
    const d = await fs.openDir(root, 'd')
    await fs.unlink(d, 'x')
    expect(await errno(() => fs.rmdir(root, 'd'))).toBe('notempty')
    await fs.unlink(d, 'y')
    await fs.rmdir(root, 'd')
    // A new directory of that name does not show what was in the old one.
    await fs.mkdir(root, 'd')
    const again = await fs.openDir(root, 'd')
    expect(await names(fs, again)).toEqual([])
    expect(await errno(() => fs.stat(again, 'x'))).toBe('noent')
    expect(await names(fs, d)).toEqual([])
    await fs.mkdir(root, 'a')
    await fs.rmdir(root, 'a')
    expect(await names(fs, root)).toEqual(['b', 'c', 'd'])
    expect([lower.readDir(''), lower.readDir('d'), lower.readText('a')]).toEqual([['a', 'b', 'd'], ['x', 'y'], 'below'])
    expect(fs.changes()).toEqual([
      { path: 'a', kind: 'removed' },
      { path: 'c', kind: 'file' },
      { path: 'd', kind: 'directory' },
    ])
  })

  test('contents are copied at the first change, for all handles on the file', async () => {
    const { lower, fs } = make({ f: 'contents', g: 'g' })
    const root = await fs.root()
    const reader = await fs.open(root, 'f', READ)
    const writer = await fs.open(root, 'f', WRITE)
    const before = fs.used
    expect(await text(reader)).toBe('contents')
    expect(await writer.write(new Uint8Array(0), 0)).toBe(0)
    expect(fs.used).toBe(before)
    expect(await writer.write(bytes('C'), 0)).toBe(1)
    expect(fs.used).toBe(before + 8)
    expect([await text(reader), await text(writer, 4), await reader.size()]).toEqual(['Contents', 'ents', 8])
    expect(await writer.append(bytes('!'))).toBe(1)
    expect((await fs.stat(root, 'f')).size).toBe(9)
    expect(await errno(() => reader.write(bytes('x'), 0))).toBe('badf')
    expect(await errno(() => reader.truncate(0))).toBe('inval')
    await writer.truncate(2)
    expect(await text(reader)).toBe('Co')
    await reader.close()
    await writer.close()
    expect(lower.readText('f')).toBe('contents')
    expect(fs.readFile('f')).toEqual(bytes('Co'))
    // Truncated to nothing: there is nothing to copy.
    const cut = await fs.open(root, 'g', { ...WRITE, truncate: true })
    expect([await cut.size(), (await cut.stat()).size]).toEqual([0, 0])
    await cut.close()
    const half = await fs.open(root, 'g', WRITE)
    await half.truncate(0)
    expect(await half.size()).toBe(0)
    expect(fs.changes().map((c) => c.path)).toEqual(['f', 'g'])
  })

  test('two writers at once, and one that truncates while another copies', async () => {
    const { fs } = make({ f: 'x'.repeat(200_000), g: 'y'.repeat(200_000) })
    const root = await fs.root()
    const [one, two] = [await fs.open(root, 'f', WRITE), await fs.open(root, 'f', WRITE)]
    await Promise.all([one.write(bytes('1'), 0), two.write(bytes('2'), 199_999)])
    expect([await text(one).then((t) => t.slice(0, 3)), await text(two, 199_998), await one.size()]).toEqual(['1xx', 'x2', 200_000])
    const [three, four] = [await fs.open(root, 'g', WRITE), await fs.open(root, 'g', WRITE)]
    await Promise.all([three.write(bytes('abc'), 0), four.truncate(0)])
    const size = await three.size()
    expect([0, 3]).toContain(size)
    expect(await text(four)).toBe('abc'.slice(0, size))
  })

  test('renamed directories and files keep what they have below', async () => {
    const { lower, fs } = make({ 'd/sub/f': 'f', 'd/g': 'g', other: 'o' })
    const root = await fs.root()
    await fs.rename(root, 'd', root, 'moved')
    const moved = await fs.openDir(root, 'moved')
    expect(await names(fs, moved)).toEqual(['g', 'sub'])
    const sub = await fs.openDir(moved, 'sub')
    fs.closeDir(moved)
    expect(await text(await fs.open(sub, 'f', READ))).toBe('f')
    await fs.rename(sub, 'f', root, 'out')
    expect(await text(await fs.open(root, 'out', READ))).toBe('f')
    expect(await names(fs, sub)).toEqual([])
    expect(await errno(() => fs.rename(root, 'moved', sub, 'x'))).toBe('inval')
    await fs.mkdir(root, 'd')
    expect(await names(fs, await fs.openDir(root, 'd'))).toEqual([])
    await fs.rename(root, 'out', root, 'other')
    expect(await text(await fs.open(root, 'other', READ))).toBe('f')
    // Over a directory that is empty here, though not below.
    await fs.rmdir(root, 'd')
    await fs.unlink(await fs.openDir(root, 'moved'), 'g')
    await fs.rmdir(await fs.openDir(root, 'moved'), 'sub')
    await fs.mkdir(root, 'new')
    await fs.rename(root, 'new', root, 'moved')
    expect(await names(fs, await fs.openDir(root, 'moved'))).toEqual([])
    expect([lower.readDir('d'), lower.readText('other')]).toEqual([['g', 'sub'], 'o'])
  })

  test('a file that is removed while it is open keeps its contents', async () => {
    const { fs } = make({ f: 'contents' })
    const root = await fs.root()
    const file = await fs.open(root, 'f', WRITE)
    await fs.unlink(root, 'f')
    expect((await file.stat()).nlink).toBe(0)
    expect(await text(file)).toBe('contents')
    await file.write(bytes('C'), 0)
    expect(await text(file)).toBe('Contents')
    const full = fs.used
    await file.close()
    expect(fs.used).toBeLessThan(full)
    expect(await errno(() => fs.open(root, 'f', READ))).toBe('noent')
  })

  test('times, types and sizes are those below until they change here', async () => {
    const { fs } = make({ f: 'abc', 'd/': '' })
    const root = await fs.root()
    expect(await fs.stat(root, 'f')).toMatchObject({ type: 'file', size: 3, nlink: 1, mtime: time(5, 0) })
    await fs.setTimes(root, 'f', { atime: undefined, mtime: time(7, 8) })
    const file = await fs.open(root, 'f', WRITE)
    expect(await file.stat()).toMatchObject({ size: 3, mtime: time(7, 8) })
    await file.truncate(3)
    expect((await file.stat()).mtime.seconds).toBeGreaterThan(1000)
    const [one, two] = [await fs.stat(root, 'd'), await fs.stat(root, 'd')]
    expect(one).toEqual(two)
    expect(one).toMatchObject({ type: 'directory', mtime: time(5, 0) })
  })

  test('hard links below are one file here', async () => {
    const { lower, fs } = make({ 'd/one': 'text' })
    const top = lower.root()
    lower.link(lower.openDir(top, 'd'), 'one', top, 'two')
    const root = await fs.root()
    const d = await fs.openDir(root, 'd')
    const writer = await fs.open(root, 'two', WRITE)
    await writer.write(bytes('T'), 0)
    expect(await text(await fs.open(d, 'one', READ))).toBe('Text')
    expect((await fs.stat(d, 'one')).ino).toEqual((await fs.stat(root, 'two')).ino)
    expect((await fs.stat(d, 'one')).nlink).toBe(2)
    await fs.rename(d, 'one', root, 'two')
    expect(await names(fs, d)).toEqual(['one'])
    await fs.unlink(d, 'one')
    expect((await writer.stat()).nlink).toBe(1)
    expect(lower.readText('d/one')).toBe('text')
  })

  test('a copy that does not fit changes nothing', async () => {
    const lower = new MemoryFs({ files: { big: 'b'.repeat(10_000) } })
    const fs = overlay(below(lower), { quota: 5000 })
    const root = await fs.root()
    const file = await fs.open(root, 'big', WRITE)
    const used = fs.used
    for (let i = 0; i < 3; i++) expect(await errno(() => file.write(bytes('x'), 0))).toBe('nospc')
    expect([fs.used, await file.size(), (await text(file)).slice(0, 2)]).toEqual([used, 10_000, 'bb'])
    await file.truncate(0)
    expect(await file.write(bytes('x'), 0)).toBe(1)
  })

  test('names that are looked at beyond the quota: reading goes on, and making room works', async () => {
    const files: Record<string, string> = { f: 'x'.repeat(1000) }
    for (let i = 0; i < 20; i++) files[`name-${i}`] = 'y'
    const fs = overlay(below(new MemoryFs({ files })), { quota: 3000 })
    const root = await fs.root()
    const file = await fs.open(root, 'f', WRITE)
    await file.write(bytes('z'), 0)
    for (let i = 0; i < 20; i++) expect((await fs.stat(root, `name-${i}`)).size).toBe(1)
    expect(fs.used).toBeGreaterThan(3000)
    expect(await text(await fs.open(root, 'name-3', READ))).toBe('y')
    expect(await errno(() => fs.mkdir(root, 'd'))).toBe('nospc')
    await file.truncate(500)
    expect((await text(file)).length).toBe(500)
    const used = fs.used
    await fs.unlink(root, 'name-3')
    expect(fs.used).toBeLessThan(used)
  })

  test('handles below are closed with those here', async () => {
    const lower = new MemoryFs({ files: { 'a/b/f': 'f' } })
    const counted = below(lower)
    const fs = overlay(counted)
    const open = (dir: MemoryDir): number =>
      dir.open + [...dir.entries.values()].reduce((n, e) => n + (e.type === 'directory' ? open(e) : e.open), 0)
    const top = lower.root()
    const before = open(top)
    const root = await fs.root()
    const [a, again] = [await fs.openDir(root, 'a'), await fs.openDir(root, 'a')]
    const b = await fs.openDir(a, 'b')
    const file = await fs.open(b, 'f', WRITE)
    await file.write(bytes('x'), 0)
    await file.close()
    expect(await errno(() => fs.openDir(b, 'f'))).toBe('notdir')
    expect(await errno(() => fs.rmdir(a, 'b'))).toBe('notempty')
    await fs.rename(a, 'b', root, 'c')
    for (const dir of [b, a, again, root]) fs.closeDir(dir)
    expect(open(top)).toBe(before)
  })
})

test('an overlay over an overlay', async () => {
  const lower = new MemoryFs()
  await plant(lower as FileSystemProvider, { 'd/f': 'one', l: '-> d/f' })
  const first = overlay(lower)
  const file = await first.open(await first.openDir(await first.root(), 'd'), 'f', { ...WRITE, truncate: true })
  await file.write(bytes('two'), 0)
  await file.close()
  const second = overlay(first)
  const root = await second.root()
  expect(await second.readlink(root, 'l')).toBe('d/f')
  expect(await text(await second.open(await second.openDir(root, 'd'), 'f', READ))).toBe('two')
  await second.unlink(root, 'l')
  expect([second.changes(), first.changes()]).toEqual([[{ path: 'l', kind: 'removed' }], [{ path: 'd/f', kind: 'file' }]])
})
