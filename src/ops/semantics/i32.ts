/**
 * What the i32 instructions compute (spec §4.3.2), one function per mnemonic. Operands and results are int32 numbers.
 * The reference executor, constant folding and tests call them; the generator pastes their bodies (rules of form: index.ts).
 */
import { i32Ring } from './ring.ts'
import { trap } from './trap.ts'
import type { NumberFunction, NumberPredicate } from './types.ts'

export const i32Values: Record<string, NumberFunction> = {
  'i32.clz': (a) => Math.clz32(a),
  // a & -a keeps the lowest set bit; zero has none.
  'i32.ctz': (a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
  // Sums of 2, then 4, then 8 bits side by side; the multiplication adds the four bytes into the top one.
  'i32.popcnt': (a) => {
    const twos = a - ((a >>> 1) & 0x55555555)
    const fours = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333)
    return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  },
  ...i32Ring,
  'i32.div_s': (a, b) => {
    if (b === 0) trap('integer divide by zero')
    if (a === -0x80000000 && b === -1) trap('integer overflow')
    return (a / b) | 0
  },
  'i32.div_u': (a, b) => {
    if (b === 0) trap('integer divide by zero')
    return ((a >>> 0) / (b >>> 0)) | 0
  },
  // `| 0` also turns the -0 of a negative multiple (and of MIN % -1) into 0.
  'i32.rem_s': (a, b) => {
    if (b === 0) trap('integer divide by zero')
    return (a % b) | 0
  },
  'i32.rem_u': (a, b) => {
    if (b === 0) trap('integer divide by zero')
    return ((a >>> 0) % (b >>> 0)) | 0
  },
  'i32.and': (a, b) => a & b,
  'i32.or': (a, b) => a | b,
  'i32.xor': (a, b) => a ^ b,
  // JS takes shift counts modulo 32, just as Wasm does.
  'i32.shl': (a, b) => a << b,
  'i32.shr_s': (a, b) => a >> b,
  'i32.shr_u': (a, b) => (a >>> b) | 0,
  // For a count of 0 both sides are a, and a | a = a.
  'i32.rotl': (a, b) => (a << b) | (a >>> -b),
  'i32.rotr': (a, b) => (a >>> b) | (a << -b),
  'i32.extend8_s': (a) => (a << 24) >> 24,
  'i32.extend16_s': (a) => (a << 16) >> 16,
}

export const i32Predicates: Record<string, NumberPredicate> = {
  'i32.eqz': (a) => a === 0,
  'i32.eq': (a, b) => a === b,
  'i32.ne': (a, b) => a !== b,
  'i32.lt_s': (a, b) => a < b,
  'i32.lt_u': (a, b) => a >>> 0 < b >>> 0,
  'i32.gt_s': (a, b) => a > b,
  'i32.gt_u': (a, b) => a >>> 0 > b >>> 0,
  'i32.le_s': (a, b) => a <= b,
  'i32.le_u': (a, b) => a >>> 0 <= b >>> 0,
  'i32.ge_s': (a, b) => a >= b,
  'i32.ge_u': (a, b) => a >>> 0 >= b >>> 0,
}
