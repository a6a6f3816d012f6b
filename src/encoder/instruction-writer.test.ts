/** Every row of the instruction table, written and read back with its immediates. */
import { expect, test } from 'vitest'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { instructions } from '../spec/instructions.ts'
import { ABSTRACT, I64, refType } from '../spec/types.ts'
import { type Operands, InstructionWriter, emptyOperands } from './instruction-writer.ts'

const operands: Operands = {
  ...emptyOperands(),
  index: 300,
  index2: 7,
  lo: -5,
  hi: 0x12345678,
  align: 1,
  memory: 3,
  lane: 9,
  blockTypeidx: 200,
  labels: [1, 2, 300],
  types: [I64, refType(false, 70)],
  heap: ABSTRACT | 0x6e,
  heap2: 5,
  flags: 2,
  vector: Uint8Array.from({ length: 16 }, (_, i) => i),
}

test('every row is read back as it was written', () => {
  for (const row of instructions) {
    const handlers = row.immediates.includes('handlers')
    const given: Operands = {
      ...operands,
      clauses: handlers
        ? [
            { kind: 'on', tag: 1, label: 2 },
            { kind: 'switch', tag: 3, label: -1 },
          ]
        : [
            { kind: 'catch', tag: 1, label: 2 },
            { kind: 'catch_ref', tag: 200, label: 3 },
            { kind: 'catch_all', tag: -1, label: 4 },
            { kind: 'catch_all_ref', tag: -1, label: 5 },
          ],
    }
    const w = new InstructionWriter()
    w.write(row, given)
    const r = new InstructionReader(w.bytes, 0, w.length)
    expect(r.next()).toBe(true)
    expect(r.instruction).toBe(row)
    expect(r.pos).toBe(w.length)
    // The reader's fields are operands: an instruction is copied by handing it over.
    const copy = new InstructionWriter()
    copy.write(r.instruction, r)
    expect([row.name, ...copy.slice()]).toEqual([row.name, ...w.slice()])
    if (row.immediates.includes('catches') || handlers) expect(r.clauses).toEqual(given.clauses)
    if (row.immediates.includes('labels')) expect(r.labels).toEqual(given.labels)
    if (row.immediates.includes('i64')) expect([r.lo, r.hi]).toEqual([-5, 0x12345678])
    if (row.immediates.includes('memarg')) expect([r.align, r.memory]).toEqual([1, 3])
  }
})

test('block types', () => {
  const one = (given: Partial<Operands>): number[] => {
    const w = new InstructionWriter()
    w.write(
      instructions.find((row) => row.name === 'block')!,
      { ...emptyOperands(), ...given },
    )
    return [...w.slice()]
  }
  expect(one({})).toEqual([2, 0x40])
  expect(one({ blockResult: I64 })).toEqual([2, 0x7e])
  expect(one({ blockTypeidx: 64 })).toEqual([2, 0xc0, 0])
})
