/**
 * Buffers of memories as JS holds them. JS must get an ArrayBuffer of exactly the memory's length, and a grow must detach it:
 * so once somebody has asked for the buffer, every grow moves the bytes to a new one (Memory.reallocate). The language
 * itself detaches with ArrayBuffer.prototype.transfer, hosts with structuredClone; where there is neither, an old buffer
 * keeps its last contents.
 */
import type { Memory } from '../runtime/memory.ts'

type Buffer = ArrayBuffer | SharedArrayBuffer
/** What is newer than ES2020. */
interface Transferable extends ArrayBuffer {
  transfer?: (length?: number) => ArrayBuffer
}
interface Resizable {
  readonly resizable?: boolean
  readonly growable?: boolean
  resize?: (length: number) => void
  grow?: (length: number) => void
}
type Sized<T> = new (length: number, options: { maxByteLength: number }) => T

const { structuredClone } = globalThis as unknown as { structuredClone?: <T>(value: T, options?: { transfer: readonly object[] }) => T }

/** Detaches a buffer; gives its bytes in a new one where that costs nothing. */
function detach(buffer: ArrayBuffer): ArrayBuffer | undefined {
  try {
    if (structuredClone !== undefined) return structuredClone(buffer, { transfer: [buffer] })
  } catch {
    return undefined
  }
  return undefined
}

/** A buffer of the new length that begins with the bytes of the old one, which is detached; undefined if there is no room. */
function move(old: ArrayBuffer, length: number): ArrayBuffer | undefined {
  const { transfer } = old as Transferable
  try {
    if (transfer !== undefined) return transfer.call(old, length)
    if (length === old.byteLength) return detach(old) ?? old.slice(0)
    const next = new ArrayBuffer(length)
    new Uint8Array(next).set(new Uint8Array(old))
    detach(old)
    return next
  } catch {
    return undefined
  }
}

function reallocate(old: Buffer, length: number): Buffer | undefined {
  const { resizable, growable } = old as Resizable
  try {
    if (resizable === true) (old as Resizable).resize!(length)
    else if (growable === true) (old as Resizable).grow!(length)
    else return isShared(old) ? old : move(old as ArrayBuffer, length)
    return old
  } catch {
    return undefined
  }
}

const isShared = (buffer: Buffer): boolean => typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer

/** Moves the memory into a buffer and keeps to that kind. */
function pin(memory: Memory, buffer: Buffer): void {
  if (buffer !== memory.buffer) {
    new Uint8Array(buffer).set(memory.bytes)
    memory.adopt(buffer, memory.byteLength)
  }
  memory.reallocate = reallocate
}

/** What the attribute `buffer` gives. */
export function bufferOf(memory: Memory): Buffer {
  if (memory.type.shared) return sharedBufferOf(memory)
  if (memory.reallocate === undefined) {
    pin(memory, memory.buffer.byteLength === memory.byteLength ? memory.buffer : new ArrayBuffer(memory.byteLength))
  }
  return memory.buffer
}

export const isResizable = (memory: Memory): boolean => (memory.buffer as Resizable).resizable === true

/** A resizable buffer in place of the one before, which is detached. `maxBytes` is the declared maximum. */
export function toResizable(memory: Memory, maxBytes: number): Buffer {
  const old = bufferOf(memory) as ArrayBuffer
  const buffer = new (ArrayBuffer as unknown as Sized<ArrayBuffer>)(memory.byteLength, { maxByteLength: maxBytes })
  if ((buffer as Resizable).resizable !== true) throw new TypeError('this JS engine has no resizable buffers')
  pin(memory, buffer)
  detach(old)
  const { pageSize } = memory
  // HostResizeArrayBuffer: the buffer grows with the memory, by whole pages.
  const resize = (length: unknown): void => {
    const delta = (Math.trunc(Number(length)) - memory.byteLength) / pageSize
    if (!(delta >= 0) || !Number.isInteger(delta) || memory.grow(delta) < 0)
      throw new RangeError(`a memory of ${memory.byteLength} bytes cannot be resized to ${String(length)}`)
  }
  // The engine itself goes past this.
  memory.reallocate = (_, length) => {
    try {
      ;(ArrayBuffer.prototype as Resizable).resize!.call(buffer, length)
      return buffer
    } catch {
      return undefined
    }
  }
  Object.defineProperty(buffer, 'resize', { value: resize, writable: true, enumerable: false, configurable: true })
  return buffer
}

export function toFixedLength(memory: Memory): Buffer {
  if (!isResizable(memory)) return bufferOf(memory)
  const old = memory.buffer as ArrayBuffer
  pin(memory, new ArrayBuffer(memory.byteLength))
  detach(old)
  return memory.buffer
}

/** What JS was last given for a shared memory, and for which length. */
const handedOut = new WeakMap<Memory, { readonly buffer: SharedArrayBuffer; readonly length: number }>()

/**
 * The threads proposal gives a grown memory a new SharedArrayBuffer on the same bytes. Here that is a clone of one buffer, which
 * is growable where the engine has such, else as long as the memory may become; `byteLength` is what the memory had when it was asked for.
 */
function sharedBufferOf(memory: Memory): SharedArrayBuffer {
  const { byteLength: length } = memory
  if (!memory.hasAgents) {
    const growable = 'growable' in SharedArrayBuffer.prototype
    if (growable) {
      const buffer = new (SharedArrayBuffer as unknown as Sized<SharedArrayBuffer>)(length, { maxByteLength: memory.maxBytes })
      new Uint8Array(buffer).set(memory.bytes)
      memory.shareWithAgents(buffer)
    } else memory.shareWithAgents()
    memory.reallocate = reallocate
  }
  const last = handedOut.get(memory)
  if (last?.length === length) return last.buffer
  const own = memory.buffer as SharedArrayBuffer
  const buffer = structuredClone === undefined ? own : structuredClone(own)
  if (buffer !== own) {
    Object.defineProperty(buffer, 'byteLength', { value: length })
    Object.freeze(buffer)
  }
  handedOut.set(memory, { buffer, length })
  return buffer
}
