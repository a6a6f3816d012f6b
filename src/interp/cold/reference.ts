/** Reference instructions and i31 (spec §4.6.9). */
import { STATUS, TRAP } from '../../runtime/status.ts'
import type { ColdOp } from './index.ts'

const NULL_I31 = TRAP['null i31 reference']!

export const referenceOps: Record<string, ColdOp> = {
  'ref.func': (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = T.instance.funcs[code[pc + 2]!]
    return STATUS.next
  },
  'ref.eq': (T, code, pc, fp) => {
    const base = fp >> 1
    T.R[fp + code[pc + 1]!] = T.refs[base + code[pc + 2]!] === T.refs[base + code[pc + 3]!] ? 1 : 0
    return STATUS.next
  },
  'ref.i31': (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = (T.R[fp + code[pc + 2]!]! << 1) >> 1
    return STATUS.next
  },
  'i31.get_s': (T, code, pc, fp) => {
    const i31 = T.refs[(fp >> 1) + code[pc + 2]!] as number | null
    if (i31 === null) return NULL_I31
    T.R[fp + code[pc + 1]!] = i31
    return STATUS.next
  },
  'i31.get_u': (T, code, pc, fp) => {
    const i31 = T.refs[(fp >> 1) + code[pc + 2]!] as number | null
    if (i31 === null) return NULL_I31
    T.R[fp + code[pc + 1]!] = i31 & 0x7fff_ffff
    return STATUS.next
  },
}
