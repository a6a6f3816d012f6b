/** What the `fs` option becomes for the guest: directories in their order, single files put together by their parent's path. */
import { describe, expect, test } from 'vitest'
import { BUF, CREAT, OUT, TestGuest } from '../../test/helpers/guest.ts'
import { HostError } from '../errors.ts'
import { readOnly, singleFile } from '../host/file-system.ts'
import { memoryFs } from '../host/memory-fs.ts'
import { FILE_RIGHTS } from './preview1/abi.ts'
import { type FsOption, WASI } from './wasi.ts'

const file = (text: string, access: 'ro' | 'rw' = 'ro'): FsOption =>
  singleFile(memoryFs({ files: { f: text, secret: 'secret' } }), 'f', access)

async function preopens(g: TestGuest): Promise<string[]> {
  const paths: string[] = []
  for (let fd = 3; (await g.call('fd_prestat_get', fd, OUT)) === 'success'; fd++) {
    const length = g.u32(OUT + 4)
    expect(await g.call('fd_prestat_dir_name', fd, BUF, length)).toBe('success')
    paths.push(g.text(BUF, length))
  }
  return paths
}
async function names(g: TestGuest, fd: number): Promise<string[]> {
  expect(await g.call('fd_readdir', fd, BUF, 4096, 0, 0, OUT)).toBe('success')
  const found: string[] = []
  for (let at = BUF, end = BUF + g.u32(); at < end; at += 24 + g.u32(at + 16)) found.push(g.text(at + 24, g.u32(at + 16)))
  return found.slice(2).sort()
}

describe('single files', () => {
  test('files of one parent share a directory; everything keeps its place', async () => {
    const g = new TestGuest({
      fs: {
        '/etc/a': file('a'),
        '/data': memoryFs(),
        '/etc/b': file('b', 'rw'),
        top: file('top'),
        '/root-file': file('r'),
        'x/y/z': file('z'),
      },
    })
    expect(await preopens(g)).toEqual(['/etc', '/data', '.', '/', 'x/y'])
    expect(await names(g, 3)).toEqual(['a', 'b'])
    expect(await g.contents(3, 'a')).toBe('"a"')
    expect(await g.contents(5, 'top')).toBe('"top"')
    expect(await g.contents(6, 'root-file')).toBe('"r"')
    expect(await g.contents(7, 'z')).toBe('"z"')
    expect(await g.contents(3, 'secret')).toBe('noent')
    expect(await g.open(3, 'a', { rights: FILE_RIGHTS })).toBe('rofs')
    expect(typeof (await g.open(3, 'b', { rights: FILE_RIGHTS }))).toBe('number')
    expect(await g.open(3, 'c', { oflags: CREAT, rights: FILE_RIGHTS })).toBe('rofs')
    expect(g.wasi.grants.map((x) => `${x.kind} ${x.path} ${x.access}`)).toEqual([
      'file /etc/a ro',
      'directory /data rw',
      'file /etc/b rw',
      'file top ro',
      'file /root-file ro',
      'file x/y/z ro',
    ])
  })

  test.each([
    ['before', (dir: FsOption): Record<string, FsOption> => ({ '/etc': dir, '/etc/a': file('granted') })],
    ['after', (dir: FsOption): Record<string, FsOption> => ({ '/etc/a': file('granted'), '/etc': dir })],
  ])('beside a directory at the parent’s path, which comes %s', async (_when, table) => {
    const dir = memoryFs({ files: { a: 'hidden', other: 'other' } })
    const g = new TestGuest({ fs: table(dir) })
    expect(await preopens(g)).toEqual(['/etc'])
    expect(await names(g, 3)).toEqual(['a', 'other'])
    expect(await g.contents(3, 'a')).toBe('"granted"')
    expect(await g.open(3, 'a', { rights: FILE_RIGHTS })).toBe('rofs')
    expect(typeof (await g.open(3, 'new', { oflags: CREAT, rights: FILE_RIGHTS }))).toBe('number')
    expect(await g.path('path_unlink_file', 3, 'a')).toBe('busy')
    expect(await g.path('path_unlink_file', 3, 'other')).toBe('success')
    expect([dir.readText('a'), dir.readDir('/')]).toEqual(['hidden', ['a', 'new']])
    // A writable file does not make its read-only directory writable.
    const ro = new TestGuest({ fs: { '/etc': readOnly(dir), '/etc/b': file('b', 'rw') } })
    expect(typeof (await ro.open(3, 'b', { rights: FILE_RIGHTS }))).toBe('number')
    expect(await ro.open(3, 'a', { rights: FILE_RIGHTS })).toBe('rofs')
    expect(await ro.path('path_unlink_file', 3, 'a')).toBe('rofs')
  })

  test('paths that name no file', () => {
    for (const path of ['', '/', '.', '..', 'a/', '/a/.', '/a/..', 'a\0b'])
      expect(() => new WASI({ fs: { [path]: file('x') } }), path).toThrow(HostError)
  })
})

test('a provider that opens its root later is refused with its path', () => {
  const slow = Object.assign(Object.create(memoryFs()) as object, { root: () => Promise.resolve() }) as unknown as FsOption
  expect(() => new WASI({ fs: { '/slow': slow } })).toThrow(/\/slow/)
})
