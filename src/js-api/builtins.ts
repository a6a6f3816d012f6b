/** Builtin functions that a module may import when the compile option `builtins` names their set (JS API, Builtins): js-string. */
import { Trap } from '../errors.ts'
import { ArrayObject } from '../runtime/heap.ts'
import { Func } from '../runtime/func.ts'
import type { Module } from '../module/module.ts'
import { canonicalExternType, canonicalType, canonicalize } from '../spec/canonical.ts'
import { matchesExternType } from '../spec/matching.ts'
import {
  type CompType,
  type ExternType,
  type FuncType,
  type SubType,
  type ValType,
  EXTERNREF,
  HEAP_EXTERN,
  I16,
  I32,
  refType,
} from '../spec/types.ts'

/** Strings as Wasm sees them: never null. */
export const STRING: ValType = refType(false, HEAP_EXTERN)
const CHARS = 'chars'
type Type = ValType | typeof CHARS

interface Builtin {
  readonly params: readonly Type[]
  readonly result: Type
  readonly steps: (...args: never[]) => unknown
}

const trap = (message: string): never => {
  throw new Trap(message)
}
const unwrap = (value: unknown): string => (typeof value === 'string' ? value : trap('illegal cast: not a string'))
const chars = (array: ArrayObject | null): Int16Array => (array === null ? trap('null array reference') : (array.data as Int16Array))
/** String.fromCharCode takes its arguments on the JS stack. */
const PIECE = 4096

// oxfmt-ignore
const jsString: Readonly<Record<string, Builtin>> = {
  cast:         { params: [EXTERNREF], result: STRING, steps: unwrap },
  test:         { params: [EXTERNREF], result: I32, steps: (value: unknown) => (typeof value === 'string' ? 1 : 0) },
  fromCharCode: { params: [I32], result: STRING, steps: (code: number) => String.fromCharCode(code) },
  fromCodePoint: { params: [I32], result: STRING, steps: (code: number) => (code >>> 0 > 0x10ffff ? trap('invalid code point') : String.fromCodePoint(code)) },
  charCodeAt:   { params: [EXTERNREF, I32], result: I32, steps: (value: unknown, index: number) => inside(unwrap(value), index).charCodeAt(index >>> 0) },
  codePointAt:  { params: [EXTERNREF, I32], result: I32, steps: (value: unknown, index: number) => inside(unwrap(value), index).codePointAt(index >>> 0) },
  length:       { params: [EXTERNREF], result: I32, steps: (value: unknown) => unwrap(value).length },
  concat:       { params: [EXTERNREF, EXTERNREF], result: STRING, steps: (a: unknown, b: unknown) => unwrap(a) + unwrap(b) },
  substring:    { params: [EXTERNREF, I32, I32], result: STRING, steps: substring },
  equals:       { params: [EXTERNREF, EXTERNREF], result: I32, steps: (a: unknown, b: unknown) => (orNull(a) === orNull(b) ? 1 : 0) },
  compare:      { params: [EXTERNREF, EXTERNREF], result: I32, steps: compare },
  fromCharCodeArray: { params: [CHARS, I32, I32], result: STRING, steps: fromCharCodeArray },
  intoCharCodeArray: { params: [EXTERNREF, CHARS, I32], result: I32, steps: intoCharCodeArray },
}

const sets: Readonly<Record<string, Readonly<Record<string, Builtin>>>> = { 'js-string': jsString }

function inside(string: string, index: number): string {
  return index >>> 0 < string.length ? string : trap('string index out of bounds')
}
const orNull = (value: unknown): string | null => (value === null ? null : unwrap(value))

