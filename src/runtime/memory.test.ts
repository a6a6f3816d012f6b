/** Memory whose buffer is handed out: `reallocate` and `adopt`, which the JS API uses. */
import { describe, expect, test } from 'vitest'
import { Memory } from './memory.ts'

const make = (min: number, max?: number): Memory =>
  new Memory({ limits: { min, max, is64: false }, shared: false, pageSizeLog2: 16 }, 2 ** 20)

describe('reallocate', () => {
  test('is asked at every grow, by 0 too, for a buffer of exactly the new length', () => {
    const memory = make(1, 4)
    const asked: number[] = []
    memory.reallocate = (old, length) => {
      asked.push(old.byteLength, length)
      const next = new ArrayBuffer(length)
      new Uint8Array(next).set(new Uint8Array(old))
      return next
    }
    memory.setUint8(9, 7)
    const views = [memory.buffer, memory.view, memory.bytes]
    expect([memory.grow(0), memory.grow(2), memory.grow(2)]).toEqual([1, 1, -1])
    expect(asked).toEqual([65536, 65536, 65536, 3 * 65536])
    expect([memory.buffer.byteLength, memory.byteLength, memory.pages, memory.getUint8(9)]).toEqual([3 * 65536, 3 * 65536, 3, 7])
    for (const view of [memory.buffer, memory.view, memory.bytes]) expect(views).not.toContain(view)
    expect([memory.view.buffer, memory.bytes.buffer]).toEqual([memory.buffer, memory.buffer])
  })

  test('may refuse, and then nothing has changed', () => {
    const memory = make(1)
    const { buffer } = memory
    memory.reallocate = () => undefined
    expect(memory.grow(1)).toBe(-1)
    expect([memory.pages, memory.buffer === buffer]).toEqual([1, true])
  })

  test('without it the capacity doubles and the buffer is longer than the memory', () => {
    const memory = make(2)
    memory.grow(1)
    expect([memory.byteLength, memory.buffer.byteLength]).toEqual([3 * 65536, 4 * 65536])
    const exact = new ArrayBuffer(memory.byteLength)
    memory.adopt(exact, memory.byteLength)
    expect([memory.buffer, memory.view.byteLength, memory.bytes.length]).toEqual([exact, 3 * 65536, 3 * 65536])
  })
})
