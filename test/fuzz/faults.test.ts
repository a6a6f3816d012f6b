/** The faults of faults.long.test.ts can still be put into the engine as it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repoRoot } from '../helpers/files.ts'
import { faults } from './faults.ts'

test.each(faults)('$name', ({ file, find, replace }) => {
  expect(readFileSync(join(repoRoot, file), 'utf8').split(find)).toHaveLength(2)
  expect(replace).not.toBe(find)
})
