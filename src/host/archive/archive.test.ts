/** Zip and tar archives as written by others (fflate, modern-tar) and by hand: contents, links, times, and everything that can be damaged. */
import { inflateRawSync } from 'node:zlib'
import { inflateSync, zipSync, type Zippable } from 'fflate'
import { packTar } from 'modern-tar'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, READ, tarOf, WRITE, zipOf } from '../../../test/helpers/file-systems.ts'
import { HostError } from '../../errors.ts'
import { SysError } from '../errno.ts'
import type { FileHandle } from '../file-system.ts'
import { time } from '../time.ts'
import type { ArchiveFs, ArchiveNode } from './archive-fs.ts'
import { tarFs } from './tar.ts'
import { zipFs } from './zip.ts'

const node = (data: Uint8Array, size: number): Uint8Array => inflateRawSync(data, { maxOutputLength: Math.max(1, size) })
async function errno(body: () => unknown): Promise<string | undefined> {
  try {
    await body()
  } catch (e) {
    if (e instanceof SysError) return e.errno
    throw e
  }
  return undefined
}
function at(fs: ArchiveFs, path: string): [ArchiveNode, string] {
  const parts = path.split('/')
  const name = parts.pop()!
  return [parts.reduce((dir, part) => fs.openDir(dir, part), fs.root()), name]
}
async function read(fs: ArchiveFs, path: string): Promise<string> {
  const file: FileHandle = await fs.open(...at(fs, path), READ)
  const buffer = new Uint8Array((await file.size()) + 10)
  const n = (await file.read(buffer, 0)) as number
  await file.close()
  return String.fromCharCode(...buffer.subarray(0, n))
}
const long = 'repeat '.repeat(2000)
const TREE = { 'a/b/c.txt': 'deep', top: long, empty: '', 'd/': '', link: '-> a/b/c.txt', 'a/ä€😀': 'name' }

describe.each([
  ['zip, inflated by the engine', async (): Promise<ArchiveFs> => zipFs(zipOf(TREE))],
  ['zip, inflated by node:zlib', async (): Promise<ArchiveFs> => zipFs(zipOf(TREE), { inflate: node })],
  [
    'zip, inflated by fflate',
    async (): Promise<ArchiveFs> => zipFs(zipOf(TREE), { inflate: (data, size) => inflateSync(data, { out: new Uint8Array(size) }) }),
  ],
  ['zip behind something else', async (): Promise<ArchiveFs> => zipFs(new Uint8Array([...bytes('#!/bin/sh\n'), ...zipOf(TREE)]))],
  ['tar', async (): Promise<ArchiveFs> => tarFs(await tarOf(TREE))],
])('%s', (_name, make) => {
  test('contents, directories, links, sizes', async () => {
    const fs = await make()
    const root = fs.root()
    expect(
      fs
        .list(root)
        .map((e) => `${e.name}:${e.type}`)
        .sort(),
    ).toEqual(['a:directory', 'd:directory', 'empty:file', 'link:symlink', 'top:file'])
    expect(await read(fs, 'a/b/c.txt')).toBe('deep')
    expect(await read(fs, 'top')).toBe(long)
    expect(await read(fs, 'empty')).toBe('')
    expect(await read(fs, 'a/ä€😀')).toBe('name')
    expect(await fs.readlink(root, 'link')).toBe('a/b/c.txt')
    expect(fs.stat(root, 'top')).toMatchObject({ type: 'file', size: 14_000, nlink: 1 })
    expect(fs.stat(root, '.')).toMatchObject({ type: 'directory', nlink: 4 })
    expect(fs.stat(root, 'link')).toMatchObject({ type: 'symlink', size: 9 })
    expect(await errno(() => fs.open(root, 'link', READ))).toBe('loop')
    expect(await errno(() => fs.openDir(root, 'link'))).toBe('loop')
    expect(await errno(() => fs.open(root, 'd', READ))).toBe('isdir')
    expect(await errno(() => fs.open(root, 'none', READ))).toBe('noent')
    expect(await errno(() => fs.readlink(root, 'top'))).toBe('inval')
    expect(await errno(() => fs.open(root, 'top', WRITE))).toBe('rofs')
    expect(await errno(() => fs.open(root, 'none', { ...WRITE, create: true }))).toBe('rofs')
    expect(await errno(() => fs.mkdir(root, 'd'))).toBe('exist')
    expect(await errno(() => fs.mkdir(root, 'none'))).toBe('rofs')
  })

  test('parts of a file, and several handles on it', async () => {
    const fs = await make()
    const [one, two] = [await fs.open(fs.root(), 'top', READ), await fs.open(fs.root(), 'top', READ)]
    const buffer = new Uint8Array(6)
    expect(await one.read(buffer, 7)).toBe(6)
    expect(String.fromCharCode(...buffer)).toBe('repeat')
    await one.close()
    await one.close()
    expect(await two.read(buffer, 13_998)).toBe(2)
    expect(await two.read(buffer, 1e9)).toBe(0)
    expect(await errno(() => two.write(buffer, 0))).toBe('badf')
    expect(await errno(() => two.setTimes({ atime: 'now', mtime: 'now' }))).toBe('rofs')
    await two.close()
  })
})

