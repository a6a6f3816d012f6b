/** Layouts of structures and arrays, and what tools see of them; reference types at run time. */
import { expect, test } from 'vitest'
import { instantiate } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { canonicalize } from '../spec/canonical.ts'
import {
  type FieldType,
  type SubType,
  type ValType,
  F32,
  F64,
  HEAP_ANY,
  HEAP_EQ,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NONE,
  HEAP_NOFUNC,
  HEAP_STRUCT,
  I16,
  I32,
  I64,
  I8,
  V128,
  refType,
} from '../spec/types.ts'
import { parseModule } from '../text/index.ts'
import { formatRef } from '../trace/values.ts'
import {
  allocateArray,
  arrayLayout,
  fillArray,
  getWord,
  newDefaultStruct,
  newStruct,
  setBytes,
  setWord,
  structLayout,
  valuesOf,
} from './heap.ts'
import { isI31, isOfType } from './references.ts'

const ANYREF = refType(true, HEAP_ANY)
const single = (comp: SubType['comp'], supers: readonly number[] = []): SubType => ({
  final: false,
  supers,
  comp,
  recStart: 0,
  recLength: 1,
})
const mutable = (...types: ValType[]): FieldType[] => types.map((type) => ({ type, mutable: true }))
const struct = (...types: ValType[]): number => canonicalize([single({ kind: 'struct', fields: mutable(...types) })])[0]!
const array = (type: ValType): number => canonicalize([single({ kind: 'array', field: mutable(type)[0]! })])[0]!

test('a structure is words: where its fields begin, and where struct.new finds them', () => {
  const { at, sources, slots } = structLayout(struct(I8, F64, ANYREF, V128, F32))
  expect(at).toEqual([0, 1, 3, 4, 8])
  // Slots: 0 i8, 1 f64, 2 reference, 3–4 v128, 5 f32.
  expect([...sources]).toEqual([0, 2, 3, ~2, 6, 7, 8, 9, 10])
  expect(slots).toBe(6)
})

test('a structure of any number of words is built, read and written', () => {
  for (let n = 0; n <= 20; n++) {
    const id = struct(...new Array<ValType>(n).fill(0).map((_, i) => (i % 3 === 2 ? ANYREF : I32)))
    const R = new Int32Array(80)
    const refs: unknown[] = new Array<unknown>(40).fill(null)
    for (let i = 0; i < n; i++) {
      R[10 + 2 * i] = 100 + i
      refs[5 + i] = `ref ${i}`
    }
    const s = newStruct(id, R, refs, 10)
    const expected = (i: number): unknown => (i % 3 === 2 ? `ref ${i}` : 100 + i)
    for (let i = 0; i < n; i++) expect(getWord(s, i)).toBe(expected(i))
    expect(valuesOf(s).map(({ words, ref }, i) => (i % 3 === 2 ? ref : words[0]))).toEqual(Array.from({ length: n }, (_, i) => expected(i)))
    for (let i = 0; i < n; i++) {
      setWord(s, i, -i)
      expect(getWord(s, i)).toBe(-i)
    }
    const zero = newDefaultStruct(id)
    for (let i = 0; i < n; i++) expect(getWord(zero, i)).toBe(i % 3 === 2 ? null : 0)
  }
})

test('arrays are as wide as their elements, and keep to the limit', () => {
  const bytes = ([I8, I16, I32, F32, I64, F64, V128, ANYREF] as const).map((type) => arrayLayout(array(type)).bytes)
  expect(bytes).toEqual([1, 2, 4, 4, 8, 8, 16, 8])
  for (const type of [I8, I16, I32, F32, I64, F64, V128]) {
    const id = array(type)
    const { data } = allocateArray(id, 6, 1000)!
    expect((data as Int32Array).byteLength).toBe(6 * arrayLayout(id).bytes)
    expect(allocateArray(id, 1000 / arrayLayout(id).bytes + 1, 1000)).toBeUndefined()
    expect(allocateArray(id, 0xffff_ffff, 2 ** 28)).toBeUndefined()
    // Within the limit, but beyond the engine.
    expect(allocateArray(id, 2 ** 45, Infinity) === undefined).toBe(true)
  }
  const refs = allocateArray(array(ANYREF), 125, 1000)!
  fillArray(refs, 0, 125, new Int32Array(0), 0, 'x')
  expect(refs.data).toEqual(new Array(125).fill('x'))
  expect(allocateArray(array(ANYREF), 126, 1000)).toBeUndefined()
})

