/**
 * Every Preview 1 function called directly, as the engine calls it, against memories of its own: one test per function and
 * corner of the ABI. File tests run on the in-memory and the Node provider.
 */
import fs from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Trap } from '../../errors.ts'
import { fixedClock, virtualClock } from '../../host/clock.ts'
import { readOnly } from '../../host/file-system.ts'
import { memoryFs } from '../../host/memory-fs.ts'
import { directory } from '../../host/node/index.ts'
import { seededRandom } from '../../host/random.ts'
import { collect, type Input } from '../../host/streams.ts'
import type { Caller } from '../../runtime/host-function.ts'
import { Memory } from '../../runtime/memory.ts'
import { formatFuncType } from '../../spec/types.ts'
import { type DirectoryOption, WASI, type WASIOptions } from '../wasi.ts'
import { ERRNO, FILE_RIGHTS, FILETYPE, RIGHT } from './abi.ts'
import { parseSignature } from './imports.ts'

const names = new Map<number, string>(Object.entries(ERRNO).map(([name, n]) => [n, name]))
/** Where the helpers put things in guest memory. */
const OUT = 1024
const PATH = 2048
const PATH2 = 4096
const IOV = 8192
const BUF = 16384
const END = 4 * 65536

class Guest {
  readonly wasi: WASI
  readonly memory = new Memory({ limits: { min: 4, max: undefined, is64: false }, shared: false, pageSizeLog2: 16 }, 1 << 30)
  exited: number | undefined
  private readonly caller: Caller = { memory: this.memory, exit: (code) => (this.exited = code) }

  constructor(options: WASIOptions = {}) {
    this.wasi = new WASI(options)
  }
  raw(name: string, ...args: number[]): unknown {
    return (this.wasi.imports.wasi_snapshot_preview1[name]!.call as (caller: Caller, ...args: number[]) => unknown)(this.caller, ...args)
  }
  /** The errno's name of a call that must answer at once. */
  call(name: string, ...args: number[]): string {
    const result = this.raw(name, ...args)
    expect(typeof result, `${name} answered later`).toBe('number')
    return names.get(result as number)!
  }
  async later(name: string, ...args: number[]): Promise<string> {
    const result = this.raw(name, ...args)
    expect(result, `${name} answered at once`).toBeInstanceOf(Promise)
    return names.get((await result) as number)!
  }
  put(ptr: number, text: string): [ptr: number, length: number] {
    const bytes = new TextEncoder().encode(text)
    this.memory.write(ptr, bytes)
    return [ptr, bytes.length]
  }
  text(ptr: number, length: number): string {
    return new TextDecoder().decode(this.memory.read(ptr, length).slice())
  }
  u32(ptr = OUT): number {
    return this.memory.getUint32(ptr)
  }
  u64(ptr = OUT): bigint {
    return this.memory.view.getBigUint64(ptr, true)
  }
  /** path_open; the fd, or the errno's name. */
  open(
    fd: number,
    path: string,
    o: { oflags?: number; rights?: number; inheriting?: number; fdflags?: number; follow?: number } = {},
  ): number | string {
    const rights = o.rights ?? FILE_RIGHTS & ~(RIGHT.FD_WRITE | RIGHT.FD_ALLOCATE | RIGHT.FD_FILESTAT_SET_SIZE)
    const e = this.call(
      'path_open',
      fd,
      o.follow ?? 1,
      ...this.put(PATH, path),
      o.oflags ?? 0,
      rights,
      0,
      o.inheriting ?? -1,
      0,
      o.fdflags ?? 0,
      OUT,
    )
    return e === 'success' ? this.u32() : e
  }
  openRw(path: string, fdflags = 0): number {
    const fd = this.open(3, path, { oflags: CREAT, rights: FILE_RIGHTS, fdflags })
    expect(fd).toBeTypeOf('number')
    return fd as number
  }
  iovecs(...list: [ptr: number, length: number][]): [ptr: number, count: number] {
    list.forEach(([ptr, length], i) => {
      this.memory.setUint32(IOV + i * 8, ptr)
      this.memory.setUint32(IOV + i * 8 + 4, length)
    })
    return [IOV, list.length]
  }
  write(fd: number, text: string): string {
    return this.call('fd_write', fd, ...this.iovecs(this.put(BUF, text)), OUT)
  }
  read(fd: number, size = 100): string {
    const e = this.call('fd_read', fd, ...this.iovecs([BUF, size]), OUT)
    return e === 'success' ? `"${this.text(BUF, this.u32())}"` : e
  }
  seek(fd: number, offset: number, whence = 0): string {
    const e = this.call('fd_seek', fd, offset | 0, offset < 0 ? -1 : Math.floor(offset / 2 ** 32), whence, OUT)
    return e === 'success' ? String(this.u64()) : e
  }
  path(name: string, fd: number, path: string, ...rest: number[]): string {
    return this.call(name, fd, ...this.put(PATH, path), ...rest)
  }
  fdstat(fd: number): { type: number; flags: number; rights: number; inheriting: number } {
    expect(this.call('fd_fdstat_get', fd, OUT)).toBe('success')
    return {
      type: this.memory.getUint8(OUT),
      flags: this.memory.getUint16(OUT + 2),
      rights: this.u32(OUT + 8),
      inheriting: this.u32(OUT + 16),
    }
  }
  readdir(
    fd: number,
    cookie = 0,
    length = 4096,
  ): { names: string[]; next: bigint[]; inos: bigint[]; types: number[]; used: number; raw: Uint8Array } {
    expect(this.call('fd_readdir', fd, BUF, length, cookie, 0, OUT)).toBe('success')
    const used = this.u32()
    const result = {
      names: [] as string[],
      next: [] as bigint[],
      inos: [] as bigint[],
      types: [] as number[],
      used,
      raw: this.memory.read(BUF, used).slice(),
    }
    for (let at = 0; at + 24 <= used;) {
      const length = this.u32(BUF + at + 16)
      if (at + 24 + length > used) break
      result.next.push(this.u64(BUF + at))
      result.inos.push(this.u64(BUF + at + 8))
      result.types.push(this.memory.getUint8(BUF + at + 20))
      result.names.push(this.text(BUF + at + 24, length))
      at += 24 + length
    }
    return result
  }
}

const CREAT = 1
const DIRECTORY = 2
const EXCL = 4
const TRUNC = 8
const APPEND = 1
const NONBLOCK = 4

const top = fs.mkdtempSync(join(os.tmpdir(), 'vitrine-preview1-'))
afterAll(() => fs.rmSync(top, { recursive: true, force: true }))
let dirs = 0

describe('the import object', () => {
  const imports = new Guest().wasi.imports.wasi_snapshot_preview1
  test('has all 46 functions', () => {
    expect(Object.keys(imports).sort()).toEqual(
      `args_get args_sizes_get clock_res_get clock_time_get environ_get environ_sizes_get fd_advise fd_allocate fd_close fd_datasync fd_fdstat_get
      fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_get fd_filestat_set_size fd_filestat_set_times fd_prestat_dir_name fd_prestat_get fd_pread
      fd_pwrite fd_read fd_readdir fd_renumber fd_seek fd_sync fd_tell fd_write path_create_directory path_filestat_get path_filestat_set_times
      path_link path_open path_readlink path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff proc_exit proc_raise random_get
      sched_yield sock_accept sock_recv sock_send sock_shutdown`
        .split(/\s+/)
        .sort(),
    )
    expect(Object.keys(imports).length).toBe(46)
  })
  test('types', () => {
    expect(formatFuncType(imports.path_open!.type)).toBe('[i32 i32 i32 i32 i32 i64 i64 i32 i32] -> [i32]')
    expect(formatFuncType(imports.proc_exit!.type)).toBe('[i32] -> []')
    expect(formatFuncType(imports.sched_yield!.type)).toBe('[] -> [i32]')
    expect(parseSignature('i32 i64 -> i32').params.length).toBe(2)
  })
})

