/**
 * sock_*: connections of granted listeners. Where nothing is there yet, or no room, the thread parks, unless the fd is
 * NONBLOCK (`again`). fd_read and fd_write on a connection end up here as well.
 */
import { fail } from '../../host/errno.ts'
import { isPromise, type Maybe, chain } from '../../host/maybe.ts'
import type { Connection } from '../../host/sockets.ts'
import type { Memory } from '../../runtime/memory.ts'
import { ALL_FDFLAGS, ALL_RIFLAGS, ALL_SDFLAGS, FDFLAG_NONBLOCK, RIFLAG_PEEK, RIFLAG_WAITALL, RIGHT, SDFLAG_RD, SDFLAG_WR } from './abi.ts'
import type { Context, Preview1Function } from './context.ts'
import type { ConnectionFd } from './fd-table.ts'
import { checkFlags, pointer, readIovecs, resultU32 } from './guest-memory.ts'

/** Runs `attempt` until it gives something, waiting as `wait` says in between. */
function until<T>(nonblocking: boolean, attempt: () => T | undefined, wait: () => true | Promise<void>): Maybe<T> {
  for (;;) {
    const result = attempt()
    if (result !== undefined) return result
    if (nonblocking) throw fail('again')
    const ready = wait()
    if (isPromise(ready as Maybe<unknown>)) return (ready as Promise<void>).then(() => until(nonblocking, attempt, wait))
  }
}

function sizeOf(iovecs: readonly number[]): number {
  let total = 0
  for (let i = 1; i < iovecs.length; i += 2) total += iovecs[i]!
  return total
}

/** Bytes of a transfer that are done. */
export interface Progress {
  done: number
}

/** A write that may have to wait: then it is noted how far it has come, in case that it is given up. `written`: where the output itself knows better. */
export function mayStop(
  ctx: Context,
  result: Maybe<number>,
  iovecs: readonly number[],
  progress: Progress,
  written: () => number = () => progress.done,
): Maybe<number> {
  if (isPromise(result)) ctx.transfer = { of: sizeOf(iovecs), written }
  return result
}

const isNonblocking = (fd: { flags: number }): boolean => (fd.flags & FDFLAG_NONBLOCK) !== 0

/** Fills the buffers with what has arrived; with `all` until they are full or the other side has ended. */
export function receive(memory: Memory, fd: ConnectionFd, iovecs: number[], peek: boolean, all: boolean): Maybe<number> {
  const { connection } = fd
  const total = sizeOf(iovecs)
  const nonblocking = isNonblocking(fd)
  let done = 0
  const take = (): number | undefined => {
    const bytes = connection.receive(total - done, peek)
    if (bytes === undefined) return nonblocking && done > 0 ? done : undefined
    scatter(memory, iovecs, done, bytes)
    if (peek) return bytes.length
    done += bytes.length
    return all && bytes.length > 0 && done < total ? undefined : done
  }
  return total === 0 ? 0 : until(nonblocking, take, () => connection.readable())
}

/** Writes bytes to the buffers as if these were one, from position `at` on. */
function scatter(memory: Memory, iovecs: number[], at: number, bytes: Uint8Array): void {
  let start = 0
  let from = 0
  for (let i = 0; i < iovecs.length && from < bytes.length; i += 2) {
    const end = start + iovecs[i + 1]!
    const into = Math.max(at + from, start)
    if (into < end) {
      const n = Math.min(end - into, bytes.length - from)
      memory.write(iovecs[i]! + into - start, bytes.subarray(from, from + n))
      from += n
    }
    start = end
  }
}

/** Sends the buffers: all of them, or with NONBLOCK what there is room for. */
export function send(memory: Memory, fd: ConnectionFd, iovecs: number[], progress: Progress): Maybe<number> {
  const { connection } = fd
  const put = (): number | undefined => {
    for (;;) {
      const part = next(memory, iovecs, progress.done)
      if (part === undefined) return progress.done
      let n: number
      try {
        n = connection.send(part)
      } catch (e) {
        if (progress.done > 0) return progress.done
        throw e
      }
      progress.done += n
      if (n === 0) return isNonblocking(fd) && progress.done > 0 ? progress.done : undefined
    }
  }
  return until(isNonblocking(fd), put, () => connection.writable())
}

