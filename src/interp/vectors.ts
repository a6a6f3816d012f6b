/** Where the loop of the vector ops is found, once `vitrine/simd` has provided it: executors that meet such an op leave it to that loop. */
import type { Thread } from '../runtime/thread.ts'

/** Runs vector ops from pc on until one comes that is none; returns a STATUS. See vector.gen.ts. */
type VectorLoop = (T: Thread, code: Int32Array, start: number, frame: number) => number

let loop: VectorLoop = () => {
  // Modules with vector instructions were refused when they were compiled.
  throw new Error('there are vector ops, but no loop for them')
}
export function provideVectors(run: VectorLoop): void {
  loop = run
}
export const runVectors: VectorLoop = (T, code, start, frame) => loop(T, code, start, frame)