describe('arguments, environment, random, exit', () => {
  test('args and environ', () => {
    const g = new Guest({ argv0: 'me', args: ['ä', ''], env: { A: '1', B: 'x=y' } })
    expect(g.call('args_sizes_get', OUT, OUT + 4)).toBe('success')
    expect([g.u32(), g.u32(OUT + 4)]).toEqual([3, 3 + 3 + 1])
    expect(g.call('args_get', OUT, BUF)).toBe('success')
    expect([g.u32(OUT), g.u32(OUT + 4), g.u32(OUT + 8)]).toEqual([BUF, BUF + 3, BUF + 6])
    expect(g.text(BUF, 7)).toBe('me\0ä\0\0')
    expect(g.call('environ_sizes_get', OUT, OUT + 4)).toBe('success')
    expect([g.u32(), g.u32(OUT + 4)]).toEqual([2, 10])
    expect(g.call('environ_get', OUT, BUF)).toBe('success')
    expect(g.text(BUF, 10)).toBe('A=1\0B=x=y\0')
    expect(() => new WASI({ args: ['a\0b'] })).toThrow(/NUL/)
    expect(() => new WASI({ env: { 'A=B': '' } })).toThrow(/name/)
    const lone = new Guest({ args: ['\ud800'] })
    lone.call('args_get', OUT, BUF)
    expect(lone.text(BUF, 12)).toBe('program\0\ufffd\0')
  })
  test('nothing is granted by default', () => {
    const g = new Guest()
    expect(g.read(0)).toBe('""')
    expect(g.write(1, 'x')).toBe('success')
    expect(g.write(2, 'x')).toBe('success')
    expect(g.call('fd_prestat_get', 3, OUT)).toBe('badf')
    g.call('environ_sizes_get', OUT, OUT + 4)
    expect(g.u32()).toBe(0)
    expect(g.wasi.grants).toEqual([])
  })
  test('random_get', () => {
    const g = new Guest({ random: seededRandom(1) })
    expect(g.call('random_get', BUF, 0)).toBe('success')
    expect(g.call('random_get', BUF, 100_000)).toBe('success')
    expect(g.memory.read(BUF + 99_000, 1000).some((b) => b !== 0)).toBe(true)
    expect(g.memory.read(BUF + 100_000, 100).every((b) => b === 0)).toBe(true)
    // 4 GiB, and a bit more than there is.
    expect(() => g.call('random_get', BUF, -1)).toThrow(Trap)
    expect(() => g.call('random_get', END - 1, 2)).toThrow(Trap)
    expect(new Guest({ limits: { randomBytes: 10 } }).call('random_get', BUF, 11)).toBe('inval')
  })
  test('proc_exit keeps all 32 bits and returns', () => {
    const g = new Guest()
    expect(g.raw('proc_exit', -1)).toBeUndefined()
    expect([g.exited, g.wasi.exitCode]).toEqual([0xffffffff, 0xffffffff])
  })
  test('the small ones', () => {
    const g = new Guest()
    expect(g.call('sched_yield')).toBe('success')
    // Stopping for ever is refused, what is ignored by default is ignored, and there are 31 signals.
    expect([0, 16, 17, 22, 27].map((signal) => g.call('proc_raise', signal))).toEqual(Array(5).fill('success'))
    expect([18, 19, 20, 21].map((signal) => g.call('proc_raise', signal))).toEqual(Array(4).fill('notsup'))
    expect([-1, 31].map((signal) => g.call('proc_raise', signal))).toEqual(['inval', 'inval'])
    expect(g.exited).toBeUndefined()
    for (const [signal, code] of [
      [6, 134],
      [9, 137],
      [15, 143],
      [30, 159],
    ] as const) {
      // prettier-ignore
      g.call('proc_raise', signal)
      expect([g.exited, g.wasi.exitCode]).toEqual([code, code])
    }
    expect(g.call('sock_accept', 1, 0, OUT)).toBe('notsock')
    expect(g.call('sock_recv', 9, IOV, 0, 0, OUT, OUT)).toBe('badf')
    expect(g.call('sock_send', 0, IOV, 0, 0, OUT)).toBe('notsock')
    expect(g.call('sock_shutdown', 1, 3)).toBe('notsock')
    expect(g.call('sock_shutdown', 99, 1)).toBe('badf')
    expect(g.call('sock_shutdown', 1, 4)).toBe('inval')
  })
})

describe('clocks', () => {
  test('time and resolution', () => {
    const g = new Guest({ clock: fixedClock(1_700_000_000_123_456_789n) })
    expect(g.call('clock_time_get', 0, 0, 0, OUT)).toBe('success')
    expect(g.u64()).toBe(1_700_000_000_123_456_789n)
    expect(g.call('clock_time_get', 1, -1, -1, OUT)).toBe('success')
    expect(g.call('clock_time_get', 2, 0, 0, OUT)).toBe('success')
    expect(g.call('clock_time_get', 4, 0, 0, OUT)).toBe('inval')
    expect(g.call('clock_time_get', -1, 0, 0, OUT)).toBe('inval')
    expect(g.call('clock_res_get', 1, OUT)).toBe('success')
    expect(g.u64()).toBe(1n)
    expect(g.call('clock_res_get', 4, OUT)).toBe('inval')
    const plain = new Guest()
    expect(plain.call('clock_time_get', 3, 0, 0, OUT)).toBe('notsup')
    expect(plain.call('clock_res_get', 2, OUT)).toBe('notsup')
    expect(() => plain.call('clock_time_get', 0, 0, 0, OUT + 4)).toThrow(/unaligned/)
    expect(() => plain.call('clock_time_get', 0, 0, 0, END)).toThrow(/out of bounds/)
  })
})

