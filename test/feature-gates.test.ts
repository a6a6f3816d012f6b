/**
 * Every feature can be switched off, and then everything of it is refused by name: each instruction of the table, and one
 * small module for each construct that is not an instruction. With the feature on, the same module is taken.
 */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { featuresUsed } from '../src/cli/features.ts'
import { decode } from '../src/decoder/decode.ts'
import { compile } from '../src/embedding/module.ts'
import { UnsupportedError } from '../src/errors.ts'
import { type Feature, allFeatures, featureSet, features } from '../src/spec/features.ts'
import { instructions } from '../src/spec/instructions.ts'
import type { Immediate, Instruction } from '../src/spec/instructions.ts'
import { watToWasm } from '../src/text/index.ts'
import { filesUnder, repoRoot } from './helpers/files.ts'

const everything: Partial<Record<Feature, boolean>> = Object.fromEntries(features.map(({ name }) => [name, true]))

/** The error of what `action` refuses. */
function refusal(action: () => unknown): unknown {
  try {
    action()
  } catch (e) {
    return e
  }
  return undefined
}
function expectRefused(error: unknown, feature: Feature): void {
  expect(error).toBeInstanceOf(UnsupportedError)
  expect(error).toMatchObject({ feature, code: 'unsupported' })
  const { message, offset } = error as UnsupportedError
  expect(message).toMatch(/ needs the feature '.*', which is off; switch it on with \{ features: \{ '?[\w-]+'?: true \} \}$/)
  expect(message).toContain(feature)
  expect(offset).toBeTypeOf('number')
}

