/**
 * Which features a module uses, read off its types and instructions (the instruction table names one per row). For
 * modules that cannot be parsed: off the words of the text. What the runner skips is decided by this, not by file names.
 */
import { InstructionReader } from '../src/decoder/instruction-reader.ts'
import { VitrineError } from '../src/errors.ts'
import type { Expr, Module } from '../src/module/module.ts'
import type { Feature } from '../src/spec/features.ts'
import { byName } from '../src/spec/instructions.ts'
import {
  type HeapType,
  type Limits,
  type MemoryType,
  type SubType,
  type ValType,
  EXTERNREF,
  FUNCREF,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_NOEXN,
  HEAP_CONT,
  HEAP_NOCONT,
  V128,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
} from '../src/spec/types.ts'

export type Features = Set<Feature>

/** Features of a module's definitions and bodies. Bodies that cannot be read to their end count as far as they go. */
export function usedFeatures(module: Module): Features {
  const used: Features = new Set<Feature>(['mvp'])
  const { imported } = module
  for (const type of module.types) subType(used, type)
  for (const { type } of module.imports) if (type.kind === 'global') valType(used, type.type.type)
  for (const { limits, element } of module.tables) {
    addressWidth(used, limits)
    valType(used, element)
  }
  for (const type of module.memories) memoryType(used, type)
  for (const { type } of module.globals) valType(used, type)
  if (module.memories.length > 1) used.add('multi-memory')
  if (module.tables.length > 1) used.add('reference-types')
  if (module.tags.length > 0) used.add('exceptions')
  for (const init of module.tableInits) {
    if (init === undefined) continue
    used.add('function-references')
    expression(used, init)
  }
  for (const init of module.globalInits) constant(used, module, init)
  for (const elem of module.elems) {
    if (elem.mode === 'passive') used.add('bulk-memory')
    if (elem.mode === 'declarative') used.add('reference-types')
    valType(used, elem.type)
    for (const expr of elem.exprs ?? []) constant(used, module, expr)
    if (elem.start !== undefined) constant(used, module, elem.start)
  }
  for (const data of module.datas) {
    if (data.mode === 'passive') used.add('bulk-memory')
    if (data.start !== undefined) constant(used, module, data.start)
  }
  if (module.dataCount !== undefined && imported.func < module.funcs.length) used.add('bulk-memory')
  for (const body of module.code) {
    for (const { type } of body.locals) {
      valType(used, type)
      if (isRef(type) && !isNullable(type)) used.add('function-references')
    }
    expression(used, body)
  }
  return used
}

function subType(used: Features, { final, supers, comp, recLength }: SubType): void {
  if (!final || supers.length > 0 || recLength > 1) used.add('gc')
  switch (comp.kind) {
    case 'func':
      for (const type of comp.params) valType(used, type)
      for (const type of comp.results) valType(used, type)
      if (comp.results.length > 1) used.add('multi-value')
      break
    case 'cont':
      used.add('stack-switching')
      break
    default:
      used.add('gc')
  }
}

function valType(used: Features, type: ValType): void {
  if (type === V128) used.add('simd')
  else if (isRef(type)) {
    if (type === FUNCREF) return
    if (type === EXTERNREF) used.add('reference-types')
    else heapType(used, heapOf(type))
    if (!isNullable(type)) used.add('function-references')
  }
}

function heapType(used: Features, heap: HeapType): void {
  if (!isAbstract(heap)) used.add('function-references')
  else if (heap === HEAP_EXN || heap === HEAP_NOEXN) used.add('exceptions')
  else if (heap === HEAP_CONT || heap === HEAP_NOCONT) used.add('stack-switching')
  else if (heap === HEAP_FUNC || heap === HEAP_EXTERN) used.add('reference-types')
  else used.add('gc')
}

function addressWidth(used: Features, limits: Limits): void {
  if (limits.is64) used.add('memory64')
}

function memoryType(used: Features, { limits, shared, pageSizeLog2 }: MemoryType): void {
  addressWidth(used, limits)
  if (shared) used.add('threads')
  if (pageSizeLog2 !== 16) used.add('custom-page-sizes')
}

/** Arithmetic in constant expressions is extended-const; reading a global that the module defines came with gc. */
function constant(used: Features, module: Module, expr: Expr): void {
  expression(used, expr, (r) => {
    const { name } = r.instruction
    if (/^i(32|64)\.(add|sub|mul)$/.test(name)) used.add('extended-const')
    if (name === 'global.get' && r.index >= module.imported.global) used.add('gc')
  })
}

function expression(used: Features, expr: Expr, look?: (r: InstructionReader) => void): void {
  const r = new InstructionReader(expr.bytes, expr.start, expr.end)
  try {
    while (r.next()) {
      const { feature, immediates } = r.instruction
      used.add(feature)
      if (immediates.length > 0) immediate(used, r)
      look?.(r)
    }
  } catch (error) {
    if (!(error instanceof VitrineError)) throw error
  }
}

function immediate(used: Features, r: InstructionReader): void {
  for (const kind of r.instruction.immediates) {
    if (kind === 'blocktype') {
      if (r.blockTypeidx >= 0) used.add('multi-value')
      else if (r.blockResult !== 0) valType(used, r.blockResult)
    } else if (kind === 'heaptype') heapType(used, r.heap)
    else if (kind === 'valtypes') for (const type of r.types) valType(used, type)
    else if (kind === 'memarg' && r.memory > 0) used.add('multi-memory')
  }
}

/** Words of the text format, besides instructions, that belong to a feature. */
const words: ReadonlyMap<string, Feature> = new Map<string, Feature>([
  ['v128', 'simd'],
  ['externref', 'reference-types'],
  ['declare', 'reference-types'],
  ['rec', 'gc'],
  ['sub', 'gc'],
  ['struct', 'gc'],
  ['array', 'gc'],
  ['anyref', 'gc'],
  ['eqref', 'gc'],
  ['i31ref', 'gc'],
  ['structref', 'gc'],
  ['arrayref', 'gc'],
  ['nullref', 'gc'],
  ['nullfuncref', 'gc'],
  ['nullexternref', 'gc'],
  ['i31', 'gc'],
  ['any', 'gc'],
  ['eq', 'gc'],
  ['none', 'gc'],
  ['nofunc', 'gc'],
  ['noextern', 'gc'],
  ['tag', 'exceptions'],
  ['exnref', 'exceptions'],
  ['catch', 'exceptions'],
  ['catch_ref', 'exceptions'],
  ['catch_all', 'exceptions'],
  ['catch_all_ref', 'exceptions'],
  ['ref', 'function-references'],
  ['shared', 'threads'],
  ['pagesize', 'custom-page-sizes'],
  ['cont', 'stack-switching'],
  ['contref', 'stack-switching'],
])

/** The same for source text that has no Module, because it is malformed or not understood. */
export function textFeatures(source: string): Features {
  const used: Features = new Set<Feature>(['mvp'])
  for (const word of source.match(/[a-z][a-z0-9_.]*/g) ?? []) {
    const feature = byName.get(word)?.feature ?? words.get(word)
    if (feature !== undefined) used.add(feature)
  }
  if (/\b(memory|table)\s+(\$\S+\s+)?i64\b/.test(source)) used.add('memory64')
  return used
}
