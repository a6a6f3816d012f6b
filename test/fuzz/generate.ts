/**
 * Makes a valid program from a seed: what a module has in its index spaces, bodies (body.ts), and the exported functions
 * through which the harness calls it. Floats cross the border to JS as integers of the same bits.
 */
import type { Feature } from '../../src/spec/features.ts'
import {
  type CompType,
  type FuncType,
  type GlobalType,
  type MemoryType,
  type TableType,
  type ValType,
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  V128,
  heapOf,
  isRef,
  refType,
} from '../../src/spec/types.ts'
import { Body, type Shape, contIndex, typeIndex } from './body.ts'
import { type Switches, switchers } from './generators/continuation.ts'
import { gcTypes, gcValues } from './generators/gc-types.ts'
import { kit } from './generators/index.ts'
import type { Anything } from './outcome.ts'
import { type Data, type Elem, type Func, type ImportEntry, type Instr, type Program, importsOf, instr, signature } from './program.ts'
import { Random, f32Bits, f64Bits, i32Bits, i64Bits } from './random.ts'

const NUMBERS: readonly ValType[] = [I32, I64, F32, F64]
/** i32 and i64 are most of what programs compute with. */
const VALUES: readonly ValType[] = [I32, I32, I32, I64, I64, F32, F64, F64, FUNCREF, EXTERNREF]

const limits = (min: number, max: number, is64: boolean): MemoryType['limits'] => ({ min, max, is64 })
/** `min` and `max` in pages of 64 KiB; with pages of one byte a few bytes more. */
const memoryType = (min: number, max: number, is64: boolean, more: number): MemoryType => ({
  limits: more < 0 ? limits(min, max, is64) : limits(min * 65536 + more, max * 65536 + more, is64),
  shared: false,
  pageSizeLog2: more < 0 ? 16 : 0,
})

/** How a type passes through JS: floats and vectors as their bits; typed references only as whether they are null. */
const isTyped = (t: ValType): boolean => isRef(t) && t !== FUNCREF && t !== EXTERNREF
const outside = (t: ValType): ValType[] => (t === V128 ? [I64, I64] : t === F32 || isTyped(t) ? [I32] : t === F64 ? [I64] : [t])
const crosses = (t: ValType): boolean => t === outside(t)[0]

/** How many of 100 programs beyond the scalar language have each; few have what native engines do not know yet. */
const BEYOND: readonly (readonly [Feature, number])[] = [
  ['extended-const', 50],
  ['multi-memory', 50],
  ['memory64', 50],
  ['function-references', 50],
  ['relaxed-simd', 40],
  ['wide-arithmetic', 12],
  ['gc', 50],
  ['exceptions', 50],
  ['custom-page-sizes', 12],
  ['stack-switching', 15],
]

/** What a program has beyond the scalar language; half of them have nothing, so that any engine's own WebAssembly can run them. */
function someFeatures(r: Random): Set<Feature> {
  const features = new Set<Feature>()
  if (r.chance(20)) features.add('simd')
  if (r.chance(14)) features.add('threads')
  if (r.chance(14)) features.add('legacy-exceptions')
  if (r.chance(50)) return withFoundations(features)
  for (const [feature, percent] of BEYOND) if (r.chance(percent)) features.add(feature)
  return withFoundations(features)
}

/** With what they rest on. */
function withFoundations(features: Set<Feature>): Set<Feature> {
  if (features.has('relaxed-simd')) features.add('simd')
  if (features.has('stack-switching')) for (const feature of ['function-references', 'exceptions'] as const) features.add(feature)
  return features
}

