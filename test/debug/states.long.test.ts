/** The state at 10,000 random stops (`npm run long`); see states.ts. */
import { expect, test } from 'vitest'
import { wanted } from './features.ts'
import { Tally, compareStates } from './states.ts'
import { examples, generated } from './subjects.ts'

const STOPS = 10_000

test(`${STOPS} stops: stepped, run to a breakpoint, or joined`, async () => {
  const tally = new Tally()
  const guests = examples()
  for (const [i, guest] of guests.entries()) await compareStates(guest, { instructions: 20_000, stops: 6 }, i, tally)
  const { stops: ofGuests } = tally
  let seed = 0
  while (tally.stops < STOPS && tally.differences.length < 10)
    await compareStates(generated(++seed), { instructions: 3000, stops: 8 }, seed, tally)
  const features = [...tally.byFeature].map(([feature, stops]) => `${feature} ${stops}`).join(', ')
  console.log(
    `${tally.stops} stops with ${tally.frames} frames in ${seed} generated programs and (${ofGuests} stops) ${guests.length} runs of guests; ` +
      `${tally.joins} ends of fast runs; ${features}`,
  )
  expect(tally.differences).toEqual([])
  expect(tally.stops).toBeGreaterThanOrEqual(STOPS)
  expect(tally.joins).toBeGreaterThanOrEqual(STOPS / 2)
  for (const feature of [...wanted, 'stack-switching', 'tail-call'] as const)
    expect(tally.byFeature.get(feature) ?? 0, feature).toBeGreaterThan(10)
})
