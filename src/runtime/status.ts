/** Why an executor stopped. The generator writes these numbers into the loop; the driver acts on them. */
export const STATUS = {
  /** Only for cold ops: go on with the next op. */
  next: 0,
  /** The outermost frame of the invocation returned. */
  leave: 1,
  /** A frame returned whose caller is in another instance. */
  returnCross: 2,
  /** pc is at a `lazy` stub: translate the function. */
  translate: 3,
  /** Ticks are used up. */
  tick: 4,
  /** `enter` found the register file or the frame limit full. */
  stackFull: 5,
  /** Call or tail call of `thread.callee` that the loop cannot make itself. */
  call: 6,
  tailCall: 7,
  /** A bulk op stopped half-way because ticks are used up; pc is still at it. */
  bulkTick: 8,
  /** memory.atomic.wait has put the thread in a queue (`thread.waiting`); pc is still at it. */
  wait: 9,
  /** `thread.exn` is thrown by the instruction at pc. */
  throw: 10,
  /** `thread.transfer` says which continuation to go on with, or which tag suspends the current one. */
  resume: 11,
  suspend: 12,
  switch: 13,
  /** A breakpoint, or whoever debugs the thread wants it to stop; pc is at the instruction that comes next. */
  break: 14,
  /** Inside the `switch` executor only: the code at pc has not been linked yet. */
  link: 15,
  /** This and above: `trapMessages[status - firstTrap]`. */
  firstTrap: 16,
} as const

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
export const TRAP: Readonly<Record<string, number>> = Object.fromEntries(trapMessages.map((m, i) => [m, STATUS.firstTrap + i]))
