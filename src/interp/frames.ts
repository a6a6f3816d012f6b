/** Frame helpers that the executors and the driver share. */
import type { Thread } from '../runtime/thread.ts'

/**
 * Copies `n` i32 units of values from `s` to `d` (i32 units from the start of the register file), references with them.
 * `d` lies at or below `s` wherever the compiler uses it, so copying upwards is right also when they overlap.
 */
export function copySlots(T: Thread, d: number, s: number, n: number): void {
  T.R.copyWithin(d, s, s + n)
  const { refs } = T
  for (let i = 0; i < n >> 1; i++) refs[(d >> 1) + i] = refs[(s >> 1) + i]
}

/** Takes the references in slots from..to (from the start of the register file) away, so that nothing is kept alive. */
export function clearRefs(T: Thread, from: number, to: number): void {
  const { refs } = T
  for (let i = from; i < to; i++) refs[i] = null
}
