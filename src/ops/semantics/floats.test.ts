/**
 * Float arithmetic, bit operations and conversions against typed arrays, exact BigInt arithmetic and the spec's definitions
 * (§4.3.3, §4.3.4): edge values crossed, then random ones. Floats travel as bits, so that NaN payloads are seen.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTrap } from '../../errors.ts'
import { bits, predicates, values } from './index.ts'
import type { Pair } from './types.ts'

const view = new DataView(new ArrayBuffer(8))
function f64FromBits(x: bigint): number {
  view.setBigInt64(0, x)
  return view.getFloat64(0)
}
function f64ToBits(x: number): bigint {
  view.setFloat64(0, x)
  return view.getBigInt64(0)
}
function f32FromBits(x: number): number {
  view.setInt32(0, x)
  return view.getFloat32(0)
}
function f32ToBits(x: number): number {
  view.setFloat32(0, x)
  return view.getInt32(0)
}
const low = (x: bigint): number => Number(BigInt.asIntN(32, x))
const high = (x: bigint): number => Number(x >> 32n)
const join = (pair: Pair): bigint => (BigInt(pair[1]) << 32n) | BigInt(pair[0] >>> 0)

// Magnitudes: zeros, halves, neighbours of 1, limits of i32, u32, i64, u64 and of exact integers, subnormals, overflow, infinity.
const magnitudes = [
  0,
  0.25,
  0.49999999999999994,
  0.5,
  0.9999999999999999,
  1,
  1.5,
  2.5,
  3.5,
  Math.PI,
  2 ** 23 - 0.5,
  2 ** 24 + 1,
  2 ** 31 - 1,
  2 ** 31 - 0.5,
  2 ** 31,
  2 ** 31 + 0.5,
  2 ** 31 + 1,
  2 ** 32 - 1,
  2 ** 32 - 0.5,
  2 ** 32,
  2 ** 51 + 0.5,
  2 ** 52 - 0.5,
  2 ** 52 + 1,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63 - 2 ** 39,
  2 ** 63 - 1024,
  2 ** 63,
  2 ** 63 + 2048,
  2 ** 64 - 2 ** 40,
  2 ** 64 - 2048,
  2 ** 64,
  2 ** 64 + 4096,
  5e-324,
  2.2250738585072014e-308,
  1e-45,
  1.1754943508222875e-38,
  3.4028234663852886e38,
  3.4028235677973366e38,
  Number.MAX_VALUE,
  Infinity,
]
const edgeNumbers = magnitudes.flatMap((x) => [x, -x])
const edges64 = [
  ...edgeNumbers.map(f64ToBits),
  ...[0x7ff8000000000000n, 0x7ff0000000000001n, 0x7ff4000000000000n, 0x7ff8dead0000beefn].flatMap((x) => [
    x,
    BigInt.asIntN(64, x | (1n << 63n)),
  ]),
]
const edges32 = [...edgeNumbers.map(f32ToBits), ...[0x7fc00000, 0x7f800001, 0x7fa00000, 0x7fc0beef].flatMap((x) => [x, x | -0x80000000])]

const any32 = fc.oneof(fc.integer({ min: -0x80000000, max: 0x7fffffff }), fc.float().map(f32ToBits), fc.constantFrom(...edges32))
const any64 = fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.double().map(f64ToBits), fc.constantFrom(...edges64))
/** Numbers of the sizes that conversions to integers care about, with fractions. */
const moderate = fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: 0, max: 66 })).map(([x, n]) => x * 2 ** n)

/** What is checked of a float result: the bits, or that it is a quiet NaN (§4.3.3: its payload is not determined). */
function shown32(x: number): string {
  const raw = f32ToBits(x)
  return Number.isNaN(x) && (raw & 0x00400000) !== 0 ? 'NaN' : raw.toString(16)
}
function shown64(x: number): string {
  const raw = f64ToBits(x)
  return Number.isNaN(x) && (high(raw) & 0x00080000) !== 0 ? 'NaN' : raw.toString(16)
}
/** The same of an oracle's result, whose NaN may be any. */
function wanted(x: number, shown: (x: number) => string): string {
  return Number.isNaN(x) ? 'NaN' : shown(x)
}
function same(what: string, got: unknown, expected: unknown): void {
  if (!Object.is(got, expected)) expect(`${what} = ${String(got)}`).toBe(`${what} = ${String(expected)}`)
}
function trapOr<T>(body: () => T): T | string {
  try {
    return body()
  } catch (error) {
    if (isTrap(error)) return error.message
    throw error
  }
}

