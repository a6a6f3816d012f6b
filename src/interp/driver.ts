/**
 * Drives a thread: runs its executor and does what the dispatch loop cannot do itself — translate a function, call the
 * host or another instance, grow the register file, count fuel and time, throw, build the backtrace of a trap. Called by the embedding.
 */
import { ExhaustionError, HostError, LimitError, Trap, type VitrineError } from '../errors.ts'
import { CROSS_PC, LEAVE_PC } from '../runtime/code.ts'
import type { Func } from '../runtime/func.ts'
import { type Caller, isPending } from '../runtime/host-function.ts'
import type { Memory } from '../runtime/memory.ts'
import * as STATUS from '../runtime/status.ts'
import { trapMessages } from '../runtime/traps.ts'
import { SEARCHED_CATCHES } from '../runtime/ticks.ts'
import type { Pending, Thread } from '../runtime/thread.ts'
import { backtrace } from './backtrace.ts'
import { now } from './clock.ts'
import { caught, raise } from './exceptions.ts'
import { dropStacks, switching } from './stacks.ts'
import { clearRefs, goTo, moveArguments } from './frames.ts'
import { readParams, writeResults } from './values.ts'

/**
 * Why `drive` came back: the invocation is done; a host call's promise is pending; the thread waits for another one to notify
 * it; the tick budget is used up, it is time to let the host's event loop run, or a debugger stops it; the guest asked to exit.
 */
export type Outcome = 'done' | 'parked' | 'waiting' | 'stopped' | 'exit'

/** Ticks in one stay in the loop: long enough to cost nothing, short enough to look at the clock and leave on-stack-replaced code. */
const SLICE = 20_000
/**
 * Where somebody waits for the slice to end (the event loop, a deadline), it is cut to about this many ms: ticks can be
 * 4,096 instructions long, and without a JIT an instruction takes 40 times as long.
 */
const SLICE_MS = 2
/** With `mayYield`, control goes back to the host's event loop at least this often, in ms. */
export const YIELD_MS = 8
/** Host functions on the JS stack at once, of all threads: each of them, and the invocation inside it, takes JS stack. */
const MAX_NESTING = 256

/**
 * Opens a frame for a call from the host and returns its base (i32 units): the caller writes the arguments there, then
 * drives the thread. Results end up at the same place.
 */
export function enterFrame(T: Thread, f: Func): number {
  refuseReentry(f)
  const base = T.saved.length === 0 ? 0 : T.top
  const link = base + f.layout.link * 2
  if (inHost.length >= MAX_NESTING || !T.reserve(link + 2))
    throw new ExhaustionError('call stack exhausted', T.saved.length === 0 ? [] : backtrace(T))
  T.saved.push({ instance: T.instance, unit: T.unit, pc: T.pc, entry: true, fp: T.fp, depth: T.depth })
  T.R[link] = LEAVE_PC
  T.R[link + 1] = T.fp
  T.fp = base
  T.depth++
  goTo(T, f)
  if (T.ticks === 0) startSlice(T)
  return base
}

/**
 * Architecture rule 4: while a thread is parked inside an instance nobody else may enter it, because most guests keep a
 * last-in-first-out stack in their memory.
 */
function refuseReentry(f: Func): void {
  const { instance, funcidx } = f
  if (instance !== undefined && instance.parked > 0)
    throw new HostError('another call waits inside this instance; enter it again only with the option reentrant: true', { funcidx })
}

