/**
 * Register code of a module (data only): one growing Int32Array per module and tier, shared by all instances.
 * Functions are translated into it on their first call. pc 0 and 1 mean the same in every unit and every executor.
 */
import { countUpTo } from '../bytes/search.ts'
import type { Module } from '../module/module.ts'
import type { SuspendClause } from './continuation.ts'
import type { Thread } from './thread.ts'

export type Tier = 'fast' | 'exact'

/** Return address of the outermost frame of an invocation. */
export const LEAVE_PC = 0
/** Return address of a frame whose caller belongs to another instance (or whose call went through the driver). */
export const CROSS_PC = 1

/**
 * One catch of a try: it takes exceptions of `tag` (-1: of any), writes their values to `slot` of the frame and the exception
 * itself to `exnSlot` (-1: nowhere), and goes on at `pc`.
 */
export interface Catch {
  readonly tag: number
  pc: number
  readonly slot: number
  readonly exnSlot: number
  /** Whether the exception may be thrown on, so that it must remember where it comes from. */
  keeps: boolean
}

/** Which code of a function stands inside which try. It lies beside the code: a try costs nothing until something is thrown. */
export class HandlerTable {
  /** Of each try its catches in order, and the try where the search goes on (-1: none): the enclosing one, or what `delegate` names. */
  readonly catches: (readonly Catch[])[] = []
  readonly next: number[] = []
  /** Where catches go on that name the function's own label, behind all instructions; -1 if there are none. */
  returnLanding = -1
  /** From pc `starts[i]` on, up to the next one, the innermost try is `innermost[i]`, or -1. */
  private readonly starts: number[] = []
  private readonly innermost: number[] = []

  /** A try begins at `pc`; gives its index. */
  open(pc: number, catches: readonly Catch[], enclosing: number): number {
    const index = this.catches.push(catches) - 1
    this.next.push(enclosing)
    this.enter(pc, index)
    return index
  }
  /** From `pc` on, code stands in try `index`. */
  enter(pc: number, index: number): void {
    this.starts.push(pc)
    this.innermost.push(index)
  }

  /** The innermost try around the op at `pc`, or -1. */
  at(pc: number): number {
    const i = countUpTo(this.starts, pc)
    return i === 0 ? -1 : this.innermost[i - 1]!
  }
}

/** What is to be known of the frames of a function. */
export interface FrameShape {
  readonly funcidx: number
  /** Size of the frame, and place of its link, in i32 units. */
  readonly size: number
  readonly link: number
  /** Whether there may be handlers in it. */
  readonly mayCatch: boolean
}

/**
 * An op of the closure executor: does its work on the frame at `fp` of the register file `R` and gives the op that comes next;
 * null where the thread stops, undefined where no closure has been made yet.
 */
export type Closure = (R: Int32Array, fp: number) => Closure | null | undefined

/**
 * An op as the dispatch loop runs it: its number and place in the code, the first three words behind its number, the op that
 * follows it, and the one that its branch goes to (itself where there is none). All but its place is filled in by linking.
 */
export class LinkedOp {
  op: number
  readonly pc: number
  w1: number
  w2: number
  w3: number
  next: LinkedOp
  to: LinkedOp
  constructor(op: number, pc: number) {
    this.op = op
    this.pc = pc
    this.w1 = 0
    this.w2 = 0
    this.w3 = 0
    this.next = this
    this.to = this
  }
}

/** Makes a list by pc at least as long as the code. */
export function extend(list: unknown[], length: number): void {
  while (list.length < length) list.push(...blank)
}
/** Not holes: engines are slower with lists that have some. */
const blank: readonly undefined[] = [...new Array<undefined>(64)]

export class CodeUnit {
  readonly module: Module
  readonly tier: Tier
  code: Int32Array
  /** Used part of `code`. */
  length: number
  /** pc of each function of the module: a `lazy` stub until it is translated. Imports have none. */
  readonly entry: Int32Array
  /** f64 constants, the first `constantCount` in use: the code refers to them by index. */
  constants: Float64Array
  constantCount: number
  private readonly constantIndex: Map<string, number>
  /** Translated functions in the order of their pc: where each starts, which it is, and what its frames look like. */
  readonly starts: number[]
  readonly shapes: FrameShape[]
  /** Of the translated functions that have a try, by funcidx. */
  readonly handlers: Map<number, HandlerTable>
  /** Of each resume: the code names them by index. */
  readonly clauses: (readonly SuspendClause[])[]
  /** By pc, of the functions that the closure executor has run. They know the code only, not who runs it. */
  readonly closures: (Closure | undefined)[]
  /** By pc, of what the dispatch loop has reached: the code, linked. */
  linked: (LinkedOp | undefined)[]
  /** What the `probe` ops of instrumented code call, with the number of the place. The thread's state is up to date. */
  probe: ((T: Thread, site: number) => void) | undefined

  constructor(module: Module, tier: Tier, code: Int32Array, length: number, entry: Int32Array) {
    this.module = module
    this.tier = tier
    this.code = code
    this.length = length
    this.entry = entry
    this.constants = new Float64Array(16)
    this.constantCount = 0
    this.constantIndex = new Map()
    this.starts = []
    this.shapes = []
    this.handlers = new Map()
    this.clauses = []
    this.closures = []
    this.linked = []
    this.probe = undefined
  }

  /** Index of an f64 constant (not NaN) that is given by its bits. */
  constant(lo: number, hi: number): number {
    // Bits, not the number: -0 and 0 differ.
    const key = `${lo},${hi}`
    let index = this.constantIndex.get(key)
    if (index === undefined) {
      index = this.constantCount++
      this.constantIndex.set(key, index)
      if (index >= this.constants.length) {
        const grown = new Float64Array(2 * index)
        grown.set(this.constants)
        this.constants = grown
      }
      new Int32Array(this.constants.buffer).set([lo, hi], 2 * index)
    }
    return index
  }

  /** First pc and end of the translated function around `pc`; an op outside of functions stands alone, in one word or two. */
  rangeAt(pc: number): readonly [start: number, end: number] {
    const i = countUpTo(this.starts, pc)
    return i === 0 ? [pc, pc + 1] : [this.starts[i - 1]!, this.starts[i] ?? this.length]
  }

  /** The function that the op at `pc` belongs to, or -1. */
  functionAt(pc: number): number {
    const i = countUpTo(this.starts, pc)
    return i === 0 ? -1 : this.shapes[i - 1]!.funcidx
  }
}
