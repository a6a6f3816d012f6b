/**
 * Continuations (stack-switching proposal; data only). A suspended one is a stack of frames in a register file of its own,
 * so that suspending and resuming move no frames. A `cont` reference is a Continuation, a null one JS null.
 */
import type { ValType } from '../spec/types.ts'
import type { CodeUnit } from './code.ts'
import type { Exn, Tag } from './exception.ts'
import type { Func } from './func.ts'
import type { Instance } from './instance.ts'
import type { Registers } from './registers.ts'
import type { Saved } from './thread.ts'

/** What of a thread belongs to the stack that it runs on: the register file, and where its innermost frame stands. */
export interface Stack {
  readonly registers: Registers
  readonly labels: unknown[]
  readonly pc: number
  readonly fp: number
  readonly depth: number
  readonly sp: number
  readonly instance: Instance
  readonly unit: CodeUnit | undefined
}

/** A clause of a resume: what it does with a suspension of its tag. */
export interface SuspendClause {
  /** `on`: the block that has resumed goes on at a label; `switch`: the continuation changes place with another one. */
  readonly kind: 'on' | 'switch'
  /** Index of the tag in the module that resumes. */
  readonly tag: number
  /** Label that an `on` names, for the reference executor. */
  readonly label: number
  /** Register code: where to go on, and the slots of the first value and of the continuation. */
  readonly pc: number
  readonly slot: number
  readonly refSlot: number
}

/** What stands between the frames of a continuation and those of the function that resumed it. */
export interface Resumption {
  /** The stack of the function that resumed. */
  readonly stack: Stack
  /** Frames that may stand above those of that stack's bottom. */
  readonly maxDepth: number
  /** Where the results of the continuation go, in i32 units, and their types. */
  readonly base: number
  readonly results: readonly ValType[]
  readonly clauses: readonly SuspendClause[]
}

/** A continuation that has run: its innermost stack, and the callers on and between its stacks. */
export interface Suspended {
  readonly stack: Stack
  readonly saved: readonly Saved[]
  /** Where the values that it is resumed with go, in i32 units of its stack. */
  readonly place: number
}

export class Continuation {
  /** Types of all values that it goes on with. */
  readonly params: readonly ValType[]
  /** Values of the first of them, bound by cont.bind, as bits (see Exn.values), and how many values those are. */
  readonly bound: readonly unknown[]
  readonly boundCount: number
  /** A function that has not begun, or where it was suspended; undefined once it has been resumed, or bound to values. */
  origin: Func | Suspended | undefined

  constructor(params: readonly ValType[], origin: Func | Suspended, bound: readonly unknown[] = [], boundCount = 0) {
    this.params = params
    this.origin = origin
    this.bound = bound
    this.boundCount = boundCount
  }

  /** Types of the values that are still to come. */
  get rest(): readonly ValType[] {
    return this.boundCount === 0 ? this.params : this.params.slice(this.boundCount)
  }
}

/** What a thread asks the driver for at a resume, suspend or switch instruction. */
export interface Transfer {
  /** The continuation to go on with; undefined for suspend. */
  readonly target: Continuation | undefined
  /** First operand, in i32 units: values that are handed over. What comes back goes to the same place. */
  readonly base: number
  /** suspend and switch: the tag that a clause must name. */
  readonly tag: Tag | undefined
  /** resume_throw: what to throw where the continuation stands. */
  readonly exn: Exn | undefined
  /** resume: its clauses, and the types of what the continuation returns. switch: types of what this one is resumed with. */
  readonly clauses: readonly SuspendClause[]
  readonly types: readonly ValType[]
}
