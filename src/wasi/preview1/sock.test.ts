/** sock_* and everything else that can be done with a socket, over TCP on the loopback interface. */
import net from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { BUF, OUT, TestCaller } from '../../../test/helpers/caller.ts'
import { listen } from '../../host/node/index.ts'
import type { WASIOptions } from '../wasi.ts'
import { FILETYPE, RIGHT } from './abi.ts'

const open: { destroy(): void }[] = []
afterEach(() => open.splice(0).forEach((thing) => thing.destroy()))

async function start(options: WASIOptions = {}): Promise<{ g: TestCaller; connect: () => net.Socket }> {
  const listener = await listen('127.0.0.1:0')
  const g = new TestCaller({ ...options, listen: [listener] })
  open.push({ destroy: () => g.wasi.close() })
  const connect = (): net.Socket => {
    const socket = net.connect({ host: '127.0.0.1', port: Number(listener.address.split(':')[1]), allowHalfOpen: true })
    socket.on('error', () => {})
    open.push(socket)
    return socket
  }
  return { g, connect }
}
/** A listener at fd 3 with one connection, accepted as fd 4. */
async function connected(flags = 0): Promise<{ g: TestCaller; peer: net.Socket }> {
  const { g, connect } = await start()
  const peer = connect()
  expect(await g.call('sock_accept', 3, flags, OUT)).toBe('success')
  expect(g.u32()).toBe(4)
  return { g, peer }
}
const recv = async (g: TestCaller, size: number, flags = 0): Promise<string> => {
  const e = await g.call('sock_recv', 4, ...g.iovecs([BUF, size]), flags, OUT, OUT + 4)
  return e === 'success' ? `"${g.text(BUF, g.u32())}"` : e
}
const send = async (g: TestCaller, text: string): Promise<string> => g.call('sock_send', 4, ...g.iovecs(g.put(BUF, text)), 0, OUT)
const settle = (ms = 30): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** All that comes, up to the end. (Iterating over the socket would destroy it there.) */
const gathered = (socket: net.Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += String(chunk)))
    socket.on('end', () => resolve(text))
  })
const PEEK = 1
const WAITALL = 2

describe('accept', () => {
  test('waits for a connection; NONBLOCK does not', async () => {
    const { g, connect } = await start()
    const accepted = g.call('sock_accept', 3, 0, OUT)
    await settle()
    connect()
    expect(await accepted).toBe('success')
    expect(g.u32()).toBe(4)
    expect(g.now('fd_fdstat_set_flags', 3, 4)).toBe('success')
    expect(g.now('sock_accept', 3, 0, OUT)).toBe('again')
    connect()
    await settle()
    expect(g.now('sock_accept', 3, 4, OUT)).toBe('success')
    expect(g.u32()).toBe(5)
    expect(g.now('fd_read', 5, ...g.iovecs([BUF, 1]), OUT)).toBe('again')
  })
  test('refusals', async () => {
    const { g } = await connected()
    expect(g.now('sock_accept', 4, 0, OUT)).toBe('inval')
    expect(g.now('sock_accept', 3, 0x20, OUT)).toBe('inval')
    expect(() => g.now('sock_accept', 3, 0, -4)).toThrow(/out of bounds/)
    expect(g.now('sock_recv', 3, ...g.iovecs([BUF, 1]), 0, OUT, OUT + 4)).toBe('notconn')
    expect(g.now('sock_send', 3, ...g.iovecs([BUF, 1]), 0, OUT)).toBe('notconn')
    expect(g.now('sock_shutdown', 3, 1)).toBe('notconn')
    expect(g.now('fd_read', 3, ...g.iovecs([BUF, 1]), OUT)).toBe('notconn')
    expect(g.now('fd_write', 3, ...g.iovecs([BUF, 1]), OUT)).toBe('notconn')
    expect(g.now('fd_fdstat_set_rights', 3, 0, 0, 0, 0)).toBe('success')
    expect(g.now('sock_accept', 3, 0, OUT)).toBe('notcapable')
    const full = await start({ limits: { fds: 4 } })
    expect(full.g.now('sock_accept', 3, 0, OUT)).toBe('mfile')
  })
  test('a refusal for want of a listener tells what would grant one', () => {
    const g = new TestCaller()
    expect(g.now('sock_accept', 3, 0, OUT)).toBe('badf')
    expect(g.wasi.denied).toMatchObject([{ operation: 'accept', grant: '--listen HOST:PORT' }])
  })
})

