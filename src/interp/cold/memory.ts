/** Memory instructions (spec §4.6.8) of any memory and offset. Bounds are checked before anything is written. */
import {
  DATA_DROP,
  LOAD_ANY,
  MEMORY_COPY,
  MEMORY_FILL,
  MEMORY_GROW,
  MEMORY_INIT,
  MEMORY_SIZE_ANY,
  STORE_ANY,
} from '../../ops/numbers.gen.ts'
import type { Memory } from '../../runtime/memory.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Thread } from '../../runtime/thread.ts'
import { BULK_BYTES } from '../../runtime/ticks.ts'
import { inChunks } from './bulk.ts'
import type { ColdOp } from './index.ts'

const OUT_OF_BOUNDS = TRAP['out of bounds memory access']!

/** An address or length operand at i32 unit `i`: u32, or u64 as a number (inexact only where it is out of bounds anyway). */
export const addressAt = (R: Int32Array, i: number, is64: boolean): number =>
  is64 ? (R[i + 1]! >>> 0) * 0x1_0000_0000 + (R[i]! >>> 0) : R[i]! >>> 0

/** Writes a size (or -1) in the index type of a memory or table. */
export function setSize(R: Int32Array, i: number, value: number, is64: boolean): void {
  R[i] = value
  if (is64) R[i + 1] = value < 0 ? -1 : Math.floor(value / 0x1_0000_0000)
}

/** Bytes that loads and stores access, from opcode 0x28 (i32.load) to 0x3e (i64.store32). */
const bytesOf: readonly number[] = [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4, 4, 8, 4, 8, 1, 2, 1, 2, 4]

/** Loads by Wasm opcode into R[d] (and R[d + 1] for 64-bit types). The access has been checked. */
export function loadScalar(view: DataView, opcode: number, e: number, R: Int32Array, d: number): void {
  let lo: number
  let hi = 0
  switch (opcode) {
    case 0x28:
    case 0x2a:
      lo = view.getInt32(e, true)
      break // i32.load, f32.load
    case 0x29:
    case 0x2b:
      lo = view.getInt32(e, true)
      hi = view.getInt32(e + 4, true)
      break // i64.load, f64.load
    case 0x2c:
      lo = view.getInt8(e)
      break
    case 0x2d:
      lo = view.getUint8(e)
      break
    case 0x2e:
      lo = view.getInt16(e, true)
      break
    case 0x2f:
      lo = view.getUint16(e, true)
      break
    case 0x30:
      lo = view.getInt8(e)
      hi = lo >> 31
      break
    case 0x31:
      lo = view.getUint8(e)
      break
    case 0x32:
      lo = view.getInt16(e, true)
      hi = lo >> 31
      break
    case 0x33:
      lo = view.getUint16(e, true)
      break
    case 0x34:
      lo = view.getInt32(e, true)
      hi = lo >> 31
      break
    case 0x35:
      lo = view.getInt32(e, true)
      break
    default:
      throw new Error(`no scalar load ${opcode}`)
  }
  R[d] = lo
  if (opcode === 0x29 || opcode === 0x2b || opcode >= 0x30) R[d + 1] = hi
}

/** Stores R[b] (and R[b + 1]) by Wasm opcode. The access has been checked. */
export function storeScalar(view: DataView, opcode: number, e: number, R: Int32Array, b: number): void {
  switch (opcode) {
    case 0x36:
    case 0x38:
    case 0x3e:
      view.setInt32(e, R[b]!, true)
      break
    case 0x37:
    case 0x39:
      view.setInt32(e + 4, R[b + 1]!, true)
      view.setInt32(e, R[b]!, true)
      break
    case 0x3a:
    case 0x3c:
      view.setInt8(e, R[b]!)
      break
    case 0x3b:
    case 0x3d:
      view.setInt16(e, R[b]!, true)
      break
    default:
      throw new Error(`no scalar store ${opcode}`)
  }
}

/** Effective address of an access with any offset (lo + hi * 2^32), or -1 when the `width` bytes from there on are out of bounds. */
export function effective(memory: Memory, width: number, R: Int32Array, a: number, lo: number, hi: number): number {
  let e = (R[a]! >>> 0) + (lo >>> 0)
  const high = memory.is64 ? R[a + 1]! : 0
  if (high !== 0 || hi !== 0) e += ((high >>> 0) + (hi >>> 0)) * 0x1_0000_0000
  return e + width > memory.byteLength ? -1 : e
}

