/**
 * The wide-arithmetic proposal: 128-bit addition and subtraction, 64 × 64 → 128-bit multiplication, without BigInt. Two results
 * do not fit the form of the other semantics functions; these work on int32 units `R` at given places instead, where a
 * 64-bit value takes two units and the results lie one behind the other. Called by the cold ops and the reference executor.
 */

/** Writes a result at `d`; it may lie over the operands, which have been read by then. */
type WideFunction = (R: Int32Array, d: number, operands: readonly number[]) => void

/** What a sum of unsigned 32-bit digits carries into the next digit. */
const carryOf = (sum: number): number => Math.floor(sum / 0x1_0000_0000)

function write(R: Int32Array, d: number, r0: number, r1: number, r2: number, r3: number): void {
  R[d] = r0
  R[d + 1] = r1
  R[d + 2] = r2
  R[d + 3] = r3
}

/** a + b, digit by digit; `flip` is -1 to complement b, which with a carry of 1 at the start makes a difference. */
function sum(R: Int32Array, d: number, [al, ah, bl, bh]: readonly number[], flip: number): void {
  const s0 = (R[al!]! >>> 0) + ((R[bl!]! ^ flip) >>> 0) - flip
  const s1 = (R[al! + 1]! >>> 0) + ((R[bl! + 1]! ^ flip) >>> 0) + carryOf(s0)
  const s2 = (R[ah!]! >>> 0) + ((R[bh!]! ^ flip) >>> 0) + carryOf(s1)
  const s3 = (R[ah! + 1]! >>> 0) + ((R[bh! + 1]! ^ flip) >>> 0) + carryOf(s2)
  write(R, d, s0, s1, s2, s3)
}

/** High half of the 64-bit product of two unsigned 32-bit numbers, from products of 16-bit digits: none reaches 2^32. */
export function mulHigh(a: number, b: number): number {
  const a0 = a & 0xffff
  const a1 = a >>> 16
  const b0 = b & 0xffff
  const b1 = b >>> 16
  const middle = a1 * b0 + ((a0 * b0) >>> 16)
  const other = a0 * b1 + (middle & 0xffff)
  return a1 * b1 + (middle >>> 16) + (other >>> 16)
}

function product(R: Int32Array, d: number, [a, b]: readonly number[], signed: boolean): void {
  const a0 = R[a!]!
  const a1 = R[a! + 1]!
  const b0 = R[b!]!
  const b1 = R[b! + 1]!
  const s1 = mulHigh(a0, b0) + (Math.imul(a0, b1) >>> 0) + (Math.imul(a1, b0) >>> 0)
  let s2 = carryOf(s1) + mulHigh(a0, b1) + mulHigh(a1, b0) + (Math.imul(a1, b1) >>> 0)
  let s3 = mulHigh(a1, b1)
  // As unsigned, a negative a is 2^64 too big: that added b to the high half (and the other way round).
  if (signed && a1 < 0) {
    s2 -= b0 >>> 0
    s3 -= b1 >>> 0
  }
  if (signed && b1 < 0) {
    s2 -= a0 >>> 0
    s3 -= a1 >>> 0
  }
  write(R, d, Math.imul(a0, b0), s1, s2, s3 + carryOf(s2))
}

/** By mnemonic. Operands are places, in the order of the instruction's. */
export const wideArithmetic: Readonly<Record<string, WideFunction>> = {
  'i64.add128': (R, d, operands) => sum(R, d, operands, 0),
  'i64.sub128': (R, d, operands) => sum(R, d, operands, -1),
  'i64.mul_wide_s': (R, d, operands) => product(R, d, operands, true),
  'i64.mul_wide_u': (R, d, operands) => product(R, d, operands, false),
}
