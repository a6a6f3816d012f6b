/** WebAssembly.Memory (JS API, Memories; threads proposal for shared ones). What the buffers are: buffers.ts. */
import { makeMemory } from '../embedding/objects.ts'
import type { Memory as StoreMemory } from '../runtime/memory.ts'
import { MAX_MEMORY_BYTES, ObjectCache } from './agent.ts'
import { bufferOf, toFixedLength, toResizable } from './buffers.ts'
import { VitrineError } from '../errors.ts'
import { Slots, addressType, addressValue, defineInterface, descriptor, fromAddress, limits } from './idl.ts'

export const memories: Slots<StoreMemory> = new Slots('Memory')
const cache: ObjectCache<StoreMemory> = new ObjectCache((from) => init(Object.create(Memory.prototype) as object, from))

function init(object: object, memory: StoreMemory): object {
  memories.set(object, memory)
  cache.set(memory, object)
  return object
}

/** JS API, Implementation-defined Limits, in pages. */
const mostPages = (is64: boolean): number => (is64 ? 2 ** 37 - 1 : 65536)

export class Memory {
  constructor(memoryDescriptor: unknown) {
    const from = descriptor(memoryDescriptor, 'Memory()')
    const is64 = addressType(from.address, 'Memory()')
    const size = limits(from, is64, 'Memory()')
    const { shared } = from
    if (shared && size.max === undefined) throw new TypeError('WebAssembly.Memory(): a shared memory needs a maximum')
    if (size.min > mostPages(is64) || (size.max ?? 0) > mostPages(is64))
      throw new RangeError(`WebAssembly.Memory(): a memory has at most ${mostPages(is64)} pages`)
    try {
      init(this, makeMemory('a memory', { limits: size, shared: Boolean(shared), pageSizeLog2: 16 }, MAX_MEMORY_BYTES))
    } catch (error) {
      throw error instanceof VitrineError ? new RangeError(`WebAssembly.Memory(): ${error.message}`) : error
    }
  }
}

interface MemoryType {
  minimum: number | bigint
  maximum?: number | bigint
  shared: boolean
  address: 'i32' | 'i64'
}

defineInterface(Memory, 'Memory', {
  grow(delta: unknown): number | bigint {
    const memory = memories.get(this, 'Memory.grow(): Receiver')
    const { is64 } = memory.type.limits
    const pages = addressValue(delta, is64, 'Memory.grow(): Argument 0')
    const old = memory.grow(pages)
    if (old < 0) throw new RangeError(`WebAssembly.Memory.grow(): the memory cannot grow by ${pages} pages from ${memory.pages}`)
    return fromAddress(old, is64)
  },
  toFixedLengthBuffer(): unknown {
    return toFixedLength(memories.get(this, 'Memory.toFixedLengthBuffer(): Receiver'))
  },
  toResizableBuffer(): unknown {
    const memory = memories.get(this, 'Memory.toResizableBuffer(): Receiver')
    const { max } = memory.type.limits
    if (max === undefined) throw new TypeError('WebAssembly.Memory.toResizableBuffer(): the memory has no maximum')
    return toResizable(memory, max * memory.pageSize)
  },
  /** JS Type Reflection. */
  type(): MemoryType {
    const memory = memories.get(this, 'Memory.type(): Receiver')
    const { max, is64 } = memory.type.limits
    const size = { minimum: fromAddress(memory.pages, is64), ...(max === undefined ? {} : { maximum: fromAddress(max, is64) }) }
    return { ...size, shared: memory.type.shared, address: is64 ? 'i64' : 'i32' }
  },
  get buffer(): unknown {
    return bufferOf(memories.get(this, 'Memory.buffer: Receiver'))
  },
})

export const memoryObject = (memory: StoreMemory): object => cache.get(memory)
