/** A thread that stands at `memory.atomic.wait32` or `wait64` (threads proposal). Queued in Memory.waiters. */
import type { Memory } from './memory.ts'
import type { Thread } from './thread.ts'

/** What wait gives: woken by notify; the value was another one; nobody notified in time. */
export const WAIT = { ok: 0, notEqual: 1, timedOut: 2 } as const

export interface Waiter {
  readonly thread: Thread
  readonly memory: Memory
  readonly address: number
  /** Bytes of the value that was compared: 4 or 8. */
  readonly bytes: number
  /** In ms, as the driver's clock tells it; Infinity for no limit. */
  readonly until: number
  /** i32 unit of the register file that receives the result. */
  readonly place: number
}
