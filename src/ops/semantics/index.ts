/**
 * The scalar numeric instructions (spec §4.3), one pure function per mnemonic, joined by what they return.
 * The reference executor and constant folding call them as they stand; scripts/gen-executors.ts pastes their bodies into
 * the generated executors. Hence the rules of form, checked by form.test.ts:
 * - an arrow function with an expression body, or a block of statements with exactly one `return`, last;
 * - free names are only `Math`, `trap` and the exports of wide.ts (a pasted body is cut off from this folder's scope);
 * - no inner functions, loops, destructuring, defaults or `this`; locals do not use the executors' own names;
 * - a trap is a statement `if (condition) trap('message')`;
 * - a result of two halves is a tuple literal, and both of its elements use only parameters, locals and `resultHi`.
 */
import { bitsValues } from './bits.ts'
import { conversionValues } from './conversions.ts'
import { floatPredicates, floatValues } from './float.ts'
import { i32Predicates, i32Values } from './i32.ts'
import { i64Predicates, i64Values } from './i64.ts'
import type { PredicateFunction, ValueFunction } from './types.ts'

/**
 * Instructions with a value result. Operands and results follow the instruction's type: i32 → int32, i64 → low and high
 * int32 (result: a tuple), f32 and f64 → number. f32 results still have to be rounded: by the store to a Float32Array or Math.fround.
 */
export const values: Record<string, ValueFunction> = { ...i32Values, ...i64Values, ...floatValues, ...conversionValues }

/** Tests and comparisons: the operands as in `values`, the result a boolean that stands for the i32 1 or 0. */
export const predicates: Record<string, PredicateFunction> = { ...i32Predicates, ...i64Predicates, ...floatPredicates }

/** Instructions on bits: every f32 is an int32 and every f64 a low and a high int32, as operand and as result. */
export const bits: Record<string, ValueFunction> = bitsValues

export { trap, trapMessages } from './trap.ts'
export type * from './types.ts'
