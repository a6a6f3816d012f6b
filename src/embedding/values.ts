/**
 * Conversions between JS values and Wasm values (spec: JS API, ToWebAssemblyValue), straight from and to the register file.
 * i32, f32, f64: number. i64: bigint, or [lo, hi] with `{ i64: 'pair' }`. funcref: exported function or null. externref: anything.
 */
import { HostError, VitrineError } from '../errors.ts'
import type { Func } from '../runtime/func.ts'
import type { Thread } from '../runtime/thread.ts'
import {
  type ValType,
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_NOEXTERN,
  I32,
  I64,
  formatValType,
  heapOf,
  isNullable,
  isRef,
  slotsOf,
} from '../spec/types.ts'

const valTypes: Record<string, ValType> = { i32: I32, i64: I64, f32: F32, f64: F64, funcref: FUNCREF, externref: EXTERNREF }
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

const refuse = (value: unknown, type: ValType): never => {
  throw new HostError(`cannot convert ${typeof value === 'symbol' ? 'a symbol' : describe(value)} to ${formatValType(type)}`)
}
const describe = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value)
    : typeof value === 'bigint'
      ? `${value}n`
      : Array.isArray(value)
        ? 'an array'
        : String(value)

function toNumber(value: unknown, type: ValType): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' || typeof value === 'symbol') refuse(value, type)
  return Number(value)
}

/** Low and high halves of an i64 given as bigint, pair, or (for convenience) a safe integer. */
export function toHalves(value: unknown): readonly [number, number] {
  if (typeof value === 'bigint') {
    const n = BigInt.asIntN(64, value)
    return [Number(BigInt.asIntN(32, n)), Number(n >> BigInt(32))]
  }
  if (Array.isArray(value) && value.length === 2) return [(value[0] as number) | 0, (value[1] as number) | 0]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return [value | 0, Math.floor(value / 0x1_0000_0000) | 0]
  return refuse(value, I64)
}
export function fromHalves(lo: number, hi: number, form: I64Form): unknown {
  if (form === 'pair') return [lo, hi]
  return (BigInt(hi) << BigInt(32)) | BigInt(lo >>> 0)
}

/** A JS value as a reference of the store. */
export function toRef(value: unknown, type: ValType): unknown {
  if (value === null) {
    if (!isNullable(type)) refuse(value, type)
    return null
  }
  const heap = heapOf(type)
  if (heap === HEAP_EXTERN) return value
  if (heap === HEAP_NOEXTERN || heap === HEAP_EXN) return refuse(value, type)
  return funcOf(value) ?? refuse(value, type)
}
export function fromRef(value: unknown, type: ValType, wrap: Wrap): unknown {
  if (value === null || heapOf(type) === HEAP_EXTERN) return value
  if (heapOf(type) === HEAP_EXN) throw new HostError('an exnref cannot be passed to JavaScript')
  return wrap(value as Func)
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
  throw new HostError(`a ${formatValType(type)} cannot be passed to JavaScript`)
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
