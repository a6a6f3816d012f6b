/**
 * Clocks as capabilities: the system's, a virtual one that only moves when the guest waits, and a fixed one.
 * `host/node` has a finer system clock (hrtime, CPU times). Used by clock_*, poll_oneoff and the file systems' timestamps.
 */
import { HostError } from '../errors.ts'
import type { Maybe } from './maybe.ts'
import { add, fromMillis, type Time, time, toMillis, ZERO } from './time.ts'

/** A wait that was started. */
export interface Timer {
  /** Settles when the time has come; `undefined` when it has come already (virtual clocks). */
  readonly done: Maybe<void>
  /** Gives the wait up; `done` then need not settle. */
  cancel(): void
}

export interface Clock {
  /** Time since 1970-01-01 00:00 UTC. */
  wall(): Time
  /** Never goes backwards; its zero is arbitrary. */
  monotonic(): Time
  /** CPU time of the process, or of the thread. Absent where the host cannot tell. */
  cpu?(of: 'process' | 'thread'): Time
  /** The smallest step of the clocks. */
  readonly resolution: Time
  /** Waits for a duration on the monotonic clock. */
  timer(duration: Time): Timer
}

const LONGEST_TIMEOUT = 0x7fffffff

/**
 * A timer over setTimeout which never fires early and takes durations beyond setTimeout's 2^31 ms.
 * For clocks that run in real time.
 */
export function realTimer(duration: Time, monotonic: () => Time): Timer {
  const end = toMillis(add(monotonic(), duration))
  if (typeof setTimeout !== 'function') throw new HostError('this JS engine has no setTimeout: use virtualClock() for guests that wait')
  let handle: ReturnType<typeof setTimeout> | undefined
  const done = new Promise<void>((resolve) => {
    const arm = (): void => {
      const left = end - toMillis(monotonic())
      if (left <= 0) resolve()
      else handle = setTimeout(arm, Math.min(Math.ceil(left), LONGEST_TIMEOUT))
    }
    arm()
  })
  return { done, cancel: () => clearTimeout(handle) }
}

/** The engine's clocks: Date.now and, where there is one, performance.now. */
export function systemClock(): Clock {
  const hasPerformance = typeof performance === 'object' && typeof performance.now === 'function'
  let last = ZERO
  const monotonic = (): Time => {
    const now = fromMillis(hasPerformance ? performance.now() : Date.now())
    if (now.seconds > last.seconds || (now.seconds === last.seconds && now.nanos > last.nanos)) last = now
    return last
  }
  return {
    wall: () => fromMillis(Date.now()),
    monotonic,
    resolution: time(0, hasPerformance ? 1_000 : 1_000_000),
    timer: (duration) => realTimer(duration, monotonic),
  }
}

export interface VirtualClockOptions {
  /** Wall time at the start, in nanoseconds (bigint) or milliseconds (number) since the epoch. Default 0. */
  start?: bigint | number
  /** Nanoseconds that pass with every reading, so that loops which wait for time to pass come to an end. Default 1000. */
  step?: number
}

/** Where the monotonic time of virtual clocks begins. Not at zero: the Go runtime takes that for a broken clock. */
const BOOT = time(1, 0)

/** A clock that stands still except for `step` per reading, and jumps ahead when the guest waits: runs are repeatable and never sleep. */
export function virtualClock(options: VirtualClockOptions = {}): Clock & { advance(duration: Time): void } {
  const epoch = startTime(options.start ?? 0)
  const step = time(0, options.step ?? 1000)
  let passed = ZERO
  const tick = (): Time => {
    const now = passed
    passed = add(passed, step)
    return now
  }
  const advance = (duration: Time): void => {
    passed = add(passed, duration)
  }
  return {
    wall: () => add(epoch, tick()),
    monotonic: () => add(BOOT, tick()),
    cpu: tick,
    resolution: time(0, 1),
    advance,
    timer: (duration) => {
      advance(duration)
      return { done: undefined, cancel: () => {} }
    },
  }
}

/** The wall clock never moves; the monotonic clock moves only when the guest waits. */
export function fixedClock(at: bigint | number): Clock {
  const epoch = startTime(at)
  const moving = virtualClock({ step: 0 })
  return { ...moving, wall: () => epoch }
}

function startTime(start: bigint | number): Time {
  if (typeof start === 'number') return fromMillis(start)
  // The only BigInt of the host layer: an option value, split by its decimal digits.
  const digits = start.toString().padStart(10, '0')
  if (digits[0] === '-') throw new HostError('clock start before 1970')
  return time(Number(digits.slice(0, -9)), Number(digits.slice(-9)))
}