/** Constructs that are not instructions, or only with certain immediates. In WAT, or as bytes where WAT cannot say it. */
const constructs: Partial<Record<Feature, readonly (string | readonly number[])[]>> = {
  'multi-value': [
    '(module (type (func (result i32 i32))))',
    '(module (import "a" "b" (func (result i32 i64))))',
    '(module (func (block (result i32 i32) (i32.const 1) (i32.const 2)) (drop) (drop)))',
    '(module (func (i32.const 1) (block (param i32) (drop))))',
    '(module (func (i32.const 1) (loop (param i32) (result i32)) (drop)))',
    '(module (func (i32.const 1) (i32.const 1) (if (param i32) (then (drop)) (else (drop)))))',
  ],
  'bulk-memory': [
    '(module (memory 1) (data "x"))',
    '(module (memory 1) (data (memory 0) (i32.const 0) "x") (func (data.drop 0)))',
    '(module (func) (elem func 0))',
    '(module (elem funcref (ref.null func)))',
    // A data count section without any data.
    [12, 1, 0],
  ],
  'reference-types': [
    '(module (func (param externref)))',
    '(module (func (local funcref)))',
    '(module (global externref (ref.null extern)))',
    '(module (table 1 externref))',
    '(module (table 1 funcref) (table 1 funcref))',
    '(module (import "a" "b" (table 1 funcref)) (table 1 funcref))',
    '(module (func) (elem declare func 0))',
    '(module (func (result i32) (select (result i32) (i32.const 1) (i32.const 2) (i32.const 0))))',
    '(module (func (block (result funcref) (unreachable)) (drop)))',
  ],
  'multi-memory': [
    '(module (memory 1) (memory 1))',
    '(module (import "a" "b" (memory 1)) (import "a" "c" (memory 1)))',
    // i32.load that names memory 0.
    [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 10, 11, 1, 9, 0, 0x41, 0, 0x28, 0x42, 0, 0, 0x1a, 0x0b],
  ],
  'extended-const': [
    '(module (global i32 (i32.add (i32.const 1) (i32.const 2))))',
    '(module (global i64 (i64.mul (i64.const 1) (i64.const 2))))',
    '(module (memory 1) (data (i32.sub (i32.const 1) (i32.const 1)) "x"))',
    '(module (table 1 funcref) (func) (elem (i32.add (i32.const 0) (i32.const 0)) func 0))',
  ],
  simd: [
    '(module (func (param v128)))',
    '(module (func (result v128) (unreachable)))',
    '(module (func (local v128)))',
    '(module (import "a" "b" (global v128)))',
    '(module (func (block (result v128) (unreachable)) (drop)))',
    '(module (type (struct (field v128))))',
    '(module (func (drop (select (result v128) (unreachable) (unreachable) (i32.const 0)))))',
  ],
  'function-references': [
    '(module (type $f (func)) (func (param (ref $f))))',
    '(module (func (param (ref func))))',
    '(module (type $f (func)) (func (local (ref null $f))))',
    '(module (func $f) (table 1 (ref null func) (ref.func $f)))',
    '(module (func $f) (table 1 funcref (ref.func $f)))',
    '(module (type $f (func)) (global (ref null $f) (ref.null $f)))',
  ],
  gc: [
    '(module (type (struct)))',
    '(module (type (struct (field i8) (field (mut i32)))))',
    '(module (type (array i16)))',
    '(module (type (sub (func))))',
    '(module (type $a (sub (func))) (type (sub final $a (func))))',
    '(module (rec (type (func)) (type (func))))',
    '(module (func (param anyref)))',
    '(module (func (param eqref i31ref structref arrayref)))',
    '(module (func (param nullref)))',
    '(module (func (param nullfuncref)))',
    '(module (func (param nullexternref)))',
    '(module (func (param (ref any))))',
    '(module (func (drop (ref.null none))))',
    '(module (table 1 anyref))',
    '(module (func (block (result anyref) (unreachable)) (drop)))',
    // A constant expression may read globals of its own module.
    '(module (global i32 (i32.const 1)) (global i32 (global.get 0)))',
  ],
  exceptions: ['(module (func (param exnref)))', '(module (func (local (ref null noexn))))', '(module (table 1 exnref))'],
  memory64: [
    '(module (memory i64 1))',
    '(module (import "a" "b" (memory i64 1 2)))',
    '(module (table i64 1 funcref))',
    '(module (import "a" "b" (table i64 1 2 funcref)))',
  ],
  threads: ['(module (memory 1 1 shared))', '(module (import "a" "b" (memory 1 2 shared)))', '(module (memory i64 1 2 shared))'],
  'custom-page-sizes': ['(module (memory 1 (pagesize 1)))', '(module (import "a" "b" (memory 1 2 (pagesize 1))))'],
  'stack-switching': [
    '(module (type $f (func)) (type (cont $f)))',
    '(module (func (param contref)))',
    '(module (func (param nullcontref)))',
    '(module (type $f (func)) (type $c (cont $f)) (func (param (ref null $c))) (func (drop (ref.null cont))))',
    '(module (tag (result i32)))',
  ],
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const cases = (Object.keys(constructs) as Feature[]).flatMap((feature) =>
  constructs[feature]!.map((construct) => ({
    feature,
    name: typeof construct === 'string' ? construct : construct.join(' '),
    bytes: typeof construct === 'string' ? watToWasm(construct) : Uint8Array.from([...HEADER, ...construct]),
  })),
)

describe('constructs', () => {
  test.each(cases)('$feature: $name', ({ feature, bytes }) => {
    compile(bytes, { features: everything })
    expectRefused(
      refusal(() => compile(bytes, { features: { ...everything, [feature]: false } })),
      feature,
    )
  })

  it('a tag needs one of the features that have tags', () => {
    const tag = watToWasm('(module (tag))')
    const none = { exceptions: false, 'legacy-exceptions': false, 'stack-switching': false }
    for (const feature of ['exceptions', 'legacy-exceptions', 'stack-switching']) compile(tag, { features: { ...none, [feature]: true } })
    expectRefused(
      refusal(() => compile(tag, { features: none })),
      'exceptions',
    )
    expectRefused(
      refusal(() => compile(watToWasm('(module (import "a" "b" (tag)))'), { features: none })),
      'exceptions',
    )
  })

  it('features of 3.0 are on, proposals are off, without any option', () => {
    for (const { feature, bytes } of cases) {
      const on = features.find(({ name }) => name === feature)!.on
      // Some modules show two features.
      if (on) expect(refusal(() => compile(bytes))).toSatisfy((e) => e === undefined || (e as UnsupportedError).feature !== feature)
      else
        expectRefused(
          refusal(() => compile(bytes)),
          feature,
        )
    }
  })
})

describe('the features that inspect lists are enough, and none is needless', () => {
  const compileWith = (bytes: Uint8Array, used: readonly Feature[]): unknown =>
    compile(bytes, { features: Object.fromEntries(features.map(({ name }) => [name, used.includes(name)])) })
  const programs = ['examples', 'bench'].flatMap((folder) => filesUnder(join(repoRoot, folder), '.wasm'))
  const modules = [
    // Not the binaries, which say at length what can be said shortly: a Module does not keep how it was said.
    ...cases.filter(({ name }) => name.startsWith('(')),
    ...programs.map((path) => ({ name: relative(repoRoot, path), bytes: new Uint8Array(readFileSync(path)) })),
  ]
  test.each(modules)('$name', ({ bytes }) => {
    const used = featuresUsed(decode(bytes, { features: allFeatures }))
    compileWith(bytes, used)
    for (const feature of used) {
      const without = used.filter((name) => name !== feature)
      if (feature !== 'mvp') expect(() => compileWith(bytes, without), feature).toThrow(UnsupportedError)
    }
  })
})

/** Immediates that make an instruction well-formed. */
const zeros = (n: number): number[] => new Array<number>(n).fill(0)
// oxfmt-ignore
const samples: Record<Immediate, readonly number[]> = {
  blocktype: [0x40], labelidx: [0], funcidx: [0], typeidx: [0], tableidx: [0], memidx: [0], globalidx: [0], localidx: [0], tagidx: [0],
  elemidx: [0], dataidx: [0], fieldidx: [0], labels: [0, 0], memarg: [0, 0], lane: [0], lanes: zeros(16), i32: [0], i64: [0], f32: zeros(4),
  f64: zeros(8), v128: zeros(16), u32: [0], heaptype: [0x70], valtypes: [1, 0x7f], castflags: [0], catches: [0], handlers: [0], zero: [0],
}

function moduleWith({ opcode, immediates }: Instruction): Uint8Array {
  const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, n >> 7])
  const code = [...(opcode < 0x100 ? [opcode] : [opcode >>> 16, ...leb(opcode & 0xffff)]), ...immediates.flatMap((i) => samples[i])]
  const body = [0, ...code, 0x0b]
  return Uint8Array.from([...HEADER, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, body.length + 2, 1, body.length, ...body])
}

describe('instructions', () => {
  test.each(features.map(({ name }) => name))('%s', (feature) => {
    const off = new Set(allFeatures)
    off.delete(feature)
    for (const row of instructions) {
      if (row.feature !== feature) continue
      const error = refusal(() => decode(moduleWith(row), { features: off }))
      expectRefused(error, feature)
      expect((error as Error).message).toContain(`instruction ${row.name} `)
      expect(error).toMatchObject({ funcidx: 0, offset: 23 })
    }
  })
})

it('every feature has a test', () => {
  const tested = new Set([...instructions.map((row) => row.feature), ...cases.map(({ feature }) => feature)])
  expect(features.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([])
})

it('a feature that is no feature is refused with the list', () => {
  expect(() => featureSet({ simdd: true } as never)).toThrow(/unknown feature 'simdd'; known are: mvp, /)
  expect(() => compile(new Uint8Array(0), { features: { gcc: true } as never })).toThrow(/unknown feature 'gcc'/)
})
