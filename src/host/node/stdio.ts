/**
 * The process's own standard streams as a guest's. Output is written synchronously, so that nothing is lost when the
 * process ends and errors reach the guest that caused them. Input parks the guest while it waits (pipes, terminals)
 * or is read directly (files). Used by the command line and by whoever passes `stdin: stdin()`.
 */
import type { Stats } from 'node:fs'
import { fs, tty } from './builtins.ts'
import type { Readable } from 'node:stream'
import { fail } from '../errno.ts'
import type { Input, Output } from '../streams.ts'
import { nodeErrno, sys } from './node-errno.ts'

/** Whether a terminal is behind a descriptor. Node's module, which loads that of sockets, is asked only about devices that may be one. */
function isTerminal(fd: number): boolean {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isCharacterDevice() && !isNull(stat) && tty().isatty(fd)
  } catch {
    // Closed, or not open at all: using it tells.
    return false
  }
}
const isNull = ({ rdev }: Stats): boolean => fs.statSync('/dev/null', { throwIfNoEntry: false })?.rdev === rdev

const pauseCell = new Int32Array(new SharedArrayBuffer(4))
/** Blocks this JS thread; the descriptor is non-blocking and not ready, and the call must be synchronous. */
const pause = (ms: number): void => void Atomics.wait(pauseCell, 0, 0, ms)

/** An output on a descriptor of the process. Waits where the reader is slow; EPIPE becomes the guest's `pipe`. */
export function fdOutput(fd: number): Output {
  return {
    borrows: true,
    isTTY: isTerminal(fd),
    write(chunk) {
      let done = 0
      let wait = 1
      while (done < chunk.length) {
        try {
          done += fs.writeSync(fd, chunk, done)
          wait = 1
        } catch (e) {
          const errno = nodeErrno(e)
          if (errno === 'again') {
            pause(wait)
            wait = Math.min(wait * 2, 32)
          } else if (done > 0) break
          else throw fail(errno)
        }
      }
      return done
    },
  }
}

/** How many times a full pipe is looked at again at once, before time is left to its reader. */
const QUICK = 50

/**
 * An output on a pipe that parks the guest while the pipe is full, so that it can be stopped there: a blocking write would stop the
 * JS thread. The pipe is opened a second time for that, since others share the first descriptor and its flags. Undefined where this
 * cannot be done: it is no pipe, or there is no /proc.
 */
function pipeOutput(fd: number): Output | undefined {
  let own: number
  try {
    if (!fs.fstatSync(fd).isFIFO()) return undefined
    own = fs.openSync(`/proc/self/fd/${fd}`, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK)
  } catch {
    // No /proc, or nobody reads any more: the usual output tells.
    return undefined
  }
  let open = true
  let total = 0
  /** What the pipe has room for; a broken pipe shows once nothing more can be written. */
  const put = (data: Uint8Array, from: number): number => {
    let done = from
    while (done < data.length) {
      try {
        done += fs.writeSync(own, data, done)
      } catch (e) {
        const errno = nodeErrno(e)
        if (errno === 'again' || done > from) break
        throw fail(errno)
      }
    }
    total += done - from
    return done
  }
  const rest = async (data: Uint8Array): Promise<void> => {
    for (let done = 0, looks = 0; open && done < data.length; looks++) {
      await new Promise<void>((resolve) => {
        if (looks < QUICK) setImmediate(resolve)
        else setTimeout(resolve, Math.min(2 ** Math.min(looks - QUICK, 10), 32))
      })
      if (!open) return
      const before = done
      done = put(data, done)
      if (done > before) looks = 0
    }
  }
  return {
    borrows: true,
    isTTY: false,
    written: () => total,
    write(chunk) {
      const done = put(chunk, 0)
      // The guest's memory may move while it waits.
      return done === chunk.length ? done : rest(chunk.slice(done)).then(() => chunk.length)
    },
    close: () => {
      open = false
      fs.closeSync(own)
    },
  }
}

/** Reads a descriptor synchronously: regular files, /dev/null, or anything when blocking the JS thread is wanted. */
export function fdInput(fd: number, close = false): Input {
  return {
    isTTY: isTerminal(fd),
    read(buffer) {
      for (let wait = 1; ; wait = Math.min(wait * 2, 32)) {
        try {
          return fs.readSync(fd, buffer, 0, buffer.length, null)
        } catch (e) {
          const code = (e as { code?: string }).code
          // Windows reports the end of a pipe as an error.
          if (code === 'EOF' || code === 'EPIPE') return 0
          if (code !== 'EAGAIN') throw fail(nodeErrno(e))
          pause(wait)
        }
      }
    },
    ...(close ? { close: () => fs.closeSync(fd) } : {}),
  }
}

