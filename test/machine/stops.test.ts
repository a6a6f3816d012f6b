/**
 * A guest that is stopped and resumed a thousand times gives the same results, memory, globals and ticks as one that runs
 * through: stops fall into loops, calls of every kind, other instances, host calls, and the middle of bulk instructions.
 */
import { expect, test } from 'vitest'
import { type Imports, type InstantiateOptions, isTrap } from '../../src/index.ts'
import { type Anything, type Guest, configurations, guest, onEach } from './helper.ts'

const program = `(module
  (import "h" "add" (func $add (param i32 i64) (result i64)))
  (import "o" "mix" (func $mix (param i32 i64) (result i64)))
  (memory (export "memory") 12) (data $d "The quick brown fox jumps over the lazy dog")
  (global $seed (export "seed") (mut i64) (i64.const 88172645463325252))
  (table 8 funcref) (elem (i32.const 0) $random $down $add $mix)
  (func $random (result i64)
    (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 13))))
    (global.set $seed (i64.xor (global.get $seed) (i64.shr_u (global.get $seed) (i64.const 7))))
    (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 17)))) (global.get $seed))
  (func $down (param i32) (result i64)
    (if (result i64) (i32.eqz (local.get 0)) (then (call $random))
      (else (i64.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i64.extend_i32_u (local.get 0))))))
  (func $around (param i32 i64) (result i64)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $around (i32.sub (local.get 0) (i32.const 1)) (i64.mul (local.get 1) (i64.const 3))))
  (func (export "run") (param $n i32) (result i64) (local $i i32) (local $sum i64) (local $f f64)
    (local.set $f (f64.const 1))
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (call_indirect (result i64) (i32.const 0))))
      (local.set $sum (i64.xor (local.get $sum) (call_indirect (param i32) (result i64) (i32.and (local.get $i) (i32.const 15)) (i32.const 1))))
      (local.set $sum (i64.add (local.get $sum) (call_indirect (param i32 i64) (result i64) (local.get $i) (local.get $sum) (i32.const 2))))
      (local.set $sum (call_indirect (param i32 i64) (result i64) (i32.and (local.get $i) (i32.const 7)) (local.get $sum) (i32.const 3)))
      (local.set $sum (call $around (i32.and (local.get $i) (i32.const 3)) (local.get $sum)))
      (memory.init $d (i32.mul (local.get $i) (i32.const 43)) (i32.const 0) (i32.const 43))
      (memory.copy (i32.const 300000) (i32.const 7) (i32.const 200000))
      (memory.copy (i32.const 300007) (i32.const 300000) (i32.const 131072))
      (memory.fill (i32.add (i32.const 400000) (local.get $i)) (local.get $i) (i32.const 66000))
      (i64.store (i32.shl (local.get $i) (i32.const 3)) (local.get $sum))
      (local.set $f (f64.div (f64.add (local.get $f) (f64.convert_i64_s (local.get $sum))) (f64.const 7)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i64.add (local.get $sum) (i64.reinterpret_f64 (local.get $f)))))`

const otherProgram = `(module (import "o" "back" (func $back (param i64) (result i64)))
  (func $mix (export "mix") (param i32 i64) (result i64)
    (if (i32.eqz (local.get 0)) (then (return_call $back (local.get 1))))
    (i64.rotl (call $mix (i32.sub (local.get 0) (i32.const 1)) (local.get 1)) (i64.const 5))))`
const thirdProgram = `(module (func (export "back") (param i64) (result i64) (local i32)
  (local.set 1 (i32.const 3))
  (loop (local.set 0 (i64.add (local.get 0) (i64.const 1))) (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))) (local.get 0)))`

function make(options: InstantiateOptions): Guest {
  const third = guest(thirdProgram, options)
  const other = guest(otherProgram, options, { o: third.exports })
  const imports: Imports = { h: { add: (a: number, b: bigint) => BigInt.asIntN(64, BigInt(a) ^ b) }, o: other.exports }
  return guest(program, options, imports)
}