/** Runs the innermost invocation until it is done or cannot go on. On an error it is taken off the thread. */
export function drive(T: Thread): Outcome {
  const invocation = innermostEntry(T)
  const started = isTimed(T) ? now() : 0
  T.sliceBegan = started
  try {
    for (;;) {
      const status = T.executor.run(T)
      switch (status) {
        case STATUS.leave:
          leave(T)
          return 'done'
        case STATUS.returnCross: {
          const s = T.saved.pop()!
          if (s.resumption !== undefined) switching!.returnToResumer(T, s)
          else {
            T.instance = s.instance
            T.unit = s.unit
            T.pc = s.pc
          }
          break
        }
        case STATUS.resume:
        case STATUS.suspend:
        case STATUS.switchTo: {
          const stop = isOver(T, started)
          const outcome = transfer(T, status)
          if (outcome !== undefined) return outcome
          if (stop) return 'stopped'
          break
        }
        case STATUS.translate:
          T.executor.translate(T)
          break
        case STATUS.tick:
        case STATUS.bulkTick:
          T.arrived = false
          if (sliceEnded(T) || yieldDue(T, started)) return 'stopped'
          break
        case STATUS.breakpoint:
          // What is left of the turn is known then.
          endSlice(T)
          startSlice(T)
          return 'stopped'
        case STATUS.wait:
          T.pc = T.executor.afterCall(T)
          T.arrived = true
          return 'waiting'
        case STATUS.stackFull:
          if (T.depth > T.maxDepth || !T.reserve(T.fp + T.executor.frameSize(T)))
            throw new ExhaustionError('call stack exhausted', backtrace(T))
          break
        case STATUS.call:
        case STATUS.tailCall: {
          // The tick is accounted for first, so that whatever runs inside the call finds ticks to take.
          const stop = isOver(T, started)
          const outcome = status === STATUS.call ? callFar(T) : tailCallFar(T)
          if (outcome !== undefined) return outcome
          if (stop) return 'stopped'
          break
        }
        case STATUS.thrown: {
          const stop = throwExn(T, started)
          if (stop) return 'stopped'
          break
        }
        default:
          throw new Trap(trapMessage(T, status), backtrace(T))
      }
    }
  } catch (error) {
    throw unwind(T, invocation, error)
  }
}

function trapMessage(T: Thread, status: number): string {
  const message = trapMessages[status - STATUS.firstTrap]!
  const { trapDetail } = T
  T.trapDetail = -1
  return trapDetail < 0 ? message : `${message} ${trapDetail}`
}

function innermostEntry(T: Thread): number {
  let i = T.saved.length - 1
  while (i >= 0 && !T.saved[i]!.entry) i--
  return i
}

/** Takes the innermost entry frame off. */
function leave(T: Thread): void {
  const s = T.saved.pop()!
  T.instance = s.instance
  T.unit = s.unit
  T.pc = s.pc
  T.fp = s.fp
  T.depth = s.depth
}

/** Drops everything from entry frame `invocation` on. Returns the error to throw, with a backtrace if it is a bare trap of the host layer. */
export function unwind(T: Thread, invocation: number, error: unknown): unknown {
  if (invocation < 0) return error
  let thrown = error
  if (error instanceof Trap && error.frames.length === 0 && error.code === 'trap') thrown = new Trap(error.message, backtrace(T))
  const at = T.saved[invocation]!
  dropStacks(T, invocation)
  // Frames of the invocation begin above its caller's; whatever they held is let go.
  const from = invocation === 0 ? 0 : T.top >> 1
  T.saved.length = invocation + 1
  leave(T)
  clearRefs(T, from, T.refs.length)
  T.progress = 0
  T.partial = undefined
  T.pending = undefined
  T.transfer = undefined
  dequeue(T)
  if (at.depth === 0) T.labels.length = 0
  return thrown
}

/** Takes a thread out of the queue that it waits in. */
export function dequeue(T: Thread): void {
  if (T.waiting === undefined) return
  const { waiters } = T.waiting.memory
  waiters.splice(waiters.indexOf(T.waiting), 1)
  T.waiting = undefined
}

/** Takes the innermost invocation off without an error: the guest has exited, or the caller gives up. */
export function abandon(T: Thread): void {
  unwind(T, innermostEntry(T), undefined)
}

// ---- ticks --------------------------------------------------------------------------------------------------------

const isTimed = (T: Thread): boolean => T.mayYield || T.deadline !== Infinity

/** Makes the next slices shorter or longer, by the time that the one which has just ended took. */
function fitSlices(T: Thread): void {
  const time = now()
  const took = time - T.sliceBegan
  T.sliceBegan = time
  if (took > SLICE_MS) T.sliceSize = Math.max(1, Math.floor((T.sliceSize * SLICE_MS) / took))
  else if (took * 4 < SLICE_MS) T.sliceSize = Math.min(SLICE, T.sliceSize * 2)
}

function startSlice(T: Thread): void {
  T.slice = T.ticks = Math.max(1, Math.min(isTimed(T) ? T.sliceSize : SLICE, T.fuel, T.budget))
}

