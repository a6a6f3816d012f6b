/** A guest that is stopped while it waits in a host call: the call ends at once, what was written is told, nothing stays open. */
import { describe, expect, test } from 'vitest'
import { BUF, CREAT, OUT, TestGuest } from '../../../test/helpers/guest.ts'
import type { Connection, Listener } from '../../host/sockets.ts'
import { memoryFs } from '../../host/memory-fs.ts'
import type { FileHandle, FileSystemProvider } from '../../host/file-system.ts'
import { FILE_RIGHTS } from './abi.ts'
import type { WASIOptions } from '../wasi.ts'

const never = <T>(): Promise<T> => new Promise(() => {})
const reason = new Error('enough')

function start(options: WASIOptions): { g: TestGuest; stop: () => void; lines: string[] } {
  const controller = new AbortController()
  const lines: string[] = []
  const strace: WASIOptions['strace'] = ({ name, outcome, results }) => void lines.push(`${name} ${outcome} ${JSON.stringify(results)}`)
  return { g: new TestGuest({ ...options, signal: controller.signal, strace }), stop: () => controller.abort(reason), lines }
}

/** A provider over memory whose files answer later; `done` bytes are written before the rest waits for ever. */
function slowFs(done: number): { provider: FileSystemProvider; closed: () => number } {
  const memory = memoryFs()
  let closed = 0
  let left = done
  const provider = new Proxy(memory as FileSystemProvider, {
    get: (target, key) => {
      if (key !== 'open') {
        const value = target[key as keyof FileSystemProvider] as unknown
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      }
      return (...args: Parameters<FileSystemProvider['open']>): FileHandle => {
        const file = target.open(...args) as FileHandle
        return {
          read: () => never(),
          write: (data) => ((left -= data.length) >= 0 ? Promise.resolve(data.length) : never()),
          append: () => never(),
          size: () => file.size(),
          stat: () => never(),
          truncate: () => never(),
          setTimes: () => never(),
          sync: () => never(),
          close: () => void closed++,
        }
      }
    },
  })
  return { provider, closed: () => closed }
}

describe('stopped while waiting', () => {
  const listener = (connection?: Connection): Listener => ({
    address: 'x',
    accept: () => connection,
    ready: () => (connection === undefined ? never() : true),
    close: () => {},
  })

  test.each([
    ['fd_read', { stdin: () => never() }, (g: TestGuest) => g.read(0), 0],
    ['poll_oneoff', {}, (g: TestGuest) => sleep(g), undefined],
    ['sock_accept', { listen: [listener()] }, (g: TestGuest) => g.call('sock_accept', 3, 0, OUT), 3],
    ['fd_write', { stdout: () => never() }, (g: TestGuest) => g.write(1, 'text'), 1],
  ] as const)('%s', async (call, options, begin, fd) => {
    const { g, stop, lines } = start(options as WASIOptions)
    const waiting = begin(g)
    await Promise.resolve()
    stop()
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted', cause: reason })
    expect(g.wasi.interrupted).toEqual([
      { call, fd, written: call === 'fd_write' ? 0 : undefined, of: call === 'fd_write' ? 4 : undefined },
    ])
    expect(lines).toEqual([`${call} interrupted ${call === 'fd_write' ? '{"n":0}' : '{}'}`])
    // Nothing more goes on.
    await expect(g.call('fd_close', 0)).rejects.toMatchObject({ code: 'interrupted' })
    g.wasi.close()
  })

  test('an operation of a provider that never answers; its file is closed', async () => {
    const { provider, closed } = slowFs(0)
    const { g, stop } = start({ fs: { '/': provider } })
    const fd = (await g.open(3, 'f', { oflags: CREAT, rights: FILE_RIGHTS })) as number
    const waiting = g.call('fd_sync', fd)
    stop()
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    expect(g.wasi.interrupted).toMatchObject([{ call: 'fd_sync', fd }])
    g.wasi.close()
    expect(closed()).toBe(1)
  })

  test('a write to a file of which a part is done', async () => {
    const { provider, closed } = slowFs(150_000)
    const { g, stop, lines } = start({ fs: { '/': provider } })
    const fd = (await g.open(3, 'f', { oflags: CREAT, rights: FILE_RIGHTS })) as number
    for (const [name, rest] of [
      ['fd_write', [OUT]],
      ['fd_pwrite', [0, 0, OUT]],
    ] as const) {
      const waiting = g.call(name, fd, ...g.iovecs([BUF, 70_000], [BUF, 80_000], [BUF, 90_000]), ...rest)
      // Two parts are done, then.
      for (let i = 0; i < 20; i++) await Promise.resolve()
      if (name === 'fd_pwrite') stop()
      else void waiting.catch(() => {})
      if (name === 'fd_pwrite') await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    }
    // Both were waiting: one after 150,000 bytes, the other before its first.
    expect(g.wasi.interrupted).toEqual([
      { call: 'fd_write', fd, written: 150_000, of: 240_000 },
      { call: 'fd_pwrite', fd, written: 0, of: 240_000 },
    ])
    expect(lines).toContain('fd_write interrupted {"n":150000}')
    g.wasi.close()
    expect(closed()).toBe(1)
  })

  test('a write to an output that counts', async () => {
    let total = 1000
    const { g, stop } = start({
      stdout: {
        borrows: true,
        written: () => total,
        write: () => {
          total += 3
          return never()
        },
      },
    })
    const waiting = g.write(1, 'text')
    stop()
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    expect(g.wasi.interrupted).toEqual([{ call: 'fd_write', fd: 1, written: 3, of: 4 }])
  })

  test('sending to a peer that does not read', async () => {
    let room = 3
    const connection = {
      receive: () => undefined,
      available: () => 0,
      readable: () => never(),
      send: (data: Uint8Array) => {
        const n = Math.min(room, data.length)
        room -= n
        return n
      },
      writable: () => (room > 0 ? true : never()),
      shutdown: () => {},
      close: () => {},
    } as Connection
    const { g, stop } = start({ listen: [listener(connection)] })
    expect(await g.call('sock_accept', 3, 0, OUT)).toBe('success')
    const waiting = g.call('sock_send', g.u32(), ...g.iovecs(g.put(BUF, 'a'), g.put(BUF + 8, 'long text')), 0, OUT)
    stop()
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    expect(g.wasi.interrupted).toEqual([{ call: 'sock_send', fd: 4, written: 3, of: 10 }])
  })
})

/** poll_oneoff for 100 s. */
function sleep(g: TestGuest): Promise<string> {
  g.memory.fill(BUF, 48, 0)
  g.memory.setUint32(BUF + 16, 1)
  g.memory.setUint64(BUF + 24, 1_215_752_192, 23)
  return g.call('poll_oneoff', BUF, BUF + 256, 1, OUT)
}
