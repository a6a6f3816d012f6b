/** How kernels are called, in every process and shell: from a size to a checksum. No host API is used here. */
import type { Call } from './jobs.ts'
import type { Checksum } from './plan.ts'

export function sized(exported: unknown, { args }: Call): (n: number) => Checksum {
  const call = exported as (...values: readonly number[]) => unknown
  const checksum = (value: unknown): Checksum => (typeof value === 'number' ? value : String(value))
  // The usual case without an array for each call.
  if (args.length === 1) return (n) => checksum(call(n))
  return (n) => checksum(call(...args.map((value) => (value === 'n' ? n : value))))
}
