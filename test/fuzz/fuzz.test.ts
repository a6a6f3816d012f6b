/**
 * Differential fuzzing in CI size: programs from fixed seeds on every configuration and on the JS engine's own WebAssembly;
 * and tampered binaries, which may only be refused. VITRINE_LONG makes it long; see suite.ts for the other settings.
 */
import { describe, expect, test } from 'vitest'
import { differential, hostile, long, missingOps, programs, reachable } from './suite.ts'

describe('differential', () => {
  const count = programs(long ? 10_000 : 150)
  test(`${count} programs do the same everywhere`, { timeout: long ? 7_200_000 : 120_000 }, () => {
    const { coverage, ticks, natives, failures } = differential(count, Math.min(count, 500))
    console.log(
      `${count} programs (${natives} also on native WebAssembly), ${ticks} ticks; ${coverage.total} instructions executed in the ${Math.min(count, 500)} measured`,
    )
    expect(failures.join('\n\n')).toBe('')
    if (count < 150) return
    expect(coverage.missing(reachable), 'reachable instructions that no program executed').toEqual([])
    expect(missingOps(coverage), 'ops that no program was translated to').toEqual([])
  })
})

describe('hostile input', () => {
  const count = long ? 20_000 : 500
  test(`${count} tampered binaries raise nothing but VitrineErrors`, { timeout: long ? 7_200_000 : 120_000 }, () => {
    const { fates, failures } = hostile(count)
    console.log(`tampered binaries: ${JSON.stringify(fates)}`)
    expect(failures.join('\n\n')).toBe('')
    expect(fates['ran'], 'some must get through, or the mutations are too crude').toBeGreaterThan(0)
  })
})
