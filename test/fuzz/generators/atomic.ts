/** Atomic accesses (threads proposal) of memories that are not shared, where they do the same and `wait` traps. */
import { type Instruction, instructions } from '../../../src/spec/instructions.ts'
import { I32, I64 } from '../../../src/spec/types.ts'
import type { Body, Family, Statement } from '../body.ts'
import { addressTypeOf, anyMemory } from './memory.ts'

const rows = instructions.filter((i) => i.feature === 'threads' && i.width > 0)
const waits = (i: Instruction): boolean => i.name.includes('wait')
const mild = rows.filter((i) => !waits(i))

/** Pushes an address: aligned, as it must be, and far from the end. */
function aligned(b: Body, memory: number): void {
  b.produce(I32)
  b.op('i32.const', [], [I32], { lo: b.risk(10) ? 0x3ff9 : 0x3ff8 })
  b.op('i32.and', [I32, I32], [I32])
  if (addressTypeOf(b, memory) === I64) b.op('i64.extend_i32_u', [I32], [I64])
}

const access: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0) return false
  const row = b.r.pick(b.risk(25) ? rows.filter(waits) : mild)
  const [, ...values] = row.type!.params
  aligned(b, memory)
  for (const type of values) b.produce(type)
  const lo = b.r.below(8) * row.width
  b.op(row.name, [addressTypeOf(b, memory), ...values], row.type!.results, { lo, hi: 0, align: Math.log2(row.width), memory })
  if (row.type!.results.length > 0 && b.r.chance(80)) b.observe()
  return true
}
const fence: Statement = (b) => {
  if (b.r.chance(50)) return false
  b.raw('atomic.fence')
  return true
}

export const atomics: Family = {
  feature: 'threads',
  preludes: [access, access, access, fence],
  statements: [access, access, access, access, fence],
  makers: () => [],
}