describe('standard streams', () => {
  test('output: gathered, counted, to functions and objects', () => {
    const chunks: string[] = []
    const err = collect()
    const g = new Guest({ stdout: (chunk) => chunks.push(new TextDecoder().decode(chunk)), stderr: err })
    expect(g.call('fd_write', 1, ...g.iovecs(g.put(BUF, 'hello '), [0, 0], g.put(BUF + 100, 'world')), OUT)).toBe('success')
    expect(g.u32()).toBe(11)
    expect(chunks).toEqual(['hello world'])
    g.write(2, 'a')
    g.write(2, 'b')
    expect(err.text()).toBe('ab')
    expect(g.call('fd_write', 1, IOV, 0, OUT)).toBe('success')
    expect(g.u32()).toBe(0)
    const writable = new Guest({ stdout: { write: () => false, isTTY: true } })
    expect(writable.write(1, 'abc')).toBe('success')
    expect(writable.u32()).toBe(3)
    expect(writable.fdstat(1)).toEqual({ type: FILETYPE.character_device, flags: 0, rights: expect.any(Number), inheriting: 0 })
    expect(writable.fdstat(1).rights & (RIGHT.FD_SEEK | RIGHT.FD_TELL)).toBe(0)
    expect(writable.fdstat(2).type).toBe(FILETYPE.unknown)
  })
  test('output that takes only a part, or fails, or takes its time', async () => {
    const part = new Guest({ stdout: { write: () => 2 } })
    expect(part.write(1, 'abc')).toBe('success')
    expect(part.u32()).toBe(2)
    const broken = new Guest({
      stdout: {
        write: () => {
          throw new Error('disk on fire')
        },
      },
    })
    expect(broken.write(1, 'abc')).toBe('io')
    expect(broken.wasi.denied[0]!.reason).toContain('disk on fire')
    const slow = new Guest({ stdout: { write: async () => 1 } })
    expect(await slow.later('fd_write', 1, ...slow.iovecs(slow.put(BUF, 'abc')), OUT)).toBe('success')
    expect(slow.u32()).toBe(1)
  })
  test('input', () => {
    const g = new Guest({ stdin: 'hello world' })
    expect(g.read(0, 5)).toBe('"hello"')
    expect(g.call('fd_read', 0, ...g.iovecs([BUF, 2], [BUF + 2, 100]), OUT)).toBe('success')
    expect(g.text(BUF, g.u32())).toBe(' world')
    expect(g.read(0)).toBe('""')
    expect(g.write(0, 'x')).toBe('badf')
    expect(g.read(1)).toBe('badf')
    expect(g.seek(0, 0)).toBe('spipe')
    expect(g.call('fd_tell', 0, OUT)).toBe('spipe')
    expect(g.call('fd_pread', 0, ...g.iovecs([BUF, 2]), 0, 0, OUT)).toBe('spipe')
    expect(g.call('fd_filestat_get', 0, OUT)).toBe('success')
    expect(g.memory.getUint8(OUT + 16)).toBe(0)
  })
  test('input that comes later, while memory grows', async () => {
    let give: (bytes: Uint8Array) => void = () => {}
    const stdin: Input = { read: () => new Promise((r) => (give = r)), ready: () => new Promise(() => {}) }
    const g = new Guest({ stdin })
    const result = g.later('fd_read', 0, ...g.iovecs([BUF, 10]), OUT)
    g.memory.grow(10)
    give(new TextEncoder().encode('late'))
    expect(await result).toBe('success')
    expect(g.text(BUF, g.u32())).toBe('late')
    expect(g.call('fd_fdstat_set_flags', 0, NONBLOCK)).toBe('success')
    expect(g.read(0)).toBe('again')
  })
})

const providers: [string, (files: Record<string, string>) => DirectoryOption][] = [
  ['memory', (files) => memoryFs({ files })],
  [
    'node',
    (files) => {
      const path = join(top, String(dirs++))
      fs.mkdirSync(path)
      for (const [name, text] of Object.entries(files)) {
        fs.mkdirSync(join(path, name, name.endsWith('/') ? '.' : '..'), { recursive: true })
        if (!name.endsWith('/')) fs.writeFileSync(join(path, name), text)
      }
      return directory(path, { access: 'rw' })
    },
  ],
]

