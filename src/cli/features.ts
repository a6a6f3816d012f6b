/**
 * Which features of the language a module uses: those of its instructions, by the instruction table, and those that show
 * only in its types and sections. Called by inspect.ts.
 */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Expr, Module } from '../module/module.ts'
import { type Feature, features } from '../spec/features.ts'
import {
  type CompType,
  EXTERNREF,
  FUNCREF,
  HEAP_EXN,
  HEAP_NOEXN,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_EXTERN,
  HEAP_FUNC,
  type Limits,
  type MemoryType,
  V128,
  type ValType,
  heapOf,
  isAbstract,
  isRef,
} from '../spec/types.ts'

/** Names of the features in the order of the feature table. */
export function featuresUsed(module: Module): Feature[] {
  const found = new Set<Feature>(['mvp'])
  const use = (feature: Feature): void => void found.add(feature)
  typesUse(module, use)
  definitionsUse(module, use)
  for (const expr of module.code) instructionsUse(expr, module, use)
  for (const expr of constants(module)) instructionsUse(expr, module, use, true)
  return features.map((f) => f.name).filter((name) => found.has(name))
}

type Use = (feature: Feature) => void

/** Constant expressions. */
function* constants(module: Module): Iterable<Expr> {
  yield* module.globalInits
  for (const init of module.tableInits) if (init !== undefined) yield init
  for (const { start, exprs } of module.elems) {
    if (start !== undefined) yield start
    if (exprs !== undefined) yield* exprs
  }
  for (const { start } of module.datas) if (start !== undefined) yield start
}

function instructionsUse({ bytes, start, end }: Expr, module: Module, use: Use, isConstant = false): void {
  const reader = new InstructionReader(bytes, start, end)
  while (reader.next()) {
    const { instruction } = reader
    use(instruction.feature)
    if (isConstant && /^i(32|64)\.(add|sub|mul)$/.test(instruction.name)) use('extended-const')
    if (instruction.immediates.includes('blocktype')) {
      if (reader.blockTypeidx >= 0) {
        const { comp } = module.types[reader.blockTypeidx]!
        if (comp.kind === 'func' && (comp.params.length > 0 || comp.results.length > 1)) use('multi-value')
      } else if (reader.blockResult !== 0) valueUses(reader.blockResult, use)
    }
    for (const type of reader.instruction.immediates.includes('valtypes') ? reader.types : []) valueUses(type, use)
    // call_indirect names a table only since there may be several.
    if (instruction.name === 'call_indirect' && reader.index2 !== 0) use('reference-types')
  }
}

function valueUses(type: ValType, use: Use): void {
  if (type === V128) use('simd')
  if (!isRef(type) || type === FUNCREF) return
  const heap = heapOf(type)
  if (type === EXTERNREF) use('reference-types')
  else if (heap === HEAP_EXN || heap === HEAP_NOEXN) use('exceptions')
  else if (!isAbstract(heap) || heap === HEAP_FUNC || heap === HEAP_EXTERN) use('function-references')
  else if (heap === HEAP_NOFUNC || heap === HEAP_NOEXTERN) use('gc')
  else use('gc')
}

function typesUse({ types }: Module, use: Use): void {
  for (const { comp, final, supers, recLength } of types) {
    if (comp.kind === 'struct' || comp.kind === 'array' || !final || supers.length > 0 || recLength > 1) use('gc')
    if (comp.kind === 'cont') use('stack-switching')
    if (comp.kind === 'func' && comp.results.length > 1) use('multi-value')
    for (const type of partsOf(comp)) valueUses(type, use)
  }
}
function partsOf(comp: CompType): readonly ValType[] {
  switch (comp.kind) {
    case 'func':
      return [...comp.params, ...comp.results]
    case 'struct':
      return comp.fields.map((f) => f.type)
    case 'array':
      return [comp.field.type]
    case 'cont':
      return []
  }
}

function definitionsUse(module: Module, use: Use): void {
  const { tables, memories, globals, tags, elems, datas, code } = module
  for (const { shared, pageSizeLog2, limits } of memories) {
    memoryUses({ shared, pageSizeLog2, limits }, use)
  }
  if (memories.length > 1) use('multi-memory')
  if (tables.length > 1) use('reference-types')
  for (const { limits, element } of tables) {
    limitsUse(limits, use)
    valueUses(element, use)
  }
  if (module.tableInits.some((init) => init !== undefined)) use('function-references')
  for (const { type } of globals) valueUses(type, use)
  if (tags.length > 0) use('exceptions')
  // A global of one's own that is exported or imported mutable is part of what was 1.0 plus mutable-globals: always on.
  if (module.dataCount !== undefined || datas.some((d) => d.mode === 'passive') || elems.some((e) => e.mode === 'passive'))
    use('bulk-memory')
  if (elems.some((e) => e.mode === 'declarative' || (e.exprs !== undefined && e.type !== FUNCREF))) use('reference-types')
  for (const { locals } of code) for (const { type } of locals) valueUses(type, use)
}

function memoryUses({ shared, pageSizeLog2, limits }: MemoryType, use: Use): void {
  if (shared) use('threads')
  if (pageSizeLog2 !== 16) use('custom-page-sizes')
  limitsUse(limits, use)
}
function limitsUse({ is64 }: Limits, use: Use): void {
  if (is64) use('memory64')
}
