/**
 * Exceptions on their way (spec §4.6.4, §4.6.5): finds the handler among the frames of the innermost invocation, drops the
 * frames above it, and says what counts as an exception. Frames are walked through their links, never on the JS stack.
 * Called by the driver.
 */
import { isVitrineError } from '../errors.ts'
import { CROSS_PC, LEAVE_PC } from '../runtime/code.ts'
import { Exn, jsTag } from '../runtime/exception.ts'
import type { Resumption } from '../runtime/continuation.ts'
import type { Func } from '../runtime/func.ts'
import type { HandlerFrame, Thread } from '../runtime/thread.ts'
import { rawTrace } from './backtrace.ts'
import { takeUpResumer } from './stacks.ts'
import { clearRefs } from './frames.ts'

/** A frame of the innermost invocation, and how to get to the one that called it. */
interface Cursor extends HandlerFrame {
  readonly fp: number
  /** The register file that it lies in, and how to take that up if it is not the current one. */
  readonly R: Int32Array
  readonly resumption: Resumption | undefined
  /** Callers in other instances that lie below: the first so many of `T.saved`. */
  readonly saved: number
}

function innermost(T: Thread): Cursor {
  const { instance, unit, pc, fp, depth, labels, R } = T
  const funcidx = T.executor.functionAt(instance, unit, pc, false)
  return { instance, unit, funcidx, pc, returning: false, depth, labels, fp, R, resumption: undefined, saved: T.saved.length }
}

/** The frame that called this one; undefined if that was the host. */
function callerOf(T: Thread, frame: Cursor): Cursor | undefined {
  const link = frame.fp + (frame.instance.funcs[frame.funcidx] as Func).layout.link * 2
  let pc = frame.R[link]!
  let fp = frame.R[link + 1]!
  let depth = frame.depth - 1
  if (pc === LEAVE_PC) return undefined
  let { instance, unit, saved, R, labels, resumption } = frame
  if (pc === CROSS_PC) {
    const caller = T.saved[--saved]!
    ;({ instance, unit, pc } = caller)
    if (caller.resumption !== undefined) {
      // It stands on another stack.
      ;({ fp, depth, resumption } = caller)
      R = resumption!.stack.registers.R
      labels = resumption!.stack.labels
    }
  }
  const funcidx = T.executor.functionAt(instance, unit, pc, true)
  return { instance, unit, funcidx, pc, returning: true, depth, labels, fp, R, resumption, saved }
}

/**
 * Throws `exn` at the instruction that the thread stands at, and points the thread at the handler that takes it. If no frame
 * has one, the exception itself is thrown: it leaves the invocation. `replaced`: the current frame has made a tail call, so
 * its handlers do not count.
 */
export function raise(T: Thread, exn: Exn, replaced: boolean): void {
  T.exn = exn
  T.searched = 0
  const first = innermost(T)
  // Dropped frames lie side by side, and where a caller's operands are, its callee begins.
  let from = Infinity
  let to = 0
  let frame: Cursor | undefined = first
  while (frame !== undefined) {
    const handler = replaced && frame === first ? undefined : T.executor.handlerIn(T, frame)
    if (handler !== undefined) {
      if (handler.keeps) remember(T, exn)
      if (frame.resumption !== undefined) takeUpResumer(T, frame.resumption)
      T.instance = frame.instance
      T.unit = frame.unit
      T.fp = frame.fp
      T.depth = frame.depth
      T.pc = frame.pc
      T.saved.length = frame.saved
      clearRefs(T, from, Math.min(to, T.refs.length))
      T.executor.land(T, handler)
      T.exn = undefined
      return
    }
    from = frame.fp >> 1
    to = Math.max(to, (frame.fp + T.executor.sizeOf(frame.instance, frame.unit, frame.funcidx)) >> 1)
    const caller = callerOf(T, frame)
    if (caller?.resumption !== frame.resumption) {
      // A stack is dropped whole.
      from = Infinity
      to = 0
    }
    frame = caller
  }
  remember(T, exn)
  T.exn = undefined
  throw exn
}

/**
 * Whether a frame of the innermost invocation handles `exn`, thrown where the thread stands. `replaced`: as for `raise`. Changes
 * nothing.
 */
export function isCaught(T: Thread, exn: Exn, replaced: boolean): boolean {
  const { searched, exn: before } = T
  const first = innermost(T)
  T.exn = exn
  let frame: Cursor | undefined = replaced ? callerOf(T, first) : first
  while (frame !== undefined && T.executor.handlerIn(T, frame) === undefined) frame = callerOf(T, frame)
  T.searched = searched
  T.exn = before
  return frame !== undefined
}

/** Notes where the exception was thrown, the first time. What JS has thrown knows that by itself. */
function remember(T: Thread, exn: Exn): void {
  if (exn.trace === undefined && exn.tag !== jsTag()) exn.trace = rawTrace(T)
}

/** JS errors that stand for a Wasm exception. */
const exceptions = new WeakMap<object, Exn>()

/** Makes `error` stand for `exn`: when a host function throws it, that is the exception again. */
export function bindError(error: object, exn: Exn): void {
  exceptions.set(error, exn)
  exn.error = error
}
/** The exception that a JS error stands for. */
export const exnOf = (error: unknown): Exn | undefined => (typeof error === 'object' && error !== null ? exceptions.get(error) : undefined)

/**
 * What a host function threw, as a Wasm exception; undefined if Wasm must not catch it: traps, limits, exits, exhaustion and
 * the engine's complaints about wrong use.
 */
export function caught(T: Thread, error: unknown): Exn | undefined {
  if (T.exitCode !== undefined) return undefined
  if (error instanceof Exn) return error
  return exnOf(error) ?? (isVitrineError(error) ? undefined : new Exn(jsTag(), [error]))
}
