/**
 * Where straight-line code takes a tick (architecture: time coordinate). The rule is static, so that every executor and
 * tier counts alike: the first instruction at or after each multiple of 4,096 in a body, `loop`, `else`, `end` and the
 * legacy `catch`, `catch_all` and `delegate` excepted. Besides, each taken back-edge, each call, each started 64 KiB of a bulk
 * operation and each throw is one tick, and for a throw one more for each 1,024 catches that did not take the exception. What a
 * host function throws has been paid for by the call. A catch that goes on at the start of a loop is no back-edge.
 */
import type { Instruction } from '../spec/instruction-table.ts'

const PERIOD = 4096
/** Bytes of a bulk memory operation, and elements of a bulk table operation, for one tick. */
export const BULK_BYTES = 65536
export const BULK_ELEMENTS = 8192

/** Catches that are looked at in vain, for one tick. */
export const SEARCHED_CATCHES = 1024

/** Opcodes of loop, else, end; catch, delegate, catch_all. */
const exempt: ReadonlySet<number> = new Set([0x03, 0x05, 0x0b, 0x07, 0x18, 0x19])

/** For a walk over a body from its start, which counts the instructions, unreachable ones too. */
export class TickPoints {
  /** No tick comes before an instruction with a smaller number. */
  next: number = PERIOD

  /** Whether a tick comes before the instruction with number `i`, from `next` on. Asked once for each. */
  before(i: number, instruction: Instruction): boolean {
    if (exempt.has(instruction.opcode)) return false
    this.next = i - (i % PERIOD) + PERIOD
    return true
  }
}
