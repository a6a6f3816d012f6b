/** Structures (spec §4.6.10). A field is named by its first word; see StructLayout. */
import {
  STRUCT_GET128,
  STRUCT_GET16_S,
  STRUCT_GET16_U,
  STRUCT_GET64,
  STRUCT_GET8_S,
  STRUCT_GET8_U,
  STRUCT_NEW,
  STRUCT_NEW_DEFAULT,
  STRUCT_SET128,
  STRUCT_SET64,
} from '../../ops/numbers.gen.ts'
import { type Struct, getWord, newDefaultStruct, newStruct, setWord } from '../../runtime/heap.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Thread } from '../../runtime/thread.ts'
import type { ColdOp } from './index.ts'

const NULL = TRAP['null structure reference']!

const at = (T: Thread, fp: number, slot: number): Struct | null => T.refs[(fp >> 1) + slot] as Struct | null

// Each op has a body of its own, so that the engine learns about each by itself.
export const structOps: Record<number, ColdOp> = {
  // d:ref type:imm base:slot
  [STRUCT_NEW]: (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = newStruct(code[pc + 2]!, T.R, T.refs, fp + code[pc + 3]!)
    return STATUS.next
  },
  // d:ref type:imm
  [STRUCT_NEW_DEFAULT]: (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = newDefaultStruct(code[pc + 2]!)
    return STATUS.next
  },
  // d:slot a:ref k:imm
  [STRUCT_GET8_S]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = (word << 24) >> 24
    return STATUS.next
  },
  [STRUCT_GET8_U]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = word & 0xff
    return STATUS.next
  },
  [STRUCT_GET16_S]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = (word << 16) >> 16
    return STATUS.next
  },
  [STRUCT_GET16_U]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = word & 0xffff
    return STATUS.next
  },
  [STRUCT_GET64]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const d = fp + code[pc + 1]!
    const k = code[pc + 3]!
    T.R[d] = getWord(s, k) as number
    T.R[d + 1] = getWord(s, k + 1) as number
    return STATUS.next
  },
  [STRUCT_GET128]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const d = fp + code[pc + 1]!
    const k = code[pc + 3]!
    for (let i = 0; i < 4; i++) T.R[d + i] = getWord(s, k + i) as number
    return STATUS.next
  },
  // a:ref k:imm b:slot (set_ref: b:ref)
  [STRUCT_SET64]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 1]!)
    if (s === null) return NULL
    const k = code[pc + 2]!
    const b = fp + code[pc + 3]!
    setWord(s, k, T.R[b])
    setWord(s, k + 1, T.R[b + 1])
    return STATUS.next
  },
  [STRUCT_SET128]: (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 1]!)
    if (s === null) return NULL
    const k = code[pc + 2]!
    const b = fp + code[pc + 3]!
    for (let i = 0; i < 4; i++) setWord(s, k + i, T.R[b + i])
    return STATUS.next
  },
}
