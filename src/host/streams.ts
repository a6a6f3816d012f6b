/**
 * Standard input and output as capabilities: what a guest's fds 0–2 are connected to. Sources and sinks of strings,
 * bytes, callbacks and iterables live here; the process's own streams are in `host/node`.
 */
import { decodeUtf8Lossy, encodeUtf8 } from '../bytes/utf8.ts'
import { HostError } from '../errors.ts'
import { fail } from './errno.ts'
import { chain, isPromise, type Maybe } from './maybe.ts'

/** Where a guest's input comes from. */
export interface Input {
  /**
   * Reads at most `buffer.length` bytes (never 0 requested). Answers at once: fills the start of `buffer` and returns the
   * count, 0 at the end. Answers later: a promise of the bytes themselves (at most `buffer.length`, empty at the end);
   * `buffer` must then not be touched, because guest memory may move while the guest waits.
   */
  read(buffer: Uint8Array): number | Promise<Uint8Array>
  /** True when `read` would answer at once; else a promise that settles when it would. Absent: always ready. */
  ready?(): true | Promise<void>
  /** Bytes known to be readable now, for poll. 0 with `ready() === true` means the end of input. */
  available?(): number
  readonly isTTY?: boolean
  /** Called once when the guest is done with it. */
  close?(): void
}

/** Where a guest's output goes. Node's Writable streams fit too. */
export interface Output {
  /**
   * Takes bytes; a number tells how many were taken, anything else means all. Unless `borrows` is true the chunk is a copy
   * which the output may keep.
   */
  write(chunk: Uint8Array): unknown
  /** Set when `write` is done with the chunk on return: it then gets a window on guest memory, without a copy. */
  readonly borrows?: boolean
  /** All bytes that have gone out so far: tells how far a write came that is given up while it waits. */
  written?(): number
  readonly isTTY?: boolean
  close?(): void
}

/** A Web stream to read from, as far as it is used here. */
export interface ReadableStreamLike {
  getReader(): { read(): Promise<{ done: boolean; value?: unknown }>; cancel(): Promise<unknown>; releaseLock(): void }
}
/** A Web stream to write to, as far as it is used here. */
export interface WritableStreamLike {
  getWriter(): { write(chunk: Uint8Array): Promise<unknown>; close(): Promise<unknown> }
}

/**
 * Text, bytes, an (async) iterable or a Web stream of them, an Input, or a function that is asked for the next piece whenever the
 * guest wants some: it gives text or bytes, or a promise of them; null, undefined or nothing in it is the end.
 */
export type InputOption =
  | string
  | Uint8Array
  | Input
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | ReadableStreamLike
  | (() => Maybe<string | Uint8Array | null | undefined>)
/** A function may return a promise: the guest then waits for it. A Web stream is closed when the guest is done with it. */
export type OutputOption = 'discard' | ((chunk: Uint8Array) => unknown) | Output | WritableStreamLike

/** Always at the end. */
export const emptyInput: Input = { read: () => 0, available: () => 0 }

/** Takes everything, keeps nothing. */
export const discard: Output = { write: (chunk) => chunk.length, borrows: true }

/** Input of fixed bytes or text (as UTF-8). */
export function bytesInput(data: string | Uint8Array): Input {
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data
  let at = 0
  return {
    read(buffer) {
      const n = Math.min(buffer.length, bytes.length - at)
      buffer.set(bytes.subarray(at, at + n))
      at += n
      return n
    },
    available: () => bytes.length - at,
  }
}

/**
 * Input from an iterable or async iterable of chunks. Chunks are pulled one at a time, when the guest asks;
 * `ready()` pulls ahead by one.
 */
export function iterableInput(source: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): Input {
  const asyncSource = (source as Partial<AsyncIterable<Piece>>)[Symbol.asyncIterator]
  return stepsInput(asyncSource !== undefined ? asyncSource.call(source) : (source as Iterable<Piece>)[Symbol.iterator]())
}

type Piece = string | Uint8Array
/** An iterator whose steps may take their time. */
interface Steps {
  next(): Maybe<IteratorResult<Piece>>
  return?(): unknown
}

