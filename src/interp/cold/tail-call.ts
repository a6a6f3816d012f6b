/** Tail calls that the driver makes: of imports, by reference, and where the frame that is replaced or the callee's has references. */
import { RETURN_CALL_FAR, RETURN_CALL_INDIRECT_FAR, RETURN_CALL_REF_FAR } from '../../ops/numbers.gen.ts'
import type { Func } from '../../runtime/func.ts'
import * as STATUS from '../../runtime/status.ts'
import type { Thread } from '../../runtime/thread.ts'
import { TRAP } from '../../runtime/traps.ts'
import { matchesCanonical } from '../../spec/matching.ts'
import { cannotCall } from '../frames.ts'
import type { ColdOp } from './index.ts'

const NULL_FUNCTION = TRAP['null function reference']!

/** Operands `s own end` from word `at` on: the arguments, the link of the frame that is replaced, the end of its references. */
function tailCall(T: Thread, f: Func, code: Int32Array, at: number, fp: number): number {
  T.callee = f
  T.base = fp + code[at]!
  T.ownLink = code[at + 1]!
  T.ownEnd = code[at + 2]!
  return STATUS.tailCall
}

export const tailCallOps: Record<number, ColdOp> = {
  [RETURN_CALL_FAR]: (T, code, pc, fp) => tailCall(T, T.instance.funcs[code[pc + 1]!] as Func, code, pc + 2, fp),
  [RETURN_CALL_INDIRECT_FAR]: (T, code, pc, fp) => {
    const type = code[pc + 1]!
    const table = code[pc + 2]!
    const x = T.R[fp + code[pc + 3]!]! >>> 0
    const f = T.instance.tables[table]!.elements[x] as Func | null | undefined
    if (f === null || f === undefined || (f.typeId !== type && !matchesCanonical(f.typeId, type))) return cannotCall(T, table, x)
    return tailCall(T, f, code, pc + 4, fp)
  },
  [RETURN_CALL_REF_FAR]: (T, code, pc, fp) => {
    const f = T.refs[(fp >> 1) + code[pc + 1]!] as Func | null
    return f === null ? NULL_FUNCTION : tailCall(T, f, code, pc + 2, fp)
  },
}
