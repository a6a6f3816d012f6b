/** Binary search against counting one by one. */
import { expect, test } from 'vitest'
import { countUpTo, firstWhere } from './search.ts'

test('the first number for which a condition holds, in ranges of every size', () => {
  for (let count = 0; count < 20; count++) {
    for (let from = 0; from <= count; from++) expect(firstWhere(count, (i) => i >= from)).toBe(from)
  }
})

test('how many numbers are at most another one, equal ones included', () => {
  const numbers = [2, 3, 3, 7]
  expect([1, 2, 3, 4, 7, 8].map((n) => countUpTo(numbers, n))).toEqual([0, 1, 3, 3, 4, 4])
  expect(countUpTo([], 0)).toBe(0)
})
