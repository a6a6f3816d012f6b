/** "Read the imports" (JS API): JS values become store objects, in the order and with the errors that the standard prescribes. */
import { type Extern, matches } from '../embedding/link.ts'
import { setGlobal } from '../embedding/objects.ts'
import { funcOf } from '../embedding/values.ts'
import type { Import } from '../module/module.ts'
import { Func } from '../runtime/func.ts'
import { Global } from '../runtime/global.ts'
import { canonicalExternType, canonicalType, canonicalValType } from '../spec/canonical.ts'
import { type FuncType, type GlobalType, I64, V128, formatValType, isRef } from '../spec/types.ts'
import { STRING, builtinFunction } from './builtins.ts'
import { LinkError } from './errors.ts'
import { hostFunction, suspendingFunction } from './functions.ts'
import { globals } from './global.ts'
import { isObject } from './idl.ts'
import { memories } from './memory.ts'
import type { ModuleSlots } from './module.ts'
import { tables } from './table.ts'
import { tags } from './tag.ts'
import { toWasm } from './values.ts'

type Callable = (...args: unknown[]) => unknown

/** The store object for each import. `what`: the operation, for messages. */
export function readImports({ module, options }: ModuleSlots, importObject: object | undefined, what: string): Extern[] {
  const { imports } = module.data
  const ids = module.shared.typeIds
  if (imports.length > 0 && importObject === undefined)
    throw new TypeError(`WebAssembly.${what}: Imports argument must be present and must be an object`)
  let funcs = 0
  return imports.map((entry, i) => {
    const about = (): string => `WebAssembly.${what}: Import #${i} "${entry.module}" "${entry.name}"`
    if (entry.module === options.importedStringConstants) return stringConstant(entry.name)
    const builtin = builtinFunction(entry.module, entry.name, options, funcs)
    const found: Extern =
      builtin === undefined
        ? readImport(entry, ids, importObject as Record<string, unknown>, funcs, about)
        : { kind: 'func', value: builtin }
    if (found.kind === 'func') funcs++
    return found
  })
}

/** Whether the store objects are of the types that the module declares: the part of linking that comes after all imports are read. */
export function checkImports({ module }: ModuleSlots, externs: readonly Extern[], what: string): void {
  module.data.imports.forEach((entry, i) => {
    if (!matches(externs[i]!, canonicalExternType(entry.type, module.shared.typeIds)))
      throw new LinkError(
        `WebAssembly.${what}: Import #${i} "${entry.module}" "${entry.name}": incompatible import type: not the ${entry.type.kind} type that the module declares`,
      )
  })
}

function stringConstant(value: string): Extern {
  const global = new Global({ type: STRING, mutable: false })
  global.refs[0] = value
  return { kind: 'global', value: global }
}

function readImport(entry: Import, ids: Int32Array, importObject: Record<string, unknown>, funcs: number, about: () => string): Extern {
  const space = importObject[entry.module]
  if (!isObject(space)) throw new TypeError(`${about()}: module is not an object or function`)
  const value = (space as Record<string, unknown>)[entry.name]
  const { type } = entry
  const refuse = (wanted: string): never => {
    throw new LinkError(`${about()}: ${wanted}`)
  }
  switch (type.kind) {
    case 'func': {
      const suspending = suspendingFunction(value)
      const fn = suspending ?? value
      if (typeof fn !== 'function') return refuse('function import requires a callable')
      const own = suspending === undefined ? funcOf(fn) : undefined
      if (own !== undefined) return { kind: 'func', value: own }
      const typeId = ids[type.typeidx]!
      const functype = canonicalType(typeId).comp as FuncType
      const name = `${entry.module}.${entry.name}`
      const host = hostFunction(fn as Callable, functype, suspending !== undefined, name)
      return { kind: 'func', value: new Func(functype, typeId, undefined, funcs, host, name) }
    }
    case 'global': {
      const given = globals.find(value)
      if (given !== undefined) return { kind: 'global', value: given }
      return { kind: 'global', value: globalOf(value, { ...type.type, type: canonicalValType(type.type.type, ids) }, refuse) }
    }
    case 'memory':
      return { kind: 'memory', value: memories.find(value) ?? refuse('memory import must be a WebAssembly.Memory object') }
    case 'table':
      return { kind: 'table', value: tables.find(value) ?? refuse('table import requires a WebAssembly.Table') }
    case 'tag':
      return { kind: 'tag', value: tags.find(value) ?? refuse('tag import requires a WebAssembly.Tag') }
  }
}

/** A global made of a value that is imported as one. */
function globalOf(value: unknown, { type, mutable }: GlobalType, refuse: (wanted: string) => never): Global {
  if (mutable) return refuse('imported mutable global must be a WebAssembly.Global object')
  if (type === V128) return refuse('a v128 global must be a WebAssembly.Global object')
  if (!isRef(type)) {
    const wanted = type === I64 ? 'bigint' : 'number'
    // Where the engine has no BigInt, an i64 is a pair.
    if (typeof value !== wanted && !(type === I64 && typeof BigInt === 'undefined'))
      return refuse(`global import must be a ${wanted}, valid Wasm reference, or WebAssembly.Global object`)
  }
  const global = new Global({ type, mutable: false })
  try {
    setGlobal(global, toWasm(value, type))
  } catch (error) {
    if (error instanceof TypeError) return refuse(`imported ${formatValType(type)} global: ${error.message}`)
    throw error
  }
  return global
}
