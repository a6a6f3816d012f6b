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
  /**
   * Entries. The lists go by entry, from the bottom; what they have behind that number is of entries that were there once. Not
   * Array.push and pop, which are calls, nor their length, which engines are slow to change: this is the commonest thing done here.
   */
  height = 0
  readonly types: ValType[] = []
  readonly slots: number[] = []
  /** One more than entries: the home of the next one is the last. */
  readonly homes: number[] = []
  readonly los: number[] = []
  readonly his: number[] = []
  /** One past the highest operand slot of the frame that was ever used. */
  high: number

  /** `base`: the first operand slot of the frame. */
  constructor(base: number) {
    this.homes.push(base)
    this.high = base
  }

  /** Home of the next entry. */
  nextHome(): number {
    return this.homes[this.height]!
  }

  private add(type: ValType, slot: number, lo: number, hi: number): number {
    const n = this.height
    const home = this.homes[n]!
    const end = home + slotsOf(type)
    this.types[n] = type
    this.slots[n] = slot < CONST ? home : slot
    this.los[n] = lo
    this.his[n] = hi
    this.homes[n + 1] = end
    this.height = n + 1
    if (end > this.high) this.high = end
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
    return this.at(--this.height)
  }
  /** Takes the top `count` entries off and gives the home of the first of them: that of the next entry. */
  drop(count: number): number {
    this.height -= count
    return this.nextHome()
  }

  /** Does something after which the entries are as they were, wherever it has moved them. */
  keeping(something: () => void): void {
    const { height } = this
    const slots = this.slots.slice(0, height)
    something()
    this.height = height
    slots.forEach((slot, i) => (this.slots[i] = slot))
  }
}