/** The rest of the buffer that byte `done` of all buffers lies in. */
function next(memory: Memory, iovecs: number[], done: number): Uint8Array | undefined {
  let start = 0
  for (let i = 0; i < iovecs.length; i += 2) {
    const end = start + iovecs[i + 1]!
    if (done < end) return memory.read(iovecs[i]! + done - start, end - done)
    start = end
  }
  return undefined
}

export const sock_accept: Preview1Function = (ctx, memory, fdNumber: number, flags: number, result: number) => {
  if (!ctx.fds.has(fdNumber)) ctx.denied.add('accept', `on fd ${fdNumber}`, 'no listener is granted there', '--listen HOST:PORT')
  const fd = ctx.fds.socket(fdNumber, 0)
  // accept(2): a socket that is no listener is EINVAL.
  if (fd.kind !== 'listener') throw fail('inval')
  if ((fd.rights & RIGHT.SOCK_ACCEPT) === 0) throw fail('notcapable')
  checkFlags(flags, ALL_FDFLAGS)
  const ptr = resultU32(memory, result)
  ctx.fds.mustHaveRoom()
  const { listener } = fd
  const accepted = until<Connection>(
    isNonblocking(fd),
    () => listener.accept(),
    () => listener.ready(),
  )
  return chain(accepted, (connection) => {
    let n: number
    try {
      n = ctx.fds.add({ kind: 'connection', connection, rights: fd.inheriting, inheriting: 0, flags })
    } catch (e) {
      // Others took the room in the meantime.
      connection.close()
      throw e
    }
    memory.setUint32(ptr, n)
    return 0
  })
}

/** ro_flags (u16): never `truncated`, as it is a stream. */
export const sock_recv: Preview1Function = (
  ctx,
  memory,
  fdNumber: number,
  array: number,
  count: number,
  flags: number,
  size: number,
  roFlags: number,
) => {
  const fd = ctx.fds.connection(fdNumber, RIGHT.FD_READ)
  checkFlags(flags, ALL_RIFLAGS)
  const sizePtr = resultU32(memory, size)
  const flagsPtr = pointer(roFlags, 2)
  memory.check(flagsPtr, 2)
  const iovecs = readIovecs(ctx, memory, array, count)
  return chain(receive(memory, fd, iovecs, (flags & RIFLAG_PEEK) !== 0, (flags & RIFLAG_WAITALL) !== 0), (n) => {
    memory.setUint32(sizePtr, n)
    memory.setUint16(flagsPtr, 0)
    return 0
  })
}

/** No si_flags are defined. */
export const sock_send: Preview1Function = (ctx, memory, fdNumber: number, array: number, count: number, flags: number, result: number) => {
  const fd = ctx.fds.connection(fdNumber, RIGHT.FD_WRITE)
  checkFlags(flags, 0)
  const ptr = resultU32(memory, result)
  const iovecs = readIovecs(ctx, memory, array, count)
  const progress: Progress = { done: 0 }
  return chain(mayStop(ctx, send(memory, fd, iovecs, progress), iovecs, progress), (n) => {
    memory.setUint32(ptr, n)
    return 0
  })
}

export const sock_shutdown: Preview1Function = (ctx, _memory, fdNumber: number, how: number) => {
  checkFlags(how, ALL_SDFLAGS)
  const { connection } = ctx.fds.connection(fdNumber, RIGHT.SOCK_SHUTDOWN)
  if (how === 0) throw fail('inval')
  connection.shutdown((how & SDFLAG_RD) !== 0, (how & SDFLAG_WR) !== 0)
  return 0
}
