/** Numbers of the text format: rounding, hexadecimal, NaN payloads, integer ranges (spec §6.3.1, §6.3.2). */
import { describe, expect, test } from 'vitest'
import { parseF32, parseF64 } from './floats.ts'
import { isNat, isNumber, parseInt32, parseInt64, parseNat, parseU64 } from './integers.ts'

const view = new DataView(new ArrayBuffer(8))
const f64Bits = (x: number): bigint => (view.setFloat64(0, x), view.getBigUint64(0))
const f32Bits = (x: number): number => (view.setFloat32(0, x), view.getInt32(0))
const f64Of = (bits: bigint): number => (view.setBigUint64(0, bits), view.getFloat64(0))
const f32Of = (bits: number): number => (view.setUint32(0, bits >>> 0), view.getFloat32(0))
const got64 = (word: string): bigint | undefined => {
  const r = parseF64(word)
  return r && (BigInt(r.hi >>> 0) << 32n) | BigInt(r.lo >>> 0)
}

/** Numerator and denominator of a decimal or hexadecimal literal, exactly. */
function fraction(word: string): [bigint, bigint] {
  const hex = word.startsWith('0x')
  const [, whole, part = '', exponent = '0'] = (hex ? /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p(.*))?$/ : /^([0-9]*)\.?([0-9]*)(?:e(.*))?$/).exec(
    word,
  )!
  const base = hex ? 16n : 10n
  let num = BigInt(`${hex ? '0x' : ''}${whole}${part}`)
  let den = base ** BigInt(part.length)
  const e = BigInt(exponent)
  const step = hex ? 2n : 10n
  if (e >= 0n) num *= step ** e
  else den *= step ** -e
  return [num, den]
}
/** A finite double as a fraction. */
function exact(x: number): [bigint, bigint] {
  const bits = f64Bits(x)
  const e = Number((bits >> 52n) & 0x7ffn)
  const m = (bits & 0xf_ffff_ffff_ffffn) | (e === 0 ? 0n : 1n << 52n)
  const shift = BigInt(Math.max(e, 1) - 1075)
  return shift >= 0n ? [m << shift, 1n] : [m, 1n << -shift]
}
const distance = ([a, b]: [bigint, bigint], [c, d]: [bigint, bigint]): [bigint, bigint] => {
  const n = a * d - c * b
  return [n < 0n ? -n : n, b * d]
}
/** Nearest f32 to a fraction, ties to even, by comparing neighbours of a first guess. */
function nearest32(word: string): number {
  const want = fraction(word)
  const guess = f32Bits(Number(word.startsWith('0x') ? 0 : word))
  let best = -1
  for (let bits = Math.max(guess - 2, 0); bits <= guess + 2; bits++) {
    const x = f32Of(bits)
    if (!Number.isFinite(x)) continue
    if (best === -1) best = bits
    else {
      const [a, b] = distance(exact(f32Of(best)), want)
      const [c, d] = distance(exact(x), want)
      if (c * b < a * d || (c * b === a * d && bits % 2 === 0)) best = bits
    }
  }
  return best
}
let seed = 12345
const random = (n: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
  return Math.floor((seed / 2 ** 32) * n)
}
const digits = (n: number): string => Array.from({ length: n }, () => random(10)).join('')

describe('decimal floats', { timeout: 60_000 }, () => {
  test('f64 agrees with the engine', () => {
    for (let i = 0; i < 3000; i++) {
      const word = `${random(10)}.${digits(1 + random(25))}e${random(640) - 330}`
      const x = Number(word)
      expect([word, got64(word)]).toEqual([word, Number.isFinite(x) ? f64Bits(x) : undefined])
    }
  })
  test('f32 is rounded once', () => {
    for (let i = 0; i < 2000; i++) {
      const word = `${1 + random(9)}.${digits(1 + random(20))}e${random(82) - 45}`
      const want = nearest32(word)
      const have = parseF32(word)
      if (have !== undefined) expect([word, have]).toEqual([word, want])
    }
  })
  test('halfway cases of f32, exact and a little off', () => {
    for (let i = 0; i < 500; i++) {
      // The number between two neighbours, written out in full, needs more digits than a double has.
      const bits = random(0x7f7f_ffff)
      const [n, d] = exact((f32Of(bits) + f32Of(bits + 1)) / 2)
      const scale = 200
      const scaled = ((n * 10n ** BigInt(scale)) / d).toString().padStart(scale + 1, '0')
      const text = `${scaled.slice(0, -scale)}.${scaled.slice(-scale)}`
      const even = bits % 2 === 0 ? bits : bits + 1
      expect(parseF32(text)).toBe(even)
      expect(parseF32(`${text}${'0'.repeat(900)}1`)).toBe(bits + 1)
    }
  })
  test('double rounding would go wrong here', () => {
    // As a double this is the middle between 0x3f800001 and 0x3f800002, and the tie would go to the even one.
    const word = `1.000000178813934326171874${'9'.repeat(20)}`
    expect(f32Bits(Math.fround(Number(word)))).toBe(0x3f800002)
    expect(parseF32(word)).toBe(0x3f800001)
  })
  test('edges', () => {
    expect(got64('4.9406564584124654e-324')).toBe(1n)
    expect(got64('2.4703282292062327e-324')).toBe(0n)
    expect(got64('2.4703282292062328e-324')).toBe(1n)
    expect(got64('1.7976931348623157e308')).toBe(f64Bits(Number.MAX_VALUE))
    expect(parseF64('1.7976931348623159e308')).toBeUndefined()
    expect(parseF32('340282356779733661637539395458142568447')).toBe(0x7f7fffff)
    expect(parseF32('340282356779733661637539395458142568448')).toBeUndefined()
    expect(parseF64(`1e${'9'.repeat(50)}`)).toBeUndefined()
    expect(got64(`1e-${'9'.repeat(50)}`)).toBe(0n)
    expect(got64(`0e${'9'.repeat(50)}`)).toBe(0n)
    expect(got64('-0')).toBe(1n << 63n)
    expect(got64('1_000.5_0')).toBe(f64Bits(1000.5))
    for (let i = 0; i < 60; i++) expect(got64(String(2 ** i - 1))).toBe(f64Bits(2 ** i - 1))
  })
})

