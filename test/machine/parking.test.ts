/**
 * Parking (architecture rules 2 to 4): a thread waits for a promise of a host function, wherever in the program it stands;
 * other threads run meanwhile on the same JS thread. What must not park says so, and what is parked is not entered again.
 */
import { describe, expect, test } from 'vitest'
import { type InstantiateOptions, WasmTable, instantiateAsync, isTrap, suspending } from '../../src/index.ts'
import { EXTERNREF, I32, I64 } from '../../src/spec/types.ts'
import { watToWasm } from '../../src/text/index.ts'
import { collect, run } from '../../src/wasi/index.ts'
import { type Anything, guest, onEach, raw, rejected, thrown, wat } from './helper.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A host function that parks for a turn of the event loop, or for some ms. */
const later = (ms = 0): ((x: Anything) => Promise<Anything>) =>
  suspending(async (x: Anything) => {
    await sleep(ms)
    return x
  })

/** A promise that is settled by hand. */
function gate(): { promise: Promise<Anything>; open: (value?: unknown) => void; fail: (error: unknown) => void } {
  let open!: (value?: unknown) => void
  let fail!: (error: unknown) => void
  const promise = new Promise<unknown>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}

const countDown = '(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))'

onEach('parking: where a thread can wait', (options) => {
  test('a guest that sleeps', async () => {
    const { instance } = guest(
      `(module (import "h" "sleep" (func $sleep (param i32)))
        (func (export "run") (param i32) (result i32) (local i32)
          (loop (call $sleep (i32.const 5)) (local.set 1 (i32.add (local.get 1) (local.get 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (local.get 1)))`,
      options,
      { h: { sleep: suspending((ms: number) => sleep(ms)) } },
    )
    const started = performance.now()
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    expect(await instance.invokeAsync('run', 4)).toBe(10)
    clearInterval(timer)
    expect(performance.now() - started).toBeGreaterThan(18)
    expect(turns).toBeGreaterThan(3)
  })

  test('values of every type go in and come back', async () => {
    const seen: unknown[] = []
    const types = ['i32', 'i64', 'f32', 'f64', 'externref', 'funcref']
    const { instance, exports } = guest(
      `(module (import "h" "f" (func $f (param ${types.join(' ')}) (result ${types.join(' ')})))
        (func (export "run") (param ${types.join(' ')}) (result ${types.join(' ')} i32)
          ${types.map((_, i) => `(local.get ${i})`).join(' ')} (call $f) (i32.const 77)))`,
      options,
      {
        h: {
          f: suspending(async (...args: unknown[]) => {
            seen.push(...args)
            await sleep(0)
            return args
          }),
        },
      },
    )
    const args = [-5, -(2n ** 63n), 0.5, -0, { an: 'object' }, exports.run]
    expect(await instance.invokeAsync('run', ...args)).toEqual([...args, 77])
    expect(seen).toEqual(args)
  })

  test('inside nested calls, call_indirect, call_ref, another instance, blocks with operands below', async () => {
    const h = { add: suspending(async (a: number, b: number) => (await sleep(0), a + b)) }
    const other = guest(
      `(module (import "h" "add" (func $add (param i32 i32) (result i32)))
        (func (export "far") (param i32) (result i32) (local i64) (local.set 1 (i64.const -1))
          (i32.add (i32.wrap_i64 (local.get 1)) (call $add (local.get 0) (i32.const 1000))))
        (func (export "farTail") (param i32) (result i32) (return_call $add (local.get 0) (i32.const 1000))))`,
      options,
      { h },
    )
    const { instance } = guest(
      `(module (type $bin (func (param i32 i32) (result i32)))
        (import "h" "add" (func $add (type $bin)))
        (import "o" "far" (func $far (param i32) (result i32))) (import "o" "farTail" (func $farTail (param i32) (result i32)))
        (table funcref (elem $add $deep)) (elem declare func $add)
        (func $deep (type $bin)
          (if (i32.eqz (local.get 1)) (then (return (call $add (local.get 0) (i32.const 1)))))
          (i32.mul (i32.const 2) (call $deep (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))
        (func (export "nested") (param i32) (result i32) (call $deep (local.get 0) (i32.const 50)))
        (func (export "indirect") (param i32) (result i32)
          (i32.sub (local.get 0) (call_indirect (type $bin) (local.get 0) (i32.const 8) (i32.const 0))))
        (func (export "indirectDeep") (param i32) (result i32)
          (i32.sub (local.get 0) (call_indirect (type $bin) (local.get 0) (i32.const 3) (i32.const 1))))
        (func (export "ref") (param i32) (result i32) (i32.sub (local.get 0) (call_ref $bin (local.get 0) (i32.const 8) (ref.func $add))))
        (func (export "far") (param i32) (result i32) (i32.sub (i32.const 1) (call $far (local.get 0))))
        (func (export "farTail") (param i32) (result i32) (i32.sub (i32.const 1) (call $farTail (local.get 0))))
        (func (export "block") (param i32) (result i32)
          (i32.const 100) (local.get 0)
          (block (result i32) (i32.const 7) (br_if 0 (call $add (local.get 0) (i32.const 1))) (drop) (i32.const 0))
          (local.set 0 (i32.const 0)) (i32.add) (i32.add)))`,
      options,
      { h, o: other.exports },
    )
    const run = (name: string, x: number): Promise<unknown> => instance.invokeAsync(name, x)
    expect(await run('nested', 2)).toBe(Math.imul(3, 2 ** 50))
    expect(await run('indirect', 2)).toBe(-8)
    expect(await run('indirectDeep', 2)).toBe(2 - 3 * 8)
    expect(await run('ref', 2)).toBe(-8)
    expect(await run('far', 2)).toBe(1 - 1001)
    expect(await run('farTail', 2)).toBe(1 - 1002)
    expect(await run('block', 2)).toBe(109)
    expect(await run('block', -1)).toBe(99)
  })

  test('in a tail call to a host function, of every kind, with more and with fewer parameters than the caller', async () => {
    const h = {
      wide: suspending(async (a: bigint, b: number, c: unknown, d: bigint) => (await sleep(0), [c, a + d, b])),
      narrow: suspending(async (x: number) => (await sleep(0), x + 1)),
    }
    const { instance } = guest(
      `(module (type $wide (func (param i64 f64 externref i64) (result externref i64 f64))) (type $narrow (func (param i32) (result i32)))
        (import "h" "wide" (func $wide (type $wide))) (import "h" "narrow" (func $narrow (type $narrow)))
        (table funcref (elem $wide $narrow)) (elem declare func $wide)
        (func (export "wide") (param externref) (result externref i64 f64) (local externref i64)
          (return_call $wide (i64.const 5) (f64.const 0.5) (local.get 0) (i64.const -7)))
        (func (export "wideIndirect") (param externref) (result externref i64 f64)
          (return_call_indirect (type $wide) (i64.const 5) (f64.const 0.5) (local.get 0) (i64.const -7) (i32.const 0)))
        (func (export "wideRef") (param externref) (result externref i64 f64)
          (return_call_ref $wide (i64.const 5) (f64.const 0.5) (local.get 0) (i64.const -7) (ref.func $wide)))
        (func $narrowly (param i64 externref i32 i64 i64 i64) (result i32) (return_call $narrow (local.get 2)))
        (func (export "narrow") (param i32 externref) (result i32)
          (i32.add (i32.const 100) (call $narrowly (i64.const 1) (local.get 1) (local.get 0) (i64.const 1) (i64.const 1) (i64.const 1)))))`,
      options,
      { h },
    )
    for (const name of ['wide', 'wideIndirect', 'wideRef']) expect(await instance.invokeAsync(name, 'ref')).toEqual(['ref', -2n, 0.5])
    expect(await instance.invokeAsync('narrow', 8, 'ref')).toBe(109)
  })

  test('in a start function', async () => {
    const module = wat(`(module (import "h" "later" (func $later (param i32) (result i32)))
      (global $g (export "g") (mut i32) (i32.const 0)) (func $start (global.set $g (call $later (i32.const 8)))) (start $start))`)
    const { exports } = await instantiateAsync(module, { h: { later: later() } }, options)
    expect(exports.g.value).toBe(8)
    expect(() => guest(module, options, { h: { later: later() } })).toThrow(/^h\.later returned a promise in a synchronous call/)
    const failing = { h: { later: suspending(() => Promise.reject(new Error('no'))) } }
    expect((await rejected(instantiateAsync(module, failing, options))).message).toBe('no')
    const never = { h: { later: suspending(() => new Promise(() => {})) } }
    const signal = AbortSignal.timeout(10)
    expect((await rejected(instantiateAsync(module, never, { ...options, signal }))).name).toBe('TimeoutError')
  })

  test('a start function that is the host function itself', async () => {
    let done = false
    const wait = suspending(async () => {
      await sleep(1)
      done = true
    })
    await instantiateAsync(wat('(module (import "h" "wait" (func $w)) (start $w))'), { h: { wait } }, options)
    expect(done).toBe(true)
  })

  test('a thread that parks 1,000 times, while its register file grows', async () => {
    const { instance } = guest(
      `(module (import "h" "later" (func $later (param i32) (result i32)))
        (func $sum (export "sum") (param i32) (result i32) (local i64 i64 i64 i64)
          (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
            (else (i32.add (call $later (local.get 0)) (call $sum (i32.sub (local.get 0) (i32.const 1))))))))`,
      options,
      { h: { later: suspending((x: number) => Promise.resolve(x)) } },
    )
    expect(await instance.invokeAsync('sum', 1000)).toBe(500_500)
  })

  test('memory that grows while the thread is parked is seen after it', async () => {
    const wait = gate()
    const { instance, exports } = guest(
      `(module (import "h" "wait" (func $wait)) (memory (export "memory") 1 10)
        (func (export "run") (result i32 i32) (call $wait) (memory.size) (i32.load (i32.const 131072))))`,
      options,
      { h: { wait: suspending(() => wait.promise) } },
    )
    const result = instance.invokeAsync('run')
    expect(exports.memory.grow(4)).toBe(1)
    exports.memory.dataView().setInt32(131072, 1234, true)
    wait.open()
    expect(await result).toEqual([5, 1234])
  })

  test('host functions in raw form, with a thenable that is no Promise', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
    const thenable = (value: unknown): unknown => ({ then: (resolve: (v: unknown) => void) => setTimeout(() => resolve(value), 1) })
    const swap = { ...raw([I64, EXTERNREF], [EXTERNREF, I64], (_, lo, hi, ref) => thenable([ref, [hi, lo]])), suspending: true }
    const { instance } = guest(
      `(module (import "h" "swap" (func $swap (param i64 externref) (result externref i64)))
        (func (export "run") (param i64 externref) (result externref i64) (call $swap (local.get 0) (local.get 1))))`,
      options,
      { h: { swap } },
    )
    expect(await instance.invokeAsync('run', 0x1_0000_0002n, 'x')).toEqual(['x', 0x2_0000_0001n])
  })
})

