/**
 * Stack switching: what the specification's scripts leave out. Stops, ticks, traps and exceptions inside continuations, the
 * host between them, limits, many of them at once, and references that are let go.
 */
import { describe, expect, test } from 'vitest'
import { type Imports, type InstantiateOptions, ExhaustionError, Trap, WasmException, instantiate, suspending } from '../../src/index.ts'
import { type Anything, type Guest, configurations, inChild, inSlices, onEach, rejected, thrown, wat } from './helper.ts'

const make = (source: string, options: InstantiateOptions, imports: Imports = {}): Guest => {
  const instance = instantiate(wat(source, { 'stack-switching': true }), imports, options)
  return { instance, exports: instance.exports }
}

const head = `
  (type $f (func)) (type $k (cont $f))
  (type $fi (func (param i32) (result i32))) (type $ki (cont $fi)) (type $fn (func (result i32))) (type $kn (cont $fn))
  (import "h" "call" (func $host (param i32) (result i32)))
  (tag $yield (param i32) (result i32)) (tag $exn (param i64)) (tag $other)`

/** A generator that yields n, n-1, … and adds up what it is sent. */
const program = `(module ${head}
  (elem declare func $gen $nested $trap $throw $deep $viaHost $catching $countdown)
  (func $gen (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (suspend $yield (local.get $n))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  ;; Sends each value back doubled; returns the sum and how many there were.
  (func $drive (param $k (ref null $ki)) (param $arg i32) (result i32 i32) (local $count i32)
    (loop $next
      (block $on (result i32 (ref $ki))
        (resume $ki (on $yield $on) (local.get $arg) (local.get $k))
        (local.get $count)
        (return))
      (local.set $k)
      (local.set $arg (i32.mul (i32.const 2)))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br $next))
    (unreachable))
  (func (export "sum") (param i32) (result i32 i32) (call $drive (cont.new $ki (ref.func $gen)) (local.get 0)))
  ;; Resumes another generator, whose suspensions pass through to the one that resumed this.
  (func $nested (param i32) (result i32)
    (block $never (result (ref $kn))
      (return (resume $ki (on $other $never) (local.get 0) (cont.new $ki (ref.func $gen)))))
    (unreachable))
  (func (export "nested") (param i32) (result i32 i32) (call $drive (cont.new $ki (ref.func $nested)) (local.get 0)))
  (func $trap (param i32) (result i32) (drop (suspend $yield (local.get 0))) (unreachable))
  (func (export "trap") (result i32 i32) (call $drive (cont.new $ki (ref.func $trap)) (i32.const 1)))
  (func $throw (param i32) (result i32) (drop (suspend $yield (local.get 0))) (throw $exn (i64.const 7)))
  (func (export "throw") (result i32 i32) (call $drive (cont.new $ki (ref.func $throw)) (i32.const 1)))
  (func (export "throwCaught") (result i64)
    (block $h (result i64)
      (try_table (catch $exn $h) (call $drive (cont.new $ki (ref.func $throw)) (i32.const 1)) (drop) (drop))
      (i64.const 0)))
  (func $deep (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (suspend $yield (i32.const 5)))))
  (func (export "deep") (param i32) (result i32 i32) (call $drive (cont.new $ki (ref.func $deep)) (local.get 0)))
  (func $viaHost (param i32) (result i32) (i32.add (call $host (local.get 0)) (suspend $yield (call $host (local.get 0)))))
  (func (export "viaHost") (param i32) (result i32 i32) (call $drive (cont.new $ki (ref.func $viaHost)) (local.get 0)))
  (func (export "yield") (param i32) (result i32) (suspend $yield (local.get 0)))
  ;; Catches what resume_throw throws at its suspension.
  (func $catching (param i32) (result i32)
    (block $h (result i64)
      (try_table (catch $exn $h) (drop (suspend $yield (i32.const 1))))
      (i64.const 0))
    (i32.wrap_i64))
  (func (export "resumeThrow") (result i32) (local $k0 (ref null $ki))
    (block $on (result i32 (ref $ki))
      (resume $ki (on $yield $on) (i32.const 0) (cont.new $ki (ref.func $catching)))
      (return))
    (local.set $k0)
    (drop)
    (resume_throw $ki $exn (i64.const 99) (local.get $k0)))
  (func $countdown (param i32) (result i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 3))
  (func (export "ticks") (param i32) (result i32) (resume $ki (local.get 0) (cont.new $ki (ref.func $countdown)))))`

const host = { h: { call: (x: number) => x + 1 } }
const sum = (n: number): number => n * (n + 1)

