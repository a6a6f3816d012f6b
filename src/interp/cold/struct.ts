/** Structures (spec §4.6.10). A field is named by its first word; see StructLayout. */
import { type Struct, getWord, newDefaultStruct, newStruct, setWord } from '../../runtime/heap.ts'
import { STATUS, TRAP } from '../../runtime/status.ts'
import type { Thread } from '../../runtime/thread.ts'
import type { ColdOp } from './index.ts'

const NULL = TRAP['null structure reference']!

const at = (T: Thread, fp: number, slot: number): Struct | null => T.refs[(fp >> 1) + slot] as Struct | null

// Each op has a body of its own, so that the engine learns about each by itself.
export const structOps: Record<string, ColdOp> = {
  // d:ref type:imm base:slot
  'struct.new': (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = newStruct(code[pc + 2]!, T.R, T.refs, fp + code[pc + 3]!)
    return STATUS.next
  },
  // d:ref type:imm
  'struct.new_default': (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = newDefaultStruct(code[pc + 2]!)
    return STATUS.next
  },
  // d:slot a:ref k:imm
  'struct.get8_s': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = (word << 24) >> 24
    return STATUS.next
  },
  'struct.get8_u': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = word & 0xff
    return STATUS.next
  },
  'struct.get16_s': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = (word << 16) >> 16
    return STATUS.next
  },
  'struct.get16_u': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const word = getWord(s, code[pc + 3]!) as number
    T.R[fp + code[pc + 1]!] = word & 0xffff
    return STATUS.next
  },
  'struct.get64': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const d = fp + code[pc + 1]!
    const k = code[pc + 3]!
    T.R[d] = getWord(s, k) as number
    T.R[d + 1] = getWord(s, k + 1) as number
    return STATUS.next
  },
  'struct.get128': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 2]!)
    if (s === null) return NULL
    const d = fp + code[pc + 1]!
    const k = code[pc + 3]!
    for (let i = 0; i < 4; i++) T.R[d + i] = getWord(s, k + i) as number
    return STATUS.next
  },
  // a:ref k:imm b:slot (set_ref: b:ref)
  'struct.set64': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 1]!)
    if (s === null) return NULL
    const k = code[pc + 2]!
    const b = fp + code[pc + 3]!
    setWord(s, k, T.R[b])
    setWord(s, k + 1, T.R[b + 1])
    return STATUS.next
  },
  'struct.set128': (T, code, pc, fp) => {
    const s = at(T, fp, code[pc + 1]!)
    if (s === null) return NULL
    const k = code[pc + 2]!
    const b = fp + code[pc + 3]!
    for (let i = 0; i < 4; i++) setWord(s, k + i, T.R[b + i])
    return STATUS.next
  },
}