// Oracles. Where JS has the operation itself, another formulation is used.
function nearest(x: number): number {
  if (!Number.isFinite(x) || x === 0) return x
  const below = Math.floor(x)
  const fraction = x - below
  const rounded = fraction < 0.5 || (fraction === 0.5 && below % 2 === 0) ? below : below + 1
  return rounded === 0 && x < 0 ? -0 : rounded
}
function ceil(x: number): number {
  return -Math.floor(-x)
}
function trunc(x: number): number {
  return x > 0 ? Math.floor(x) : x < 0 ? -Math.floor(-x) : x
}
function min(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN
  return x === y ? (Object.is(x, -0) ? x : y) : x < y ? x : y
}
// Math.sqrt has no other formulation, but its rounding to f32 is tested below.
const unary: Record<string, (x: number) => number> = { ceil, floor: (x) => -ceil(-x), trunc, nearest, sqrt: (x) => Math.sqrt(x) }
const binary: Record<string, (x: number, y: number) => number> = {
  add: (x, y) => x - -y,
  sub: (x, y) => x + -y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min,
  max: (x, y) => -min(-x, -y),
}
const compare: Record<string, (x: number, y: number) => boolean> = {
  eq: (x, y) => x === y,
  ne: (x, y) => !(x === y),
  lt: (x, y) => x < y,
  gt: (x, y) => y < x,
  le: (x, y) => x < y || x === y,
  ge: (x, y) => y < x || x === y,
}

const widths = [
  {
    type: 'f32',
    edges: edges32.map((x) => () => f32FromBits(x)),
    any: any32.map((x) => () => f32FromBits(x)),
    shown: shown32,
    bits: any32.map((x) => [x]),
  },
  {
    type: 'f64',
    edges: edges64.map((x) => () => f64FromBits(x)),
    any: any64.map((x) => () => f64FromBits(x)),
    shown: shown64,
    bits: any64.map((x) => [low(x), high(x)]),
  },
] as const

for (const { type, edges, any, shown } of widths) {
  describe(type, () => {
    const round = type === 'f32' ? Math.fround : (x: number): number => x
    for (const [op, oracle] of Object.entries(unary)) {
      it(`${type}.${op}`, () => {
        const check = (x: () => number): void =>
          same(`${type}.${op}(${x()})`, shown(values[`${type}.${op}`]!(x()) as number), wanted(round(oracle(x())), shown))
        edges.forEach(check)
        fc.assert(fc.property(any, check), { numRuns: 2000 })
      })
    }
    for (const [op, oracle] of Object.entries(binary)) {
      it(`${type}.${op}`, () => {
        const check = (x: () => number, y: () => number): void =>
          same(`${type}.${op}(${x()}, ${y()})`, shown(values[`${type}.${op}`]!(x(), y()) as number), wanted(round(oracle(x(), y())), shown))
        for (const x of edges) for (const y of edges) check(x, y)
        fc.assert(fc.property(any, any, check), { numRuns: 1000 })
      })
    }
    for (const [op, oracle] of Object.entries(compare)) {
      it(`${type}.${op}`, () => {
        const check = (x: () => number, y: () => number): void =>
          same(`${type}.${op}(${x()}, ${y()})`, predicates[`${type}.${op}`]!(x(), y()), oracle(x(), y()))
        for (const x of edges) for (const y of edges) check(x, y)
        fc.assert(fc.property(any, any, check), { numRuns: 1000 })
      })
    }
  })
}

