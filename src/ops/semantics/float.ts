/**
 * What f32 and f64 arithmetic and comparisons compute (spec §4.3.3) on JS numbers; neg, abs and copysign are in bits.ts.
 * An f32 result is NOT rounded here: the Float32Array it is stored in does that (callers without one use Math.fround).
 * Rounding twice is harmless: a double has 53 bits, and add, sub, mul, div and sqrt of 24-bit operands need 2·24 + 2.
 */
import type { NumberFunction, NumberPredicate } from './types.ts'

// Both widths compute alike, so each function has two names.
// A NaN result must be a quiet NaN (§4.3.3). Arithmetic makes one in every engine; Math.ceil and its like hand a signalling
// NaN through in some tiers and engines (V8's interpreter among them), hence a + a.
const ceil: NumberFunction = (a) => (a === a ? Math.ceil(a) : a + a)
const floor: NumberFunction = (a) => (a === a ? Math.floor(a) : a + a)
const trunc: NumberFunction = (a) => (a === a ? Math.trunc(a) : a + a)
const sqrt: NumberFunction = (a) => Math.sqrt(a)
// Doubles from 2^52 = 4503599627370496 on are integers: adding 2^52 rounds a fraction away, ties to even, and
// subtracting it is exact. Negative numbers are mirrored so that -0.5 gives -0. NaN takes the arithmetic, as above.
const nearest: NumberFunction = (a) => {
  const rounded = a < 0 ? -(4503599627370496 - a - 4503599627370496) : a + 4503599627370496 - 4503599627370496
  return a === 0 || Math.abs(a) >= 4503599627370496 ? a : rounded
}
const add: NumberFunction = (a, b) => a + b
const sub: NumberFunction = (a, b) => a - b
const mul: NumberFunction = (a, b) => a * b
const div: NumberFunction = (a, b) => a / b
// NaN wins (quiet, as above), and of equal operands the sign decides: -0 is below +0. Faster than Math.min, with and without JIT.
const min: NumberFunction = (a, b) => (a < b ? a : b < a ? b : a !== b ? a + b : 1 / a < 0 ? a : b)
const max: NumberFunction = (a, b) => (a > b ? a : b > a ? b : a !== b ? a + b : 1 / a > 0 ? a : b)

const eq: NumberPredicate = (a, b) => a === b
const ne: NumberPredicate = (a, b) => a !== b
const lt: NumberPredicate = (a, b) => a < b
const gt: NumberPredicate = (a, b) => a > b
const le: NumberPredicate = (a, b) => a <= b
const ge: NumberPredicate = (a, b) => a >= b

export const floatValues: Record<string, NumberFunction> = {
  'f32.ceil': ceil,
  'f32.floor': floor,
  'f32.trunc': trunc,
  'f32.nearest': nearest,
  'f32.sqrt': sqrt,
  'f32.add': add,
  'f32.sub': sub,
  'f32.mul': mul,
  'f32.div': div,
  'f32.min': min,
  'f32.max': max,
  'f64.ceil': ceil,
  'f64.floor': floor,
  'f64.trunc': trunc,
  'f64.nearest': nearest,
  'f64.sqrt': sqrt,
  'f64.add': add,
  'f64.sub': sub,
  'f64.mul': mul,
  'f64.div': div,
  'f64.min': min,
  'f64.max': max,
}

export const floatPredicates: Record<string, NumberPredicate> = {
  'f32.eq': eq,
  'f32.ne': ne,
  'f32.lt': lt,
  'f32.gt': gt,
  'f32.le': le,
  'f32.ge': ge,
  'f64.eq': eq,
  'f64.ne': ne,
  'f64.lt': lt,
  'f64.gt': gt,
  'f64.le': le,
  'f64.ge': ge,
}
