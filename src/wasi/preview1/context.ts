/**
 * What every Preview 1 function works on: the capabilities of one guest. Made by `WASI` (`../wasi.ts`).
 */
import type { Clock } from '../../host/clock.ts'
import type { Maybe } from '../../host/maybe.ts'
import type { DeniedLog, HostLimits } from '../../host/policy.ts'
import type { Random } from '../../host/random.ts'
import type { AbortSignalLike } from '../../runtime/abort-signal.ts'
import type { Memory } from '../../runtime/memory.ts'
import type { FdTable } from './fd-table.ts'
import type { ThreadNumbers } from './record.ts'

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
  readonly signal: AbortSignalLike | undefined
  /** Told of every call: for strace, observers and records. */
  readonly watchers: readonly Watcher[]
  /** Whether what calls write to guest memory is noted for the watchers. */
  readonly records: boolean
  /** How far the write has come that the call under way begins; taken by whoever waits for it. */
  transfer: Transfer | undefined
  /** The calls in which the guest was stopped. */
  readonly interrupted: Interrupted[]
  readonly threads: ThreadNumbers
  /** What still waits for time to pass or for a stream, to be let go when the guest has ended. */
  readonly waits: Set<() => void>
}

/** A write that may be given up half-way. */
export interface Transfer {
  /** Bytes that the guest wants written. */
  readonly of: number
  /** Bytes that are known to be written by now. */
  readonly written: () => number
}

/** A host call in which a guest was stopped (signal, time limit) while it waited. */
export interface Interrupted {
  readonly call: string
  /** The descriptor that it was about, if it is about one. */
  readonly fd: number | undefined
  /** Of a write: bytes that are known to be written, of those that were asked for. */
  readonly written: number | undefined
  readonly of: number | undefined
}

/** Told of a call before it begins; the function that it returns is told how it ended. */
export type Watcher = (name: string, args: readonly number[], memory: Memory | undefined) => (end: CallEnd) => void

export interface CallEnd {
  /** The number that the guest got; undefined for proc_exit, and with `error`. */
  readonly errno: number | undefined
  /** What ended the program inside the call: a trap, or that the call was given up. */
  readonly error: unknown
  /** Whether the guest waited. */
  readonly parked: boolean
  /** Who called, as a number. */
  readonly thread: number
  /** Of a write that was given up: bytes that are known to be written. */
  readonly written?: number | undefined
  /** What the call wrote to guest memory; empty unless calls are recorded. */
  readonly writes: readonly MemoryWrite[]
}

/** Bytes that a host call left in guest memory. */
export interface MemoryWrite {
  readonly ptr: number
  readonly bytes: Uint8Array
}

/** One finished host call. i64 arguments are two int32 halves (low, high). */
export interface HostCall {
  readonly name: string
  readonly args: readonly number[]
  /** The number that the guest got; undefined for proc_exit, and for a call in which the program ended. */
  readonly errno: number | undefined
}

/** A host call with everything that it did to the guest: enough to run the guest again without the host. */
export interface RecordedCall extends HostCall {
  readonly writes: readonly MemoryWrite[]
  /** Whether the guest waited for it. */
  readonly parked: boolean
  /** Which of the guest's threads called, in the order in which each called first; one that is started from outside anew counts anew. */
  readonly thread: number
}

/**
 * A Preview 1 function: pointers and sizes come as int32 (`>>> 0` makes them unsigned), i64 as two int32 halves.
 * It returns 0 or throws `fail(errno)`; pointers out of bounds throw Trap. After a wait, windows on memory must be fetched again.
 */
export type Preview1Function = (ctx: Context, memory: Memory, ...args: number[]) => Maybe<number>
