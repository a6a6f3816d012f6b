/** i32 and i64 instructions against BigInt arithmetic and, for i64, the `long` package: edge values crossed, then random ones. */
import fc from 'fast-check'
import Long from 'long'
import { describe, expect, it } from 'vitest'
import { isTrap } from '../../errors.ts'
import { predicates, values } from './index.ts'
import type { Pair } from './types.ts'

type Outcome = bigint | string

/** Powers of two and their neighbours, in both signs, where widths and algorithms change: 0, MIN, MAX, 2^32 ± 1, 2^53 ± 1 … */
function edges(bits: number): bigint[] {
  const found = new Set<bigint>()
  for (const k of [0, 1, 5, 7, 8, 15, 16, 21, 30, 31, 32, 33, 48, 52, 53, 54, 62, 63].filter((power) => power < bits)) {
    for (const near of [-1n, 0n, 1n]) {
      for (const sign of [1n, -1n]) found.add(BigInt.asIntN(bits, sign * (1n << BigInt(k)) + near))
    }
  }
  return [...found]
}
const edges32 = edges(32)
const edges64 = edges(64)

const unsigned = (bits: number, x: bigint): bigint => BigInt.asUintN(bits, x)
function divide(a: bigint, b: bigint): Outcome {
  return b === 0n ? 'integer divide by zero' : a / b
}
function remainder(a: bigint, b: bigint): Outcome {
  return b === 0n ? 'integer divide by zero' : a % b
}
function rotate(bits: number, a: bigint, count: bigint): bigint {
  const n = ((count % BigInt(bits)) + BigInt(bits)) % BigInt(bits)
  return (unsigned(bits, a) << n) | (unsigned(bits, a) >> (BigInt(bits) - n))
}
const binaryDigits = (bits: number, a: bigint): string => unsigned(bits, a).toString(2).padStart(bits, '0')

// The spec's definitions (§4.3.2) on integers of any size; the caller wraps the result to N bits.
const unary: Record<string, (a: bigint, bits: number) => Outcome> = {
  clz: (a, n) => BigInt(/^0*/.exec(binaryDigits(n, a))![0].length),
  ctz: (a, n) => BigInt(/0*$/.exec(binaryDigits(n, a))![0].length),
  popcnt: (a, n) => BigInt(binaryDigits(n, a).replaceAll('0', '').length),
  extend8_s: (a) => BigInt.asIntN(8, a),
  extend16_s: (a) => BigInt.asIntN(16, a),
  extend32_s: (a) => BigInt.asIntN(32, a),
  eqz: (a) => BigInt(a === 0n),
}
const binary: Record<string, (a: bigint, b: bigint, bits: number) => Outcome> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div_s: (a, b, n) => {
    const q = divide(a, b)
    return typeof q === 'bigint' && q !== BigInt.asIntN(n, q) ? 'integer overflow' : q
  },
  div_u: (a, b, n) => divide(unsigned(n, a), unsigned(n, b)),
  rem_s: (a, b) => remainder(a, b),
  rem_u: (a, b, n) => remainder(unsigned(n, a), unsigned(n, b)),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, n) => a << (unsigned(n, b) % BigInt(n)),
  shr_s: (a, b, n) => a >> (unsigned(n, b) % BigInt(n)),
  shr_u: (a, b, n) => unsigned(n, a) >> (unsigned(n, b) % BigInt(n)),
  rotl: (a, b, n) => rotate(n, a, b),
  rotr: (a, b, n) => rotate(n, a, -b),
  eq: (a, b) => BigInt(a === b),
  ne: (a, b) => BigInt(a !== b),
  lt_s: (a, b) => BigInt(a < b),
  gt_s: (a, b) => BigInt(a > b),
  le_s: (a, b) => BigInt(a <= b),
  ge_s: (a, b) => BigInt(a >= b),
  lt_u: (a, b, n) => BigInt(unsigned(n, a) < unsigned(n, b)),
  gt_u: (a, b, n) => BigInt(unsigned(n, a) > unsigned(n, b)),
  le_u: (a, b, n) => BigInt(unsigned(n, a) <= unsigned(n, b)),
  ge_u: (a, b, n) => BigInt(unsigned(n, a) >= unsigned(n, b)),
}

const low = (x: bigint): number => Number(BigInt.asIntN(32, x))
const high = (x: bigint): number => Number(x >> 32n)
function int32(x: unknown): number {
  if (typeof x !== 'number' || !Object.is(x, x | 0)) throw new Error(`${String(x)} is not an int32`)
  return x
}
const join = (pair: Pair): bigint => (BigInt(int32(pair[1])) << 32n) | BigInt(int32(pair[0]) >>> 0)

/** What a function of the folder does with these operands: its result, or the message of its trap. */
function run(name: string, operands: readonly bigint[], bits: number): Outcome {
  const flat = operands.flatMap((x) => (bits === 64 ? [low(x), high(x)] : [Number(x)]))
  try {
    const result = name in predicates ? predicates[name]!(...flat) : values[name]!(...flat)
    if (typeof result === 'boolean') return BigInt(result)
    return typeof result === 'number' ? BigInt(int32(result)) : join(result)
  } catch (error) {
    if (isTrap(error)) return error.message
    throw error
  }
}
/** Compares without building an assertion per case: the cross products have thousands of them. */
function check(name: string, operands: readonly bigint[], bits: number, expected: Outcome): void {
  const got = run(name, operands, bits)
  const wanted = typeof expected === 'bigint' ? BigInt.asIntN(bits, expected) : expected
  if (got !== wanted) expect(`${name}(${operands.join(', ')}) = ${got}`).toBe(`${name}(${operands.join(', ')}) = ${wanted}`)
}

