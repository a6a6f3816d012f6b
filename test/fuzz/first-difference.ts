/**
 * `node … COUNT`: runs up to that many programs and prints the number of the first that differs, or 0. For faults.long.test.ts,
 * which bundles it together with an engine that has a fault.
 */
import { type Difference, compare } from './differential.ts'
import { generate } from './generate.ts'

function differs(seed: number): Difference | string | undefined {
  try {
    return compare(generate(seed))
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

const count = Number(process.argv[2])
let found = 0
let what: Difference | string | undefined
for (let seed = 1; seed <= count && found === 0; seed++) {
  what = differs(seed)
  if (what !== undefined) found = seed
}
console.log(JSON.stringify({ found, what: typeof what === 'object' ? `${what.engines.join(' / ')}: ${what.where}` : what?.slice(0, 300) }))
