/**
 * Attempts to get out of a grant or to do more than it allows: each attack on every file system (`test/helpers/file-systems.ts`)
 * and in every access mode, through the functions that a guest calls. After each attack, what lies outside must be as before.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fingerprint, kinds, removeTemporary, temporaryDirectory, type Tree } from '../../../test/helpers/file-systems.ts'
import { BUF, CREAT, DIRECTORY, END, EXCL, IOV, OUT, PATH, PATH2, READING, rooted, TestGuest, TRUNC } from '../../../test/helpers/guest.ts'
import { Trap } from '../../errors.ts'
import type { Access, FileSystemProvider } from '../../host/file-system.ts'
import { memoryFs } from '../../host/memory-fs.ts'
import { file as nodeFile, NodeFs } from '../../host/node/index.ts'
import { overlay } from '../../host/overlay-fs.ts'
import { DIRECTORY_RIGHTS, FILE_RIGHTS, RIGHT } from './abi.ts'

afterAll(removeTemporary)

const FILES: Tree = { 'a/b/deep': 'deep', 'a/file': 'in a', file: 'top', 'empty/': '' }
const LINKS: Tree = {
  escape: '-> ../outside',
  'a/escape2': '-> ../../outside/secret',
  'a/b/escape3': '-> ../../../outside',
  'escape-dir': '-> ..',
  'escape-late': '-> a/b/../../../outside/secret',
  'escape-chain': '-> a/b/escape3/secret',
  absolute: '-> /etc/passwd',
  'absolute-dir': '-> /',
  'new-outside': '-> ../outside/made',
  'new-absolute': '-> /vitrine-made',
  'inside-out-in': '-> ../box/file',
}
/** Paths that lead out, through symlinks where the file system has some. */
const LEXICAL = [
  '..',
  '../',
  '../.',
  '../box/file',
  '../outside/secret',
  'a/../../outside/secret',
  'a/b/../../../outside/secret',
  'a/./..//../outside/secret',
  'empty/../../box',
  '/',
  '//',
  '/etc/passwd',
  '/box/file',
  './../outside',
  'a/b/../../..',
]
const LINKED = [
  'escape/secret',
  'escape/',
  'escape/.',
  'escape/..',
  'a/escape2',
  'a/b/escape3/secret',
  'escape-dir/outside/secret',
  'escape-dir/',
  'escape-late',
  'escape-chain',
  'absolute',
  'absolute-dir/etc/passwd',
  'new-outside',
  'new-absolute',
  'inside-out-in',
  'escape/../box/file',
]

const modes: Access[] = ['rw', 'ro']
const W = FILE_RIGHTS

/** What a guest can try with one path. `follows`: whether the function looks behind a symlink at the path's end. */
const attempts: [name: string, follows: boolean, body: (g: TestGuest, path: string) => Promise<unknown>][] = [
  ['read', true, (g, p) => g.contents(3, p)],
  ['open a directory', true, (g, p) => g.open(3, p, { oflags: DIRECTORY })],
  ['write', true, (g, p) => g.open(3, p, { rights: W })],
  ['create', true, (g, p) => g.open(3, p, { oflags: CREAT, rights: W })],
  ['create anew', false, (g, p) => g.open(3, p, { oflags: CREAT | EXCL, rights: W })],
  ['truncate', true, (g, p) => g.open(3, p, { oflags: TRUNC, rights: W })],
  ['create and truncate', true, (g, p) => g.open(3, p, { oflags: CREAT | TRUNC, rights: W })],
  ['stat', true, (g, p) => g.looked('path_filestat_get', 3, 1, p, OUT)],
  ['set times', true, (g, p) => g.looked('path_filestat_set_times', 3, 1, p, 1, 0, 1, 0, 5)],
  ['mkdir', false, (g, p) => g.path('path_create_directory', 3, p)],
  ['rmdir', false, (g, p) => g.path('path_remove_directory', 3, p)],
  ['unlink', false, (g, p) => g.path('path_unlink_file', 3, p)],
  ['readlink', false, (g, p) => g.path('path_readlink', 3, p, BUF, 100, OUT)],
  ['symlink', false, (g, p) => g.symlink('file', 3, p)],
  ['link out', false, (g, p) => g.link(3, 'file', 3, p)],
  ['link in', false, (g, p) => g.link(3, p, 3, 'stolen')],
  ['rename out', false, (g, p) => g.rename(3, 'file', 3, p)],
  ['rename in', false, (g, p) => g.rename(3, p, 3, 'stolen')],
]

