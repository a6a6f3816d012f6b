/** Bulk work in chunks: each started chunk is one tick, after which the thread may park in the middle of the op. */
import * as STATUS from '../../runtime/status.ts'
import type { Thread } from '../../runtime/thread.ts'

/**
 * Does `total` units of work, `chunk` at a time. `step(done, count)` does the next `count`; it must not depend on chunk
 * boundaries. When ticks run out it returns `bulkTick` with the progress in the thread, and goes on from there next time.
 */
export function inChunks(T: Thread, total: number, chunk: number, step: (done: number, count: number) => void): number {
  let done = T.progress
  while (done < total) {
    const count = Math.min(chunk, total - done)
    step(done, count)
    done += count
    if (--T.ticks === 0) {
      T.progress = done
      return STATUS.bulkTick
    }
  }
  T.progress = 0
  return STATUS.next
}
