/**
 * What every Preview 1 function works on: the capabilities of one guest. Made by `WASI` (`../wasi.ts`).
 */
import type { Clock } from '../../host/clock.ts'
import type { Maybe } from '../../host/maybe.ts'
import type { DeniedLog, HostLimits } from '../../host/policy.ts'
import type { Random } from '../../host/random.ts'
import type { Memory } from '../../runtime/memory.ts'
import type { FdTable } from './fd-table.ts'

export interface Context {
  readonly fds: FdTable
  /** Each ends in a NUL byte. */
  readonly args: readonly Uint8Array[]
  /** `NAME=value`, each ends in a NUL byte. */
  readonly env: readonly Uint8Array[]
  readonly clock: Clock
  readonly random: Random
  readonly limits: HostLimits
  readonly denied: DeniedLog
  readonly signal: AbortSignal | undefined
  /** Sees every call after it has ended: for strace and recording. */
  readonly observe: ((call: HostCall) => void) | undefined
}

/** One finished host call. i64 arguments are two int32 halves (low, high). */
export interface HostCall {
  readonly name: string
  readonly args: readonly number[]
  /** The number that the guest got; undefined for proc_exit. */
  readonly errno: number | undefined
}

/**
 * A Preview 1 function: pointers and sizes come as int32 (`>>> 0` makes them unsigned), i64 as two int32 halves.
 * It returns 0 or throws `fail(errno)`; pointers out of bounds throw Trap. After a wait, windows on memory must be fetched again.
 */
export type Preview1Function = (ctx: Context, memory: Memory, ...args: number[]) => Maybe<number>
