/**
 * Cold ops: everything that would only make the dispatch loop longer. The loop calls them through `coldOps`, in the order
 * of the op numbers. Each reads its operands from the code at pc and returns a STATUS: `next`, a trap, or `bulkTick`.
 */
import { FIRST_COLD, opLengths } from '../../ops/op-table.ts'
import type { Thread } from '../../runtime/thread.ts'
import { breakOps } from './break.ts'
import { exceptionOps } from './exception.ts'
import { memoryOps } from './memory.ts'
import { referenceOps } from './reference.ts'
import { tableOps } from './table.ts'
import { tailCallOps } from './tail-call.ts'

export type ColdOp = (T: Thread, code: Int32Array, pc: number, fp: number) => number

/** Of modules that have not been imported; those that need them were refused when they were compiled. */
const missing: ColdOp = (_T, code, pc) => {
  throw new Error(`cold op ${code[pc]} is not there`)
}
export const coldOps: ColdOp[] = new Array<ColdOp>(opLengths.length - FIRST_COLD).fill(missing)

/** Adds ops, by number. */
export function provideColdOps(ops: Readonly<Record<number, ColdOp>>): void {
  for (const op of Object.keys(ops).map(Number)) coldOps[op - FIRST_COLD] = ops[op]!
}
;[memoryOps, tableOps, referenceOps, exceptionOps, tailCallOps, breakOps].forEach(provideColdOps)
