/** Where the instructions of a function begin in fast code, and where their operands are then. Used by full-speed.ts and join.ts. */
import type { Entry, OperandStack } from '../compiler/operand-stack.ts'
import type { Recorder } from '../compiler/translator.ts'

/** Before each instruction: the pc of its code (from the function's start), its offset, the operands. */
export class Points implements Recorder {
  readonly pcs: number[] = []
  readonly offsets: number[] = []
  readonly stacks: Entry[][] = []
  /** Instructions that begin inside of an op. */
  readonly inside: Set<number> = new Set()
  instruction(pc: number, offset: number, stack: OperandStack): void {
    this.pcs.push(pc)
    this.offsets.push(offset)
    this.stacks.push(stack.types.map((_, i) => stack.at(i)))
  }
  undone(pc: number): void {
    for (let i = this.pcs.length - 1; i >= 0 && this.pcs[i]! > pc; i--) {
      this.pcs[i] = pc
      this.inside.add(i)
    }
  }
}
