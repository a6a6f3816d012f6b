/** The state at random stops, in CI size; see states.ts. */
import { expect, test } from 'vitest'
import { wanted } from './features.ts'
import { Tally, compareStates } from './states.ts'
import { examples, generated } from './subjects.ts'

test('stepped, run to a breakpoint, or joined: equal to the reference executor', { timeout: 300_000 }, async () => {
  const tally = new Tally()
  for (let seed = 1; seed <= 45; seed++) await compareStates(generated(seed), { instructions: 1500, stops: 6 }, seed, tally)
  const guests = examples()
  for (const name of [
    'threads',
    'generators (WAT) primes 100',
    'exceptions (WAT) search 10',
    'tree (GC) grow 1',
    'words (Rust) of nothing',
    'life (AssemblyScript) step 4',
  ]) {
    const guest = guests.find((subject) => subject.name === name)!
    await compareStates(guest, { instructions: 5000, stops: 4 }, 1, tally)
  }
  expect(tally.differences).toEqual([])
  expect(tally.stops).toBeGreaterThanOrEqual(250)
  expect(tally.joins).toBeGreaterThanOrEqual(150)
  for (const feature of wanted) expect(tally.byFeature.get(feature) ?? 0, feature).toBeGreaterThan(0)
})
