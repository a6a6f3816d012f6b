/**
 * The longer i64 algorithms (spec §4.3.2 division and remainder, §4.3.4 conversions), on two int32 halves and without BigInt.
 * A function returns the low half and leaves the high half in `resultHi`, so that nothing is allocated: read it before
 * the next call. Called by i64.ts and conversions.ts, and by the executors their bodies are pasted into.
 */

/** High half of the last result. */
export let resultHi = 0

/** 2^32: the weight of a high half. */
const high = 4294967296
/** 2^21: values whose high half is below it are exact doubles. The quotient of two such, rounded down, is exact too. */
const exactHigh = 0x200000

/** Unsigned division of any operands, b ≠ 0: the remainder or the quotient. */
function divide(al: number, ah: number, bl: number, bh: number, wantRemainder: boolean): number {
  if (bh === 0) {
    // 32-bit divisor: long division in digits of 32, 16 and 16 bits. Every partial dividend is below 2^48, hence exact.
    const b = bl >>> 0
    const dividend = ah >>> 0
    const q2 = Math.floor(dividend / b)
    const middle = (dividend - q2 * b) * 65536 + (al >>> 16)
    const q1 = Math.floor(middle / b)
    const last = (middle - q1 * b) * 65536 + (al & 0xffff)
    const q0 = Math.floor(last / b)
    resultHi = wantRemainder ? 0 : q2 | 0
    return (wantRemainder ? last - q0 * b : q1 * 65536 + q0) | 0
  }
  // The quotient has at most 32 bits. Estimate it with doubles, a factor 1 - 2^-50 too small: that outweighs the four
  // roundings, so the estimate is never too big, and being off by less than 2^-16 it is the quotient or one less.
  const estimate = Math.floor((((ah >>> 0) * high + (al >>> 0)) / ((bh >>> 0) * high + (bl >>> 0))) * 0.9999999999999991)
  // Remainder = a - estimate·b; it cannot leave the 64 bits because 0 <= estimate·b <= a. The product as in i64.mul.
  const q = estimate | 0
  const productLo = Math.imul(q, bl)
  const carry = ((estimate * (bl >>> 0) - (productLo >>> 0)) * 2.3283064365386963e-10 + 0.5) | 0
  const lo = (al - productLo) | 0
  const hi = (ah - carry - Math.imul(q, bh) - (al >>> 0 < productLo >>> 0 ? 1 : 0)) | 0
  const tooSmall = hi === bh ? lo >>> 0 >= bl >>> 0 : hi >>> 0 > bh >>> 0
  if (!wantRemainder) {
    resultHi = 0
    return tooSmall ? (q + 1) | 0 : q
  }
  resultHi = tooSmall ? (hi - bh - (lo >>> 0 < bl >>> 0 ? 1 : 0)) | 0 : hi
  return tooSmall ? (lo - bl) | 0 : lo
}

/** The same of the magnitudes of signed operands: -x is ~x + 1, and the 1 reaches the high half only if the low half is 0. */
function divideMagnitudes(al: number, ah: number, bl: number, bh: number, wantRemainder: boolean): number {
  return divide(
    ah < 0 ? -al | 0 : al,
    ah < 0 ? (~ah + (al === 0 ? 1 : 0)) | 0 : ah,
    bh < 0 ? -bl | 0 : bl,
    bh < 0 ? (~bh + (bl === 0 ? 1 : 0)) | 0 : bh,
    wantRemainder,
  )
}

/** Low half of the last result with its sign changed; changes `resultHi` too. */
function negated(lo: number): number {
  resultHi = (~resultHi + (lo === 0 ? 1 : 0)) | 0
  return -lo | 0
}

/** a / b unsigned; b ≠ 0. */
export function divU(al: number, ah: number, bl: number, bh: number): number {
  if ((ah | bh) === 0) {
    resultHi = 0
    return ((al >>> 0) / (bl >>> 0)) | 0
  }
  if (ah >>> 0 < exactHigh && bh >>> 0 < exactHigh) {
    const q = Math.floor((ah * high + (al >>> 0)) / (bh * high + (bl >>> 0)))
    resultHi = (q / high) | 0
    return q | 0
  }
  return divide(al, ah, bl, bh, false)
}