/** A finite number as an exact fraction: mantissa · 2^exponent. */
function exact(x: number): { mantissa: bigint; exponent: number } {
  const raw = BigInt.asUintN(64, f64ToBits(x))
  const biased = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n)
  return { mantissa: raw >> 63n === 1n ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 }
}
/** The sign of p·2^n - q·2^m. */
function compareExact(p: bigint, n: number, q: bigint, m: number): number {
  const shift = Math.min(n, m)
  const difference = (p << BigInt(n - shift)) - (q << BigInt(m - shift))
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

describe('rounding', () => {
  // f32 results pass through a double: they must be the f32 nearest to the EXACT result, ties to even.
  const positive = fc.oneof(fc.integer({ min: 1, max: 0x7f7fffff }), fc.constantFrom(...edges32.filter((x) => x > 0 && x < 0x7f800000)))
  /** Whether `r` is the rounding of a value v, given how v compares with p·2^n. */
  function isNearest32(r: number, vVersus: (p: bigint, n: number) => number): boolean {
    const bitsOf = f32ToBits(r)
    if (bitsOf >= 0x7f800000 || bitsOf < 0) return true // overflow: decided by the largest finite value's upper midpoint, tested by edges
    const { mantissa, exponent } = exact(r)
    const ulp = bitsOf < 0x00800000 ? -149 : (bitsOf >>> 23) - 150
    // Midpoints to the neighbours: r ± ulp/2; below a power of two the lower gap is half as wide.
    const half = 1n << BigInt(ulp - 1 - exponent + 1074 + 53) // in units of 2^(exponent - 1127)
    const scaled = mantissa << BigInt(1074 + 53)
    const lower = (bitsOf & 0x7fffff) === 0 && bitsOf > 0x00800000 ? half / 2n : half
    const up = vVersus(scaled + half, exponent - 1127)
    const down = vVersus(scaled - lower, exponent - 1127)
    const even = (bitsOf & 1) === 0
    return (up < 0 || (up === 0 && even)) && (down > 0 || (down === 0 && even))
  }
  it('f32.sqrt and f32.div round once', () => {
    fc.assert(
      fc.property(positive, positive, (p, q) => {
        const x = f32FromBits(p)
        const y = f32FromBits(q)
        const ex = exact(x)
        const ey = exact(y)
        const root = Math.fround(values['f32.sqrt']!(x) as number)
        // v = sqrt(x) compares with t as x with t².
        if (!isNearest32(root, (t, n) => (t < 0n ? 1 : compareExact(ex.mantissa, ex.exponent, t * t, 2 * n))))
          expect(root).toBe(`sqrt(${x})`)
        const quotient = Math.fround(values['f32.div']!(x, y) as number)
        // v = x / y compares with t as x with t·y.
        if (!isNearest32(quotient, (t, n) => compareExact(ex.mantissa, ex.exponent, t * ey.mantissa, n + ey.exponent)))
          expect(quotient).toBe(`${x} / ${y}`)
      }),
      { numRuns: 3000 },
    )
  })

  const wide = fc.tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.integer({ min: 0, max: 63 })).map(([x, n]) => x >> BigInt(n))
  // Halfway between two f32 (or f64), and one beside it: where rounding twice shows.
  const ties = fc
    .tuple(fc.bigInt({ min: 1n << 23n, max: (1n << 24n) - 1n }), fc.integer({ min: 1, max: 39 }), fc.constantFrom(-1n, 0n, 1n))
    .map(([x, n, near]) => (((x * 2n + 1n) << BigInt(n)) >> 1n) + near)
  it.each(['s', 'u'])('convert_i64_%s to f32 and to f64 rounds once', (sign) => {
    const check = (raw: bigint): void => {
      const x = sign === 's' ? BigInt.asIntN(64, raw) : BigInt.asUintN(64, raw)
      const [lo, hi] = [low(BigInt.asIntN(64, x)), high(BigInt.asIntN(64, x))]
      same(`f64(${x})`, values[`f64.convert_i64_${sign}`]!(lo, hi), Number(x))
      const magnitude = x < 0n ? -x : x
      // Round the integer itself to 24 bits, ties to even; the rest is exact.
      const drop = BigInt(Math.max(0, magnitude.toString(2).length - 24))
      const kept = magnitude >> drop
      const twice = drop === 0n ? 0n : (magnitude - (kept << drop)) * 2n
      const unit = 1n << drop
      const rounded = twice > unit || (drop > 0n && twice === unit && (kept & 1n) === 1n) ? kept + 1n : kept
      same(`f32(${x})`, Math.fround(values[`f32.convert_i64_${sign}`]!(lo, hi) as number), Number(rounded << drop) * (x < 0n ? -1 : 1) + 0)
    }
    for (let k = 0n; k < 64n; k++) for (const near of [-1n, 0n, 1n]) for (const s of [1n, -1n]) check(s * (1n << k) + near)
    fc.assert(
      fc.property(
        fc.oneof(
          wide,
          ties,
          ties.map((x) => -x),
        ),
        check,
      ),
      { numRuns: 10_000 },
    )
  })
  it('conversions of i32, promotion and demotion', () => {
    fc.assert(
      fc.property(any32, any64, (a, x) => {
        for (const f of ['f32', 'f64']) {
          same(`convert_s(${a})`, values[`${f}.convert_i32_s`]!(a), a)
          same(`convert_u(${a})`, values[`${f}.convert_i32_u`]!(a), Number(BigInt.asUintN(32, BigInt(a))))
        }
        const number = f64FromBits(x)
        same(
          `demote(${number})`,
          shown32(Math.fround(values['f32.demote_f64']!(number) as number)),
          wanted(Float32Array.of(number)[0]!, shown32),
        )
        same(`promote(${a})`, values['f64.promote_f32']!(f32FromBits(a)), f32FromBits(a))
      }),
    )
  })
})

