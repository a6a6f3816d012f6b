/** What the programs of states.test.ts must have among them. */
import type { Feature } from '../../src/spec/features.ts'

/** Features whose programs must have been stopped in. */
export const wanted: readonly Feature[] = [
  'simd',
  'relaxed-simd',
  'threads',
  'gc',
  'function-references',
  'exceptions',
  'legacy-exceptions',
  'multi-memory',
  'memory64',
  'wide-arithmetic',
]
