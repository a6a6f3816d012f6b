/**
 * Exceptions between Wasm and its host, and what they leave behind: who may catch what, frames, references, ticks, backtraces.
 * What the instructions do by themselves is in the suite's scripts and in spec-tests/own/exceptions.wast.
 */
import { expect, test } from 'vitest'
import {
  type Imports,
  type InstantiateOptions,
  ExhaustionError,
  ExitError,
  HostError,
  LimitError,
  Store,
  Trap,
  WasmException,
  WasmTag,
  compile,
  instantiateAsync,
  isWasmException,
  suspending,
} from '../../src/index.ts'
import { EXTERNREF, I32 } from '../../src/spec/types.ts'
import { watToWasm } from '../../src/text/index.ts'
import { type Anything, type Guest, guest, inSlices, onEach, raw, rejected, thrown, wat } from './helper.ts'

const legacy = (source: string): ReturnType<typeof compile> => compile(watToWasm(source), { features: { 'legacy-exceptions': true } })

/** `run` calls the host's `f` and gives 1 when it returned, 2 when catch_all took an exception, 100 + its value when `$t` did. */
const callsHost = `(module (import "h" "f" (func $f)) (tag $t (export "t") (param i32)) (memory (export "memory") 1)
  (func (export "throw") (param i32) (throw $t (local.get 0)))
  (func (export "trap") (unreachable))
  (func (export "spin") (loop (br 0)))
  (func $deep (export "deep") (call $deep))
  (func (export "run") (result i32)
    (block $any (i32.add (i32.const 100)
      (block $caught (result i32) (try_table (catch $t $caught) (catch_all $any) (call $f)) (return (i32.const 1)))) (return))
    (i32.const 2))
  (func (export "again") (param i32) (result i32)
    (loop (drop (block $h (result exnref) (try_table (catch_all_ref $h) (call $f)) (return (i32.const 1))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 2))
  (func (export "pass") (block $h (result exnref) (try_table (catch_all_ref $h) (call $f)) (return)) (throw_ref)))`

function withHost(options: InstantiateOptions, f: (self: Guest) => unknown): Guest {
  const self: { made?: Guest } = {}
  self.made = guest(callsHost, options, { h: { f: () => f(self.made!) } })
  return self.made
}
function attempt(f: () => unknown): unknown {
  try {
    return f()
  } catch (error) {
    return error
  }
}
const raise = (error: unknown): never => {
  // oxlint-disable-next-line typescript/only-throw-error
  throw error
}

