/**
 * ToWebAssemblyValue and its relatives. A value is converted in two steps: here to one that the embedding takes as it is,
 * which may run code of the user (`valueOf`) and throws TypeErrors; then by the embedding, which runs none, into the store.
 */
import { VitrineError } from '../errors.ts'
import { toRef, valType } from '../embedding/values.ts'
import { topOf } from '../spec/matching.ts'
import {
  type FuncType,
  type ValType,
  EXTERNREF,
  FUNCREF,
  HEAP_EXN,
  HEAP_EXTERN,
  I32,
  I64,
  V128,
  formatValType,
  heapOf,
  isRef,
} from '../spec/types.ts'
import { toNumber, toText } from './idl.ts'

/** Whether values of the type stay inside Wasm: v128 and exnref. */
export const isHidden = (type: ValType): boolean => type === V128 || (isRef(type) && topOf(heapOf(type)) === HEAP_EXN)

export const hasHidden = ({ params, results }: FuncType): boolean => params.some(isHidden) || results.some(isHidden)

/** ToWebAssemblyValue. i64 stays a BigInt (a pair where the engine has none), a reference what JS has for it. */
export function toWasm(value: unknown, type: ValType): unknown {
  if (isRef(type)) return reference(value, type)
  if (type === I64) return typeof BigInt === 'undefined' ? value : BigInt.asIntN(64, value as bigint)
  const number = toNumber(value)
  return type === I32 ? number | 0 : number
}

function reference(value: unknown, type: ValType): unknown {
  if (type === EXTERNREF) return value
  try {
    toRef(value, type)
  } catch (error) {
    if (error instanceof VitrineError) throw new TypeError(`WebAssembly: ${error.message}`)
    throw error
  }
  return value
}

/** DefaultValue: what a table or a global holds when JS names nothing; undefined if the type has no default. */
export const defaultValue = (type: ValType): unknown => {
  if (isRef(type)) return heapOf(type) === HEAP_EXTERN ? undefined : null
  return type === I64 && typeof BigInt !== 'undefined' ? BigInt(0) : 0
}

const references = ['externref', 'anyref', 'eqref', 'i31ref', 'structref', 'arrayref']
const numbers = ['i32', 'i64', 'f32', 'f64', 'v128']

/** ToValueType. Besides the names of the standard those of the other abstract reference types, as engines have them. */
export function toValueType(value: unknown, what: string): ValType {
  const name = toText(value)
  if (name === 'anyfunc' || name === 'funcref') return FUNCREF
  if (name === 'v128') return V128
  if (numbers.includes(name) || references.includes(name)) return valType(name)
  throw new TypeError(
    `WebAssembly.${what}: ${JSON.stringify(name)} is not a type: one of ${[...numbers, 'anyfunc', ...references].join(', ')}`,
  )
}
export function toTableKind(value: unknown, what: string): ValType {
  const type = toValueType(value, what)
  if (!isRef(type)) throw new TypeError(`WebAssembly.${what}: a table holds references, not ${formatValType(type)}`)
  return type
}

/** The name of a type in descriptors. */
export const fromValueType = (type: ValType): string => (type === FUNCREF ? 'funcref' : formatValType(type))