/** The last component is a symlink itself: functions that do not follow see the link, which is inside. */
const endsInLink = (path: string): boolean => path.replace(/\/$/, '') in LINKS

describe.each(kinds)('$name', (kind) => {
  const tree = kind.symlinks ? { ...FILES, ...LINKS } : FILES
  const make = async (access: Access): Promise<{ g: TestGuest; provider: FileSystemProvider }> => {
    const provider = await kind.build(tree)
    const ready = await rooted(provider)
    return {
      g: new TestGuest({ fs: { '/': { provider: ready, access }, '/second': { provider: ready, access: access === 'ro' ? 'rw' : 'ro' } } }),
      provider,
    }
  }

  describe.each(modes)('%s', (access) => {
    test.each(attempts)('%s: no path leads out', async (_name, follows, body) => {
      const { g, provider } = await make(access)
      const before = await fingerprint(provider)
      for (const path of [...LEXICAL, ...(kind.symlinks ? LINKED : [])]) {
        if (!follows && endsInLink(path)) continue
        expect(await body(g, path), path).toBe('notcapable')
        expect(await g.contents(3, 'stolen'), path).toBe('noent')
      }
      expect(await fingerprint(provider)).toBe(before)
      g.wasi.close()
    })

    test('a link at the end is what is removed, renamed and linked, never its target', async () => {
      if (!kind.symlinks) return
      for (const path of Object.keys(LINKS)) {
        const { g, provider } = await make(access)
        const before = await fingerprint(provider)
        await g.link(3, path, 3, 'hard')
        await g.rename(3, path, 3, 'moved')
        await g.path('path_unlink_file', 3, 'moved')
        await g.looked('path_filestat_set_times', 3, 0, 'hard', 1, 0, 1, 0, 5)
        // From another directory the target may mean something inside; what is read must never be what is outside.
        for (const name of ['hard', 'moved', path]) expect(await g.contents(3, name), `${path} as ${name}`).not.toBe('"secret"')
        expect(await fingerprint(provider), path).toBe(before)
        g.wasi.close()
      }
    })

    test('links that the guest makes itself', async () => {
      const { g, provider } = await make(access)
      const before = await fingerprint(provider)
      for (const [target, path] of [
        ['../outside/secret', 'l1'],
        ['../../outside/secret', 'a/l2'],
        ['../../../outside', 'a/b/l3'],
        ['/etc/passwd', 'l4'],
        ['..', 'l5'],
        ['l5/outside/secret', 'l6'],
        ['a/b/l3/secret', 'l7'],
      ] as const) {
        const made = await g.symlink(target, 3, path)
        if (target.startsWith('/')) expect(made).toBe('notcapable')
        else if (!kind.symlinks) expect(made).toBe(access === 'rw' ? 'notsup' : 'rofs')
        else expect(made, path).toBe(access === 'rw' && kind.writable ? 'success' : 'rofs')
      }
      for (const path of ['l1', 'a/l2', 'a/b/l3/secret', 'l4', 'l5/outside/secret', 'l6', 'l7']) {
        expect(['notcapable', 'noent'], path).toContain(await g.contents(3, path))
        // Where no link could be made, the name is free.
        if (kind.symlinks && path !== 'l4')
          expect(['notcapable', 'noent', 'rofs'], path).toContain(await g.open(3, path, { oflags: CREAT, rights: W }))
      }
      // Moved up, a harmless link points out.
      await g.symlink('../../file', 3, 'a/b/harmless')
      await g.rename(3, 'a/b/harmless', 3, 'harmful')
      expect(['notcapable', 'noent']).toContain(await g.contents(3, 'harmful'))
      expect(await fingerprint(provider)).toBe(before)
      g.wasi.close()
    })

    test('a directory handle stays where it is when its path is exchanged for a link', async () => {
      const { g, provider } = await make(access)
      const before = await fingerprint(provider)
      const dir = (await g.open(3, 'a/b', { oflags: DIRECTORY, rights: DIRECTORY_RIGHTS })) as number
      expect(typeof dir).toBe('number')
      await g.rename(3, 'a/b', 3, 'elsewhere')
      await g.symlink('../../outside', 3, 'a/b')
      for (const path of ['secret', '../secret', '../outside/secret', '..', '../../outside/secret'])
        expect(['noent', 'notcapable'], path).toContain(await g.contents(dir, path))
      await g.open(dir, 'made', { oflags: CREAT, rights: W })
      await g.path('path_create_directory', dir, 'made-too')
      expect(await fingerprint(provider)).toBe(before)
      g.wasi.close()
    })

    test('between grants of different rights', async () => {
      const { g, provider } = await make(access)
      const [ro, rw] = access === 'ro' ? [3, 4] : [4, 3]
      const writable = kind.writable
      for (const [from, to] of [
        [ro, rw],
        [rw, ro],
        [ro, ro],
      ] as const) {
        expect(await g.link(from, 'file', to, 'x'), `link ${from} ${to}`).toBe('rofs')
        expect(await g.rename(from, 'file', to, 'x'), `rename ${from} ${to}`).toBe('rofs')
      }
      for (const oflags of [TRUNC, CREAT, CREAT | TRUNC]) expect(await g.open(ro, 'file', { oflags })).toBe('rofs')
      expect(await g.open(ro, 'file', { oflags: TRUNC, rights: 0 })).toBe('rofs')
      expect(await g.open(ro, 'file', { rights: W })).toBe('rofs')
      expect(await g.open(ro, 'new', { oflags: CREAT })).toBe('rofs')
      const file = (await g.open(ro, 'file')) as number
      expect(await g.call('fd_filestat_set_times', file, 1, 0, 1, 0, 5)).toBe('rofs')
      expect(await g.call('fd_filestat_set_size', file, 0, 0)).toBe('notcapable')
      expect(await g.call('fd_allocate', file, 0, 0, 100, 0)).toBe('notcapable')
      expect(await g.write(file, 'x')).toBe('notcapable')
      expect(await g.call('fd_pwrite', file, ...g.iovecs([BUF, 1]), 0, 0, OUT)).toBe('notcapable')
      expect(await g.call('fd_fdstat_set_rights', file, W, 0, W, 0)).toBe('notcapable')
      expect(await g.call('fd_filestat_set_times', ro, 1, 0, 1, 0, 5)).toBe('rofs')
      expect(await g.looked('path_filestat_set_times', ro, 0, 'file', 1, 0, 1, 0, 5)).toBe('rofs')
      const below = (await g.open(ro, 'a', { oflags: DIRECTORY, rights: DIRECTORY_RIGHTS })) as number
      expect(await g.open(below, 'file', { rights: W })).toBe('rofs')
      expect(await g.path('path_unlink_file', below, 'file')).toBe('rofs')
      expect(await g.rename(below, 'file', rw, 'x')).toBe('rofs')
      // A renumbered read-only directory is still read-only, also in the place of the writable one.
      expect(await g.call('fd_renumber', below, rw)).toBe('success')
      expect(await g.open(rw, 'file', { rights: W })).toBe('rofs')
      expect(await g.contents(rw, '..')).toBe('notcapable')
      expect(await g.contents(ro, 'file')).toBe('"top"')
      expect(writable || (await fingerprint(provider)) === undefined).toBe(true)
      g.wasi.close()
    })

    test('names that mean something to other systems are only names', async () => {
      const { g, provider } = await make(access)
      const before = await fingerprint(provider)
      for (const name of [
        'CON',
        'NUL',
        'COM1',
        'COM¹',
        'AUX.txt',
        'C:',
        'C:\\x',
        '..\\outside\\secret',
        'file:stream',
        '\\\\?\\C:\\',
        '...',
        '. ',
        '.. ',
        '~',
        '$HOME',
        '%2e%2e',
        '．．',
        'constructor',
        '__proto__',
      ]) {
        const fd = await g.open(3, name, { oflags: CREAT, rights: W })
        if (typeof fd === 'number') {
          expect(await g.write(fd, 'own')).toBe('success')
          await g.call('fd_close', fd)
          expect(await g.contents(3, name)).toBe('"own"')
        } else expect(['rofs', 'inval', 'acces'], name).toContain(fd)
      }
      expect(await fingerprint(provider)).toBe(before)
      g.wasi.close()
    })

    test('numbers out of range', async () => {
      const { g } = await make(access)
      for (const bad of [-1, 0x20, 0x7fffffff, -0x80000000]) {
        expect(await g.call('path_open', 3, 0, ...g.put(PATH, 'file'), bad, READING, 0, 0, 0, 0, OUT)).toBe('inval')
        expect(await g.call('path_open', 3, 0, ...g.put(PATH, 'file'), 0, READING, 0, 0, 0, bad, OUT)).toBe('inval')
        expect(await g.call('path_open', 3, bad, ...g.put(PATH, 'file'), 0, READING, 0, 0, 0, 0, OUT)).toBe('inval')
        expect(await g.looked('path_filestat_get', 3, bad, 'file', OUT)).toBe('inval')
        expect(await g.looked('path_filestat_set_times', 3, 0, 'file', 0, 0, 0, 0, bad)).toBe('inval')
        expect(await g.call('path_link', 3, bad, ...g.put(PATH, 'file'), 3, ...g.put(PATH2, 'x'))).toBe('inval')
        expect(await g.call('fd_fdstat_set_flags', 3, bad)).toBe('inval')
        expect(await g.call('path_open', bad, 0, ...g.put(PATH, 'file'), 0, 0, 0, 0, 0, 0, OUT)).toBe('badf')
        expect(await g.call('fd_readdir', bad, BUF, 100, 0, 0, OUT)).toBe('badf')
      }
      const file = (await g.open(3, 'file')) as number
      for (const whence of [3, 255, -1]) expect(await g.call('fd_seek', file, 0, 0, whence, OUT)).toBe('inval')
      expect(await g.call('fd_seek', file, 0, -0x80000000, 1, OUT)).not.toBe('success')
      expect(await g.call('fd_seek', file, -1, 0x7fffffff, 0, OUT)).toBe('overflow')
      expect(await g.call('fd_pread', file, ...g.iovecs([BUF, 10]), -1, -1, OUT)).toBe('inval')
      expect(await g.call('fd_advise', file, 0, -1, 0, 0, 0)).toBe('inval')
      expect(await g.call('fd_readdir', 3, BUF, 100, -1, -1, OUT)).toBe('inval')
      // Times at both ends of a u64: taken or refused, but never a crash, and the file can still be looked at.
      for (const [lo, hi] of [
        [-1, -1],
        [0, -0x80000000],
        [-1, 0x7fffffff],
        [0, 0],
      ] as const) {
        expect(['success', 'rofs', 'inval', 'overflow', 'notsup']).toContain(
          await g.looked('path_filestat_set_times', 3, 0, 'file', lo, hi, lo, hi, 5),
        )
        expect(await g.looked('path_filestat_get', 3, 0, 'file', OUT)).toBe('success')
      }
      g.wasi.close()
    })

    test('iovecs and results outside of memory, overlapping, empty, huge', async () => {
      const { g } = await make(access)
      const file = (await g.open(3, 'file')) as number
      for (const name of ['fd_read', 'fd_pread']) {
        const rest = name === 'fd_pread' ? [0, 0, OUT] : [OUT]
        await expect(g.call(name, file, ...g.iovecs([BUF, 1], [END - 1, 2]), ...rest)).rejects.toThrow(Trap)
        await expect(g.call(name, file, ...g.iovecs([-1, -1]), ...rest)).rejects.toThrow(Trap)
        await expect(g.call(name, file, END - 4, 1, ...rest)).rejects.toThrow(Trap)
        expect(await g.call(name, file, IOV, -1, ...rest)).toBe('inval')
        expect(await g.call(name, file, ...g.iovecs([BUF, 3], [BUF, 3], [BUF + 1, 3]), ...rest)).toBe('success')
        expect(await g.call(name, file, ...g.iovecs([0, 0]), ...rest)).toBe('success')
        expect(g.u32()).toBe(0)
      }
      for (let i = 0; i < 200; i++) {
        expect(await g.call('fd_read', file, ...g.iovecs([BUF, 0], [BUF, 0]), OUT)).toBe('success')
        expect(await g.call('fd_read', file, IOV, 0, OUT)).toBe('success')
      }
      await expect(g.looked('path_filestat_get', 3, 0, 'file', END - 8)).rejects.toThrow(Trap)
      await expect(g.call('fd_readdir', 3, END - 4, 8, 0, 0, OUT)).rejects.toThrow(Trap)
      await expect(g.path('path_readlink', 3, 'file', END - 4, 8, OUT)).rejects.toThrow(Trap)
      await expect(g.call('path_unlink_file', 3, END - 1, 2)).rejects.toThrow(Trap)
      expect(await g.contents(3, 'file')).toBe('"top"')
      g.wasi.close()
    })

    test('rights that are given up never come back, on no way', async () => {
      const { g } = await make(access)
      const narrow = RIGHT.PATH_OPEN | RIGHT.FD_READ | RIGHT.FD_READDIR
      const open = (fd: number, path: string, oflags: number, rights: number, inheriting: number): Promise<string> =>
        g.call('path_open', fd, 1, ...g.put(PATH, path), oflags, rights, 0, inheriting, 0, 0, OUT)
      expect(await open(3, 'a', DIRECTORY, narrow, RIGHT.FD_READ)).toBe('success')
      const dir = g.u32()
      // What it does not hand on cannot be asked for, nor can more be set.
      expect(await open(dir, 'file', 0, RIGHT.FD_READ | RIGHT.FD_WRITE, 0)).toBe('notcapable')
      expect(await open(dir, 'new', CREAT, RIGHT.FD_READ, 0)).toBe('notcapable')
      expect(await open(dir, 'file', TRUNC, RIGHT.FD_READ, 0)).toBe('notcapable')
      expect(await g.call('fd_fdstat_set_rights', dir, -1, -1, -1, -1)).toBe('notcapable')
      expect(await open(dir, 'b', DIRECTORY, -1, -1)).toBe('notcapable')
      expect(await open(dir, 'b', DIRECTORY, -1 & ~RIGHT.FD_WRITE, -1)).toBe('success')
      const below = g.u32()
      expect(await g.path('path_create_directory', below, 'made')).toBe('notcapable')
      expect(await g.path('path_unlink_file', below, 'deep')).toBe('notcapable')
      expect(await g.rename(3, 'file', dir, 'file2')).toBe('notcapable')
      expect(await g.link(3, 'file', dir, 'file2')).toBe('notcapable')
      expect(await g.symlink('file', dir, 'l')).toBe('notcapable')
      // Another number, an older one with more rights too, changes nothing.
      expect(await open(dir, 'file', 0, -1 & ~RIGHT.FD_WRITE, -1)).toBe('success')
      const file = g.u32()
      expect(await g.call('fd_renumber', file, 4)).toBe('success')
      expect(await g.write(4, 'x')).toBe('notcapable')
      expect(await g.call('fd_filestat_set_size', 4, 0, 0)).toBe('notcapable')
      expect(await g.call('fd_allocate', 4, 0, 0, 9, 0)).toBe('notcapable')
      expect(await g.call('fd_renumber', dir, 3)).toBe('success')
      expect(await g.path('path_unlink_file', 3, 'file')).toBe('notcapable')
      expect(await g.open(3, '../file')).toBe('notcapable')
      expect(await g.call('fd_prestat_get', 3, OUT)).toBe('badf')
      expect(await g.contents(3, 'file')).toBe('"in a"')
      g.wasi.close()
    })

    test('odd paths: very long ones, dots and slashes at the end, NUL, kinds that exclude each other', async () => {
      const { g, provider } = await make(access)
      const before = await fingerprint(provider)
      const padded = (length: number): string => `${'./'.repeat((length - 4) / 2)}file`
      expect(await g.contents(3, padded(4096))).toBe('"top"')
      g.memory.fill(PATH, 4098, 0x2e)
      expect(await g.call('path_filestat_get', 3, 0, PATH, 4097, OUT)).toBe('nametoolong')
      expect(await g.contents(3, `${'a/../'.repeat(800)}file`)).toBe('"top"')
      expect(await g.contents(3, `${'a/../'.repeat(400)}../file`)).toBe('notcapable')
      expect(['nametoolong', 'noent']).toContain(await g.contents(3, 'n'.repeat(3000)))
      expect(['nametoolong', 'noent']).toContain(await g.contents(3, 'd/'.repeat(2000)))
      for (const path of ['file\0', '\0', 'a\0/../../outside', 'a/b\0deep']) {
        expect(await g.open(3, path)).toBe('inval')
        expect(await g.open(3, path, { oflags: CREAT })).toBe('inval')
        expect(await g.symlink(path, 3, 'nul')).toBe('inval')
        expect(await g.symlink('file', 3, path)).toBe('inval')
        expect(await g.rename(3, 'file', 3, path)).toBe('inval')
        expect(await g.link(3, path, 3, 'nul')).toBe('inval')
      }
      for (const path of ['new', 'file', 'a', 'a/', '.', 'new/']) {
        expect(await g.open(3, path, { oflags: CREAT | DIRECTORY })).toBe('inval')
        expect(await g.open(3, path, { oflags: CREAT | DIRECTORY | EXCL })).toBe('inval')
        expect(['isdir', 'inval']).toContain(await g.open(3, path, { oflags: DIRECTORY | TRUNC }))
      }
      for (const path of ['file/', 'file/.', 'file/..', 'file//', 'file/../file']) {
        expect(await g.contents(3, path), path).toBe('notdir')
        expect(await g.open(3, path, { oflags: CREAT }), path).toBe('notdir')
        expect(['notdir', 'rofs'], path).toContain(await g.path('path_unlink_file', 3, path))
        expect(['notdir', 'rofs'], path).toContain(await g.rename(3, path, 3, 'gone'))
        expect(['notdir', 'rofs'], path).toContain(await g.link(3, path, 3, 'hard'))
      }
      for (const path of ['.', 'a/..', './/', 'a/.', 'a/b/.', 'a/b/..']) {
        for (const attempt of [
          g.path('path_remove_directory', 3, path),
          g.path('path_unlink_file', 3, path),
          g.path('path_create_directory', 3, path),
          g.rename(3, path, 3, 'gone'),
          g.rename(3, 'file', 3, path),
          g.link(3, path, 3, 'hard'),
          g.symlink('file', 3, path),
        ])
          expect(await attempt, path).not.toBe('success')
      }
      expect(await fingerprint(provider)).toBe(before)
      g.wasi.close()
    })

    test('pointers and counts at the end of the address space; tables that are written while they are read', async () => {
      const { g } = await make(access)
      const file = (await g.open(3, 'file')) as number
      const traps = async (name: string, ...args: number[]): Promise<void> => {
        await expect(g.call(name, ...args), `${name} ${args.join(' ')}`).rejects.toThrow(Trap)
      }
      for (const [ptr, length] of [
        [-1, 1],
        [-1, -1],
        [0, -1],
        [-8, 16],
        [END - 1, 2],
        [-0x80000000, 1],
      ] as const) {
        // prettier-ignore
        await traps('path_open', 3, 0, ptr, length, 0, READING, 0, 0, 0, 0, OUT)
        await traps('path_unlink_file', 3, ptr, length)
        await traps('path_symlink', ptr, length, 3, ...g.put(PATH, 'x'))
        await traps('path_rename', 3, ...g.put(PATH, 'file'), 3, ptr, length)
        await traps('path_readlink', 3, ...g.put(PATH, 'file'), ptr, length, OUT)
        await traps('fd_readdir', 3, ptr, length, 0, 0, OUT)
        await traps('fd_read', file, ...g.iovecs([BUF, 1], [ptr, length]), OUT)
        await traps('fd_write', 1, ...g.iovecs([ptr, length]), OUT)
        await traps('random_get', ptr, length)
      }
      // n * size beyond 2^32: never taken modulo it.
      for (const count of [0x20000000, 0x20000001, -1, 0x5555556]) {
        expect(await g.call('fd_read', file, IOV, count, OUT)).toBe('inval')
        expect(await g.call('fd_write', 1, IOV, count, OUT)).toBe('inval')
        expect(await g.call('poll_oneoff', 0, BUF, count, OUT)).toBe('inval')
      }
      for (const last of [-4, -8, END]) await traps('fd_read', file, ...g.iovecs([BUF, 1]), last)
      for (const odd of [OUT + 1, OUT + 2, -1, -2]) {
        await traps('fd_read', file, ...g.iovecs([BUF, 1]), odd)
        await traps('path_open', 3, 0, ...g.put(PATH, 'file'), 0, READING, 0, 0, 0, 0, odd)
      }
      // The result lies in the table of buffers, a buffer in the table, the name in the buffer.
      expect(await g.call('fd_read', file, ...g.iovecs([IOV, 2], [BUF, 1]), IOV + 4)).toBe('success')
      expect(g.u32(IOV + 4)).toBe(3)
      expect(g.text(BUF, 1)).toBe('p')
      g.memory.fill(BUF, 96, 0)
      g.memory.setUint8(BUF + 8, 2)
      g.memory.setUint32(BUF + 16, 1)
      expect(await g.call('poll_oneoff', BUF, BUF + 8, 1, BUF)).toBe('success')
      expect(g.u32(BUF)).toBe(1)
      if (kind.symlinks) {
        expect(await g.call('path_readlink', 3, ...g.put(PATH, 'escape'), PATH, 6, OUT)).toBe('success')
        expect(g.text(PATH, g.u32())).toBe('../out')
      }
      expect(await g.call('fd_close', -1)).toBe('badf')
      expect(await g.call('fd_renumber', file, -1)).toBe('badf')
      expect(await g.call('fd_renumber', file, 0x7fffffff)).toBe('badf')
      g.wasi.close()
    })

    test('links and directories that change their place change what they mean, and never lead out', async () => {
      const { g, provider } = await make(access)
      const before = await fingerprint(provider)
      const dir = (await g.open(3, 'a/b', { oflags: DIRECTORY, rights: DIRECTORY_RIGHTS })) as number
      for (const path of ['..', '../file', '../../file', '../b/deep', './../file']) expect(await g.open(dir, path), path).toBe('notcapable')
      if (access === 'rw' && kind.writable && kind.symlinks) {
        // Inside of `a/b` this is `a/file`; at the top it would be beside the grant.
        expect(await g.symlink('../file', dir, 'up')).toBe('success')
        expect(await g.contents(3, 'a/b/up')).toBe('"in a"')
        expect(await g.contents(dir, 'up')).toBe('notcapable')
        const moved = await g.rename(dir, 'up', 3, 'up')
        if (moved === 'xdev') {
          expect(await g.path('path_unlink_file', dir, 'up')).toBe('success')
          expect(await g.symlink('../file', 3, 'up')).toBe('success')
        } else expect(moved).toBe('success')
        expect(await g.contents(3, 'up')).toBe('notcapable')
        expect(await g.open(3, 'up', { oflags: CREAT | TRUNC, rights: FILE_RIGHTS })).toBe('notcapable')
        if (kind.hardLinks && moved !== 'xdev') {
          expect(await g.link(3, 'up', dir, 'hard')).toBe('success')
          expect(await g.contents(3, 'a/b/hard')).toBe('"in a"')
          expect(await g.looked('path_filestat_get', 3, 1, 'up', OUT)).toBe('notcapable')
          expect(await g.path('path_unlink_file', dir, 'hard')).toBe('success')
        }
        expect(await g.path('path_unlink_file', 3, 'up')).toBe('success')
        // O_EXCL never follows, whatever the link leads to.
        for (const link of ['new-outside', 'new-absolute', 'escape', 'a/escape2'])
          expect(await g.open(3, link, { oflags: CREAT | EXCL, rights: FILE_RIGHTS }), link).toBe('exist')
      }
      // From one grant into the other, which has other rights: both ends must allow it.
      const between = [
        await g.rename(3, 'file', 4, 'a/file'),
        await g.rename(4, 'file', 3, 'a/file'),
        await g.link(3, 'file', 4, 'x'),
        await g.link(4, 'file', 3, 'x'),
        await g.rename(3, 'a/..', 4, 'x'),
        await g.rename(3, '../file', 4, 'x'),
      ]
      for (const [i, errno] of between.entries()) expect(['rofs', 'xdev', 'notcapable', 'perm', 'notsup'], `${i}`).toContain(errno)
      expect(await fingerprint(provider)).toBe(before)
      g.wasi.close()
    })

    test('using up descriptors, and two guests with nothing in common', async () => {
      const provider = await rooted(await kind.build(tree))
      const a = new TestGuest({ fs: { '/': { provider, access } }, limits: { fds: 20 } })
      const b = new TestGuest({ fs: { '/': memoryFs() } })
      const opened: number[] = []
      for (;;) {
        const fd = await a.open(3, opened.length % 2 === 0 ? 'file' : 'a/b')
        if (typeof fd === 'string') {
          expect(fd).toBe('mfile')
          break
        }
        opened.push(fd)
      }
      expect(opened.length).toBe(16)
      for (const fd of opened) expect(await b.read(fd)).toBe('badf')
      expect(await b.contents(3, 'file')).toBe('noent')
      for (const fd of opened) expect(await a.call('fd_close', fd)).toBe('success')
      for (let i = 0; i < 100; i++) expect(await a.contents(3, 'a/b/deep')).toBe('"deep"')
      for (let i = 0; i < 50; i++) {
        const [x, y] = [(await a.open(3, 'file')) as number, (await a.open(3, 'a/file')) as number]
        expect(await a.call('fd_renumber', x, y)).toBe('success')
        expect(await a.read(y)).toBe('"top"')
        expect(await a.call('fd_close', y)).toBe('success')
        expect(await a.call('fd_close', x)).toBe('badf')
      }
      a.wasi.close()
      b.wasi.close()
    })
  })
})

