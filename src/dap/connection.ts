/** Sessions over streams: standard input and output, or TCP connections. Called by the command line. */
import type { AddressInfo, Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { serverAt } from '../host/node/sockets.ts'
import { Framing, FramingError, frame } from './framing.ts'
import { Session, type Wire } from './session.ts'
import type { Targets } from './target.ts'

/** Bytes that wait for a slow client before the program is held up. */
const MAX_PENDING = 2 ** 20

/** A session over two streams. It ends when the client says so, or when its stream does; `onClose` closes them. */
export function connect(input: Readable, output: Writable, targets: Targets, onClose: () => void): void {
  const wire: Wire = {
    send: (message) => {
      if (output.writable) output.write(frame(message))
    },
    drained: () => {
      if (output.writableLength < MAX_PENDING) return undefined
      return new Promise((resolve) => {
        const done = (): void => {
          output.off('drain', done)
          output.off('close', done)
          resolve()
        }
        output.on('drain', done)
        output.on('close', done)
      })
    },
    close: onClose,
  }
  const session = new Session(wire, targets)
  const framing = new Framing((body) => session.receive(body))
  const data = (chunk: Uint8Array): void => {
    try {
      framing.push(chunk)
    } catch (error) {
      if (!(error instanceof FramingError)) throw error
      input.off('data', data)
      session.refuse(error.message)
    }
  }
  input.on('data', data)
  for (const event of ['end', 'close', 'error']) input.on(event, () => session.close())
  for (const event of ['close', 'error']) output.on(event, () => session.close())
}

/** How long what a session has left behind may keep the process alive, in ms. */
const GRACE = 2000

/** One session over standard input and output. Resolves when it is over. */
export function serveStdio(targets: Targets): Promise<void> {
  return new Promise((resolve) => {
    connect(process.stdin, process.stdout, targets, () => {
      process.stdin.destroy()
      // A file or socket of the program's that does not close must not leave a process behind.
      // oxlint-disable-next-line unicorn/no-process-exit
      setTimeout(() => process.exit(), GRACE).unref()
      resolve()
    })
  })
}

export interface DapServer {
  /** HOST:PORT. */
  readonly address: string
  /** Takes no more clients; those that are there may still hear of the end. Resolves when all have gone, or were sent away. */
  close(): Promise<void>
}

/** Sessions for all who connect to `PORT` or `HOST:PORT`; the host is 127.0.0.1 unless it is said. Rejects when the address is taken. */
export async function serveTcp(address: string, targets: Targets): Promise<DapServer> {
  const sockets = new Set<Socket>()
  const server = await serverAt(/^\d+$/.test(address) ? `127.0.0.1:${address}` : address, { noDelay: true })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    connect(socket, socket, targets, () => {
      socket.end()
      setTimeout(() => socket.destroy(), GRACE).unref()
    })
  })
  const at = server.address() as AddressInfo
  return {
    address: `${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        setTimeout(() => sockets.forEach((socket) => socket.destroy()), GRACE).unref()
      }),
  }
}
