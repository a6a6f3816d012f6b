/**
 * Tail calls replace their frame: a million of them need no stack, whatever the sizes of the frames, whoever is called, and
 * whichever instance it belongs to. Callers that other instances left behind must not pile up either (Thread.saved).
 */
import { expect, test } from 'vitest'
import { type Anything, guest, onEach, wat } from './helper.ts'

const million = 1_000_000
/** What the thread of a stopped call holds. */
const threadOf = (execution: unknown): Anything => (execution as { T: unknown }).T

onEach('tail calls', (options) => {
  const bounce = (call: string): string => `(module
    (type $one (func (param i32) (result i64))) (type $nine (func (param i64 i32 f64 i32 i32 i32 i32 i32 i32) (result i64)))
    (table funcref (elem $one $nine)) (global $n (mut i64) (i64.const 0))
    (func $one (export "run") (type $one) (local f64 i64 i32)
      (global.set $n (i64.add (global.get $n) (i64.const 1)))
      (if (i32.eqz (local.get 0)) (then (return (global.get $n))))
      (i64.const -1) (i32.const 1) (f64.const 2) (i32.const 3) (i32.const 4) (local.get 0) (i32.const 6) (i32.const 7) (i32.sub (local.get 0) (i32.const 1))
      ${call.replaceAll('@', 'nine').replace('#', '1')})
    (func $nine (type $nine) (local i32)
      (local.set 9 (i32.sub (local.get 5) (i32.add (local.get 8) (i32.const 1))))
      (if (local.get 9) (then (unreachable)))
      (local.get 8) ${call.replaceAll('@', 'one').replace('#', '0')}))`

  test.each([
    ['return_call', '(return_call $@)'],
    ['return_call_indirect', '(i32.const #) (return_call_indirect (type $@))'],
    ['return_call_ref', '(ref.func $@) (return_call_ref $@)'],
  ])(
    '%s: 1 → 9 → 1 arguments, again and again',
    (kind, call) => {
      // A million take the reference executor some seconds: once is enough.
      const many = options.executor === 'reference' && kind !== 'return_call' ? million / 10 : million
      const { exports } = guest(bounce(call), { ...options, limits: { frames: 3, stack: 4096 } })
      expect(exports.run(many / 2)).toBe(BigInt(many / 2 + 1))
    },
    120_000,
  )

  test('even and odd, with arguments that change places', () => {
    const { exports } = guest(
      `(module
        (func $even (export "even") (param i32 i64 i64) (result i64 i64) (if (i32.eqz (local.get 0)) (then (return (local.get 1) (local.get 2))))
          (return_call $odd (local.get 2) (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))
        (func $odd (param i64 i32 i64) (result i64 i64) (if (i32.eqz (local.get 1)) (then (return (local.get 2) (local.get 0))))
          (return_call $even (i32.sub (local.get 1) (i32.const 1)) (local.get 2) (local.get 0))))`,
      { ...options, limits: { frames: 2 } },
    )
    expect([exports.even(1000, 1n, 2n), exports.even(1001, 1n, 2n)]).toEqual([
      [1n, 2n],
      [1n, 2n],
    ])
  })

  test('between two instances: neither frames nor saved callers pile up', () => {
    const source = (name: string): string => `(module (type $t (func (param i32 i32) (result i32)))
      (import "m" "table" (table 2 funcref))
      (func $f (export "${name}") (type $t)
        (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 2)) (i32.and (local.get 0) (i32.const 1))))
      (func (export "run") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0) (i32.const 0))))
      (func (export "tailed") (param i32) (result i32) (return_call $f (local.get 0) (i32.const 0))))`
    const shared = guest('(module (table (export "table") 2 funcref))', options)
    const limited = { ...options, limits: { frames: 4 } }
    const a = guest(source('a'), limited, { m: shared.exports })
    const b = guest(source('b'), limited, { m: shared.exports })
    shared.exports.table.set(0, a.exports.a)
    shared.exports.table.set(1, b.exports.b)
    for (const { instance, exports } of [a, b]) {
      expect([exports.run(0), exports.run(7), exports.run(100_000)]).toEqual([1, 15, 200_001])
      expect([exports.tailed(6), exports.tailed(7)]).toEqual([12, 14])
      const execution = instance.begin('run', 100_000)
      while (!execution.run(10_007)) {
        const { depth, saved } = threadOf(execution)
        expect(depth).toBeLessThanOrEqual(2)
        expect(saved.length).toBeLessThanOrEqual(2)
      }
      expect(execution.result).toBe(200_001)
    }
  })

  test('to functions of another instance directly', () => {
    const other = guest(
      `(module (func (export "nine") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.sub (local.get 8) (local.get 0)))
        (func (export "five") (param i64) (result i64 i64 i64 i64 i64) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (i64.const 5)))`,
      options,
    )
    const { exports } = guest(
      `(module
        (import "o" "nine" (func $nine (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (import "o" "five" (func $five (param i64) (result i64 i64 i64 i64 i64)))
        (func $tail (export "nine") (param i32) (result i32)
          (return_call $nine (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 50)))
        (func (export "sum") (param i32) (result i32) (i32.add (call $tail (local.get 0)) (call $tail (i32.const 1))))
        (func $five2 (export "five") (param i64) (result i64 i64 i64 i64 i64) (return_call $five (i64.add (local.get 0) (i64.const 1))))
        (func (export "gather") (result i64) (call $five2 (i64.const 9)) (i64.add) (i64.add) (i64.add) (i64.add)))`,
      options,
      { o: other.exports },
    )
    expect([exports.nine(8), exports.sum(8)]).toEqual([42, 42 + 49])
    expect([exports.five(1n), exports.gather()]).toEqual([[2n, 2n, 2n, 2n, 5n], 45n])
  })

  test('to host functions, directly, through a table and by reference', () => {
    const { exports } = guest(
      `(module (type $t (func (param i32 i64 externref) (result externref i64)))
        (import "h" "f" (func $f (type $t))) (import "h" "sum" (func $sum (param i32 i32 i32) (result i32)))
        (table funcref (elem $f)) (elem declare func $f)
        (func (export "direct") (param externref) (result externref i64) (local i64) (return_call $f (i32.const 1) (i64.const 2) (local.get 0)))
        (func (export "indirect") (param externref) (result externref i64)
          (return_call_indirect (type $t) (i32.const 1) (i64.const 2) (local.get 0) (i32.const 0)))
        (func (export "ref") (param externref) (result externref i64) (return_call_ref $t (i32.const 1) (i64.const 2) (local.get 0) (ref.func $f)))
        (func $tail (result i32) (return_call $sum (i32.const 1) (i32.const 2) (i32.const 3)))
        (func (export "middle") (result i32) (i32.add (i32.const 100) (i32.mul (call $tail) (call $tail)))))`,
      options,
      { h: { f: (a: number, b: bigint, ref: unknown) => [ref, BigInt(a) + b], sum: (a: number, b: number, c: number) => a + b + c } },
    )
    const ref = {}
    for (const name of ['direct', 'indirect', 'ref']) {
      const [back, sum] = exports[name](ref)
      expect(back).toBe(ref)
      expect(sum).toBe(3n)
    }
    expect(exports.middle()).toBe(136)
  })

  test('with references among the arguments', () => {
    const { exports } = guest(
      `(module
        (func $spin (export "spin") (param i32 externref i64 externref) (result externref externref) (local funcref externref)
          (if (i32.eqz (local.get 0)) (then (return (local.get 1) (local.get 3))))
          (local.set 5 (local.get 1))
          (return_call $more (local.get 3) (local.get 5) (i32.sub (local.get 0) (i32.const 1))))
        (func $more (param externref externref i32) (result externref externref)
          (return_call $spin (local.get 2) (local.get 0) (i64.const 7) (local.get 1))))`,
      { ...options, limits: { frames: 2, stack: 4096 } },
    )
    expect(exports.spin(10_000, 'a', 0n, 'b')).toEqual(['a', 'b'])
    expect(exports.spin(10_001, 'a', 0n, 'b')).toEqual(['b', 'a'])
  })

  test('a tail call from an exported function, with more parameters than it has', () => {
    const module = wat(`(module
      (func (export "f") (return_call $g (i64.const 1) (i64.const 2) (i64.const 3)))
      (func $g (param i64 i64 i64) (return_call $h (i64.add (local.get 0) (i64.add (local.get 1) (local.get 2)))))
      (func $h (param i64) (if (i64.ne (local.get 0) (i64.const 6)) (then (unreachable)))))`)
    const { exports, instance } = guest(module, options)
    expect(exports.f()).toBeUndefined()
    const execution = instance.begin('f')
    expect([execution.run(1), execution.run(1), execution.run(1), execution.tick]).toEqual([false, false, true, 2])
  })
})
