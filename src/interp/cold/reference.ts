/** Reference instructions and i31 (spec §4.6.9). */
import { I31_GET_S, I31_GET_U, REF_EQ, REF_FUNC, REF_I31 } from '../../ops/numbers.gen.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { ColdOp } from './index.ts'

const NULL_I31 = TRAP['null i31 reference']!

export const referenceOps: Record<number, ColdOp> = {
  [REF_FUNC]: (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = T.instance.funcs[code[pc + 2]!]
    return STATUS.next
  },
  [REF_EQ]: (T, code, pc, fp) => {
    const base = fp >> 1
    T.R[fp + code[pc + 1]!] = T.refs[base + code[pc + 2]!] === T.refs[base + code[pc + 3]!] ? 1 : 0
    return STATUS.next
  },
  [REF_I31]: (T, code, pc, fp) => {
    T.refs[(fp >> 1) + code[pc + 1]!] = (T.R[fp + code[pc + 2]!]! << 1) >> 1
    return STATUS.next
  },
  [I31_GET_S]: (T, code, pc, fp) => {
    const i31 = T.refs[(fp >> 1) + code[pc + 2]!] as number | null
    if (i31 === null) return NULL_I31
    T.R[fp + code[pc + 1]!] = i31
    return STATUS.next
  },
  [I31_GET_U]: (T, code, pc, fp) => {
    const i31 = T.refs[(fp >> 1) + code[pc + 2]!] as number | null
    if (i31 === null) return NULL_I31
    T.R[fp + code[pc + 1]!] = i31 & 0x7fff_ffff
    return STATUS.next
  },
}