const memoryOf = (T: Thread, k: number): Memory => T.instance.memories[k]!

export const memoryOps: Record<number, ColdOp> = {
  [LOAD_ANY]: (T, code, pc, fp) => {
    const memory = memoryOf(T, code[pc + 3]!)
    const e = effective(memory, bytesOf[code[pc + 2]! - 0x28]!, T.R, fp + code[pc + 6]!, code[pc + 4]!, code[pc + 5]!)
    if (e < 0) return OUT_OF_BOUNDS
    loadScalar(memory.view, code[pc + 2]!, e, T.R, fp + code[pc + 1]!)
    return STATUS.next
  },
  [STORE_ANY]: (T, code, pc, fp) => {
    const memory = memoryOf(T, code[pc + 3]!)
    const e = effective(memory, bytesOf[code[pc + 2]! - 0x28]!, T.R, fp + code[pc + 6]!, code[pc + 4]!, code[pc + 5]!)
    if (e < 0) return OUT_OF_BOUNDS
    storeScalar(memory.view, code[pc + 2]!, e, T.R, fp + code[pc + 1]!)
    return STATUS.next
  },
  [MEMORY_SIZE_ANY]: (T, code, pc, fp) => {
    const memory = memoryOf(T, code[pc + 2]!)
    setSize(T.R, fp + code[pc + 1]!, memory.pages, memory.is64)
    return STATUS.next
  },
  [MEMORY_GROW]: (T, code, pc, fp) => {
    const memory = memoryOf(T, code[pc + 2]!)
    const { is64 } = memory
    setSize(T.R, fp + code[pc + 1]!, memory.grow(addressAt(T.R, fp + code[pc + 3]!, is64)), is64)
    return STATUS.next
  },
  [MEMORY_FILL]: (T, code, pc, fp) => {
    const memory = memoryOf(T, code[pc + 1]!)
    const { is64 } = memory
    const to = addressAt(T.R, fp + code[pc + 2]!, is64)
    const value = T.R[fp + code[pc + 3]!]!
    const n = addressAt(T.R, fp + code[pc + 4]!, is64)
    if (to + n > memory.byteLength) return OUT_OF_BOUNDS
    return inChunks(T, n, BULK_BYTES, (done, count) => memory.fill(to + done, count, value))
  },
  [MEMORY_COPY]: (T, code, pc, fp) => {
    const target = memoryOf(T, code[pc + 1]!)
    const source = memoryOf(T, code[pc + 2]!)
    const to64 = target.type.limits.is64
    const from64 = source.type.limits.is64
    const to = addressAt(T.R, fp + code[pc + 3]!, to64)
    const from = addressAt(T.R, fp + code[pc + 4]!, from64)
    const n = addressAt(T.R, fp + code[pc + 5]!, to64 && from64)
    if (to + n > target.byteLength || from + n > source.byteLength) return OUT_OF_BOUNDS
    // Chunks of an overlapping copy to a higher address go from the end, like the copy itself.
    const backwards = target === source && to > from
    return inChunks(T, n, BULK_BYTES, (done, count) => {
      const at = backwards ? n - done - count : done
      target.write(to + at, source.read(from + at, count))
    })
  },
  [MEMORY_INIT]: (T, code, pc, fp) => {
    const bytes = T.instance.datas[code[pc + 1]!]
    const memory = memoryOf(T, code[pc + 2]!)
    const to = addressAt(T.R, fp + code[pc + 3]!, memory.is64)
    const from = T.R[fp + code[pc + 4]!]! >>> 0
    const n = T.R[fp + code[pc + 5]!]! >>> 0
    if (from + n > (bytes?.length ?? 0) || to + n > memory.byteLength) return OUT_OF_BOUNDS
    return inChunks(T, n, BULK_BYTES, (done, count) => memory.write(to + done, bytes!.subarray(from + done, from + done + count)))
  },
  [DATA_DROP]: (T, code, pc) => {
    T.instance.datas[code[pc + 1]!] = undefined
    return STATUS.next
  },
}