/** A constant expression: for integers often a sum or product (extended-const), perhaps with a global in it. */
function initial(r: Random, type: ValType, extended: boolean, globals: readonly GlobalType[]): Instr[] {
  switch (type) {
    case I32:
    case I64: {
      const t = type === I32 ? 'i32' : 'i64'
      const [lo, hi] = i64Bits(r)
      const code = [instr(`${t}.const`, type === I32 ? { lo: i32Bits(r) } : { lo, hi })]
      for (let n = extended && r.chance(60) ? r.between(1, 3) : 0; n > 0; n--) {
        const known = globals.flatMap((g, index) => (g.type === type && !g.mutable ? [index] : []))
        code.push(known.length > 0 && r.chance(50) ? instr('global.get', { index: r.pick(known) }) : initial(r, type, false, [])[0]!)
        code.push(instr(`${t}.${r.pick(['add', 'sub', 'mul'])}`))
      }
      return code
    }
    case F32:
      return [instr('f32.const', { lo: f32Bits(r) })]
    case F64: {
      const [lo, hi] = f64Bits(r)
      return [instr('f64.const', { lo, hi })]
    }
    case V128:
      return [instr('v128.const', { vector: Uint8Array.from({ length: 16 }, () => r.bits()) })]
    default:
      return [instr('ref.null', { heap: heapOf(type) })]
  }
}
/** A constant expression for a given index or address. */
function placed(r: Random, is64: boolean, extended: boolean, value: number): Instr[] {
  const constant = (v: number): Instr => (is64 ? instr('i64.const', { lo: v, hi: v >> 31 }) : instr('i32.const', { lo: v }))
  if (!extended || r.chance(50)) return [constant(value)]
  const part = i32Bits(r) >> 2
  return [constant(value - part), constant(part), instr(is64 ? 'i64.add' : 'i32.add')]
}

function someImports(r: Random, types: CompType[], provider: Program | undefined): ImportEntry[] {
  const list: ImportEntry[] = []
  if (r.chance(40)) {
    for (let n = r.between(1, 2); n > 0; n--) {
      const kinds = [I32, I64, EXTERNREF]
      const typeidx = typeIndex(
        types,
        r.some(3, () => r.pick(kinds)),
        r.some(2, () => r.pick(kinds)),
      )
      list.push({ module: 'host', name: `h${list.length}`, type: { kind: 'func', typeidx } })
    }
    for (let n = r.below(4); n > 0; n--) {
      const type = r.pick(VALUES)
      list.push({
        module: 'host',
        name: `g${list.length}`,
        type: { kind: 'global', type: { type, mutable: type !== F32 && type !== F64 && r.chance(80) } },
      })
    }
  }
  if (provider === undefined) return list
  for (const { name, kind, index } of provider.exports) {
    if (kind === 'func' && name.startsWith('f')) {
      const { params, results } = signature(provider.types, provider.funcs[index - importsOf(provider, 'func').length]!.typeidx)
      // Indices of types mean something in their own module only.
      if ([...params, ...results].some(isTyped)) continue
      list.push({ module: 'provider', name, type: { kind: 'func', typeidx: typeIndex(types, params, results) } })
    } else if (kind === 'memory' && name === 'm0' && r.chance(60))
      list.push({ module: 'provider', name, type: { kind: 'memory', type: provider.memories[0]! } })
    else if (kind === 'table' && name === 't0' && r.chance(60))
      list.push({ module: 'provider', name, type: { kind: 'table', type: provider.tables[0]! } })
    else if (kind === 'global' && provider.imports.every((i) => i.type.kind !== 'global') && r.chance(60)) {
      const { type, mutable } = provider.globals[index]!
      if (isTyped(type)) continue
      list.push({ module: 'provider', name, type: { kind: 'global', type: { type, mutable } } })
    }
  }
  return list
}

/** How big a program is; the shrinker lowers it. */
export interface Size {
  readonly funcs: number
  readonly body: number
}

type Nature = Pick<Shape, 'wild' | 'nan' | 'open'>

export function generate(seed: number, size?: Partial<Size>): Program {
  const r = new Random(seed)
  const linked = r.chance(15)
  // Modules that are linked together must agree about these.
  const nature: Nature = { wild: r.chance(22), nan: r.chance(50) ? 'after' : 'before', open: r.chance(30) }
  const provider = linked ? makeProgram(new Random(seed ^ 0x5bd1e995), seed, nature, undefined, size) : undefined
  return makeProgram(r, seed, nature, provider, size)
}