describe('zip', () => {
  test('unpacked contents are bounded, and given back', async () => {
    const files: Zippable = {}
    for (const name of ['a', 'b', 'c']) files[name] = [new Uint8Array(1000), { level: 9 }]
    const fs = zipFs(zipSync(files), { inflate: node, limit: 2500 })
    const handles = [await fs.open(fs.root(), 'a', READ), await fs.open(fs.root(), 'b', READ), await fs.open(fs.root(), 'a', READ)]
    expect(await errno(() => fs.open(fs.root(), 'c', READ))).toBe('nomem')
    await handles[0]!.close()
    expect(await errno(() => fs.open(fs.root(), 'c', READ))).toBe('nomem')
    await handles[2]!.close()
    expect(await errno(() => fs.open(fs.root(), 'c', READ))).toBeUndefined()
  })

  test('more, fewer or other bytes than promised: io', async () => {
    const good = zipSync({ f: [bytes(long), { level: 9 }] })
    const view = new DataView(good.buffer)
    const central = good.length - 22 - (46 + 1)
    expect(view.getUint32(central, true)).toBe(0x02014b50)
    const change = (offset: number, value: number): ArchiveFs => {
      const copy = good.slice()
      new DataView(copy.buffer).setUint32(offset, value, true)
      return zipFs(copy)
    }
    expect(await errno(() => read(change(central + 24, 13_999), 'f'))).toBe('io')
    expect(await errno(() => read(change(central + 24, 14_001), 'f'))).toBe('io')
    expect(await errno(() => read(change(central + 24, 10), 'f'))).toBe('io')
    expect(await errno(() => read(change(central + 16, 1), 'f'))).toBe('io')
    expect(await errno(() => read(change(central + 20, 1e9), 'f'))).toBe('io')
    expect(await errno(() => read(change(central + 42, 5), 'f'))).toBe('io')
    expect(await errno(() => read(change(central + 10, 99), 'f'))).toBe('notsup')
    expect(await errno(() => read(change(central + 8, 1), 'f'))).toBe('acces')
    const damaged = good.slice()
    damaged.fill(0xff, 40, 60)
    expect(await errno(() => read(zipFs(damaged), 'f'))).toBe('io')
    // Failing costs nothing for ever.
    const fs = change(central + 16, 1)
    for (let i = 0; i < 5; i++) expect(await errno(() => read(fs, 'f'))).toBe('io')
  })

  test('zip64, comments, times', async () => {
    // By hand: one stored entry "f" with its sizes and offset in a zip64 field, a zip64 end record, and a comment.
    const data = bytes('zip64!')
    const out: number[] = []
    const u16 = (...values: number[]): void => values.forEach((v) => out.push(v & 255, v >>> 8))
    const u32 = (...values: number[]): void => values.forEach((v) => u16(v & 0xffff, v >>> 16))
    const crc = new DataView(zipSync({ f: [data, { level: 0 }] }).buffer).getUint32(14, true)
    u32(0x04034b50)
    u16(45, 0, 0, 0, 0)
    u32(crc, data.length, data.length)
    u16(1, 0)
    out.push(0x66, ...data)
    const central = out.length
    u32(0x02014b50)
    // 2001-09-09 01:46:40, which the extra field says exactly.
    u16(0x031e, 45, 0, 0, (1 << 11) | (46 << 5) | 20, (21 << 9) | (9 << 5) | 9)
    u32(crc, 0xffffffff, 0xffffffff)
    u16(1, 28 + 9, 0, 0, 0)
    u32(0o100644 << 16, 0xffffffff)
    out.push(0x66)
    u16(1, 24)
    u32(data.length, 0, data.length, 0, 0, 0)
    u16(0x5455, 5)
    out.push(1)
    u32(1_000_000_001)
    const end = out.length
    u32(0x06064b50, 44, 0)
    u16(45, 45)
    u32(0, 0, 1, 0, 1, 0, end - central, 0, central, 0)
    u32(0x07064b50, 0, end, 0, 1, 0x06054b50)
    u16(0, 0, 0xffff, 0xffff)
    u32(0xffffffff, 0xffffffff)
    u16(7)
    out.push(...bytes('comment'))
    for (const before of ['', 'something before']) {
      const fs = zipFs(new Uint8Array([...bytes(before), ...out]))
      expect(await read(fs, 'f')).toBe('zip64!')
      expect(fs.stat(fs.root(), 'f').mtime).toEqual(time(1_000_000_001, 0))
    }
  })

  test('paths', async () => {
    const of = (...names: string[]): (() => ArchiveFs) => {
      const entries: Zippable = {}
      for (const name of names) entries[name] = bytes(name)
      return () => zipFs(zipSync(entries), { inflate: node })
    }
    expect(of('../x')).toThrow(/leads out/)
    expect(of('a/../../x')).toThrow(/leads out/)
    expect(of('f', 'f/x')).toThrow(/below it/)
    expect(of('f/x', 'f')).toThrow(/below it/)
    expect(await read(of('/abs/x')(), 'abs/x')).toBe('/abs/x')
    expect(await read(of('./a//b')(), 'a/b')).toBe('./a//b')
    expect(await read(of('__proto__/constructor')(), '__proto__/constructor')).toBe('__proto__/constructor')
  })

  test('what is no zip archive says so', () => {
    for (const data of [new Uint8Array(0), bytes('hello'), new Uint8Array(100_000), zipOf(TREE).subarray(0, 500)])
      expect(() => zipFs(data)).toThrow(HostError)
  })
})