/** Books the used part of the current slice. */
function endSlice(T: Thread): void {
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
function sliceEnded(T: Thread): boolean {
  endSlice(T)
  if (isTimed(T)) fitSlices(T)
  checkLimits(T)
  startSlice(T)
  return T.budget <= 0 && T.pinned === 0
}

/** Throws when the thread may not go on at all. */
function checkLimits(T: Thread): void {
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

/** Throws `T.exn` from the instruction at pc. Takes its ticks; true when the thread is to stop now that it has landed. */
function throwExn(T: Thread, started: number): boolean {
  let stop = isOver(T, started)
  raise(T, T.exn!, false)
  for (let n = T.searched; n >= SEARCHED_CATCHES; n -= SEARCHED_CATCHES) if (isOver(T, started)) stop = true
  return stop
}
/** Takes a tick; whether the turn ends with it. */
const isOver = (T: Thread, started: number): boolean => --T.ticks === 0 && (sliceEnded(T) || yieldDue(T, started))

const yieldDue = (T: Thread, started: number): boolean => T.mayYield && T.pinned === 0 && now() - started >= YIELD_MS

// ---- calls out of the instance ------------------------------------------------------------------------------------

const isUniversal = (pc: number): boolean => pc === LEAVE_PC || pc === CROSS_PC

/** Calls `T.callee`, whose arguments begin at `T.base`: a host function or a function of another instance. */
function callFar(T: Thread): Outcome | undefined {
  const f = T.callee!
  const { base } = T
  if (f.host !== undefined) return callHost(T, f, base, undefined)
  refuseReentry(f)
  T.saved.push({ instance: T.instance, unit: T.unit, pc: T.executor.afterCall(T), entry: false, fp: T.fp, depth: T.depth })
  const link = base + f.layout.link * 2
  T.R[link] = CROSS_PC
  T.R[link + 1] = T.fp
  T.fp = base
  T.depth++
  goTo(T, f)
  return undefined
}

/** Replaces the current frame by a call of `T.callee`. */
function tailCallFar(T: Thread): Outcome | undefined {
  const f = T.callee!
  // A host function needs no frame: the current one stays for its time, and is then left with the results.
  if (f.host !== undefined) return callHost(T, f, T.base, { link: T.ownLink, end: T.ownEnd })
  refuseReentry(f)
  const { fp } = T
  const link = fp + f.layout.link * 2
  let returnPc = T.R[fp + T.ownLink]!
  const callerFp = T.R[fp + T.ownLink + 1]!
  if (!T.reserve(link + 2)) throw new ExhaustionError('call stack exhausted', backtrace(T))
  if (f.instance !== T.instance && !isUniversal(returnPc)) {
    // The caller is one of this instance's functions: note where to find it again. A chain of tail calls notes it once.
    T.saved.push({ instance: T.instance, unit: T.unit, pc: returnPc, entry: false, fp: callerFp, depth: T.depth - 1 })
    returnPc = CROSS_PC
  }
  moveArguments(T, f, T.base, fp, (fp >> 1) + T.ownEnd)
  T.R[link] = returnPc
  T.R[link + 1] = callerFp
  goTo(T, f)
  return undefined
}

/** Goes on with another continuation (`T.transfer`). */
function transfer(T: Thread, status: number): Outcome | undefined {
  const { base, exn } = T.transfer!
  const { resume, resumeToThrow, suspend, switchTo } = switching!
  if (status === STATUS.suspend) suspend(T)
  else if (status === STATUS.switchTo) switchTo(T)
  else if (exn !== undefined) {
    resumeToThrow(T)
    raise(T, exn, false)
  } else {
    const call = resume(T)
    if (call !== undefined) return callHost(T, call.func, base, undefined, call.args)
  }
  T.transfer = undefined
  return undefined
}

class ThreadCaller implements Caller {
  readonly thread: Thread
  constructor(thread: Thread) {
    this.thread = thread
  }
  get memory(): Memory | undefined {
    const { instance } = this.thread
    return instance.memories.length > 0 ? instance.memories[0] : undefined
  }
  exit(code: number): void {
    this.thread.exitCode = code
  }
  yield(): void {
    this.thread.yields = true
  }
}

/** Threads with a host function on the JS stack, innermost last. A nested invocation goes on the innermost one of its store. */
export const inHost: Thread[] = []

/** Calls a host function with the raw arguments at `base`. Returned promises park the thread. */
function callHost(
  T: Thread,
  f: Func,
  base: number,
  tail: Pending['tail'],
  args: unknown[] = readParams(T, f.type.params, base),
): Outcome | undefined {
  let result: unknown
  try {
    result = runHost(T, f, base, args)
  } catch (error) {
    return hostThrew(T, f, base, tail, error)
  }
  if (T.exitCode !== undefined) return 'exit'
  if (typeof result === 'object' && isPending(f.host!, result, f.name)) {
    if (!T.mayPark || T.pinned > 0) throw new HostError(cannotPark(T, f), { funcName: f.name })
    T.pending = { promise: result, func: f, base, tail }
    return 'parked'
  }
  finishHost(T, f, base, tail, result)
  if (!T.yields) return undefined
  T.yields = false
  return T.pinned > 0 ? undefined : 'stopped'
}

function runHost(T: Thread, f: Func, base: number, args: unknown[]): unknown {
  const { top } = T
  T.top = base + f.layout.link * 2 + 2
  T.pinned++
  inHost.push(T)
  try {
    const caller = (T.caller ??= new ThreadCaller(T))
    const host = f.host as unknown as { readonly call: (caller: Caller, ...args: unknown[]) => unknown }
    // Without a JIT, spreading takes longer than the call.
    switch (args.length) {
      case 0: return host.call(caller)
      case 1: return host.call(caller, args[0])
      case 2: return host.call(caller, args[0], args[1])
      case 3: return host.call(caller, args[0], args[1], args[2])
      case 4: return host.call(caller, args[0], args[1], args[2], args[3])
      default: return host.call(caller, ...args)
    } // prettier-ignore
  } finally {
    inHost.pop()
    T.pinned--
    T.top = top
    // A nested invocation may have ended at a limit that the host function then kept to itself.
    if (T.ticks === 0) startSlice(T)
  }
}

const settled: Promise<void> = Promise.resolve()

/** A host function threw `error`: Wasm may catch it, or the invocation ends. */
function hostThrew(T: Thread, f: Func, base: number, tail: Pending['tail'], error: unknown): Outcome | undefined {
  if (T.executor.hostThrew !== undefined) {
    T.pending = { promise: settled, func: f, base, tail }
    if (T.executor.hostThrew(T, error)) {
      endSlice(T)
      startSlice(T)
      return 'stopped'
    }
    T.pending = undefined
  }
  const exn = caught(T, error)
  if (exn === undefined) throw error
  // What ended a nested invocation for good cannot be caught by making it an error of one's own.
  checkLimits(T)
  clearRefs(T, base >> 1, (base >> 1) + f.layout.link)
  raise(T, exn, tail !== undefined)
  return undefined
}

function cannotPark(T: Thread, f: Func): string {
  const name = f.name ?? 'a host function'
  return T.pinned > 0
    ? `${name} returned a promise, but cannot suspend across JavaScript frames: it was reached through a synchronous call from a host function`
    : `${name} returned a promise in a synchronous call; use invokeAsync`
}

/** Stores a host function's result and goes on after the call; after a tail call, in the caller of the current frame. */
function finishHost(T: Thread, f: Func, base: number, tail: Pending['tail'], result: unknown): void {
  const { fp } = T
  if (tail !== undefined) clearRefs(T, fp >> 1, (fp >> 1) + tail.end)
  const to = tail === undefined ? base : fp
  writeResults(T, f.type.results, to, result)
  T.sp = to + f.layout.resultSlots * 2
  if (tail !== undefined) {
    T.pc = T.R[fp + tail.link]!
    T.fp = T.R[fp + tail.link + 1]!
    T.depth--
  } else T.pc = T.executor.afterCall(T)
  T.arrived = true
}

/** Goes on after a parked host call has settled: with its raw result, or with the error it was rejected with. */
export function settle(T: Thread, outcome: { value: unknown } | { error: unknown }): Outcome {
  const pending = T.pending as Pending
  T.pending = undefined
  if ('error' in outcome) {
    const invocation = innermostEntry(T)
    try {
      const stop = hostThrew(T, pending.func, pending.base, pending.tail, outcome.error)
      if (stop !== undefined) return stop
    } catch (error) {
      throw unwind(T, invocation, error)
    }
    return drive(T)
  }
  if (T.exitCode !== undefined) return 'exit'
  finishHost(T, pending.func, pending.base, pending.tail, outcome.value)
  return drive(T)
}