function makeProgram(
  r: Random,
  seed: number,
  { wild, nan, open }: Nature,
  provider: Program | undefined,
  size: Partial<Size> = {},
): Program {
  const features = someFeatures(r)
  const types: CompType[] = features.has('gc') ? [...gcTypes] : []
  const extended = features.has('extended-const')
  // Functions without references are entered and left in a simpler way.
  const values = r.chance(60) ? [...VALUES] : VALUES.filter((t) => t !== FUNCREF && t !== EXTERNREF)
  if (features.has('simd')) values.push(V128, V128)
  if (features.has('gc')) values.push(...gcValues)
  if (features.has('function-references')) {
    for (let n = r.between(1, 2); n > 0; n--) {
      const scalars = [I32, I64, F64]
      const typed = typeIndex(
        types,
        r.some(2, () => r.pick(scalars)),
        r.some(2, () => r.pick(scalars)),
      )
      values.push(refType(true, typed), refType(true, typed))
    }
  }
  const imports = someImports(r, types, provider)
  const importedTags: number[] = []
  for (const { name, kind, index } of provider?.exports ?? []) {
    const { params } = kind === 'tag' ? signature(provider!.types, provider!.tags[index]!) : { params: [] }
    if (kind !== 'tag' || r.chance(40) || params.some(isTyped)) continue
    const typeidx = typeIndex(types, params, [])
    imports.push({ module: 'provider', name, type: { kind: 'tag', type: { typeidx } } })
    importedTags.push(typeidx)
  }
  const switching = features.has('stack-switching')
  const throws = features.has('exceptions') || features.has('legacy-exceptions')
  const ownTags = Array.from({ length: throws ? r.between(1, 3) : 0 }, () =>
    typeIndex(
      types,
      r.some(4, () => r.pick(VALUES)),
      [],
    ),
  )
  if (switching)
    values.push(
      refType(
        true,
        contIndex(
          types,
          typeIndex(
            types,
            [],
            r.some(2, () => r.pick(NUMBERS)),
          ),
        ),
      ),
    )
  /** Tags that are suspended with come behind those that are thrown. */
  const suspensions: number[] = []
  if (switching) {
    suspensions.push(
      typeIndex(
        types,
        r.some(2, () => r.pick(VALUES)),
        r.some(2, () => r.pick(VALUES)),
      ),
    )
  }
  const thrown = importedTags.length + ownTags.length
  const of = (kind: string): Anything[] => imports.filter((i) => i.type.kind === kind).map((i) => i.type)

  // Index spaces.
  const typedSignatures = [...new Set(values.filter(isTyped).map(heapOf))].filter((heap) => types[heap]?.kind === 'func')
  const signatures = [
    ...typedSignatures,
    ...Array.from({ length: 4 }, () =>
      typeIndex(
        types,
        r.some(4, () => r.pick(values)),
        r.some(3, () => r.pick(values)),
      ),
    ),
  ]
  const importedFuncs = of('func').length
  const count = size.funcs ?? r.between(2, 4)
  const funcs: number[] = [...of('func').map((i) => i.typeidx as number), ...Array.from({ length: count }, () => r.pick(signatures))]
  const wide = (): boolean => features.has('memory64') && r.chance(60)
  const atLeast = wild ? 0 : 1
  const more = (): number => (features.has('custom-page-sizes') && r.chance(60) ? r.below(70) : -1)
  const ownMemories = of('memory').length > 0 && r.chance(80) ? [] : [memoryType(1, r.between(1, 4), wide(), more())]
  if (features.has('multi-memory')) ownMemories.push(memoryType(r.between(atLeast, 1), 2, wide(), more()))
  const memories: MemoryType[] = [...of('memory').map((i) => i.type), ...ownMemories]
  if (memories.length > 1) features.add('multi-memory')
  if (memories.some((m) => m.pageSizeLog2 !== 16)) features.add('custom-page-sizes')
  const ownTables: TableType[] = [{ limits: limits(12, r.between(12, 20), wide()), element: FUNCREF }]
  if (r.chance(60)) ownTables.push({ limits: limits(wild ? r.between(1, 10) : 10, 14, wide()), element: EXTERNREF })
  if (r.chance(20)) ownTables.push({ limits: limits(12, 16, wide()), element: FUNCREF })
  const importedTables: TableType[] = of('table').map((i) => i.type)
  const tables: TableType[] = [...importedTables, ...ownTables]
  if ([...memories, ...tables].some((t) => t.limits.is64)) features.add('memory64')
  const importedGlobals: GlobalType[] = of('global').map((i) => i.type)
  const ownGlobals: (GlobalType & { readonly init: readonly Instr[] })[] = [
    { type: I32, mutable: true, init: [instr('i32.const', { lo: 0 })] },
    { type: I64, mutable: true, init: [instr('i64.const', { lo: 0, hi: 0 })] },
  ]
  // How many handlers of suspensions there are around what runs.
  if (switching) ownGlobals.push({ type: I32, mutable: true, init: [instr('i32.const', { lo: 0 })] })
  for (const type of [...NUMBERS, ...r.some(5, () => r.pick(values))])
    ownGlobals.push({ type, mutable: r.chance(85), init: initial(r, type, extended, importedGlobals) })
  const globals: GlobalType[] = [...importedGlobals, ...ownGlobals]

  const any = (): number => r.below(funcs.length)
  const elems: Elem[] = []
  tables.forEach((t, table) => {
    // Elements of an imported table may be what its module calls.
    if (t.element !== FUNCREF || (table < importedTables.length && !wild)) return
    const start = placed(r, t.limits.is64, extended, 0)
    elems.push({ mode: 'active', table, start, funcs: Array.from({ length: r.between(4, 7) }, () => (r.chance(5) ? -1 : any())) })
  })
  elems.push({ mode: 'passive', table: 0, start: [], funcs: Array.from({ length: 5 }, () => (r.chance(10) ? -1 : any())) })
  const switches = switching && open ? switchesOf(types, thrown + suspensions.push(typeIndex(types, [], [])) - 1, funcs.length) : undefined
  const declared = [...funcs.keys(), ...(switches === undefined ? [] : [switches.first, switches.other])]
  elems.push({ mode: 'declarative', table: 0, start: [], funcs: declared })
  const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => r.bits())
  const { is64 } = memories[0]!.limits
  const datas: Data[] = [
    { mode: 'active', memory: 0, start: placed(r, is64, extended, r.below(100)), bytes: bytes(r.between(50, 300)) },
    { mode: 'active', memory: 0, start: placed(r, is64, extended, 65536 - 40), bytes: bytes(40) },
    { mode: 'passive', memory: 0, start: [], bytes: bytes(r.between(4, 20)) },
  ]

  const shape: Shape = {
    r,
    nan,
    kit,
    wild,
    open,
    features,
    types,
    funcs: [...funcs],
    importedFuncs,
    memories,
    tables,
    globals,
    elems,
    datas,
    fuel: importedGlobals.length,
    sum: importedGlobals.length + 1,
    tags: throws ? [...importedTags, ...ownTags] : [],
    suspension: switching ? thrown : -1,
    suspensionType: suspensions[0] ?? -1,
    handled: switching ? importedGlobals.length + 2 : -1,
    switches,
    values,
  }
  const bodies: Func[] = []
  const bodySize = size.body ?? (r.below(1000) < 3 ? 5000 : r.between(6, r.chance(10) ? 130 : 50))
  for (let i = 0; i < count; i++) {
    const typeidx = funcs[importedFuncs + i]!
    bodies.push({ typeidx, ...new Body(shape, signature(types, typeidx), i === 0 ? bodySize : Math.min(bodySize, 100)).write() })
  }
  if (switches !== undefined) {
    const codes = switchers(switches, shape.sum, r.chance(60))
    bodies.push({ typeidx: switches.type, locals: [], code: codes[0]! }, { typeidx: switches.otherType, locals: [], code: codes[1]! })
  }
  for (const feature of provider?.features ?? []) features.add(feature)
  const exports: Program['exports'][number][] = []
  const fuel = r.pick([4, 12, 30, 80])
  for (let i = 0; i < count; i++) {
    const index = importedFuncs + i
    exports.push({ name: `f${i}`, kind: 'func', index })
    exports.push({
      name: `run${i}`,
      kind: 'func',
      index: importedFuncs + bodies.push(runner(shape, index, signature(types, funcs[index]!), fuel)) - 1,
    })
  }
  globals.forEach(({ type }, i) => {
    if (!crosses(type)) exports.push({ name: `get${i}`, kind: 'func', index: importedFuncs + bodies.push(getter(shape, i, type)) - 1 })
    if (!isTyped(type) && type !== V128) exports.push({ name: `g${i}`, kind: 'global', index: i })
  })
  memories.forEach((_, index) => exports.push({ name: `m${index}`, kind: 'memory', index }))
  tables.forEach((_, index) => exports.push({ name: `t${index}`, kind: 'table', index }))
  // Only own tags: an importer finds their types in the provider's list.
  if (importedTags.length === 0) ownTags.forEach((_, index) => exports.push({ name: `e${index}`, kind: 'tag', index }))
  return {
    seed,
    features,
    open: open && (['relaxed-simd', 'stack-switching'] as const).some((feature) => features.has(feature)),
    types,
    imports,
    funcs: bodies,
    memories: ownMemories,
    tables: ownTables,
    tags: [...ownTags, ...suspensions],
    globals: ownGlobals,
    elems,
    datas,
    exports,
    provider,
  }
}

