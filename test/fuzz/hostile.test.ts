/** Tampered binaries and texts in CI size: they may only be refused, or run alike on every configuration. See hostile.ts. */
import { describe, expect, test } from 'vitest'
import { type HostileCampaign, hostileBinaries, hostileTexts, long } from './suite.ts'

/** MB that the process may grow by while it reads small inputs one after the other. */
const MEMORY = 500

function check({ inputs, fates, grown, slowest, failures }: HostileCampaign): void {
  console.log(`${inputs} inputs: ${JSON.stringify(fates)}; the slowest ${slowest} ms, the process grew by ${grown} MB`)
  expect(failures.join('\n\n')).toBe('')
  expect(grown).toBeLessThan(MEMORY)
}

describe('hostile input', () => {
  const binaries = long ? 100_000 : 1500
  test(`${binaries} tampered binaries`, { timeout: long ? 7_200_000 : 120_000 }, () => {
    const campaign = hostileBinaries(binaries)
    check(campaign)
    const { malformed, ran } = campaign.fates
    expect(binaries - malformed, 'binaries that still decode').toBeGreaterThanOrEqual(0.3 * binaries)
    expect(ran, 'binaries that are valid and run').toBeGreaterThanOrEqual(0.05 * binaries)
  })

  const texts = long ? 20_000 : 800
  test(`${texts} tampered texts`, { timeout: long ? 7_200_000 : 120_000 }, () => {
    const campaign = hostileTexts(texts)
    check(campaign)
    expect(campaign.fates.ran, 'texts that are valid and run').toBeGreaterThan(0)
  })
})