function stepsInput(iterator: Steps): Input {
  let chunk = new Uint8Array(0)
  let ended = false
  let failure: { error: unknown } | undefined
  let pending: Promise<void> | undefined

  const take = (result: IteratorResult<Piece>): void => {
    if (result.done === true) ended = true
    else chunk = new Uint8Array(typeof result.value === 'string' ? encodeUtf8(result.value) : result.value)
  }
  /** Pulls until there is a byte, the end or an error; a promise when the source answers later. */
  const pull = (): true | Promise<void> => {
    while (chunk.length === 0 && !ended && failure === undefined) {
      if (pending !== undefined) return pending
      const result = iterator.next()
      if (isPromise(result)) {
        pending = result.then(
          (r) => {
            pending = undefined
            take(r)
            const more = pull()
            return more === true ? undefined : more
          },
          (error: unknown) => {
            pending = undefined
            failure = { error }
          },
        )
        return pending
      }
      take(result)
    }
    return true
  }
  const cut = (max: number): Uint8Array => {
    if (chunk.length === 0 && failure !== undefined) throw failure.error
    const part = chunk.subarray(0, max)
    chunk = chunk.subarray(part.length)
    return part
  }
  return {
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
      ended = true
      if (pending === undefined) iterator.return?.()
    },
  }
}

/** Makes an Input of whatever the `stdin` option holds. */
export function toInput(option: InputOption | undefined): Input {
  if (option === undefined) return emptyInput
  if (typeof option === 'string' || option instanceof Uint8Array) return bytesInput(option)
  if (typeof option === 'function') return stepsInput(asked(option))
  const any = option as Partial<Input> & Partial<Iterable<unknown>> & Partial<AsyncIterable<unknown>> & Partial<ReadableStreamLike>
  // Not every engine can iterate over one.
  if (typeof any.getReader === 'function') return stepsInput(readerOf(option as ReadableStreamLike))
  if (any[Symbol.asyncIterator] !== undefined) return iterableInput(option as AsyncIterable<Uint8Array>)
  if (typeof any.read === 'function') return option as Input
  if (any[Symbol.iterator] !== undefined) return iterableInput(option as Iterable<Uint8Array>)
  throw new HostError('stdin must be a string, bytes, an iterable, stream or function that gives them, or an Input')
}

/** Makes an Output of whatever the `stdout` or `stderr` option holds. */
export function toOutput(option: OutputOption | undefined): Output {
  if (option === undefined || option === 'discard') return discard
  if (typeof option === 'function') return { write: (chunk) => chain(option(chunk) as Maybe<unknown>, () => undefined) }
  if (typeof option === 'object' && option !== null) {
    if (typeof (option as Output).write === 'function') return option as Output
    if (typeof (option as WritableStreamLike).getWriter === 'function') return writerOutput(option as WritableStreamLike)
  }
  throw new HostError("stdout and stderr must be 'discard', a function, a stream or an object with write(chunk)")
}

/** The pieces that a function gives. */
function asked(ask: () => Maybe<Piece | null | undefined>): Steps {
  const step = (piece: Piece | null | undefined): IteratorResult<Piece> =>
    piece === null || piece === undefined || piece.length === 0 ? { done: true, value: undefined } : { done: false, value: piece }
  return { next: () => chain(ask(), step) }
}

function readerOf(stream: ReadableStreamLike): Steps {
  const reader = stream.getReader()
  return {
    next: () => reader.read().then(({ done, value }) => (done ? { done, value: undefined } : { done: false, value: value as Piece })),
    return: () => reader.cancel().then(undefined, () => {}),
  }
}

/** Writers of streams that are in use, and by how many outputs: one stream may be stdout and stderr. */
const writers: WeakMap<object, { writer: ReturnType<WritableStreamLike['getWriter']>; users: number }> = new WeakMap()

/** A Web stream: the guest waits until a chunk is taken (backpressure), and a failed stream is a broken pipe. */
function writerOutput(stream: WritableStreamLike): Output {
  let shared = writers.get(stream)
  if (shared === undefined) writers.set(stream, (shared = { writer: stream.getWriter(), users: 0 }))
  shared.users++
  const { writer } = shared
  return {
    write: (chunk) =>
      writer.write(chunk).then(
        () => chunk.length,
        () => {
          throw fail('pipe')
        },
      ),
    close: () => {
      if (--shared.users > 0) return
      writers.delete(stream)
      writer.close().then(undefined, () => {})
    },
  }
}

/** An output that keeps what was written: `.bytes()`, or `.text()` as UTF-8 with U+FFFD for ill-formed parts. */
export function collect(): Output & { bytes(): Uint8Array; text(): string } {
  const chunks: Uint8Array[] = []
  const bytes = (): Uint8Array => {
    const all = new Uint8Array(chunks.reduce((n, c) => n + c.length, 0))
    let at = 0
    for (const c of chunks) {
      all.set(c, at)
      at += c.length
    }
    return all
  }
  return { write: (chunk) => void chunks.push(chunk), bytes, text: () => decodeUtf8Lossy(bytes()) }
}
