/**
 * The shapes of semantics functions. An i32 is an int32 number, an i64 two of them (low half first), a float a number;
 * in bits.ts floats are their bits: f32 as int32, f64 as two halves. Used by this folder, the generator, the reference executor.
 * Each shape has the operands of a binary instruction: unary functions, and shifts that ignore `bh`, take fewer parameters.
 */

/** An i64 result, or the bits of an f64: low half, high half, both int32. */
export type Pair = readonly [lo: number, hi: number]

/** Operands and result are int32 (i32.ts) or floats (float.ts). */
export type NumberFunction = (a: number, b: number) => number
export type NumberPredicate = (a: number, b: number) => boolean

/** Operands and result are i64 in halves. */
export type PairFunction = (al: number, ah: number, bl: number, bh: number) => Pair
export type PairPredicate = (al: number, ah: number, bl: number, bh: number) => boolean

/** Any value function, for callers that pick it by name: operands flattened, an i64 (or f64 bits) as two numbers. */
export type ValueFunction = (...operands: number[]) => number | Pair
/** Any predicate; its Wasm result is the i32 1 or 0. */
export type PredicateFunction = (...operands: number[]) => boolean
