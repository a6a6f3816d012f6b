/** Binary search: in tables that are in order, such as offsets, pcs and the bodies of a module. */

/** The first number below `count` for which a condition holds, `count` if there is none. It must hold for all above that. */
export function firstWhere(count: number, holds: (i: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** How many of the ascending numbers are at most `n`. */
export const countUpTo = (numbers: readonly number[], n: number): number => firstWhere(numbers.length, (i) => numbers[i]! > n)