describe.each(providers)('files: %s', (_name, make) => {
  const guest = (files: Record<string, string> = {}, options: WASIOptions = {}): Guest =>
    new Guest({ fs: { '/data': make(files) }, ...options })

  test('preopens', () => {
    const g = new Guest({ fs: { '/': make({}), '.': make({}), 'x/y': make({}) } })
    for (const [fd, name] of [
      [3, '/'],
      [4, '.'],
      [5, 'x/y'],
    ] as const) {
      g.memory.fill(OUT, 8, 0xff)
      expect(g.call('fd_prestat_get', fd, OUT)).toBe('success')
      expect([g.u32(), g.u32(OUT + 4)]).toEqual([0, name.length])
      expect(g.call('fd_prestat_dir_name', fd, BUF, name.length)).toBe('success')
      expect(g.text(BUF, name.length)).toBe(name)
      expect(g.call('fd_prestat_dir_name', fd, BUF, name.length - 1)).toBe('nametoolong')
    }
    expect(g.call('fd_prestat_get', 6, OUT)).toBe('badf')
    const stat = g.fdstat(3)
    expect(stat.type).toBe(FILETYPE.directory)
    expect(stat.rights & (RIGHT.FD_SEEK | RIGHT.FD_TELL | RIGHT.FD_READ | RIGHT.FD_FILESTAT_SET_SIZE)).toBe(0)
    // What is opened is no preopen.
    const fd = g.open(3, '.', { oflags: DIRECTORY })
    expect(g.call('fd_prestat_get', fd as number, OUT)).toBe('badf')
  })

  test('write, seek, tell, read', () => {
    const g = guest()
    const fd = g.openRw('f')
    expect(g.write(fd, 'hello world')).toBe('success')
    expect(g.seek(fd, 6)).toBe('6')
    expect(g.read(fd)).toBe('"world"')
    expect(g.read(fd)).toBe('""')
    expect(g.seek(fd, -5, 2)).toBe('6')
    expect(g.seek(fd, 2, 1)).toBe('8')
    expect(g.seek(fd, 0, 1)).toBe('8')
    expect(g.call('fd_tell', fd, OUT)).toBe('success')
    expect(g.u64()).toBe(8n)
    expect(g.seek(fd, -9, 1)).toBe('inval')
    expect(g.seek(fd, 0, 3)).toBe('inval')
    expect(g.seek(fd, 2 ** 53)).toBe('overflow')
    expect(g.seek(fd, 20)).toBe('20')
    expect(g.read(fd)).toBe('""')
    expect(g.write(fd, '!')).toBe('success')
    expect(g.call('fd_pread', fd, ...g.iovecs([BUF, 3], [BUF + 3, 50]), 9, 0, OUT)).toBe('success')
    expect(g.text(BUF, g.u32())).toBe('ld' + '\0'.repeat(9) + '!')
    expect(g.call('fd_pwrite', fd, ...g.iovecs(g.put(BUF, 'J')), 0, 0, OUT)).toBe('success')
    expect(g.seek(fd, 0, 1)).toBe('21')
    expect(g.seek(fd, 0)).toBe('0')
    expect(g.read(fd, 5)).toBe('"Jello"')
    expect(g.call('fd_pread', fd, IOV, 1, 0, -1, OUT)).toBe('inval')
    expect(g.call('fd_pread', fd, ...g.iovecs([BUF, 3]), 0, 0x7fffffff, OUT)).toBe('overflow')
  })

  test('scatter over several buffers; empty ones in between', () => {
    const g = guest({ f: 'abcdefgh' })
    const fd = g.open(3, 'f') as number
    expect(g.call('fd_read', fd, ...g.iovecs([BUF, 3], [0, 0], [BUF + 10, 2], [BUF + 20, 10]), OUT)).toBe('success')
    expect([g.u32(), g.text(BUF, 3), g.text(BUF + 10, 2), g.text(BUF + 20, 3)]).toEqual([8, 'abc', 'de', 'fgh'])
  })

  test('append', () => {
    const g = guest({ f: 'start' })
    const fd = g.openRw('f', APPEND)
    expect(g.fdstat(fd).flags).toBe(APPEND)
    expect(g.write(fd, '+1')).toBe('success')
    expect(g.seek(fd, 0, 1)).toBe('7')
    expect(g.seek(fd, 2)).toBe('2')
    expect(g.call('fd_pwrite', fd, ...g.iovecs(g.put(BUF, '+2')), 0, 0, OUT)).toBe('success')
    expect(g.seek(fd, 0, 1)).toBe('2')
    expect(g.seek(fd, 0)).toBe('0')
    expect(g.read(fd)).toBe('"start+1+2"')
    expect(g.call('fd_fdstat_set_flags', fd, 0)).toBe('success')
    expect(g.seek(fd, 0)).toBe('0')
    expect(g.write(fd, 'S')).toBe('success')
    expect(g.call('fd_fdstat_set_flags', fd, APPEND)).toBe('success')
    expect(g.write(fd, '+3')).toBe('success')
    expect(g.seek(fd, 0)).toBe('0')
    expect(g.read(fd)).toBe('"Start+1+2+3"')
    expect(g.call('fd_fdstat_set_flags', fd, 32)).toBe('inval')
  })

  test('sizes', () => {
    const g = guest()
    const fd = g.openRw('f')
    g.write(fd, 'abc')
    const size = (): bigint => {
      expect(g.call('fd_filestat_get', fd, OUT)).toBe('success')
      return g.u64(OUT + 32)
    }
    expect(g.call('fd_filestat_set_size', fd, 10, 0)).toBe('success')
    expect(size()).toBe(10n)
    expect(g.call('fd_allocate', fd, 0, 0, 5, 0)).toBe('success')
    expect(size()).toBe(10n)
    expect(g.call('fd_allocate', fd, 8, 0, 5, 0)).toBe('success')
    expect(size()).toBe(13n)
    expect(g.call('fd_allocate', fd, 0, 0, 0, 0)).toBe('inval')
    expect(g.call('fd_filestat_set_size', fd, 0, -1)).toBe('inval')
    expect(g.call('fd_filestat_set_size', fd, 2, 0)).toBe('success')
    expect(size()).toBe(2n)
    expect(g.call('fd_advise', fd, 0, 0, 0, 0, 5)).toBe('success')
    expect(g.call('fd_advise', fd, 0, 0, 0, 0, 6)).toBe('inval')
    expect(g.call('fd_advise', fd, 0, -1, 0, 0, 0)).toBe('inval')
    expect(g.call('fd_sync', fd)).toBe('success')
    expect(g.call('fd_datasync', fd)).toBe('success')
    expect(g.call('fd_sync', 3)).toBe('success')
    expect(g.call('fd_sync', 1)).not.toBe('success')
  })

  test('filestat: fields, padding, times', () => {
    const g = guest({ f: 'abc' })
    g.memory.fill(OUT, 64, 0xff)
    expect(g.path('path_filestat_get', 3, 'nothing', OUT)).toBeDefined()
    expect(g.call('path_filestat_get', 3, 0, ...g.put(PATH, 'f'), OUT)).toBe('success')
    expect(g.memory.getUint8(OUT + 16)).toBe(FILETYPE.regular_file)
    expect(g.memory.read(OUT + 17, 7).every((b) => b === 0)).toBe(true)
    expect([g.u64(OUT + 24), g.u64(OUT + 32)]).toEqual([1n, 3n])
    const [ino, mtim] = [g.u64(OUT + 8), g.u64(OUT + 48)]
    const fd = g.openRw('f')
    expect(g.call('fd_filestat_get', fd, OUT)).toBe('success')
    expect([g.u64(OUT + 8), g.u64(OUT + 48)]).toEqual([ino, mtim])
    const at = 1_234_567_890_123_456_789n
    const [lo, hi] = [Number(BigInt.asIntN(32, at)), Number(at >> 32n)]
    expect(g.call('fd_filestat_set_times', fd, 0, 0, lo, hi, 4)).toBe('success')
    g.call('fd_filestat_get', fd, OUT)
    expect(g.u64(OUT + 48)).toBe(at)
    expect(g.call('path_filestat_set_times', 3, 0, ...g.put(PATH, 'f'), lo, hi, 0, 0, 1 | 8)).toBe('success')
    g.call('fd_filestat_get', fd, OUT)
    expect(g.u64(OUT + 40)).toBe(at)
    expect(g.u64(OUT + 48)).toBeGreaterThan(at)
    for (const flags of [3, 12, 15, 16]) {
      expect(g.call('fd_filestat_set_times', fd, 0, 0, 0, 0, flags)).toBe('inval')
      expect(g.call('path_filestat_set_times', 3, 0, ...g.put(PATH, 'f'), 0, 0, 0, 0, flags)).toBe('inval')
    }
    expect(g.call('fd_filestat_set_times', 3, lo, hi, lo, hi, 5)).toBe('success')
    g.call('fd_filestat_get', 3, OUT)
    expect([g.u64(OUT + 40), g.u64(OUT + 48)]).toEqual([at, at])
  })

  test('path_open: flags', () => {
    const g = guest({ f: 'abc', 'd/': '' })
    expect(g.open(3, 'new', { oflags: EXCL })).toBe('noent')
    expect(g.open(3, 'f', { oflags: CREAT | EXCL })).toBe('exist')
    expect(g.open(3, 'f', { oflags: DIRECTORY })).toBe('notdir')
    expect(g.open(3, 'd', { oflags: DIRECTORY | CREAT })).toBe('inval')
    expect(g.open(3, 'd', { oflags: DIRECTORY, rights: RIGHT.FD_READ | RIGHT.FD_WRITE })).toBe('isdir')
    expect(g.open(3, 'd', { rights: RIGHT.FD_WRITE })).toBe('isdir')
    expect(g.open(3, 'f', { oflags: 16 })).toBe('inval')
    expect(g.open(3, 'f', { fdflags: 32 })).toBe('inval')
    expect(g.open(3, 'f', { follow: 2 })).toBe('inval')
    expect(g.open(0, 'f')).toBe('notdir')
    expect(g.open(77, 'f')).toBe('badf')
    expect(g.open(3, '')).toBe('noent')
    const fd = g.open(3, 'f', { oflags: TRUNC }) as number
    expect(g.read(fd)).toBe('""')
    expect(g.open(fd, 'x')).toBe('notdir')
    const dir = g.open(3, 'd') as number
    expect(g.fdstat(dir).type).toBe(FILETYPE.directory)
    expect(g.open(dir, '../f')).toBe('notcapable')
    expect(g.open(dir, '/f')).toBe('notcapable')
    for (const [name, args] of [
      ['fd_read', [...g.iovecs([BUF, 1]), OUT]],
      ['fd_write', [...g.iovecs([BUF, 1]), OUT]],
      ['fd_seek', [0, 0, 0, OUT]],
      ['fd_tell', [OUT]],
      ['fd_allocate', [0, 0, 1, 0]],
      ['fd_filestat_set_size', [0, 0]],
      ['fd_pread', [...g.iovecs([BUF, 1]), 0, 0, OUT]],
      ['fd_pwrite', [...g.iovecs([BUF, 1]), 0, 0, OUT]],
    ] as const)
      expect(g.call(name, dir, ...args), name).toBe('isdir')
  })

  test('rights only shrink', () => {
    const g = guest({ f: 'abc', 'd/': '' })
    const reader = g.open(3, 'f', { rights: RIGHT.FD_READ }) as number
    expect(g.fdstat(reader).rights).toBe(RIGHT.FD_READ)
    expect(g.write(reader, 'x')).toBe('notcapable')
    expect(g.call('fd_filestat_get', reader, OUT)).toBe('notcapable')
    expect(g.seek(reader, 0)).toBe('notcapable')
    const writer = g.open(3, 'f', { rights: RIGHT.FD_WRITE }) as number
    expect(g.read(writer)).toBe('notcapable')
    expect(g.write(writer, 'x')).toBe('success')
    expect(g.call('fd_fdstat_set_rights', writer, RIGHT.FD_WRITE | RIGHT.FD_READ, 0, 0, 0)).toBe('notcapable')
    expect(g.call('fd_fdstat_set_rights', writer, RIGHT.FD_WRITE, 1, 0, 0)).toBe('notcapable')
    expect(g.call('fd_fdstat_set_rights', writer, 0, 0, 0, 0)).toBe('success')
    expect(g.write(writer, 'x')).toBe('notcapable')
    const dir = g.open(3, '.', { oflags: DIRECTORY, rights: RIGHT.PATH_OPEN, inheriting: RIGHT.FD_READ }) as number
    expect(g.fdstat(dir)).toMatchObject({ rights: RIGHT.PATH_OPEN, inheriting: RIGHT.FD_READ })
    expect(g.open(dir, 'new', { oflags: CREAT, rights: 0 })).toBe('notcapable')
    expect(g.open(dir, 'f', { oflags: TRUNC, rights: 0 })).toBe('notcapable')
    expect(g.open(dir, 'f', { rights: RIGHT.FD_WRITE })).toBe('notcapable')
    expect(g.path('path_unlink_file', dir, 'f')).toBe('notcapable')
    expect(g.fdstat(g.open(dir, 'f', { rights: -1 & ~RIGHT.FD_WRITE }) as number).rights).toBe(RIGHT.FD_READ)
    const below = g.open(dir, 'd', { oflags: DIRECTORY, rights: RIGHT.PATH_UNLINK_FILE }) as number
    expect(g.fdstat(below)).toMatchObject({ rights: 0, inheriting: RIGHT.FD_READ })
  })

  test('readdir: order, cookies, short buffers, inodes', () => {
    const files: Record<string, string> = { 'd/': '' }
    for (let i = 0; i < 50; i++) files[`d/file-${i}`] = ''
    files['d/sub/'] = ''
    const g = guest(files)
    const dir = g.open(3, 'd', { oflags: DIRECTORY, rights: -1 & ~RIGHT.FD_WRITE }) as number
    const all = g.readdir(dir, 0, 8192)
    expect(all.names.slice(0, 2)).toEqual(['.', '..'])
    expect(all.names.length).toBe(53)
    expect(all.types[all.names.indexOf('sub')]).toBe(FILETYPE.directory)
    expect(all.types[all.names.indexOf('file-7')]).toBe(FILETYPE.regular_file)
    g.call('path_filestat_get', dir, 0, ...g.put(PATH, 'file-7'), OUT)
    expect(all.inos[all.names.indexOf('file-7')]).toBe(g.u64(OUT + 8))
    g.call('fd_filestat_get', dir, OUT)
    expect(all.inos[0]).toBe(g.u64(OUT + 8))
    // In small pieces, with changes in between: nothing is missed and nothing comes twice.
    for (const size of [24, 25, 40, 100, 333]) {
      const seen: string[] = []
      let cookie = 0
      for (let rounds = 0; rounds < 500; rounds++) {
        const part = g.readdir(dir, cookie, size)
        seen.push(...part.names)
        if (part.used < size) break
        if (part.names.length > 0) cookie = Number(part.next[part.names.length - 1])
        else if (size < 40) break
        if (rounds === 1) g.path('path_create_directory', dir, `more-${size}`)
      }
      if (size >= 40) expect([...seen].sort()).toEqual([...new Set([...all.names, ...seen])].sort())
      g.path('path_remove_directory', dir, `more-${size}`)
    }
    const cut = g.readdir(dir, 0, 30)
    expect(cut.used).toBe(30)
    expect([...cut.raw]).toEqual([...all.raw.subarray(0, 30)])
    expect(g.readdir(dir, 53).used).toBe(0)
    expect(g.call('fd_readdir', dir, BUF, 100, 54, 0, OUT)).toBe('inval')
    expect(g.call('fd_readdir', dir, BUF, 100, 0, 1, OUT)).toBe('inval')
    expect(g.call('fd_readdir', 1, BUF, 100, 0, 0, OUT)).toBe('notdir')
    expect(g.readdir(dir, 0, 0).used).toBe(0)
  })

  test('directories, links, renames', () => {
    const g = guest({ f: 'abc' })
    const two = (name: string, a: string, b: string, ...flags: number[]): string =>
      g.call(name, 3, ...flags, ...g.put(PATH, a), 3, ...g.put(PATH2, b))
    expect(g.path('path_create_directory', 3, 'd')).toBe('success')
    expect(g.path('path_create_directory', 3, 'd')).toBe('exist')
    expect(two('path_link', 'f', 'd/hard', 0)).toBe('success')
    expect(two('path_link', 'f', 'd/hard', 0)).toBe('exist')
    expect(two('path_link', 'f', 'x', 1)).toBe('inval')
    expect(two('path_rename', 'f', 'd/g')).toBe('success')
    expect(two('path_rename', 'f', 'd/g')).toBe('noent')
    expect(g.path('path_remove_directory', 3, 'd')).toBe('notempty')
    expect(g.path('path_unlink_file', 3, 'd')).toBe('isdir')
    expect(g.call('path_symlink', ...g.put(PATH2, 'hard'), 3, ...g.put(PATH, 'd/link'))).toBe('success')
    expect(g.read(g.open(3, 'd/link') as number)).toBe('"abc"')
    expect(g.open(3, 'd/link', { follow: 0 })).toBe('loop')
    g.memory.fill(BUF, 10, 0x7a)
    expect(g.path('path_readlink', 3, 'd/link', BUF, 10, OUT)).toBe('success')
    expect([g.u32(), g.text(BUF, 5)]).toEqual([4, 'hardz'])
    g.memory.fill(BUF, 10, 0x7a)
    expect(g.path('path_readlink', 3, 'd/link', BUF, 2, OUT)).toBe('success')
    expect([g.u32(), g.text(BUF, 3)]).toEqual([2, 'haz'])
    expect(g.path('path_readlink', 3, 'd/hard', BUF, 2, OUT)).toBe('inval')
    for (const name of ['link', 'g', 'hard']) expect(g.path('path_unlink_file', 3, `d/${name}`)).toBe('success')
    expect(g.path('path_remove_directory', 3, 'd')).toBe('success')
  })

  test('an unlinked file stays usable', () => {
    const g = guest()
    const fd = g.openRw('f')
    g.write(fd, 'abc')
    expect(g.path('path_unlink_file', 3, 'f')).toBe('success')
    g.seek(fd, 0)
    expect(g.read(fd)).toBe('"abc"')
    g.call('fd_filestat_get', fd, OUT)
    expect(g.u64(OUT + 24)).toBe(0n)
    expect(g.open(3, 'f')).toBe('noent')
  })

  test('close and renumber', () => {
    const g = guest({ f: 'abc' })
    const a = g.open(3, 'f') as number
    const b = g.open(3, 'f') as number
    expect([a, b]).toEqual([4, 5])
    expect(g.read(a, 1)).toBe('"a"')
    expect(g.call('fd_renumber', a, a)).toBe('success')
    expect(g.call('fd_renumber', a, 9)).toBe('badf')
    expect(g.call('fd_renumber', 9, a)).toBe('badf')
    expect(g.call('fd_renumber', -1, a)).toBe('badf')
    expect(g.call('fd_renumber', a, b)).toBe('success')
    expect(g.read(a)).toBe('badf')
    expect(g.read(b, 1)).toBe('"b"')
    // The lowest free number is used again.
    expect(g.open(3, 'f')).toBe(a)
    expect(g.call('fd_close', 0)).toBe('success')
    expect(g.call('fd_close', 0)).toBe('badf')
    expect(g.open(3, 'f')).toBe(0)
    // Over a preopen, which is then none.
    expect(g.call('fd_renumber', b, 3)).toBe('success')
    expect(g.call('fd_prestat_get', 3, OUT)).toBe('badf')
    expect(g.read(3, 1)).toBe('"c"')
    g.wasi.close()
    g.wasi.close()
    expect(g.call('fd_close', 3)).toBe('badf')
  })

  test('fd limit', () => {
    const g = guest({ f: '' }, { limits: { fds: 10 } })
    for (let i = 4; i < 10; i++) expect(g.open(3, 'f')).toBe(i)
    expect(g.open(3, 'f')).toBe('mfile')
    // Nothing was made by the failing call.
    expect(g.open(3, 'new', { oflags: CREAT })).toBe('mfile')
    g.call('fd_close', 9)
    expect(g.open(3, 'new')).toBe('noent')
    for (let i = 0; i < 100; i++) expect(g.call('fd_close', g.open(3, 'f') as number)).toBe('success')
  })

  test('paths that are none', () => {
    const g = guest({ f: '' }, { limits: { pathLength: 50 } })
    expect(g.open(3, 'f\0')).toBe('inval')
    g.memory.write(PATH, new Uint8Array([0x66, 0xff]))
    expect(g.call('path_open', 3, 0, PATH, 2, 0, 0, 0, 0, 0, 0, OUT)).toBe('ilseq')
    expect(g.open(3, 'x'.repeat(51))).toBe('nametoolong')
    expect(() => g.call('path_open', 3, 0, END - 1, 2, 0, 0, 0, 0, 0, 0, OUT)).toThrow(Trap)
    expect(() => g.call('path_open', 3, 0, PATH, -1, 0, 0, 0, 0, 0, 0, OUT)).toThrow(Trap)
    expect(() => g.call('path_open', 3, 0, PATH, 1, 0, 0, 0, 0, 0, 0, OUT + 2)).toThrow(/unaligned/)
  })

  test('bad iovecs', () => {
    const g = guest()
    const fd = g.openRw('f')
    for (const name of ['fd_read', 'fd_write']) {
      expect(() => g.call(name, fd, ...g.iovecs([BUF, 1], [END - 1, 2]), OUT)).toThrow(Trap)
      expect(() => g.call(name, fd, ...g.iovecs([0xffffffff, 0xffffffff]), OUT)).toThrow(Trap)
      expect(() => g.call(name, fd, END - 4, 1, OUT)).toThrow(Trap)
      expect(() => g.call(name, fd, IOV + 1, 1, OUT)).toThrow(/unaligned/)
      expect(() => g.call(name, fd, ...g.iovecs([BUF, 1]), END - 2)).toThrow(Trap)
      expect(g.call(name, fd, IOV, -1, OUT)).toBe('inval')
      expect(g.call(name, fd, IOV, 1025, OUT)).toBe('inval')
    }
    // 1024 buffers over the whole memory, all overlapping: bounded work, a bounded answer.
    g.iovecs(...Array.from({ length: 1024 }, () => [0, END] as [number, number]))
    expect(g.call('fd_read', fd, IOV, 1024, OUT)).toBe('success')
    expect(g.u32()).toBe(0)
    // A trap left nothing behind.
    g.call('fd_filestat_get', fd, OUT)
    expect(g.u64(OUT + 32)).toBe(0n)
  })

  test('read-only grants', () => {
    const grant = make({ f: 'abc', 'd/': '' })
    const g = new Guest({ fs: { '/ro': readOnly(grant), '/rw': grant } })
    expect(g.read(g.open(3, 'f') as number)).toBe('"abc"')
    expect(g.open(3, 'f', { oflags: TRUNC })).toBe('rofs')
    expect(g.open(3, 'f', { rights: FILE_RIGHTS })).toBe('rofs')
    expect(g.open(3, 'x', { oflags: CREAT })).toBe('rofs')
    expect(g.path('path_unlink_file', 3, 'f')).toBe('rofs')
    expect(g.path('path_create_directory', 3, 'x')).toBe('rofs')
    expect(g.path('path_remove_directory', 3, 'd')).toBe('rofs')
    expect(g.call('path_filestat_set_times', 3, 0, ...g.put(PATH, 'f'), 0, 0, 0, 0, 10)).toBe('rofs')
    expect(g.call('path_symlink', ...g.put(PATH2, 'f'), 3, ...g.put(PATH, 'l'))).toBe('rofs')
    for (const [from, to] of [
      [3, 4],
      [4, 3],
      [3, 3],
    ] as const) {
      expect(g.call('path_link', from, 0, ...g.put(PATH, 'f'), to, ...g.put(PATH2, 'x')), `${from} ${to}`).toBe('rofs')
      expect(g.call('path_rename', from, ...g.put(PATH, 'f'), to, ...g.put(PATH2, 'x')), `${from} ${to}`).toBe('rofs')
    }
    const file = g.open(3, 'f') as number
    expect(g.call('fd_filestat_set_size', file, 0, 0)).toBe('notcapable')
    expect(g.write(file, 'x')).toBe('notcapable')
    expect(g.read(g.open(4, 'f') as number)).toBe('"abc"')
    expect(g.wasi.denied.length).toBeGreaterThan(5)
    expect(g.wasi.grants.map((x) => x.access)).toEqual(['ro', 'rw'])
  })

  test('two guests with disjoint grants', () => {
    const a = guest({ f: 'a' })
    const b = guest({ g: 'b' })
    const fd = a.open(3, 'f') as number
    expect(b.read(fd)).toBe('badf')
    expect(b.open(3, 'f')).toBe('noent')
    expect(b.open(3, '../f')).toBe('notcapable')
  })
})

