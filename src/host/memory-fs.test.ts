/** The in-memory file system where it differs from a page of Map: links, open files, quota, times, link counts. */
import { describe, expect, test } from 'vitest'
import { virtualClock } from './clock.ts'
import { SysError } from './errno.ts'
import type { OpenHow } from './file-system.ts'
import { MemoryFs } from './memory-fs.ts'
import { time } from './time.ts'

const READ: OpenHow = { read: true, write: false, create: false, exclusive: false, truncate: false }
const CREATE: OpenHow = { read: true, write: true, create: true, exclusive: false, truncate: false }
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

function errno(body: () => unknown): string | undefined {
  try {
    body()
  } catch (e) {
    if (e instanceof SysError) return e.errno
    throw e
  }
  return undefined
}

describe('memory file system', () => {
  test('for the host: files in and out', () => {
    const fs = new MemoryFs({ files: { 'a/b.txt': 'text', 'empty/': '', bin: new Uint8Array([1, 2]) } })
    expect(fs.readText('a/b.txt')).toBe('text')
    expect(fs.readFile('/bin')).toEqual(new Uint8Array([1, 2]))
    expect(fs.readDir('')).toEqual(['a', 'bin', 'empty'])
    expect(fs.readFile('nothing')).toBeUndefined()
    expect(fs.readDir('bin')).toBeUndefined()
    fs.writeFile('a/b.txt', 'no')
    expect(fs.readText('a/b.txt')).toBe('no')
    expect(() => fs.writeFile('bin/x', '')).toThrow(/not a directory/)
    expect(() => fs.writeFile('a', '')).toThrow(/isdir/)
  })

  test('a file lives on after unlink while it is open, and gives its room back after', () => {
    const fs = new MemoryFs()
    const root = fs.root()
    const before = fs.used
    const file = fs.open(root, 'f', CREATE)
    file.write(bytes('hello'), 0)
    const second = fs.open(root, 'f', READ)
    fs.unlink(root, 'f')
    expect(errno(() => fs.open(root, 'f', READ))).toBe('noent')
    expect(file.stat()).toMatchObject({ nlink: 0, size: 5 })
    file.write(bytes('!'), 5)
    const buffer = new Uint8Array(6)
    expect(second.read(buffer, 0)).toBe(6)
    file.close()
    expect(fs.used).toBeGreaterThan(before)
    second.close()
    second.close()
    expect(fs.used).toBe(before)
  })

  test('link counts', () => {
    const fs = new MemoryFs()
    const root = fs.root()
    fs.mkdir(root, 'd')
    fs.mkdir(root, 'e')
    expect(fs.stat(root, '.').nlink).toBe(4)
    const d = fs.openDir(root, 'd')
    const e = fs.openDir(root, 'e')
    fs.mkdir(d, 'sub')
    expect(fs.stat(root, 'd').nlink).toBe(3)
    fs.rename(d, 'sub', e, 'moved')
    expect([fs.stat(root, 'd').nlink, fs.stat(root, 'e').nlink]).toEqual([2, 3])
    fs.mkdir(d, 'target')
    fs.rename(e, 'moved', d, 'target')
    expect([fs.stat(root, 'd').nlink, fs.stat(root, 'e').nlink]).toEqual([3, 2])
    fs.rmdir(root, 'e')
    expect(fs.stat(root, '.').nlink).toBe(3)
    expect(errno(() => fs.mkdir(e, 'x'))).toBe('noent')
    expect(errno(() => fs.rename(d, 'target', e, 'x'))).toBe('noent')
    void fs.open(d, 'f', CREATE).close()
    fs.link(d, 'f', root, 'g')
    expect(fs.stat(d, 'f')).toEqual(fs.stat(root, 'g'))
    // rename between two links of one file does nothing (POSIX).
    fs.rename(d, 'f', root, 'g')
    expect(fs.stat(d, 'f').nlink).toBe(2)
  })

  test('rename into an own subdirectory, at any depth', () => {
    const fs = new MemoryFs({ files: { 'a/b/c/': '' } })
    const root = fs.root()
    const a = fs.openDir(root, 'a')
    const b = fs.openDir(a, 'b')
    const c = fs.openDir(b, 'c')
    for (const to of [a, b, c]) expect(errno(() => fs.rename(root, 'a', to, 'x'))).toBe('inval')
    fs.rename(b, 'c', root, 'c')
    expect(errno(() => fs.rename(root, 'a', c, 'x'))).toBeUndefined()
  })

  test('quota: bytes, names, inodes; a full disk takes what fits', () => {
    const fs = new MemoryFs({ quota: 10_000 })
    const root = fs.root()
    const file = fs.open(root, 'f', CREATE)
    const room = 10_000 - fs.used
    expect(file.write(new Uint8Array(20_000), 0)).toBe(room)
    expect(errno(() => file.write(bytes('x'), room))).toBe('nospc')
    expect(file.write(bytes('x'), 0)).toBe(1)
    expect(errno(() => fs.mkdir(root, 'd'))).toBe('nospc')
    expect(fs.used).toBe(10_000)
    file.truncate(0)
    expect(errno(() => file.truncate(1e15))).toBe('nospc')
    expect(errno(() => file.write(bytes('x'), 1e15))).toBe('nospc')
    let made = 0
    while (errno(() => void fs.open(root, `file${made}`, CREATE).close()) === undefined) made++
    expect(made).toBeLessThan(40)
    for (let i = 0; i < made; i++) fs.unlink(root, `file${i}`)
    fs.unlink(root, 'f')
    file.close()
    expect(fs.used).toBe(0)
  })

  test('sparse writes and shrinking leave zeros', () => {
    const fs = new MemoryFs()
    const file = fs.open(fs.root(), 'f', CREATE)
    file.write(bytes('abcdef'), 0)
    file.truncate(2)
    file.truncate(4)
    file.write(bytes('z'), 6)
    expect(fs.readFile('f')).toEqual(new Uint8Array([97, 98, 0, 0, 0, 0, 122]))
    expect(file.read(new Uint8Array(4), 100)).toBe(0)
  })

  test('times to the nanosecond, from the clock that it was given', () => {
    const clock = virtualClock({ start: 1_700_000_000_000_000_001n, step: 0 })
    const fs = new MemoryFs({ clock })
    const root = fs.root()
    const file = fs.open(root, 'f', CREATE)
    expect(file.stat()).toMatchObject({ mtime: time(1_700_000_000, 1) })
    clock.advance(time(1, 5))
    file.write(bytes('x'), 0)
    expect(file.stat()).toMatchObject({ atime: time(1_700_000_000, 1), mtime: time(1_700_000_001, 6), ctime: time(1_700_000_001, 6) })
    fs.setTimes(root, 'f', { atime: time(5, 999_999_999), mtime: undefined })
    expect(file.stat()).toMatchObject({ atime: time(5, 999_999_999), mtime: time(1_700_000_001, 6) })
    fs.setTimes(root, '.', { atime: undefined, mtime: 'now' })
    expect(fs.stat(root, '.').mtime).toEqual(time(1_700_000_001, 6))
  })

  test('names longer than 255 bytes', () => {
    const fs = new MemoryFs()
    const root = fs.root()
    expect(errno(() => fs.mkdir(root, 'ä'.repeat(128)))).toBe('nametoolong')
    expect(errno(() => fs.mkdir(root, 'ä'.repeat(127)))).toBeUndefined()
    expect(errno(() => fs.stat(root, 'x'.repeat(256)))).toBe('nametoolong')
  })

  test('handles only do what they were opened for', () => {
    const fs = new MemoryFs({ files: { f: 'x' } })
    const root = fs.root()
    const reader = fs.open(root, 'f', READ)
    expect(errno(() => reader.write(bytes('y'), 0))).toBe('badf')
    expect(errno(() => reader.truncate(0))).toBe('inval')
    const writer = fs.open(root, 'f', { ...READ, read: false, write: true })
    expect(errno(() => writer.read(new Uint8Array(1), 0))).toBe('badf')
  })

  // POSIX.1-2017, rename(), unlink(), link(), rmdir(), open(), ftruncate(): each line is one sentence of it.
  test('rules of POSIX, one by one', () => {
    const clock = virtualClock({ start: 1_000_000_000_000n, step: 1_000_000_000 })
    const fs = new MemoryFs({ clock })
    const root = fs.root()
    const make = (name: string): void => void fs.open(root, name, { ...CREATE, exclusive: true }).close()
    const times = (name: string): number[] => {
      const { atime, mtime, ctime } = fs.stat(root, name)
      return [atime.seconds, mtime.seconds, ctime.seconds]
    }
    const touched = (name: string, body: () => void): string => {
      const before = times(name)
      body()
      return times(name)
        .map((t, i) => (t === before[i] ? '-' : 'amc'[i]))
        .join('')
    }
    make('f')
    const file = fs.open(root, 'f', CREATE)
    const rules: [sentence: string, body: () => unknown, expected: unknown][] = [
      ['a new file has one link and no bytes', () => [fs.stat(root, 'f').nlink, fs.stat(root, 'f').size], [1, 0]],
      ['making an entry changes the times of the directory', () => touched('.', () => make('g')), '-mc'],
      ['so does removing one', () => touched('.', () => fs.unlink(root, 'g')), '-mc'],
      ['opening an existing file changes nothing', () => touched('f', () => void fs.open(root, 'f', CREATE).close()), '---'],
      ['O_TRUNC marks mtime and ctime', () => touched('f', () => void fs.open(root, 'f', { ...CREATE, truncate: true }).close()), '-mc'],
      ['writing marks mtime and ctime', () => touched('f', () => void file.write(bytes('abc'), 0)), '-mc'],
      ['writing nothing marks nothing', () => touched('f', () => void file.write(bytes(''), 100)), '---'],
      ['and does not make the file longer', () => file.size(), 3],
      ['reading marks atime', () => touched('f', () => void file.read(new Uint8Array(1), 0)), 'a--'],
      ['reading at the end does not', () => touched('f', () => void file.read(new Uint8Array(1), 3)), '---'],
      ['listing marks atime of the directory', () => touched('.', () => void fs.list(root)), 'a--'],
      ['a link marks ctime of the file', () => touched('f', () => fs.link(root, 'f', root, 'hard')), '--c'],
      ['both names are one file', () => fs.stat(root, 'hard').ino.lo === fs.stat(root, 'f').ino.lo, true],
      ['unlinking one marks ctime of the other', () => touched('f', () => fs.unlink(root, 'hard')), '--c'],
      ['setting times marks ctime', () => touched('f', () => fs.setTimes(root, 'f', { atime: time(1, 0), mtime: undefined })), 'a-c'],
      [
        'renaming marks both directories',
        () => (fs.mkdir(root, 'd'), touched('.', () => fs.rename(root, 'f', fs.openDir(root, 'd'), 'f'))),
        '-mc',
      ],
      ['also the new one', () => touched('d', () => fs.rename(fs.openDir(root, 'd'), 'f', root, 'f')), '-mc'],
      ['the file that is renamed stays the same', () => file.stat().ino.lo === fs.stat(root, 'f').ino.lo, true],
      [
        'what is replaced loses a link',
        () => (make('old'), fs.link(root, 'old', root, 'too'), fs.rename(root, 'f', root, 'old'), fs.stat(root, 'too').nlink),
        1,
      ],
      [
        'a file onto itself by another name: nothing happens',
        () => (fs.link(root, 'old', root, 'f'), touched('f', () => fs.rename(root, 'f', root, 'old'))),
        '---',
      ],
      ['and both names remain', () => [fs.stat(root, 'f').nlink, fs.stat(root, 'old').nlink], [2, 2]],
      ['a directory over a file', () => errno(() => fs.rename(root, 'd', root, 'f')), 'notdir'],
      ['a file over a directory', () => errno(() => fs.rename(root, 'f', root, 'd')), 'isdir'],
      ['a directory over an empty one', () => (fs.mkdir(root, 'e'), errno(() => fs.rename(root, 'd', root, 'e'))), undefined],
      [
        'a directory over a full one',
        () => (fs.mkdir(fs.openDir(root, 'e'), 'x'), fs.mkdir(root, 'd'), errno(() => fs.rename(root, 'd', root, 'e'))),
        'notempty',
      ],
      ['a directory into itself', () => errno(() => fs.rename(root, 'e', fs.openDir(root, 'e'), 'y')), 'inval'],
      ['a directory onto the one above it', () => errno(() => fs.rename(fs.openDir(root, 'e'), 'x', root, 'e')), 'notempty'],
      [
        'a file onto the directory above it',
        () => (fs.rename(root, 'too', fs.openDir(root, 'e'), 'too'), errno(() => fs.rename(fs.openDir(root, 'e'), 'too', root, 'e'))),
        'notempty',
      ],
      ['what is not there', () => errno(() => fs.rename(root, 'none', root, 'f')), 'noent'],
      ['a symlink is renamed itself', () => (fs.symlink('f', root, 'l'), fs.rename(root, 'l', root, 'm'), fs.readlink(root, 'm')), 'f'],
      ['and unlinked itself', () => (fs.unlink(root, 'm'), fs.stat(root, 'f').type), 'file'],
      [
        'a hard link to a symlink',
        () => (fs.symlink('f', root, 'l'), fs.link(root, 'l', root, 'm'), [fs.readlink(root, 'm'), fs.stat(root, 'l').nlink]),
        ['f', 2],
      ],
      ['a symlink is as long as its target in bytes', () => (fs.symlink('ä€', root, 'n'), fs.stat(root, 'n').size), 5],
      ['opening a symlink', () => errno(() => fs.open(root, 'l', READ)), 'loop'],
      ['O_CREAT | O_EXCL on a symlink', () => errno(() => fs.open(root, 'l', { ...CREATE, exclusive: true })), 'exist'],
      ['links to directories', () => errno(() => fs.link(root, 'd', root, 'x')), 'perm'],
      ['links over something', () => errno(() => fs.link(root, 'f', root, 'd')), 'exist'],
      ['unlink of a directory', () => errno(() => fs.unlink(root, 'd')), 'isdir'],
      ['rmdir of a file', () => errno(() => fs.rmdir(root, 'f')), 'notdir'],
      ['rmdir of a symlink', () => errno(() => fs.rmdir(root, 'l')), 'notdir'],
      ['rmdir of a full directory', () => errno(() => fs.rmdir(root, 'e')), 'notempty'],
      [
        'a removed directory that is held is empty',
        () => {
          const held = fs.openDir(root, 'd')
          fs.rmdir(root, 'd')
          return [
            fs.list(held),
            fs.stat(held, '.').nlink,
            errno(() => fs.open(held, 'x', CREATE)),
            errno(() => fs.symlink('x', held, 'x')),
            errno(() => fs.link(root, 'f', held, 'x')),
            errno(() => fs.stat(held, 'x')),
          ]
        },
        [[], 0, 'noent', 'noent', 'noent', 'noent'],
      ],
      [
        'extending leaves zeros where something was',
        () => (file.truncate(0), file.write(bytes('secret'), 0), file.truncate(1), file.truncate(6), [...fs.readFile('f')!]),
        [115, 0, 0, 0, 0, 0],
      ],
      ['a file larger than the engine allows', () => errno(() => file.truncate(2 ** 52)), 'nospc'],
      ['names of 255 bytes', () => errno(() => make('x'.repeat(255))), undefined],
      ['names of 256 bytes', () => errno(() => make('x'.repeat(256))), 'nametoolong'],
    ]
    for (const [sentence, body, expected] of rules) expect(body(), sentence).toEqual(expected)
  })
})
