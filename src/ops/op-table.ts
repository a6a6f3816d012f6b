/**
 * The internal ops at run time: their lengths and operands, read from the generated layouts; numbers.gen.ts has their numbers. What
 * an op does stands in ops.ts, which is only there when executors are generated.
 *
 * A layout has one letter for each operand: r = slot × 2 (i32 units), f = slot (f64 and reference units), k = constant,
 * t = pc; a capital letter is the output. `!` marks ops for which a RangeError means that an address was out of bounds.
 */
import { BR_TABLE } from './numbers.gen.ts'
import { layoutOfOp, layouts } from './ops.gen.ts'

export { FIRST_COLD, lastOps } from './ops.gen.ts'

const texts = layouts.split(' ')
const count = layoutOfOp.length
/** Letters of an op's operands, and perhaps `!`. */
export const layoutOf = (op: number): string => texts[layoutOfOp.charCodeAt(op) - 35]!

/** A number of each op, which follows from its layout. */
export function byLayout(of: (layout: string) => number): Uint8Array {
  const numbers = texts.map(of)
  const table = new Uint8Array(count)
  for (let op = 0; op < count; op++) table[op] = numbers[layoutOfOp.charCodeAt(op) - 35]!
  return table
}

/** Length of each op in the code: one word for its number, one for each operand. */
export const opLengths: Uint8Array = byLayout((layout) => 1 + layout.replace('!', '').length)
/** Whether a RangeError means that an address was out of bounds. */
export const isMemoryOp = (op: number): boolean => layoutOf(op).endsWith('!')
/** Place of a branch's target among the words of its op; 0 for none. */
export const targetPlaces: Uint8Array = byLayout((layout) => layout.indexOf('t') + 1)
/** Bit `i` is 1 where operand `i` is counted in slots. */
export const countsSlots: Uint8Array = byLayout((layout) =>
  [...layout].reduce((bits, letter, i) => ('fF'.includes(letter) ? bits | (1 << i) : bits), 0),
)
/** What a slot is multiplied by in the word of an op's output: 2 (i32 units) or 1; 0 for no output. */
export const outputScale: Uint8Array = byLayout((layout) => (layout[0] === 'R' ? 2 : layout[0] === 'F' ? 1 : 0))

/** Words of the op at a place of the code, with the targets of a br_table. */
export const lengthAt = (code: Int32Array, at: number): number => opLengths[code[at]!]! + (code[at] === BR_TABLE ? code[at + 2]! + 1 : 0)
