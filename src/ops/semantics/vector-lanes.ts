/**
 * Instructions on whole vectors: lanes that change places, are taken out, put in, counted or tested (spec §4.4.5).
 * Parameters are places in R: `d` the result, `a` and `b` the operands, `k` (and `l`, `m`, `n`) the immediate.
 * All of an operand is read before a place that it may share with the result is written. Rules of form: vector.ts.
 */
import type { VectorFunction } from './vector.ts'
import { X, X8 } from './vector-scratch.ts'

export const laneFunctions: Record<string, VectorFunction> = {
  'v128.any_true': (v, d, a) => {
    v.R[d] = (v.R[a]! | v.R[a + 1]! | v.R[a + 2]! | v.R[a + 3]!) === 0 ? 0 : 1
  },
  // x - 1 borrows into the top bit of a lane that is zero (or was above 128, which `& ~x` excludes); a borrow that goes on
  // into the next lane can only do so from a lane that is zero, which has shown already.
  'i8x16.all_true': (v, d, a) => {
    let x = 0
    for (let i = 0; i < 4; i++) x |= (v.R[a + i]! - 0x01010101) & ~v.R[a + i]!
    v.R[d] = (x & -0x7f7f7f80) === 0 ? 1 : 0
  },
  'i16x8.all_true': (v, d, a) => {
    let x = 0
    for (let i = 0; i < 4; i++) x |= (v.R[a + i]! - 0x00010001) & ~v.R[a + i]!
    v.R[d] = (x & -0x7fff8000) === 0 ? 1 : 0
  },
  'i32x4.all_true': (v, d, a) => {
    v.R[d] = v.R[a]! !== 0 && v.R[a + 1]! !== 0 && v.R[a + 2]! !== 0 && v.R[a + 3]! !== 0 ? 1 : 0
  },
  'i64x2.all_true': (v, d, a) => {
    v.R[d] = (v.R[a]! | v.R[a + 1]!) !== 0 && (v.R[a + 2]! | v.R[a + 3]!) !== 0 ? 1 : 0
  },
  // The top bits of the four bytes, at 0, 8, 16 and 24, are brought to 21, 22, 23 and 24; no two products meet in one bit.
  'i8x16.bitmask': (v, d, a) => {
    let x = 0
    for (let i = 3; i >= 0; i--) x = (x << 4) | ((Math.imul((v.R[a + i]! >>> 7) & 0x01010101, 0x00204081) >>> 21) & 15)
    v.R[d] = x
  },
  'i16x8.bitmask': (v, d, a) => {
    let x = 0
    for (let i = 3; i >= 0; i--) x = (x << 2) | ((v.R[a + i]! >>> 30) & 2) | ((v.R[a + i]! >>> 15) & 1)
    v.R[d] = x
  },
  'i32x4.bitmask': (v, d, a) => {
    let x = 0
    for (let i = 3; i >= 0; i--) x = (x << 1) | (v.R[a + i]! >>> 31)
    v.R[d] = x
  },
  'i64x2.bitmask': (v, d, a) => {
    v.R[d] = (v.R[a + 1]! >>> 31) | ((v.R[a + 3]! >>> 31) << 1)
  },

  'i8x16.extract_lane_s': (v, d, a, k) => {
    v.R[d] = v.I8[(a << 2) + k]!
  },
  'i8x16.extract_lane_u': (v, d, a, k) => {
    v.R[d] = v.U8[(a << 2) + k]!
  },
  'i16x8.extract_lane_s': (v, d, a, k) => {
    v.R[d] = v.I16[(a << 1) + k]!
  },
  'i16x8.extract_lane_u': (v, d, a, k) => {
    v.R[d] = v.U16[(a << 1) + k]!
  },
  'i32x4.extract_lane': (v, d, a, k) => {
    v.R[d] = v.R[a + k]!
  },
  'i64x2.extract_lane': (v, d, a, k) => {
    const x = v.R[a + 2 * k]!
    v.R[d + 1] = v.R[a + 2 * k + 1]!
    v.R[d] = x
  },
  'i8x16.replace_lane': (v, d, a, b, k) => {
    const x = v.R[b]!
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[a + i]!
    v.I8[(d << 2) + k] = x
  },
  'i16x8.replace_lane': (v, d, a, b, k) => {
    const x = v.R[b]!
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[a + i]!
    v.I16[(d << 1) + k] = x
  },
  'i32x4.replace_lane': (v, d, a, b, k) => {
    const x = v.R[b]!
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[a + i]!
    v.R[d + k] = x
  },
  'i64x2.replace_lane': (v, d, a, b, k) => {
    const x = v.R[b]!
    const y = v.R[b + 1]!
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[a + i]!
    v.R[d + 2 * k] = x
    v.R[d + 2 * k + 1] = y
  },

  // A lane at or beyond the 16th gives 0.
  'i8x16.swizzle': (v, d, a, b) => {
    for (let i = 0; i < 16; i++) {
      const x = v.U8[(b << 2) + i]!
      X8[i] = x < 16 ? v.U8[(a << 2) + x]! : 0
    }
    for (let i = 0; i < 4; i++) v.R[d + i] = X[i]!
  },
  // Each lane of the immediate: bit 4 chooses the operand, the bits below the byte.
  'i8x16.shuffle': (v, d, a, b, k, l, m, n) => {
    X[0] = k!
    X[1] = l!
    X[2] = m!
    X[3] = n!
    for (let i = 0; i < 16; i++) {
      const x = X8[i]!
      X8[i] = v.U8[(((x & 16) === 0 ? a : b) << 2) + (x & 15)]!
    }
    for (let i = 0; i < 4; i++) v.R[d + i] = X[i]!
  },

  // A float is chosen by its value and moved by its bits. Comparisons with NaN are false: then the first operand stays.
  'f32x4.pmin': (v, d, a, b) => {
    for (let i = 0; i < 4; i++) v.R[d + i] = v.S[b + i]! < v.S[a + i]! ? v.R[b + i]! : v.R[a + i]!
  },
  'f32x4.pmax': (v, d, a, b) => {
    for (let i = 0; i < 4; i++) v.R[d + i] = v.S[a + i]! < v.S[b + i]! ? v.R[b + i]! : v.R[a + i]!
  },
  'f64x2.pmin': (v, d, a, b) => {
    for (let i = 0; i < 4; i += 2) {
      const s = v.F[(b + i) >> 1]! < v.F[(a + i) >> 1]! ? b + i : a + i
      v.R[d + i] = v.R[s]!
      v.R[d + i + 1] = v.R[s + 1]!
    }
  },
  'f64x2.pmax': (v, d, a, b) => {
    for (let i = 0; i < 4; i += 2) {
      const s = v.F[(a + i) >> 1]! < v.F[(b + i) >> 1]! ? b + i : a + i
      v.R[d + i] = v.R[s]!
      v.R[d + i + 1] = v.R[s + 1]!
    }
  },

  // Two sums of two products, each saturated to 16 bits, and the lane of the third operand.
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': (v, d, a, b, c) => {
    for (let i = 0; i < 4; i++) {
      const s = (a + i) << 2
      const t = (b + i) << 2
      const x = v.I8[s]! * v.I8[t]! + v.I8[s + 1]! * v.I8[t + 1]!
      const y = v.I8[s + 2]! * v.I8[t + 2]! + v.I8[s + 3]! * v.I8[t + 3]!
      v.R[d + i] = (x > 32767 ? 32767 : x) + (y > 32767 ? 32767 : y) + v.R[c + i]!
    }
  },
}
