/**
 * Instructions that must keep every bit of a NaN (spec §4.3.3 fneg, fabs, fcopysign; §4.3.4 reinterpret), so they see BITS:
 * an f32 is an int32, an f64 two int32 halves. Engines may change the payload of a NaN that passes through a JS number.
 * The generator loads and stores their operands through the Int32Array, also where the instruction's type says f32 or f64.
 */
import type { ValueFunction } from './types.ts'

export const bitsValues: Record<string, ValueFunction> = {
  'f32.abs': (a) => a & 0x7fffffff,
  'f32.neg': (a) => a ^ -0x80000000,
  'f32.copysign': (a, b) => (a & 0x7fffffff) | (b & -0x80000000),
  // The sign of an f64 is the top bit of its high half.
  'f64.abs': (al, ah) => [al, ah & 0x7fffffff],
  'f64.neg': (al, ah) => [al, ah ^ -0x80000000],
  'f64.copysign': (al, ah, _bl, bh) => [al, (ah & 0x7fffffff) | (bh & -0x80000000)],
  'i32.reinterpret_f32': (a) => a,
  'i64.reinterpret_f64': (al, ah) => [al, ah],
  'f32.reinterpret_i32': (a) => a,
  'f64.reinterpret_i64': (al, ah) => [al, ah],
}
