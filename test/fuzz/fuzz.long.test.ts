/** The long campaigns: `npm run long`. */
import { expect, test } from 'vitest'
import { differential, hostile, missingOps, programs, reachable } from './suite.ts'

test('programs do the same everywhere', { timeout: 7_200_000 }, () => {
  const { coverage, failures } = differential(programs(10_000), 500)
  expect(failures.join('\n\n')).toBe('')
  expect(coverage.missing(reachable)).toEqual([])
  expect(missingOps(coverage)).toEqual([])
})

test('tampered binaries raise nothing but VitrineErrors', { timeout: 7_200_000 }, () => {
  expect(hostile(20_000).failures.join('\n\n')).toBe('')
})
