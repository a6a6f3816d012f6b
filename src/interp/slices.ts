/**
 * Ticks: how long a thread stays in its executor, its fuel and budget, deadlines and interrupts. Called by the driver and the embedding.
 */
import { LimitError, type VitrineError } from '../errors.ts'
import type { Thread } from '../runtime/thread.ts'
import { backtrace } from './backtrace.ts'
import { now } from './clock.ts'

/** Ticks in one stay in the loop: long enough to cost nothing, short enough to look at the clock and leave on-stack-replaced code. */
const SLICE = 20_000
/**
 * Where somebody waits for the slice to end (the event loop, a deadline), it is cut to about this many ms: ticks can be
 * 4,096 instructions long, and without a JIT an instruction takes 40 times as long.
 */
const SLICE_MS = 2
/** With `mayYield`, control goes back to the host's event loop at least this often, in ms. */
export const YIELD_MS = 8

export const isTimed = (T: Thread): boolean => T.mayYield || T.deadline !== Infinity

/** Makes the next slices shorter or longer, by the time that the one which has just ended took. */
function fitSlices(T: Thread): void {
  const time = now()
  const took = time - T.sliceBegan
  T.sliceBegan = time
  if (took > SLICE_MS) T.sliceSize = Math.max(1, Math.floor((T.sliceSize * SLICE_MS) / took))
  else if (took * 4 < SLICE_MS) T.sliceSize = Math.min(SLICE, T.sliceSize * 2)
}

export function startSlice(T: Thread): void {
  T.slice = T.ticks = Math.max(1, Math.min(isTimed(T) ? T.sliceSize : SLICE, T.fuel, T.budget))
}

/** Books the used part of the current slice. */
export function endSlice(T: Thread): void {
  const used = T.slice - T.ticks
  T.elapsed += used
  T.fuel -= used
  T.budget -= used
  T.slice = T.ticks = 0
}

/** Gives the thread its fuel (ticks it may take at all). */
export function refuel(T: Thread, fuel: number): void {
  endSlice(T)
  T.fuel = fuel
  startSlice(T)
}

/** Lets the thread run for `budget` more ticks, or until `deadline` (ms on the clock of clock.ts). */
export function allow(T: Thread, budget: number, deadline: number): void {
  endSlice(T)
  T.budget = budget
  T.deadline = deadline
  startSlice(T)
}

/** Accounts for a used-up slice. True when the budget says stop; throws when fuel or time are up, or on an interrupt. */
export function sliceEnded(T: Thread): boolean {
  endSlice(T)
  if (isTimed(T)) fitSlices(T)
  checkLimits(T)
  startSlice(T)
  return T.budget <= 0 && T.pinned === 0
}

/** Throws when the thread may not go on at all. */
export function checkLimits(T: Thread): void {
  if (T.interrupt !== undefined) throw T.interrupt
  if (T.fuel <= 0) throw stopped(T, 'fuel', 'all fuel consumed by WebAssembly')
  if (T.deadline !== Infinity && now() >= T.deadline) throw timeLimitExceeded(T)
}

export const timeLimitExceeded = (T: Thread): VitrineError => stopped(T, 'timeout', 'time limit exceeded')

function stopped(T: Thread, limit: string, message: string): VitrineError {
  const frames = backtrace(T)
  const [top] = frames
  return new LimitError(limit, message, top === undefined ? {} : { offset: top.offset, funcidx: top.funcidx, funcName: top.name })
}

/** Takes a tick; whether the turn ends with it. */
export const isOver = (T: Thread, started: number): boolean => --T.ticks === 0 && (sliceEnded(T) || yieldDue(T, started))

export const yieldDue = (T: Thread, started: number): boolean => T.mayYield && T.pinned === 0 && now() - started >= YIELD_MS
