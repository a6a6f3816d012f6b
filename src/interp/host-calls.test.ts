/** Host functions that do more than return: what they leave behind must be what the program finds, on every executor. */
import { describe, expect, test } from 'vitest'
import type { Exports } from '../embedding/instantiate.ts'
import { suspending } from '../embedding/functions.ts'
import { instantiate } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { Store, type StoreOptions } from '../embedding/store.ts'
import { HostError, isExhaustion, isLimit, isTrap } from '../errors.ts'
import { watToWasm } from '../text/index.ts'

const source = `(module
  (import "env" "call" (func $call (param i32) (result i32)))
  (import "env" "wide" (func $wide (param i64 i32) (result i64)))
  (import "env" "mixed" (func $mixed (param i32 f64 i64) (result f64)))
  (import "env" "doubles" (func $doubles (param f64 f64) (result f64)))
  (import "env" "many" (func $many (param i32 i64 i32 i32 i32) (result i32 i64)))
  (import "env" "ref" (func $ref (param externref) (result externref)))
  (memory (export "memory") 1) (tag $e (export "e") (param i32)) (table 1 externref)
  (global $g (mut i32) (i32.const 0))
  (func (export "run") (param i32) (result i32) (local i32)
    (local.set 1 (i32.const 7))
    (i32.store (i32.const 16) (local.get 0))
    (i32.add (i32.add (call $call (local.get 0)) (i32.load (i32.const 16))) (local.get 1)))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop $on (local.set 1 (call $call (local.get 1)))
      (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0))))
  (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)) (global.set $g (local.get 1)))
  (func (export "grow") (drop (memory.grow (i32.const 3))))
  (func (export "late") (result i32) (i32.add (call $call (i32.const 1)) (call $fresh (i32.const 20))))
  (func $fresh (export "fresh") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "global") (result i32) (drop (call $call (i32.const 0))) (global.get $g))
  (func (export "far") (result i32) (drop (call $call (i32.const 0))) (i32.load (i32.const 200000)))
  (func (export "throw") (param i32) (throw $e (local.get 0)))
  (func (export "caught") (result i32)
    (block $h (result i32) (try_table (result i32) (catch $e $h) (i32.add (call $call (i32.const 5)) (i32.const 1000)))))
  (func (export "wide") (param i64) (result i64) (call $wide (local.get 0) (i32.const 3)))
  (func (export "mixed") (result f64) (call $mixed (i32.const -1) (f64.const 0.5) (i64.const -3)))
  (func (export "doubles") (result f64) (call $doubles (f64.const 1.5) (f64.const -0.25)))
  (func (export "many") (result i32 i64) (call $many (i32.const 1) (i64.const -2) (i32.const 3) (i32.const 4) (i32.const 5)))
  (func (export "ref") (param externref) (result externref) (call $ref (local.get 0)))
  (func (export "trap") (unreachable)))`
const module = compile(watToWasm(source))