/** Random integers of every magnitude, edges among them. */
const integer = (bits: number): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n }),
    fc
      .tuple(fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }), fc.integer({ min: 0, max: bits - 1 }))
      .map(([x, n]) => BigInt.asIntN(bits, x) >> BigInt(n)),
    fc.constantFrom(...edges(bits)),
  )

for (const [type, bits, edge] of [
  ['i32', 32, edges32],
  ['i64', 64, edges64],
] as const) {
  describe(`${type} against BigInt`, () => {
    for (const [op, oracle] of Object.entries(unary)) {
      const name = `${type}.${op}`
      if (!(name in values) && !(name in predicates)) continue
      it(name, () => {
        for (const a of edge) check(name, [a], bits, oracle(a, bits))
        fc.assert(
          fc.property(integer(bits), (a) => check(name, [a], bits, oracle(a, bits))),
          { numRuns: 500 },
        )
      })
    }
    for (const [op, oracle] of Object.entries(binary)) {
      const name = `${type}.${op}`
      it(name, () => {
        for (const a of edge) for (const b of edge) check(name, [a, b], bits, oracle(a, b, bits))
        fc.assert(
          fc.property(integer(bits), integer(bits), (a, b) => check(name, [a, b], bits, oracle(a, b, bits))),
          { numRuns: 1000 },
        )
      })
    }
  })
}

describe('i64 division near exact quotients', () => {
  // Dividends q·b - 1, q·b and q·b + 1: where an estimated quotient would be one off.
  it.each(['div_s', 'div_u', 'rem_s', 'rem_u'])('i64.%s', (op) => {
    const near = fc
      .tuple(integer(64), integer(64), fc.constantFrom(-1n, 0n, 1n))
      .map(([q, b, r]) => [BigInt.asIntN(64, (unsigned(64, q) % ((1n << 64n) / (unsigned(64, b) || 1n) + 1n)) * b + r), b] as const)
    fc.assert(
      fc.property(near, ([a, b]) => check(`i64.${op}`, [a, b], 64, binary[op]!(a, b, 64))),
      { numRuns: 20_000 },
    )
  })
  // Here quotient times the divisor's low half is just above a power of two, and rounds down onto a smaller high word.
  it.each([
    [3433081133n, 2623649n],
    [2609709343n, 6902838n],
    [2914779152n, 1582173393n],
  ])('quotient %s', (q, bl) => {
    const b = (1n << 32n) + bl
    for (const a of [q * b - 1n, q * b, q * b + b / 2n].map((x) => BigInt.asIntN(64, x))) {
      for (const op of ['div_s', 'div_u', 'rem_s', 'rem_u']) check(`i64.${op}`, [a, b], 64, binary[op]!(a, b, 64))
    }
  })
})

describe('i64 against long', () => {
  const methods: Record<string, (a: Long, b: Long) => Long | boolean> = {
    add: (a, b) => a.add(b),
    sub: (a, b) => a.sub(b),
    mul: (a, b) => a.mul(b),
    div_s: (a, b) => a.div(b),
    div_u: (a, b) => a.toUnsigned().div(b.toUnsigned()),
    rem_s: (a, b) => a.mod(b),
    rem_u: (a, b) => a.toUnsigned().mod(b.toUnsigned()),
    shl: (a, b) => a.shl(b),
    shr_s: (a, b) => a.shr(b),
    shr_u: (a, b) => a.shru(b),
    rotl: (a, b) => a.rotl(b),
    rotr: (a, b) => a.rotr(b),
    lt_s: (a, b) => a.lt(b),
    lt_u: (a, b) => a.toUnsigned().lt(b.toUnsigned()),
    ge_u: (a, b) => a.toUnsigned().gte(b.toUnsigned()),
  }
  for (const [op, method] of Object.entries(methods)) {
    it(`i64.${op}`, () => {
      const compare = (a: bigint, b: bigint): void => {
        // Traps are BigInt's part. And long 5.3.2 takes every dividend whose HIGH half is that of MIN for MIN when the divisor is -1.
        if (/div|rem/.test(op) && (b === 0n || (op === 'div_s' && high(a) === -0x80000000 && b === -1n))) return
        const result = method(Long.fromBits(low(a), high(a)), Long.fromBits(low(b), high(b)))
        check(`i64.${op}`, [a, b], 64, typeof result === 'boolean' ? BigInt(result) : join([result.low, result.high]))
      }
      for (const a of edges64) for (const b of edges64) compare(a, b)
      fc.assert(fc.property(integer(64), integer(64), compare), { numRuns: 1000 })
    })
  }
})

describe('traps', () => {
  it('division by zero comes before overflow, and MIN % -1 is 0', () => {
    const min = -(1n << 63n)
    for (const op of ['div_s', 'div_u', 'rem_s', 'rem_u']) expect(run(`i64.${op}`, [min, 0n], 64)).toBe('integer divide by zero')
    expect(run('i64.div_s', [min, -1n], 64)).toBe('integer overflow')
    expect(run('i64.rem_s', [min, -1n], 64)).toBe(0n)
    expect(run('i32.div_s', [-0x80000000n, -1n], 32)).toBe('integer overflow')
    expect(run('i32.rem_s', [-0x80000000n, -1n], 32)).toBe(0n)
  })
})
