/** Subtyping and canonical types. `sub(...)` builds a type section as the decoder would. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInvalid, isLimit } from '../errors.ts'
import {
  bottomOf,
  canonicalExternType,
  canonicalFuncType,
  canonicalize,
  canonicalType,
  canonicalValType,
  differenceOf,
  matchesCanonical,
  matchesCompType,
  matchesExternType,
  matchesHeapType,
  matchesRefType,
  matchesValType,
  topOf,
} from './matching.ts'
import {
  BOT,
  type CompType,
  type ExternType,
  EXTERNREF,
  F32,
  type FieldType,
  FUNCREF,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_BOT,
  HEAP_CONT,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NOCONT,
  HEAP_NOEXN,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_NONE,
  HEAP_STRUCT,
  type HeapType,
  I16,
  I32,
  I64,
  I8,
  type Limits,
  refType,
  type SubType,
  type ValType,
} from './types.ts'

type Member = { readonly comp: CompType; readonly supers?: readonly number[]; readonly final?: boolean }
/** A type section from its recursion groups. */
function section(...groups: readonly Member[][]): SubType[] {
  const types: SubType[] = []
  for (const group of groups) {
    const recStart = types.length
    for (const { comp, supers = [], final = true } of group) types.push({ comp, supers, final, recStart, recLength: group.length })
  }
  return types
}
const func = (params: ValType[] = [], results: ValType[] = []): CompType => ({ kind: 'func', params, results })
const struct = (...fields: FieldType[]): CompType => ({ kind: 'struct', fields })
const array = (type: ValType, mutable = false): CompType => ({ kind: 'array', field: { type, mutable } })
const val = (type: ValType): FieldType => ({ type, mutable: false })
const mut = (type: ValType): FieldType => ({ type, mutable: true })
const ref = (heap: HeapType): ValType => refType(false, heap)
const refNull = (heap: HeapType): ValType => refType(true, heap)
const ids = (...groups: readonly Member[][]): number[] => [...canonicalize(section(...groups))]

const tops = [HEAP_ANY, HEAP_FUNC, HEAP_EXTERN, HEAP_EXN, HEAP_CONT]
const abstract = [...tops, HEAP_EQ, HEAP_I31, HEAP_STRUCT, HEAP_ARRAY, HEAP_NONE, HEAP_NOFUNC, HEAP_NOEXTERN, HEAP_NOEXN, HEAP_NOCONT]