describe('hexadecimal floats', () => {
  test('every bit pattern survives', () => {
    for (let i = 0; i < 2000; i++) {
      const bits = (BigInt(random(0x7fe0_0000)) << 32n) | BigInt(random(2 ** 32))
      const x = f64Of(bits)
      const [n, d] = exact(x)
      expect(got64(`0x${n.toString(16)}p-${d.toString(2).length - 1}`)).toBe(bits)
    }
  })
  test('rounding', () => {
    expect(parseF32('0x1.000001p0')).toBe(0x3f800000)
    expect(parseF32('0x1.000003p0')).toBe(0x3f800002)
    expect(parseF32('0x1.00000100000000000000000001p0')).toBe(0x3f800001)
    expect(parseF32('0x1p-149')).toBe(1)
    expect(parseF32('0x1p-150')).toBe(0)
    expect(parseF32('0x1.1p-150')).toBe(1)
    expect(parseF32('0x1.fffffefp127')).toBe(0x7f7fffff)
    expect(parseF32('0x1.ffffffp127')).toBeUndefined()
    expect(got64('0x1.fffffffffffff7p1023')).toBe(f64Bits(Number.MAX_VALUE))
    expect(parseF64('0x1.fffffffffffff8p1023')).toBeUndefined()
    expect(got64(`0x0.${'0'.repeat(300)}1p${4 * 301}`)).toBe(f64Bits(1))
  })
})

test('nan and inf', () => {
  expect(parseF32('nan')).toBe(0x7fc00000)
  expect(parseF32('-nan:0x1')).toBe(0xff800001 | 0)
  expect(parseF32('nan:0x0')).toBeUndefined()
  expect(parseF32('nan:0x80_0000')).toBeUndefined()
  expect(got64('-inf')).toBe(0xfff0_0000_0000_0000n)
  expect(got64('nan:0xf_ffff_ffff_ffff')).toBe(0x7fff_ffff_ffff_ffffn)
  expect(parseF64('nan:0x10_0000_0000_0000')).toBeUndefined()
  expect(parseF64('+nan')).toEqual({ lo: 0, hi: 0x7ff80000 })
})

describe('integers', () => {
  test('64 bits as pairs', () => {
    for (const n of [0n, 1n, -1n, 10n ** 18n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n, -(2n ** 32n), 2n ** 32n]) {
      const v = BigInt.asUintN(64, n)
      const want = { lo: Number(BigInt.asIntN(32, v)), hi: Number(BigInt.asIntN(32, v >> 32n)) }
      expect(parseInt64(n.toString())).toEqual(want)
      expect(parseInt64(n < 0n ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`)).toEqual(want)
    }
    expect(parseInt64('18446744073709551616')).toBeUndefined()
    expect(parseInt64('-9223372036854775809')).toBeUndefined()
    expect(parseU64('0xffff_ffff_ffff_ffff')).toEqual({ lo: -1, hi: -1 })
  })
  test('32 bits and less', () => {
    expect(parseInt32('0xffff_ffff')).toBe(-1)
    expect(parseInt32('-2147483648')).toBe(-2147483648)
    expect(parseInt32('-2147483649')).toBeUndefined()
    expect(parseInt32('4294967296')).toBeUndefined()
    expect(parseInt32('-128', 8)).toBe(-128)
    expect(parseInt32('255', 8)).toBe(255)
    expect(parseInt32('256', 8)).toBeUndefined()
    expect(parseNat('0x1_0000_0000', 32)).toBeUndefined()
    expect(parseNat('0x1_0000_0000', 64)).toBe(2 ** 32)
  })
  test('spelling', () => {
    for (const word of ['', '_1', '1_', '1__2', '0x', '0x_1', '1.0', 'a', '+']) expect(isNat(word)).toBe(false)
    for (const word of ['1.', '1e5', '0x1.p-3', '-inf', '1_0.0_1', 'nan:0x1']) expect(isNumber(word)).toBe(true)
    for (const word of ['.5', '1e', '1._0', '0x1.p_1', '1.0e_+1', 'infinity', 'nan:1', 'nan:0x', '0x1.g'])
      expect(isNumber(word)).toBe(false)
  })
})
