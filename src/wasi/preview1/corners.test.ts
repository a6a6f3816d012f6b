/**
 * The corners of path_* and fd_* that programs and libcs rely on, through the functions a guest calls, on every complete file
 * system: paths of all shapes, trailing slashes, links that dangle or loop, preopens that are closed or replaced, rights, flags.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { kinds, removeTemporary, type Tree } from '../../../test/helpers/file-systems.ts'
import { BUF, CREAT, DIRECTORY, EXCL, OUT, PATH, PATH2, READING, rooted, TestGuest, TRUNC } from '../../../test/helpers/guest.ts'
import { memoryFs } from '../../host/memory-fs.ts'
import { DIRECTORY_RIGHTS, FILE_RIGHTS, FILETYPE, RIGHT } from './abi.ts'

afterAll(removeTemporary)

const complete = kinds.filter((k) => k.writable && k.symlinks && k.hardLinks)
const APPEND = 1
const NONBLOCK = 4
const DIR = { oflags: DIRECTORY, rights: DIRECTORY_RIGHTS }
const RW = { rights: FILE_RIGHTS }

describe.each(complete)('$name', (kind) => {
  const guest = async (tree: Tree = {}): Promise<TestGuest> =>
    new TestGuest({ fs: { '/data': await rooted(await kind.build(tree)), '/tmp': memoryFs() } })
  const isThere = async (g: TestGuest, path: string): Promise<boolean> =>
    (await g.looked('path_filestat_get', 3, 0, path, OUT)) === 'success'
  const size = async (g: TestGuest, fd: number): Promise<bigint> => {
    expect(await g.call('fd_filestat_get', fd, OUT)).toBe('success')
    return g.u64(OUT + 32)
  }

  test('paths of all shapes', async () => {
    const g = await guest({ 'dir/nested/file': 'x' })
    for (const path of ['dir/nested/file', 'dir/.//nested/../../dir/nested/../nested///./file', './dir/nested/file', 'dir//nested//file'])
      expect(await g.contents(3, path), path).toBe('"x"')
    for (const [path, errno] of [
      ['/dir/nested/file', 'notcapable'],
      ['dir/nested/file/', 'notdir'],
      ['dir/nested/file/.', 'notdir'],
      ['dir/nested/file/..', 'notdir'],
      ['dir/nested/../../..', 'notcapable'],
      ['dir/nested/fil', 'noent'],
      ['dir/nested/file\0', 'inval'],
      ['dir\0/nested/file', 'inval'],
      ['', 'noent'],
      ['x'.repeat(300), 'nametoolong'],
    ] as const)
      expect(await g.contents(3, path), path).toBe(errno)
    for (const path of ['dir/nested/', 'dir/nested/.', 'dir/nested/../nested', 'dir/', '.', './', 'dir/..']) {
      const fd = (await g.open(3, path, DIR)) as number
      expect(typeof fd, path).toBe('number')
      expect(await g.call('fd_close', fd)).toBe('success')
    }
  })

  test('trailing slashes of mkdir, rmdir, unlink, rename, symlink', async () => {
    const g = await guest({ f: '', 'd/': '' })
    expect(await g.path('path_create_directory', 3, 'new/')).toBe('success')
    expect(await g.path('path_remove_directory', 3, 'new/')).toBe('success')
    expect(await g.path('path_remove_directory', 3, 'f/')).toBe('notdir')
    expect(await g.path('path_unlink_file', 3, 'f/')).toBe('notdir')
    expect(await g.path('path_unlink_file', 3, 'd/')).toBe('isdir')
    expect(await g.path('path_unlink_file', 3, 'none/')).toBe('noent')
    expect(await g.rename(3, 'd/', 3, 'e/')).toBe('success')
    expect(await g.rename(3, 'e', 3, 'd/')).toBe('success')
    expect(await g.rename(3, 'f/', 3, 'g')).toBe('notdir')
    expect(await g.rename(3, 'f', 3, 'g/')).toBe('notdir')
    expect(await g.symlink('f', 3, 'l/')).toBe('noent')
    expect(await g.symlink('f', 3, 'd/')).toBe('exist')
    expect(await g.symlink('f', 3, 'f/')).toBe('notdir')
    expect(await g.link(3, 'f', 3, 'd/')).toBe('exist')
    expect(await g.link(3, 'f', 3, 'none/')).toBe('noent')
    expect([await isThere(g, 'f'), await isThere(g, 'd')]).toEqual([true, true])
  })

  test('links that dangle, loop, or are not to be followed', async () => {
    const g = await guest({ dangling: '-> target', self: '-> self', 'd/f': 'x', dl: '-> d', fl: '-> d/f' })
    expect(await g.open(3, 'dangling')).toBe('noent')
    expect(await g.open(3, 'dangling', { follow: 0 })).toBe('loop')
    expect(await g.open(3, 'dangling', { oflags: DIRECTORY, follow: 0 })).toBe('loop')
    expect(await g.open(3, 'dangling', { oflags: CREAT | EXCL, ...RW })).toBe('exist')
    expect(await g.open(3, 'self')).toBe('loop')
    expect(await g.looked('path_filestat_get', 3, 1, 'self', OUT)).toBe('loop')
    expect(await g.looked('path_filestat_get', 3, 0, 'self', OUT)).toBe('success')
    expect([g.memory.getUint8(OUT + 16), g.u64(OUT + 32)]).toEqual([FILETYPE.symbolic_link, 4n])
    for (const path of ['dl', 'fl']) expect(await g.open(3, path, { follow: 0 }), path).toBe('loop')
    expect(await g.open(3, 'dl', { oflags: DIRECTORY, follow: 0 })).toBe('loop')
    expect(await g.open(3, 'fl', { oflags: DIRECTORY })).toBe('notdir')
    expect(typeof (await g.open(3, 'dl', DIR))).toBe('number')
    expect(await g.open(3, 'fl', { oflags: TRUNC, follow: 0, ...RW })).toBe('loop')
    expect(await g.contents(3, 'd/f')).toBe('"x"')
    // Through a dangling link a file is made where the link points.
    const made = (await g.open(3, 'dangling', { oflags: CREAT, ...RW })) as number
    expect(await g.write(made, 'made')).toBe('success')
    expect(await g.contents(3, 'target')).toBe('"made"')
    expect(await g.symlink('', 3, 'empty')).toBe('noent')
    g.memory.fill(BUF, 16, 0x7a)
    for (const [room, text] of [
      [10, 'd/fzz'],
      [2, 'd/zzz'],
      [0, 'zzzzz'],
    ] as const) {
      g.memory.fill(BUF, 16, 0x7a)
      expect(await g.path('path_readlink', 3, 'fl', BUF, room, OUT)).toBe('success')
      expect([g.u32(), g.text(BUF, 5)]).toEqual([Math.min(room, 3), text])
    }
  })

  test('rename: over files and directories, onto itself, between directories', async () => {
    const g = await guest({ a: 'a', b: 'b', 'empty/': '', 'full/x': 'x', 'other/': '' })
    expect(await g.rename(3, 'a', 3, 'b')).toBe('success')
    expect([await g.contents(3, 'b'), await isThere(g, 'a')]).toEqual(['"a"', false])
    expect(await g.rename(3, 'b', 3, 'b')).toBe('success')
    expect(await g.rename(3, 'b', 3, 'empty')).toBe('isdir')
    expect(await g.rename(3, 'empty', 3, 'b')).toBe('notdir')
    expect(await g.rename(3, 'empty', 3, 'full')).toBe('notempty')
    expect(await g.rename(3, 'full', 3, 'empty')).toBe('success')
    expect(await g.rename(3, 'empty', 3, 'empty/x/y')).toBe('notdir')
    expect(await g.rename(3, 'other', 3, 'other/inside')).toBe('inval')
    expect(await g.rename(3, '.', 3, 'x')).toBe('busy')
    const dir = (await g.open(3, 'other', DIR)) as number
    expect(await g.rename(3, 'empty/x', dir, 'y')).toBe('success')
    expect(await g.contents(dir, 'y')).toBe('"x"')
    expect(await g.rename(dir, 'y', 4, 'y')).toBe('xdev')
    expect(await g.link(dir, 'y', 4, 'y')).toBe('xdev')
    expect(await g.rename(dir, '../b', dir, 'b')).toBe('notcapable')
  })

  test('an open file without a name, a directory without a place', async () => {
    const g = await guest({ 'd/': '', f: 'old' })
    const fd = (await g.open(3, 'f', RW)) as number
    expect(await g.path('path_unlink_file', 3, 'f')).toBe('success')
    const other = (await g.open(3, 'f', { oflags: CREAT | EXCL, ...RW })) as number
    expect(await g.write(other, 'new')).toBe('success')
    expect(await g.read(fd)).toBe('"old"')
    expect(await g.write(fd, 'er')).toBe('success')
    expect([await size(g, fd), await size(g, other)]).toEqual([5n, 3n])
    if (!kind.staysOnDirectory) return
    const dir = (await g.open(3, 'd', DIR)) as number
    expect(await g.path('path_remove_directory', 3, 'd')).toBe('success')
    expect(await g.open(dir, 'x', { oflags: CREAT, ...RW })).toBe('noent')
    expect(await g.path('path_create_directory', dir, 'x')).toBe('noent')
    expect(await g.path('path_create_directory', 3, 'd')).toBe('success')
    expect(await g.open(dir, 'x')).toBe('noent')
    expect(await g.call('fd_filestat_get', dir, OUT)).toBe('success')
    expect(await g.call('fd_close', dir)).toBe('success')
  })

  test('two descriptors on one file have offsets of their own and see each other’s bytes', async () => {
    const g = await guest({ f: '' })
    const [one, two] = [(await g.open(3, 'f', RW)) as number, (await g.open(3, 'f', RW)) as number]
    expect(await g.write(one, 'abcdef')).toBe('success')
    expect([await g.read(two, 3), await g.read(one), await g.read(two)]).toEqual(['"abc"', '""', '"def"'])
    expect(await g.call('fd_filestat_set_size', one, 2, 0)).toBe('success')
    expect(await g.read(two)).toBe('""')
    expect(await g.write(two, '!')).toBe('success')
    expect(await g.call('fd_pread', one, ...g.iovecs([BUF, 20]), 0, 0, OUT)).toBe('success')
    expect(g.text(BUF, g.u32())).toBe('ab\0\0\0\0!')
    await g.open(3, 'f', { oflags: TRUNC, ...RW })
    expect([await size(g, one), await size(g, two)]).toEqual([0n, 0n])
    // Past the end: the gap is zeros; APPEND writes at the end whatever the offset is.
    expect(await g.call('fd_pwrite', one, ...g.iovecs(g.put(BUF, 'z')), 3, 0, OUT)).toBe('success')
    const append = (await g.open(3, 'f', { ...RW, fdflags: APPEND })) as number
    expect(await g.write(append, '+')).toBe('success')
    expect(await g.call('fd_pwrite', append, ...g.iovecs(g.put(BUF, '-')), 0, 0, OUT)).toBe('success')
    expect(await g.contents(3, 'f')).toBe('"\0\0\0z+-"')
  })

  test('kinds, inodes and links as stat tells them', async () => {
    const g = await guest({ 'd/f': 'abc', l: '-> d' })
    const seen: Record<string, [type: number, ino: bigint, nlink: bigint, size: bigint, dev: bigint]> = {}
    for (const path of ['d', 'd/f', 'l']) {
      expect(await g.looked('path_filestat_get', 3, 0, path, OUT)).toBe('success')
      seen[path] = [g.memory.getUint8(OUT + 16), g.u64(OUT + 8), g.u64(OUT + 24), g.u64(OUT + 32), g.u64(OUT)]
    }
    expect(Object.values(seen).map(([type]) => type)).toEqual([FILETYPE.directory, FILETYPE.regular_file, FILETYPE.symbolic_link])
    expect(new Set(Object.values(seen).map(([, ino]) => ino)).size).toBe(3)
    expect([seen['d/f']![2], seen['d/f']![3], seen.l![3]]).toEqual([1n, 3n, 1n])
    expect(await g.link(3, 'd/f', 3, 'hard')).toBe('success')
    const fd = (await g.open(3, 'hard')) as number
    expect(await g.call('fd_filestat_get', fd, OUT)).toBe('success')
    expect([g.u64(OUT), g.u64(OUT + 8), g.u64(OUT + 24)]).toEqual([seen['d/f']![4], seen['d/f']![1], 2n])
    expect(await g.looked('path_filestat_get', 3, 1, 'l', OUT)).toBe('success')
    expect(g.u64(OUT + 8)).toBe(seen.d![1])
    // The same inode in listings, also when the name is a link.
    const dir = (await g.open(3, '.', DIR)) as number
    expect(await g.call('fd_readdir', dir, BUF, 4096, 0, 0, OUT)).toBe('success')
    const listed = new Map<string, bigint>()
    for (let at = BUF, end = BUF + g.u32(); at < end; at += 24 + g.u32(at + 16)) listed.set(g.text(at + 24, g.u32(at + 16)), g.u64(at + 8))
    expect([listed.get('d'), listed.get('l'), listed.get('hard')]).toEqual([seen.d![1], seen.l![1], seen['d/f']![1]])
  })

  test('times: set by path, by descriptor, of links and of directories', async () => {
    const g = await guest({ f: 'x', 'd/': '', l: '-> f' })
    const mtime = async (flags: number, path: string): Promise<bigint> => {
      expect(await g.looked('path_filestat_get', 3, flags, path, OUT)).toBe('success')
      return g.u64(OUT + 48)
    }
    const T = 0x12345678_9abcdef1n
    const [lo, hi] = [Number(BigInt.asIntN(32, T)), Number(T >> 32n)]
    for (const path of ['f', 'd']) {
      expect(await g.looked('path_filestat_set_times', 3, 0, path, 0, 0, lo, hi, 4)).toBe('success')
      expect(await mtime(0, path), path).toBe(T)
    }
    expect(await g.looked('path_filestat_set_times', 3, 1, 'l', 0, 0, 7, 0, 4)).toBe('success')
    expect([await mtime(1, 'l'), await mtime(0, 'f')]).toEqual([7n, 7n])
    expect(await g.looked('path_filestat_set_times', 3, 0, 'l', 0, 0, 9, 0, 4)).toBe('success')
    expect([await mtime(0, 'l'), await mtime(0, 'f')]).toEqual([9n, 7n])
    const fd = (await g.open(3, 'f', RW)) as number
    expect(await g.call('fd_filestat_set_times', fd, lo, hi, lo, hi, 5)).toBe('success')
    expect(await mtime(0, 'f')).toBe(T)
    expect(await g.write(fd, 'y')).toBe('success')
    expect(await mtime(0, 'f')).toBeGreaterThan(T)
  })

  test('preopens: closed, replaced, renumbered', async () => {
    const g = await guest({ 'd/': '', f: 'x' })
    expect(await g.call('fd_prestat_get', 4, OUT)).toBe('success')
    expect(await g.call('fd_close', 4)).toBe('success')
    for (const name of ['fd_prestat_get', 'fd_filestat_get', 'fd_fdstat_get']) expect(await g.call(name, 4, OUT), name).toBe('badf')
    expect(await g.path('path_create_directory', 4, 'x')).toBe('badf')
    const dir = (await g.open(3, 'd', DIR)) as number
    expect(dir).toBe(4)
    expect(await g.call('fd_renumber', dir, 3)).toBe('success')
    expect(await g.call('fd_prestat_get', 3, OUT)).toBe('badf')
    expect(await g.contents(3, 'f')).toBe('noent')
    expect(await g.contents(3, '../f')).toBe('notcapable')
    expect(await g.call('fd_close', 3)).toBe('success')
    expect(await g.contents(3, 'f')).toBe('badf')
  })

  test('rights and flags of what is opened', async () => {
    const g = await guest({ 'd/f': 'x' })
    const fdstat = async (fd: number): Promise<[type: number, flags: number, rights: number, inheriting: number]> => {
      expect(await g.call('fd_fdstat_get', fd, OUT)).toBe('success')
      expect(g.u32(OUT + 12) | g.u32(OUT + 20)).toBe(0)
      return [g.memory.getUint8(OUT), g.memory.getUint16(OUT + 2), g.u32(OUT + 8), g.u32(OUT + 16)]
    }
    expect(await fdstat(3)).toEqual([FILETYPE.directory, 0, DIRECTORY_RIGHTS, DIRECTORY_RIGHTS | FILE_RIGHTS])
    const file = (await g.open(3, 'd/f', { rights: -1, fdflags: APPEND | NONBLOCK })) as number
    expect((await fdstat(file)).slice(0, 3)).toEqual([FILETYPE.regular_file, APPEND | NONBLOCK, FILE_RIGHTS])
    expect(await g.call('fd_fdstat_set_flags', file, NONBLOCK)).toBe('success')
    expect((await fdstat(file))[1]).toBe(NONBLOCK)
    // Without the right to truncate on the directory, O_TRUNC is refused before anything happens.
    const dir = (await g.open(3, 'd', { oflags: DIRECTORY, rights: DIRECTORY_RIGHTS & ~RIGHT.PATH_FILESTAT_SET_SIZE })) as number
    expect(await g.open(dir, 'f', { oflags: TRUNC, ...RW })).toBe('notcapable')
    expect(await g.contents(dir, 'f')).toBe('"x"')
    expect(await g.call('fd_fdstat_set_rights', dir, RIGHT.PATH_OPEN, 0, RIGHT.FD_READ, 0)).toBe('success')
    expect(await g.open(dir, 'f', RW)).toBe('notcapable')
    expect(await g.open(dir, 'new', { oflags: CREAT, rights: RIGHT.FD_READ })).toBe('notcapable')
    expect(await g.looked('path_filestat_get', dir, 0, 'f', OUT)).toBe('notcapable')
    const reader = (await g.open(dir, 'f', { rights: READING })) as number
    expect((await fdstat(reader)).slice(2)).toEqual([RIGHT.FD_READ, RIGHT.FD_READ])
    // Directories are no files, files no directories, and neither is a stream.
    expect(await g.open(3, 'd', { oflags: DIRECTORY, rights: -1 })).toBe('isdir')
    expect(await g.open(reader, 'f')).toBe('notdir')
    expect(await g.call('fd_readdir', reader, BUF, 100, 0, 0, OUT)).toBe('notdir')
    expect(await g.read(dir)).toBe('isdir')
    for (const [name, ...args] of [
      ['path_symlink', ...g.put(PATH2, 'x'), 99, ...g.put(PATH, 'y')],
      ['path_create_directory', 99, ...g.put(PATH, 'y')],
      ['fd_close', 99],
      ['fd_sync', 99],
      ['fd_renumber', 99, 3],
    ] as const)
      expect(await g.call(name as string, ...(args as number[])), name as string).toBe('badf')
  })
})