onEach('parking: several threads', (options) => {
  const source = `(module (import "h" "step" (func $step (param i32 i32) (result i32))) (global $sum (export "sum") (mut i32) (i32.const 0))
    (func (export "run") (param $id i32) (param $n i32) (result i32) (local $i i32)
      (loop (global.set $sum (i32.add (global.get $sum) (call $step (local.get $id) (local.get $i))))
        (br_if 0 (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (global.get $sum)))`

  test('two guests take turns: the order of their host calls shows it', async () => {
    const log: string[] = []
    const step = suspending(async (id: number, i: number) => {
      log.push(`${'ab'[id]}${i}`)
      await sleep(0)
      return i
    })
    const module = wat(source)
    const [a, b] = [0, 1].map(() => guest(module, options, { h: { step } }))
    expect(await Promise.all([a!.instance.invokeAsync('run', 0, 5), b!.instance.invokeAsync('run', 1, 4)])).toEqual([10, 6])
    expect(log.join(' ')).toBe('a0 b0 a1 b1 a2 b2 a3 b3 a4')
  })

  test('the order in which promises settle is the order in which threads go on', async () => {
    const gates = new Map<string, ReturnType<typeof gate>>()
    const step = suspending((id: number, i: number) => {
      const made = gate()
      gates.set(`${id}.${i}`, made)
      return made.promise
    })
    const module = wat(source)
    const results = [0, 1, 2].map((id) => guest(module, options, { h: { step } }).instance.invokeAsync('run', id, 2))
    const order: number[] = []
    results.forEach((result, id) => void result.then(() => order.push(id)))
    for (const key of ['1.0', '2.0', '2.1', '0.0', '1.1', '0.1']) {
      gates.get(key)!.open(10)
      await sleep(0)
    }
    expect(await Promise.all(results)).toEqual([20, 20, 20])
    expect(order).toEqual([2, 1, 0])
  })

  test('guests that compute share the time too, and the event loop gets its turn', async () => {
    const module = wat(`(module (global $n (export "n") (mut i32) (i32.const 0))
      (func (export "run") (param i32) (loop (global.set $n (i32.add (global.get $n) (i32.const 1))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`)
    const [a, b] = [0, 1].map(() => guest(module, options))
    const seen: (readonly [number, number])[] = []
    const rounds = options.executor === 'reference' ? 100_000 : 5_000_000
    const both = [a!, b!].map(({ instance }) => instance.invokeAsync('run', rounds))
    const look = setInterval(() => seen.push([a!.exports.n.value, b!.exports.n.value]), 0)
    await Promise.all(both)
    clearInterval(look)
    const [x, y] = [a!, b!].map(({ exports }) => exports.n.value as number)
    expect([x, y]).toEqual([rounds, rounds])
    expect(seen.some(([first, second]) => first > 0 && first < rounds && second > 0 && second < rounds)).toBe(true)
  })

  test('the event loop gets a turn every 8 ms', async () => {
    const { instance } = guest(`(module (func (export "run") (param i32) ${countDown}))`, options)
    await instance.invokeAsync('run', 50_000)
    const gaps: number[] = []
    let last = performance.now()
    let going = true
    const tick = (): void => {
      const now = performance.now()
      gaps.push(now - last)
      last = now
      if (going) setImmediate(tick)
    }
    setImmediate(tick)
    await instance.invokeAsync('run', options.executor === 'reference' ? 300_000 : 20_000_000)
    going = false
    expect(gaps.length).toBeGreaterThan(3)
    // The longest may be a collection, or another process's turn; the middle one is ours.
    gaps.sort((p, q) => p - q)
    expect(gaps[gaps.length >> 1]).toBeLessThan(options.executor === 'reference' ? 60 : 20)
  })
})

