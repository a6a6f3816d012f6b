/** Traps: their messages, and the statuses that stand for them. */
import { firstTrap } from './status.ts'

/** Messages of all traps, in the test suite's words. */
export const trapMessages: readonly string[] = [
  'unreachable',
  'integer divide by zero',
  'integer overflow',
  'invalid conversion to integer',
  'out of bounds memory access',
  'out of bounds table access',
  'undefined element',
  'uninitialized element',
  'indirect call type mismatch',
  'null function reference',
  'null reference',
  'unaligned atomic',
  'expected shared memory',
  'null structure reference',
  'null array reference',
  'null i31 reference',
  'out of bounds array access',
  'cast failure',
  'array over the limit in bytes:',
  'null exception reference',
  'null continuation reference',
  'continuation already consumed',
  'unhandled tag',
]
/** Status of a trap by its message. */
export const TRAP: Readonly<Record<string, number>> = Object.fromEntries(trapMessages.map((m, i) => [m, firstTrap + i]))
