/**
 * Times as (seconds, nanoseconds): nanoseconds since the epoch exceed 2^53, and the core does without BigInt.
 * Conversions to the 64-bit (lo, hi) halves of the ABI are exact integer arithmetic in 16-bit limbs.
 */

/** A point in time or a duration. `seconds` is an integer (below 2^53), `nanos` an integer in [0, 10^9). */
export interface Time {
  readonly seconds: number
  readonly nanos: number
}

/** An unsigned 64-bit value as two 32-bit halves, each taken modulo 2^32. */
export interface U64 {
  readonly lo: number
  readonly hi: number
}

export const ZERO: Time = { seconds: 0, nanos: 0 }
export const BILLION = 1_000_000_000

export const time = (seconds: number, nanos: number): Time => ({ seconds, nanos })

/** From a possibly fractional number of milliseconds, rounded down to whole nanoseconds. */
export function fromMillis(ms: number): Time {
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanos: Math.min(BILLION - 1, Math.max(0, Math.floor((ms - seconds * 1000) * 1e6))) }
}

/** In milliseconds, with fraction; for timers only. */
export const toMillis = (t: Time): number => t.seconds * 1000 + t.nanos / 1e6

export function add(a: Time, b: Time): Time {
  const nanos = a.nanos + b.nanos
  return nanos >= BILLION ? { seconds: a.seconds + b.seconds + 1, nanos: nanos - BILLION } : { seconds: a.seconds + b.seconds, nanos }
}

/** a − b, at least zero. */
export function since(a: Time, b: Time): Time {
  if (compare(a, b) <= 0) return ZERO
  const nanos = a.nanos - b.nanos
  return nanos < 0 ? { seconds: a.seconds - b.seconds - 1, nanos: nanos + BILLION } : { seconds: a.seconds - b.seconds, nanos }
}

/** Negative, zero or positive as a < b, a = b, a > b. */
export const compare = (a: Time, b: Time): number => (a.seconds !== b.seconds ? a.seconds - b.seconds : a.nanos - b.nanos)

/** Nanoseconds as 64 bits. Times before the epoch become 0: the ABI's timestamps are unsigned. */
export function toNanos(t: Time): U64 {
  if (t.seconds < 0) return { lo: 0, hi: 0 }
  const s0 = t.seconds % 0x10000
  const s1 = Math.floor(t.seconds / 0x10000) % 0x10000
  const s2 = Math.floor(t.seconds / 0x100000000)
  const r0 = s0 * BILLION + t.nanos
  const r1 = Math.floor(r0 / 0x10000) + s1 * BILLION
  const hi = Math.floor(r1 / 0x10000) + ((s2 * BILLION) % 0x100000000)
  return { lo: ((r1 % 0x10000) * 0x10000 + (r0 % 0x10000)) | 0, hi: (hi % 0x100000000) | 0 }
}

/** The time of a 64-bit count of nanoseconds, given as two 32-bit halves. */
export function fromNanos(lo: number, hi: number): Time {
  let seconds = 0
  let rest = 0
  for (const limb of [hi >>> 16, hi & 0xffff, lo >>> 16, lo & 0xffff]) {
    const current = rest * 0x10000 + limb
    const digit = Math.floor(current / BILLION)
    rest = current - digit * BILLION
    seconds = seconds * 0x10000 + digit
  }
  return { seconds, nanos: rest }
}

/** An exact non-negative integer below 2^53 as 64 bits. */
export const u64 = (value: number): U64 => ({ lo: (value % 0x100000000) | 0, hi: Math.floor(value / 0x100000000) | 0 })
