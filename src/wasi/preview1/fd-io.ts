/**
 * fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell: bytes in and out of files and streams.
 * Synchronous providers read and write guest memory directly; where a promise comes back, its bytes are copied
 * into a window fetched afresh.
 */
import { isVitrineError } from '../../errors.ts'
import { fail } from '../../host/errno.ts'
import { isPromise, type Maybe, chain } from '../../host/maybe.ts'
import type { Memory } from '../../runtime/memory.ts'
import { FDFLAG_APPEND, FDFLAG_DSYNC, FDFLAG_NONBLOCK, FDFLAG_SYNC, RIGHT, WHENCE_CUR, WHENCE_END, WHENCE_SET } from './abi.ts'
import type { Context, Preview1Function } from './context.ts'
import type { ConnectionFd, FileFd, InputFd, OutputFd } from './fd-table.ts'
import { type Progress, mayStop, receive, send } from './sock.ts'
import { readDelta, readIovecs, readOffset, resultStruct, resultU32, writeU64 } from './guest-memory.ts'

/** Several small buffers are put together up to this size, so that one fd_write is one write of the host. */
const GATHER = 65536

/**
 * Runs a transfer part by part: stops at a short part; an error after some bytes ends it with what was done.
 * `step(part, done)` gives the bytes of one part; `progress` is kept true meanwhile.
 */
function inParts(
  parts: number,
  lengthOf: (part: number) => number,
  step: (part: number, done: number) => Maybe<number>,
  progress: Progress = { done: 0 },
): Maybe<number> {
  let part = 0
  const failed = (e: unknown): number => {
    if (progress.done > 0 && !isVitrineError(e)) return progress.done
    throw e
  }
  const go = (): Maybe<number> => {
    while (part < parts) {
      let n: Maybe<number>
      try {
        n = step(part, progress.done)
      } catch (e) {
        return failed(e)
      }
      if (isPromise(n))
        return n.then((count) => {
          progress.done += count
          return count < lengthOf(part++) ? progress.done : go()
        }, failed)
      progress.done += n
      if (n < lengthOf(part++)) break
    }
    return progress.done
  }
  return go()
}

/** Copies what arrived later into guest memory. */
const arrive = (memory: Memory, ptr: number, result: number | Promise<Uint8Array>): Maybe<number> =>
  chain(result as Maybe<number | Uint8Array>, (r) => {
    if (typeof r === 'number') return r
    memory.write(ptr, r)
    return r.length
  })

function readFile(memory: Memory, fd: FileFd, iovecs: number[], position: number): Maybe<number> {
  return inParts(
    iovecs.length / 2,
    (part) => iovecs[part * 2 + 1]!,
    (part, done) => {
      const ptr = iovecs[part * 2]!
      return arrive(memory, ptr, fd.file.read(memory.writable(ptr, iovecs[part * 2 + 1]!), position + done))
    },
  )
}

/** Streams give what they have: the first buffer may wait, the others only take what is there already. */
function readStream(memory: Memory, fd: InputFd, iovecs: number[]): Maybe<number> {
  const { input } = fd
  if ((fd.flags & FDFLAG_NONBLOCK) !== 0 && input.ready !== undefined && input.ready() !== true) throw fail('again')
  return inParts(
    iovecs.length / 2,
    (part) => iovecs[part * 2 + 1]!,
    (part) => {
      if (part > 0 && (input.available === undefined || input.available() === 0)) return 0
      const ptr = iovecs[part * 2]!
      return arrive(memory, ptr, input.read(memory.writable(ptr, iovecs[part * 2 + 1]!)))
    },
  )
}

