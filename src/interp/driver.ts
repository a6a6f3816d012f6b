/**
 * Drives a thread: runs its executor and does what the dispatch loop cannot do itself — translate a function, call the
 * host or another instance, grow the register file, count fuel and time, throw, build the backtrace of a trap. Called by the embedding.
 */
import { ExhaustionError, HostError, Trap } from '../errors.ts'
import { CROSS_PC, LEAVE_PC } from '../runtime/code.ts'
import type { Func } from '../runtime/func.ts'
import { isPending } from '../runtime/host-function.ts'
import * as STATUS from '../runtime/status.ts'
import { trapMessages } from '../runtime/traps.ts'
import { SEARCHED_CATCHES } from '../runtime/ticks.ts'
import type { Pending, Thread } from '../runtime/thread.ts'
import { backtrace } from './backtrace.ts'
import { now } from './clock.ts'
import { caught, raise } from './exceptions.ts'
import { dropStacks, switching } from './stacks.ts'
import { clearRefs, goTo, moveArguments } from './frames.ts'
import { countDrive, hostNesting, runHost } from './host-calls.ts'
import { checkLimits, endSlice, isOver, isTimed, sliceEnded, startSlice, yieldDue } from './slices.ts'
import { writeResults } from './values.ts'

/**
 * Why `drive` came back: the invocation is done; a host call's promise is pending; the thread waits for another one to notify
 * it; the tick budget is used up, it is time to let the host's event loop run, or a debugger stops it; the guest asked to exit.
 */
export type Outcome = 'done' | 'parked' | 'waiting' | 'stopped' | 'exit'

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
  if (hostNesting() >= MAX_NESTING || !T.reserve(link + 2))
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
  T.isWatched = T.executor.isWatched
  countDrive()
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
          if (T.depth > T.maxDepth || !T.reserve(T.fp + T.executor.shapeAt(T.instance, T.unit, T.pc, false).size))
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
        case STATUS.returned:
        case STATUS.failed: {
          const given = T.outcome
          T.outcome = undefined
          const goOn = status === STATUS.returned ? hostReturned : hostThrew
          const outcome = goOn(T, T.callee!, T.base, undefined, given)
          if (outcome !== undefined) return outcome
          break
        }
        case STATUS.thrown:
          if (throwExn(T, started)) return 'stopped'
          break
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

/** Throws `T.exn` from the instruction at pc. Takes its ticks; true when the thread is to stop now that it has landed. */
function throwExn(T: Thread, started: number): boolean {
  let stop = isOver(T, started)
  raise(T, T.exn!, false)
  for (let n = T.searched; n >= SEARCHED_CATCHES; n -= SEARCHED_CATCHES) if (isOver(T, started)) stop = true
  return stop
}

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

/** Calls a host function with the raw arguments at `base`. Returned promises park the thread. */
function callHost(T: Thread, f: Func, base: number, tail: Pending['tail'], args?: readonly unknown[]): Outcome | undefined {
  let result: unknown
  try {
    result = runHost(T, f, base, args)
  } catch (error) {
    return hostThrew(T, f, base, tail, error)
  }
  return hostReturned(T, f, base, tail, result)
}

/** A host function returned `result`: the guest has exited, waits for a promise, or goes on. */
function hostReturned(T: Thread, f: Func, base: number, tail: Pending['tail'], result: unknown): Outcome | undefined {
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
