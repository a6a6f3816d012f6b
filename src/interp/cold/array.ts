/** Arrays (spec §4.6.10). What takes longer for more elements is in array-bulk.ts. */
import type { ArrayObject } from '../../runtime/heap.ts'
import { STATUS, TRAP } from '../../runtime/status.ts'
import type { Thread } from '../../runtime/thread.ts'
import { copy, fill, initData, initElem, makeDefault, makeFilled, makeFixed, makeFromData, makeFromElem } from './array-bulk.ts'
import type { ColdOp } from './index.ts'

const NULL = TRAP['null array reference']!
const OUT_OF_BOUNDS = TRAP['out of bounds array access']!

const at = (T: Thread, fp: number, slot: number): ArrayObject | null => T.refs[(fp >> 1) + slot] as ArrayObject | null
const u32 = (T: Thread, fp: number, i: number): number => T.R[fp + i]! >>> 0

// Each op has a body of its own, so that the engine learns about each by itself.
export const arrayOps: Record<string, ColdOp> = {
  // d:ref type:imm n:slot v:slot (array.new_ref: v:ref)
  'array.new': (T, code, pc, fp) =>
    makeFilled(T, code[pc + 2]!, u32(T, fp, code[pc + 3]!), (fp >> 1) + code[pc + 1]!, fp + code[pc + 4]!, null),
  'array.new_ref': (T, code, pc, fp) =>
    makeFilled(T, code[pc + 2]!, u32(T, fp, code[pc + 3]!), (fp >> 1) + code[pc + 1]!, 0, T.refs[(fp >> 1) + code[pc + 4]!]),
  // d:ref type:imm n:slot
  'array.new_default': (T, code, pc, fp) => makeDefault(T, code[pc + 2]!, u32(T, fp, code[pc + 3]!), (fp >> 1) + code[pc + 1]!),
  // d:ref type:imm n:imm base:slot
  'array.new_fixed': (T, code, pc, fp) => makeFixed(T, code[pc + 2]!, code[pc + 3]!, (fp >> 1) + code[pc + 1]!, fp + code[pc + 4]!),
  // d:ref type:imm segment:imm from:slot n:slot
  'array.new_data': (T, code, pc, fp) =>
    makeFromData(T, code[pc + 2]!, code[pc + 3]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!), (fp >> 1) + code[pc + 1]!),
  'array.new_elem': (T, code, pc, fp) =>
    makeFromElem(T, code[pc + 2]!, code[pc + 3]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!), (fp >> 1) + code[pc + 1]!),
  // d:slot a:ref
  // a:ref i:slot v:slot n:slot (array.fill_ref: v:ref)
  'array.fill': (T, code, pc, fp) =>
    fill(T, at(T, fp, code[pc + 1]!), u32(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 4]!), fp + code[pc + 3]!, null),
  'array.fill_ref': (T, code, pc, fp) =>
    fill(T, at(T, fp, code[pc + 1]!), u32(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 4]!), 0, T.refs[(fp >> 1) + code[pc + 3]!]),
  // a:ref i:slot b:ref j:slot n:slot
  'array.copy': (T, code, pc, fp) =>
    copy(
      T,
      at(T, fp, code[pc + 1]!),
      u32(T, fp, code[pc + 2]!),
      at(T, fp, code[pc + 3]!),
      u32(T, fp, code[pc + 4]!),
      u32(T, fp, code[pc + 5]!),
    ),
  // segment:imm a:ref i:slot from:slot n:slot
  'array.init_data': (T, code, pc, fp) =>
    initData(T, at(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 3]!), code[pc + 1]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!)),
  'array.init_elem': (T, code, pc, fp) =>
    initElem(T, at(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 3]!), code[pc + 1]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!)),
  // d:slot a:ref i:slot (get_ref: d:ref)
  'array.get8_s': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int8Array)[i]!
    return STATUS.next
  },
  'array.get8_u': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int8Array)[i]! & 0xff
    return STATUS.next
  },
  'array.get16_s': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int16Array)[i]!
    return STATUS.next
  },
  'array.get16_u': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int16Array)[i]! & 0xffff
    return STATUS.next
  },
  'array.get64': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    const d = fp + code[pc + 1]!
    const data = a.data as Int32Array
    T.R[d] = data[2 * i]!
    T.R[d + 1] = data[2 * i + 1]!
    return STATUS.next
  },
  'array.get128': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R.set((a.data as Int32Array).subarray(4 * i, 4 * i + 4), fp + code[pc + 1]!)
    return STATUS.next
  },
  // a:ref i:slot b:slot (set_ref: b:ref)
  'array.set8': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 1]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 2]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    ;(a.data as Int8Array)[i] = T.R[fp + code[pc + 3]!]!
    return STATUS.next
  },
  'array.set16': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 1]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 2]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    ;(a.data as Int16Array)[i] = T.R[fp + code[pc + 3]!]!
    return STATUS.next
  },
  'array.set64': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 1]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 2]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    const b = fp + code[pc + 3]!
    const data = a.data as Int32Array
    data[2 * i] = T.R[b]!
    data[2 * i + 1] = T.R[b + 1]!
    return STATUS.next
  },
  'array.set128': (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 1]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 2]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    const b = fp + code[pc + 3]!
    ;(a.data as Int32Array).set(T.R.subarray(b, b + 4), 4 * i)
    return STATUS.next
  },
}