type Any = any // oxlint-disable-line typescript/no-explicit-any -- exports of many shapes
/** An instance whose `call` does what the test says, with the exports at hand. */
function start(
  options: StoreOptions,
  call: (e: Any, x: number) => unknown,
  others: Record<string, unknown> = {},
): { e: Any; store: Store } {
  const store = new Store(options)
  let e: Exports | undefined
  const unused = (): never => expect.fail('not to be called')
  const env = {
    call: suspending((x: number) => call(e, x)),
    wide: unused,
    mixed: unused,
    doubles: unused,
    many: unused,
    ref: unused,
    ...others,
  }
  e = instantiate(module, { env } as Any, { store }).exports
  return { e, store }
}
function errorOf(f: () => unknown): unknown {
  try {
    f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

for (const executor of ['switch', 'closure', 'auto', 'reference'] as const)
  for (const tier of executor === 'reference' ? (['exact'] as const) : (['fast', 'exact'] as const))
    describe(`${executor}, ${tier}`, () => {
      const options = { executor, tier }

      test('values of every kind go in and come out', () => {
        const seen: unknown[] = []
        const note =
          (result: unknown) =>
          (...args: unknown[]): unknown => (seen.push(args), result)
        const { e } = start(options, (_, x) => x * 2 + 0.75, {
          wide: note(-5n),
          mixed: note(1.25),
          doubles: note(-0),
          many: note([7.9, 2n ** 63n]),
          ref: (x: unknown) => x,
        })
        expect(e.run(21)).toBe(42 + 21 + 7)
        expect(e.wide(-(2n ** 40n))).toBe(-5n)
        expect(e.mixed()).toBe(1.25)
        expect(Object.is(e.doubles(), -0)).toBe(true)
        expect(e.many()).toEqual([7, -(2n ** 63n)])
        const promise = { then: 'not a function' }
        expect(e.ref(promise)).toBe(promise)
        expect(seen).toEqual([
          [-(2n ** 40n), 3],
          [-1, 0.5, -3n],
          [1.5, -0.25],
          [1, -2n, 3, 4, 5],
        ])
      })

      test('calls back: memory grows, registers grow, functions are translated, globals change', () => {
        const { e } = start(options, (x, n) => {
          x.poke(16, 100)
          x.grow()
          return x.deep(3000) + x.fresh(1) + n
        })
        expect(e.run(1)).toBe(3000 + 3 + 1 + 100 + 7)
        expect(e.late()).toBe(3000 + 3 + 1 + 60)
        expect(e.global()).toBe(100)
        const grown = start(options, (x) => {
          x.memory.grow(4)
          x.memory.dataView().setInt32(200_000, 42, true)
          return 0
        })
        expect(grown.e.far()).toBe(42)
      })

      test('calls back, 100 deep, and into another store', () => {
        const other = start({ executor, tier }, (_, n) => n + 1)
        const { e } = start(options, (x, n) => (n === 0 ? other.e.loop(10) : x.run(n - 1)))
        // Each level adds what it has stored and 7; memory holds what the innermost has stored.
        expect(e.run(100)).toBe(10 + 101 * 7)
      })

      test('calls back as deep as it may, behind a long row of ops', () => {
        const row = '(local.set 0 (i32.add (local.get 0) (i32.const 1))) (local.set 0 (i32.xor (local.get 0) (i32.const 1)))'.repeat(40)
        const rows = compile(
          watToWasm(`(module (import "env" "call" (func $call (param i32) (result i32)))
            (func (export "run") (param i32) (result i32) (local i32) (local.set 1 (local.get 0)) ${row} (call $call (local.get 1))))`),
        )
        let deepest = 0
        const env = { call: (n: number): unknown => ((deepest = n), exports.run(n + 1)) }
        const exports = instantiate(rows, { env } as Any, { store: new Store(options) }).exports as Any
        expect(isExhaustion(errorOf(() => exports.run(0)))).toBe(true)
        expect(deepest).toBe(255)
      })

      test('keeps the error of a nested call to itself', () => {
        const { e } = start(options, (x, n) => (isTrap(errorOf(() => x.trap())) ? n : -1))
        expect(e.run(5)).toBe(5 + 5 + 7)
        expect(e.loop(100)).toBe(0)
      })

      test('throws: an exception of the program is caught, an error ends it, and it can be called again', () => {
        let throws = true
        const { e } = start(options, (x, n) => (throws ? x.throw(n * 3) : n))
        expect(e.caught()).toBe(15)
        throws = false
        expect(e.caught()).toBe(1005)
        const mistake = new Error('mine')
        const failing = start(options, () => {
          throw mistake
        })
        expect(errorOf(() => failing.e.run(1))).toBe(mistake)
        expect(failing.e.deep(3)).toBe(3)
      })

      test('a promise parks the thread, and is refused in a synchronous call', async () => {
        const store = new Store(options)
        const env = { call: suspending(async (x: number) => (await Promise.resolve(), x + 1)) }
        const none = (): number => 0
        const instance = instantiate(module, { env: { wide: none, mixed: none, doubles: none, many: none, ref: none, ...env } } as Any, {
          store,
        })
        expect(await instance.invokeAsync('loop', [50])).toBe(50)
        expect(errorOf(() => instance.exports['loop']!(1 as never))).toBeInstanceOf(HostError)
      })

      test('each call is a tick, also the last one of a slice', () => {
        const isEnough = (fuel: number): boolean => {
          try {
            return start({ ...options, fuel }, (_, x) => x + 1).e.loop(20) === 20
          } catch (error) {
            if (!isLimit(error)) throw error
            return false
          }
        }
        const enough = Array.from({ length: 60 }, (_, i) => isEnough(i + 1))
        // The call of `loop` itself, 20 calls of the host, 19 turns back.
        const least = enough.indexOf(true) + 1
        expect([39, 40, 41]).toContain(least)
        expect(enough).toEqual(enough.map((_, i) => i + 1 >= least))
      })
    })