describe('canonicalize', () => {
  it('gives equal types of different modules one id', () => {
    const [a] = ids([{ comp: func([I32], [I64]) }])
    const [x, b] = ids([{ comp: func() }], [{ comp: func([I32], [I64]) }])
    expect(b).toBe(a)
    expect(x).not.toBe(a)
  })
  it('gives equal types of one module one id', () => {
    const [a, b] = ids([{ comp: func([I32]) }], [{ comp: func([I32]) }])
    expect(a).toBe(b)
  })
  it('tells finality, supertypes, mutability, packing and kind apart', () => {
    const open = { comp: struct(), final: false }
    const all = [
      ids([{ comp: struct() }])[0],
      ids([open])[0],
      ids([open], [{ comp: struct(), supers: [0] }])[1],
      ids([{ comp: struct(val(I32)) }])[0],
      ids([{ comp: struct(mut(I32)) }])[0],
      ids([{ comp: struct(val(I8)) }])[0],
      ids([{ comp: struct(val(I16)) }])[0],
      ids([{ comp: array(I32) }])[0],
      ids([{ comp: func([I32]) }])[0],
      ids([{ comp: func([], [I32]) }])[0],
      ids([{ comp: func([I32, I32]) }])[0],
      ids([{ comp: func([refNull(HEAP_ANY)]) }])[0],
      ids([{ comp: func([ref(HEAP_ANY)]) }])[0],
      ids([{ comp: func() }], [{ comp: { kind: 'cont', typeidx: 0 } }])[1],
    ]
    expect(new Set(all).size).toBe(all.length)
  })
  it('is iso-recursive: equal only as whole groups, at the same place', () => {
    const loop = { comp: struct(val(refNull(0))) }
    const alone = ids([loop])[0]
    expect(ids([{ comp: func() }], [{ comp: struct(val(refNull(1))) }])[1]).toBe(alone)
    // The same infinite tree, written as a group of two, is another type; and so is each of its members.
    const pair = ids([{ comp: struct(val(refNull(1))) }, { comp: struct(val(refNull(0))) }])
    expect(new Set([alone, ...pair]).size).toBe(3)
    // A reference out of the group to an equal type is not a reference into the group.
    const outer = ids([loop], [{ comp: struct(val(refNull(0))) }])
    expect(outer[0]).toBe(alone)
    expect(outer[1]).not.toBe(alone)
    // A member on its own is not the same as in company.
    expect(ids([{ comp: func() }])[0]).not.toBe(ids([{ comp: func() }, { comp: struct() }])[0])
  })
  it('follows outer references by identity, wherever they are', () => {
    const use = (typeidx: number): Member => ({ comp: func([ref(typeidx)]) })
    const a = ids([{ comp: struct(val(F32)) }], [use(0)])
    const b = ids([{ comp: func() }], [{ comp: struct(val(F32)) }], [{ comp: func() }], [use(1)])
    expect(b[3]).toBe(a[1])
    const c = ids([{ comp: struct(val(I32)) }], [use(0)])
    expect(c[1]).not.toBe(a[1])
  })
  it('numbers the members of a group consecutively and keeps their structure', () => {
    const [a, b] = ids([
      { comp: struct(mut(refNull(1))), final: false },
      { comp: struct(mut(refNull(1)), val(ref(0))), supers: [0] },
    ])
    expect(b).toBe(a! + 1)
    expect(canonicalType(b!)).toEqual({
      final: true,
      ancestors: [a, b],
      comp: { kind: 'struct', fields: [mut(refNull(b!)), val(ref(a!))] },
    })
  })
  it('returns the same array for the same section, and adds nothing for a section it knows', () => {
    const types = section([{ comp: func([F32], [F32, I64]) }])
    expect(canonicalize(types)).toBe(canonicalize(types))
    const before = canonicalFuncType({ kind: 'func', params: [I64, I64, I64, F32], results: [] })
    for (let i = 0; i < 100; i++) canonicalize(section([{ comp: func([F32], [F32, I64]) }]))
    expect(canonicalFuncType({ kind: 'func', params: [I64, I64, I64, F32], results: [F32] })).toBe(before + 1)
  })
  it('knows function types of hosts', () => {
    const id = canonicalFuncType({ kind: 'func', params: [I32, EXTERNREF], results: [] })
    expect(ids([{ comp: func([I32, EXTERNREF]) }])[0]).toBe(id)
    const [s, f] = ids([{ comp: struct(val(I64)) }], [{ comp: func([ref(0)]) }])
    expect(canonicalFuncType({ kind: 'func', params: [ref(s!)], results: [] })).toBe(f)
  })
  it('refuses references forward out of the group', () => {
    const bad: Member[][][] = [
      [[{ comp: func([ref(1)]) }], [{ comp: func() }]],
      [[{ comp: array(refNull(7)) }]],
      [[{ comp: struct(), supers: [0] }]],
      [
        [
          { comp: struct(), supers: [1] },
          { comp: struct(), final: false },
        ],
      ],
      [[{ comp: { kind: 'cont', typeidx: 3 } }]],
    ]
    for (const groups of bad) {
      const types = section(...groups)
      expect(() => canonicalize(types)).toThrow(/^unknown type/)
      try {
        canonicalize(types)
      } catch (e) {
        expect(isInvalid(e)).toBe(true)
      }
    }
  })
  it('allows 63 supertypes in a row and no more', () => {
    const chain = (n: number): Member[][] =>
      Array.from({ length: n }, (_, i) => [{ comp: struct(), final: false, supers: i === 0 ? [] : [i - 1] }])
    const made = ids(...chain(64))
    expect(matchesCanonical(made[63]!, made[0]!)).toBe(true)
    let thrown: unknown
    try {
      ids(...chain(65))
    } catch (e) {
      thrown = e
    }
    expect(isLimit(thrown)).toBe(true)
  })
  it('agrees with comparing whole groups, on random groups', () => {
    const comps = fc.oneof(
      fc.array(fc.constantFrom(I32, refNull(0), ref(1), refNull(HEAP_ANY)), { maxLength: 2 }).map((params) => func(params)),
      fc.constantFrom(struct(val(I32)), struct(mut(refNull(1))), array(ref(0)), array(I8, true)),
    )
    const groups = fc.tuple(fc.record({ comp: comps, final: fc.boolean() }), fc.record({ comp: comps, final: fc.boolean() }))
    fc.assert(
      fc.property(groups, groups, (g, h) => {
        const same = JSON.stringify(g.map((m) => [m.comp, m.final])) === JSON.stringify(h.map((m) => [m.comp, m.final]))
        const a = ids([...g])
        const b = ids([...h])
        return (a[0] === b[0]) === same && (a[1] === b[1]) === same
      }),
    )
  })
})

