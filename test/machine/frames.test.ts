/**
 * Values on their way through frames: results that change places with parameters, blocks with parameters and results,
 * branches with values, operands that are still aliases of locals or constants. See "Frame" in src/compiler/translator.ts.
 */
import { expect, test } from 'vitest'
import { guest, onEach } from './helper.ts'

onEach('frames: results', (options) => {
  test('0 → 5 and 5 → 0', () => {
    const { exports } = guest(
      `(module (global $sum (mut i64) (i64.const 0))
        (func $give (export "give") (result i32 i64 f32 f64 i32) (i32.const 1) (i64.const -2) (f32.const 0.5) (f64.const -0.25) (i32.const 5))
        (func $take (export "take") (param i32 i64 f32 f64 i32)
          (global.set $sum (i64.add (global.get $sum) (i64.add (local.get 1) (i64.extend_i32_s (i32.add (local.get 0) (local.get 4)))))))
        (func (export "through") (result i64) (call $give) (call $take) (global.get $sum)))`,
      options,
    )
    expect(exports.give()).toEqual([1, -2n, 0.5, -0.25, 5])
    expect(exports.take(1, 2n, 3, 4, 5)).toBeUndefined()
    expect(exports.through()).toBe(8n + 4n)
  })

  test('1 → 9 and 9 → 1', () => {
    const nine = Array.from({ length: 9 }, (_, i) => i)
    const { exports } = guest(
      `(module
        (func $spread (export "spread") (param i32) (result${' i32'.repeat(9)}) ${nine.map((i) => `(i32.add (local.get 0) (i32.const ${i}))`).join(' ')})
        (func $gather (export "gather") (param${' i32'.repeat(9)}) (result i32)
          (local.get 0) ${nine
            .slice(1)
            .map((i) => `(i32.add (i32.mul (i32.const 10)) (local.get ${i}))`)
            .join(' ')})
        (func (export "both") (param i32) (result i32) (call $gather (call $spread (local.get 0)))))`,
      options,
    )
    expect(exports.spread(10)).toEqual(nine.map((i) => 10 + i))
    expect(exports.gather(...nine)).toBe(12345678)
    expect(exports.both(0)).toBe(12345678)
  })

  const permutations = [
    [0, 1, 2, 3],
    [1, 0, 3, 2],
    [3, 2, 1, 0],
    [1, 2, 3, 0],
    [3, 0, 1, 2],
    [2, 3, 0, 1],
    [0, 0, 0, 0],
    [3, 3, 0, 0],
    [1, 1, 0, 0],
    [2, 1, 3, 1],
  ]
  test.each(permutations)('returned in the order %i %i %i %i', (...order) => {
    for (const how of ['', '(return)', '(br 0)', '(br_if 0 (i32.const 1))', '(br_table 0 0 (i32.const 0))']) {
      const reads = order.map((i) => `(local.get ${i})`).join(' ')
      const same = guest(`(module (func (export "f") (param i64 i64 i64 i64) (result i64 i64 i64 i64) ${reads} ${how}))`, options)
      expect(same.exports.f(10n, 11n, 12n, 13n)).toEqual(order.map((i) => BigInt(10 + i)))
      const types = ['i32', 'i64', 'f64', 'externref']
      const values = [7, 8n, 9.5, 'ref']
      const mixed = guest(
        `(module (func (export "f") (param ${types.join(' ')}) (result ${order.map((i) => types[i]).join(' ')}) ${reads} ${how}))`,
        options,
      )
      expect(mixed.exports.f(...values)).toEqual(order.map((i) => values[i]))
    }
  })

  test('aliases, constants and computed values mixed', () => {
    const { exports } = guest(
      `(module
        (func (export "a") (param i32 i32) (result i32 i32 i32 i32) (return (local.get 1) (local.get 0) (i32.const 77) (local.get 0)))
        (func (export "b") (param i32 i32) (result i32 i32 i32) (i32.const 5) (local.get 0) (i32.add (local.get 0) (local.get 1)))
        (func (export "c") (param i32 i32) (result i32 i32 i32) (i32.add (local.get 0) (local.get 1)) (local.get 0) (i32.const 5))
        (func (export "d") (param i32) (result i32 i32 i32) (local i32) (local.set 1 (i32.const 3)) (local.get 1) (local.get 0) (local.get 1))
        (func (export "e") (param i64 f64) (result f64 i64 f64) (local.get 1) (local.get 0) (f64.neg (local.get 1)))
        (func (export "f") (param i32 i32) (result i32 i32)
          (if (local.get 0) (then (return (local.get 1) (local.get 0)))) (local.get 0) (local.get 1))
        (func (export "g") (param i32 i32) (result i32 i32)
          (br_if 0 (local.get 1) (local.get 0) (i32.gt_s (local.get 0) (local.get 1)))))`,
      options,
    )
    expect(exports.a(1, 2)).toEqual([2, 1, 77, 1])
    expect(exports.b(1, 2)).toEqual([5, 1, 3])
    expect(exports.c(1, 2)).toEqual([3, 1, 5])
    expect(exports.d(9)).toEqual([3, 9, 3])
    expect(exports.e(4n, 2.5)).toEqual([2.5, 4n, -2.5])
    expect([exports.f(1, 2), exports.f(0, 2)]).toEqual([
      [2, 1],
      [0, 2],
    ])
    expect([exports.g(5, 2), exports.g(2, 5)]).toEqual([
      [2, 5],
      [5, 2],
    ])
  })
})