onEach('parking: the ends of a wait', (options) => {
  const source = `(module (import "h" "wait" (func $wait (result i32))) (memory (export "memory") 1)
    (func $inner (param externref) (result i32) (i32.add (call $wait) (i32.const 1)))
    (func (export "run") (param externref) (result i32) (i32.mul (i32.const 2) (call $inner (local.get 0))))
    (func (export "loop") (loop (br 0)))
    (func (export "trap") (drop (call $wait)) (unreachable))
    (func (export "plain") (result i32) (i32.const 5)))`

  test('a rejected promise rejects the call with the same error, and the instance goes on', async () => {
    const error = new Error('the host says no')
    let fail = true
    const { instance, exports } = guest(source, options, {
      h: { wait: suspending(() => (fail ? Promise.reject(error) : Promise.resolve(20))) },
    })
    expect(await rejected(instance.invokeAsync('run', 'x'))).toBe(error)
    fail = false
    expect(await instance.invokeAsync('run', 'x')).toBe(42)
    expect(exports.plain()).toBe(5)
    expect(
      await rejected(guest(source, options, { h: { wait: suspending(() => Promise.reject(undefined)) } }).instance.invokeAsync('run')),
    ).toBe(undefined)
  })

  test('a value that does not convert is an error, not a crash', async () => {
    const { instance } = guest(source, options, { h: { wait: suspending(() => Promise.resolve(5n)) } })
    expect((await rejected(instance.invokeAsync('run'))).message).toBe('cannot convert 5n to i32')
  })

  test('a trap after a wait has the whole backtrace', async () => {
    const { instance } = guest(source, options, { h: { wait: later() } })
    const error = await rejected(instance.invokeAsync('trap'))
    expect(isTrap(error)).toBe(true)
    expect(error.frames).toMatchObject([{ name: 'trap' }])
  })

  test('AbortSignal: before, while parked, while looping, and too late', async () => {
    const never = { h: { wait: suspending(() => new Promise(() => {})) } }
    const { instance, exports } = guest(source, options, never)
    const before = AbortSignal.abort('gone before')
    expect(await rejected(instance.invokeWith({ signal: before }, 'run'))).toBe('gone before')
    for (const name of ['run', 'loop']) {
      const controller = new AbortController()
      const call = instance.invokeWith({ signal: controller.signal }, name)
      setTimeout(() => controller.abort(new Error(`enough of ${name}`)), 15)
      expect((await rejected(call)).message).toBe(`enough of ${name}`)
      expect(exports.plain()).toBe(5)
      expect(instance.instance.parked).toBe(0)
    }
    const late = new AbortController()
    expect(await instance.invokeWith({ signal: late.signal }, 'plain')).toBe(5)
    late.abort()
    expect(exports.plain()).toBe(5)
  })

  test('a promise that settles after the abort changes nothing', async () => {
    const wait = gate()
    const { instance, exports } = guest(source, options, { h: { wait: suspending(() => wait.promise) } })
    const controller = new AbortController()
    const call = instance.invokeWith({ signal: controller.signal }, 'run')
    controller.abort('stop')
    expect(await rejected(call)).toBe('stop')
    wait.fail(new Error('nobody hears this'))
    await sleep(1)
    expect(exports.plain()).toBe(5)
  })

  test('fuel and time limits hold across waits', async () => {
    const { instance } = guest(
      `(module (import "h" "wait" (func $wait (result i32))) (func (export "run") (loop (drop (call $wait)) (br 0))))`,
      { ...options, fuel: 101 },
      { h: { wait: later() } },
    )
    expect(await rejected(instance.invokeAsync('run'))).toMatchObject({ code: 'limit', limit: 'fuel' })
    const timed = guest('(module (func (export "run") (loop (br 0))))', { ...options, timeout: 20 })
    expect(await rejected(timed.instance.invokeAsync('run'))).toMatchObject({ code: 'limit', limit: 'timeout' })
  })
})