describe.each(modes)('single files, %s', (access) => {
  test('nothing else of the directory can be reached, and the name cannot be taken away', async () => {
    const top = temporaryDirectory()
    fs.writeFileSync(join(top, 'z.json'), '{}')
    fs.writeFileSync(join(top, 'secret'), 'secret')
    const g = new TestGuest({ fs: { '/etc/cfg.json': nodeFile(join(top, 'z.json'), { access }) } })
    expect(await g.contents(3, 'cfg.json')).toBe('"{}"')
    for (const path of ['secret', 'z.json', '../secret', 'cfg.json/../secret', './secret'])
      expect(['noent', 'notcapable', 'notdir'], path).toContain(await g.contents(3, path))
    expect(await g.call('fd_readdir', 3, BUF, 1000, 0, 0, OUT)).toBe('success')
    expect(g.text(BUF, g.u32())).toMatch(/cfg\.json$/)
    for (const attack of [
      () => g.open(3, 'new', { oflags: CREAT, rights: W }),
      () => g.path('path_create_directory', 3, 'new'),
      () => g.symlink('cfg.json', 3, 'new'),
      () => g.link(3, 'cfg.json', 3, 'new'),
      () => g.rename(3, 'cfg.json', 3, 'new'),
      () => g.path('path_unlink_file', 3, 'cfg.json'),
      () => g.call('fd_filestat_set_times', 3, 1, 0, 1, 0, 5),
    ])
      expect(['rofs', 'busy', 'xdev']).toContain(await attack())
    const fd = await g.open(3, 'cfg.json', { rights: W })
    if (access === 'ro') expect(fd).toBe('rofs')
    else expect(await g.write(fd as number, '[1]')).toBe('success')
    // Exchanged for a link meanwhile: refused.
    fs.renameSync(join(top, 'z.json'), join(top, 'old'))
    fs.symlinkSync('secret', join(top, 'z.json'))
    expect(await g.contents(3, 'cfg.json')).toBe('loop')
    expect(fs.readFileSync(join(top, 'old'), 'utf8')).toBe(access === 'ro' ? '{}' : '[1]')
    expect(fs.readdirSync(top).sort()).toEqual(['old', 'secret', 'z.json'])
    g.wasi.close()
  })
})

