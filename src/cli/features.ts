/**
 * Which features of the language a module uses: those without which the decoder or the validator would refuse it. They are read
 * off its instructions, by the instruction table, and off what shows only in its types and sections. Called by inspect.ts.
 */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Expr, Module } from '../module/module.ts'
import { type Feature, features } from '../spec/features.ts'
import {
  type CompType,
  type HeapType,
  type Limits,
  type ValType,
  EXTERNREF,
  FUNCREF,
  HEAP_CONT,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_NOCONT,
  HEAP_NOEXN,
  V128,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
} from '../spec/types.ts'

/** Names of the features in the order of the feature table. */
export function featuresUsed(module: Module): Feature[] {
  const found = new Set<Feature>(['mvp'])
  const use = (feature: Feature): void => void found.add(feature)
  for (const expr of module.code) instructionsUse(expr, use)
  for (const expr of constants(module)) constantUses(expr, module, use)
  typesUse(module, use)
  definitionsUse(module, use)
  // Tags came with either proposal on exceptions, and with stack switching.
  if (module.tags.length > 0 && !found.has('legacy-exceptions') && !found.has('stack-switching')) use('exceptions')
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

type Look = (reader: InstructionReader) => void

function instructionsUse({ bytes, start, end }: Expr, use: Use, look?: Look): void {
  const reader = new InstructionReader(bytes, start, end)
  while (reader.next()) {
    const { feature, immediates } = reader.instruction
    use(feature)
    if (immediates.length > 0) immediatesUse(reader, use)
    look?.(reader)
  }
}
function immediatesUse(reader: InstructionReader, use: Use): void {
  for (const kind of reader.instruction.immediates) {
    if (kind === 'blocktype') {
      if (reader.blockTypeidx >= 0) use('multi-value')
      else if (reader.blockResult !== 0) valueUses(reader.blockResult, use)
    } else if (kind === 'heaptype') heapUses(reader.heap, use)
    else if (kind === 'valtypes') for (const type of reader.types) valueUses(type, use)
  }
}

function constantUses(expr: Expr, module: Module, use: Use): void {
  instructionsUse(expr, use, ({ instruction: { name }, index }) => {
    if (/^i(32|64)\.(add|sub|mul)$/.test(name)) use('extended-const')
    if (name === 'global.get' && index >= module.imported.global) use('gc')
  })
}

function valueUses(type: ValType, use: Use): void {
  if (type === V128) use('simd')
  if (!isRef(type)) return
  const heap = heapOf(type)
  heapUses(heap, use)
  // The short forms are older than `(ref null ht)`, in which they are written the same.
  if (type === FUNCREF || type === EXTERNREF) use('reference-types')
  else if (!isAbstract(heap) || !isNullable(type)) use('function-references')
}
/** A heap type alone: `func` and `extern` are as old as the instructions that name one. */
function heapUses(heap: HeapType, use: Use): void {
  if (!isAbstract(heap) || heap === HEAP_FUNC || heap === HEAP_EXTERN) return
  if (heap === HEAP_EXN || heap === HEAP_NOEXN) use('exceptions')
  else if (heap === HEAP_CONT || heap === HEAP_NOCONT) use('stack-switching')
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
    if (shared) use('threads')
    if (pageSizeLog2 !== 16) use('custom-page-sizes')
    limitsUse(limits, use)
  }
  if (memories.length > 1) use('multi-memory')
  if (tables.length > 1) use('reference-types')
  for (const { limits, element } of tables) {
    limitsUse(limits, use)
    elementUses(element, use)
  }
  if (module.tableInits.some((init) => init !== undefined)) use('function-references')
  for (const { type } of globals) valueUses(type, use)
  for (const { typeidx } of tags) {
    const { comp } = module.types[typeidx]!
    if (comp.kind === 'func' && comp.results.length > 0) use('stack-switching')
  }
  if (module.dataCount !== undefined || datas.some((d) => d.mode === 'passive')) use('bulk-memory')
  for (const { mode, table, exprs, type } of elems) {
    if (mode === 'passive') use('bulk-memory')
    else if (mode === 'declarative') use('reference-types')
    // Tables by number and elements by expression came with either proposal.
    else if (table > 0 || exprs !== undefined) use(tables.length > 1 ? 'reference-types' : 'bulk-memory')
    if (exprs !== undefined) elementUses(type, use)
  }
  for (const { locals } of code) for (const { type } of locals) valueUses(type, use)
}

/** What tables hold: functions, since the beginning. */
function elementUses(type: ValType, use: Use): void {
  if (type !== FUNCREF) valueUses(type, use)
}
function limitsUse({ is64 }: Limits, use: Use): void {
  if (is64) use('memory64')
}
