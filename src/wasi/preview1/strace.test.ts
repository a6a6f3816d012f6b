/** Host calls as text and as data. */
import { describe, expect, test } from 'vitest'
import { BUF, OUT, TestCaller } from '../../../test/helpers/caller.ts'
import { memoryFs } from '../../host/memory-fs.ts'
import { I64 } from '../../spec/types.ts'
import type { WASIOptions } from '../wasi.ts'
import { preview1Types } from './imports.ts'
import { type StraceEntry, formatStrace, straceFields, straceRows, wordsOf } from './strace.ts'

test('every function has a row that takes all of its arguments', () => {
  expect(Object.keys(straceRows).sort()).toEqual(Object.keys(preview1Types).sort())
  for (const [name, type] of Object.entries(preview1Types)) {
    const words = type.params.reduce((n, t) => n + (t === I64 ? 2 : 1), 0)
    const taken = straceFields(name).reduce((n, field) => n + wordsOf(field), 0)
    expect(taken, name).toBe(words)
  }
})

describe('lines', () => {
  function traced(options: WASIOptions = {}): { g: TestCaller; lines: string[]; entries: StraceEntry[] } {
    const entries: StraceEntry[] = []
    const lines: string[] = []
    const g = new TestCaller({
      ...options,
      strace: (entry) => {
        entries.push(entry)
        lines.push(formatStrace(entry))
      },
    })
    return { g, lines, entries }
  }
  const PATH = 2048

  test('files', async () => {
    const { g, lines } = traced({ fs: { '/': memoryFs({ files: { 'a.txt': 'hello' } }) } })
    await g.call('path_open', 3, 1, ...g.put(PATH, 'b "ü".txt'), 1, 0x1fffffff, 0, 0, 0, 1, OUT)
    await g.call('path_open', 3, 1, ...g.put(PATH, 'none'), 0, 2, 0, 0, 0, 0, OUT)
    await g.call('fd_write', 4, ...g.iovecs(g.put(BUF, 'some\n'), g.put(BUF + 100, 'text')), OUT)
    await g.call('fd_write', 4, ...g.iovecs(g.put(BUF, 'x'.repeat(60))), OUT)
    await g.call('fd_seek', 4, -4, -1, 2, OUT)
    await g.call('fd_pread', 4, ...g.iovecs([BUF, 3]), 1, 0, OUT)
    await g.call('fd_filestat_get', 4, OUT)
    await g.call('fd_fdstat_get', 3, OUT)
    await g.call('fd_fdstat_set_flags', 4, 5)
    await g.call('path_rename', 3, ...g.put(PATH, 'a.txt'), 3, ...g.put(PATH + 100, 'c'))
    await g.call('path_symlink', ...g.put(PATH, 'c'), 3, ...g.put(PATH + 100, 'link'))
    await g.call('path_readlink', 3, ...g.put(PATH, 'link'), BUF, 10, OUT)
    await g.call('fd_prestat_dir_name', 3, BUF, 1)
    await g.call('fd_close', 4)
    expect(lines).toEqual([
      'path_open(fd=3, "b \\"ü\\".txt", CREAT, APPEND) = 0 fd=4',
      'path_open(fd=3, "none") = NOENT',
      'fd_write(fd=4, "some\\ntext") = 0 n=9',
      `fd_write(fd=4, "${'x'.repeat(48)}…") = 0 n=60`,
      'fd_seek(fd=4, delta=-4, END) = 0 offset=65',
      'fd_pread(fd=4, offset=1) = 0 "ome" n=3',
      'fd_filestat_get(fd=4) = 0 stat=file 69',
      'fd_fdstat_get(fd=3) = 0 stat=directory',
      'fd_fdstat_set_flags(fd=4, APPEND|NONBLOCK) = 0',
      'path_rename(fd=3, "a.txt", to=3, "c") = 0',
      'path_symlink("c", fd=3, "link") = 0',
      'path_readlink(fd=3, "link") = 0 "c" n=1',
      'fd_prestat_dir_name(fd=3) = 0 "/"',
      'fd_close(fd=4) = 0',
    ])
  })

  test('the rest, as data too; pointers that lead nowhere are not shown', async () => {
    const { g, lines, entries } = traced()
    await g.call('clock_time_get', 0, 1000, 0, OUT)
    await g.call('random_get', BUF, 8)
    await g.call('sched_yield')
    await g.call('sock_shutdown', 9, 1)
    expect(() => g.now('fd_write', 1, -8, 1, OUT)).toThrow(/out of bounds/)
    g.raw('proc_exit', -1)
    expect(lines[0]).toMatch(/^clock_time_get\(REALTIME\) = 0 ns=\d+$|^clock_time_get\(REALTIME\) = 0 ns=0x[\da-f]+$/)
    expect(lines.slice(1)).toEqual([
      'random_get(length=8) = 0',
      'sched_yield() = 0',
      'sock_shutdown(fd=9, how=1) = BADF',
      'fd_write(fd=1) = TRAP',
      'proc_exit(code=4294967295) = EXIT',
    ])
    expect(entries[0]).toMatchObject({ name: 'clock_time_get', args: { clock: 'REALTIME', precision: 1000 }, outcome: 'success' })
    expect(entries[3]).toEqual({ name: 'sock_shutdown', args: { fd: 9, how: 1 }, outcome: 'badf', results: {} })
  })

  test('a call that is given up says so', async () => {
    const controller = new AbortController()
    const idle = { read: () => new Promise<Uint8Array>(() => {}) }
    const { g, lines } = traced({ signal: controller.signal, stdin: idle })
    const reading = g.call('fd_read', 0, ...g.iovecs([BUF, 1]), OUT)
    controller.abort(new Error('enough'))
    await expect(reading).rejects.toThrow(/aborted during the host call fd_read/)
    expect(lines).toEqual(['fd_read(fd=0) = INTERRUPTED'])
  })
})
