/** Instructions of the wide-arithmetic proposal: the semantics functions on the operands of a cold op. */
import { I64_ADD128, I64_MUL_WIDE_S, I64_MUL_WIDE_U, I64_SUB128 } from '../../ops/numbers.gen.ts'
import { wideArithmetic } from '../../ops/semantics/wide-arithmetic.ts'
import * as STATUS from '../../runtime/status.ts'
import type { ColdOp } from './index.ts'

function coldOp(name: string, count: number): ColdOp {
  const compute = wideArithmetic[name]!
  const places = new Array<number>(count).fill(0)
  return (T, code, pc, fp) => {
    for (let i = 0; i < count; i++) places[i] = fp + code[pc + 2 + i]!
    compute(T.R, fp + code[pc + 1]!, places)
    return STATUS.next
  }
}

export const wideArithmeticOps: Record<number, ColdOp> = {
  [I64_ADD128]: coldOp('i64.add128', 4),
  [I64_SUB128]: coldOp('i64.sub128', 4),
  [I64_MUL_WIDE_S]: coldOp('i64.mul_wide_s', 2),
  [I64_MUL_WIDE_U]: coldOp('i64.mul_wide_u', 2),
}
