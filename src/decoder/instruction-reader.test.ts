/** The instruction reader: the immediates of each kind, read from bytes (spec §5.4). */
import { describe, expect, it } from 'vitest'
import { EXTERNREF, HEAP_FUNC, I32, I64 } from '../spec/types.ts'
import { InstructionReader } from './instruction-reader.ts'

function at(...bytes: number[]): InstructionReader {
  const r = new InstructionReader(Uint8Array.from(bytes), 0, bytes.length)
  expect(r.next()).toBe(true)
  expect(r.pos).toBe(bytes.length)
  expect(r.next()).toBe(false)
  return r
}

describe('InstructionReader', () => {
  it('reads indices', () => {
    expect(at(0x20, 0x05)).toMatchObject({ index: 5, at: 0 })
    expect(at(0x20, 0x80, 0x01).index).toBe(128)
    expect(at(0x11, 0x02, 0x03)).toMatchObject({ index: 2, index2: 3 })
    expect(at(0xfc, 0x0a, 0x01, 0x02)).toMatchObject({ index: 1, index2: 2 })
  })
  it('reads constants with their bits', () => {
    expect(at(0x41, 0x7f).lo).toBe(-1)
    expect(at(0x41, 0x80, 0x01).lo).toBe(128)
    expect(at(0x42, 0x7e)).toMatchObject({ lo: -2, hi: -1 })
    expect(at(0x43, 0x01, 0x00, 0xa0, 0x7f).lo).toBe(0x7fa00001)
    expect(at(0x44, 1, 0, 0, 0, 0, 0, 0xf0, 0x7f)).toMatchObject({ lo: 1, hi: 0x7ff00000 })
    expect(at(0xfd, 0x0c, ...new Array<number>(16).fill(7)).vector).toEqual(new Uint8Array(16).fill(7))
  })
  it('reads memargs', () => {
    expect(at(0x28, 0x02, 0x10)).toMatchObject({ align: 2, memory: 0, offset: 16 })
    expect(at(0x28, 0x02, 0x90, 0x01)).toMatchObject({ offset: 144 })
    expect(at(0x28, 0x42, 0x03, 0x80, 0x80, 0x80, 0x80, 0x10)).toMatchObject({ align: 2, memory: 3, offset: 2 ** 32, lo: 0, hi: 1 })
  })
  it('reads block types', () => {
    expect(at(0x02, 0x40)).toMatchObject({ blockTypeidx: -1, blockResult: 0 })
    expect(at(0x02, 0x7e)).toMatchObject({ blockTypeidx: -1, blockResult: I64 })
    expect(at(0x02, 0x6f)).toMatchObject({ blockTypeidx: -1, blockResult: EXTERNREF })
    expect(at(0x02, 0xc0, 0x00)).toMatchObject({ blockTypeidx: 64, blockResult: 0 })
  })
  it('reads lists', () => {
    expect(at(0x0e, 2, 0, 1, 2).labels).toEqual([0, 1, 2])
    expect(at(0x1c, 1, 0x7f).types).toEqual([I32])
    expect(at(0x1f, 0x40, 2, 0, 5, 1, 3, 0).clauses).toEqual([
      { kind: 'catch', tag: 5, label: 1 },
      { kind: 'catch_all_ref', tag: -1, label: 0 },
    ])
    expect(at(0xd0, 0x70).heap).toBe(HEAP_FUNC)
    expect(at(0xfb, 0x18, 3, 1, 0x70, 2)).toMatchObject({ flags: 3, index: 1, heap: HEAP_FUNC, heap2: 2 })
  })
  it('moves to another stretch', () => {
    const r = new InstructionReader(Uint8Array.of(0x01, 0x20, 0x04, 0x0b), 0, 1)
    expect(r.next()).toBe(true)
    expect(r.next()).toBe(false)
    r.move(1, 3)
    expect(r.next()).toBe(true)
    expect(r.index).toBe(4)
  })
})