describe.runIf(process.platform !== 'win32')('FIFOs, devices and sockets', () => {
  test.each(['node', 'overlay over node'])('%s: are seen, but cannot be opened', async (name) => {
    const top = temporaryDirectory()
    execFileSync('mkfifo', [join(top, 'fifo')])
    const server = createServer().listen(join(top, 'socket'))
    await new Promise((resolve) => server.on('listening', resolve))
    const node = new NodeFs(top, 'rw', process.platform === 'linux')
    const g = new TestGuest({
      fs: { '/': name === 'node' ? node : overlay(node), '/dev': new NodeFs('/dev', 'rw', process.platform === 'linux') },
    })
    for (const [fd, path] of [
      [3, 'fifo'],
      [3, 'socket'],
      [4, 'null'],
      [4, 'zero'],
      [4, 'tty'],
    ] as const) {
      for (const o of [{}, { rights: W }, { oflags: CREAT, rights: W }, { oflags: TRUNC, rights: W }])
        expect(['acces', 'noent'], path).toContain(await g.open(fd, path, o))
      expect(await g.open(fd, path, { oflags: DIRECTORY })).toBe('notdir')
    }
    expect(await g.looked('path_filestat_get', 3, 0, 'fifo', OUT)).toBe('success')
    g.wasi.close()
    server.close()
  })
})