/** The types and indices of the two functions that switch; they come behind the others. */
function switchesOf(types: CompType[], tag: number, first: number): Switches {
  const type = typeIndex(types, [], [])
  const cont = contIndex(types, type)
  const otherType = typeIndex(types, [refType(true, cont)], [])
  return { tag, type, cont, otherType, otherCont: contIndex(types, otherType), first, other: first + 1 }
}

/** Calls function `f` with floats given, and returned, as bits; fills up the fuel first. */
function runner(shape: Shape, f: number, type: FuncType, fuel: number): Func {
  const params = type.params.flatMap(outside)
  const locals = [...type.results, F32, F64]
  const first = params.length
  const code: Instr[] = [instr('i32.const', { lo: fuel }), instr('global.set', { index: shape.fuel })]
  let index = 0
  type.params.forEach((t) => {
    if (isTyped(t)) {
      code.push(...typedArgument(shape, t, index++))
      return
    }
    code.push(instr('local.get', { index: index++ }))
    if (t === V128) code.push(instr('i64x2.splat'), instr('local.get', { index: index++ }), instr('i64x2.replace_lane', { lane: 1 }))
    if (t === F32) code.push(instr('f32.reinterpret_i32'))
    if (t === F64) code.push(instr('f64.reinterpret_i64'))
  })
  code.push(instr('call', { index: f }))
  for (let i = type.results.length - 1; i >= 0; i--) code.push(instr('local.set', { index: first + i }))
  type.results.forEach((t, i) => code.push(...bitsOf(shape, t, [instr('local.get', { index: first + i })])))
  code.push(instr('end'))
  return { typeidx: typeIndex(shape.types, params, type.results.flatMap(outside)), locals, code }
}

