/**
 * Tables from Wasm instructions and ops to ops, which the translator looks things up in. Made from the names by
 * scripts/compiler-tables.ts and kept as steps; -1 stands for nothing.
 */
import { readSteps } from '../bytes/steps.ts'
import { layoutOfOp } from '../ops/ops.gen.ts'
import { instructionCount } from '../spec/instruction-table.ts'
import * as packed from './tables.gen.ts'

const byInstruction = (steps: readonly number[]): Int32Array => readSteps(instructionCount, steps)
const byOp = (steps: readonly number[]): Int32Array => readSteps(layoutOfOp.length, steps)

/** By instruction id: the op of its name. */
export const opOf: Int32Array = byInstruction(packed.opOf)
/** The op with a constant second operand. */
export const opOfK: Int32Array = byInstruction(packed.opOfK)
/** By instruction id: the instruction id that computes the same with its operands swapped. */
export const swapped: Int32Array = byInstruction(packed.swapped)
/** By instruction id, comparisons without a form for a constant: the instruction that gives the same result with the constant plus one. */
export const withNext: Int32Array = byInstruction(packed.withNext)

/** By op: the comparison that gives the opposite result. */
export const inverseOp: Int32Array = byOp(packed.inverseOp)
/** By op: 1 where the inverse, also as a branch, has its two operands swapped. */
export const inverseSwaps: Int32Array = byOp(packed.inverseSwaps)
/** By op: the branch that is taken when its result is true, and the one when it is false. */
export const branchIf: Int32Array = byOp(packed.branchIf)
export const branchIfNot: Int32Array = byOp(packed.branchIfNot)
/** By branch op: its twin for back-edges, which takes a tick. */
export const loopTwin: Int32Array = byOp(packed.loopTwin)

/** By instruction id: op of a scalar load or store of memory 0; its forms with a constant address, and with a constant value. */
export const accessOp: Int32Array = byInstruction(packed.accessOp)
export const accessOpAt: Int32Array = byInstruction(packed.accessOpAt)
export const accessOpK: Int32Array = byInstruction(packed.accessOpK)