test('members in the order of their declaration, packed ones with their sign', () => {
  const a = allocateArray(array(I16), 3, 1000)!
  setBytes(a, 1, Uint8Array.of(0xff, 0x7f, 0, 0x80))
  expect(valuesOf(a).map(({ words }) => words)).toEqual([[0], [0x7fff], [-0x8000]])
  expect(formatRef(a)).toBe('array[3]{0 32767 -32768}')
  const v = allocateArray(array(V128), 1, 1000)!
  setBytes(
    v,
    0,
    Uint8Array.from({ length: 16 }, (_, i) => i),
  )
  expect(formatRef(v)).toBe('array[1]{0x0f0e0d0c0b0a09080706050403020100}')
  const s = newDefaultStruct(struct(I8, F32, F64, I64, ANYREF, ANYREF, ANYREF))
  setWord(s, 0, 0x1ff)
  setWord(s, 1, 0x7fc0_0001)
  // An f64: the sign is in its high half.
  setWord(s, 3, 0xc000_0000 | 0)
  setWord(s, 5, -1)
  setWord(s, 6, s)
  setWord(s, 7, -5)
  setWord(s, 8, undefined)
  expect(formatRef(s)).toBe('struct{-1 nan:0x400001 -2 -4294967296 struct i31:-5 <undefined>}')
  expect(formatRef(allocateArray(array(I32), 100, 1000))).toBe('array[100]{0 0 0 0 0 0 0 0 …}')
})

test('i31 is one predicate', () => {
  expect([0, 1, -1, 2 ** 30 - 1, -(2 ** 30)].every(isI31)).toBe(true)
  const others: unknown[] = [
    -0,
    2 ** 30,
    -(2 ** 30) - 1,
    0.5,
    NaN,
    Infinity,
    2 ** 32,
    '1',
    1n,
    null,
    undefined,
    true,
    {},
    [],
    Symbol('x'),
    { valueOf: () => 1 },
  ]
  expect(others.some(isI31)).toBe(false)
})

test('types of references', () => {
  const types = [single({ kind: 'struct', fields: mutable(I32) }), single({ kind: 'struct', fields: mutable(I32, I32) }, [0])]
  const [parent, child] = canonicalize(types) as unknown as [number, number]
  const of = (heap: number) => (ref: unknown) => isOfType(ref, refType(false, heap))
  const p = newDefaultStruct(parent)
  const c = newDefaultStruct(child)
  const a = allocateArray(array(I32), 0, 0)
  const all = [p, c, a, 5, 'host', { typeId: child }, 2 ** 30]
  expect(all.map(of(HEAP_ANY))).toEqual([true, true, true, true, true, true, true])
  expect(all.map(of(HEAP_EQ))).toEqual([true, true, true, true, false, false, false])
  expect(all.map(of(HEAP_STRUCT))).toEqual([true, true, false, false, false, false, false])
  expect(all.map(of(HEAP_I31))).toEqual([false, false, false, true, false, false, false])
  expect(all.map(of(HEAP_NONE))).toEqual(all.map(() => false))
  expect(all.map(of(parent))).toEqual([true, true, false, false, false, false, false])
  expect(all.map(of(child))).toEqual([false, true, false, false, false, false, false])
  for (const heap of [HEAP_ANY, HEAP_NONE, HEAP_EXTERN, HEAP_NOFUNC, child])
    expect([isOfType(null, refType(true, heap)), isOfType(null, refType(false, heap))]).toEqual([true, false])
  const module = compile(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 0x0a, 4, 1, 2, 0, 0x0b]))
  const func = instantiate(module).instance.funcs[0]!
  expect([of(HEAP_FUNC)(func), of(func.typeId)(func), of(HEAP_NOFUNC)(func), of(child)(func)]).toEqual([true, true, false, false])
  expect(isOfType(undefined, refType(false, HEAP_EXTERN))).toBe(true)
})

test('types that many modules share are entered once', () => {
  const source = `(module (rec (type $a (sub (struct (field (ref null $b))))) (type $b (array (ref $a)))))`
  const first = canonicalize(parseModule(source).types)
  for (let i = 0; i < 100; i++) expect([...canonicalize(parseModule(source).types)]).toEqual([...first])
})