test('filling a file system past its quota', async () => {
  const memory = memoryFs({ quota: 100_000 })
  const over = overlay(memoryFs({ files: { big: 'x'.repeat(80_000), 'd/more': 'y'.repeat(80_000) } }), { quota: 100_000 })
  for (const provider of [memory, over]) {
    const g = new TestGuest({ fs: { '/': provider } })
    const errnos = new Set<string>()
    for (let i = 0; i < 400; i++) {
      const fd = await g.open(3, `file-${i}`, { oflags: CREAT, rights: W })
      errnos.add(typeof fd === 'number' ? await g.call('fd_write', fd, ...g.iovecs([BUF, 5000]), OUT) : fd)
      if (typeof fd === 'number') await g.call('fd_filestat_set_size', fd, -1, 0xff)
      if (typeof fd === 'number') await g.call('fd_close', fd)
      errnos.add(await g.path('path_create_directory', 3, `dir-${i}`))
      errnos.add(await g.symlink('x'.repeat(1000), 3, `link-${i}`))
    }
    expect([...errnos].sort()).toEqual(['nospc', 'success'])
    // What is there can still be read, and a copy that does not fit changes nothing.
    if (provider === over) {
      expect(await g.contents(3, 'd/more')).toBe(`"${'y'.repeat(1000)}"`)
      const fd = (await g.open(3, 'd/more', { rights: W })) as number
      expect(await g.write(fd, 'z')).toBe('nospc')
      expect(await g.contents(3, 'd/more')).toBe(`"${'y'.repeat(1000)}"`)
    }
    // A few names may have been looked up beyond it; never contents.
    expect(provider.used).toBeLessThan(102_000)
    g.wasi.close()
  }
})
