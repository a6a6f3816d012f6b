/**
 * Sums, differences and products of integers (spec §4.3.2): parts of i32.ts and i64.ts, apart from them since constant expressions have
 * only these (extended-const), and the engine pastes all others instead of calling them (rules of form: index.ts).
 */
import type { NumberFunction, PairFunction } from './types.ts'

export const i32Ring: Readonly<Record<'i32.add' | 'i32.sub' | 'i32.mul', NumberFunction>> = {
  'i32.add': (a, b) => (a + b) | 0,
  'i32.sub': (a, b) => (a - b) | 0,
  'i32.mul': (a, b) => Math.imul(a, b),
}

export const i64Ring: Readonly<Record<'i64.add' | 'i64.sub' | 'i64.mul', PairFunction>> = {
  // The low sum wrapped exactly if it is below either addend, read as unsigned.
  'i64.add': (al, ah, bl, bh) => {
    const lo = (al + bl) | 0
    return [lo, (ah + bh + (lo >>> 0 < al >>> 0 ? 1 : 0)) | 0]
  },
  'i64.sub': (al, ah, bl, bh) => [(al - bl) | 0, (ah - bh - (al >>> 0 < bl >>> 0 ? 1 : 0)) | 0],
  // al·bl as a double is off by at most 2^10, minus lo by at most 2^11: far less than half of 2^32, so that
  // the high word of al·bl is that difference / 2^32, rounded. The constant is 2^-32.
  'i64.mul': (al, ah, bl, bh) => {
    const lo = Math.imul(al, bl)
    const carry = (((al >>> 0) * (bl >>> 0) - (lo >>> 0)) * 2.3283064365386963e-10 + 0.5) | 0
    return [lo, (carry + Math.imul(al, bh) + Math.imul(ah, bl)) | 0]
  },
}
