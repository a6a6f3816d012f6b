/**
 * The internal ops at run time: their numbers, lengths and operands, read from the generated list. What an op does stands
 * in ops.ts, which is only there when executors are generated.
 *
 * In the list a layout has one letter for each operand: r = slot × 2 (i32 units), f = slot (f64 and reference units),
 * k = constant, t = pc; a capital letter is the output. `!` marks ops for which a RangeError means that an address was out of bounds.
 */
import { readOps } from './op-list.ts'
import { ops } from './ops.gen.ts'

export { FIRST_COLD } from './ops.gen.ts'

const rows = readOps(ops)

export const opNames: readonly string[] = rows.map(([name]) => name)
/** Numbers of the ops, dense from 0. */
export const OP: Readonly<Record<string, number>> = Object.fromEntries(opNames.map((name, i) => [name, i]))
/** Letters of the operands. */
export const opLayouts: readonly string[] = rows.map(([, layout]) => layout.replace('!', ''))
/** Length of each op in the code: one word for its number, one for each operand. */
export const opLengths: Uint8Array = Uint8Array.from(opLayouts, (layout) => 1 + layout.length)
/** 1 where a RangeError means that an address was out of bounds. */
export const isMemoryOp: Uint8Array = Uint8Array.from(rows, ([, layout]) => (layout.endsWith('!') ? 1 : 0))

const BR_TABLE = OP['br_table']!
/** Words of the op at a place of the code, with the targets of a br_table. */
export const lengthAt = (code: Int32Array, at: number): number => opLengths[code[at]!]! + (code[at] === BR_TABLE ? code[at + 2]! + 1 : 0)
/** Place of a branch's target among the words of its op; 0 for none. */
export const targetPlaces: Uint8Array = Uint8Array.from(opLayouts, (layout) => layout.indexOf('t') + 1)
