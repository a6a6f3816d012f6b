/**
 * The abstract machine that the rules of the reference executor work on (spec §4.2.12 stack, §4.2.13 labels and frames):
 * a thread, the function it is in, and the operand stack. Everything that must outlive `run` is in the thread.
 *
 * A *place* is an index into the thread's `R` (and `S`); the same value is at `F[place >> 1]` if it is an f64 and at
 * `refs[place >> 1]` if it is a reference. An operand takes one slot, that is two places (a vector twice that). T.sp is the
 * first free place.
 */
import { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { Exn } from '../../runtime/exception.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Thread } from '../../runtime/thread.ts'
import { type ValType, isRef, slotsOf } from '../../spec/types.ts'
import type { Guard } from './exceptions.ts'
import { type Outline, outlineAt } from './outline.ts'

/**
 * Carries out the instruction that `m.reader` stands on. It returns a STATUS, or nothing for `next`. A rule that jumps sets
 * `m.next`. With STATUS.next and STATUS.tick the thread goes on there, with any other the pc stays at this instruction.
 */
export type Rule = (m: Machine) => number | void

/** A label (§4.2.13). Labels of all live frames stand on one stack, those of the innermost frame on top. */
export interface Label {
  /** `function` is the outermost label of a body: a branch to it returns. */
  readonly kind: 'function' | 'block' | 'loop'
  /** The frame it belongs to: T.depth while that is the current one. */
  readonly depth: number
  /** Where a branch to it goes on: behind the header of a loop, behind the end of any other block. */
  readonly next: number
  /** Places of the values that a branch carries. */
  readonly width: number
  /** T.sp below the block's parameters. */
  readonly sp: number
  /** Of try_table and (legacy) try, while control is in the guarded part. */
  readonly guard: Guard | undefined
  /** Of the body of a legacy catch: what it caught. */
  readonly caught: Exn | undefined
}

/**
 * Takes the labels of frames deeper than `depth` off. Returning does this, and so does entering, since an error in a nested
 * invocation, and a tail call, leave labels of frames that are gone.
 */
export function dropLabels(T: Thread, depth: number): void {
  const labels = T.labels as Label[]
  while (labels.length > 0 && labels[labels.length - 1]!.depth > depth) labels.pop()
}

/** Status of a trap by its message. */
export function trap(message: string): number {
  return TRAP[message]!
}

export class Machine {
  readonly T: Thread
  readonly reader: InstructionReader
  /** The function that T.pc is in. */
  outline: Outline
  /** pc after this instruction. */
  next = 0

  constructor(T: Thread) {
    this.T = T
    this.reader = new InstructionReader(T.instance.module.bytes, 0, 0)
    this.outline = outlineAt(T.instance.shared, T.pc)
  }

  /** Finds the function again after a jump that may have left it. */
  locate(): void {
    const { pc, instance } = this.T
    const { entry, body } = this.outline
    if (pc < entry || pc >= body.end) this.outline = outlineAt(instance.shared, pc)
  }

  /** Reads the instruction at T.pc. */
  read(): void {
    this.reader.move(this.T.pc, this.outline.body.end)
    this.reader.next()
    this.next = this.reader.pos
  }

  // ---- operands ---------------------------------------------------------------------------------------------------

  /** Takes the top operand off and returns its place. */
  pop(): number {
    return (this.T.sp -= 2)
  }
  /** Makes room for one operand and returns its place. */
  push(): number {
    const place = this.T.sp
    this.T.sp += 2
    return place
  }

  popI32(): number {
    return this.T.R[this.pop()]!
  }
  pushI32(value: number): void {
    this.T.R[this.push()] = value
  }
  /** i64, or the bits of an f64. */
  pushI64(lo: number, hi: number): void {
    const place = this.push()
    this.T.R[place] = lo
    this.T.R[place + 1] = hi
  }
  popRef(): unknown {
    return this.T.refs[this.pop() >> 1]
  }
  pushRef(value: unknown): void {
    this.T.refs[this.push() >> 1] = value
  }

  /**
   * Copies a value. Numbers are copied as integers also when they are floats: a NaN that passes through a JS number may lose
   * its bits (§4.3.3). A place that receives a number forgets the reference it may have held.
   */
  copy(type: ValType, to: number, from: number): void {
    const { R, refs } = this.T
    for (let i = 0; i < slotsOf(type) * 2; i++) R[to + i] = R[from + i]!
    refs[to >> 1] = isRef(type) ? refs[from >> 1] : null
    if (slotsOf(type) > 1) refs[(to >> 1) + 1] = null
  }

  // ---- labels and ticks -------------------------------------------------------------------------------------------

  /** The label that `depth` blocks enclose, counted from the inside. */
  label(depth: number): Label {
    const { labels } = this.T
    return labels[labels.length - 1 - depth] as Label
  }
  pushLabel(kind: Label['kind'], next: number, width: number, sp: number): void {
    const label: Label = { kind, depth: this.T.depth, next, width, sp, guard: undefined, caught: undefined }
    this.T.labels.push(label)
  }

  /** Goes on at `pc`, which takes a tick: a back-edge or a call. */
  jumpWithTick(pc: number): number {
    this.next = pc
    return --this.T.ticks === 0 ? STATUS.tick : STATUS.next
  }
}
