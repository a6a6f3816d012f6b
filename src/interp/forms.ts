/**
 * Forms of closures: an op, or two in a row as one closure, that takes its operand from the op before it or hands its result to the op
 * behind it. scripts/closure-source.ts writes them, closure.ts chooses among them.
 */

/** How the second of two ops uses what the first one writes. To `usedUp` and `shared` the operand's place is added. */
export const RELATION = {
  /** One op alone. */
  alone: 0,
  /** Two ops, the second of which reads registers. */
  apart: 1,
  /** The value goes from one to the other, and nobody else wants it: 3 to 6 for the places 1 to 4 behind the op's number. */
  usedUp: 2,
  /** The value goes to the other, and to its register: 7 to 10. */
  shared: 6,
} as const

/** What becomes of the result. */
export const RESULT = { stored: 0, given: 1, kept: 2, givenPair: 3 } as const

/** Added to the place of an operand that is taken as two words. */
export const PAIR_PLACE = 4

/**
 * The number of a form. `from`: the place of the operand that is taken, plus PAIR_PLACE when it is two words; 0 for none. `to`: a RESULT.
 * `relation` and `second` are 0 for one op alone.
 */
export const formKey = (first: number, second: number, from: number, to: number, relation: number): number =>
  first + second * 1024 + (from + 9 * to + 36 * relation) * 2 ** 20
