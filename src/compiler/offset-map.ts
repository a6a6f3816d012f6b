/**
 * From a pc back to Wasm: the offset of the instruction. Made on demand by translating the function once more with recording on;
 * nothing is kept for functions that nobody looks at. Where the operands are then is told by src/debug/points.ts.
 */
import { countUpTo } from '../bytes/search.ts'
import type { CodeUnit } from '../runtime/code.ts'
import type { SharedModule } from '../runtime/instance.ts'
import { instrumentOf } from './instrument.ts'
import { record } from './translate.ts'
import type { Recorder } from './translator.ts'

export class OffsetMap implements Recorder {
  /** pc (from the function's start) before each instruction, and its offset. */
  private readonly pcs: number[] = []
  private readonly offsets: number[] = []

  instruction(pc: number, offset: number): void {
    this.pcs.push(pc)
    this.offsets.push(offset)
  }

  /** A fused op begins where the op that it swallowed began. */
  undone(pc: number): void {
    for (let i = this.pcs.length - 1; i >= 0 && this.pcs[i]! > pc; i--) this.pcs[i] = pc
  }

  /** Offset of the instruction that the op at `pc` carries out; of several folded into one op, the last. */
  offsetAt(pc: number): number {
    return this.offsets[Math.max(countUpTo(this.pcs, pc) - 1, 0)] ?? 0
  }
}

/** The map of function `funcidx`; pcs count from the function's start in its unit. */
export function offsetMap(shared: SharedModule, unit: CodeUnit, funcidx: number): OffsetMap {
  return record(shared, unit.tier, funcidx, () => new OffsetMap(), instrumentOf(unit)) as OffsetMap
}
