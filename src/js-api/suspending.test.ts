/** JavaScript Promise Integration: Suspending and promising. */
import { expect, test } from 'vitest'
import { watToWasm } from '../text/index.ts'
import { WebAssembly } from './index.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- exports of many shapes
type Anything = any
const exportsOf = (source: string, imports: Anything = {}): Anything =>
  new WebAssembly.Instance(new WebAssembly.Module(watToWasm(source)), imports).exports
const later = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), 1))

const source = `(module
  (import "m" "get" (func $get (param i32) (result i32)))
  (import "m" "log" (func $log (param i32)))
  (import "m" "call" (func $call))
  (global $depth (export "depth") (mut i32) (i32.const 0))
  (func (export "run") (param $n i32) (result i32) (local $sum i32)
    (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (call $log (local.get $n))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (call $get (local.get $n))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (global.set $depth (i32.sub (global.get $depth) (i32.const 1)))
    (local.get $sum))
  (func (export "through") (call $call))
  (func (export "safe") (param i32) (result i32) (block $c (try_table (catch_all $c) (return (call $get (local.get 0)))) (unreachable)) (i32.const -1))
  (func (export "trap") (drop (call $get (i32.const 1))) unreachable))`

function make(get: (n: number) => unknown, call: () => unknown = () => {}): { exports: Anything; log: number[]; run: Anything } {
  const log: number[] = []
  const exports = exportsOf(source, { m: { get: new WebAssembly.Suspending(get as never), log: (n: number) => log.push(n), call } })
  return { exports, log, run: WebAssembly.promising(exports.run) }
}

test('a promise of an import suspends, and the call is a promise', async () => {
  const { run, log, exports } = make((n) => later(n * 10))
  const promise = run(3)
  expect(promise).toBeInstanceOf(Promise)
  // It has run up to the first suspension before it returned.
  expect([log, exports.depth.value]).toEqual([[3], 1])
  expect(await promise).toBe(60)
  expect(exports.depth.value).toBe(0)
  expect([run.length, run.name]).toEqual([1, exports.run.name])
})

test('several calls are suspended in one instance at the same time', async () => {
  const { run, exports } = make((n) => later(n))
  const calls = [run(3), run(5), run('2')]
  expect(exports.depth.value).toBe(3)
  expect(await Promise.all(calls)).toEqual([6, 15, 3])
})

test('no turns for others in the middle of a run, however long it takes', async () => {
  const { count } = exportsOf(`(module (func (export "count") (param i32) (result i32)
    (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))`)
  let ticked = false
  setTimeout(() => (ticked = true), 0)
  const promise = WebAssembly.promising(count)(3_000_000)
  expect(ticked).toBe(false)
  expect(await promise).toBe(0)
  // Nothing was awaited on the way: timers come later than the microtask of the result.
  expect(ticked).toBe(false)
})

test('an import that returns no promise does not suspend, also without promising', () => {
  expect(make((n) => n).exports.run(4)).toBe(10)
})

test('rejections can be caught by Wasm; uncaught ones and traps reject', async () => {
  const error = new Error('own')
  const { run, exports } = make(() => Promise.reject(error))
  await expect(run(1)).rejects.toBe(error)
  expect(await WebAssembly.promising(exports.safe)(1)).toBe(-1)
  await expect(WebAssembly.promising(make((n) => later(n)).exports.trap)()).rejects.toThrow(WebAssembly.RuntimeError)
  await expect(WebAssembly.promising(make(() => later(1n)).exports.run)(1)).rejects.toThrow(TypeError)
  await expect(run(1n)).rejects.toThrow(TypeError)
})

test('SuspendError without promising, and across JavaScript frames, which Wasm cannot catch', async () => {
  const { exports } = make((n) => later(n))
  expect(() => exports.run(1)).toThrow(WebAssembly.SuspendError)
  expect(() => exports.safe(1)).toThrow(WebAssembly.SuspendError)
  const outer = make(
    (n) => later(n),
    () => outer.exports.run(1),
  )
  await expect(WebAssembly.promising(outer.exports.through)()).rejects.toThrow(WebAssembly.SuspendError)
  // The instance can be used again.
  expect(await outer.run(2)).toBe(3)
})

test('only functions are wrapped, and only exported ones', () => {
  for (const wrong of [undefined, 1, {}]) expect(() => new WebAssembly.Suspending(wrong as never)).toThrow(TypeError)
  for (const wrong of [undefined, () => {}, {}]) expect(() => WebAssembly.promising(wrong as never)).toThrow(TypeError)
  expect(() => exportsOf('(module (import "m" "f" (func)))', { m: { f: new WebAssembly.Suspending(() => {}) } })).not.toThrow()
})
