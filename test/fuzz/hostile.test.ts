/** Tampered binaries and texts in CI size: they may only be refused, or run alike on every configuration. See hostile.ts. */
import { describe, expect, test } from 'vitest'
import { allFeatures } from '../../src/spec/features.ts'
import type { HostileCampaign } from './campaign.ts'
import { hostileBinaries, hostileTexts, inputs, long } from './suite.ts'

/** MB that the process may grow by while it reads small inputs one after the other. */
const MEMORY = 500

function check({ inputs: count, fates, features, grown, slowest, failures }: HostileCampaign): void {
  console.log(
    `${count} inputs: ${JSON.stringify(fates)}; of those that ran ${JSON.stringify(features)}; the slowest ${slowest} ms, the process grew by ${grown} MB`,
  )
  expect(failures.join('\n\n')).toBe('')
  expect(grown).toBeLessThan(MEMORY)
}

describe('hostile input', () => {
  const binaries = inputs(long ? 100_000 : 1500)
  test(`${binaries} tampered binaries`, { timeout: long ? 7_200_000 : 120_000 }, async () => {
    const campaign = await hostileBinaries(binaries)
    check(campaign)
    const { features } = campaign
    const { malformed, ran } = campaign.fates
    expect(binaries - malformed, 'binaries that still decode').toBeGreaterThanOrEqual(0.3 * binaries)
    expect(ran, 'binaries that are valid and run').toBeGreaterThanOrEqual(0.05 * binaries)
    if (binaries < 1000) return
    expect(
      [...allFeatures].filter((feature) => (features[feature] ?? 0) < (long ? 100 : 2)),
      'features that few of them use',
    ).toEqual([])
  })

  const texts = inputs(long ? 20_000 : 800)
  test(`${texts} tampered texts`, { timeout: long ? 7_200_000 : 120_000 }, async () => {
    const campaign = await hostileTexts(texts)
    check(campaign)
    expect(campaign.fates.ran, 'texts that are valid and run').toBeGreaterThan(0)
  })
})
