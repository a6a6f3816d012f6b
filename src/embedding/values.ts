/**
 * Conversions between JS values and Wasm values (spec: JS API, ToWebAssemblyValue), straight from and to the register file.
 * i32, f32, f64: number. i64: bigint, or [lo, hi] with `{ i64: 'pair' }`. funcref: exported function or null. externref: anything.
 * anyref and what is below it: whole numbers in [-2^30, 2^30) as i31, opaque objects for structures and arrays (heap-objects.ts),
 * any other value as one of the host's. Types have canonical ids in place of typeidxs: they are those of a Func, Global or Table.
 */
import { HostError, VitrineError } from '../errors.ts'
import type { Func } from '../runtime/func.ts'
import { isOfType } from '../runtime/references.ts'
import type { Thread } from '../runtime/thread.ts'
import { canonicalType, topOf } from '../spec/matching.ts'
import {
  type ValType,
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_STRUCT,
  I32,
  I64,
  V128,
  formatValType,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
  refType,
  slotsOf,
} from '../spec/types.ts'
import { exportReference, importReference } from './heap-objects.ts'

const valTypes: Record<string, ValType> = {
  i32: I32,
  i64: I64,
  f32: F32,
  f64: F64,
  funcref: FUNCREF,
  externref: EXTERNREF,
  anyref: refType(true, HEAP_ANY),
  eqref: refType(true, HEAP_EQ),
  i31ref: refType(true, HEAP_I31),
  structref: refType(true, HEAP_STRUCT),
  arrayref: refType(true, HEAP_ARRAY),
}
/** A value type by its name in the text format. */
export function valType(name: string): ValType {
  const type = valTypes[name]
  if (type === undefined) throw new VitrineError('usage', `unknown value type '${name}': one of ${Object.keys(valTypes).join(', ')}`)
  return type
}

/** How i64 values look to JS. */
export type I64Form = 'bigint' | 'pair'

/** The store functions behind exported JS functions. */
const funcs = new WeakMap<object, Func>()
export const funcOf = (value: unknown): Func | undefined => (typeof value === 'function' ? funcs.get(value) : undefined)
export const bindFunc = (exported: object, func: Func): void => void funcs.set(exported, func)

/** Gives the JS function for a store function; set by exports.ts, which needs this file. */
export type Wrap = (func: Func) => unknown

/** Vectors stay among Wasm functions: JS has nothing to show them as. */
export const NO_VECTORS = 'a v128 cannot be passed to or from JavaScript'

const refuse = (value: unknown, type: ValType): never => {
  if (type === V128) throw new HostError(NO_VECTORS)
  throw new HostError(`cannot convert ${describeValue(value)} to ${typeName(type)}`)
}
/** A JS value in messages. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'symbol':
      return 'a symbol'
    case 'function':
      return funcOf(value) === undefined ? 'a JavaScript function' : 'a WebAssembly function of another type'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'an array' : importReference(value) === value ? 'an object' : 'a WebAssembly object of another type'
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}
/** A type in messages. A canonical id means nothing to a reader. */
function typeName(type: ValType): string {
  const heap = heapOf(type)
  if (!isRef(type) || isAbstract(heap)) return formatValType(type)
  return `a ${isNullable(type) ? 'nullable ' : ''}reference to a ${canonicalType(heap).comp.kind} type`
}

function toNumber(value: unknown, type: ValType): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' || typeof value === 'symbol') refuse(value, type)
  return Number(value)
}

/** An i64 as its halves and as a bigint, in the same bytes. Not every engine that has bigints has arrays of them (Safari 14). */
const halves = new Int32Array(2)
const whole = typeof BigInt64Array === 'undefined' ? undefined : new BigInt64Array(halves.buffer)

