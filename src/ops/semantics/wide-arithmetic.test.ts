/** Wide arithmetic against BigInt, on edges and random numbers, with results that lie over the operands. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wideArithmetic } from './wide-arithmetic.ts'

const edges = [
  0n,
  1n,
  2n,
  0xffffn,
  0x10000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 32n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
]
const u64 = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))

function compute(name: string, d: number, operands: readonly bigint[]): bigint {
  const R = new Int32Array(32)
  const U = new BigUint64Array(R.buffer)
  operands.forEach((value, i) => {
    U[4 + i] = value
  })
  wideArithmetic[name]!(
    R,
    d * 2,
    operands.map((_, i) => 8 + 2 * i),
  )
  return U[d]! | (U[d + 1]! << 64n)
}
const signed = (x: bigint): bigint => BigInt.asIntN(64, x)
const u128 = (x: bigint): bigint => BigInt.asUintN(128, x)

test('agrees with BigInt, wherever the result lies', () => {
  fc.assert(
    fc.property(u64, u64, u64, u64, fc.integer({ min: 0, max: 8 }), (a, b, c, e, d) => {
      const x = a | (b << 64n)
      const y = c | (e << 64n)
      expect(compute('i64.add128', d, [a, b, c, e])).toBe(u128(x + y))
      expect(compute('i64.sub128', d, [a, b, c, e])).toBe(u128(x - y))
      expect(compute('i64.mul_wide_u', d, [a, b])).toBe(a * b)
      expect(compute('i64.mul_wide_s', d, [a, b])).toBe(u128(signed(a) * signed(b)))
    }),
    { numRuns: 2000 },
  )
})

test('every pair of edges', () => {
  for (const a of edges) {
    for (const b of edges) {
      expect(compute('i64.mul_wide_u', 4, [a, b])).toBe(a * b)
      expect(compute('i64.mul_wide_s', 4, [a, b])).toBe(u128(signed(a) * signed(b)))
      expect(compute('i64.sub128', 4, [a, b, b, a])).toBe(u128((a | (b << 64n)) - (b | (a << 64n))))
    }
  }
})