describe('send and receive', () => {
  test('both ways, scattered and gathered, also with fd_read and fd_write', async () => {
    const { g, peer } = await connected()
    peer.write('hello, ')
    expect(await recv(g, 100)).toBe('"hello, "')
    expect(g.memory.getUint16(OUT + 4)).toBe(0)
    peer.write('world')
    await settle()
    expect(g.now('fd_read', 4, ...g.iovecs([BUF, 2], [BUF + 100, 0], [BUF + 200, 10]), OUT)).toBe('success')
    expect([g.u32(), g.text(BUF, 2), g.text(BUF + 200, 3)]).toEqual([5, 'wo', 'rld'])
    const text = gathered(peer)
    expect(await send(g, 'a')).toBe('success')
    expect(g.now('fd_write', 4, ...g.iovecs(g.put(BUF, 'bc'), g.put(BUF + 50, ''), g.put(BUF + 60, 'def')), OUT)).toBe('success')
    expect(g.u32()).toBe(5)
    expect(g.now('fd_close', 4)).toBe('success')
    expect(await text).toBe('abcdef')
    expect(g.now('fd_close', 4)).toBe('badf')
  })
  test('waits, peeks, waits for all, sees the end', async () => {
    const { g, peer } = await connected()
    const first = recv(g, 10)
    await settle()
    peer.write('abc')
    expect(await first).toBe('"abc"')
    peer.write('defg')
    expect(await recv(g, 2, PEEK)).toBe('"de"')
    expect(await recv(g, 10, PEEK)).toBe('"defg"')
    const all = recv(g, 6, WAITALL)
    await settle()
    peer.write('hi and more')
    expect(await all).toBe('"defghi"')
    const rest = recv(g, 100, WAITALL)
    await settle()
    peer.end('.')
    expect(await rest).toBe('" and more."')
    expect(await recv(g, 10)).toBe('""')
    expect(await recv(g, 10, WAITALL)).toBe('""')
    expect(await recv(g, 0)).toBe('""')
    // The other direction is still open.
    const text = gathered(peer)
    expect(await send(g, 'bye')).toBe('success')
    g.wasi.close()
    expect(await text).toBe('bye')
  })
  test('more than there is room for: parks, or takes a part', async () => {
    const { g, peer } = await connected()
    g.memory.grow(64)
    const size = 4_000_000
    const sent = g.call('sock_send', 4, ...g.iovecs([0, size / 2], [0, size / 2]), 0, OUT)
    await settle()
    let n = 0
    peer.on('data', (chunk: Buffer) => (n += chunk.length))
    expect(await sent).toBe('success')
    expect(g.u32()).toBe(size)
    await vi.waitFor(() => expect(n).toBe(size), 10_000)
    peer.pause()
    g.now('fd_fdstat_set_flags', 4, 4)
    let e = 'success'
    let taken = 0
    for (let i = 0; i < 1000 && e === 'success'; i++) {
      e = g.now('sock_send', 4, ...g.iovecs([0, size]), 0, OUT)
      if (e === 'success') taken += g.u32()
      await settle(1)
    }
    expect(e).toBe('again')
    expect(taken).toBeGreaterThan(0)
  })
  test('a peer that breaks off', async () => {
    const { g, peer } = await connected()
    peer.write('x')
    await settle()
    peer.resetAndDestroy()
    await settle()
    expect(await recv(g, 5)).toMatch(/^("x"|connreset)$/)
    expect(await recv(g, 5)).toMatch(/^(connreset|"")$/)
    expect(await send(g, 'y')).toBe('pipe')
  })
  test('flags and rights', async () => {
    const { g } = await connected()
    expect(await recv(g, 1, 4)).toBe('inval')
    expect(g.now('sock_send', 4, ...g.iovecs([BUF, 1]), 1, OUT)).toBe('inval')
    expect(() => g.now('sock_recv', 4, ...g.iovecs([BUF, 1]), 0, OUT, 1025)).toThrow(/unaligned/)
    g.now('fd_fdstat_set_rights', 4, 0, 0, 0, 0)
    expect(await recv(g, 1)).toBe('notcapable')
    expect(await send(g, 'x')).toBe('notcapable')
    expect(g.now('sock_shutdown', 4, 1)).toBe('notcapable')
  })
})

describe('shutdown', () => {
  test('sending', async () => {
    const { g, peer } = await connected()
    const text = gathered(peer)
    await send(g, 'last')
    expect(g.now('sock_shutdown', 4, 2)).toBe('success')
    expect(await text).toBe('last')
    expect(await send(g, 'x')).toBe('pipe')
    peer.end('still')
    expect(await recv(g, 10)).toBe('"still"')
  })
  test('receiving wakes who waits', async () => {
    const { g, peer } = await connected()
    const waiting = recv(g, 10)
    await settle()
    expect(g.now('sock_shutdown', 4, 1)).toBe('success')
    expect(await waiting).toBe('""')
    peer.write('dropped')
    expect(await recv(g, 10)).toBe('""')
  })
  test('flags', async () => {
    const { g } = await connected()
    expect([0, 4].map((how) => g.now('sock_shutdown', 4, how))).toEqual(['inval', 'inval'])
    expect(g.now('sock_shutdown', 4, 3)).toBe('success')
  })
})