onEach('continuations', (options) => {
  test('a generator, also through one that does not know its tag', () => {
    const { exports } = make(program, options, host)
    expect(exports.sum(10)).toEqual([sum(10), 10])
    expect(exports.nested(10)).toEqual([sum(10), 10])
    expect(exports.sum(3000)).toEqual([sum(3000), 3000])
  })

  test('stopped a thousand times it does the same, in the same ticks', () => {
    for (const name of ['sum', 'nested', 'deep']) {
      const { instance } = make(program, options, host)
      const whole = inSlices(instance, Infinity, name, 400)
      for (const slice of [1, 2, 7]) {
        const pieces = inSlices(instance, slice, name, 400)
        expect(pieces.result).toEqual(whole.result)
        expect(pieces.ticks).toBe(whole.ticks)
        expect(pieces.stops).toBeGreaterThan(50)
      }
    }
  })

  test('a resume, a suspension and a switch are a tick each', () => {
    const { instance } = make(program, options, host)
    // The resume, and 9 back-edges.
    expect(inSlices(instance, Infinity, 'ticks', 10).ticks).toBe(10)
  })

  test('a trap in a continuation ends the call, with a backtrace across the stacks; the instance goes on', () => {
    const { exports } = make(program, options, host)
    for (let i = 0; i < 3; i++) {
      const error = thrown(() => exports.trap())
      expect(error).toBeInstanceOf(Trap)
      expect(error.message).toBe('unreachable')
      expect(error.frames.map((f: { name: string }) => f.name)).toEqual(['trap', 'drive', 'trap'])
      expect(exports.sum(5)).toEqual([sum(5), 5])
    }
  })

  test('exceptions leave continuations, and enter them', () => {
    const { exports } = make(program, options, host)
    expect(exports.throwCaught()).toBe(7n)
    const error = thrown(() => exports.throw())
    expect(error).toBeInstanceOf(WasmException)
    expect(error.values).toEqual([7n])
    expect(exports.resumeThrow()).toBe(99)
    expect(exports.sum(2)).toEqual([sum(2), 2])
  })

  test('a suspension takes deep stacks along', () => {
    const { exports } = make(program, options, host)
    expect(exports.deep(5000)).toEqual([5000 + 10, 1])
    // Frames of the resumer count as well.
    const small = make(program, { ...options, limits: { frames: 50 } }, host)
    expect(small.exports.deep(40)).toEqual([50, 1])
    expect(thrown(() => small.exports.deep(60))).toBeInstanceOf(ExhaustionError)
    expect(small.exports.deep(40)).toEqual([50, 1])
  })

  test('host functions are called on a continuation’s stack, and call back', () => {
    let made: Guest | undefined
    made = make(program, options, { h: { call: (x: number) => made!.exports.sum(x)[1] + 1 } })
    expect(made.exports.viaHost(4)).toEqual([5 + 10, 1])
  })

  test('no suspension across a host function; nobody listens at the top', () => {
    let made: Guest | undefined
    made = make(program, options, { h: { call: (x: number) => made!.exports.yield(x) } })
    expect(thrown(() => made!.exports.viaHost(4)).message).toBe(
      'unhandled tag yield: a continuation cannot be suspended across host functions',
    )
    expect(thrown(() => made!.exports.yield(1)).message).toBe('unhandled tag yield')
    expect(made.exports.sum(3)).toEqual([sum(3), 3])
  })

  test('a promise parks the thread inside a continuation', async () => {
    const later = suspending(async (x: number) => {
      await Promise.resolve()
      return x + 1
    })
    const { instance, exports } = make(program, options, { h: { call: later } })
    expect(await instance.invokeAsync('viaHost', 4)).toEqual([5 + 10, 1])
    expect((await rejected(instance.invokeAsync('trap'))).message).toBe('unreachable')
    expect(exports.sum(3)).toEqual([sum(3), 3])
  })

  test('host functions as continuations; bound values; null and used-up ones', () => {
    const { exports } = make(
      `(module ${head}
        (type $f3 (func (param i32 i64 f64) (result f64))) (type $k3 (cont $f3)) (type $f1 (func (param f64) (result f64))) (type $k1 (cont $f1))
        (type $f2 (func (param i64 f64) (result f64))) (type $k2 (cont $f2))
        (elem declare func $host $add)
        (func (export "host") (param i32) (result i32) (resume $ki (local.get 0) (cont.new $ki (ref.func $host))))
        (func $add (param i32 i64 f64) (result f64)
          (f64.add (local.get 2) (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))))
        (func (export "bind") (result f64)
          (resume $k1 (f64.const 0.5) (cont.bind $k2 $k1 (i64.const -20) (cont.bind $k3 $k2 (i32.const 100) (cont.new $k3 (ref.func $add))))))
        (func (export "twice") (local $k (ref null $k3)) (local.set $k (cont.new $k3 (ref.func $add)))
          (drop (cont.bind $k3 $k2 (i32.const 1) (local.get $k))) (drop (cont.bind $k3 $k2 (i32.const 1) (local.get $k))))
        (func (export "null") (drop (cont.bind $k3 $k2 (i32.const 1) (ref.null $k3)))))`,
      options,
      host,
    )
    expect(exports.host(41)).toBe(42)
    expect(exports.bind()).toBe(80.5)
    expect(() => exports.twice()).toThrow('continuation already consumed')
    expect(() => exports.null()).toThrow('null continuation reference')
  })

  test('two continuations switch back and forth without their resumer', () => {
    const { exports, instance } = make(
      `(module
        (rec (type $f (func (param i32 (ref null $k)) (result i32))) (type $k (cont $f)))
        (tag $swap (result i32))
        (elem declare func $ping)
        ;; Counts down; hands the rest to the other one.
        (func $ping (type $f) (param $n i32) (param $other (ref null $k)) (result i32)
          (loop $again
            (if (i32.eqz (local.get $n)) (then (return (i32.const 77))))
            (if (ref.is_null (local.get $other)) (then (local.set $other (cont.new $k (ref.func $ping)))))
            (switch $k $swap (i32.sub (local.get $n) (i32.const 1)) (local.get $other))
            (local.set $other) (local.set $n) (br $again))
          (unreachable))
        (func (export "run") (param i32) (result i32)
          (resume $k (on $swap switch) (local.get 0) (ref.null $k) (cont.new $k (ref.func $ping)))))`,
      options,
    )
    expect(exports.run(0)).toBe(77)
    expect(exports.run(5001)).toBe(77)
    const whole = inSlices(instance, Infinity, 'run', 300)
    expect(inSlices(instance, 3, 'run', 300)).toMatchObject({ result: whole.result, ticks: whole.ticks })
  })

  test('many at once', () => {
    const { exports } = make(
      `(module ${head}
        (table $ks 5000 (ref null $ki)) (elem declare func $gen)
        (func $gen (param i32) (result i32) (i32.add (suspend $yield (local.get 0)) (suspend $yield (local.get 0))))
        (func $step (param $i i32) (param $arg i32) (result i32) (local $k (ref null $ki))
          (block $on (result i32 (ref $ki))
            (return (resume $ki (on $yield $on) (local.get $arg) (table.get $ks (local.get $i)))))
          (local.set $k) (drop) (table.set $ks (local.get $i) (local.get $k)) (i32.const 0))
        (func (export "run") (result i32) (local $i i32) (local $round i32) (local $sum i32)
          (loop $make (table.set $ks (local.get $i) (cont.new $ki (ref.func $gen)))
            (br_if $make (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))
          (loop $rounds
            (local.set $i (i32.const 0))
            (loop $each
              (local.set $sum (i32.add (local.get $sum) (call $step (local.get $i) (local.get $i))))
              (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))
            (br_if $rounds (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 3))))
          (local.get $sum)))`,
      options,
      host,
    )
    expect(exports.run()).toBe(2 * ((4999 * 5000) / 2))
  })
})

