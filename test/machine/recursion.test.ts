/**
 * Deep recursion: 200,000 frames by default, then exhaustion: the same error at the same depth on every configuration, which
 * leaves the instance usable. Recursion through the host ends the same way, before the JS stack does.
 */
import { expect, test } from 'vitest'
import { ExhaustionError, isExhaustion } from '../../src/index.ts'
import { type Anything, configurations, guest, onEach, thrown } from './helper.ts'

const sum = `(module
  (func $sum (export "sum") (param i32) (result i64)
    (if (result i64) (i32.eqz (local.get 0)) (then (i64.const 0))
      (else (i64.add (i64.extend_i32_u (local.get 0)) (call $sum (i32.sub (local.get 0) (i32.const 1)))))))
  (global $depth (export "depth") (mut i32) (i32.const 0))
  (func $forever (export "forever") (global.set $depth (i32.add (global.get $depth) (i32.const 1))) (call $forever))
  (func $wide (export "wide") (param i64 f64) (result i64) (local i64 i64 i64 i64 externref funcref f32)
    (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (i64.add (local.get 0) (i64.mul (i64.const 2) (i64.add (local.get 3) (call $wide (local.get 0) (local.get 1)))))))`

onEach('recursion', (options) => {
  test('200,000 frames give the right value, one more is exhaustion, and the instance still works', () => {
    const { exports } = guest(sum, options)
    expect(exports.sum(199_999)).toBe((199_999n * 200_000n) / 2n)
    const error = thrown(() => exports.sum(200_000))
    expect(error).toBeInstanceOf(ExhaustionError)
    expect(error.message).toBe('call stack exhausted')
    expect(error.frames.slice(0, 2)).toMatchObject([
      { funcidx: 0, name: 'sum' },
      { funcidx: 0, name: 'sum' },
    ])
    expect(exports.sum(100)).toBe(5050n)
    expect(exports.sum(199_999)).toBe((199_999n * 200_000n) / 2n)
  })

  test('limits.frames counts frames', () => {
    const { exports } = guest(sum, { ...options, limits: { frames: 10 } })
    expect(exports.sum(9)).toBe(45n)
    expect(() => exports.sum(10)).toThrow('call stack exhausted')
    expect(() => exports.forever()).toThrow('call stack exhausted')
    expect(exports.depth.value).toBe(10)
  })

  test('between two instances', () => {
    const half = `(module (import "m" "table" (table 1 funcref))
      (func (export "f") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
          (else (i32.add (i32.const 1) (call_indirect (param i32) (result i32) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))))`
    const tables = [0, 1].map(() => guest('(module (table (export "table") 1 funcref))', options).exports)
    const [a, b] = tables.map((m) => guest(half, options, { m: m as Record<string, unknown> }))
    tables[0]!.table.set(0, b!.exports.f)
    tables[1]!.table.set(0, a!.exports.f)
    expect(a!.exports.f(100_000)).toBe(100_000)
    expect(a!.exports.f(199_999)).toBe(199_999)
    expect(isExhaustion(thrown(() => a!.exports.f(200_000)))).toBe(true)
    expect(b!.exports.f(11)).toBe(11)
  })

  test('through the host: exhaustion, never a RangeError', () => {
    let depth = 0
    let made: Anything = undefined
    made = guest(
      '(module (import "h" "back" (func $back)) (func $f (export "f") (call $back)) (func (export "ok") (result i32) (i32.const 1)))',
      options,
      {
        h: {
          back: () => {
            depth++
            made.exports.f()
          },
        },
      },
    )
    const error = thrown(() => made.exports.f())
    expect(error).toBeInstanceOf(ExhaustionError)
    expect(depth).toBeGreaterThan(100)
    expect(made.exports.ok()).toBe(1)
    const first = depth
    thrown(() => made.exports.f())
    expect(depth).toBe(2 * first)
  })

  test('through the host and two instances of their own stores: exhaustion, never a RangeError', () => {
    const source = '(module (import "h" "back" (func $back)) (func (export "f") (call $back)))'
    const made: Anything[] = []
    for (const other of [1, 0]) made.push(guest(source, options, { h: { back: () => made[other].exports.f() } }))
    const error = thrown(() => made[0].exports.f())
    expect(error).toBeInstanceOf(ExhaustionError)
  })

  test('a host function may catch the exhaustion and go on', () => {
    let made: Anything = undefined
    made = guest(
      '(module (import "h" "try" (func $try (result i32))) (func $f (export "f") (call $f)) (func (export "run") (result i32) (i32.add (call $try) (call $try))))',
      options,
      {
        h: {
          try: () => (isExhaustion(thrown(() => made.exports.f())) ? 21 : 0),
        },
      },
    )
    expect(made.exports.run()).toBe(42)
  })
})

test('exhaustion comes at the same depth on every configuration, by frames and by slots', () => {
  for (const limits of [{}, { frames: 77 }, { stack: 4096 }, { stack: 5000 }, { stack: 70_000 }, { stack: 1_000_000 }]) {
    for (const [name, ...args] of [['forever'], ['wide', 1n, 2]] as const) {
      const depths = configurations.map(([, options]) => {
        const { exports } = guest(sum, { ...options, limits })
        expect(isExhaustion(thrown(() => exports[name](...args)))).toBe(true)
        return exports.depth.value
      })
      expect(depths, `${name} ${JSON.stringify(limits)}`).toEqual(configurations.map(() => depths[0]))
    }
  }
})