function substring(value: unknown, start: number, end: number): string {
  const string = unwrap(value)
  const from = start >>> 0
  const to = end >>> 0
  return from > to || from > string.length ? '' : string.substring(from, to)
}
function compare(first: unknown, second: unknown): number {
  const a = unwrap(first)
  const b = unwrap(second)
  if (a === b) return 0
  return a < b ? -1 : 1
}
function fromCharCodeArray(array: ArrayObject | null, start: number, end: number): string {
  const data = chars(array)
  const from = start >>> 0
  const to = end >>> 0
  if (from > to || to > data.length) return trap('array element access out of bounds')
  let text = ''
  for (let i = from; i < to; i += PIECE) text += String.fromCharCode(...new Uint16Array(data.slice(i, Math.min(to, i + PIECE))))
  return text
}
function intoCharCodeArray(value: unknown, array: ArrayObject | null, start: number): number {
  const data = chars(array)
  const string = unwrap(value)
  const from = start >>> 0
  if (from + string.length > data.length) return trap('array element access out of bounds')
  for (let i = 0; i < string.length; i++) data[from + i] = string.charCodeAt(i)
  return string.length
}

const alone = (comp: CompType, at: number): SubType => ({ final: true, supers: [], comp, recStart: at, recLength: 1 })

/** Canonical id of the type of a builtin. The array type comes first, each in a recursion group of its own. */
function typeOf({ params, result }: Builtin): number {
  const resolve = (type: Type): ValType => (type === CHARS ? refType(true, 0) : type)
  const array: SubType = alone({ kind: 'array', field: { type: I16, mutable: true } }, 0)
  const func: SubType = alone({ kind: 'func', params: params.map(resolve), results: [resolve(result)] }, 1)
  return canonicalize([array, func])[1]!
}

const prefix = 'wasm:'
const own = <T>(of: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.prototype.hasOwnProperty.call(of, key) ? of[key] : undefined

/** The compile options that concern imports. */
export interface ImportOptions {
  readonly builtins: readonly string[]
  /** Name of the module whose imports are strings: their own names. */
  readonly importedStringConstants: string | undefined
}

/** "Find a builtin": for an import, among the enabled sets. */
function findBuiltin(module: string, name: string, { builtins }: ImportOptions): Builtin | undefined {
  if (!module.startsWith(prefix) || !builtins.includes(module.slice(prefix.length))) return undefined
  const set = own(sets, module.slice(prefix.length))
  return set === undefined ? undefined : own(set, name)
}

/** Whether the import is not asked of the importing side. */
export const isProvided = (module: string, name: string, options: ImportOptions): boolean =>
  module === options.importedStringConstants || findBuiltin(module, name, options) !== undefined

/** The store function of a builtin, made anew for each instance as the JS API has it; `index` is its place among imported functions. */
export function builtinFunction(module: string, name: string, options: ImportOptions, index: number): Func | undefined {
  const builtin = findBuiltin(module, name, options)
  if (builtin === undefined) return undefined
  const typeId = typeOf(builtin)
  const type = canonicalType(typeId).comp as FuncType
  const steps = builtin.steps as (...args: unknown[]) => unknown
  const call = (_caller: unknown, ...args: unknown[]): unknown => steps(...args)
  return new Func(type, typeId, undefined, index, { type, suspending: false, call }, `${module}.${name}`)
}

/** Why the imports of a module do not fit the options; undefined when they do. */
export function findMisfit({ imports }: Module, ids: Int32Array, options: ImportOptions): string | undefined {
  const { builtins } = options
  const twice = builtins.find((name, i) => builtins.indexOf(name) !== i)
  if (twice !== undefined) return `duplicate builtin set "${twice}"`
  for (const { module, name, type } of imports) {
    const given: ExternType | undefined =
      module === options.importedStringConstants
        ? { kind: 'global', type: { type: STRING, mutable: false } }
        : builtinType(module, name, options)
    if (given !== undefined && !matchesExternType(given, canonicalExternType(type, ids)))
      return `the import "${module}" "${name}" does not have the type of what the compile options provide for it`
  }
  return undefined
}

function builtinType(module: string, name: string, options: ImportOptions): ExternType | undefined {
  const builtin = findBuiltin(module, name, options)
  return builtin === undefined ? undefined : { kind: 'func', typeidx: typeOf(builtin) }
}