/** The buffers of a write as few pieces: one window where there is one buffer, small buffers copied together. */
function gather(memory: Memory, iovecs: number[]): Uint8Array[] {
  if (iovecs.length === 2) return [memory.read(iovecs[0]!, iovecs[1]!)]
  const pieces: Uint8Array[] = []
  for (let i = 0; i < iovecs.length;) {
    let end = i
    let size = 0
    while (end < iovecs.length && (end === i || size + iovecs[end + 1]! <= GATHER)) {
      size += iovecs[end + 1]!
      end += 2
    }
    if (end === i + 2) pieces.push(memory.read(iovecs[i]!, iovecs[i + 1]!))
    else {
      const piece = new Uint8Array(size)
      let at = 0
      for (; i < end; i += 2) {
        piece.set(memory.read(iovecs[i]!, iovecs[i + 1]!), at)
        at += iovecs[i + 1]!
      }
      pieces.push(piece)
    }
    i = end
  }
  return pieces
}

/** Writes the iovecs; windows on memory are taken part by part, because memory may move while a part waits. */
function writeParts(
  memory: Memory,
  iovecs: number[],
  progress: Progress,
  write: (data: Uint8Array, done: number) => Maybe<number>,
): Maybe<number> {
  if (iovecs.length === 0) return 0
  if (iovecs.length === 2) return write(memory.read(iovecs[0]!, iovecs[1]!), 0)
  let buffer = memory.buffer
  let pieces = gather(memory, iovecs)
  return inParts(
    pieces.length,
    (part) => pieces[part]!.length,
    (part, done) => {
      if (memory.buffer !== buffer) {
        buffer = memory.buffer
        pieces = gather(memory, iovecs)
      }
      return write(pieces[part]!, done)
    },
    progress,
  )
}

function writeFile(memory: Memory, fd: FileFd, iovecs: number[], position: number, progress: Progress): Maybe<number> {
  const append = (fd.flags & FDFLAG_APPEND) !== 0
  const count = writeParts(memory, iovecs, progress, (data, done) => (append ? fd.file.append(data) : fd.file.write(data, position + done)))
  if ((fd.flags & (FDFLAG_SYNC | FDFLAG_DSYNC)) === 0) return count
  return chain(count, (n) => chain(fd.file.sync((fd.flags & FDFLAG_SYNC) === 0), () => n))
}

function writeStream(memory: Memory, fd: OutputFd, iovecs: number[], progress: Progress): Maybe<number> {
  const { output } = fd
  return writeParts(memory, iovecs, progress, (data) => {
    const chunk = output.borrows === true || data.buffer !== memory.buffer ? data : data.slice()
    return chain(output.write(chunk) as Maybe<unknown>, (taken) => (typeof taken === 'number' ? taken : chunk.length))
  })
}

export const fd_read: Preview1Function = (ctx, memory, fdNumber: number, array: number, count: number, result: number) => {
  const fd = readable(ctx, fdNumber)
  const ptr = resultU32(memory, result)
  const iovecs = readIovecs(ctx, memory, array, count)
  const read =
    fd.kind === 'file'
      ? readFile(memory, fd, iovecs, fd.offset)
      : fd.kind === 'input'
        ? readStream(memory, fd, iovecs)
        : receive(memory, fd, iovecs, false, false)
  return chain(read, (n) => {
    if (fd.kind === 'file') fd.offset += n
    memory.setUint32(ptr, n)
    return 0
  })
}

function readable(ctx: Context, n: number): FileFd | InputFd | ConnectionFd {
  const fd = ctx.fds.get(n)
  if (fd.kind === 'listener') throw fail('notconn')
  if (fd.kind === 'directory') throw fail('isdir')
  if (fd.kind === 'output') throw fail('badf')
  if ((fd.rights & RIGHT.FD_READ) === 0) throw fail('notcapable')
  return fd
}

