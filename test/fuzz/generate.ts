/**
 * Makes a valid program from a seed: what a module has in its index spaces, bodies (body.ts), and the exported functions
 * through which the harness calls it. Floats cross the border to JS as integers of the same bits.
 */
import {
  type FuncType,
  type GlobalType,
  type MemoryType,
  type TableType,
  type ValType,
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  HEAP_EXTERN,
  HEAP_FUNC,
  I32,
  I64,
} from '../../src/spec/types.ts'
import { Body, type Shape, typeIndex } from './body.ts'
import { type Data, type Elem, type Func, type ImportEntry, type Instr, type Program, instr } from './program.ts'
import { Random, f32Bits, f64Bits, i32Bits, i64Bits } from './random.ts'

const NUMBERS: readonly ValType[] = [I32, I64, F32, F64]
/** i32 and i64 are most of what programs compute with. */
const VALUES: readonly ValType[] = [I32, I32, I32, I64, I64, F32, F64, F64, FUNCREF, EXTERNREF]

const limits = (min: number, max: number): MemoryType['limits'] => ({ min, max, is64: false })
const memoryType = (min: number, max: number): MemoryType => ({ limits: limits(min, max), shared: false, pageSizeLog2: 16 })

/** How a type passes through JS. */
const outside = (t: ValType): ValType => (t === F32 ? I32 : t === F64 ? I64 : t)

function initial(r: Random, type: ValType): Instr {
  switch (type) {
    case I32:
      return instr('i32.const', { lo: i32Bits(r) })
    case I64: {
      const [lo, hi] = i64Bits(r)
      return instr('i64.const', { lo, hi })
    }
    case F32:
      return instr('f32.const', { lo: f32Bits(r) })
    case F64: {
      const [lo, hi] = f64Bits(r)
      return instr('f64.const', { lo, hi })
    }
    default:
      return instr('ref.null', { heap: type === EXTERNREF ? HEAP_EXTERN : HEAP_FUNC })
  }
}

