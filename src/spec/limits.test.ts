/** The implementation limits are numbers that fit together (JS API, implementation-defined limits). */
import { expect, it } from 'vitest'
import * as limits from './limits.ts'

it('has exact positive integers', () => {
  for (const [name, value] of Object.entries(limits)) expect([name, Number.isSafeInteger(value) && value > 0]).toEqual([name, true])
})
it('fits together', () => {
  expect(limits.MAX_MODULE_SIZE).toBe(1_073_741_824)
  expect(limits.MAX_MEMORY32_PAGES * 65_536).toBe(2 ** 32)
  expect(limits.MAX_MEMORY64_PAGES * 65_536).toBe(2 ** 53 - 2 ** 16)
  expect(limits.MAX_MEMORY64_RUNTIME_PAGES * 65_536).toBe(16 * 2 ** 30)
})
