/** Functions across the border: exported Wasm functions as JS functions, JS functions as host functions. */
import { Func } from '../runtime/func.ts'
import { type RawHostFunction, isPending } from '../runtime/host-function.ts'
import { type FuncType, I32, I64, V128, isRef } from '../spec/types.ts'
import { callHost } from './call-host.ts'
import { invoke } from './invoke.ts'
import { HostError, LinkError } from '../errors.ts'
import { Store } from './store.ts'
import { type I64Form, NO_VECTORS, bindFunc, fromHalves, fromRef, toRaw } from './values.ts'

/** Any JS function that a guest may call. */
export type HostFunction = (...args: never[]) => unknown

const suspendingFunctions = new WeakSet<object>()

/**
 * Declares that a host function may return a promise. Under `invokeAsync` the calling thread is parked until it settles;
 * in a synchronous call a returned promise is an error that names the function.
 */
export function suspending<F extends HostFunction>(fn: F): F {
  suspendingFunctions.add(fn)
  return fn
}

/** Whether an import value is a host function in raw form (see RawHostFunction), as WASI gives them. */
export const isRaw = (value: unknown): value is RawHostFunction =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as RawHostFunction).call === 'function' &&
  (value as RawHostFunction).type !== undefined

/** Wraps a JS function for an import of type `type`. */
export function hostFunction(fn: HostFunction, type: FuncType, form: I64Form, name: string): RawHostFunction {
  const { params, results } = type
  const hasVectors = params.includes(V128) || results.includes(V128)
  const plain = params.every((t) => t !== I64 && !isRef(t))
  const [only] = results
  const several = (result: unknown): unknown => {
    const list = Array.isArray(result) ? (result as unknown[]) : isIterable(result) ? [...result] : undefined
    if (list === undefined || list.length !== results.length) throw new HostError(`${name} must return ${results.length} values`)
    return results.map((t, i) => toRaw(list[i], t))
  }
  const finish = only === undefined ? () => undefined : results.length > 1 ? several : (result: unknown) => toRaw(result, only)
  const about = { type, suspending: suspendingFunctions.has(fn) }
  const f = fn as (...args: unknown[]) => unknown
  const isI32 = results.length === 1 && only === I32
  const seen = (result: unknown): unknown => {
    // The most frequent case: without a JIT, calls take time.
    if (isI32 && typeof result === 'number') return result | 0
    return typeof result === 'object' && isPending(about, result, name) ? result.then(finish) : finish(result)
  }
  const any = (_caller: unknown, ...raw: unknown[]): unknown => {
    if (hasVectors) throw new HostError(`${name}: ${NO_VECTORS}`)
    return seen(f(...(plain ? raw : jsArguments(raw, type, form))))
  }
  // Gathering the arguments and spreading them takes time without a JIT.
  const few: readonly RawHostFunction['call'][] = [
    () => seen(f()),
    (_caller, a) => seen(f(a)),
    (_caller, a, b) => seen(f(a, b)),
    (_caller, a, b, c) => seen(f(a, b, c)),
  ]
  return { ...about, call: plain && !hasVectors ? (few[params.length] ?? any) : any }
}

const isIterable = (value: unknown): value is Iterable<unknown> => typeof value === 'object' && value !== null && Symbol.iterator in value

/** Raw arguments as JS sees them: i64 halves joined, functions wrapped. */
function jsArguments(raw: readonly unknown[], type: FuncType, form: I64Form): unknown[] {
  const { params } = type
  const args: unknown[] = []
  let at = 0
  for (let i = 0; i < params.length; i++) {
    const t = params[i]!
    if (t === I64) {
      args.push(fromHalves(raw[at] as number, raw[at + 1] as number, form))
      at += 2
    } else {
      args.push(isRef(t) ? fromRef(raw[at], t, wrapFunc) : raw[at])
      at++
    }
  }
  return args
}

/** Stores by the instance they belong to: an exported function runs in its own instance's store. */
const stores = new WeakMap<object, Store>()
export const bindStore = (instance: object, store: Store): void => void stores.set(instance, store)
export function storeOf(f: Func): Store {
  const store = f.instance === undefined ? undefined : stores.get(f.instance)
  if (store === undefined) throw new LinkError('the function belongs to no instance')
  return store
}

/** The JS function of a store function; always the same one. Its name is the function index, as the JS API has it. */
export function wrapFunc(f: Func): unknown {
  if (f.exported !== undefined) return f.exported
  const exported =
    f.host === undefined
      ? (...args: unknown[]): unknown => invoke(storeOf(f), f, args, wrapFunc)
      : (...args: unknown[]): unknown => callHost(f, args, 'bigint', wrapFunc)
  Object.defineProperty(exported, 'name', { value: String(f.funcidx) })
  Object.defineProperty(exported, 'length', { value: f.type.params.length })
  f.exported = exported
  bindFunc(exported, f)
  return exported
}
