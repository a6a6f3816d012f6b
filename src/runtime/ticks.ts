/**
 * Where straight-line code takes a tick (architecture: time coordinate). The rule is static, so that every executor and
 * tier counts alike: the first instruction at or after each multiple of 4,096 in a body, `loop`, `else` and `end` excepted.
 * Besides, each taken back-edge, each call and each started 64 KiB of a bulk operation is one tick.
 */
import type { Instruction } from '../spec/instructions.ts'

const PERIOD = 4096
/** Bytes of a bulk memory operation, and elements of a bulk table operation, for one tick. */
export const BULK_BYTES = 65536
export const BULK_ELEMENTS = 8192

/** Walks a body from its start; every instruction is shown to it once, unreachable ones too. */
export class TickPoints {
  private index = 0
  private next = PERIOD

  /** True when a tick comes before this instruction. */
  before(instruction: Instruction): boolean {
    const i = this.index++
    // opcodes 0x03 loop, 0x05 else, 0x0b end
    if (i < this.next || instruction.opcode === 0x03 || instruction.opcode === 0x05 || instruction.opcode === 0x0b) return false
    this.next = i - (i % PERIOD) + PERIOD
    return true
  }
}
