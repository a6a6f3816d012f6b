/**
 * Listeners and connections over node:net. While nobody waits on a listener it does not keep the process alive.
 */
import type { AddressInfo, Server, ServerOpts, Socket } from 'node:net'
import { net } from './builtins.ts'
import { HostError } from '../../errors.ts'
import { fail } from '../errno.ts'
import type { Connection, Listener } from '../sockets.ts'

/** Connections that wait to be accepted; more are turned away, as a full backlog does. */
const BACKLOG = 128
/** How long the rest of what a guest has sent may take to leave after it has closed the connection, in ms. */
const LINGER = 2000

/** Wakes all who wait for something. */
class Signal {
  private pending: Promise<void> | undefined
  private wake: () => void = () => {}

  wait(): Promise<void> {
    return (this.pending ??= new Promise((resolve) => (this.wake = resolve)))
  }
  notify(): void {
    this.pending = undefined
    this.wake()
  }
}

class NodeConnection implements Connection {
  private readonly socket: Socket
  private readonly change = new Signal()
  private chunk: Uint8Array = new Uint8Array(0)
  private ended = false
  private receiving = true
  private sending = true
  private broken = false

  constructor(socket: Socket) {
    this.socket = socket
    const notify = (): void => this.change.notify()
    socket.on('readable', notify)
    socket.on('drain', notify)
    socket.on('end', () => {
      this.ended = true
      notify()
    })
    socket.on('error', () => {
      this.broken = true
      notify()
    })
    socket.on('close', () => {
      this.ended = true
      notify()
    })
  }

  /** Whether there is something to say: bytes, the end, or that it broke. */
  private fetch(): boolean {
    if (this.chunk.length === 0 && this.receiving) this.chunk = (this.socket.read() as Buffer | null) ?? this.chunk
    return this.chunk.length > 0 || this.ended || this.broken || !this.receiving
  }
  receive(max: number, peek: boolean): Uint8Array | undefined {
    if (!this.fetch()) return undefined
    if (this.chunk.length === 0 && this.broken && this.receiving) {
      this.broken = false
      this.ended = true
      throw fail('connreset')
    }
    const part = this.chunk.subarray(0, max)
    if (!peek) this.chunk = this.chunk.subarray(part.length)
    return part
  }
  available(): number {
    return this.chunk.length + (this.receiving ? this.socket.readableLength : 0)
  }
  readable(): true | Promise<void> {
    return this.fetch() ? true : this.change.wait()
  }

  send(data: Uint8Array): number {
    const { socket } = this
    if (!this.sending || socket.destroyed || !socket.writable) throw fail('pipe')
    const n = Math.min(data.length, socket.writableHighWaterMark - socket.writableLength)
    if (n <= 0) return 0
    socket.write(Uint8Array.prototype.slice.call(data, 0, n))
    return n
  }
  writable(): true | Promise<void> {
    const { socket } = this
    const room = socket.writableLength < socket.writableHighWaterMark
    return room || !this.sending || socket.destroyed || !socket.writable ? true : this.change.wait()
  }

  shutdown(receiving: boolean, sending: boolean): void {
    if (this.socket.destroyed) throw fail('notconn')
    if (receiving) {
      this.receiving = false
      this.chunk = new Uint8Array(0)
      // What still comes is read and dropped, as the system does.
      this.socket.removeAllListeners('readable')
      this.socket.resume()
    }
    if (sending && this.sending) {
      this.sending = false
      this.socket.end()
    }
    this.change.notify()
  }
  close(): void {
    const { socket } = this
    socket.removeAllListeners('readable')
    socket.resume()
    socket.destroySoon()
    if (!socket.destroyed) setTimeout(() => socket.destroy(), LINGER).unref()
  }
}

class NodeListener implements Listener {
  readonly address: string
  private readonly server: Server
  private readonly change = new Signal()
  private readonly waiting: NodeConnection[] = []

  constructor(server: Server) {
    const { address, port, family } = server.address() as AddressInfo
    this.address = family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
    this.server = server
    server.unref()
    server.on('connection', (socket) => {
      if (this.waiting.length >= BACKLOG) {
        socket.destroy()
        return
      }
      this.waiting.push(new NodeConnection(socket))
      server.unref()
      this.change.notify()
    })
  }
  accept(): Connection | undefined {
    return this.waiting.shift()
  }
  ready(): true | Promise<void> {
    if (this.waiting.length > 0) return true
    this.server.ref()
    return this.change.wait()
  }
  close(): void {
    this.server.close()
    for (const connection of this.waiting) connection.close()
    this.waiting.length = 0
  }
}

/**
 * Listens for TCP connections, for the `listen` option: `await listen('127.0.0.1:8080')`; `[::1]:8080` for IPv6, port 0 for any free
 * one (`address` tells which). Throws HostError when the address is none or is taken.
 */
export async function listen(address: string): Promise<Listener> {
  return new NodeListener(await serverAt(address, { allowHalfOpen: true, noDelay: true }))
}

/** A server that listens at HOST:PORT. Throws HostError when that is no address or is taken. */
export async function serverAt(address: string, options: ServerOpts): Promise<Server> {
  const [, ipv6, host = ipv6, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(address) ?? []
  if (host === undefined || host === '' || Number(port) > 65535)
    throw new HostError(`'${address}' is no address to listen at: write HOST:PORT`)
  const server = net().createServer(options)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (e) =>
      reject(new HostError(`cannot listen at ${address}: ${(e as { code?: string }).code ?? e.message}`, undefined, { cause: e })),
    )
    server.listen({ host, port: Number(port) }, resolve)
  })
  return server
}