describe('tar', () => {
  const file = (name: string, text: string, more: object = {}): { header: { name: string; size: number }; body: string } => ({
    header: { name, size: text.length, ...more },
    body: text,
  })
  test('pax, long names, hard links, times, later entries win', async () => {
    const path = `${'long/'.repeat(60)}${'n'.repeat(150)}`
    const fs = tarFs(
      await packTar([
        file('f', 'first', { mtime: new Date(1_500_000_000_000) }),
        file(path, 'far down', { pax: { mtime: '1234567890.123456789' } }),
        { header: { name: 'hard', size: 0, type: 'link', linkname: 'f' } },
        file('g', 'old'),
        file('g', 'new'),
        { header: { name: 'nul', size: 0, type: 'character-device' } },
        { header: { name: 'fifo', size: 0, type: 'fifo' } },
      ]),
    )
    const root = fs.root()
    expect(await read(fs, path)).toBe('far down')
    const [dir, name] = at(fs, path)
    expect(fs.stat(dir, name).mtime).toEqual(time(1_234_567_890, 123_456_789))
    expect(fs.stat(root, 'f')).toMatchObject({ nlink: 2, mtime: time(1_500_000_000, 0) })
    expect(fs.stat(root, 'hard').ino).toEqual(fs.stat(root, 'f').ino)
    expect([await read(fs, 'hard'), await read(fs, 'g')]).toEqual(['first', 'new'])
    expect([fs.stat(root, 'nul').type, fs.stat(root, 'fifo').type]).toEqual(['character', 'fifo'])
    expect(await errno(() => fs.open(root, 'nul', READ))).toBe('acces')
  })

  test('GNU long names and binary numbers', async () => {
    const plain = await packTar([file('x', 'text'), file('y', 'text')])
    const archive = plain.slice()
    const sum = (offset: number): void => {
      archive.fill(0x20, offset + 148, offset + 156)
      const total = archive.subarray(offset, offset + 512).reduce((a, b) => a + b, 0)
      archive.set(bytes(`${total.toString(8).padStart(6, '0')}\0 `), offset + 148)
    }
    // The first entry becomes the long name of the second, whose size is written in binary.
    archive[156] = 'L'.charCodeAt(0)
    sum(0)
    archive.fill(0, 1024 + 124, 1024 + 136)
    archive[1024 + 124] = 0x80
    archive[1024 + 135] = 4
    sum(1024)
    const fs = tarFs(archive)
    expect(fs.list(fs.root()).map((e) => e.name)).toEqual(['text'])
    expect(await read(fs, 'text')).toBe('text')
  })

  test('what is no tar archive says where', async () => {
    const good = await packTar([file('f', 'x'.repeat(600))])
    expect(() => tarFs(good.subarray(0, 900))).toThrow(/cut off \(at byte 0\)/)
    const damaged = good.slice()
    damaged[3]! ^= 1
    expect(() => tarFs(damaged)).toThrow(/checksum is wrong \(at byte 0\)/)
    expect(() => tarFs(new Uint8Array([0x1f, 0x8b, 8, 0]))).toThrow(/gzip/)
    expect(() => tarFs(bytes('x'.repeat(600)))).toThrow(HostError)
    const outside = await packTar([file('../x', 'y')])
    expect(() => tarFs(outside)).toThrow(/leads out/)
    const dangling = await packTar([{ header: { name: 'hard', size: 0, type: 'link' as const, linkname: 'none' } }])
    expect(() => tarFs(dangling)).toThrow(/no file before it/)
    expect(tarFs(new Uint8Array(1024)).list(tarFs(new Uint8Array(0)).root())).toEqual([])
  })
})

test('damaged archives give HostError or io, whatever is changed', async () => {
  const archives = [zipOf(TREE), await tarOf(TREE)]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat()),
      async (which, edits, cut) => {
        const damaged = archives[which]!.slice()
        for (const [offset, value] of edits) damaged[offset % damaged.length] = value
        const data = cut === null ? damaged : damaged.subarray(0, cut % damaged.length)
        let fs: ArchiveFs
        try {
          fs = which === 0 ? zipFs(data, { inflate: node }) : tarFs(data)
        } catch (e) {
          expect(e).toBeInstanceOf(HostError)
          return
        }
        for (const { name, type } of fs.list(fs.root())) {
          if (type !== 'file') continue
          try {
            const file = await fs.open(fs.root(), name, READ)
            await file.close()
          } catch (e) {
            expect(e).toBeInstanceOf(SysError)
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})