onEach('exceptions and the host', (options) => {
  test('what a host function throws is taken by catch_all, and comes out as it is', () => {
    for (const value of [new Error('mine'), new TypeError('mine'), undefined, null, 5, 'text', { any: 'thing' }, Symbol('s')]) {
      const { exports } = withHost(options, () => raise(value))
      expect(exports.run()).toBe(2)
      let got: unknown = 'nothing'
      try {
        exports.pass()
      } catch (error) {
        got = error
      }
      expect(got).toBe(value)
    }
  })

  test('an uncaught exception is a WasmException: tag, values, frames, message', () => {
    const { exports } = guest(
      `(module $m (tag $oops (export "oops") (param i32 i64 f32 f64 externref funcref))
        (func $inner (param i64) (throw $oops (i32.const -1) (local.get 0) (f32.const -0.5) (f64.const nan:0x4) (ref.null extern) (ref.func $inner)))
        (elem declare func $inner)
        (func $outer (call $inner (i64.const -7)) (nop))
        (func (export "run") (call $outer)))`,
      options,
    )
    const error = thrown(exports.run)
    expect(error).toBeInstanceOf(WasmException)
    expect([error.code, error.name, isWasmException(error), isWasmException(new Trap('x'))]).toEqual([
      'exception',
      'WasmException',
      true,
      false,
    ])
    expect(error.message).toBe('exception $oops(i32 -1, i64 -7, f32 -0.5, f64 NaN, null, funcref)')
    expect(error.tag).toBe(exports.oops)
    expect(error.is(exports.oops)).toBe(true)
    expect(error.values.slice(0, 5)).toEqual([-1, -7n, -0.5, NaN, null])
    expect(typeof error.values[5]).toBe('function')
    // The bits of the NaN are kept.
    expect(error.exception.values.slice(0, 6)).toEqual([-1, -7, -1, -0x41000000, 4, 0x7ff00000])
    expect(error.frames.map((f: Anything) => f.name)).toEqual(['inner', 'outer', 'run'])
    expect(error.frames[0].module).toBe('m')
    expect([error.funcName, error.funcidx, error.offset]).toEqual(['inner', 0, error.frames[0].offset])
    expect(thrown(exports.run)).not.toBe(error)
  })

  test('i64 as pairs where the store says so', () => {
    const { exports } = guest('(module (tag $t (param i64)) (func (export "run") (throw $t (i64.const -2))))', { ...options, i64: 'pair' })
    expect(thrown(exports.run).values).toEqual([[-2, -1]])
  })

  test('through a host function: the same exception inside, the same error outside', () => {
    const seen: unknown[] = []
    const made = withHost(options, ({ exports }) => {
      try {
        exports.throw(7)
      } catch (error) {
        seen.push(error)
        throw error
      }
    })
    expect(made.exports.run()).toBe(107)
    const out = thrown(made.exports.pass)
    expect(out).toBe(seen[1])
    expect(out.values).toEqual([7])
    // It keeps the frames of the throw, through the host's.
    expect(out.frames.map((f: Anything) => f.name)).toEqual(['throw', 'pass'])
    // Without the host function touching it.
    expect(withHost(options, ({ exports }) => exports.throw(8)).exports.run()).toBe(108)
    // Swallowed, or turned into something else.
    expect(withHost(options, ({ exports }) => void attempt(() => exports.throw(8))).exports.run()).toBe(1)
    expect(withHost(options, ({ exports }) => raise([attempt(() => exports.throw(8))])).exports.run()).toBe(2)
  })

  test('a host function throws exceptions of its own making', () => {
    const tag = new WasmTag({ parameters: ['i32', 'i64', 'f64', 'f32', 'externref'], name: 'host' })
    const other = new WasmTag({ parameters: [] })
    const source = `(module (import "h" "t" (tag $t (param i32 i64 f64 f32 externref))) (import "h" "f" (func $f)) (export "t" (tag $t))
      (func (export "run") (result i32 i64 f64 f32 externref)
        (block $h (result i32 i64 f64 f32 externref) (try_table (catch $t $h) (call $f)) (unreachable))))`
    let error: unknown
    const made = guest(source, options, { h: { t: tag, f: () => raise(error) } })
    expect(made.exports.t).toBe(tag)
    error = new WasmException(tag, [-1, 2n ** 63n - 1n, 0.1, 0.5, 'ref'])
    expect((error as WasmException).message).toBe('exception $host(i32 -1, i64 9223372036854775807, f64 0.1, f32 0.5, externref)')
    expect((error as WasmException).frames).toEqual([])
    for (let i = 0; i < 2; i++) expect(made.exports.run()).toEqual([-1, 2n ** 63n - 1n, 0.1, 0.5, 'ref'])
    error = new WasmException(other)
    expect(thrown(made.exports.run)).toBe(error)
    expect((error as WasmException).message).toBe('exception (unnamed tag)()')
    expect((error as WasmException).frames.map((f) => f.name)).toEqual(['run'])
    expect(() => new WasmException(tag, [1])).toThrow('exceptions of tag $host carry 5 values, not 1')
    expect(() => new WasmException(new WasmTag({ parameters: ['i64'] }), [0.5])).toThrow(HostError)
    expect(() => new WasmTag({ parameters: ['i33'] })).toThrow("unknown value type 'i33'")
  })

  test('never caught: traps, exhaustion, exits, wrong use; also through nested host frames', () => {
    const through = (name: string): Guest => withHost(options, ({ exports }) => exports[name]())
    for (const run of ['run', 'pass']) {
      expect(() => through('trap').exports[run]()).toThrow(Trap)
      expect(() => through('deep').exports[run]()).toThrow(ExhaustionError)
      expect(() => withHost(options, () => Promise.resolve()).exports[run]()).toThrow(HostError)
      expect(() => withHost(options, () => raise(new ExitError(3))).exports[run]()).toThrow(ExitError)
      expect(() => through('run').exports[run]()).toThrow(/exhausted/)
    }
    const exits = guest(callsHost, options, { h: { f: raw([], [], (caller) => caller.exit(5)) } })
    expect(thrown(exports(exits).run).exitCode).toBe(5)
    // An exit below, which the host function tries to hide.
    const inner = guest('(module (import "h" "exit" (func $exit)) (func (export "run") (call $exit)))', options, {
      h: { exit: raw([], [], (caller) => caller.exit(6)) },
    })
    const store = new Store(options)
    const nested = guest(
      '(module (import "h" "exit" (func $exit)) (func (export "run") (call $exit)))',
      { store },
      { h: { exit: raw([], [], (caller) => caller.exit(6)) } },
    )
    const hides = guest(callsHost, { store }, { h: { f: () => raise(attempt(nested.exports.run) === 0 ? 0 : new Error('hidden')) } })
    expect(thrown(hides.exports.run).message).toBe('hidden')
    expect(thrown(inner.exports.run).exitCode).toBe(6)
  })

  test('never caught: fuel, time, interruption; a throw takes a tick, so none of them is evaded', async () => {
    const looping = (open: string, close: string): string => `(module (import "h" "f" (func $f)) (tag $t)
      (func $throws (throw $t))
      (func (export "run") (loop $l (block $h (try_table (catch_all $h) ${open}${close})) (br $l)))
      (func (export "catchToLoop") (loop $l (try_table (catch_all $l) (throw $t)))))`
    const f = (): never => raise(new Error('mine'))
    for (const body of ['(call $f)', '(throw $t)', '(call $throws)', '(loop (br 0))']) {
      for (const name of body === '(throw $t)' ? ['run', 'catchToLoop'] : ['run']) {
        const limit = thrown(guest(looping(body, ''), { ...options, fuel: 1000 }, { h: { f } }).exports[name])
        expect(limit).toBeInstanceOf(LimitError)
        expect(limit.limit).toBe('fuel')
        expect(thrown(guest(looping(body, ''), { ...options, timeout: 5 }, { h: { f } }).exports[name]).limit).toBe('timeout')
        const { instance } = guest(looping(body, ''), options, { h: { f } })
        const controller = new AbortController()
        const reason = new Error('enough')
        setTimeout(() => controller.abort(reason), 2)
        expect(await rejected(instance.invokeWith({ signal: controller.signal }, name))).toBe(reason)
      }
    }
    // Fuel runs out in a nested call; the host function turns that into an error of its own, which may be caught, but there is no more fuel.
    const hides = (limits: InstantiateOptions): Guest =>
      withHost({ ...options, ...limits }, ({ exports }) => {
        attempt(exports.spin)
        throw new Error('hidden')
      })
    expect(thrown(() => hides({ fuel: 500 }).exports.again(100_000)).limit).toBe('fuel')
    expect(thrown(() => hides({ timeout: 5 }).exports.again(100_000)).limit).toBe('timeout')
  })

  test('rejected promises are exceptions at the parked call', async () => {
    const reason = new Error('later')
    const tag = new WasmTag({ parameters: ['i32'], name: 'late' })
    const source = `(module (import "h" "t" (tag $t (param i32))) (import "h" "f" (func $f (param i32)))
      (func $callee (param i32) (call $f (local.get 0)))
      (func (export "run") (param i32) (result i32)
        (block $any (block $h (result i32) (try_table (catch $t $h) (catch_all $any) (call $callee (local.get 0))) (return (i32.const 1))) (return))
        (i32.const 2))
      (func $tail (export "tail") (param i32) (block $h (try_table (catch_all $h) (return_call $f (local.get 0)))))
      (func (export "overTail") (param i32) (result i32) (block $h (try_table (catch_all $h) (call $tail (local.get 0))) (return (i32.const 1))) (i32.const 2))
      (func (export "pass") (param i32) (call $callee (local.get 0))))`
    const f = suspending(async (n: number) => {
      await Promise.resolve()
      if (n === 1) throw reason
      if (n > 1) throw new WasmException(tag, [n])
    })
    const { instance } = guest(source, options, { h: { t: tag, f } })
    expect(await Promise.all([0, 1, 50].map((n) => guest(source, options, { h: { t: tag, f } }).instance.invokeAsync('run', n)))).toEqual([
      1, 2, 50,
    ])
    expect(await rejected(instance.invokeAsync('pass', 1))).toBe(reason)
    const error = await rejected(instance.invokeAsync('pass', 9))
    expect([error.values, error.frames.map((frame: Anything) => frame.name)]).toEqual([[9], ['callee', 'pass']])
    // A tail call has left the try behind.
    expect(await rejected(instance.invokeAsync('tail', 1))).toBe(reason)
    expect(await instance.invokeAsync('overTail', 1)).toBe(2)
    const controller = new AbortController()
    const never = guest(source, options, { h: { t: tag, f: suspending(() => new Promise(() => {})) } })
    setTimeout(() => controller.abort(reason), 5)
    expect(await rejected(never.instance.invokeWith({ signal: controller.signal }, 'run', 0))).toBe(reason)
  })

  test('out of a start function', async () => {
    const source = '(module (tag $t (export "t")) (func $s (throw $t)) (start $s))'
    expect(thrown(() => guest(source, options)).message).toBe('exception $t()')
    expect((await rejected(instantiateAsync(wat(source), {}, options))).message).toBe('exception $t()')
    const host = new Error('from the host')
    const viaHost = '(module (import "h" "f" (func $f)) (start $f))'
    expect(thrown(() => guest(viaHost, options, { h: { f: () => raise(host) } }))).toBe(host)
    const inner = guest('(module (tag $t (export "t")) (func (export "make") (throw $t)))', options)
    expect(thrown(() => guest(viaHost, options, { h: { f: inner.exports.make } })).is(inner.exports.t)).toBe(true)
  })

  test('tags: one object each, checked when linked', () => {
    const { exports } = guest('(module (tag $a (export "a") (export "b") (param i32)) (tag (export "c") (param i32)))', options)
    expect(exports.a).toBeInstanceOf(WasmTag)
    expect(exports.a).toBe(exports.b)
    expect(exports.a).not.toBe(exports.c)
    expect([exports.a.name, exports.c.name, exports.a.parameters]).toEqual(['a', 'c', ['i32']])
    const wants = (type: string): string => `(module (import "m" "t" (tag ${type})) (export "t" (tag 0)))`
    expect(guest(wants('(param i32)'), options, { m: { t: exports.a } }).exports.t).toBe(exports.a)
    for (const type of ['', '(param i64)', '(param i32 i32)'])
      expect(() => guest(wants(type), options, { m: { t: exports.a } })).toThrow(/^incompatible import type: m\.t does not match/)
    for (const t of [() => {}, {}, 5])
      expect(() => guest(wants(''), options, { m: { t } })).toThrow(/^incompatible import type: m\.t must be a tag/)
    expect(() => guest(wants(''), options, { m: {} })).toThrow(/^unknown import/)
    expect(() => guest('(module (import "m" "t" (func)))', options, { m: { t: exports.a } })).toThrow(/^incompatible import type/)
  })

  test('exnref stays inside: null may cross, an exception may not', () => {
    const { exports } = guest(
      `(module (tag $t) (global (export "g") (mut exnref) (ref.null exn))
        (func (export "null") (result exnref) (ref.null exn)) (func (export "take") (param exnref))
        (func (export "get") (result exnref) (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t)) (unreachable)))
        (func (export "set") (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t)) (unreachable)) (global.set 0)))`,
      options,
    )
    expect(exports.null()).toBe(null)
    exports.take(null)
    expect(exports.get).toThrow(HostError)
    expect(() => exports.take({})).toThrow(HostError)
    exports.set()
    expect(() => exports.g.value).toThrow(HostError)
  })
})

