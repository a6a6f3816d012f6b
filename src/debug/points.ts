/** Where the instructions of a function begin in code of either tier, and where their operands are then. */
import { instrumentOf } from '../compiler/instrument.ts'
import { type Entry, HIDDEN, type OperandStack } from '../compiler/operand-stack.ts'
import { record } from '../compiler/translate.ts'
import type { Recorder } from '../compiler/translator.ts'
import type { CodeUnit } from '../runtime/code.ts'
import type { SharedModule } from '../runtime/instance.ts'
import { isRef } from '../spec/types.ts'

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
    this.stacks.push(shown(stack))
  }
  undone(pc: number): void {
    for (let i = this.pcs.length - 1; i >= 0 && this.pcs[i]! > pc; i--) {
      this.pcs[i] = pc
      this.inside.add(i)
    }
  }

  /** The operands before the instruction at `offset`, bottom first. */
  stackBefore(offset: number): readonly Entry[] {
    return this.stacks[this.offsets.lastIndexOf(offset)] ?? []
  }
}

/** What a person sees of it. */
function shown(stack: OperandStack): Entry[] {
  return Array.from({ length: stack.height }, (_, i) => stack.at(i)).filter(({ type, lo }) => !isRef(type) || lo !== HIDDEN)
}

/** Of function `funcidx` in a unit. Translates it once more, and keeps nothing. */
export function pointsOf(shared: SharedModule, unit: CodeUnit, funcidx: number): Points {
  return record(shared, unit.tier, funcidx, () => new Points(), instrumentOf(unit)) as Points
}
