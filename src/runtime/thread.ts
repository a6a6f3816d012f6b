/**
 * A thread of execution (architecture rule 2): its own register file and frame stack, never the JS stack. It can be
 * parked between any two ops and resumed; whatever an executor needs to go on is in here.
 */
import type { ValType } from '../spec/types.ts'
import type { CodeUnit, FrameShape, Tier } from './code.ts'
import type { Continuation, Resumption, SuspendClause, Transfer } from './continuation.ts'
import type { Exn } from './exception.ts'
import type { Func } from './func.ts'
import type { Caller } from './host-function.ts'
import type { Instance, SharedModule } from './instance.ts'
import { Registers } from './registers.ts'
import type { Waiter } from './waiter.ts'

/** Where a frame stands, for backtraces. */
export interface Location {
  readonly funcidx: number
  /** Byte offset of the instruction in the .wasm file. */
  readonly offset: number
}

/** What runs a thread. One object per executor and tier; it keeps no state of its own. */
export interface Executor {
  readonly name: string
  readonly tier: Tier
  /** Whether somebody wants to see calls of host functions and throws: then the driver does them all, and none are done in the loop. */
  readonly isWatched: boolean
  /** The module's code for this executor; undefined when it runs Wasm directly. */
  unitOf(shared: SharedModule): CodeUnit | undefined
  /** pc of the function's first op; `unit` is what `unitOf` gave for its module. */
  entry(unit: CodeUnit | undefined, func: Func): number
  /** Runs until something needs the driver; returns a STATUS. */
  run(T: Thread): number
  /** Makes the function at pc callable (STATUS.translate). */
  translate(T: Thread): void
  /** Where the thread goes on after the call it stands at. */
  afterCall(T: Thread): number
  /** The instruction at `pc`, or with `returning` the call that a frame with that return pc waits for. */
  locate(instance: Instance, unit: CodeUnit | undefined, pc: number, returning: boolean): Location
  /** Only the function of that. */
  functionAt(instance: Instance, unit: CodeUnit | undefined, pc: number, returning: boolean): number
  /** The same with what the frame looks like. */
  shapeAt(instance: Instance, unit: CodeUnit | undefined, pc: number, returning: boolean): FrameShape
  /** The innermost handler that takes `T.exn` in a frame. Adds what it looked at in vain to `T.searched`. */
  handlerIn(T: Thread, frame: HandlerFrame): Handler | undefined
  /** Writes the exception's values and points the thread at the handler's code. Instance, unit, fp and depth are those of its frame. */
  land(T: Thread, handler: Handler): void
  /** Goes on at the label of a clause, with the values of a suspension and its continuation. The thread stands at the resume. */
  landAt(T: Thread, clause: SuspendClause, values: Values, continuation: Continuation): void
  /**
   * Told what a host function has thrown, before anybody may catch it; the thread stands at the call, with `T.pending` set.
   * True to stop there: the call throws it again when the thread goes on.
   */
  hostThrew?(T: Thread, error: unknown): boolean
}

/** A frame in which a handler is looked for. */
export interface HandlerFrame {
  readonly instance: Instance
  readonly unit: CodeUnit | undefined
  readonly shape: FrameShape
  readonly pc: number
  /** Whether pc is where a call returns to. */
  readonly returning: boolean
  readonly depth: number
  /** Labels of the stack that it lies on. */
  readonly labels: readonly unknown[]
}
/** Values as bits (see Exn.values), with their types. */
export interface Values {
  readonly types: readonly ValType[]
  readonly bits: readonly unknown[]
}
/** What an executor has found; only it knows more. */
export interface Handler {
  /** Whether the exception may be thrown on from there, so that it must remember where it comes from. */
  readonly keeps: boolean
}

/** A caller that is waiting behind a CROSS_PC or LEAVE_PC link, with what that link cannot say. */
export interface Saved {
  readonly instance: Instance
  readonly unit: CodeUnit | undefined
  /** Where the caller goes on (CROSS) or stands (LEAVE: the op that called the host). */
  readonly pc: number
  /** True for an entry frame (LEAVE): a new invocation from the host. */
  readonly entry: boolean
  readonly fp: number
  readonly depth: number
  /** The caller stands on another stack: it resumed the continuation above. */
  readonly resumption?: Resumption
}

/** A host call that parked the thread. `promise` settles with the raw result (see RawHostFunction). */
export interface Pending {
  readonly promise: PromiseLike<unknown>
  readonly func: Func
  readonly base: number
  /** Of a tail call: link and end of the frame that the results will replace (see Thread.ownLink). */
  readonly tail: { readonly link: number; readonly end: number } | undefined
}

export interface StackLimits {
  /** Largest register file, in slots of 8 bytes. */
  readonly slots: number
  readonly frames: number
  /** Largest array of the heap. */
  readonly arrayBytes: number
}

const INITIAL_SLOTS = 2048

export class Thread {
  /** The register file, and its views once more: executors need them all the time. */
  registers!: Registers
  R!: Int32Array
  F!: Float64Array
  S!: Float32Array
  I8!: Int8Array
  U8!: Uint8Array
  I16!: Int16Array
  U16!: Uint16Array
  refs!: unknown[]