describe('float to integer', () => {
  for (const n of [32, 64] as const) {
    for (const sign of ['s', 'u'] as const) {
      const least = sign === 's' ? -(1n << BigInt(n - 1)) : 0n
      const most = (1n << BigInt(sign === 's' ? n - 1 : n)) - 1n
      for (const source of ['f32', 'f64']) {
        it(`i${n}.trunc_${source}_${sign} and trunc_sat`, () => {
          const check = (number: number): void => {
            const x = source === 'f32' ? Math.fround(number) : number
            const whole = Number.isFinite(x) ? BigInt(trunc(x)) : undefined
            const fits = whole !== undefined && whole >= least && whole <= most
            const clamped = Number.isNaN(x) ? 0n : fits ? whole : x < 0 ? least : most
            const wrap = (result: number | Pair): bigint => (typeof result === 'number' ? BigInt(result) : join(result))
            const trapped = Number.isNaN(x) ? 'invalid conversion to integer' : 'integer overflow'
            same(
              `trunc(${x})`,
              trapOr(() => wrap(values[`i${n}.trunc_${source}_${sign}`]!(x))),
              fits ? BigInt.asIntN(n, whole) : trapped,
            )
            same(`trunc_sat(${x})`, wrap(values[`i${n}.trunc_sat_${source}_${sign}`]!(x)), BigInt.asIntN(n, clamped))
          }
          edgeNumbers.forEach(check)
          check(NaN)
          fc.assert(fc.property(fc.oneof(moderate, fc.double(), fc.constantFrom(...edgeNumbers)), check), { numRuns: 3000 })
        })
      }
    }
  }
  it('integer to integer', () => {
    fc.assert(
      fc.property(fc.integer({ min: -0x80000000, max: 0x7fffffff }), fc.integer(), (a, b) => {
        expect(join(values['i64.extend_i32_s']!(a) as Pair)).toBe(BigInt(a))
        expect(join(values['i64.extend_i32_u']!(a) as Pair)).toBe(BigInt(a >>> 0))
        expect(values['i32.wrap_i64']!(a, b)).toBe(a)
      }),
    )
  })
})

describe('bits', () => {
  it('neg, abs and copysign touch only the sign, also of signalling NaNs', () => {
    const sign = -0x80000000
    fc.assert(
      fc.property(widths[0].bits, widths[0].bits, ([a], [b]) => {
        expect(bits['f32.neg']!(a!)).toBe(a! ^ sign)
        expect(bits['f32.abs']!(a!)).toBe(a! & ~sign)
        expect(bits['f32.copysign']!(a!, b!)).toBe(a! < 0 === b! < 0 ? a : a! ^ sign)
        expect([bits['i32.reinterpret_f32']!(a!), bits['f32.reinterpret_i32']!(a!)]).toEqual([a, a])
      }),
    )
    fc.assert(
      fc.property(widths[1].bits, widths[1].bits, ([al, ah], [bl, bh]) => {
        expect(bits['f64.neg']!(al!, ah!)).toEqual([al, ah! ^ sign])
        expect(bits['f64.abs']!(al!, ah!)).toEqual([al, ah! & ~sign])
        expect(bits['f64.copysign']!(al!, ah!, bl!, bh!)).toEqual([al, ah! < 0 === bh! < 0 ? ah : ah! ^ sign])
        expect([bits['i64.reinterpret_f64']!(al!, ah!), bits['f64.reinterpret_i64']!(al!, ah!)]).toEqual([
          [al, ah],
          [al, ah],
        ])
      }),
    )
  })
})
