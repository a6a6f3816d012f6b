/**
 * Tables of numbers as generated files hold them: steps of three numbers each, how far on the next place is, by how much its value
 * differs, and how often to do that.
 */
export function readSteps(length: number, steps: readonly number[]): Int32Array {
  const table = new Int32Array(length).fill(-1)
  let place = 0
  let value = 0
  for (let i = 0; i < steps.length; i += 3) {
    for (let n = steps[i + 2]!; n > 0; n--) {
      place += steps[i]!
      value += steps[i + 1]!
      table[place] = value
    }
  }
  return table
}