/** Input from a host file, for example for `--stdin FILE`. */
export const fileInput = (path: string): Input => sys(() => fdInput(fs.openSync(path, 'r'), true))

/**
 * Input from a Node stream, without blocking: the guest parks until bytes or the end are there. While nobody waits the
 * stream does not keep the process alive.
 */
export function streamInput(stream: Readable & { ref?(): unknown; unref?(): unknown; isTTY?: boolean }): Input {
  let chunk: Uint8Array = new Uint8Array(0)
  let ended = false
  let failure: unknown
  let pending: Promise<void> | undefined

  /** Takes what the stream has buffered; false when there is nothing yet. */
  const take = (): boolean => {
    if (chunk.length > 0 || ended) return true
    const data = stream.read() as Uint8Array | string | null
    if (data !== null)
      chunk = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data.buffer, data.byteOffset, data.length)
    else if (stream.readableEnded || stream.destroyed) ended = true
    return chunk.length > 0 || ended
  }
  const pull = (): true | Promise<void> => {
    if (take()) return true
    pending ??= new Promise<void>((resolve) => {
      const settle = (): void => {
        if (!take()) return
        stream.off('readable', settle)
        stream.off('end', end)
        stream.off('close', end)
        stream.off('error', error)
        stream.unref?.()
        pending = undefined
        resolve()
      }
      const end = (): void => {
        ended = chunk.length === 0
        settle()
      }
      const error = (e: unknown): void => {
        failure = e
        end()
      }
      stream.ref?.()
      stream.on('readable', settle)
      stream.on('end', end)
      stream.on('close', end)
      stream.on('error', error)
    })
    return pending
  }
  const cut = (max: number): Uint8Array => {
    if (chunk.length === 0 && failure !== undefined) {
      const e = failure
      failure = undefined
      throw fail(nodeErrno(e))
    }
    const part = chunk.subarray(0, max)
    chunk = chunk.subarray(part.length)
    return part
  }
  return {
    isTTY: stream.isTTY === true,
    read(buffer) {
      const max = buffer.length
      const state = pull()
      if (state !== true) return state.then(() => cut(max))
      const part = cut(max)
      buffer.set(part)
      return part.length
    },
    ready: pull,
    available: () => chunk.length,
    close: () => {
      stream.pause()
      stream.unref?.()
    },
  }
}

export interface StdinOptions {
  /**
   * `sync` blocks the whole JS thread while it waits, and works under synchronous invocations; `async` parks the guest.
   * `auto` (default): sync for files and devices such as /dev/null, async for pipes, sockets and terminals.
   */
  mode?: 'auto' | 'sync' | 'async'
}

/** The process's standard input. */
export function stdin(options: StdinOptions = {}): Input {
  let mode = options.mode ?? 'auto'
  if (mode === 'auto') {
    try {
      const stat = fs.fstatSync(0)
      mode = stat.isFile() || (stat.isCharacterDevice() && !isTerminal(0)) ? 'sync' : 'async'
    } catch {
      // Closed (`<&-`): reading then fails with EBADF, as it should.
      mode = 'sync'
    }
  }
  return mode === 'sync' ? fdInput(0) : processStdin()
}

/** `process.stdin` is made when somebody looks at it, and with it much of Node: most programs do not read. */
function processStdin(): Input {
  let stream: Input | undefined
  const opened = (): Input => (stream ??= streamInput(process.stdin))
  return {
    isTTY: isTerminal(0),
    read: (buffer) => opened().read(buffer),
    ready: () => opened().ready!(),
    available: () => opened().available!(),
    close: () => stream?.close!(),
  }
}

export interface StdoutOptions {
  /**
   * `sync` (default) blocks the whole JS thread while a reader is slow, and works under synchronous invocations; `async` parks the
   * guest where it can (pipes on Linux), so that it can be stopped meanwhile.
   */
  mode?: 'sync' | 'async'
}

const output = (fd: number, { mode }: StdoutOptions): Output => (mode === 'async' ? pipeOutput(fd) : undefined) ?? fdOutput(fd)

/** The process's standard output. */
export const stdout = (options: StdoutOptions = {}): Output => output(1, options)
/** The process's standard error. */
export const stderr = (options: StdoutOptions = {}): Output => output(2, options)

/** All three, for options that take them: `new WASI({ ...inherit(), args })`. The guest's `WASI.close()` lets go of stdin. */
export const inherit = (options?: StdinOptions): { stdin: Input; stdout: Output; stderr: Output } => ({
  stdin: stdin(options),
  stdout: stdout(),
  stderr: stderr(),
})
