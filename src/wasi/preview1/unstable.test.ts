/** `wasi_unstable`: what differs from Preview 1, and that the rest is the same. */
import { expect, test } from 'vitest'
import { OUT, TestCaller } from '../../../test/helpers/caller.ts'
import { virtualClock } from '../../host/clock.ts'
import { memoryFs } from '../../host/memory-fs.ts'
import { encode, parseModule } from '../../text/index.ts'
import { run } from '../run.ts'
import { FILETYPE } from './abi.ts'

const PATH = 2048
const make = (): TestCaller =>
  new TestCaller({ clock: virtualClock({ start: 5000 }), fs: { '/': memoryFs({ files: { f: 'hello' } }) } }, 'wasi_unstable')
const opened = (): TestCaller => {
  const g = make()
  expect(g.now('path_open', 3, 1, ...g.put(PATH, 'f'), 0, 0x1fffffff, 0, 0, 0, 0, OUT)).toBe('success')
  return g
}

test('45 functions: sock_accept came later', () => {
  const names = Object.keys(make().wasi.imports.wasi_unstable)
  expect(names.length).toBe(45)
  expect(names).not.toContain('sock_accept')
})

test('filestat has 56 bytes, nlink 32 bits', () => {
  const g = opened()
  g.memory.fill(OUT, 72, 0xee)
  const look = (ptr: number): unknown => ({
    type: g.memory.getUint8(ptr + 16),
    padding: [...g.memory.read(ptr + 17, 3)],
    nlink: g.u32(ptr + 20),
    size: g.u64(ptr + 24),
    behind: g.memory.getUint8(ptr + 56),
  })
  const expected = { type: FILETYPE.regular_file, padding: [0, 0, 0], nlink: 1, size: 5n, behind: 0xee }
  expect(g.now('fd_filestat_get', 4, OUT)).toBe('success')
  expect(look(OUT)).toEqual(expected)
  g.memory.fill(OUT, 72, 0xee)
  expect(g.now('path_filestat_get', 3, 0, ...g.put(PATH, 'f'), OUT)).toBe('success')
  expect(look(OUT)).toEqual(expected)
  expect(g.now('fd_filestat_set_times', 4, 1_000_000_123, 0, 7, 0, 5)).toBe('success')
  g.now('fd_filestat_get', 4, OUT)
  expect([g.u64(OUT + 32), g.u64(OUT + 40)]).toEqual([1_000_000_123n, 7n])
  // At the very end of memory: 56 bytes fit, 48 do not.
  const end = 4 * 65536
  expect(g.now('fd_filestat_get', 4, end - 56)).toBe('success')
  expect(() => g.now('fd_filestat_get', 4, end - 48)).toThrow(/out of bounds/)
})

test('whence: 0 from here, 1 from the end, 2 from the start', () => {
  const g = opened()
  const seek = (delta: number, whence: number): string | bigint => {
    const e = g.now('fd_seek', 4, delta, delta < 0 ? -1 : 0, whence, OUT)
    return e === 'success' ? g.u64(OUT) : e
  }
  expect([seek(3, 2), seek(1, 0), seek(-1, 1), seek(0, 0), seek(0, 3), seek(0, -1)]).toEqual([3n, 4n, 4n, 4n, 'inval', 'inval'])
})

test('subscriptions have 56 bytes, with an identifier in front of the clock', () => {
  const g = opened()
  const SUBS = 4096
  const EVENTS = 6144
  g.memory.fill(SUBS, 112, 0)
  g.memory.setUint32(SUBS, 77)
  g.memory.setUint32(SUBS + 24, 1)
  g.memory.setUint64(SUBS + 32, 1_000_000, 0)
  g.memory.setUint32(SUBS + 56, 78)
  g.memory.setUint8(SUBS + 56 + 8, 1)
  g.memory.setUint32(SUBS + 56 + 16, 4)
  expect(g.now('poll_oneoff', SUBS, EVENTS, 2, OUT)).toBe('success')
  expect([g.u32(), g.u32(EVENTS), g.u64(EVENTS + 16)]).toEqual([1, 78, 5n])
  expect(g.now('poll_oneoff', SUBS, EVENTS, 1, OUT)).toBe('success')
  expect([g.u32(), g.u32(EVENTS)]).toEqual([1, 77])
  g.memory.setUint16(SUBS + 48, 2)
  expect(g.now('poll_oneoff', SUBS, EVENTS, 1, OUT)).toBe('inval')
})

test('a program', async () => {
  const bytes = encode(
    parseModule(`(module (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 5))))`),
  )
  expect((await run(bytes)).exitCode).toBe(5)
})