describe('a socket is a socket', () => {
  test('type, rights, and what cannot be done', async () => {
    const { g } = await connected()
    expect(g.now('fd_fdstat_get', 3, OUT)).toBe('success')
    expect([g.memory.getUint8(OUT), g.u32(OUT + 8) & RIGHT.SOCK_ACCEPT]).toEqual([FILETYPE.socket_stream, RIGHT.SOCK_ACCEPT])
    g.now('fd_fdstat_get', 4, OUT)
    expect([g.memory.getUint8(OUT), g.u32(OUT + 8) & RIGHT.SOCK_SHUTDOWN]).toEqual([FILETYPE.socket_stream, RIGHT.SOCK_SHUTDOWN])
    expect(g.now('fd_filestat_get', 4, OUT)).toBe('success')
    expect(g.memory.getUint8(OUT + 16)).toBe(FILETYPE.socket_stream)
    expect(g.now('fd_seek', 4, 0, 0, 0, OUT)).toBe('spipe')
    expect(g.now('fd_pread', 4, ...g.iovecs([BUF, 1]), 0, 0, OUT)).toBe('spipe')
    expect(g.now('fd_filestat_set_times', 4, 0, 0, 0, 0, 2)).toBe('notsup')
    expect(g.now('fd_sync', 4)).toBe('inval')
    expect(g.now('fd_prestat_get', 3, OUT)).toBe('badf')
    expect(g.now('path_open', 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, OUT)).toBe('notdir')
    expect(g.now('fd_renumber', 4, 1)).toBe('success')
    expect(g.now('sock_shutdown', 1, 3)).toBe('success')
    expect(g.wasi.grants).toMatchObject([{ kind: 'listener', access: 'rw', provider: 'tcp' }])
  })
})

describe('poll_oneoff', () => {
  const SUBS = 4096
  const EVENTS = 6144
  const subscribe = (g: TestCaller, i: number, type: number, fd: number): void => {
    g.memory.fill(SUBS + i * 48, 48, 0)
    g.memory.setUint32(SUBS + i * 48, 100 + i)
    g.memory.setUint8(SUBS + i * 48 + 8, type)
    g.memory.setUint32(SUBS + i * 48 + 16, fd)
  }
  const events = (g: TestCaller): number[][] =>
    Array.from({ length: g.u32() }, (_, i) => [0, 8, 16, 24].map((at) => (at === 8 || at === 24 ? g.memory.getUint16(EVENTS + i * 32 + at) : g.u32(EVENTS + i * 32 + at)))) // prettier-ignore
  const READ = 1
  const WRITE = 2

  test('a listener wakes when somebody comes, a connection when something comes, both ways', async () => {
    const { g, connect } = await start()
    subscribe(g, 0, READ, 3)
    let polled = g.call('poll_oneoff', SUBS, EVENTS, 1, OUT)
    const peer = connect()
    expect(await polled).toBe('success')
    expect(events(g)).toEqual([[100, 0, 0, 0]])
    expect(g.now('sock_accept', 3, 0, OUT)).toBe('success')
    subscribe(g, 1, READ, 4)
    polled = g.call('poll_oneoff', SUBS, EVENTS, 2, OUT)
    peer.write('abc')
    expect(await polled).toBe('success')
    expect(events(g)).toEqual([[101, 0, 3, 0]])
    subscribe(g, 2, WRITE, 4)
    expect(g.now('poll_oneoff', SUBS, EVENTS, 3, OUT)).toBe('success')
    expect(events(g)).toEqual([[101, 0, 3, 0], [102, 0, 0, 0]]) // prettier-ignore
    await recv(g, 3)
    polled = g.call('poll_oneoff', SUBS, EVENTS, 2, OUT)
    peer.end()
    await polled
    expect(events(g)).toEqual([[101, 0, 0, 1]])
    // A listener cannot be written to.
    subscribe(g, 0, WRITE, 3)
    expect(g.now('poll_oneoff', SUBS, EVENTS, 1, OUT)).toBe('success')
    expect(events(g)[0]![1]).toBe(8)
  })
})

describe('listen()', () => {
  test('addresses', async () => {
    for (const bad of ['', '80', ':80', 'host', '127.0.0.1:99999', '127.0.0.1:x', '::1:80'])
      await expect(listen(bad), bad).rejects.toThrow(/no address to listen at/)
    const first = await listen('127.0.0.1:0')
    expect(first.address).toMatch(/^127\.0\.0\.1:\d+$/)
    await expect(listen(first.address)).rejects.toThrow(/cannot listen at .*EADDRINUSE/)
    first.close()
  })
  test('IPv6, where there is one', async () => {
    const six = await listen('[::1]:0').catch((e: unknown) => String(e))
    if (typeof six !== 'string') {
      expect(six.address).toMatch(/^\[::1\]:\d+$/)
      six.close()
    } else expect(six).toMatch(/EADDRNOTAVAIL|EAFNOSUPPORT/)
  })
})