onEach('frames: blocks', (options) => {
  test('parameters and results of block, loop, if', () => {
    const { exports } = guest(
      `(module
        (func (export "block") (param i32 i64) (result i64 i32)
          (local.get 0) (local.get 1) (block (param i32 i64) (result i64 i32) (local.set 1) (local.set 0) (local.get 1) (local.get 0)))
        (func (export "loop") (param i32) (result i32 i32)
          (i32.const 0) (i32.const 1)
          (loop (param i32 i32) (result i32 i32)
            (br_if 1 (i32.eqz (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0)))
        (func (export "if") (param i32 i32) (result i32)
          (local.get 1) (i32.const 3)
          (if (param i32 i32) (result i32) (local.get 0) (then (i32.add)) (else (i32.sub)))))`,
      options,
    )
    expect(exports.block(3, 4n)).toEqual([4n, 3])
    expect(exports.loop(4)).toEqual([0, 1])
    expect([exports.if(1, 10), exports.if(0, 10)]).toEqual([13, 7])
  })

  test('a loop whose parameters change places at each back-edge', () => {
    const { exports } = guest(
      `(module (func (export "fib") (param i32) (result i32) (local i32 i32)
        (i32.const 0) (i32.const 1)
        (loop (param i32 i32) (result i32)
          (local.set 2) (local.set 1)
          (local.get 2) (i32.add (local.get 1) (local.get 2))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))) (drop)))
       (func (export "swap") (param i32 i64 i64) (result i64 i64)
        (local.get 1) (local.get 2)
        (loop (param i64 i64) (result i64 i64) (local.set 2) (local.set 1) (local.get 2) (local.get 1)
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`,
      options,
    )
    expect(exports.fib(10)).toBe(55)
    expect([exports.swap(1, 1n, 2n), exports.swap(2, 1n, 2n)]).toEqual([
      [2n, 1n],
      [1n, 2n],
    ])
  })

  test('br_table with values to loops and blocks', () => {
    const { exports } = guest(
      `(module (func (export "f") (param i32 i32) (result i32) (local i32)
        (block $outer (result i32)
          (block $inner (result i32)
            (i32.const 1000)
            (loop $again (param i32) (result i32)
              (local.set 2) (i32.add (local.get 2) (local.get 1))
              (local.get 0) (local.set 0 (i32.const 1))
              (br_table $again $inner $outer $inner)))
          (i32.add (i32.const 1)))
        (return (i32.add (i32.const 100000)))) )`,
      options,
    )
    expect([0, 1, 2, 3, -1].map((i) => exports.f(i, 5))).toEqual([
      1010 + 100001,
      1005 + 100001,
      1005 + 100000,
      1005 + 100001,
      1005 + 100001,
    ])
  })

  test('br_table that returns', () => {
    const { exports } = guest(
      `(module (func (export "f") (param i32 i64) (result i64 i32)
        (block (result i64 i32) (local.get 1) (i32.const 8) (br_table 0 1 (local.get 0)))
        (drop) (i32.const 9)))`,
      options,
    )
    expect([exports.f(0, 3n), exports.f(1, 3n), exports.f(7, 3n)]).toEqual([
      [3n, 9],
      [3n, 8],
      [3n, 8],
    ])
  })

  test('br_if leaves the values for both ways', () => {
    const { exports } = guest(
      `(module
        (func (export "f") (param i32 i32) (result i32)
          (i32.const 100)
          (block (result i32) (local.get 1) (i32.const 7) (br_if 0 (local.get 0)) (i32.add))
          (i32.add))
        (func (export "g") (param i32 i32) (result i32 i32)
          (block (result i32 i32) (i32.const -1) (local.get 1) (i32.const 4) (br_if 0 (local.get 0)) (i32.add) (local.get 0) (i32.add))))`,
      options,
    )
    expect([exports.f(1, 3), exports.f(0, 3)]).toEqual([107, 110])
    expect([exports.g(1, 3), exports.g(0, 3)]).toEqual([
      [3, 4],
      [-1, 7],
    ])
  })

  test('operands below blocks keep the old value of a local', () => {
    const { exports } = guest(
      `(module
        (func (export "set") (param i32) (result i32 i32) (local.get 0) (local.set 0 (i32.const 5)) (local.get 0))
        (func (export "tee") (param i32) (result i32) (i32.sub (local.get 0) (local.tee 0 (i32.const 5))))
        (func (export "twice") (param i32) (result i32 i32 i32) (local.get 0) (local.get 0) (local.set 0 (i32.mul (local.get 0) (local.get 0))) (local.get 0))
        (func (export "swap") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1) (local.set 0) (local.set 1) (local.get 0) (local.get 1))
        (func (export "block") (param i32) (result i32) (local.get 0) (block (local.set 0 (i32.const 50))) (i32.add (local.get 0)))
        (func (export "if") (param i32 i32) (result i32) (local.get 0) (if (local.get 1) (then (local.set 0 (i32.const 50)))) (i32.add (local.get 0)))
        (func (export "loop") (param i32) (result i32) (local i32)
          (local.get 1) (local.get 0)
          (loop (local.set 1 (i32.add (local.get 1) (local.get 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (i32.add (i32.mul (local.get 1) (i32.const 100))) (i32.add))
        (func (export "consts") (param i32) (result i32 i64 f64 i32)
          (i32.const 1) (i64.const 2) (f64.const 3) (local.get 0)
          (block (loop (br_if 1 (i32.eqz (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0)))))`,
      options,
    )
    expect(exports.set(1)).toEqual([1, 5])
    expect(exports.tee(1)).toBe(-4)
    expect(exports.twice(3)).toEqual([3, 3, 9])
    expect(exports.swap(1, 2)).toEqual([2, 1])
    expect(exports.block(1)).toBe(51)
    expect([exports.if(1, 1), exports.if(1, 0)]).toEqual([51, 2])
    expect(exports.loop(4)).toBe(10 * 100 + 4)
    expect(exports.consts(3)).toEqual([1, 2n, 3, 3])
  })

  test('an operand set aside in one arm only', () => {
    const { exports } = guest(
      `(module (func (export "f") (param i32 i32) (result i32)
        (i32.const 1000) (local.get 1)
        (if (param i32) (result i32) (local.get 0)
          (then (local.get 1) (local.set 1 (i32.const 7)) (i32.add) (local.get 1) (i32.add))
          (else (br_if 1 (local.get 1)) (local.set 1 (i32.const 9)) (local.get 1) (i32.add)))
        (i32.add (local.get 1)) (i32.add)))`,
      options,
    )
    expect([exports.f(1, 2), exports.f(0, 0), exports.f(0, 3)]).toEqual([1000 + 2 + 2 + 7 + 7, 1000 + 9 + 9, 3])
  })

  test('select of every type, with constants and aliases', () => {
    for (const [type, a, b] of [
      ['i32', 1, 2],
      ['i64', 1n, 2n],
      ['f32', 0.5, -1],
      ['f64', 0.5, -1],
    ] as const) {
      const { exports } = guest(
        `(module
          (func (export "locals") (param i32 ${type} ${type}) (result ${type}) (select (local.get 1) (local.get 2) (local.get 0)))
          (func (export "consts") (param i32) (result ${type}) (select (${type}.const ${a}) (${type}.const ${b}) (local.get 0)))
          (func (export "overwritten") (param i32 ${type} ${type}) (result ${type} ${type})
            (local.get 1) (select (local.get 2) (local.tee 1 (local.get 2)) (local.get 0)) (drop) (local.get 1)))`,
        options,
      )
      expect([1, 0, -1].map((c) => exports.locals(c, a, b))).toEqual([a, b, a])
      expect([1, 0].map((c) => exports.consts(c))).toEqual([a, b])
      expect(exports.overwritten(1, a, b)).toEqual([a, b])
    }
    const { exports } = guest(
      `(module (func (export "f") (param i32 externref externref) (result externref) (select (result externref) (local.get 1) (local.get 2) (local.get 0))))`,
      options,
    )
    expect([exports.f(1, 'a', 'b'), exports.f(0, 'a', 'b')]).toEqual(['a', 'b'])
  })

  test('300 operands deep', () => {
    const n = 300
    const { exports } = guest(
      `(module (func (export "f") (param i32) (result i32)
        ${Array.from({ length: n }, (_, i) => (i % 3 === 0 ? '(local.get 0)' : i % 3 === 1 ? `(i32.const ${i})` : `(i32.add (local.get 0) (i32.const ${i}))`)).join(' ')}
        (local.set 0 (i32.const 0)) ${'(i32.add)'.repeat(n - 1)}))`,
      options,
    )
    let sum = 0
    for (let i = 0; i < n; i++) sum += i % 3 === 0 ? 5 : i % 3 === 1 ? i : 5 + i
    expect(exports.f(5)).toBe(sum)
  })
})

