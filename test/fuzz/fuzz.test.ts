/**
 * Differential fuzzing in CI size: programs from fixed seeds on every configuration and on the JS engine's own WebAssembly.
 * VITRINE_LONG makes it long; see suite.ts for the other settings.
 */
import { describe, expect, test } from 'vitest'
import { allFeatures } from '../../src/spec/features.ts'
import { missing, rarest } from './coverage.ts'
import { generate } from './generate.ts'
import { isValid } from './shrink.ts'
import { differential, firstSeed, generated, inputs, long, missingOps, reachable } from './suite.ts'

describe('differential', () => {
  test('generated programs are valid', { timeout: 120_000 }, () => {
    const seeds = Array.from({ length: 500 }, (_, i) => firstSeed + i)
    expect(seeds.filter((seed) => !isValid(generate(seed)))).toEqual([])
  })

  const count = inputs(long ? 200_000 : 2000)
  test(`${count} programs do the same everywhere`, { timeout: long ? 21_600_000 : 1_200_000 }, async () => {
    const measured = Math.min(count, 2000)
    const { oracle, reach, programs, ticks, natives, lost, clean, failures } = await differential(count, measured)
    console.log(
      `${programs} programs (${natives} also on the WebAssembly of ${oracle.about}, ${clean} without a trap), ${ticks} ticks; ` +
        `in the ${measured} measured the rarest instructions: ${rarest(reach, reachable, 5).join(', ')}` +
        (lost.length === 0 ? '' : `; the oracle did not survive ${lost.join(', ')}`),
    )
    expect(failures.join('\n\n')).toBe('')
    expect(programs).toBe(count)
    expect(clean, 'programs without a trap').toBeGreaterThanOrEqual(0.6 * count)
    if (count < 2000) return
    expect(missing(reach, reachable, 20), 'instructions that were executed fewer than 20 times').toEqual([])
    expect(missingOps(reach), 'ops that no program was translated to').toEqual([])
  })

  test('there is a generator for every feature', () => {
    expect([...allFeatures].filter((feature) => !generated.has(feature))).toEqual([])
  })
})