const exports = (made: Guest): Record<string, Anything> => made.exports

onEach('exceptions and frames', (options) => {
  test('across instances, tail calls of every kind, and hosts in between', () => {
    const tag = new WasmTag({ parameters: ['i32'], name: 'shared' })
    const inner = guest(
      `(module (import "h" "t" (tag $t (param i32))) (import "h" "f" (func $f (param i32))) (table funcref (elem $f $throw)) (elem declare func $throw $f)
        (type $v (func (param i32)))
        (func $throw (export "throw") (param i32) (throw $t (local.get 0)))
        (func (export "own") (param i32) (block $h (try_table (catch_all $h) (return_call $throw (local.get 0)))))
        (func (export "indirect") (param i32) (block $h (try_table (catch_all $h) (return_call_indirect (param i32) (local.get 0) (i32.const 1)))))
        (func (export "ref") (param i32) (block $h (try_table (catch_all $h) (return_call_ref $v (local.get 0) (ref.func $throw)))))
        (func (export "host") (param i32) (block $h (try_table (catch_all $h) (return_call $f (local.get 0)))))
        (func (export "hostRef") (param i32) (block $h (try_table (catch_all $h) (return_call_ref $v (local.get 0) (ref.func $f))))))`,
      options,
      { h: { t: tag, f: (n: number) => raise(new WasmException(tag, [n])) } },
    )
    for (const name of ['throw', 'own', 'indirect', 'ref', 'host', 'hostRef']) {
      const outer = guest(
        `(module (import "h" "t" (tag $t (param i32))) (import "i" "f" (func $f (param i32)))
          (func $tail (param i32) (block $h (try_table (catch_all $h) (return_call $f (local.get 0)))))
          (func $catch (export "run") (param i32 i32) (result i32) (local i64)
            (local.set 2 (i64.const 77))
            (block $h (result i32) (try_table (catch $t $h)
              (if (local.get 1) (then (call $tail (local.get 0))) (else (call $f (local.get 0))))) (i32.const -1))
            (i32.add (i32.wrap_i64 (local.get 2)))))`,
        options,
        { h: { t: tag }, i: { f: inner.exports[name] } },
      )
      expect([outer.exports.run(5, 0), outer.exports.run(5, 1)], name).toEqual([82, 82])
      expect(thrown(() => inner.exports[name](5)).values, name).toEqual([5])
      // With JavaScript between the instances.
      const between = (n: number): unknown => inner.exports[name](n)
      expect(
        guest(
          `(module (import "h" "t" (tag $t (param i32))) (import "i" "f" (func $f (param i32)))
            (func (export "run") (param i32) (result i32) (block $h (result i32) (try_table (catch $t $h) (call $f (local.get 0))) (i32.const -1))))`,
          options,
          { h: { t: tag }, i: { f: between } },
        ).exports.run(6),
        name,
      ).toBe(6)
    }
  })

  test('depth and frames are what they were: hundreds of throws from far below', () => {
    const { exports } = guest(
      `(module (tag $t (param i64))
        (func $down (param i32) (if (i32.eqz (local.get 0)) (then (throw $t (i64.const 3)))) (call $down (i32.sub (local.get 0) (i32.const 1))) (nop))
        (func $depth (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $depth (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
        (func (export "run") (param $n i32) (param $deep i32) (result i64) (local $sum i64)
          (loop $l
            (local.set $sum (i64.add (local.get $sum)
              (block $h (result i64) (try_table (catch $t $h) (call $down (local.get $deep))) (unreachable))))
            (drop (call $depth (local.get $deep)))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $sum)))`,
      { ...options, limits: { frames: 150 } },
    )
    expect(exports.run(200, 140)).toBe(600n)
    // Exhaustion is no exception.
    expect(() => exports.run(1, 200)).toThrow(ExhaustionError)
    expect(exports.run(10, 140)).toBe(30n)
  })

  test('dropped frames keep no reference alive', () => {
    const store = new Store(options)
    const { exports } = guest(
      `(module (import "h" "f" (func $f (param externref))) (tag $t (param externref))
        (func $down (param i32 externref) (local externref) (local.set 2 (local.get 1)) (local.get 1)
          (if (i32.eqz (local.get 0)) (then (throw $t (local.get 1)))) (call $down (i32.sub (local.get 0) (i32.const 1)) (local.get 2)) (drop))
        (func (export "caught") (param externref) (block $h (try_table (catch_all $h) (call $down (i32.const 9) (local.get 0)))))
        (func (export "kept") (param externref) (result externref) (block $h (result externref) (try_table (catch $t $h) (call $down (i32.const 9) (local.get 0))) (unreachable)))
        (func (export "ref") (param externref) (drop (block $h (result exnref) (try_table (catch_all_ref $h) (call $down (i32.const 9) (local.get 0))) (unreachable))))
        (func (export "uncaught") (param externref) (call $down (i32.const 9) (local.get 0)))
        (func (export "host") (param externref) (block $h (try_table (catch_all $h) (call $f (local.get 0))))))`,
      { store },
      { h: { f: () => raise(new Error('mine')) } },
    )
    const held = (): number => {
      const T = store.acquire(undefined as never)
      const count = T.refs.filter((ref) => ref !== null).length
      expect([T.exn, T.depth, T.saved.length, T.labels.length]).toEqual([undefined, 0, 0, 0])
      store.release(T)
      return count
    }
    const value = { some: 'object' }
    for (const name of ['caught', 'ref', 'host']) {
      exports[name](value)
      expect(held(), name).toBe(0)
    }
    expect(exports.kept(value)).toBe(value)
    expect(held()).toBe(0)
    expect(thrown(() => exports.uncaught(value)).values).toEqual([value])
    expect(held()).toBe(0)
  })

  test('thousands of nested tries', () => {
    const n = 2000
    const source = `(module (tag $t (param i32)) (tag $u)
      (func (export "run") (param i32) (result i32)
        ${'(block $h (result i32) (try_table (catch $t $h) '.repeat(n)}
        (if (local.get 0) (then (throw $t (local.get 0)))) (throw $u)
        ${`) (unreachable)) (if (i32.gt_u (local.tee 0 (i32.sub (i32.const 1))) (i32.const 0)) (then (throw $t (local.get 0))))`.repeat(n)}
        (local.get 0)))`
    const { exports } = guest(source, options)
    expect(exports.run(n)).toBe(0)
    expect(thrown(() => exports.run(0)).message).toBe('exception $u()')
  })

  test('the backtrace is that of the throw, also after catching and throwing on', () => {
    const on = (again: string): Anything =>
      thrown(
        guest(
          legacy(`(module (tag $t) (func $f (nop) (throw $t)) (func $g (call $f) (nop))
            (func $again ${again}) (func (export "run") (call $again)))`),
          options,
        ).exports.run,
      )
    const expected = ['f', 'g', 'again', 'run']
    for (const again of [
      '(call $g)',
      '(throw_ref (block $h (result exnref) (try_table (catch_ref $t $h) (call $g)) (return)))',
      '(throw_ref (block $h (result exnref) (try_table (catch_all_ref $h) (call $g)) (return)))',
      '(try (do (call $g)) (catch $t (rethrow 0)))',
      '(try (do (try (do (call $g)) (catch_all (rethrow 0)))) (catch_all (block (rethrow 1))))',
      '(try (do (call $g)) (delegate 0))',
    ])
      expect(
        on(again).frames.map((f: Anything) => f.name),
        again,
      ).toEqual(expected)
    // A new exception has frames of its own.
    expect(on('(try (do (call $g)) (catch $t (throw $t)))').frames.map((f: Anything) => f.name)).toEqual(['again', 'run'])
  })
})

