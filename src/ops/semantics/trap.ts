/**
 * The one way a semantics function traps (spec §4.2.2), and the messages it may use: the test suite's own words.
 * Called by the functions of this folder and by the executors they are pasted into.
 */
import { Trap } from '../../errors.ts'

/** Messages of the numeric traps (§4.3.2, §4.3.4). */
export const trapMessages: readonly string[] = ['integer divide by zero', 'integer overflow', 'invalid conversion to integer']

/** Whoever runs the op catches this and adds the Wasm frames. */
export function trap(message: string): never {
  throw new Trap(message)
}
