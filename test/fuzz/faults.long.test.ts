/** Are the programs of the fuzzer good enough? Of the faults put into the engine they must find all but two. */
import { expect, test } from 'vitest'
import { faults } from './faults.ts'
import { type Hunt, Laboratory } from './inject.ts'

/** Programs for each fault: those that CI runs. */
const PROGRAMS = 2000

test(`${faults.length} faults`, { timeout: 7_200_000 }, () => {
  expect(faults.length).toBeGreaterThanOrEqual(40)
  const laboratory = new Laboratory()
  try {
    const hunts = faults.map((fault) => laboratory.hunt(fault, PROGRAMS))
    console.log(hunts.map(describe).join('\n'))
    const missed = hunts.filter((h) => h.found === 0).map((h) => h.fault.name)
    expect(missed.length, `missed: ${missed.join('; ')}`).toBeLessThanOrEqual(2)
  } finally {
    laboratory.close()
  }
})

function describe({ fault, found, what, ms }: Hunt): string {
  const result = found === 0 ? 'MISSED' : found < 0 ? 'hangs' : `program ${found}`
  return `${result.padEnd(14)} ${fault.name.padEnd(62)} ${String(ms).padStart(6)} ms  ${what ?? ''}`
}
