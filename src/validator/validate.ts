/**
 * Validation of a module (spec §3.5): types and index spaces first, then constant expressions and segments, then bodies.
 * Throws InvalidError, LimitError, or UnsupportedError for a feature that is off. Called by the embedding after
 * decoding, and for modules that came from text.
 */
import { InvalidError, VitrineError } from '../errors.ts'
import type { ElemSegment, Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { type FeatureSet, defaultFeatures } from '../spec/features.ts'
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
  for (let i = module.imported.func; i < module.funcs.length; i++) c.funcType(module.funcs[i]!, sectionStart(module, 3))
  definitions(c)
  const v = new BodyValidator(c)
  initialisers(c, v)
  segments(c, v)
  exportsAndStart(c)
  for (let i = 0; i < module.code.length; i++) {
    const funcidx = module.imported.func + i
    v.func(module.code[i]!, c.func(funcidx, 0), funcidx)
  }
}

/** Where a section's contents start, for errors in entries whose own offset is not kept. */
function sectionStart(module: Module, id: number): number {
  return module.sections.find((s) => s.id === id)?.start ?? 0
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
  const { tables, memories, globals, tags, imported } = c.module
  for (let i = imported.table; i < tables.length; i++) checkTableType(c, tables[i]!, sectionStart(c.module, 4))
  for (let i = imported.memory; i < memories.length; i++) checkMemoryType(c, memories[i]!, sectionStart(c.module, 5))
  for (let i = imported.global; i < globals.length; i++) checkGlobalType(c, globals[i]!, sectionStart(c.module, 6))
  for (let i = imported.tag; i < tags.length; i++) checkTagType(c, tags[i]!, sectionStart(c.module, 13))
  if (tables.length > 1 && !c.features.has('reference-types'))
    throw new InvalidError('multiple tables', "the feature 'reference-types' is off")
  if (memories.length > 1 && !c.features.has('multi-memory'))
    throw new InvalidError('multiple memories', "the feature 'multi-memory' is off")
}

/** Initialisers of tables and globals. A table's can read imported globals only, a global's also the ones before it. */
function initialisers(c: Context, v: BodyValidator): void {
  const { module } = c
  module.tableInits.forEach((init, i) => {
    const { element } = module.tables[module.imported.table + i]!
    if (init !== undefined) v.constant(init, element)
    else if (!isDefaultable(element)) {
      throw new InvalidError('type mismatch', `table ${module.imported.table + i} of ${formatValType(element)} needs an initialiser`, {
        offset: sectionStart(module, 4),
      })
    }
  })
  module.globalInits.forEach((init, i) => {
    const globalidx = module.imported.global + i
    if (c.features.has('gc')) c.globalLimit = globalidx
    v.constant(init, module.globals[globalidx]!.type)
  })
  if (c.features.has('gc')) c.globalLimit = module.globals.length
}

function segments(c: Context, v: BodyValidator): void {
  for (const elem of c.module.elems) elemSegment(c, v, elem)
  for (const data of c.module.datas) {
    if (data.mode === 'active') v.constant(data.start!, c.address(c.memory(data.memory, data.offset)))
  }
}

function elemSegment(c: Context, v: BodyValidator, elem: ElemSegment): void {
  const { type, offset } = elem
  c.checkValType(type, offset)
  for (const funcidx of elem.funcs ?? []) c.func(funcidx, offset)
  for (const expr of elem.exprs ?? []) v.constant(expr, type)
  if (elem.mode !== 'active') return
  const table = c.table(elem.table, offset)
  if (!matchesValType(type, table.element, c.types)) {
    throw new InvalidError('type mismatch', `table ${elem.table} holds ${formatValType(table.element)}, the segment ${describe(type)}`, {
      offset,
    })
  }
  v.constant(elem.start!, c.address(table))
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
  if (!(e instanceof VitrineError) || e.funcidx === undefined || e.funcName !== undefined || !(e instanceof InvalidError)) return e
  const funcName = moduleNames(module).funcs.get(e.funcidx)
  if (funcName === undefined) return e
  const detail = e.message === e.rule ? '' : e.message.slice(e.rule.length + 2)
  return new InvalidError(e.rule, detail, { offset: e.offset, funcidx: e.funcidx, funcName })
}