onEach('exceptions and ticks', (options) => {
  const count = (source: string, imports: Imports = {}): number =>
    inSlices(guest(legacy(source), options, imports).instance, Infinity, 'run').ticks

  test('one for each throw', () => {
    const t = '(tag $t)'
    expect(count(`(module ${t} (func (export "run") (block $h (try_table (catch_all $h) (nop)))))`)).toBe(0)
    expect(count(`(module ${t} (func (export "run") (block $h (try_table (catch_all $h) (throw $t)))))`)).toBe(1)
    expect(count(`(module ${t} (func (export "run") (try (do (throw $t)) (catch_all))))`)).toBe(1)
    expect(count(`(module ${t} (func (export "run") (try (do (try (do (throw $t)) (catch_all (rethrow 0)))) (catch_all))))`)).toBe(2)
    expect(
      count(`(module ${t} (func (export "run") (block $o (try_table (catch_all $o)
        (throw_ref (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t)) (unreachable)))))))`),
    ).toBe(2)
    // To the start of a loop: no back-edge.
    expect(
      count(`(module ${t} (func (export "run") (local i32)
        (loop $l (try_table (catch_all $l) (if (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 5)) (then (throw $t)))))))`),
    ).toBe(4)
    // By the host: the call is all.
    expect(
      count(`(module (import "h" "f" (func $f)) (func (export "run") (block $h (try_table (catch_all $h) (call $f)))))`, {
        h: { f: () => raise(1) },
      }),
    ).toBe(1)
  })

  test('and for each 1,024 catches that do not take it', () => {
    const clauses = (n: number): string => '(catch $u $h) '.repeat(n)
    const source = (n: number): string => `(module (tag $t) (tag $u)
      (func $f (block $h (try_table ${clauses(n)} (throw $t))))
      (func (export "run") (block $h (try_table ${clauses(n)} (catch $t $h) (call $f)))))`
    expect([511, 512, 5120].map((n) => count(source(n)))).toEqual([2, 3, 12])
    const parts = (n: number): string => '(catch $u) '.repeat(n)
    expect(count(`(module (tag $t) (tag $u) (func (export "run") (try (do (try (do (throw $t)) ${parts(2000)})) (catch_all))))`)).toBe(2)
  })

  test('straight-line code in every part', () => {
    const nops = '(nop)'.repeat(4094)
    const source = (body: string): string =>
      `(module (tag $t) (func (export "run") (try (do ${body}) (catch $t ${nops}) (catch_all ${nops}))))`
    expect(count(source(nops))).toBe(0)
    expect(count(source(`${nops}(nop)(nop)`))).toBe(1)
    expect(count(source(`(throw $t)${nops}`))).toBe(2)
    expect(count(source(`${nops}(throw $t)`))).toBe(2)
  })

  test('stopped at every tick, with the same result', () => {
    const source = `(module (import "h" "f" (func $f (param i32))) (tag $t (param i32 f64))
      (func $g (param i32) (if (i32.and (local.get 0) (i32.const 1)) (then (throw $t (local.get 0) (f64.const 0.5)))) (call $f (local.get 0)))
      (func (export "run") (param i32) (result f64) (local $sum f64)
        (loop $l
          (try
            (do (block $h (result i32 f64) (try_table (catch $t $h) (call $g (local.get 0))) (unreachable))
              (local.set $sum (f64.add (local.get $sum))) (local.set $sum (f64.add (f64.convert_i32_s) (local.get $sum))))
            (catch_all (local.set $sum (f64.mul (local.get $sum) (f64.const 1.5)))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $sum)))`
    const make = (): Guest => guest(legacy(source), options, { h: { f: (n: number) => raise(n) } })
    const whole = inSlices(make().instance, Infinity, 'run', 30)
    const pieces = inSlices(make().instance, 1, 'run', 30)
    expect([pieces.result, pieces.ticks]).toEqual([whole.result, whole.ticks])
    // A call and a throw, or two calls, each time; and the back-edges.
    expect([whole.ticks, pieces.stops]).toEqual([30 * 2 + 29, 30 * 2 + 29])
  })
})

