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
export const opLengths: Uint8Array = new Uint8Array(count)
/** Place of a branch's target among the words of its op; 0 for none. */
export const targetPlaces: Uint8Array = new Uint8Array(count)
/** Bit `i` is 1 where operand `i` is counted in slots. */
export const countsSlots: Uint8Array = new Uint8Array(count)
/** What a slot is multiplied by in the word of an op's output: 2 (i32 units) or 1; 0 for no output. */
export const outputScale: Uint8Array = new Uint8Array(count)
fill()
/** All four in one run through the ops, at import: with a run for each, V8 takes that for worth optimising. */
function fill(): void {
  const facts = texts.map((layout) => {
    const letters = layout.replace('!', '')
    const slots = [...letters].reduce((bits, letter, i) => ('fF'.includes(letter) ? bits | (1 << i) : bits), 0)
    return {
      length: 1 + letters.length,
      target: letters.indexOf('t') + 1,
      slots,
      scale: letters[0] === 'R' ? 2 : letters[0] === 'F' ? 1 : 0,
    }
  })
  for (let op = 0; op < count; op++) {
    const { length, target, slots, scale } = facts[layoutOfOp.charCodeAt(op) - 35]!
    opLengths[op] = length
    targetPlaces[op] = target
    countsSlots[op] = slots
    outputScale[op] = scale
  }
}
/** Whether a RangeError means that an address was out of bounds. */
export const isMemoryOp = (op: number): boolean => layoutOf(op).endsWith('!')

/** Words of the op at a place of the code, with the targets of a br_table. */
export const lengthAt = (code: Int32Array, at: number): number => opLengths[code[at]!]! + (code[at] === BR_TABLE ? code[at + 2]! + 1 : 0)