describe('a provider that answers later', () => {
  /** The same object, but every answer is a promise; reads answer with the bytes themselves. */
  const later = <T extends object>(object: T, atOnce: readonly string[]): T =>
    new Proxy(object, {
      get: (target, key) => {
        const value = target[key as keyof T] as unknown
        if (typeof value !== 'function') return value
        if (atOnce.includes(key as string)) return value.bind(target) as unknown
        return async (...args: unknown[]) => {
          const buffer = key === 'read' ? new Uint8Array((args[0] as Uint8Array).length) : undefined
          // Bytes to write are only lent until the call returns.
          const own = args.map((a) => (key === 'read' ? a : a instanceof Uint8Array ? a.slice() : a))
          if (buffer !== undefined) own[0] = buffer
          await Promise.resolve()
          const result = (value as (...a: unknown[]) => unknown).apply(target, own)
          if (buffer !== undefined) return buffer.slice(0, result as number)
          return key === 'open' ? later(result as object, ['then']) : result
        }
      },
    })

  test('parks, and finds guest memory again after it grew', async () => {
    const mem = memoryFs({ files: { 'd/x': '', f: 'contents' } })
    const g = new Guest({ fs: { '/': later(mem, ['root', 'closeDir']) } })
    const open = g.later('path_open', 3, 1, ...g.put(PATH, 'd/new'), CREAT, FILE_RIGHTS, 0, -1, 0, 0, OUT)
    g.memory.grow(1)
    expect(await open).toBe('success')
    const fd = g.u32()
    const big = 100_000
    g.memory.fill(BUF, big, 0x61)
    g.memory.fill(BUF + big, 10, 0x62)
    const write = g.later('fd_write', fd, ...g.iovecs([BUF, big], [BUF + big, 5], [BUF + big, 5]), OUT)
    g.memory.grow(1)
    expect(await write).toBe('success')
    expect(g.u32()).toBe(big + 10)
    expect(mem.readText('d/new')).toBe('a'.repeat(big) + 'b'.repeat(10))
    expect(await g.later('fd_seek', fd, -12, -1, 2, OUT)).toBe('success')
    expect(g.u64()).toBe(BigInt(big - 2))
    const read = g.later('fd_read', fd, ...g.iovecs([BUF, 4], [BUF + 100, 50]), OUT)
    g.memory.grow(1)
    expect(await read).toBe('success')
    expect([g.u32(), g.text(BUF, 4), g.text(BUF + 100, 8)]).toEqual([12, 'aabb', 'b'.repeat(8)])
    expect(await g.later('path_filestat_get', 3, 1, ...g.put(PATH, 'd/new'), OUT)).toBe('success')
    expect(g.u64(OUT + 32)).toBe(BigInt(big + 10))
    expect(await g.later('path_open', 3, 1, ...g.put(PATH, 'd/../none'), 0, 0, 0, 0, 0, 0, OUT)).toBe('noent')
    expect(await g.later('path_open', 3, 1, ...g.put(PATH, 'd'), DIRECTORY, -1 & ~RIGHT.FD_WRITE, 0, 0, 0, 0, OUT)).toBe('success')
    expect(await g.later('fd_readdir', g.u32(), BUF, 1000, 0, 0, OUT)).toBe('success')
    expect(g.u32()).toBe(24 * 4 + 1 + 2 + 1 + 3)
    // A file is ready at once, even if its size comes later.
    g.memory.fill(40_000, 48, 0)
    g.memory.setUint8(40_008, 1)
    g.memory.setUint32(40_016, fd)
    expect(await g.later('poll_oneoff', 40_000, 50_000, 1, OUT)).toBe('success')
    expect([g.u32(), g.u32(50_016)]).toEqual([1, 0])
    expect(await g.later('fd_close', fd)).toBe('success')
  })

  test('one that never answers is given up on abort', async () => {
    const controller = new AbortController()
    const never = new Proxy(memoryFs(), { get: (t, k) => (k === 'stat' ? () => new Promise(() => {}) : t[k as keyof typeof t]) })
    const g = new Guest({ fs: { '/': never }, signal: controller.signal })
    const result = g.raw('path_filestat_get', 3, 0, ...g.put(PATH, 'f'), OUT) as Promise<number>
    controller.abort()
    await expect(result).rejects.toMatchObject({ code: 'interrupted' })
    g.wasi.close()
  })
})