onEach('parking: what cannot', (options) => {
  const source = `(module (import "h" "later" (func $later (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $later (local.get 0)))
    (func (export "tail") (param i32) (result i32) (return_call $later (local.get 0)))
    (func (export "plain") (result i32) (i32.const 5)) (export "again" (func $later)))`

  test('a suspending function in a synchronous call: the error names it', () => {
    const { exports, instance } = guest(source, options, { h: { later: later() } })
    for (const name of ['run', 'tail']) {
      const error = thrown(() => exports[name](1))
      expect(error).toMatchObject({ name: 'HostError', code: 'host', funcName: 'h.later' })
      expect(error.message).toBe('h.later returned a promise in a synchronous call; use invokeAsync')
    }
    expect(() => instance.begin('run', 1).run()).toThrow('h.later returned a promise in a synchronous call')
    expect(exports.plain()).toBe(5)
  })

  test('a function that is not declared: the error says so, also under invokeAsync', async () => {
    const { exports, instance } = guest(source, options, { h: { later: (x: number) => Promise.resolve(x) } })
    const message = 'h.later returned a promise; declare it with suspending()'
    expect(() => exports.run(1)).toThrow(message)
    expect((await rejected(instance.invokeAsync('run', 1))).message).toBe(message)
    const undeclared = guest(source, options, { h: { later: raw([I32], [I32], () => Promise.resolve(1)) } })
    expect((await rejected(undeclared.instance.invokeAsync('run', 1))).message).toBe(message)
    expect(exports.plain()).toBe(5)
  })

  test('a suspending function that answers at once needs no invokeAsync', () => {
    const { exports } = guest(source, options, { h: { later: suspending((x: number) => x + 1) } })
    expect([exports.run(1), exports.tail(2)]).toEqual([2, 3])
  })

  test('a promise is a fine externref', async () => {
    const promise = Promise.resolve(1)
    const { exports, instance } = guest(
      '(module (import "h" "f" (func $f (result externref))) (func (export "run") (result i32) (ref.is_null (call $f))) (func (export "get") (result externref) (call $f)))',
      options,
      { h: { f: () => promise } },
    )
    expect(exports.run()).toBe(0)
    expect(exports.get()).toBe(promise)
    expect(await instance.invokeAsync('run')).toBe(0)
  })

  test('across JavaScript frames: a nested synchronous call cannot park', async () => {
    let made: Anything = undefined
    made = guest(
      `(module (import "h" "later" (func $later (result i32))) (import "h" "back" (func $back (result i32)))
        (func (export "inner") (result i32) (call $later)) (func (export "outer") (result i32) (call $back)))`,
      options,
      { h: { later: suspending(() => Promise.resolve(1)), back: () => made.exports.inner() } },
    )
    const error = await rejected(made.instance.invokeAsync('outer'))
    expect(error.message).toMatch(/^h\.later returned a promise, but cannot suspend across JavaScript frames/)
    expect(error.funcName).toBe('h.later')
    expect(await made.instance.invokeAsync('inner')).toBe(1)
  })
})