onEach('frames: calls', (options) => {
  test('arguments that alias locals, and results below which operands wait', () => {
    const { exports } = guest(
      `(module (table funcref (elem $sub))
        (type $t (func (param i32 i32) (result i32)))
        (func $sub (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
        (func $clobber (param i32 i32) (result i32) (local.set 0 (i32.const -1)) (local.set 1 (i32.const -1)) (i32.const 0))
        (func (export "swapped") (param i32 i32) (result i32) (call $sub (local.get 1) (local.get 0)))
        (func (export "same") (param i32 i32) (result i32 i32) (local.get 0) (drop (call $clobber (local.get 0) (local.get 0))) (local.get 0))
        (func (export "tee") (param i32 i32) (result i32) (call $sub (local.get 0) (local.tee 0 (local.get 1))))
        (func (export "below") (param i32 i32) (result i32)
          (local.get 0) (i32.const 100) (call_indirect (type $t) (local.get 1) (local.get 0) (i32.const 0)) (i32.add) (i32.add)))`,
      options,
    )
    expect(exports.swapped(10, 3)).toBe(-7)
    expect(exports.same(6, 7)).toEqual([6, 6])
    expect(exports.tee(10, 3)).toBe(7)
    expect(exports.below(10, 3)).toBe(10 + 100 - 7)
  })

  test('all types in one frame', () => {
    const types = ['f64', 'funcref', 'i32', 'externref', 'i64', 'f32']
    const { exports } = guest(
      `(module
        (func $id (param ${types.join(' ')}) (result ${types.join(' ')}) (local externref i64 funcref f64)
          (local.set 6 (local.get 3)) (local.set 7 (local.get 4)) (local.set 8 (local.get 1)) (local.set 9 (local.get 0))
          (block (result ${types.join(' ')}) (local.get 9) (local.get 8) (local.get 2) (local.get 6) (local.get 7) (local.get 5)))
        (func (export "f") (param ${types.join(' ')}) (result ${[...types].reverse().join(' ')}) (local ${types.join(' ')})
          ${types.map((_, i) => `(local.get ${i})`).join(' ')} (call $id)
          ${types.map((_, i) => `(local.set ${11 - i})`).join(' ')} ${types.map((_, i) => `(local.get ${11 - i})`).join(' ')}))`,
      options,
    )
    const { f } = exports
    const ref = { some: 'object' }
    expect(f(1.5, f, -3, ref, -(2n ** 63n), 0.25)).toEqual([0.25, -(2n ** 63n), ref, -3, f, 1.5])
  })
})