test('a guest that fills a memory file system gets nospc', () => {
  const g = new Guest({ fs: { '/': memoryFs({ quota: 100_000 }) } })
  const fd = g.openRw('f')
  let total = 0
  for (let i = 0; i < 100; i++) {
    const e = g.call('fd_write', fd, ...g.iovecs([BUF, 10_000]), OUT)
    if (e === 'nospc') break
    expect(e).toBe('success')
    total += g.u32()
  }
  expect(total).toBeLessThanOrEqual(100_000)
  expect(total).toBeGreaterThan(90_000)
  expect(g.call('fd_allocate', fd, 0, 0, 0, 1)).toBe('nospc')
})

describe('poll_oneoff', () => {
  const SUBS = 40_000
  const EVENTS = 50_000
  const CLOCK = 0
  const clockSub = (g: Guest, i: number, ns: number, flags = 0, id = 1): void => {
    g.memory.fill(SUBS + i * 48, 48, 0)
    g.memory.setUint64(SUBS + i * 48, 100 + i, 7)
    g.memory.setUint8(SUBS + i * 48 + 8, CLOCK)
    g.memory.setUint32(SUBS + i * 48 + 16, id)
    g.memory.setUint64(SUBS + i * 48 + 24, ns % 2 ** 32, Math.floor(ns / 2 ** 32))
    g.memory.setUint16(SUBS + i * 48 + 40, flags)
  }
  const fdSub = (g: Guest, i: number, type: 1 | 2, fd: number): void => {
    g.memory.fill(SUBS + i * 48, 48, 0)
    g.memory.setUint64(SUBS + i * 48, 100 + i, 7)
    g.memory.setUint8(SUBS + i * 48 + 8, type)
    g.memory.setUint32(SUBS + i * 48 + 16, fd)
  }
  const events = (g: Guest): object[] =>
    Array.from({ length: g.u32() }, (_, i) => {
      const p = EVENTS + i * 32
      expect(g.u32(p + 4)).toBe(7)
      return {
        sub: g.u32(p) - 100,
        errno: names.get(g.memory.getUint16(p + 8)),
        type: g.memory.getUint8(p + 10),
        bytes: Number(g.u64(p + 16)),
        flags: g.memory.getUint16(p + 24),
      }
    })
  const poll = (g: Guest, n: number): string => g.call('poll_oneoff', SUBS, EVENTS, n, OUT)
  const pollLater = (g: Guest, n: number): Promise<string> => g.later('poll_oneoff', SUBS, EVENTS, n, OUT)
  const waiting = (): { input: Input; give: () => void } => {
    let give = (): void => {}
    let there = false
    const promise = new Promise<void>((r) => (give = () => ((there = true), r())))
    return { input: { read: () => 0, ready: () => (there ? true : promise), available: () => 5 }, give: () => give() }
  }

  test('arguments', () => {
    const g = new Guest()
    expect(poll(g, 0)).toBe('inval')
    expect(poll(g, 1025)).toBe('inval')
    clockSub(g, 0, 0)
    g.memory.setUint8(SUBS + 8, 3)
    expect(poll(g, 1)).toBe('inval')
    clockSub(g, 0, 0, 2)
    expect(poll(g, 1)).toBe('inval')
    expect(() => g.call('poll_oneoff', SUBS + 4, EVENTS, 1, OUT)).toThrow(/unaligned/)
    expect(() => g.call('poll_oneoff', END - 40, EVENTS, 1, OUT)).toThrow(Trap)
    expect(() => g.call('poll_oneoff', SUBS, END - 8, 1, OUT)).toThrow(Trap)
  })
  test('timeouts that have passed answer at once', () => {
    const g = new Guest()
    clockSub(g, 0, 0)
    clockSub(g, 1, 1, 1, 0)
    clockSub(g, 2, 3e12)
    expect(poll(g, 3)).toBe('success')
    expect(events(g)).toEqual([
      { sub: 0, errno: 'success', type: 0, bytes: 0, flags: 0 },
      { sub: 1, errno: 'success', type: 0, bytes: 0, flags: 0 },
    ])
  })
  test('really waits, without burning CPU', async () => {
    const g = new Guest()
    clockSub(g, 0, 300e6)
    clockSub(g, 1, 120e6)
    const [start, cpu] = [performance.now(), process.cpuUsage()]
    expect(await pollLater(g, 2)).toBe('success')
    const used = process.cpuUsage(cpu)
    expect(performance.now() - start).toBeGreaterThanOrEqual(119.9)
    expect(performance.now() - start).toBeLessThan(290)
    expect((used.user + used.system) / 1000).toBeLessThan(60)
    expect(events(g)).toMatchObject([{ sub: 1 }])
  })
  test('virtual and fixed clocks never wait', () => {
    for (const clock of [virtualClock(), fixedClock(5_000)]) {
      const g = new Guest({ clock })
      clockSub(g, 0, 3600e9, 0, 0)
      expect(poll(g, 1)).toBe('success')
      expect(events(g).length).toBe(1)
      clockSub(g, 0, 9e15, 1, 0)
      expect(poll(g, 1)).toBe('success')
    }
  })
  test('clocks that cannot be waited for', () => {
    const g = new Guest()
    clockSub(g, 0, 0, 0, 2)
    clockSub(g, 1, 0, 0, 9)
    expect(poll(g, 2)).toBe('success')
    expect(events(g)).toMatchObject([
      { sub: 0, errno: 'notsup' },
      { sub: 1, errno: 'inval' },
    ])
  })
  test('fds: errors are per event', () => {
    const g = new Guest({ stdin: 'abc', fs: { '/': memoryFs({ files: { f: 'xyz' } }) } })
    const fd = g.open(3, 'f') as number
    g.read(fd, 1)
    const closedRights = g.open(3, 'f', { rights: RIGHT.FD_READ }) as number
    fdSub(g, 0, 1, 0)
    fdSub(g, 1, 2, 1)
    fdSub(g, 2, 1, 99)
    fdSub(g, 3, 1, fd)
    fdSub(g, 4, 1, closedRights)
    fdSub(g, 5, 2, 0)
    fdSub(g, 6, 1, 3)
    expect(poll(g, 7)).toBe('success')
    expect(events(g)).toEqual([
      { sub: 0, errno: 'success', type: 1, bytes: 3, flags: 0 },
      { sub: 1, errno: 'success', type: 2, bytes: 0, flags: 0 },
      { sub: 2, errno: 'badf', type: 1, bytes: 0, flags: 0 },
      { sub: 3, errno: 'success', type: 1, bytes: 2, flags: 0 },
      { sub: 4, errno: 'notcapable', type: 1, bytes: 0, flags: 0 },
      { sub: 5, errno: 'badf', type: 2, bytes: 0, flags: 0 },
      { sub: 6, errno: 'notcapable', type: 1, bytes: 0, flags: 0 },
    ])
  })
  test('the end of input is ready', () => {
    const g = new Guest()
    fdSub(g, 0, 1, 0)
    expect(poll(g, 1)).toBe('success')
    expect(events(g)).toEqual([{ sub: 0, errno: 'success', type: 1, bytes: 0, flags: 1 }])
  })
  test('stdin wakes it, and a timeout leaves stdin alone', async () => {
    const { input, give } = waiting()
    const g = new Guest({ stdin: input })
    clockSub(g, 0, 20e6)
    fdSub(g, 1, 1, 0)
    expect(await pollLater(g, 2)).toBe('success')
    expect(events(g)).toMatchObject([{ sub: 0 }])
    clockSub(g, 0, 10e9)
    const result = pollLater(g, 2)
    setTimeout(give, 10)
    expect(await result).toBe('success')
    expect(events(g)).toMatchObject([{ sub: 1, bytes: 5 }])
  })
  test('many timeouts beside an idle stdin leave nothing behind', async () => {
    let reactions = 0
    class Counting extends Promise<void> {
      // oxlint-disable-next-line unicorn/no-thenable -- counts who subscribes
      override then<A, B>(...args: Parameters<Promise<void>['then']>): Promise<A | B> {
        reactions++
        return super.then(...args) as Promise<A | B>
      }
    }
    const idle = new Counting(() => {})
    const g = new Guest({ stdin: { read: () => 0, ready: () => idle } })
    fdSub(g, 1, 1, 0)
    for (let i = 0; i < 20; i++) {
      clockSub(g, 0, 3e6)
      expect(await pollLater(g, 2)).toBe('success')
    }
    expect(reactions).toBe(1)
  })
  test('input and output arrays may overlap', () => {
    const g = new Guest()
    clockSub(g, 0, 0)
    clockSub(g, 1, 0)
    expect(g.call('poll_oneoff', SUBS, SUBS, 2, OUT)).toBe('success')
    expect([g.u32(SUBS), g.u32(SUBS + 32)]).toEqual([100, 101])
  })
  test('an abort ends the wait', async () => {
    const controller = new AbortController()
    const g = new Guest({ signal: controller.signal, stdin: waiting().input })
    fdSub(g, 0, 1, 0)
    const result = g.raw('poll_oneoff', SUBS, EVENTS, 1, OUT) as Promise<number>
    controller.abort(new Error('enough'))
    await expect(result).rejects.toMatchObject({ code: 'interrupted' })
    expect(() => g.call('sched_yield')).toThrow(/aborted/)
  })
})

