/**
 * Exceptions on their way (spec §4.6.4, §4.6.5): finds the handler among the frames of the innermost invocation, drops the
 * frames above it, and says what counts as an exception. Frames are walked through their links, never on the JS stack.
 * Called by the driver.
 */
import { isVitrineError } from '../errors.ts'
import { CROSS_PC, type CodeUnit, type FrameShape, LEAVE_PC } from '../runtime/code.ts'
import { Exn, jsTag } from '../runtime/exception.ts'
import type { Resumption } from '../runtime/continuation.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Handler, HandlerFrame, Saved, Thread } from '../runtime/thread.ts'
import { rawTrace } from './backtrace.ts'
import { takeUpResumer } from './stacks.ts'
import { clearRefs } from './frames.ts'

/** A frame of the innermost invocation, from which one gets to its callers: the same object, since a throw may pass many. */
class Cursor implements HandlerFrame {
  instance: Instance
  unit: CodeUnit | undefined
  shape: FrameShape
  pc: number
  returning = false
  depth: number
  labels: readonly unknown[]
  fp: number
  /** The register file that the frame lies in, and how to take that up if it is not the current one. */
  R: Int32Array
  resumption: Resumption | undefined = undefined
  /** Callers in other instances that lie below: the first so many of `T.saved`. */
  saved: number

  /** Stands at the innermost frame. */
  constructor(T: Thread) {
    this.instance = T.instance
    this.unit = T.unit
    this.pc = T.pc
    this.depth = T.depth
    this.labels = T.labels
    this.fp = T.fp
    this.R = T.R
    this.saved = T.saved.length
    this.shape = T.executor.shapeAt(T.instance, T.unit, T.pc, false)
  }

  /** Goes on to the frame that called this one; false if that was the host. */
  toCaller(T: Thread): boolean {
    const { R } = this
    const link = this.fp + this.shape.link
    const pc = R[link]!
    if (pc === LEAVE_PC) return false
    this.depth--
    this.returning = true
    this.pc = pc
    this.fp = R[link + 1]!
    if (pc === CROSS_PC) this.cross(T.saved[--this.saved]!)
    this.shape = T.executor.shapeAt(this.instance, this.unit, this.pc, true)
    return true
  }

  private cross(caller: Saved): void {
    this.instance = caller.instance
    this.unit = caller.unit
    this.pc = caller.pc
    if (caller.resumption === undefined) return
    // It stands on another stack.
    this.fp = caller.fp
    this.depth = caller.depth
    this.resumption = caller.resumption
    this.R = caller.resumption.stack.registers.R
    this.labels = caller.resumption.stack.labels
  }
}

/**
 * Throws `exn` at the instruction that the thread stands at, and points the thread at the handler that takes it. If no frame
 * has one, the exception itself is thrown: it leaves the invocation. `replaced`: the current frame has made a tail call, so
 * its handlers do not count.
 */
export function raise(T: Thread, exn: Exn, replaced: boolean): void {
  T.exn = exn
  T.searched = 0
  const frame = new Cursor(T)
  const { executor } = T
  // Dropped frames lie side by side, and where a caller's operands are, its callee begins.
  let from = Infinity
  let to = 0
  let passes = replaced
  for (;;) {
    const handler = passes || !frame.shape.mayCatch ? undefined : executor.handlerIn(T, frame)
    if (handler !== undefined) {
      land(T, exn, frame, handler, from, to)
      return
    }
    passes = false
    from = frame.fp >> 1
    const end = (frame.fp + frame.shape.size) >> 1
    if (end > to) to = end
    const { resumption } = frame
    if (!frame.toCaller(T)) break
    if (frame.resumption !== resumption) {
      // A stack is dropped whole.
      from = Infinity
      to = 0
    }
  }
  remember(T, exn)
  T.exn = undefined
  throw exn
}

/** Drops the frames above the handler's, of which the references lie in slots from..to, and goes on there. */
function land(T: Thread, exn: Exn, frame: Cursor, handler: Handler, from: number, to: number): void {
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
}

/**
 * Whether a frame of the innermost invocation handles `exn`, thrown where the thread stands. `replaced`: as for `raise`. Changes
 * nothing.
 */
export function isCaught(T: Thread, exn: Exn, replaced: boolean): boolean {
  const { searched, exn: before } = T
  const frame = new Cursor(T)
  T.exn = exn
  let isThere = !replaced || frame.toCaller(T)
  while (isThere && T.executor.handlerIn(T, frame) === undefined) isThere = frame.toCaller(T)
  T.searched = searched
  T.exn = before
  return isThere
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
