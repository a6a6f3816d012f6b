/**
 * From a pc back to Wasm: the offset of the instruction, and where each operand stack entry is. Made on demand by
 * translating the function once more with recording on; nothing is kept for functions that nobody looks at.
 */
import type { CodeUnit } from '../runtime/code.ts'
import type { SharedModule } from '../runtime/instance.ts'
import type { Entry, OperandStack } from './operand-stack.ts'
import { instrumentOf } from './instrument.ts'
import { record } from './translate.ts'
import type { Recorder } from './translator.ts'

export class OperandMap implements Recorder {
  /** pc (from the function's start) before each instruction, its offset, and the operand stack at that point. */
  private readonly pcs: number[] = []
  private readonly offsets: number[] = []
  private readonly stacks: Entry[][] = []
  private readonly withStacks: boolean

  constructor(withStacks: boolean) {
    this.withStacks = withStacks
  }

  instruction(pc: number, offset: number, stack: OperandStack): void {
    this.pcs.push(pc)
    this.offsets.push(offset)
    if (this.withStacks) this.stacks.push(stack.shown())
  }

  /** A fused op begins where the op that it swallowed began. */
  undone(pc: number): void {
    for (let i = this.pcs.length - 1; i >= 0 && this.pcs[i]! > pc; i--) this.pcs[i] = pc
  }

  private last(pc: number): number {
    let low = 0
    let high = this.pcs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.pcs[middle]! <= pc) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** Offset of the instruction that the op at `pc` carries out; of several folded into one op, the last. */
  offsetAt(pc: number): number {
    return this.offsets[Math.max(this.last(pc), 0)] ?? 0
  }

  /** The operand stack before the instruction at `offset`, whose code begins at `pc`. */
  stackBefore(offset: number, pc: number): readonly Entry[] {
    let i = this.last(pc)
    while (i > 0 && this.offsets[i] !== offset) i--
    return this.stacks[i] ?? []
  }
}

/**
 * The operand map of function `funcidx`; pcs count from the function's start in its unit. A backtrace needs only offsets and
 * does without the stacks, which are most of the map.
 */
export function operandMap(shared: SharedModule, unit: CodeUnit, funcidx: number, withStacks = true): OperandMap {
  return record(shared, unit.tier, funcidx, () => new OperandMap(withStacks), instrumentOf(unit)) as OperandMap
}
