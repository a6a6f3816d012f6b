/**
 * Growing: one page at a time must not copy each time, whoever grows; the bytes stay, and views are good until it grows.
 */
import { expect, test } from 'vitest'
import { guest, onEach } from './helper.ts'

const PAGE = 65536

/** CPU time that `f` takes, in ms. */
function cpu(f: () => void): number {
  const before = process.cpuUsage()
  f()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

onEach('memory', (options) => {
  test('1 → 4,096 pages one at a time in under a second of CPU time', () => {
    const { exports } = guest(
      `(module (memory (export "memory") 1)
        (func (export "all") (param i32) (loop (drop (memory.grow (i32.const 1))) (br_if 0 (i32.lt_u (memory.size) (local.get 0))))))`,
      options,
    )
    exports.memory.view().fill(7)
    expect(cpu(() => exports.all(4096))).toBeLessThan(1000)
    expect(exports.memory.pages).toBe(4096)
    const view: Uint8Array = exports.memory.view()
    expect([view[0], view[PAGE - 1], view[PAGE], view.at(-1), view.length]).toEqual([7, 7, 0, 0, 4096 * PAGE])
  })

  test('what was written into each page stays', () => {
    const { exports } = guest(
      `(module (memory (export "memory") 1)
        (func (export "all") (param i32) (local i32)
          (loop
            (local.set 1 (memory.grow (i32.const 1)))
            (i32.store (i32.sub (i32.mul (memory.size) (i32.const ${PAGE})) (i32.const 4)) (local.get 1))
            (i32.store (i32.mul (local.get 1) (i32.const ${PAGE})) (i32.sub (i32.const -1) (local.get 1)))
            (br_if 0 (i32.lt_u (memory.size) (local.get 0))))))`,
      options,
    )
    exports.all(700)
    const view: DataView = exports.memory.dataView()
    for (let page = 1; page < 700; page++)
      expect([view.getInt32(page * PAGE, true), view.getInt32((page + 1) * PAGE - 4, true)]).toEqual([-1 - page, page])
  })

  test('the same by the host, seen by the guest', () => {
    const { exports } = guest(
      `(module (memory (export "memory") 1 4096) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))) (func (export "size") (result i32) (memory.size)))`,
      options,
    )
    const { memory, load, size } = exports
    const took = cpu(() => {
      for (let page = 1; page < 4096; page++) {
        memory.grow(1)
        memory.dataView().setInt32(page * PAGE, page, true)
      }
    })
    expect(took).toBeLessThan(1000)
    expect(size()).toBe(4096)
    for (const page of [1, 2, 3, 1000, 4095]) expect(load(page * PAGE)).toBe(page)
    expect(() => memory.grow(1)).toThrow('cannot grow')
  })

  test('beside a call that stays: growth in a callee, in a host function, in another instance', () => {
    const shared = guest('(module (memory (export "memory") 1))', options).exports
    const far = guest('(module (import "m" "memory" (memory 1)) (func (export "grow") (drop (memory.grow (i32.const 1)))))', options, {
      m: shared,
    })
    const ways = ['(call $own)', '(call $host)', '(call $far)', '(call_indirect (i32.const 0))', '(call $tail)']
    const made = guest(
      `(module (import "m" "memory" (memory 1)) (import "h" "grow" (func $host)) (import "f" "grow" (func $far)) (table funcref (elem $own))
        (func $own (drop (memory.grow (i32.const 1)))) (func $tail (return_call $host))
        ${ways
          .map(
            (way, i) => `(func (export "${i}") (result i32) (local i32)
          (local.set 0 (i32.mul (memory.size) (i32.const ${PAGE})))
          (i32.store (i32.const 100) (i32.const ${i + 1}))
          ${way}
          (i32.store (local.get 0) (i32.load (i32.const 100)))
          (i32.load (local.get 0)))`,
          )
          .join('\n')})`,
      options,
      { m: shared, h: { grow: () => void shared.memory.grow(1) }, f: far.exports },
    )
    ways.forEach((way, i) => expect(made.exports[i](), way).toBe(i + 1))
    expect(shared.memory.pages).toBe(1 + ways.length)
  })

  test('no page is reachable before it is there, although the room is', () => {
    const { exports } = guest(
      '(module (memory (export "memory") 3) (func (export "grow") (drop (memory.grow (i32.const 1)))) (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))',
      options,
    )
    for (let pages = 3; pages < 40; pages++) {
      expect(exports.load(pages * PAGE - 1)).toBe(0)
      expect(() => exports.load(pages * PAGE)).toThrow('out of bounds memory access')
      expect(exports.memory.view()).toHaveLength(pages * PAGE)
      exports.grow()
    }
  })
})
