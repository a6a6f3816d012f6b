/**
 * The rules of form of vector.ts, which the generator relies on; completeness against the instruction table; and the
 * integer rows against BigInt arithmetic on single lanes, taken off the names (test/machine/simd.test.ts runs everything
 * against another engine). The choices of relaxed instructions stand here as numbers.
 */
import { buildSync } from 'esbuild'
import fc from 'fast-check'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Instruction, byName, instructions } from '../../spec/instructions.ts'
import { V128 } from '../../spec/types.ts'
import * as vector from './vector.ts'
import { type Vectors, laneRows, meaningOf, vectorFunctions, vectorLoads, vectorStores } from './vector.ts'

// vitest rewrites the imports inside function bodies, so the texts are taken from what esbuild makes of the sources.
const bundle = buildSync({
  entryPoints: [fileURLToPath(new URL('./vector.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  write: false,
})
const built: typeof vector = await import(`data:text/javascript,${encodeURIComponent(bundle.outputFiles[0]!.text)}`)

const simd = instructions.filter(({ feature, name }) => /simd/.test(feature) && name !== 'v128.const')

describe('vector semantics', () => {
  it('has one meaning for every instruction', () => {
    const tables = [laneRows, vectorFunctions, vectorLoads, vectorStores]
    const missing = simd.filter(({ name }) => tables.filter((t) => t[meaningOf(name)] !== undefined).length !== 1)
    expect(missing.map(({ name }) => name)).toEqual([])
    const names = new Set(simd.filter(({ name }) => meaningOf(name) === name).map(({ name }) => name))
    expect(tables.flatMap((t) => Object.keys(t)).filter((name) => !names.has(name))).toEqual([])
  })

  it('has namesakes only of the same type', () => {
    for (const { name, immediates, type } of simd) {
      const other = byName.get(meaningOf(name))!
      expect(other.immediates, name).toEqual(immediates)
      expect(other.type!.params.length, name).toBe(type!.params.length)
    }
  })

  it('lane functions are arrow functions with one return, last', () => {
    for (const [name, { compute }] of Object.entries(built.laneRows)) {
      const text = compute.toString()
      expect(text, name).toMatch(/^\([\w, ]*\) => /)
      expect(text.split('=>').length, name).toBe(2)
      expect(text, name).not.toMatch(/\b(function|this|for|while|let|var|trap)\b/)
      if (text.includes('{')) expect(text, name).toMatch(/^[^{]*\{[^]*\breturn [^;]*;\s*\}$/)
    }
  })

  it('functions on vectors use their parameters, views, the scratch vector and Math only', () => {
    const known = /^(v|M|e|d|a|b|c|i|k|l|m|n|s|t|x|y|X|X8|Math|const|let|for|true)$/
    const all = { ...built.vectorFunctions, ...built.vectorLoads, ...built.vectorStores }
    for (const [name, f] of Object.entries(all)) {
      const text = f.toString()
      expect(text, name).toMatch(/^\(v(, \w)+\) => \{/)
      expect(text, name).not.toMatch(/\breturn\b/)
      const words = text.replace(/\.\w+/g, '').match(/(?<!\w)[A-Za-z_]\w*/g)!
      expect(
        words.filter((word) => !known.test(word)),
        name,
      ).toEqual([])
    }
  })
})

// ---- integers -----------------------------------------------------------------------------------------------------

const buffer = new ArrayBuffer(16 * 8)
const v: Vectors = {
  R: new Int32Array(buffer),
  F: new Float64Array(buffer),
  S: new Float32Array(buffer),
  I8: new Int8Array(buffer),
  U8: new Uint8Array(buffer),
  I16: new Int16Array(buffer),
  U16: new Uint16Array(buffer),
}
const view = new DataView(buffer)

/** Lanes of the vector that begins at byte `at`. */
function lanes(at: number, bits: number, signed: boolean): bigint[] {
  return Array.from({ length: 128 / bits }, (_, i) => {
    let value = 0n
    for (let k = bits / 8 - 1; k >= 0; k--) value = (value << 8n) | BigInt(view.getUint8(at + (i * bits) / 8 + k))
    return signed ? BigInt.asIntN(bits, value) : value
  })
}
const clamp = (x: bigint, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : x)
const saturate = (x: bigint, bits: number, signed: boolean): bigint =>
  signed ? clamp(x, -(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n) : clamp(x, 0n, (1n << BigInt(bits)) - 1n)
const test = (x: boolean): bigint => (x ? -1n : 0n)

type Oracle = (a: bigint, b: bigint, bits: number, signed: boolean) => bigint
const lanewise: Record<string, Oracle> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  neg: (a) => -a,
  abs: (a) => (a < 0n ? -a : a),
  eq: (a, b) => test(a === b),
  ne: (a, b) => test(a !== b),
  lt: (a, b) => test(a < b),
  gt: (a, b) => test(a > b),
  le: (a, b) => test(a <= b),
  ge: (a, b) => test(a >= b),
  min: (a, b) => (a < b ? a : b),
  max: (a, b) => (a > b ? a : b),
  add_sat: (a, b, bits, signed) => saturate(a + b, bits, signed),
  sub_sat: (a, b, bits, signed) => saturate(a - b, bits, signed),
  avgr: (a, b) => (a + b + 1n) >> 1n,
  q15mulr_sat: (a, b) => saturate((a * b + 0x4000n) >> 15n, 16, true),
  popcnt: (a) => BigInt(BigInt.asUintN(8, a).toString(2).replace(/0/g, '').length),
}

/** Applies a row as the reference executor does, to the vectors at R[4] and R[8] and a shift count; the result as lanes. */
function applied({ name, type }: Instruction, bits: number, ...count: number[]): bigint[] {
  const { from, to, pick, compute } = laneRows[name]!
  const source = Number(from.slice(1))
  const read = (place: number, i: number): number[] => {
    const at = place * 4 + (i * source) / 8
    if (from === 'i64') return [view.getInt32(at, true), view.getInt32(at + 4, true)]
    const get = {
      i8: 'getInt8',
      u8: 'getUint8',
      i16: 'getInt16',
      u16: 'getUint16',
      i32: 'getInt32',
      f32: 'getFloat32',
      f64: 'getFloat64',
    } as const
    return [view[get[from]](at, true)]
  }
  const results = 128 / Number(to.slice(1))
  const half = 128 / source / 2
  const places = type!.params.flatMap((t, i) => (t === V128 ? [4 + 4 * i] : []))
  for (let i = 0; i < results; i++) {
    const args =
      pick === 'concat'
        ? read(4 + 4 * Math.floor(i / (2 * half)), i % (2 * half))
        : places.flatMap((p) => (pick === 'pairs' ? [...read(p, 2 * i), ...read(p, 2 * i + 1)] : read(p, pick === 'high' ? i + half : i)))
    let result = compute(...args, ...count)
    if (typeof result === 'boolean') result = to === 'i64' ? [result ? -1 : 0, result ? -1 : 0] : result ? -1 : 0
    if (typeof result === 'number') {
      const at = (i * Number(to.slice(1))) / 8
      if (to.endsWith('8')) view.setInt8(at, result)
      else if (to.endsWith('16')) view.setInt16(at, result, true)
      else view.setInt32(at, result, true)
    } else result.forEach((word, k) => view.setInt32(8 * i + 4 * k, word, true))
  }
  return lanes(0, bits, false)
}

const lane8 = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0x81, 0xff))
const two = fc.oneof(
  fc.array(lane8, { minLength: 32, maxLength: 32 }),
  // Lanes of the same bytes, and equal vectors.
  lane8.map((x) => new Array<number>(32).fill(x)),
  fc.array(fc.constantFrom(0, 0x80, 0xff, 0x7f), { minLength: 16, maxLength: 16 }).map((half) => [...half, ...half]),
)
const check = (instruction: Instruction, bits: number, wanted: () => bigint[]): void =>
  fc.assert(
    fc.property(two, (bytes) => {
      bytes.forEach((x, i) => (v.U8[16 + i] = x))
      const expected = wanted().map((x) => BigInt.asUintN(bits, x))
      expect(applied(instruction, bits)).toEqual(expected)
    }),
    { numRuns: 100 },
  )

describe('integer lanes against BigInt', () => {
  for (const instruction of simd) {
    const { name } = instruction
    if (laneRows[name] === undefined) continue
    const plain = /^i(8|16|32|64)x\d+\.([a-z0-9]+(?:_sat)?)(?:_([su]))?$/.exec(name)
    if (plain !== null && lanewise[plain[2]!] !== undefined) {
      const bits = Number(plain[1])
      const signed = plain[3] !== 'u'
      it(name, () => {
        check(instruction, bits, () => {
          const b = lanes(32, bits, signed)
          return lanes(16, bits, signed).map((a, i) => lanewise[plain[2]!]!(a, b[i]!, bits, signed))
        })
      })
      continue
    }
    const wide = /^i(16|32|64)x\d\.(extend|extmul|extadd)_(low|high|pairwise)_i(8|16|32)x\d+_([su])$/.exec(name)
    if (wide !== null) {
      const [, to, what, which, from, sign] = wide as unknown as [string, string, string, string, string, string]
      it(name, () => {
        check(instruction, Number(to), () => {
          const [a, b] = [16, 32].map((at) => lanes(at, Number(from), sign === 's')) as [bigint[], bigint[]]
          const half = a.length / 2
          return Array.from({ length: half }, (_, i) => {
            if (what === 'extadd') return a[2 * i]! + a[2 * i + 1]!
            const k = which === 'high' ? i + half : i
            return what === 'extend' ? a[k]! : a[k]! * b[k]!
          })
        })
      })
      continue
    }
    const narrow = /^i(8|16)x\d+\.narrow_i(16|32)x\d_([su])$/.exec(name)
    if (narrow !== null) {
      const bits = Number(narrow[1])
      it(name, () => {
        check(instruction, bits, () =>
          [...lanes(16, 2 * bits, true), ...lanes(32, 2 * bits, true)].map((x) => saturate(x, bits, narrow[3] === 's')),
        )
      })
    }
  }

  const shifts = simd.filter(({ name }) => /^i\d+x\d+\.sh[lr]/.test(name))
  it.each(shifts.map((i) => [i.name, i] as const))('%s takes its count modulo the width', (name, instruction) => {
    const bits = Number(/\d+/.exec(name)![0])
    fc.assert(
      fc.property(two, fc.oneof(fc.integer({ min: -200, max: 200 }), fc.constantFrom(0, bits - 1, bits, -1)), (bytes, count) => {
        bytes.forEach((x, i) => (v.U8[16 + i] = x))
        const n = BigInt(((count % bits) + bits) % bits)
        const operands = lanes(16, bits, name.endsWith('_s'))
        const expected = operands.map((a) => BigInt.asUintN(bits, name.endsWith('shl') ? a << n : a >> n))
        expect(applied(instruction, bits, count)).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })

  it('all_true, any_true and bitmask look at every lane', () => {
    for (const bits of [8, 16, 32, 64]) {
      const shape = `i${bits}x${128 / bits}`
      fc.assert(
        fc.property(two, (bytes) => {
          bytes.forEach((x, i) => (v.U8[16 + i] = x))
          const all = lanes(16, bits, true)
          vectorFunctions[`${shape}.all_true`]!(v, 0, 4)
          expect(v.R[0]).toBe(all.every((x) => x !== 0n) ? 1 : 0)
          vectorFunctions[`${shape}.bitmask`]!(v, 0, 4)
          expect(v.R[0]).toBe(all.reduce((mask, x, i) => mask | (x < 0n ? 1 << i : 0), 0))
          vectorFunctions['v128.any_true']!(v, 0, 4)
          expect(v.R[0]).toBe(all.some((x) => x !== 0n) ? 1 : 0)
        }),
      )
    }
  })
})

// ---- relaxed instructions -----------------------------------------------------------------------------------------

describe('relaxed instructions make the choices of the deterministic profile', () => {
  it('dot products read both sides as signed and saturate sums of pairs', () => {
    const dot = laneRows['i16x8.relaxed_dot_i8x16_i7x16_s']!.compute
    expect(dot(-128, -128, -127, -127)).toBe(32512)
    expect(dot(-128, -128, -128, -128)).toBe(32767)
    expect(dot(127, -128, 127, 127)).toBe(-127)
    v.I8.fill(-128, 16, 48)
    v.R.fill(5, 12, 16)
    vectorFunctions['i32x4.relaxed_dot_i8x16_i7x16_add_s']!(v, 0, 4, 8, 12)
    expect([...v.R.subarray(0, 4)]).toEqual([65539, 65539, 65539, 65539])
  })

  it('madd and nmadd round the product', () => {
    const x = 1 + 2 ** -12
    // The exact product is 1 + 2^-11 + 2^-24.
    expect(laneRows['f32x4.relaxed_madd']!.compute(x, x, -1 - 2 ** -11)).toBe(0)
    expect(laneRows['f32x4.relaxed_nmadd']!.compute(x, x, 1 + 2 ** -11)).toBe(0)
    const y = 1 + 2 ** -27
    expect(laneRows['f64x2.relaxed_madd']!.compute(y, y, -1 - 2 ** -26)).toBe(0)
    expect(laneRows['f64x2.relaxed_nmadd']!.compute(y, y, 1 + 2 ** -26)).toBe(0)
  })

  it('all others are another instruction', () => {
    const own = simd.filter(({ feature, name }) => feature === 'relaxed-simd' && meaningOf(name) === name).map(({ name }) => name)
    expect(own).toEqual([
      'f32x4.relaxed_madd',
      'f32x4.relaxed_nmadd',
      'f64x2.relaxed_madd',
      'f64x2.relaxed_nmadd',
      'i16x8.relaxed_dot_i8x16_i7x16_s',
      'i32x4.relaxed_dot_i8x16_i7x16_add_s',
    ])
    expect(meaningOf('i16x8.relaxed_laneselect')).toBe('v128.bitselect')
    expect(meaningOf('i8x16.relaxed_swizzle')).toBe('i8x16.swizzle')
  })
})

// ---- memory -------------------------------------------------------------------------------------------------------

describe('vector loads and stores', () => {
  const memory = new DataView(new ArrayBuffer(32))
  it.each([...Object.keys(vectorLoads), ...Object.keys(vectorStores)])('%s: out of bounds changes nothing', (name) => {
    const { width } = byName.get(name)!
    for (let e = 32 - width + 1; e < 34; e++) {
      for (let i = 0; i < 32; i++) memory.setUint8(i, i)
      v.U8.forEach((_, i) => (v.U8[i] = 255 - i))
      expect(() =>
        vectorLoads[name] === undefined ? vectorStores[name]!(v, memory, e, 4, 0) : vectorLoads[name](v, memory, e, 0, 4, 0),
      ).toThrow(RangeError)
      for (let i = 0; i < 32; i++) expect(memory.getUint8(i)).toBe(i)
      expect(v.U8.every((x, i) => x === 255 - i)).toBe(true)
    }
  })
})
