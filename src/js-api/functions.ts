/**
 * Functions across the border (JS API, Exported Functions; JavaScript Promise Integration): store functions as JS functions, JS
 * functions as host functions, and both with promises, for which the thread is parked.
 */
import { HostError } from '../errors.ts'
import { importReference } from '../embedding/heap-objects.ts'
import { begin, invoke } from '../embedding/invoke.ts'
import { bindFunc, fromHalves, fromRef, funcOf, readResults, toRaw } from '../embedding/values.ts'
import { abandon, drive, settle } from '../interp/driver.ts'
import { allow, refuel } from '../interp/slices.ts'
import { Exn, jsTag } from '../runtime/exception.ts'
import type { Func } from '../runtime/func.ts'
import type { Caller, RawHostFunction } from '../runtime/host-function.ts'
import type { Pending, Thread } from '../runtime/thread.ts'
import { type FuncType, I64, isRef } from '../spec/types.ts'
import { store } from './agent.ts'
import { RuntimeError, originOf, outward } from './errors.ts'
import { Slots, defineFixed, defineInterface, iterate } from './idl.ts'
import { hasHidden, toWasm } from './values.ts'

type Callable = (...args: unknown[]) => unknown

// ---- store functions as JS functions ------------------------------------------------------------------------------

/** The arguments of a call, converted. Code of the user may run: no thread is taken for the call before this is over. */
function convertArguments({ type }: Func, args: readonly unknown[]): unknown[] {
  if (hasHidden(type)) throw new TypeError('type incompatibility when transforming from/to JS')
  return type.params.map((t, i) => toWasm(args[i], t))
}

/** Calls a store function with JS values. */
export function callFunction(f: Func, args: readonly unknown[]): unknown {
  const values = convertArguments(f, args)
  try {
    return invoke(store, f, values, exportedFunction)
  } catch (error) {
    throw outward(error)
  }
}

/** The Exported Function of a store function; always the same one. An arrow function has no [[Construct]] either. */
export function exportedFunction(f: Func): unknown {
  if (f.exported !== undefined) return f.exported
  const exported = (...args: unknown[]): unknown => callFunction(f, args)
  defineFixed(exported, 'name', String(f.funcidx))
  defineFixed(exported, 'length', f.type.params.length)
  f.exported = exported
  bindFunc(exported, f)
  return exported
}

// ---- JS functions as host functions -------------------------------------------------------------------------------

/** Host function for an import of type `type` (JS API, create a host function). */
export function hostFunction(fn: Callable, type: FuncType, suspending: boolean, name: string): RawHostFunction {
  const { params, results } = type
  const hidden = hasHidden(type)
  const plain = params.every((t) => t !== I64 && !isRef(t))
  const finish = (result: unknown): unknown => fromResult(result, results)
  const call = (caller: Caller, ...raw: unknown[]): unknown => {
    try {
      if (hidden) throw new TypeError('type incompatibility when transforming from/to JS')
      const result = Reflect.apply(fn, undefined, plain ? raw : jsArguments(raw, type)) as unknown
      if (!suspending || !isPromise(result)) return finish(result)
      refuseUnlessSuspendable(caller, name)
      return result.then(finish).catch(inward)
    } catch (error) {
      return inward(error)
    }
  }
  return { type, suspending, call }
}

/** What JS has thrown, as the engine knows it: a trap that came through JS is that trap still, and no handler may have it. */
function inward(error: unknown): never {
  const origin = originOf(error)
  if (origin !== undefined) throw origin
  const inner = importReference(error)
  throw inner === error ? error : new Exn(jsTag(), [inner])
}

function jsArguments(raw: readonly unknown[], { params }: FuncType): unknown[] {
  const args: unknown[] = []
  let i = 0
  for (const type of params) {
    if (type === I64) {
      args.push(fromHalves(raw[i] as number, raw[i + 1] as number, store.i64))
      i += 2
    } else {
      args.push(isRef(type) ? fromRef(raw[i], type, exportedFunction) : raw[i])
      i++
    }
  }
  return args
}

function fromResult(result: unknown, types: FuncType['results']): unknown {
  if (types.length === 0) return undefined
  if (types.length === 1) return toRaw(toWasm(result, types[0]!), types[0]!)
  const list = iterate(result)
  if (list === undefined) throw new TypeError('multi-return value must be iterable')
  if (list.length !== types.length) throw new TypeError(`multi-return length mismatch: ${list.length} values for ${types.length} results`)
  return types.map((type, i) => toRaw(toWasm(list[i], type), type))
}

// ---- JavaScript Promise Integration -------------------------------------------------------------------------------

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

function refuseUnlessSuspendable(caller: Caller, name: string): void {
  const { thread } = caller as { thread?: Thread }
  if (thread?.mayPark !== true) throw new HostError(`trying to suspend in ${name} without WebAssembly.promising`)
  // The call of this very host function is one.
  if (thread.pinned > 1) throw new HostError(`trying to suspend JavaScript frames in ${name}`)
}

const suspendings: Slots<{ readonly fn: Callable }> = new Slots('Suspending')

/** The JS function in a Suspending object; undefined for anything else. */
export const suspendingFunction = (value: unknown): Callable | undefined => suspendings.find(value)?.fn

export class Suspending {
  constructor(fn: unknown) {
    if (typeof fn !== 'function') throw new TypeError('WebAssembly.Suspending(): Argument 0 must be a function')
    suspendings.set(this, { fn: fn as Callable })
  }
}
defineInterface(Suspending, 'Suspending', {})

/** WebAssembly.promising. */
export function promising(fn: unknown): Callable {
  const f = funcOf(fn)
  if (f === undefined) throw new TypeError('WebAssembly.promising(): Argument 0 must be a WebAssembly exported function')
  const wrapper = (...args: unknown[]): Promise<unknown> => callPromising(f, args)
  defineFixed(wrapper, 'name', String(f.funcidx))
  defineFixed(wrapper, 'length', f.type.params.length)
  return wrapper
}

/**
 * Calls a store function on a thread of its own. It runs at once, and until it is done or a promise parks it, with nothing in
 * between: no turns for others as under invokeAsync, which the guest's JS side would not expect.
 */
async function callPromising(f: Func, args: readonly unknown[]): Promise<unknown> {
  if (f.host !== undefined) return callFunction(f, args)
  const values = convertArguments(f, args)
  const T = store.acquire(f.instance!)
  try {
    refuel(T, Infinity)
    allow(T, Infinity, Infinity)
    T.mayPark = true
    const base = begin(T, f, values)
    let outcome = drive(T)
    while (outcome !== 'done') {
      if (outcome === 'parked') outcome = settle(T, await settled(T.pending!))
      else if (outcome === 'waiting') {
        waitOnStack(T)
        outcome = drive(T)
      } else {
        abandon(T)
        throw new RuntimeError(`the call was given up: ${outcome}`)
      }
    }
    return readResults(T, f.type.results, base, store.i64, exportedFunction)
  } catch (error) {
    throw outward(error)
  } finally {
    store.release(T)
  }
}

/** memory.atomic.wait: as in a synchronous call. */
function waitOnStack(T: Thread): void {
  const { scheduler } = store
  try {
    scheduler.waitNow(T)
  } finally {
    scheduler.remove(scheduler.taskOf(T)!)
  }
}

async function settled({ promise }: Pending): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error }
  }
}
