/**
 * Making, filling and copying arrays (spec §4.6.10), for all executors. Bounds are checked before anything is written; the
 * work goes in chunks (bulk.ts), each started one a tick. Every function returns a STATUS.
 */
import { type ArrayObject, allocateArray, arrayLayout, copyElements, fillArray, setBytes } from '../../runtime/heap.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Thread } from '../../runtime/thread.ts'
import { BULK_BYTES } from '../../runtime/ticks.ts'
import { inChunks } from './bulk.ts'

const NULL_ARRAY = TRAP['null array reference']!
const OUT_OF_BOUNDS = TRAP['out of bounds array access']!
const OUT_OF_MEMORY = TRAP['out of bounds memory access']!
const OUT_OF_TABLE = TRAP['out of bounds table access']!
const TOO_LARGE = TRAP['array over the limit in bytes:']!

const next: number = STATUS.next

/** Elements of an array that are one chunk of bulk work. */
const chunkOf = (array: ArrayObject): number => BULK_BYTES / arrayLayout(array.typeId).bytes

/**
 * Makes an array of `length` elements in chunks, `fill(array, done, count)` setting the next `count`; puts it into
 * refs[d] when it is complete. Until then the thread keeps it, also across a tick.
 */
export function makeArray(
  T: Thread,
  typeId: number,
  length: number,
  d: number,
  fill: (array: ArrayObject, done: number, count: number) => void,
): number {
  const array = (T.progress > 0 ? T.partial : allocateArray(typeId, length, T.limits.arrayBytes)) as ArrayObject | undefined
  if (array === undefined) {
    T.trapDetail = T.limits.arrayBytes
    return TOO_LARGE
  }
  T.partial = array
  const status = inChunks(T, length, chunkOf(array), (done, count) => fill(array, done, count))
  if (status !== next) return status
  T.partial = undefined
  T.refs[d] = array
  return next
}

/** array.new and array.new_default: all elements are the number at R[value]… or the reference. */
export function makeFilled(T: Thread, typeId: number, length: number, d: number, value: number, ref: unknown): number {
  return makeArray(T, typeId, length, d, (array, done, count) => fillArray(array, done, count, T.R, value, ref))
}
/** array.new_default. The zeros of numbers are there already. */
export function makeDefault(T: Thread, typeId: number, length: number, d: number): number {
  const { isRef } = arrayLayout(typeId)
  return makeArray(T, typeId, length, d, (array, done, count) => {
    if (isRef) fillArray(array, done, count, T.R, 0, null)
  })
}
/** array.new_fixed: at most 10,000 elements, so at once. The operands begin at `base` (i32 units). */
export function makeFixed(T: Thread, typeId: number, count: number, d: number, base: number): number {
  const array = allocateArray(typeId, count, T.limits.arrayBytes)
  if (array === undefined) {
    T.trapDetail = T.limits.arrayBytes
    return TOO_LARGE
  }
  const slots = arrayLayout(typeId).words === 4 ? 2 : 1
  for (let i = 0; i < count; i++) {
    const slot = (base >> 1) + i * slots
    fillArray(array, i, 1, T.R, slot * 2, T.refs[slot])
  }
  T.refs[d] = array
  return next
}
export function makeFromData(T: Thread, typeId: number, dataidx: number, from: number, count: number, d: number): number {
  const data = T.instance.datas[dataidx]
  const { bytes } = arrayLayout(typeId)
  if (from + count * bytes > (data?.length ?? 0)) return OUT_OF_MEMORY
  return makeArray(T, typeId, count, d, (array, done, n) =>
    setBytes(array, done, data!.subarray(from + done * bytes, from + (done + n) * bytes)),
  )
}
export function makeFromElem(T: Thread, typeId: number, elemidx: number, from: number, count: number, d: number): number {
  const elem = T.instance.elems[elemidx] ?? []
  if (from + count > elem.length) return OUT_OF_TABLE
  return makeArray(T, typeId, count, d, (array, done, n) => {
    for (let i = done; i < done + n; i++) array.data[i] = elem[from + i] as number
  })
}

export function fill(T: Thread, array: ArrayObject | null, at: number, count: number, value: number, ref: unknown): number {
  if (array === null) return NULL_ARRAY
  if (at + count > array.length) return OUT_OF_BOUNDS
  return inChunks(T, count, chunkOf(array), (done, n) => fillArray(array, at + done, n, T.R, value, ref))
}
export function copy(T: Thread, to: ArrayObject | null, at: number, from: ArrayObject | null, start: number, count: number): number {
  if (to === null || from === null) return NULL_ARRAY
  if (at + count > to.length || start + count > from.length) return OUT_OF_BOUNDS
  // Chunks of an overlapping copy to a higher index go from the end, like the copy itself.
  const backwards = to === from && at > start
  return inChunks(T, count, chunkOf(to), (done, n) => {
    const first = backwards ? count - n - done : done
    copyElements(to, at + first, from, start + first, n)
  })
}
export function initData(T: Thread, array: ArrayObject | null, at: number, dataidx: number, from: number, count: number): number {
  if (array === null) return NULL_ARRAY
  const data = T.instance.datas[dataidx]
  const { bytes } = arrayLayout(array.typeId)
  if (at + count > array.length) return OUT_OF_BOUNDS
  if (from + count * bytes > (data?.length ?? 0)) return OUT_OF_MEMORY
  return inChunks(T, count, chunkOf(array), (done, n) =>
    setBytes(array, at + done, data!.subarray(from + done * bytes, from + (done + n) * bytes)),
  )
}
export function initElem(T: Thread, array: ArrayObject | null, at: number, elemidx: number, from: number, count: number): number {
  if (array === null) return NULL_ARRAY
  const elem = T.instance.elems[elemidx] ?? []
  if (at + count > array.length) return OUT_OF_BOUNDS
  if (from + count > elem.length) return OUT_OF_TABLE
  return inChunks(T, count, chunkOf(array), (done, n) => {
    for (let i = done; i < done + n; i++) array.data[at + i] = elem[from + i] as number
  })
}
