/**
 * Cold ops: everything that would only make the dispatch loop longer. The loop calls them through `coldOps`, in the order
 * of the op numbers. Each reads its operands from the code at pc and returns a STATUS: `next`, a trap, or `bulkTick`.
 */
import { FIRST_COLD, opLengths } from '../../ops/op-table.ts'
import type { Thread } from '../../runtime/thread.ts'
import { atomicOps } from './atomic.ts'
import { arrayOps } from './array.ts'
import { breakOps } from './break.ts'
import { continuationOps } from './continuation.ts'
import { exceptionOps } from './exception.ts'
import { memoryOps } from './memory.ts'
import { referenceOps } from './reference.ts'
import { structOps } from './struct.ts'
import { tableOps } from './table.ts'
import { vectorOps } from './vector.ts'
import { wideArithmeticOps } from './wide-arithmetic.ts'

export type ColdOp = (T: Thread, code: Int32Array, pc: number, fp: number) => number

const parts: readonly Readonly<Record<number, ColdOp>>[] = [
  memoryOps,
  tableOps,
  referenceOps,
  atomicOps,
  wideArithmeticOps,
  structOps,
  arrayOps,
  vectorOps,
  exceptionOps,
  continuationOps,
  breakOps,
]

export const coldOps: ColdOp[] = []
for (let op = FIRST_COLD; op < opLengths.length; op++) {
  const part = parts.find((ops) => ops[op] !== undefined)
  if (part === undefined) throw new Error(`cold op ${op} has no body`)
  coldOps.push(part[op]!)
}
