/**
 * Conversions between number types (spec §4.3.4), one function per mnemonic; reinterpretations are in bits.ts.
 * An i64 is two int32 halves; an f32 result is not rounded here (see float.ts). Rules of form: index.ts.
 */
import { trap } from './trap.ts'
import type { ValueFunction } from './types.ts'
import { f32FromI64S, f32FromI64U, resultHi, truncSatS, truncSatU, truncWide } from './wide.ts'

// An f32 is a number like any other here, so both source widths share one function.
// In range means that the truncated value fits. `| 0` truncates and keeps the low 32 bits, so it serves both signs.
const i32TruncS: ValueFunction = (a) => {
  if (a !== a) trap('invalid conversion to integer')
  if (a <= -2147483649 || a >= 2147483648) trap('integer overflow')
  return a | 0
}
const i32TruncU: ValueFunction = (a) => {
  if (a !== a) trap('invalid conversion to integer')
  if (a <= -1 || a >= 4294967296) trap('integer overflow')
  return a | 0
}
// NaN fails both comparisons and NaN | 0 is 0.
const i32TruncSatS: ValueFunction = (a) => (a <= -2147483648 ? -2147483648 : a >= 2147483647 ? 2147483647 : a | 0)
const i32TruncSatU: ValueFunction = (a) => (a <= 0 ? 0 : a >= 4294967295 ? -1 : a | 0)
// 9223372036854775808 = 2^63; no double lies between -2^63 - 1 and -2^63.
const i64TruncS: ValueFunction = (a) => {
  if (a !== a) trap('invalid conversion to integer')
  if (a < -9223372036854775808 || a >= 9223372036854775808) trap('integer overflow')
  const lo = truncWide(a)
  return [lo, resultHi]
}
const i64TruncU: ValueFunction = (a) => {
  if (a !== a) trap('invalid conversion to integer')
  if (a <= -1 || a >= 18446744073709551616) trap('integer overflow')
  const lo = truncWide(a)
  return [lo, resultHi]
}
const i64TruncSatS: ValueFunction = (a) => {
  const lo = truncSatS(a)
  return [lo, resultHi]
}
const i64TruncSatU: ValueFunction = (a) => {
  const lo = truncSatU(a)
  return [lo, resultHi]
}

export const conversionValues: Record<string, ValueFunction> = {
  'i32.wrap_i64': (al) => al,
  'i32.trunc_f32_s': i32TruncS,
  'i32.trunc_f32_u': i32TruncU,
  'i32.trunc_f64_s': i32TruncS,
  'i32.trunc_f64_u': i32TruncU,
  'i32.trunc_sat_f32_s': i32TruncSatS,
  'i32.trunc_sat_f32_u': i32TruncSatU,
  'i32.trunc_sat_f64_s': i32TruncSatS,
  'i32.trunc_sat_f64_u': i32TruncSatU,
  'i64.extend_i32_s': (a) => [a, a >> 31],
  'i64.extend_i32_u': (a) => [a, 0],
  'i64.trunc_f32_s': i64TruncS,
  'i64.trunc_f32_u': i64TruncU,
  'i64.trunc_f64_s': i64TruncS,
  'i64.trunc_f64_u': i64TruncU,
  'i64.trunc_sat_f32_s': i64TruncSatS,
  'i64.trunc_sat_f32_u': i64TruncSatU,
  'i64.trunc_sat_f64_s': i64TruncSatS,
  'i64.trunc_sat_f64_u': i64TruncSatU,
  // Exact as doubles, so the store rounds once.
  'f32.convert_i32_s': (a) => a,
  'f32.convert_i32_u': (a) => a >>> 0,
  'f32.convert_i64_s': (al, ah) => f32FromI64S(al, ah),
  'f32.convert_i64_u': (al, ah) => f32FromI64U(al, ah),
  'f32.demote_f64': (a) => a,
  'f64.convert_i32_s': (a) => a,
  'f64.convert_i32_u': (a) => a >>> 0,
  // ah·2^32 is exact, so only the addition rounds.
  'f64.convert_i64_s': (al, ah) => ah * 4294967296 + (al >>> 0),
  'f64.convert_i64_u': (al, ah) => (ah >>> 0) * 4294967296 + (al >>> 0),
  'f64.promote_f32': (a) => a,
}
