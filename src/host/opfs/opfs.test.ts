/** The browser's file system by way of a stand-in (`test/helpers/opfs.ts`): with streams as on the main thread, with access handles as in a worker. */
import { afterEach, describe, expect, test } from 'vitest'
import { bytes, CREATE, READ, WRITE } from '../../../test/helpers/file-systems.ts'
import { fakeOpfs, type FakeOpfsOptions } from '../../../test/helpers/opfs.ts'
import { HostError } from '../../errors.ts'
import { SysError } from '../errno.ts'
import type { FileHandle } from '../file-system.ts'
import { MemoryFs } from '../memory-fs.ts'
import { opfsDirectory, type OpfsDir, OpfsFs } from './opfs-fs.ts'

async function errno(body: () => unknown): Promise<string | undefined> {
  try {
    await body()
  } catch (e) {
    if (e instanceof SysError) return e.errno
    throw e
  }
  return undefined
}
async function text(file: FileHandle, at = 0, size = 1000): Promise<string> {
  const buffer = new Uint8Array(size)
  const read = await file.read(buffer, at)
  return String.fromCharCode(...(typeof read === 'number' ? buffer.subarray(0, read) : read))
}
const names = async (fs: OpfsFs, dir: OpfsDir): Promise<string[]> => (await fs.list(dir)).map((e) => e.name).sort()

const variants: [string, FakeOpfsOptions][] = [
  ['streams', { accessHandles: false, canMove: true, quota: 100_000 }],
  ['streams, without move', { accessHandles: false, canMove: false, quota: 100_000 }],
  ['access handles', { accessHandles: true, canMove: false, quota: 100_000 }],
]

describe.each(variants)('%s', (_name, options) => {
  const make = (): { fs: OpfsFs; root: OpfsDir } => {
    const fs = new OpfsFs(fakeOpfs(options))
    return { fs, root: fs.root() }
  }
  const write = async (fs: OpfsFs, dir: OpfsDir, name: string, content: string): Promise<void> => {
    const file = await fs.open(dir, name, { ...CREATE, truncate: true })
    await file.write(bytes(content), 0)
    await file.close()
  }
  const read = async (fs: OpfsFs, dir: OpfsDir, name: string): Promise<string> => {
    const file = await fs.open(dir, name, READ)
    const result = await text(file)
    await file.close()
    return result
  }

  test('reads see writes at once, through every handle; gaps are zeros', async () => {
    const { fs, root } = make()
    const writer = await fs.open(root, 'f', { ...CREATE, exclusive: true })
    const reader = await fs.open(root, 'f', READ)
    expect(await writer.write(bytes('hello'), 0)).toBe(5)
    expect(await text(reader)).toBe('hello')
    expect(await writer.append(bytes(' world'))).toBe(6)
    expect(await writer.write(bytes('!'), 14)).toBe(1)
    expect([await reader.size(), await text(reader, 6), (await fs.stat(root, 'f')).size]).toEqual([15, 'world\0\0\0!', 15])
    await writer.truncate(4)
    await writer.truncate(6)
    expect(await text(reader)).toBe('hell\0\0')
    expect(await text(reader, 100)).toBe('')
    await writer.sync(false)
    expect(await errno(() => reader.write(bytes('x'), 0))).toBe('badf')
    expect(await errno(() => reader.truncate(0))).toBe('inval')
    expect(await errno(() => writer.setTimes({ atime: 'now', mtime: 'now' }))).toBe('notsup')
    await Promise.all([writer.close(), reader.close()])
    await writer.close()
    expect(await read(fs, root, 'f')).toBe('hell\0\0')
    expect(await errno(() => fs.open(root, 'f', { ...CREATE, exclusive: true }))).toBe('exist')
    // What is written is only lent.
    const file = await fs.open(root, 'g', CREATE)
    const lent = bytes('mine')
    const writing = file.write(lent, 0)
    lent.fill(0)
    await writing
    expect(await text(await fs.open(root, 'g', READ))).toBe('mine')
  })

  test('kinds, names, errors', async () => {
    const { fs, root } = make()
    await fs.mkdir(root, 'd')
    await write(fs, root, 'f', 'x')
    const d = await fs.openDir(root, 'd')
    await write(fs, d, 'inner', 'y')
    expect(await errno(() => fs.mkdir(root, 'd'))).toBe('exist')
    expect(await errno(() => fs.mkdir(root, 'f'))).toBe('exist')
    expect(await errno(() => fs.openDir(root, 'f'))).toBe('notdir')
    expect(await errno(() => fs.openDir(root, 'none'))).toBe('noent')
    expect(await errno(() => fs.open(root, 'd', READ))).toBe('isdir')
    expect(await errno(() => fs.open(root, 'd', CREATE))).toBe('isdir')
    expect(await errno(() => fs.open(root, 'none', READ))).toBe('noent')
    expect(await errno(() => fs.open(root, 'a\\b', CREATE))).toBe('inval')
    expect(await errno(() => fs.rmdir(root, 'd'))).toBe('notempty')
    expect(await errno(() => fs.rmdir(root, 'f'))).toBe('notdir')
    expect(await errno(() => fs.unlink(root, 'd'))).toBe('isdir')
    expect(await errno(() => fs.readlink(root, 'f'))).toBe('inval')
    expect(await errno(() => fs.symlink('f', root, 'l'))).toBe('notsup')
    expect(await errno(() => fs.symlink('f', root, 'f'))).toBe('exist')
    expect(await errno(() => fs.link(root, 'f', root, 'l'))).toBe('notsup')
    expect(await errno(() => fs.link(root, 'd', root, 'l'))).toBe('perm')
    expect(await fs.stat(root, 'd')).toMatchObject({ type: 'directory' })
    expect(await fs.stat(d, '.')).toEqual(await fs.stat(root, 'd'))
    expect((await fs.stat(root, 'f')).ino).not.toEqual((await fs.stat(d, 'inner')).ino)
    const open = await fs.open(root, 'f', READ)
    expect(await errno(() => fs.unlink(root, 'f'))).toBe('busy')
    await open.close()
    await fs.unlink(root, 'f')
    await fs.unlink(d, 'inner')
    await fs.rmdir(root, 'd')
    expect(await names(fs, root)).toEqual([])
    expect(await errno(() => fs.stat(d, 'inner'))).toBe('noent')
  })

  test('rename', async () => {
    const { fs, root } = make()
    for (const name of ['d', 'e']) await fs.mkdir(root, name)
    const [d, e] = [await fs.openDir(root, 'd'), await fs.openDir(root, 'e')]
    await write(fs, d, 'f', 'contents')
    await fs.mkdir(d, 'sub')
    await write(fs, await fs.openDir(d, 'sub'), 'deep', 'deep')
    const { ino } = await fs.stat(d, 'f')
    await fs.rename(d, 'f', e, 'g')
    expect([await read(fs, e, 'g'), (await fs.stat(e, 'g')).ino, await names(fs, d)]).toEqual(['contents', ino, ['sub']])
    await write(fs, e, 'old', 'old')
    await fs.rename(e, 'g', e, 'old')
    expect([await read(fs, e, 'old'), await names(fs, e)]).toEqual(['contents', ['old']])
    await fs.rename(d, 'sub', e, 'moved')
    expect(await read(fs, await fs.openDir(e, 'moved'), 'deep')).toBe('deep')
    expect(await names(fs, d)).toEqual([])
    expect(await errno(async () => fs.rename(root, 'e', await fs.openDir(e, 'moved'), 'x'))).toBe('inval')
    expect(await errno(() => fs.rename(e, 'old', root, 'd'))).toBe('isdir')
    expect(await errno(() => fs.rename(root, 'd', e, 'old'))).toBe('notdir')
    expect(await errno(() => fs.rename(root, 'd', root, 'e'))).toBe('notempty')
    expect(await errno(() => fs.rename(root, 'none', root, 'x'))).toBe('noent')
    await fs.rename(e, 'old', e, 'old')
    const open = await fs.open(await fs.openDir(e, 'moved'), 'deep', READ)
    expect(await errno(() => fs.rename(e, 'moved', root, 'x'))).toBe('busy')
    await open.close()
    await fs.rename(e, 'moved', root, 'd')
    expect(await names(fs, await fs.openDir(root, 'd'))).toEqual(['deep'])
  })

  test('a full disk', async () => {
    const { fs, root } = make()
    const file = await fs.open(root, 'f', CREATE)
    await file.write(bytes('kept'), 0)
    expect(await errno(() => file.write(new Uint8Array(200_000), 4))).toBe('nospc')
    expect(await errno(() => file.truncate(1e6))).toBe('nospc')
    expect(await text(file)).toBe('kept')
    await file.close()
    expect(await read(fs, root, 'f')).toBe('kept')
  })
})