function someImports(r: Random, types: FuncType[], provider: Program | undefined): ImportEntry[] {
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
      const { params, results } =
        provider.types[provider.funcs[index - provider.imports.filter((i) => i.type.kind === 'func').length]!.typeidx]!
      list.push({ module: 'provider', name, type: { kind: 'func', typeidx: typeIndex(types, params, results) } })
    } else if (kind === 'memory' && name === 'm0' && r.chance(60))
      list.push({ module: 'provider', name, type: { kind: 'memory', type: provider.memories[0]! } })
    else if (kind === 'table' && name === 't0' && r.chance(60))
      list.push({ module: 'provider', name, type: { kind: 'table', type: provider.tables[0]! } })
    else if (kind === 'global' && provider.imports.every((i) => i.type.kind !== 'global') && r.chance(60)) {
      const { type, mutable } = provider.globals[index]!
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

export function generate(seed: number, size?: Partial<Size>): Program {
  const r = new Random(seed)
  const linked = r.chance(15)
  const provider = linked ? makeProgram(new Random(seed ^ 0x5bd1e995), seed, undefined, size) : undefined
  return makeProgram(r, seed, provider, size)
}

function makeProgram(r: Random, seed: number, provider: Program | undefined, size: Partial<Size> = {}): Program {
  const types: FuncType[] = []
  // From a source of its own, so that programs without exceptions stay what they were.
  const x = new Random(seed ^ 0x2545f491 ^ (provider === undefined ? 0 : 0x7f4a7c15))
  const exceptions = x.chance(70) ? 'none' : x.chance(60) ? 'legacy' : 'new'
  // Functions without references are entered and left in a simpler way.
  const values = r.chance(60) ? VALUES : VALUES.filter((t) => t !== FUNCREF && t !== EXTERNREF)
  const imports = someImports(r, types, provider)
  for (const { name, kind, index } of provider?.exports ?? []) {
    if (kind !== 'tag' || x.chance(40)) continue
    const { params } = provider!.types[provider!.tags[index]!]!
    imports.push({ module: 'provider', name, type: { kind: 'tag', type: { typeidx: typeIndex(types, params, []) } } })
  }
  const importedTags = imports.flatMap(({ type }) => (type.kind === 'tag' ? [type.type.typeidx] : []))
  const ownTags =
    exceptions === 'none'
      ? []
      : Array.from({ length: x.between(1, 3) }, () =>
          typeIndex(
            types,
            x.some(4, () => x.pick(VALUES)),
            [],
          ),
        )
  const of = (kind: string): any[] => imports.filter((i) => i.type.kind === kind).map((i) => i.type)

  // Index spaces.
  const signatures = Array.from({ length: 4 }, () =>
    typeIndex(
      types,
      r.some(4, () => r.pick(values)),
      r.some(3, () => r.pick(values)),
    ),
  )
  const importedFuncs = of('func').length
  const count = size.funcs ?? r.between(2, 6)
  const funcs: number[] = [...of('func').map((i) => i.typeidx as number), ...Array.from({ length: count }, () => r.pick(signatures))]
  const ownMemories = of('memory').length > 0 && r.chance(80) ? [] : [memoryType(1, r.between(1, 4))]
  const twoMemories = r.chance(12)
  if (twoMemories) ownMemories.push(memoryType(r.below(2), 2))
  const memories: MemoryType[] = [...of('memory').map((i) => i.type), ...ownMemories]
  const ownTables: TableType[] = [{ limits: limits(8, r.between(8, 20)), element: FUNCREF }]
  if (r.chance(60)) ownTables.push({ limits: limits(r.between(1, 8), 12), element: EXTERNREF })
  if (r.chance(20)) ownTables.push({ limits: limits(8, 16), element: FUNCREF })
  const tables: TableType[] = [...of('table').map((i) => i.type), ...ownTables]
  const ownGlobals: (GlobalType & { readonly init: Instr })[] = [{ type: I32, mutable: true, init: instr('i32.const', { lo: 0 }) }]
  for (const type of [...NUMBERS, ...r.some(6, () => r.pick(VALUES))])
    ownGlobals.push({ type, mutable: r.chance(85), init: initial(r, type) })
  const importedGlobals: GlobalType[] = of('global').map((i) => i.type)
  const globals: GlobalType[] = [...importedGlobals, ...ownGlobals]

  const any = (): number => r.below(funcs.length)
  const elems: Elem[] = []
  tables.forEach((t, table) => {
    if (t.element === FUNCREF)
      elems.push({ mode: 'active', table, start: 0, funcs: Array.from({ length: r.between(4, 7) }, () => (r.chance(5) ? -1 : any())) })
  })
  elems.push({ mode: 'passive', table: 0, start: 0, funcs: Array.from({ length: 3 }, () => (r.chance(10) ? -1 : any())) })
  elems.push({ mode: 'declarative', table: 0, start: 0, funcs: funcs.map((_, i) => i) })
  const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => r.bits())
  const datas: Data[] = [
    { mode: 'active', memory: 0, start: r.below(100), bytes: bytes(r.between(50, 300)) },
    { mode: 'active', memory: 0, start: 65536 - 40, bytes: bytes(40) },
    { mode: 'passive', memory: 0, start: 0, bytes: bytes(r.between(4, 20)) },
  ]

  const shape: Shape = {
    r,
    nan: r.chance(50) ? 'after' : 'before',
    types,
    funcs: [...funcs],
    importedFuncs,
    memories,
    tables,
    globals,
    elems,
    datas: datas.length,
    fuel: importedGlobals.length,
    exceptions,
    tags: [...importedTags, ...ownTags],
    values,
  }
  const bodies: Func[] = []
  const bodySize = size.body ?? (r.chance(1) ? 5000 : r.between(10, 160))
  for (let i = 0; i < count; i++) {
    const typeidx = funcs[importedFuncs + i]!
    bodies.push({ typeidx, ...new Body(shape, types[typeidx]!, i === 0 ? bodySize : Math.min(bodySize, 250)).write() })
  }
  const native = !twoMemories && memories.length <= 1 && exceptions !== 'new' && (provider?.native ?? true)
  const exports: Program['exports'][number][] = []
  const fuel = r.pick([5, 30, 100, 400])
  for (let i = 0; i < count; i++) {
    const index = importedFuncs + i
    exports.push({ name: `f${i}`, kind: 'func', index })
    exports.push({
      name: `run${i}`,
      kind: 'func',
      index: importedFuncs + bodies.push(runner(shape, index, types[funcs[index]!]!, fuel)) - 1,
    })
  }
  globals.forEach(({ type }, i) => {
    if (type === F32 || type === F64)
      exports.push({ name: `get${i}`, kind: 'func', index: importedFuncs + bodies.push(getter(shape, i, type)) - 1 })
    exports.push({ name: `g${i}`, kind: 'global', index: i })
  })
  memories.forEach((_, index) => exports.push({ name: `m${index}`, kind: 'memory', index }))
  tables.forEach((_, index) => exports.push({ name: `t${index}`, kind: 'table', index }))
  // Only own tags: an importer finds their types in the provider's list.
  if (importedTags.length === 0) ownTags.forEach((_, index) => exports.push({ name: `e${index}`, kind: 'tag', index }))
  return {
    seed,
    native,
    types,
    imports,
    funcs: bodies,
    memories: ownMemories,
    tables: ownTables,
    tags: ownTags,
    globals: ownGlobals,
    elems,
    datas,
    exports,
    provider,
  }
}

/** Calls function `f` with floats given, and returned, as bits; fills up the fuel first. */
function runner(shape: Shape, f: number, type: FuncType, fuel: number): Func {
  const params = type.params.map(outside)
  const locals = [...type.results, F32, F64]
  const first = params.length
  const code: Instr[] = [instr('i32.const', { lo: fuel }), instr('global.set', { index: shape.fuel })]
  type.params.forEach((t, index) => {
    code.push(instr('local.get', { index }))
    if (t === F32) code.push(instr('f32.reinterpret_i32'))
    if (t === F64) code.push(instr('f64.reinterpret_i64'))
  })
  code.push(instr('call', { index: f }))
  for (let i = type.results.length - 1; i >= 0; i--) code.push(instr('local.set', { index: first + i }))
  type.results.forEach((t, i) => code.push(...bitsOf(shape, t, [instr('local.get', { index: first + i })])))
  code.push(instr('end'))
  return { typeidx: typeIndex(shape.types, params, type.results.map(outside)), locals, code }
}

/** A float as an integer, its NaN made canonical where bodies have not done that. */
function bitsOf(shape: Shape, type: ValType, value: readonly Instr[]): Instr[] {
  if (type !== F32 && type !== F64) return [...value]
  const show = instr(type === F32 ? 'i32.reinterpret_f32' : 'i64.reinterpret_f64')
  if (shape.nan === 'after') return [...value, show]
  const t = type === F32 ? 'f32' : 'f64'
  const nan = instr(`${t}.const`, type === F32 ? { lo: 0x7fc00000 } : { lo: 0, hi: 0x7ff80000 })
  return [...value, nan, ...value, ...value, instr(`${t}.eq`), instr('select'), show]
}

function getter(shape: Shape, index: number, type: ValType): Func {
  const code = [...bitsOf(shape, type, [instr('global.get', { index })]), instr('end')]
  return { typeidx: typeIndex(shape.types, [], [outside(type)]), locals: [], code }
}