describe('memory', () => {
  test('a continuation that nobody holds is collected, with what it holds', { timeout: 120_000 }, () => {
    const result: Anything = inChild(
      ['--expose-gc'],
      `const source = ${JSON.stringify(`(module (type $f (func (param externref))) (type $k (cont $f)) (type $g (func)) (type $kg (cont $g)) (tag $y)
        (elem declare func $hold)
        (func $hold (param externref) (suspend $y) (drop (local.get 0)))
        (func (export "leave") (param externref)
          (block $on (result (ref $kg)) (resume $k (on $y $on) (local.get 0) (cont.new $k (ref.func $hold))) (return)) (drop)))`)}
      const { featureSet } = await import(${JSON.stringify(new URL('../../src/spec/features.ts', import.meta.url).href)})
      const module = vitrine.compile(text.watToWasm(source, { features: featureSet({ 'stack-switching': true }) }), { features: { 'stack-switching': true } })
      const left = []
      for (const [, options] of configurations) {
        const { exports } = vitrine.instantiate(module, {}, options)
        let collected = 0
        const registry = new FinalizationRegistry(() => collected++)
        for (let i = 0; i < 50; i++) {
          const thing = { big: new Array(1000).fill(i) }
          registry.register(thing)
          exports.leave(thing)
        }
        for (let i = 0; i < 20 && collected < 49; i++) {
          gc()
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        left.push(50 - collected)
      }
      console.log(JSON.stringify(left))`,
    )
    for (const left of result) expect(left).toBeLessThanOrEqual(1)
    expect(result).toHaveLength(configurations.length)
  })
})