  pc = 0
  /** Start of the current frame, in i32 units (two a slot). */
  fp = 0
  /** Frames on the current stack, and how many there may be: fewer above a continuation's resumer. */
  depth = 0
  maxDepth: number
  instance: Instance
  unit: CodeUnit | undefined
  readonly saved: Saved[] = []

  /** Replaced only between turns, by a debugger that joins. */
  executor: Executor
  readonly limits: StackLimits

  /** Ticks left in the current slice, its size, and the ticks of all slices before it. */
  ticks = 0
  slice = 0
  elapsed = 0
  /** Instructions carried out, as `weigh` ops of instrumented code add them up. */
  work = 0
  /** Ticks of a slice where time matters, fitted to how long they take, and when the current one began (ms). */
  sliceSize = 256
  sliceBegan = 0
  /** Ticks that this thread may still take (fuel), and until it must stop and hand control back; counted at slice ends. */
  fuel: number = Infinity
  budget: number = Infinity
  /** Time in ms (as `now()` tells it) after which the thread is stopped. */
  deadline: number = Infinity

  // Set by the loop for the driver when it stops at a call.
  callee: Func | undefined = undefined
  /** First argument of the callee, in i32 units. */
  base = 0
  /** What came of the call of a host function that the executor has made. */
  outcome: unknown = undefined
  /** As the executor says; in a sample that is taken of its speed, host calls are left out, too. */
  isWatched = false
  /** Tail calls: link of the frame that is replaced, in i32 units from its start, and how many of its slots may hold references. */
  ownLink = 0
  ownEnd = 0
  /** First free place above the current frame while a host function runs; a nested invocation starts here. */
  top = 0
  /** A number that the message of the trap ends with: the table index of an undefined or uninitialized element, a limit; else -1. */
  trapDetail = -1
  /** The last index of a 64-bit table: for one beyond 32 bits, register code goes on with 2^32 - 1. */
  indexLow = 0
  indexHigh = 0
  /** The exception that is being thrown, and how many catches did not take it so far. */
  exn: Exn | undefined = undefined
  searched = 0
  /** Bytes or elements that a bulk op has done when it stopped at a tick. */
  progress = 0
  /** The array that an op is making while it is stopped at a tick. */
  partial: unknown = undefined
  /** Set by `Caller.exit`. */
  exitCode: number | undefined = undefined
  /**
   * How it came to where it stops between two instructions: behind a call from which the host has returned, or a suspension that
   * is over (true); with a handler, which has taken an exception; else by a tick or a jump. For a debugger that joins: code alone
   * does not tell that.
   */
  arrived: Handler | boolean = false
  /** Set by `Caller.yield`. */
  yields = false
  /** Set to stop at the next tick, with the error to throw. */
  interrupt: Error | undefined = undefined
  /** What host functions are given as their caller; made on first use. */
  caller: Caller | undefined = undefined
  /** Whether a promise of a host function may park the thread. */
  mayPark = false
  /** Whether it may stop when it has run for some ms, in the middle of its turn: only a thread that takes turns with no other. */
  mayYield = false
  /** JS frames that stand between frames of this thread: while there is one it cannot park. */
  pinned = 0
  /** A host call whose promise is not settled yet. */
  pending: Pending | undefined = undefined
  /** Set at a resume, suspend or switch. */
  transfer: Transfer | undefined = undefined
  /** Set while the thread waits at an address for another one to notify it. */
  waiting: Waiter | undefined = undefined
  /** Reference executor: top of the operand stack in i32 units, and the labels of all live frames. */
  sp = 0
  labels: unknown[] = []

  constructor(instance: Instance, executor: Executor, limits: StackLimits) {
    this.use(new Registers(Math.min(INITIAL_SLOTS, limits.slots)))
    this.maxDepth = limits.frames
    this.instance = instance
    this.unit = undefined
    this.executor = executor
    this.limits = limits
  }

  /** Ticks so far: the time coordinate of this thread. */
  get tick(): number {
    return this.elapsed + this.slice - this.ticks
  }

  /** The index as the guest gave it that is `x` in register code. */
  indexOf(x: number, table: number): number {
    return x === 0xffff_ffff && this.instance.tables[table]!.type.limits.is64 ? (this.indexHigh >>> 0) * 2 ** 32 + (this.indexLow >>> 0) : x
  }

  /** Makes a register file the current one. */
  use(registers: Registers): void {
    this.registers = registers
    this.R = registers.R
    this.F = registers.F
    this.S = registers.S
    this.I8 = registers.I8
    this.U8 = registers.U8
    this.I16 = registers.I16
    this.U16 = registers.U16
    this.refs = registers.refs
  }

  /** Doubles the register file until it holds `ints` i32 units; false at the limit. */
  reserve(ints: number): boolean {
    if (ints > this.limits.slots * 2) return false
    if (ints <= this.R.length) return true
    let slots = this.R.length >> 1
    while (slots * 2 < ints) slots *= 2
    const { R } = this
    this.use(new Registers(Math.min(slots, this.limits.slots), this.refs))
    this.R.set(R)
    return true
  }
}
