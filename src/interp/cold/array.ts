/** Arrays (spec §4.6.10). What takes longer for more elements is in array-bulk.ts. */
import {
  ARRAY_COPY,
  ARRAY_FILL,
  ARRAY_FILL_REF,
  ARRAY_GET128,
  ARRAY_GET16_S,
  ARRAY_GET16_U,
  ARRAY_GET64,
  ARRAY_GET8_S,
  ARRAY_GET8_U,
  ARRAY_INIT_DATA,
  ARRAY_INIT_ELEM,
  ARRAY_NEW,
  ARRAY_NEW_DATA,
  ARRAY_NEW_DEFAULT,
  ARRAY_NEW_ELEM,
  ARRAY_NEW_FIXED,
  ARRAY_NEW_REF,
  ARRAY_SET128,
  ARRAY_SET16,
  ARRAY_SET64,
  ARRAY_SET8,
} from '../../ops/numbers.gen.ts'
import type { ArrayObject } from '../../runtime/heap.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Thread } from '../../runtime/thread.ts'
import { copy, fill, initData, initElem, makeDefault, makeFilled, makeFixed, makeFromData, makeFromElem } from './array-bulk.ts'
import type { ColdOp } from './index.ts'

const NULL = TRAP['null array reference']!
const OUT_OF_BOUNDS = TRAP['out of bounds array access']!

const at = (T: Thread, fp: number, slot: number): ArrayObject | null => T.refs[(fp >> 1) + slot] as ArrayObject | null
const u32 = (T: Thread, fp: number, i: number): number => T.R[fp + i]! >>> 0

// Each op has a body of its own, so that the engine learns about each by itself.
export const arrayOps: Record<number, ColdOp> = {
  // d:ref type:imm n:slot v:slot (array.new_ref: v:ref)
  [ARRAY_NEW]: (T, code, pc, fp) =>
    makeFilled(T, code[pc + 2]!, u32(T, fp, code[pc + 3]!), (fp >> 1) + code[pc + 1]!, fp + code[pc + 4]!, null),
  [ARRAY_NEW_REF]: (T, code, pc, fp) =>
    makeFilled(T, code[pc + 2]!, u32(T, fp, code[pc + 3]!), (fp >> 1) + code[pc + 1]!, 0, T.refs[(fp >> 1) + code[pc + 4]!]),
  // d:ref type:imm n:slot
  [ARRAY_NEW_DEFAULT]: (T, code, pc, fp) => makeDefault(T, code[pc + 2]!, u32(T, fp, code[pc + 3]!), (fp >> 1) + code[pc + 1]!),
  // d:ref type:imm n:imm base:slot
  [ARRAY_NEW_FIXED]: (T, code, pc, fp) => makeFixed(T, code[pc + 2]!, code[pc + 3]!, (fp >> 1) + code[pc + 1]!, fp + code[pc + 4]!),
  // d:ref type:imm segment:imm from:slot n:slot
  [ARRAY_NEW_DATA]: (T, code, pc, fp) =>
    makeFromData(T, code[pc + 2]!, code[pc + 3]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!), (fp >> 1) + code[pc + 1]!),
  [ARRAY_NEW_ELEM]: (T, code, pc, fp) =>
    makeFromElem(T, code[pc + 2]!, code[pc + 3]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!), (fp >> 1) + code[pc + 1]!),
  // d:slot a:ref
  // a:ref i:slot v:slot n:slot (array.fill_ref: v:ref)
  [ARRAY_FILL]: (T, code, pc, fp) =>
    fill(T, at(T, fp, code[pc + 1]!), u32(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 4]!), fp + code[pc + 3]!, null),
  [ARRAY_FILL_REF]: (T, code, pc, fp) =>
    fill(T, at(T, fp, code[pc + 1]!), u32(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 4]!), 0, T.refs[(fp >> 1) + code[pc + 3]!]),
  // a:ref i:slot b:ref j:slot n:slot
  [ARRAY_COPY]: (T, code, pc, fp) =>
    copy(
      T,
      at(T, fp, code[pc + 1]!),
      u32(T, fp, code[pc + 2]!),
      at(T, fp, code[pc + 3]!),
      u32(T, fp, code[pc + 4]!),
      u32(T, fp, code[pc + 5]!),
    ),
  // segment:imm a:ref i:slot from:slot n:slot
  [ARRAY_INIT_DATA]: (T, code, pc, fp) =>
    initData(T, at(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 3]!), code[pc + 1]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!)),
  [ARRAY_INIT_ELEM]: (T, code, pc, fp) =>
    initElem(T, at(T, fp, code[pc + 2]!), u32(T, fp, code[pc + 3]!), code[pc + 1]!, u32(T, fp, code[pc + 4]!), u32(T, fp, code[pc + 5]!)),
  // d:slot a:ref i:slot (get_ref: d:ref)
  [ARRAY_GET8_S]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int8Array)[i]!
    return STATUS.next
  },
  [ARRAY_GET8_U]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int8Array)[i]! & 0xff
    return STATUS.next
  },
  [ARRAY_GET16_S]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int16Array)[i]!
    return STATUS.next
  },
  [ARRAY_GET16_U]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R[fp + code[pc + 1]!] = (a.data as Int16Array)[i]! & 0xffff
    return STATUS.next
  },
  [ARRAY_GET64]: (T, code, pc, fp) => {
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
  [ARRAY_GET128]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 2]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 3]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    T.R.set((a.data as Int32Array).subarray(4 * i, 4 * i + 4), fp + code[pc + 1]!)
    return STATUS.next
  },
  // a:ref i:slot b:slot (set_ref: b:ref)
  [ARRAY_SET8]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 1]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 2]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    ;(a.data as Int8Array)[i] = T.R[fp + code[pc + 3]!]!
    return STATUS.next
  },
  [ARRAY_SET16]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 1]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 2]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    ;(a.data as Int16Array)[i] = T.R[fp + code[pc + 3]!]!
    return STATUS.next
  },
  [ARRAY_SET64]: (T, code, pc, fp) => {
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
  [ARRAY_SET128]: (T, code, pc, fp) => {
    const a = at(T, fp, code[pc + 1]!)
    if (a === null) return NULL
    const i = u32(T, fp, code[pc + 2]!)
    if (i >= a.length) return OUT_OF_BOUNDS
    const b = fp + code[pc + 3]!
    ;(a.data as Int32Array).set(T.R.subarray(b, b + 4), 4 * i)
    return STATUS.next
  },
}
