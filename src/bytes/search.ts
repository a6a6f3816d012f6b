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

/** How many of the ascending numbers are at most `n`. Each frame that an exception passes asks: there is no call for each step. */
export function countUpTo(numbers: readonly number[], n: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! > n) high = middle
    else low = middle + 1
  }
  return low
}