describe('matching', () => {
  it('orders the abstract heap types', () => {
    const below = new Set<string>()
    const add = (a: HeapType, ...bs: HeapType[]): void => bs.forEach((b) => below.add(`${a} ${b}`))
    for (const h of abstract) add(h, h)
    add(HEAP_EQ, HEAP_ANY)
    for (const h of [HEAP_I31, HEAP_STRUCT, HEAP_ARRAY]) add(h, HEAP_EQ, HEAP_ANY)
    add(HEAP_NONE, HEAP_I31, HEAP_STRUCT, HEAP_ARRAY, HEAP_EQ, HEAP_ANY)
    add(HEAP_NOFUNC, HEAP_FUNC)
    add(HEAP_NOEXTERN, HEAP_EXTERN)
    add(HEAP_NOEXN, HEAP_EXN)
    add(HEAP_NOCONT, HEAP_CONT)
    for (const a of abstract) for (const b of abstract) expect([a, b, matchesHeapType(a, b)]).toEqual([a, b, below.has(`${a} ${b}`)])
    for (const h of abstract) {
      expect(matchesHeapType(h, topOf(h))).toBe(true)
      expect(matchesHeapType(bottomOf(h), h)).toBe(true)
      expect(matchesHeapType(HEAP_BOT, h)).toBe(true)
      expect(matchesHeapType(h, HEAP_BOT)).toBe(false)
      expect(tops).toContain(topOf(h))
    }
  })

  // 0 func, 1 open struct, 2 < 1, 3 < 2, 4 array, 5 like 1 but declared again, 6 cont of 0
  const types = section(
    [{ comp: func() }],
    [{ comp: struct(), final: false }],
    [{ comp: struct(val(I32)), supers: [1], final: false }],
    [{ comp: struct(val(I32), mut(F32)), supers: [2] }],
    [{ comp: array(I8, true) }],
    [{ comp: struct(), final: false }],
    [{ comp: { kind: 'cont', typeidx: 0 } }],
  )
  it('places defined types between the abstract ones', () => {
    const place: [number, HeapType[]][] = [
      [0, [HEAP_FUNC]],
      [1, [HEAP_STRUCT, HEAP_EQ, HEAP_ANY]],
      [3, [HEAP_STRUCT, HEAP_EQ, HEAP_ANY]],
      [4, [HEAP_ARRAY, HEAP_EQ, HEAP_ANY]],
      [6, [HEAP_CONT]],
    ]
    for (const [typeidx, above] of place) {
      for (const h of abstract) {
        expect(matchesHeapType(typeidx, h, types)).toBe(above.includes(h))
        expect(matchesHeapType(h, typeidx, types)).toBe(h === bottomOf(typeidx, types))
      }
      expect(matchesHeapType(HEAP_BOT, typeidx, types)).toBe(true)
      expect(matchesHeapType(typeidx, HEAP_BOT, types)).toBe(false)
    }
    expect(bottomOf(0, types)).toBe(HEAP_NOFUNC)
    expect(topOf(6, types)).toBe(HEAP_CONT)
  })
  it('follows declared supertypes, and only those', () => {
    const below = [
      [1, 5],
      [5, 1],
      [2, 1],
      [2, 5],
      [3, 2],
      [3, 1],
      [3, 5],
    ].map(String)
    for (let a = 0; a < types.length; a++) {
      for (let b = 0; b < types.length; b++) {
        const wanted = a === b || below.includes(String([a, b]))
        expect([a, b, matchesHeapType(a, b, types)]).toEqual([a, b, wanted])
        const canonical = canonicalize(types)
        expect(matchesHeapType(canonical[a]!, canonical[b]!)).toBe(wanted)
        expect(matchesCanonical(canonical[a]!, canonical[b]!)).toBe(wanted)
      }
    }
  })
  it('compares references and values', () => {
    expect(matchesRefType(ref(3), refNull(1), types)).toBe(true)
    expect(matchesRefType(refNull(3), ref(1), types)).toBe(false)
    expect(matchesRefType(refNull(3), refNull(1), types)).toBe(true)
    expect(matchesValType(ref(0), FUNCREF, types)).toBe(true)
    expect(matchesValType(I32, I32)).toBe(true)
    expect(matchesValType(I32, I64)).toBe(false)
    expect(matchesValType(I32, FUNCREF)).toBe(false)
    expect(matchesValType(FUNCREF, I32)).toBe(false)
    expect(matchesValType(BOT, I32)).toBe(true)
    expect(matchesValType(BOT, FUNCREF)).toBe(true)
    expect(matchesValType(I32, BOT)).toBe(false)
    expect(matchesValType(ref(HEAP_BOT), I32)).toBe(false)
  })
  it('is transitive and reflexive', () => {
    const heaps = [...abstract, HEAP_BOT, 0, 1, 2, 3, 4, 5, 6]
    const type = fc.tuple(fc.boolean(), fc.constantFrom(...heaps)).map(([nullable, heap]) => refType(nullable, heap))
    fc.assert(
      fc.property(type, type, type, (a, b, c) => {
        expect(matchesValType(a, a, types)).toBe(true)
        if (matchesValType(a, b, types) && matchesValType(b, c, types)) expect(matchesValType(a, c, types)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
  it('compares composite types by structure', () => {
    const matches = (a: CompType, b: CompType): boolean => matchesCompType(a, b, types)
    expect(matches(func([refNull(1)], [ref(3)]), func([ref(3)], [refNull(1)]))).toBe(true)
    expect(matches(func([ref(3)]), func([refNull(1)]))).toBe(false)
    expect(matches(func([I32]), func([]))).toBe(false)
    expect(matches(struct(val(I32), val(I64)), struct(val(I32)))).toBe(true)
    expect(matches(struct(val(I32)), struct(val(I32), val(I64)))).toBe(false)
    expect(matches(struct(val(ref(2))), struct(val(ref(1))))).toBe(true)
    expect(matches(struct(mut(ref(2))), struct(mut(ref(1))))).toBe(false)
    expect(matches(struct(mut(ref(5))), struct(mut(ref(1))))).toBe(true)
    expect(matches(struct(mut(I32)), struct(val(I32)))).toBe(false)
    expect(matches(struct(val(I8)), struct(val(I32)))).toBe(false)
    expect(matches(array(ref(2)), array(ref(1)))).toBe(true)
    expect(matches(array(ref(2), true), array(ref(1), true))).toBe(false)
    expect(matches(struct(), array(I32))).toBe(false)
    expect(matches({ kind: 'cont', typeidx: 0 }, { kind: 'cont', typeidx: 0 })).toBe(true)
  })
  it('subtracts types', () => {
    expect(differenceOf(refNull(HEAP_ANY), refNull(HEAP_I31))).toBe(ref(HEAP_ANY))
    expect(differenceOf(refNull(HEAP_ANY), ref(HEAP_I31))).toBe(refNull(HEAP_ANY))
    expect(differenceOf(ref(HEAP_ANY), ref(HEAP_I31))).toBe(ref(HEAP_ANY))
  })
})

describe('imports', () => {
  const limits = (min: number, max?: number, is64 = false): Limits => ({ min, max, is64 })
  const memory = (l: Limits, shared = false, pageSizeLog2 = 16): ExternType => ({
    kind: 'memory',
    type: { limits: l, shared, pageSizeLog2 },
  })
  const table = (l: Limits, element = FUNCREF): ExternType => ({ kind: 'table', type: { limits: l, element } })
  const global = (type: ValType, mutable: boolean): ExternType => ({ kind: 'global', type: { type, mutable } })

  it('compares limits', () => {
    const matches = (a: Limits, b: Limits): boolean => matchesExternType(memory(a), memory(b))
    expect(matches(limits(2), limits(1))).toBe(true)
    expect(matches(limits(1), limits(2))).toBe(false)
    expect(matches(limits(1, 3), limits(1, 3))).toBe(true)
    expect(matches(limits(1, 2), limits(1, 3))).toBe(true)
    expect(matches(limits(1, 4), limits(1, 3))).toBe(false)
    expect(matches(limits(1), limits(1, 3))).toBe(false)
    expect(matches(limits(1, 3), limits(1))).toBe(true)
    expect(matches(limits(1, 3, true), limits(1, 3))).toBe(false)
    expect(matchesExternType(memory(limits(1, 1), true), memory(limits(1, 1)))).toBe(false)
    expect(matchesExternType(memory(limits(1, 1), false, 0), memory(limits(1, 1)))).toBe(false)
  })
  it('compares tables and globals', () => {
    expect(matchesExternType(table(limits(1)), table(limits(0)))).toBe(true)
    expect(matchesExternType(table(limits(1), ref(HEAP_FUNC)), table(limits(0)))).toBe(false)
    expect(matchesExternType(global(ref(HEAP_FUNC), false), global(FUNCREF, false))).toBe(true)
    expect(matchesExternType(global(ref(HEAP_FUNC), true), global(FUNCREF, true))).toBe(false)
    expect(matchesExternType(global(FUNCREF, true), global(FUNCREF, true))).toBe(true)
    expect(matchesExternType(global(I32, true), global(I32, false))).toBe(false)
    expect(matchesExternType(global(I32, false), table(limits(0)))).toBe(false)
  })
  it('compares functions, tags and references between modules', () => {
    const exporter = section([{ comp: func(), final: false }], [{ comp: func(), supers: [0] }])
    const importer = section([{ comp: struct() }], [{ comp: func(), final: false }], [{ comp: func(), supers: [1] }])
    const a = canonicalize(exporter)
    const b = canonicalize(importer)
    const matches = (x: ExternType, y: ExternType): boolean => matchesExternType(canonicalExternType(x, a), canonicalExternType(y, b))
    const fn = (typeidx: number): ExternType => ({ kind: 'func', typeidx })
    const tag = (typeidx: number): ExternType => ({ kind: 'tag', type: { typeidx } })
    expect(matches(fn(0), fn(1))).toBe(true)
    expect(matches(fn(1), fn(1))).toBe(true)
    expect(matches(fn(0), fn(2))).toBe(false)
    expect(matches(tag(0), tag(1))).toBe(true)
    expect(matches(tag(1), tag(1))).toBe(false)
    expect(matches(fn(0), tag(1))).toBe(false)
    expect(matches(global(refNull(1), false), global(refNull(1), false))).toBe(true)
    expect(matches(table(limits(1), refNull(1)), table(limits(1), refNull(2)))).toBe(true)
    expect(matches(table(limits(1), refNull(1)), table(limits(1), refNull(1)))).toBe(false)
    expect(canonicalValType(I32, a)).toBe(I32)
    expect(canonicalValType(FUNCREF, a)).toBe(FUNCREF)
    expect(canonicalValType(ref(1), a)).toBe(ref(a[1]!))
    const mem = memory(limits(1))
    expect(canonicalExternType(mem, a)).toBe(mem)
  })
})
