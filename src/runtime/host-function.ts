/**
 * Host functions as the engine sees them (spec §4.2.7). The embedding wraps plain JS functions into these;
 * WASI implements them directly, so that no value is converted on the way to linear memory.
 */
import type { FuncType } from '../spec/types.ts'
import type { Memory } from './memory.ts'

/** What a host function may do to the thread that called it. Valid only until the call (or its promise) has ended. */
export interface Caller {
  /** Memory 0 of the calling instance, undefined when it has none. */
  readonly memory: Memory | undefined
  /** Ends the whole thread with this exit code once the host function has returned. Not catchable by Wasm. */
  exit(code: number): void
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
