/**
 * Writes ops into a CodeUnit. It knows the last op, so that translation can still change it: send its result elsewhere
 * (`retarget`) or take it back and fuse it with what follows (`undo`). A label is a barrier for both.
 */
import { opLengths, outputScale } from '../ops/op-table.ts'
import type { CodeUnit } from '../runtime/code.ts'

export class Emitter {
  readonly unit: CodeUnit
  code: Int32Array
  pos: number
  /** Length of `code`, at hand. */
  private room: number
  /** Start of the last op, or -1 after a label. */
  last: number

  constructor(unit: CodeUnit) {
    this.unit = unit
    this.code = unit.code
    this.room = unit.code.length
    this.pos = unit.length
    this.last = -1
  }

  /** Appends an op; operands beyond its length are ignored. */
  emit(op: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0): void {
    const { pos } = this
    if (pos + 9 > this.room) this.grow()
    const { code } = this
    const length = opLengths[op]!
    code[pos] = op
    code[pos + 1] = a
    code[pos + 2] = b
    code[pos + 3] = c
    if (length > 4) {
      code[pos + 4] = d
      code[pos + 5] = e
      code[pos + 6] = f
      code[pos + 7] = g
      code[pos + 8] = h
    }
    this.last = pos
    this.pos = pos + length
  }

  /** Appends a bare word: a target of br_table. */
  word(value: number): void {
    if (this.pos === this.room) this.grow()
    this.code[this.pos++] = value
    this.last = -1
  }

  private grow(): void {
    this.room = this.room * 2 + 9
    const grown = new Int32Array(this.room)
    grown.set(this.code.subarray(0, this.pos))
    this.code = grown
  }

  /** Number of the last op, or -1. */
  lastOp(): number {
    return this.last < 0 ? -1 : this.code[this.last]!
  }

  /** Whether the last op's output is this slot. */
  lastWrites(slot: number): boolean {
    if (this.last < 0) return false
    const scale = outputScale[this.code[this.last]!]!
    return scale !== 0 && this.code[this.last + 1] === slot * scale
  }

  /** Sends the last op's output to another slot. Only after `lastWrites`. */
  retarget(slot: number): void {
    this.code[this.last + 1] = slot * outputScale[this.code[this.last]!]!
  }

  /** Takes the last op back; its words stay readable at `pos` until the next emit. */
  undo(): void {
    this.pos = this.last
    this.last = -1
  }

  /** A label stands here: what comes before must stay as it is. */
  barrier(): void {
    this.last = -1
  }

  /** Hands the code to the unit. */
  finish(): void {
    this.unit.code = this.code
    this.unit.length = this.pos
  }
}
