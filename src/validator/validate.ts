/**
 * Validation of a module (spec §3.5): types and index spaces first, then constant expressions and segments, then bodies.
 * Throws InvalidError, LimitError, or UnsupportedError for a feature that is off. Called by the embedding after
 * decoding, and for modules that came from text.
 */
import { entryOffsets } from '../decoder/decode.ts'
import { InvalidError, VitrineError, isInvalid, locate } from '../errors.ts'
import type { ElemSegment, Expr, Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { type FeatureSet, defaultFeatures, featureOff } from '../spec/features.ts'
import { matchesValType } from '../spec/matching.ts'
import { type ExternType, type ValType, FUNCREF, formatFuncType, formatValType, isDefaultable } from '../spec/types.ts'
import { BodyValidator } from './body.ts'
import { Context } from './context.ts'
import { checkGlobalType, checkMemoryType, checkTableType, checkTagType, checkTypes } from './types.ts'

/** Throws unless the module is valid under the features; give the same ones as to `decode`. */
export function validate(module: Module, features: FeatureSet = defaultFeatures): void {
  try {
    check(module, features)
  } catch (e) {
    throw withName(e, module)
  }
}

function check(module: Module, features: FeatureSet): void {
  const c = new Context(module, features)
  checkTypes(c)
  for (const { type, offset } of module.imports) checkExternType(c, type, offset)
  definitions(c)
  const v = new BodyValidator(c)
  initialisers(c, v)
  segments(c, v)
  exportsAndStart(c)
  v.funcs(module.code, module.imported.func)
}

/** Where a section's contents start, for the one section that has no entries. */
function sectionStart(module: Module, id: number): number | undefined {
  return module.sections.find((s) => s.id === id)?.start
}

function checkExternType(c: Context, type: ExternType, offset: number): void {
  switch (type.kind) {
    case 'func':
      c.funcType(type.typeidx, offset)
      break
    case 'table':
      checkTableType(c, type.type, offset)
      break
    case 'memory':
      checkMemoryType(c, type.type, offset)
      break
    case 'global':
      checkGlobalType(c, type.type, offset)
      break
    case 'tag':
      checkTagType(c, type.type, offset)
      break
  }
}

/** The types of what the module defines. Imports are checked with their own offsets. */
function definitions(c: Context): void {
  const { module, features } = c
  const { funcs, tables, memories, globals, tags, imported } = module
  defined(module, 3, imported.func, funcs, (typeidx) => void c.funcType(typeidx, undefined))
  defined(module, 4, imported.table, tables, (type) => checkTableType(c, type, undefined))
  defined(module, 5, imported.memory, memories, (type) => checkMemoryType(c, type, undefined))
  defined(module, 6, imported.global, globals, (type) => checkGlobalType(c, type, undefined))
  defined(module, 13, imported.tag, tags, (type) => checkTagType(c, type, undefined))
  if (tables.length > 1 && !features.has('reference-types'))
    throw featureOff('reference-types', 'a module with several tables', { offset: secondOf(module, 'table', 4) }, 'multiple tables')
  if (memories.length > 1 && !features.has('multi-memory'))
    throw featureOff('multi-memory', 'a module with several memories', { offset: secondOf(module, 'memory', 5) }, 'multiple memories')
}

/** Checks the entries of an index space from `first` on; an error gets the offset of its entry in the section `id`. */
function defined<T>(module: Module, id: number, first: number, space: readonly T[], look: (entry: T) => void): void {
  let i = first
  try {
    for (; i < space.length; i++) look(space[i]!)
  } catch (e) {
    throw locate(e, { offset: entryOffsets(module, id)[i - first] })
  }
}
/** Where the second table or memory is imported or defined. */
function secondOf(module: Module, kind: 'table' | 'memory', id: number): number | undefined {
  const offsets = module.imports.filter((i) => i.type.kind === kind).map((i) => i.offset)
  return [...offsets, ...entryOffsets(module, id)][1]
}

/** Initialisers of tables and globals. A table's can read imported globals only, a global's also the ones before it. */
function initialisers(c: Context, v: BodyValidator): void {
  const { module } = c
  module.tableInits.forEach((init, i) => {
    const { element } = module.tables[module.imported.table + i]!
    const tableidx = module.imported.table + i
    if (init !== undefined) constant(v, init, element, 'the initialiser of table', tableidx)
    else if (!isDefaultable(element)) {
      throw new InvalidError(
        'type mismatch',
        `table ${tableidx} of ${formatValType(element)} needs an initialiser: the type has no default value`,
        { offset: entryOffsets(module, 4)[i] },
      )
    }
  })
  module.globalInits.forEach((init, i) => {
    const globalidx = module.imported.global + i
    c.globalLimit = globalidx
    constant(v, init, module.globals[globalidx]!.type, 'the initialiser of global', globalidx)
  })
  c.globalLimit = module.globals.length
}

/** Checks a constant expression; an error says whose it is. */
function constant(v: BodyValidator, expr: Expr, type: ValType, whose: string, index: number): void {
  try {
    v.constant(expr, type)
  } catch (e) {
    throw isInvalid(e) ? new InvalidError(e.rule, `${e.detail}; in ${whose} ${index}`, { offset: e.offset }) : e
  }
}

function segments(c: Context, v: BodyValidator): void {
  c.module.elems.forEach((elem, i) => elemSegment(c, v, elem, i))
  c.module.datas.forEach((data, i) => {
    if (data.mode === 'active') constant(v, data.start!, c.address(c.memory(data.memory, data.offset)), 'the offset of data segment', i)
  })
}

function elemSegment(c: Context, v: BodyValidator, elem: ElemSegment, elemidx: number): void {
  const { type, offset } = elem
  c.checkValType(type, offset)
  for (const funcidx of elem.funcs ?? []) c.func(funcidx, offset)
  for (const expr of elem.exprs ?? []) constant(v, expr, type, 'an element of segment', elemidx)
  if (elem.mode !== 'active') return
  const table = c.table(elem.table, offset)
  if (!matchesValType(type, table.element, c.types)) {
    throw new InvalidError('type mismatch', `table ${elem.table} holds ${formatValType(table.element)}, the segment ${describe(type)}`, {
      offset,
    })
  }
  constant(v, elem.start!, c.address(table), 'the offset of element segment', elemidx)
}
const describe = (t: ValType): string => (t === FUNCREF ? 'functions' : formatValType(t))

function exportsAndStart(c: Context): void {
  const { module } = c
  const names = new Set<string>()
  for (const { name, kind, index, offset } of module.exports) {
    switch (kind) {
      case 'func':
        c.func(index, offset)
        break
      case 'table':
        c.table(index, offset)
        break
      case 'memory':
        c.memory(index, offset)
        break
      case 'global':
        c.global(index, offset)
        break
      case 'tag':
        c.tag(index, offset)
        break
    }
    if (names.has(name)) throw new InvalidError('duplicate export name', JSON.stringify(name), { offset })
    names.add(name)
  }
  if (module.start === undefined) return
  const offset = sectionStart(module, 8)
  const type = c.func(module.start, offset)
  if (type.params.length > 0 || type.results.length > 0) {
    throw new InvalidError('start function', `it must be [] -> [], function ${module.start} is ${formatFuncType(type)}`, { offset })
  }
}

/** Adds the function's name to an error that knows its index: names are only looked up when something is wrong. */
function withName(e: unknown, module: Module): unknown {
  return e instanceof VitrineError && e.funcidx !== undefined ? locate(e, { funcName: moduleNames(module).funcs.get(e.funcidx) }) : e
}
