/**
 * The operand stack during translation. Each entry has a home: its own place among the frame's operand slots. In the fast
 * tier its value may be somewhere else instead: in a local that was read and not yet copied, or a constant in the code.
 */
import { type ValType, slotsOf } from '../spec/types.ts'

/** `slot` of an entry that is a constant. */
export const CONST = -1
/** `lo` of a reference that is not on Wasm's own stack: the exception that a (legacy) catch has taken, kept for a rethrow. */
export const HIDDEN = 1

export interface Entry {
  readonly type: ValType
  /** Where the value is now: its home, a local's slot, or CONST. */
  readonly slot: number
  readonly home: number
  /** The constant's halves. */
  readonly lo: number
  readonly hi: number
}

export class OperandStack {
  readonly types: ValType[] = []
  readonly slots: number[] = []
  readonly homes: number[] = []
  readonly los: number[] = []
  readonly his: number[] = []
  /** First operand slot of the frame, and one past the highest that was ever used. */
  readonly base: number
  high: number

  constructor(base: number) {
    this.base = base
    this.high = base
  }

  get height(): number {
    return this.types.length
  }

  /** Home of the next entry. */
  nextHome(): number {
    const n = this.types.length
    return n === 0 ? this.base : this.homes[n - 1]! + slotsOf(this.types[n - 1]!)
  }

  private add(type: ValType, slot: number, lo: number, hi: number): number {
    const home = this.nextHome()
    this.types.push(type)
    this.slots.push(slot < CONST ? home : slot)
    this.homes.push(home)
    this.los.push(lo)
    this.his.push(hi)
    this.high = Math.max(this.high, home + slotsOf(type))
    return home
  }

  /** Pushes a value that an op is about to write to its home; returns the home. */
  push(type: ValType): number {
    return this.add(type, -2, 0, 0)
  }
  /** Pushes a reference that the program does not know of; returns its home. */
  pushHidden(type: ValType): number {
    return this.add(type, -2, HIDDEN, 0)
  }
  pushLocal(type: ValType, slot: number): void {
    this.add(type, slot, 0, 0)
  }
  pushConst(type: ValType, lo: number, hi: number): void {
    this.add(type, CONST, lo, hi)
  }

  /** Entry `i` from the bottom. */
  at(i: number): Entry {
    return { type: this.types[i]!, slot: this.slots[i]!, home: this.homes[i]!, lo: this.los[i]!, hi: this.his[i]! }
  }

  pop(): Entry {
    // Array.pop, not `length`: engines make a slow call of writing to that, and this is the commonest thing done here.
    return { type: this.types.pop()!, slot: this.slots.pop()!, home: this.homes.pop()!, lo: this.los.pop()!, hi: this.his.pop()! }
  }

  truncate(height: number): void {
    if (height === this.types.length) return
    this.types.length = height
    this.slots.length = height
    this.homes.length = height
    this.los.length = height
    this.his.length = height
  }
}