/** All that can be seen after run(n), which was run in pieces of the given sizes, in turn. */
function observe(options: InstantiateOptions, n: number, sizes: readonly number[]): Record<string, Anything> {
  const { instance, exports } = make(options)
  const execution = instance.begin('run', n)
  let stops = 0
  let last = 0
  while (!execution.run(sizes[stops % sizes.length])) {
    // Each piece takes exactly the ticks it was given.
    expect(execution.tick - last).toBe(sizes[stops % sizes.length])
    last = execution.tick
    stops++
  }
  const checksum = exports.memory.view().reduce((sum: number, byte: number) => (Math.imul(sum, 31) + byte) | 0, 0)
  return { result: execution.result, ticks: execution.tick, seed: exports.seed.value, checksum, stops }
}

test('stopped thousands of times: the same on every configuration', () => {
  const whole = observe(configurations[0]![1], 40, [Infinity])
  expect(whole.stops).toBe(0)
  for (const [name, options] of configurations) {
    for (const sizes of [[1], [2], [7], [1, 2, 7, 1, 1, 100]]) {
      const { stops, ...rest } = observe(options, 40, sizes)
      expect({ ...rest, stops: 0 }, `${name}, pieces of ${String(sizes)}`).toEqual(whole)
      if (sizes[0] === 1 && sizes.length === 1) expect(stops).toBeGreaterThan(1000)
    }
  }
})

onEach('stops', (options) => {
  test('in the middle of bulk instructions, which do their work once', () => {
    const { instance, exports } = guest(
      `(module (memory (export "memory") 16) (table (export "table") 30000 externref)
        (func (export "run") (param externref)
          (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))
          (memory.copy (i32.const 100) (i32.const 0) (i32.const 900000))
          (table.fill (i32.const 0) (local.get 0) (i32.const 30000))))`,
      options,
    )
    const execution = instance.begin('run', 'ref')
    const sizes = [0, 65536, 131072]
    for (const filled of sizes.slice(1)) {
      expect(execution.run(1)).toBe(false)
      expect(exports.memory.view().reduce((n: number, byte: number) => n + byte, 0)).toBe(filled)
    }
    expect(execution.run(14)).toBe(false)
    // What is done stays done: what the host writes now, the copy takes along, the fill does not take away.
    exports.memory.view()[500] = 9
    while (!execution.run(1)) continue
    expect(exports.memory.view()[600]).toBe(9)
    expect(exports.memory.view()[500]).toBe(1)
    expect(execution.tick).toBe(16 + 14 + 4)
    expect([exports.table.get(0), exports.table.get(29_999)]).toEqual(['ref', 'ref'])
  })

  test('before a trap', () => {
    const { instance, exports } = guest(
      `(module (global (export "g") (mut i32) (i32.const 0))
        (func $f (param i32) (global.set 0 (local.get 0)) (if (i32.eqz (local.get 0)) (then (unreachable))) (call $f (i32.sub (local.get 0) (i32.const 1))))
        (func (export "run") (param i32) (call $f (local.get 0))))`,
      options,
    )
    const execution = instance.begin('run', 50)
    let stops = 0
    let error: unknown
    try {
      while (!execution.run(1)) stops++
    } catch (e) {
      error = e
    }
    expect(isTrap(error)).toBe(true)
    expect([stops, execution.tick, exports.g.value]).toEqual([51, 51, 0])
    exports.g.value = 5
    expect(() => exports.run(3)).toThrow('unreachable')
  })

  test('two calls in turn on two instances, and calls in between', () => {
    const source = `(module (global $n (export "n") (mut i32) (i32.const 0))
      (func (export "count") (param i32) (result i32)
        (loop (global.set $n (i32.add (global.get $n) (i32.const 1))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (global.get $n)))`
    const a = guest(source, options)
    const b = guest(source, options)
    const first = a.instance.begin('count', 300)
    const second = b.instance.begin('count', 200)
    const seen: number[] = []
    for (let done = 0; done < 2;) {
      done = Number(first.run(50)) + Number(second.run(50))
      seen.push(a.exports.n.value - b.exports.n.value)
    }
    expect(seen).toEqual([0, 0, 0, 0, 50, 100])
    expect([first.result, second.result, first.tick, second.tick]).toEqual([300, 200, 299, 199])
  })
})
