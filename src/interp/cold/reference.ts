/** Reference instructions (spec §4.6.9). */
import { STATUS } from '../../runtime/status.ts'
import type { ColdOp } from './index.ts'

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
}