test('tty: all three streams, or by name; a terminal has no FD_SEEK and FD_TELL', () => {
  const types = (options: WASIOptions): number[] => {
    const g = new Guest(options)
    return [0, 1, 2].map((fd) => g.fdstat(fd).type)
  }
  const { character_device, unknown } = FILETYPE
  expect(types({})).toEqual([unknown, unknown, unknown])
  expect(types({ tty: true, stdin: 'x' })).toEqual([character_device, character_device, character_device])
  expect(types({ tty: { stdout: true } })).toEqual([unknown, character_device, unknown])
  const stdin: Input = { read: () => 0, isTTY: true }
  expect(types({ stdin })).toEqual([character_device, unknown, unknown])
  expect(types({ stdin, tty: false })).toEqual([unknown, unknown, unknown])
  const g = new Guest({ tty: true })
  expect(g.fdstat(1).rights & (RIGHT.FD_SEEK | RIGHT.FD_TELL)).toBe(0)
  expect(g.call('fd_seek', 1, 0, 0, 0, OUT)).toBe('spipe')
  expect(g.call('fd_filestat_get', 1, OUT)).toBe('success')
  expect(g.memory.getUint8(OUT + 16)).toBe(character_device)
})

test('observe sees every call', () => {
  const seen: string[] = []
  const g = new Guest({ observe: (c) => seen.push(`${c.name}(${c.args.join()}) = ${c.errno}`) })
  g.call('fd_close', 1)
  g.call('fd_close', 1)
  g.raw('proc_exit', 3)
  expect(seen).toEqual(['fd_close(1) = 0', 'fd_close(1) = 8', 'proc_exit(3) = undefined'])
})

test('without a memory: an error that says so', () => {
  const { fd_write, sched_yield } = new WASI().imports.wasi_snapshot_preview1
  const caller: Caller = { memory: undefined, exit: () => {} }
  expect(() => (fd_write!.call as (c: Caller, ...a: number[]) => unknown)(caller, 1, 0, 0, 0)).toThrow(/fd_write .* without a memory/)
  expect((sched_yield!.call as (c: Caller) => unknown)(caller)).toBe(0)
})