describe('opfsDirectory', () => {
  const original = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  afterEach(() => {
    if (original !== undefined) Object.defineProperty(globalThis, 'navigator', original)
    else delete (globalThis as { navigator?: unknown }).navigator
  })
  const browser = (storage: unknown): void => {
    Object.defineProperty(globalThis, 'navigator', { value: { storage }, configurable: true })
  }

  test('goes down to a directory, and finds it again', async () => {
    const top = fakeOpfs({ accessHandles: true, canMove: false })
    browser({ getDirectory: () => Promise.resolve(top) })
    const fs = await opfsDirectory({ path: '/apps/mine' })
    if (!(fs instanceof OpfsFs)) throw new Error('not OPFS')
    await (await fs.open(fs.root(), 'f', CREATE)).close()
    const again = (await opfsDirectory({ path: 'apps' })) as OpfsFs
    expect(await names(again, await again.openDir(again.root(), 'mine'))).toEqual(['f'])
  })

  test('a second tab has the file open: busy', async () => {
    const top = fakeOpfs({ accessHandles: true, canMove: false })
    const [one, two] = [new OpfsFs(top), new OpfsFs(top)]
    const file = await one.open(one.root(), 'f', CREATE)
    expect(await errno(() => two.open(two.root(), 'f', WRITE))).toBe('busy')
    await file.close()
    expect(await errno(() => two.open(two.root(), 'f', WRITE))).toBeUndefined()
  })

  test('memory takes its place where there is none, unless that is not wanted', async () => {
    for (const storage of [undefined, {}, { getDirectory: () => Promise.reject(new DOMException('private mode', 'SecurityError')) }]) {
      browser(storage)
      const fs = await opfsDirectory({ fallback: { quota: 1000, files: { f: 'x' } } })
      expect(fs).toBeInstanceOf(MemoryFs)
      expect([(fs as MemoryFs).quota, (fs as MemoryFs).readText('f')]).toEqual([1000, 'x'])
      await expect(opfsDirectory({ fallback: 'fail' })).rejects.toThrow(HostError)
    }
  })
})