export const fd_write: Preview1Function = (ctx, memory, fdNumber: number, array: number, count: number, result: number) => {
  const fd = ctx.fds.get(fdNumber)
  if (fd.kind === 'directory') throw fail('isdir')
  if (fd.kind === 'input') throw fail('badf')
  if (fd.kind === 'listener') throw fail('notconn')
  if ((fd.rights & RIGHT.FD_WRITE) === 0) throw fail('notcapable')
  const ptr = resultU32(memory, result)
  const iovecs = readIovecs(ctx, memory, array, count)
  const progress: Progress = { done: 0 }
  const before = fd.kind === 'output' ? fd.output.written?.() : undefined
  const written =
    fd.kind === 'file'
      ? writeFile(memory, fd, iovecs, fd.offset, progress)
      : fd.kind === 'output'
        ? writeStream(memory, fd, iovecs, progress)
        : send(memory, fd, iovecs, progress)
  const inOutput = before === undefined ? undefined : (): number => (fd as OutputFd).output.written!() - before
  return chain(mayStop(ctx, written, iovecs, progress, inOutput), (n) => {
    memory.setUint32(ptr, n)
    if (fd.kind !== 'file') return 0
    fd.offset += n
    // POSIX: after appending, the offset is the end of the file.
    if ((fd.flags & FDFLAG_APPEND) === 0) return 0
    return chain(fd.file.size(), (size) => {
      fd.offset = size
      return 0
    })
  })
}

export const fd_pread: Preview1Function = (
  ctx,
  memory,
  fdNumber: number,
  array: number,
  count: number,
  lo: number,
  hi: number,
  result: number,
) => {
  const fd = ctx.fds.file(fdNumber, RIGHT.FD_READ | RIGHT.FD_SEEK)
  const ptr = resultU32(memory, result)
  const iovecs = readIovecs(ctx, memory, array, count)
  return chain(readFile(memory, fd, iovecs, readOffset(lo, hi)), (n) => {
    memory.setUint32(ptr, n)
    return 0
  })
}

export const fd_pwrite: Preview1Function = (
  ctx,
  memory,
  fdNumber: number,
  array: number,
  count: number,
  lo: number,
  hi: number,
  result: number,
) => {
  const fd = ctx.fds.file(fdNumber, RIGHT.FD_WRITE | RIGHT.FD_SEEK)
  const ptr = resultU32(memory, result)
  const iovecs = readIovecs(ctx, memory, array, count)
  const progress: Progress = { done: 0 }
  const written = writeFile(memory, fd, iovecs, readOffset(lo, hi), progress)
  return chain(mayStop(ctx, written, iovecs, progress), (n) => {
    memory.setUint32(ptr, n)
    return 0
  })
}

export const fd_seek: Preview1Function = (ctx, memory, fdNumber: number, lo: number, hi: number, whence: number, result: number) => {
  // FD_TELL is enough to ask where one is.
  const asking = lo === 0 && hi === 0 && whence === WHENCE_CUR
  const plain = ctx.fds.file(fdNumber, 0)
  if ((plain.rights & (asking ? RIGHT.FD_SEEK | RIGHT.FD_TELL : RIGHT.FD_SEEK)) === 0) throw fail('notcapable')
  const ptr = resultStruct(memory, result, 8, 8)
  if (whence !== WHENCE_SET && whence !== WHENCE_CUR && whence !== WHENCE_END) throw fail('inval')
  const delta = readDelta(lo, hi)
  return chain(whence === WHENCE_SET ? 0 : whence === WHENCE_CUR ? plain.offset : plain.file.size(), (base) => {
    const offset = base + delta
    if (offset < 0) throw fail('inval')
    if (!Number.isSafeInteger(offset)) throw fail('overflow')
    plain.offset = offset
    writeU64(memory, ptr, offset)
    return 0
  })
}

export const fd_tell: Preview1Function = (ctx, memory, fdNumber: number, result: number) => {
  const fd = ctx.fds.file(fdNumber, 0)
  // FD_SEEK implies FD_TELL.
  if ((fd.rights & (RIGHT.FD_SEEK | RIGHT.FD_TELL)) === 0) throw fail('notcapable')
  writeU64(memory, resultStruct(memory, result, 8, 8), fd.offset)
  return 0
}
