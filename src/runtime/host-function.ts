/**
 * Host functions as the engine sees them (spec §4.2.7). The embedding wraps plain JS functions into these;
 * WASI implements them directly, so that no value is converted on the way to linear memory.
 */
import { HostError } from '../errors.ts'
import { type FuncType, isRef } from '../spec/types.ts'
import type { Memory } from './memory.ts'

/** What a host function may do to the thread that called it. Valid only until the call (or its promise) has ended. */
export interface Caller {
  /** Memory 0 of the calling instance, undefined when it has none. */
  readonly memory: Memory | undefined
  /** Ends the whole thread with this exit code once the host function has returned. Not catchable by Wasm. */
  exit(code: number): void
  /** Ends the turn of the calling thread once the host function has returned: other green threads go first. Absent where there are none. */
  yield?(): void
}

/**
 * `args` are the parameters as raw numbers: i32 as int32, f32 and f64 as numbers, i64 as two int32 halves (low, high)
 * in a row, references as themselves. The result is undefined, a number, or for i64 `[lo, hi]`; an array for several results.
 * A promise parks the thread (only where `suspending` is true).
 */
export interface RawHostFunction {
  readonly type: FuncType
  readonly suspending: boolean
  readonly call: (caller: Caller, ...args: never[]) => unknown
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

/**
 * Whether what a host function returned is a promise of its result. One that is not declared as suspending may return a
 * promise only as a reference; else HostError names it.
 */
export function isPending(
  { type, suspending }: Pick<RawHostFunction, 'type' | 'suspending'>,
  result: unknown,
  name: string | undefined,
): result is PromiseLike<unknown> {
  if (!isPromise(result)) return false
  if (suspending) return true
  if (type.results.length === 1 && isRef(type.results[0]!)) return false
  throw new HostError(`${name ?? 'a host function'} returned a promise; declare it with suspending()`, { funcName: name })
}