/** By the parameter's lowest bit: null, or a function of that type if there is one. */
function typedArgument(shape: Shape, type: ValType, index: number): Instr[] {
  const f = shape.funcs.indexOf(heapOf(type))
  const nothing = instr('ref.null', { heap: heapOf(type) })
  if (f < 0) return [nothing]
  const one = [instr('local.get', { index }), instr('i32.const', { lo: 1 }), instr('i32.and')]
  return [...one, instr('if', { blockResult: type }), instr('ref.func', { index: f }), instr('else'), nothing, instr('end')]
}

/** A value as it passes through JS; a NaN is made canonical where bodies have not done that. */
function bitsOf(shape: Shape, type: ValType, value: readonly Instr[]): Instr[] {
  if (isTyped(type)) return [...value, instr('ref.is_null')]
  if (type === V128) return [0, 1].flatMap((lane) => [...value, instr('i64x2.extract_lane', { lane })])
  if (type !== F32 && type !== F64) return [...value]
  const show = instr(type === F32 ? 'i32.reinterpret_f32' : 'i64.reinterpret_f64')
  if (shape.nan === 'after') return [...value, show]
  const t = type === F32 ? 'f32' : 'f64'
  const nan = instr(`${t}.const`, type === F32 ? { lo: 0x7fc00000 } : { lo: 0, hi: 0x7ff80000 })
  return [...value, nan, ...value, ...value, instr(`${t}.eq`), instr('select'), show]
}

function getter(shape: Shape, index: number, type: ValType): Func {
  const code = [...bitsOf(shape, type, [instr('global.get', { index })]), instr('end')]
  return { typeidx: typeIndex(shape.types, [], outside(type)), locals: [], code }
}