onEach('parking: re-entry', (options) => {
  const source = `(module (import "h" "wait" (func $wait (result i32))) (table (export "table") 1 funcref)
    (func (export "run") (result i32) (call $wait)) (func (export "plain") (result i32) (i32.const 5))
    (func (export "busy") (param i32) (result i32) ${countDown} (i32.const 6)))`
  const far = `(module (import "o" "run" (func $run (result i32))) (import "o" "plain" (func $plain (result i32)))
    (func (export "run") (result i32) (call $run)) (func (export "plain") (result i32) (call $plain)) (func (export "own") (result i32) (i32.const 7))
    (func (export "tail") (result i32) (return_call $plain)))`
  const refusal = 'another call waits inside this instance; enter it again only with the option reentrant: true'

  async function twoInstances(more: InstantiateOptions): Promise<{ a: Anything; b: Anything; open: () => void; call: Promise<unknown> }> {
    const wait = gate()
    const a = guest(source, { ...options, ...more }, { h: { wait: suspending(() => wait.promise) } })
    const b = guest(far, { ...options, ...more }, { o: a.exports })
    const call = b.instance.invokeAsync('run')
    await sleep(0)
    return { a, b, open: () => wait.open(1), call }
  }

  test('an instance with a parked call is not entered: not from JS, not by other threads, not from other instances', async () => {
    const { a, b, open, call } = await twoInstances({})
    expect(() => a.exports.plain()).toThrow(refusal)
    expect(() => a.instance.begin('plain')).toThrow(refusal)
    expect((await rejected(a.instance.invokeAsync('plain'))).message).toBe(refusal)
    // b's own frame waits below a's.
    expect(() => b.exports.own()).toThrow(refusal)
    const c = guest(far, options, { o: a.exports })
    expect(c.exports.own()).toBe(7)
    expect(() => c.exports.plain()).toThrow(refusal)
    expect(() => c.exports.tail()).toThrow(refusal)
    // Also where a host function, called by a thread that runs, is what enters it.
    const d = guest('(module (import "h" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))', options, {
      h: { f: () => a.exports.plain() },
    })
    expect(() => d.exports.run()).toThrow(refusal)
    open()
    expect(await call).toBe(1)
    expect([a.exports.plain(), b.exports.plain(), c.exports.plain(), d.exports.run()]).toEqual([5, 5, 5, 5])
  })

  test('with reentrant: true it is', async () => {
    const { a, b, open, call } = await twoInstances({ reentrant: true })
    expect([a.exports.plain(), b.exports.own(), b.exports.plain(), b.exports.tail()]).toEqual([5, 7, 5, 5])
    expect(await a.instance.invokeAsync('busy', 10)).toBe(6)
    const second = a.instance.invokeAsync('run')
    open()
    expect(await Promise.all([call, second])).toEqual([1, 1])
  })

  test('a call that only gave the event loop a turn counts as parked too', async () => {
    const rounds = options.executor === 'reference' ? 200_000 : 8_000_000
    const { instance, exports } = guest(source, options, { h: { wait: later() } })
    const call = instance.invokeAsync('busy', rounds)
    expect(() => exports.plain()).toThrow(refusal)
    expect((await rejected(instance.invokeAsync('plain'))).message).toBe(refusal)
    expect(await call).toBe(6)
    expect(exports.plain()).toBe(5)
  })

  test('a call that is run in pieces counts in every instance where it stands', () => {
    const inner = guest(source, options, { h: { wait: () => 1 } })
    const outer = guest(
      `(module (import "o" "busy" (func $busy (param i32) (result i32))) (func (export "run") (result i32) (call $busy (i32.const 10))) (func (export "own")))`,
      options,
      { o: inner.exports },
    )
    const execution = outer.instance.begin('run')
    expect(execution.run(5)).toBe(false)
    expect(() => outer.exports.own()).toThrow(refusal)
    expect(() => inner.exports.plain()).toThrow(refusal)
    expect(execution.run()).toBe(true)
    expect(inner.exports.plain()).toBe(5)
    outer.exports.own()
  })

  test('a nested invokeAsync is a thread of its own', async () => {
    let made: Anything = undefined
    const order: string[] = []
    made = guest(
      `(module (import "h" "spawn" (func $spawn)) (import "h" "wait" (func $wait (param i32)))
        (func (export "child") (param i32) (call $wait (local.get 0)) (call $wait (local.get 0)))
        (func (export "run") (call $spawn) (call $wait (i32.const 0)) (call $spawn) (call $wait (i32.const 0))))`,
      { ...options, reentrant: true },
      {
        h: {
          spawn: () => void made.instance.invokeAsync('child', 1).then(() => order.push('child done')),
          wait: suspending(async (who: number) => {
            order.push(who === 0 ? 'parent' : 'child')
            await sleep(2)
          }),
        },
      },
    )
    await made.instance.invokeAsync('run')
    await sleep(30)
    expect(order.filter((what) => what === 'child done')).toHaveLength(2)
    expect(order.slice(0, 2)).toEqual(['child', 'parent'])
  })

  test('a nested invokeAsync could outlive the call it stands on: it needs reentrant: true as well, also through others', async () => {
    let made: Anything = undefined
    let entry: Anything = undefined
    const errors: Anything[] = []
    made = guest(
      '(module (import "h" "spawn" (func $spawn)) (func (export "run") (call $spawn)) (func (export "plain") (result i32) (i32.const 5)))',
      options,
      {
        h: {
          spawn: () => {
            for (const one of [made, entry])
              one.instance.invokeAsync('plain').then(
                () => {},
                (error: unknown) => errors.push(error),
              )
            errors.push('going on')
          },
        },
      },
    )
    entry = guest('(module (import "m" "plain" (func $plain (result i32))) (func (export "plain") (result i32) (call $plain)))', options, {
      m: made.exports,
    })
    await made.instance.invokeAsync('run')
    await sleep(0)
    expect(errors.map((error) => error.message ?? error)).toEqual(['going on', refusal, refusal])
    expect([made.exports.plain(), entry.exports.plain()]).toEqual([5, 5])
  })

  test('a call that is given up opens its instances again', () => {
    const { instance, exports } = guest(source, options, { h: { wait: () => 1 } })
    const execution = instance.begin('busy', 100)
    expect(execution.run(7)).toBe(false)
    execution.cancel()
    expect([execution.done, execution.result, execution.tick, execution.run()]).toEqual([true, undefined, 7, true])
    execution.cancel()
    expect(exports.plain()).toBe(5)
    expect(instance.instance.parked).toBe(0)
    const unstarted = instance.begin('busy', 100)
    unstarted.cancel()
    expect(exports.busy(3)).toBe(6)
  })

  test('a call that runs is neither run nor given up from inside', () => {
    const made: Anything = guest('(module (import "h" "f" (func $f)) (func (export "run") (call $f)))', options, {
      h: { f: () => inside() },
    })
    const execution = made.instance.begin('run')
    let inside = (): unknown => execution.run()
    expect(() => execution.run()).toThrow('this call is running')
    const second = made.instance.begin('run')
    inside = () => second.cancel()
    expect(() => second.run()).toThrow('this call is running')
    expect([second.done, made.instance.instance.parked]).toEqual([true, 0])
  })

  test('a nested invokeAsync has ticks, fuel and depth of its own', async () => {
    let made: Anything = undefined
    const children: Promise<unknown>[] = []
    made = guest(
      `(module (import "h" "spawn" (func $spawn)) (func (export "child") (param i32) (result i32) ${countDown} (i32.const 3))
        (func (export "run") (call $spawn) (call $spawn) (call $spawn)))`,
      { ...options, fuel: 60, limits: { frames: 1 }, reentrant: true },
      { h: { spawn: () => void children.push(made.instance.invokeAsync('child', 50)) } },
    )
    await made.instance.invokeAsync('run')
    expect(await Promise.all(children)).toEqual([3, 3, 3])
    expect((await rejected(made.instance.invokeAsync('child', 100))).limit).toBe('fuel')
  })
})