test('a raw host function may have references and numbers in its way', () => {
  const { exports: e } = guest(
    `(module (import "h" "f" (func $f (param i32 externref) (result i32)))
      (func (export "run") (param externref) (result i32) (block $h (result exnref) (try_table (catch_all_ref $h) (call $f (i32.const 1) (local.get 0)) (return)) (unreachable)) (drop) (i32.const -1)))`,
    {},
    { h: { f: raw([I32, EXTERNREF], [I32], (_, n: number) => (n === 1 ? raise('no') : n)) } },
  )
  expect(e.run('x')).toBe(-1)
})

onEach('a throw and its catch in one function', (options) => {
  const shared = new WasmTag({ parameters: ['i32'] })
  const other = new WasmTag({ parameters: ['i32'] })
  const start = (source: string, tags: Record<string, WasmTag> = { a: shared, b: shared }): Guest =>
    guest(source, options, { h: tags } as never)

  test('the first catch that takes the tag, from the innermost try outwards', () => {
    const { exports } = start(`(module (tag $a (param i32)) (tag $b (param i32))
      (func (export "run") (param $which i32) (result i32)
        (block $all (block $outer (result i32) (block $inner (result i32)
          (try_table (catch $a $outer) (catch_all $all)
            (try_table (catch $b $inner)
              (if (i32.eqz (local.get $which)) (then (throw $a (i32.const 10))))
              (if (i32.eq (local.get $which) (i32.const 1)) (then (throw $b (i32.const 20)))))
            (throw $b (i32.const 30)))
          (unreachable)) (return (i32.add (i32.const 1)))) (return (i32.add (i32.const 2))))
        (i32.const 99))
      (func (export "all") (result i32)
        (block $outer (result i32)
          (block $all
            (try_table (catch $a $outer)
              (try_table (catch_all $all) (throw $a (i32.const 5)))))
          (i32.const 7))))`)
    expect([0, 1, 2].map((n) => exports.run(n))).toEqual([12, 21, 99])
    expect(exports.all()).toBe(7)
  })

  test('values of every type, where other operands lie below', () => {
    const types = ['i32', 'i64', 'f32', 'f64', 'externref', 'v128']
    const { exports } = start(`(module (tag $t (param ${types.join(' ')})) (global $v (mut v128) (v128.const i64x2 0 0))
      (func (export "run") (param externref f64) (result i32 i32 i64 f32 f64 externref)
        (i32.const 40)
        (block $h (result ${types.join(' ')})
          (i32.const 5) (local.get 1)
          (try_table (catch $t $h)
            (throw $t (i32.const -1) (i64.const -2) (f32.const 0.5) (local.get 1) (local.get 0) (v128.const i32x4 1 2 3 4)))
          (unreachable))
        (global.set $v))
      (func (export "lane") (result i32) (i32x4.extract_lane 3 (global.get $v))))`)
    const host = { any: 'thing' }
    expect(exports.run(host, 1.25)).toEqual([40, -1, -2n, 0.5, 1.25, host])
    expect(exports.lane()).toBe(4)
  })

  test('imported tags may be the same one', () => {
    const source = `(module (import "h" "a" (tag $a (param i32))) (import "h" "b" (tag $b (param i32))) (tag $own (param i32))
      (func (export "run") (result i32)
        (block $all (block $first (result i32) (try_table (catch $own $first) (catch $b $first) (catch_all $all) (throw $a (i32.const 5))) (i32.const 0)) (return))
        (i32.const 99))
      (func (export "own") (result i32)
        (block $all (block $first (result i32) (try_table (catch $a $first) (catch $own $first) (catch_all $all) (throw $own (i32.const 6))) (i32.const 0)) (return))
        (i32.const 99)))`
    const same = start(source)
    expect([same.exports.run(), same.exports.own()]).toEqual([5, 6])
    const different = start(source, { a: shared, b: other })
    expect([different.exports.run(), different.exports.own()]).toEqual([99, 6])
  })

  test('catches at the end of the function, at a loop, with the exception, in a callee of the try', () => {
    const { exports } = start(`(module (tag $t (param i32)) (tag $none)
      (func (export "returns") (param externref i32) (result i32) (local externref)
        (local.set 2 (local.get 0))
        (i32.const 1) (drop)
        (try_table (catch $t 0) (throw $t (i32.add (local.get 1) (i32.const 1))))
        (unreachable))
      (func (export "loops") (param $n i32) (result i32) (local $turns i32)
        (i32.const 0)
        (loop $again (param i32) (result i32)
          (drop)
          (if (i32.eqz (local.get $n)) (then (return (local.get $turns))))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
          (try_table (result i32) (catch $t $again) (throw $t (i32.const 7)))))
      (func (export "ref") (result i32)
        (block $h (result i32 exnref) (try_table (catch_ref $t $h) (throw $t (i32.const 8))) (unreachable)) (drop))
      (func (export "nothing") (result i32)
        (block $h (try_table (catch $none $h) (throw $none)) (unreachable)) (i32.const 9))
      (func $throws (param i32) (throw $t (local.get 0)))
      (func (export "callee") (result i32)
        (block $h (result i32) (try_table (catch $t $h) (call $throws (i32.const 10)) (throw $t (i32.const 11))) (unreachable))))`)
    const { returns, loops, ref, nothing, callee } = exports
    expect([returns({}, 4), loops(6), ref(), nothing(), callee()]).toEqual([5, 6, 8, 9, 10])
  })

  test('ticks are those of other throws, wherever a turn ends', () => {
    const { instance } = start(`(module (tag $a (param i32)) (tag $b)
      (func (export "run") (param i32) (result i32) (local i32)
        (loop $l
          (block $h (result i32) (try_table (catch $b 1) (catch $a $h) (throw $a (i32.add (local.get 1) (i32.const 3)))) (i32.const 0))
          (local.set 1)
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))`)
    for (const slice of [1, 2, 3, 7, 1000])
      expect(inSlices(instance, slice, 'run', 20)).toMatchObject({ result: 60, ticks: 39, stops: Math.floor(39 / slice) })
  })
})

onEach('a legacy try around a throw', (options) => {
  test('is asked first', () => {
    const { exports } = guest(
      legacy(`(module (tag $a (param i32))
        (func (export "run") (result i32)
          (block $h (result i32)
            (try_table (result i32) (catch $a $h)
              (try (result i32) (do (throw $a (i32.const 1))) (catch $a (i32.add (i32.const 10))))))))`),
      options,
    )
    expect(exports['run']()).toBe(11)
  })
})