/** a % b unsigned; b ≠ 0. */
export function remU(al: number, ah: number, bl: number, bh: number): number {
  if ((ah | bh) === 0) {
    resultHi = 0
    return ((al >>> 0) % (bl >>> 0)) | 0
  }
  if (ah >>> 0 < exactHigh && bh >>> 0 < exactHigh) {
    // Not `%`: engines call a slow fmod for it. quotient·b is at most a, so this is exact.
    const a = ah * high + (al >>> 0)
    const b = bh * high + (bl >>> 0)
    const r = a - Math.floor(a / b) * b
    resultHi = (r / high) | 0
    return r | 0
  }
  return divide(al, ah, bl, bh, true)
}

/** a / b signed, rounded towards zero; b ≠ 0 and not MIN / -1. */
export function divS(al: number, ah: number, bl: number, bh: number): number {
  if (ah === al >> 31 && bh === bl >> 31) {
    // -2^31 / -1 is 2^31: its high half is 0 though its low half looks negative.
    const q = al / bl
    resultHi = q <= -1 ? -1 : 0
    return q | 0
  }
  if (ah >= -exactHigh && ah < exactHigh && bh >= -exactHigh && bh < exactHigh) {
    const q = Math.trunc((ah * high + (al >>> 0)) / (bh * high + (bl >>> 0)))
    resultHi = Math.floor(q / high) | 0
    return q | 0
  }
  const lo = divideMagnitudes(al, ah, bl, bh, false)
  return (ah ^ bh) < 0 ? negated(lo) : lo
}

/** a % b signed, with the sign of a; b ≠ 0. MIN % -1 is 0. */
export function remS(al: number, ah: number, bl: number, bh: number): number {
  if (ah === al >> 31 && bh === bl >> 31) {
    const r = (al % bl) | 0
    resultHi = r >> 31
    return r
  }
  if (ah >= -exactHigh && ah < exactHigh && bh >= -exactHigh && bh < exactHigh) {
    const a = ah * high + (al >>> 0)
    const b = bh * high + (bl >>> 0)
    const r = a - Math.trunc(a / b) * b
    resultHi = Math.floor(r / high) | 0
    return r | 0
  }
  const lo = divideMagnitudes(al, ah, bl, bh, true)
  return ah < 0 ? negated(lo) : lo
}

/** Truncates a number in (-2^63 - 1, 2^64) to an integer modulo 2^64. Serves both signs. */
export function truncWide(a: number): number {
  // `| 0` is modulo 2^32 also for huge numbers; rounding the high part DOWN makes it match for negative ones.
  const whole = Math.trunc(a)
  resultHi = Math.floor(whole / high) | 0
  return whole | 0
}

/** Truncates to a signed i64; out of range saturates, NaN is 0. */
export function truncSatS(a: number): number {
  if (a >= 9223372036854775808) {
    resultHi = 0x7fffffff
    return -1
  }
  // -Infinity included; NaN becomes 0 in truncWide's `| 0`.
  return truncWide(a < -9223372036854775808 ? -9223372036854775808 : a)
}

/** Truncates to an unsigned i64; out of range saturates, NaN is 0. */
export function truncSatU(a: number): number {
  if (a >= 18446744073709551616) {
    resultHi = -1
    return -1
  }
  return truncWide(a < 0 ? 0 : a)
}

/**
 * Rounding an i64 to a double and then to an f32 could round twice. From 2^53 on an f32 has no use for the low 12 bits
 * except whether any is set (its last place is worth 2^30), so they are folded into bit 12: the value then has at
 * most 52 significant bits, is an exact double, and lies on the same side of every f32 midpoint.
 */
function stickyLow(al: number): number {
  return ((al & -4096) | ((al & 4095) === 0 ? 0 : 4096)) >>> 0
}

/** A signed i64 as a double that rounds to the right f32. */
export function f32FromI64S(al: number, ah: number): number {
  return ah * high + (ah >= -exactHigh && ah < exactHigh ? al >>> 0 : stickyLow(al))
}

/** An unsigned i64 as a double that rounds to the right f32. */
export function f32FromI64U(al: number, ah: number): number {
  return (ah >>> 0) * high + (ah >>> 0 < exactHigh ? al >>> 0 : stickyLow(al))
}