describe('parking under WASI', () => {
  // Copies stdin to stdout, one read of at most 16 bytes at a time, then exits with the number of reads.
  const cat = watToWasm(`(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (local $n i32)
      (i32.store (i32.const 0) (i32.const 100))
      (loop
        (i32.store (i32.const 4) (i32.const 16))
        (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
        (if (i32.eqz (i32.load (i32.const 8))) (then (call $exit (local.get $n))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
        (br 0))))`)

  onEach('stdin', (options) => {
    test('that comes slowly', async () => {
      async function* slowly(): AsyncGenerator<string> {
        for (const part of ['one ', 'two ', '', 'a third one that is longer than a read ', 'end']) {
          await sleep(2)
          yield part
        }
      }
      const stdout = collect()
      const { exitCode } = await run(cat, { ...options, limits: {}, fs: {}, stdin: slowly(), stdout } as Anything)
      expect(stdout.text()).toBe('one two a third one that is longer than a read end')
      expect(exitCode).toBe(1 + 1 + 3 + 1)
    })

    test('of two programs, each fed by what the other has read', async () => {
      const order: string[] = []
      const wake: Record<string, () => void> = {}
      async function* feed(own: string, other: string): AsyncGenerator<string> {
        for (let i = 0; i < 3; i++) {
          order.push(`${own}${i}`)
          wake[other]?.()
          if (i > 0 || own === 'b') await new Promise<void>((resolve) => (wake[own] = resolve))
          yield `${own}${i}\n`
        }
        wake[other]?.()
        setTimeout(() => wake[other]?.(), 1)
      }
      const outputs = [collect(), collect()]
      const results = ['a', 'b'].map((own, i) =>
        run(cat, { ...options, limits: {}, fs: {}, stdin: feed(own, own === 'a' ? 'b' : 'a'), stdout: outputs[i] } as Anything),
      )
      await Promise.all(results)
      expect(outputs.map((output) => output.text())).toEqual(['a0\na1\na2\n', 'b0\nb1\nb2\n'])
      expect(order.join(' ')).not.toBe('a0 a1 a2 b0 b1 b2')
    })

    test('that never comes, until the signal', async () => {
      const never = { read: () => new Promise<Uint8Array>(() => {}) }
      const controller = new AbortController()
      setTimeout(() => controller.abort(new Error('no patience')), 10)
      const error = await rejected(run(cat, { ...options, limits: {}, stdin: never, signal: controller.signal } as Anything))
      expect(error.message).toBe('no patience')
    })
  })
})

test('a table of host functions may hold suspending ones', async () => {
  const table = new WasmTable({ initial: 1 })
  const owner = guest('(module (import "h" "f" (func $f (param i32) (result i32))) (export "f" (func $f)))', {}, { h: { f: later() } })
  table.set(0, owner.exports.f)
  const { instance } = guest(
    '(module (import "m" "t" (table 1 funcref)) (func (export "run") (param i32) (result i32) (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))))',
    {},
    { m: { t: table } },
  )
  expect(await instance.invokeAsync('run', 6)).toBe(6)
})