/** Low and high halves of an i64 given as bigint, pair, or (for convenience) a safe integer. */
export function toHalves(value: unknown): readonly [number, number] {
  if (typeof value === 'bigint') {
    if (whole === undefined) return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> BigInt(32)))]
    whole[0] = value
    return [halves[0]!, halves[1]!]
  }
  if (Array.isArray(value) && value.length === 2) return [(value[0] as number) | 0, (value[1] as number) | 0]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return [value | 0, Math.floor(value / 0x1_0000_0000) | 0]
  return refuse(value, I64)
}
export function fromHalves(lo: number, hi: number, form: I64Form): unknown {
  if (form === 'pair') return [lo, hi]
  if (whole === undefined) return (BigInt(hi) << BigInt(32)) | BigInt(lo >>> 0)
  halves[0] = lo
  halves[1] = hi
  return whole[0]
}

/** A JS value as a reference of the store (JS API, ToWebAssemblyValue). */
export function toRef(value: unknown, type: ValType): unknown {
  if (value === null) {
    if (!isNullable(type)) refuse(value, type)
    return null
  }
  const heap = heapOf(type)
  if (heap === HEAP_EXTERN) return importReference(value)
  const top = topOf(heap)
  if (top !== HEAP_FUNC && top !== HEAP_ANY) return refuse(value, type)
  if (heap === HEAP_ANY) return importReference(value)
  const ref = top === HEAP_FUNC ? funcOf(value) : importReference(value)
  return ref !== undefined && isOfType(ref, type) ? ref : refuse(value, type)
}
export function fromRef(value: unknown, type: ValType, wrap: Wrap): unknown {
  if (value === null) return null
  const heap = heapOf(type)
  if (heap === HEAP_FUNC) return wrap(value as Func)
  if (heap === HEAP_EXN) throw new HostError('an exnref cannot be passed to JavaScript')
  return topOf(heap) === HEAP_FUNC ? wrap(value as Func) : exportReference(value)
}

/** Writes JS arguments into the frame at `base`. */
export function writeArguments(T: Thread, types: readonly ValType[], base: number, args: readonly unknown[]): void {
  let at = base
  for (let i = 0; i < types.length; i++) {
    const type = types[i]!
    writeValue(T, type, at, args[i])
    at += slotsOf(type) * 2
  }
}

function writeValue(T: Thread, type: ValType, at: number, value: unknown): void {
  if (type === I32) T.R[at] = toNumber(value, type)
  else if (type === F64) T.F[at >> 1] = toNumber(value, type)
  else if (type === F32) T.S[at] = toNumber(value, type)
  else if (type === I64) {
    const [lo, hi] = toHalves(value)
    T.R[at] = lo
    T.R[at + 1] = hi
  } else if (isRef(type)) T.refs[at >> 1] = toRef(value, type)
  else refuse(value, type)
}

function readValue(T: Thread, type: ValType, at: number, form: I64Form, wrap: Wrap): unknown {
  if (type === I32) return T.R[at]
  if (type === F64) return T.F[at >> 1]
  if (type === F32) return T.S[at]
  if (type === I64) return fromHalves(T.R[at]!, T.R[at + 1]!, form)
  if (isRef(type)) {
    const ref = T.refs[at >> 1]
    // The thread may be used again much later: it must not keep the result alive.
    T.refs[at >> 1] = null
    return fromRef(ref, type, wrap)
  }
  throw new HostError(type === V128 ? NO_VECTORS : `a ${formatValType(type)} cannot be passed to JavaScript`)
}

/** The results at `base` as JS sees them: undefined, one value, or an array. */
export function readResults(T: Thread, types: readonly ValType[], base: number, form: I64Form, wrap: Wrap): unknown {
  if (types.length === 0) return undefined
  if (types.length === 1) return readValue(T, types[0]!, base, form, wrap)
  const results: unknown[] = []
  let at = base
  for (const type of types) {
    results.push(readValue(T, type, at, form, wrap))
    at += slotsOf(type) * 2
  }
  return results
}

/** A JS value in the raw form that host functions return: a number, [lo, hi] for i64, a reference. */
export function toRaw(value: unknown, type: ValType): unknown {
  if (type === I32) return toNumber(value, type) | 0
  if (type === F64 || type === F32) return toNumber(value, type)
  if (type === I64) return toHalves(value)
  if (isRef(type)) return toRef(value, type)
  return refuse(value, type)
}
