/**
 * For the record of host calls: what a call writes to guest memory. Hosts write it only through the methods of Memory
 * (architecture rule 5), so it is enough to listen there. Used by `imports.ts`; `../replay.ts` plays records back.
 */
import type { Caller } from '../../runtime/host-function.ts'
import type { Memory } from '../../runtime/memory.ts'
import type { MemoryWrite } from './context.ts'

/** Numbers for the threads that call, in the order in which each called first. */
export class ThreadNumbers {
  private readonly known: WeakMap<Caller, number> = new WeakMap()
  private count = 0

  of(caller: Caller): number {
    let number = this.known.get(caller)
    if (number === undefined) this.known.set(caller, (number = this.count++))
    return number
  }
}

/** The same memory, whose writable windows are noted as [start, end) pairs in `ranges`. */
export function noting(memory: Memory, ranges: number[]): Memory {
  const note = (ptr: number, length: number): void => {
    const last = ranges.length - 1
    // Mostly one write follows on another.
    if (last > 0 && ranges[last] === ptr) ranges[last] = ptr + length
    else if (length > 0) ranges.push(ptr, ptr + length)
  }
  // Everything but these four goes to the memory itself: the other methods write through them.
  return Object.create(memory, {
    writable: {
      value: (ptr: number, length: number): Uint8Array => {
        const window = memory.writable(ptr, length)
        note(ptr, length)
        return window
      },
    },
    setUint16: {
      value: (ptr: number, value: number): void => {
        memory.setUint16(ptr, value)
        note(ptr, 2)
      },
    },
    setUint32: {
      value: (ptr: number, value: number): void => {
        memory.setUint32(ptr, value)
        note(ptr, 4)
      },
    },
    setUint64: {
      value: (ptr: number, lo: number, hi: number): void => {
        memory.setUint64(ptr, lo, hi)
        note(ptr, 8)
      },
    },
  }) as Memory
}

/** What is now in the noted ranges. */
export function writesIn(memory: Memory, ranges: readonly number[]): MemoryWrite[] {
  const writes: MemoryWrite[] = []
  for (let i = 0; i < ranges.length; i += 2)
    writes.push({ ptr: ranges[i]!, bytes: memory.read(ranges[i]!, ranges[i + 1]! - ranges[i]!).slice() })
  return writes
}
