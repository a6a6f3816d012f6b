/**
 * Linear memory (spec §4.2.9). The buffer's capacity doubles, and `view` covers exactly the accessible bytes:
 * its length is the bounds check of every load and store, and growing inside the capacity is O(1).
 * Hosts write guest memory only through the methods here, so that dirty pages can be tracked and host effects replayed.
 */
import { LimitError, Trap } from '../errors.ts'
import type { MemoryType } from '../spec/types.ts'
import type { Waiter } from './waiter.ts'

/** Views of the accessible bytes, as far as whole elements go. */
export interface TypedViews {
  readonly halves: Uint16Array
  readonly words: Int32Array
  readonly doubles: Float64Array
}

export class Memory {
  readonly type: MemoryType
  readonly is64: boolean
  /** Accessible bytes: the current size in pages times the page size. */
  byteLength: number
  /** The whole allocation; `byteLength` of it is accessible. Replaced when the capacity grows. */
  buffer: ArrayBuffer | SharedArrayBuffer
  /** Exactly the accessible bytes. Replaced by every grow: fetch it again after anything that may grow the memory. */
  view: DataView
  /** The same bytes as `view`. */
  bytes: Uint8Array
  private typed: TypedViews | undefined = undefined
  /** Upper limit in bytes: the declared maximum or the embedder's, whichever is lower. */
  readonly maxBytes: number
  /** Whether other agents (workers) may have this memory as well: then `buffer` is a SharedArrayBuffer and atomics are real. */
  hasAgents = false
  /** Threads of this store that wait for a notification (spec of the threads proposal: wait queues), first come first served. */
  readonly waiters: Waiter[] = []
  /**
   * Set when the embedding hands `buffer` itself out. From then on that is exactly as long as the memory, and every grow, by 0
   * too, asks here for the next one, which begins with the bytes of the old one; undefined refuses the grow.
   */
  reallocate: ((old: ArrayBuffer | SharedArrayBuffer, length: number) => ArrayBuffer | SharedArrayBuffer | undefined) | undefined =
    undefined

  constructor(type: MemoryType, maxBytes: number) {
    const pageSize = 2 ** type.pageSizeLog2
    this.type = type
    this.is64 = type.limits.is64
    this.byteLength = type.limits.min * pageSize
    this.maxBytes = Math.min(maxBytes, (type.limits.max ?? Infinity) * pageSize)
    this.buffer = new ArrayBuffer(this.byteLength)
    this.view = new DataView(this.buffer, 0, this.byteLength)
    this.bytes = new Uint8Array(this.buffer, 0, this.byteLength)
  }

  get pageSize(): number {
    return 2 ** this.type.pageSizeLog2
  }
  /** Current size in pages. */
  get pages(): number {
    return this.byteLength / this.pageSize
  }

  /** memory.grow (spec §4.6.8): the old size in pages, or -1 when the limit or the engine refuses. */
  grow(delta: number): number {
    const old = this.pages
    const length = this.byteLength + delta * this.pageSize
    if (length > this.maxBytes) return -1
    if (this.reallocate !== undefined) {
      const next = this.reallocate(this.buffer, length)
      if (next === undefined) return -1
      this.adopt(next, length)
      return old
    }
    if (length > this.buffer.byteLength) {
      const capacity = Math.min(Math.max(length, this.buffer.byteLength * 2), this.maxBytes)
      const grown = allocate(capacity) ?? allocate(length)
      if (grown === undefined) return -1
      new Uint8Array(grown).set(this.bytes)
      this.buffer = grown
    }
    this.adopt(this.buffer, length)
    return old
  }

  /** Makes `buffer`, which holds the bytes already, that of the memory; `length` of it are accessible. */
  adopt(buffer: ArrayBuffer | SharedArrayBuffer, length: number): void {
    this.buffer = buffer
    this.byteLength = length
    this.view = new DataView(buffer, 0, length)
    this.bytes = new Uint8Array(buffer, 0, length)
    this.typed = undefined
  }

  /**
   * Moves the bytes into a SharedArrayBuffer, reserved at the upper limit so that growing keeps it; `from` is one that another
   * agent has made. Throws LimitError where the engine has none or cannot reserve that much.
   */
  shareWithAgents(from?: SharedArrayBuffer): SharedArrayBuffer {
    if (this.hasAgents) return this.buffer as SharedArrayBuffer
    const shared = from ?? reserve(this.maxBytes)
    if (from === undefined) new Uint8Array(shared).set(this.bytes)
    this.hasAgents = true
    this.adopt(shared, this.byteLength)
    return shared
  }

  /** For executors that index instead of calling: as valid as `view`, made when first asked for. */
  typedViews(): TypedViews {
    return (this.typed ??= {
      halves: new Uint16Array(this.buffer, 0, this.byteLength >>> 1),
      words: new Int32Array(this.buffer, 0, this.byteLength >>> 2),
      doubles: new Float64Array(this.buffer, 0, this.byteLength >>> 3),
    })
  }

  /** Throws the trap of an access that is out of bounds, and does nothing else. */
  check(ptr: number, length: number): void {
    if (ptr < 0 || length < 0 || ptr + length > this.byteLength) throw new Trap('out of bounds memory access')
  }

  // Host access. `ptr` is an unsigned byte address; out of bounds throws Trap 'out of bounds memory access'.

  /** A window on guest bytes for reading. Valid until the memory grows. */
  read(ptr: number, length: number): Uint8Array {
    this.check(ptr, length)
    return this.bytes.subarray(ptr, ptr + length)
  }
  /** A window on guest bytes which the caller is about to fill. Valid until the memory grows. */
  writable(ptr: number, length: number): Uint8Array {
    this.check(ptr, length)
    return this.bytes.subarray(ptr, ptr + length)
  }
  write(ptr: number, bytes: Uint8Array): void {
    this.writable(ptr, bytes.length).set(bytes)
  }
  fill(ptr: number, length: number, value: number): void {
    this.writable(ptr, length).fill(value)
  }
  getUint8(ptr: number): number {
    this.check(ptr, 1)
    return this.bytes[ptr]!
  }
  getUint16(ptr: number): number {
    this.check(ptr, 2)
    return this.view.getUint16(ptr, true)
  }
  getUint32(ptr: number): number {
    this.check(ptr, 4)
    return this.view.getUint32(ptr, true)
  }
  setUint8(ptr: number, value: number): void {
    this.writable(ptr, 1)[0] = value
  }
  setUint16(ptr: number, value: number): void {
    this.check(ptr, 2)
    this.view.setUint16(ptr, value, true)
  }
  setUint32(ptr: number, value: number): void {
    this.check(ptr, 4)
    this.view.setUint32(ptr, value, true)
  }
  /** A 64-bit value as two int32 halves. */
  setUint64(ptr: number, lo: number, hi: number): void {
    this.check(ptr, 8)
    this.view.setInt32(ptr + 4, hi, true)
    this.view.setInt32(ptr, lo, true)
  }
}

function reserve(length: number): SharedArrayBuffer {
  if (typeof SharedArrayBuffer === 'undefined')
    throw new LimitError('memory', 'this JS engine has no SharedArrayBuffer: the memory cannot be shared with other agents')
  try {
    return new SharedArrayBuffer(length)
  } catch {
    throw new LimitError('memory', `${length} bytes, the maximum of a memory shared with other agents, cannot be reserved`)
  }
}

function allocate(length: number): ArrayBuffer | undefined {
  try {
    return new ArrayBuffer(length)
  } catch {
    return undefined
  }
}
