/** The choice between two candidates of known speed, and a real program that changes executors while it runs. */
import { describe, expect, test } from 'vitest'
import { instantiate } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { Store } from '../embedding/store.ts'
import { watToWasm } from '../text/index.ts'
import * as STATUS from '../runtime/status.ts'
import { Thread } from '../runtime/thread.ts'
import { Choice, engineCompiles } from './auto.ts'
import { runClosures } from './closure.ts'
import { registerExecutor } from './register-executor.ts'
import { runSwitch } from './switch.ts'

/** Two candidates that use up their ticks at a given speed, in time that passes only while they run. */
class Bench {
  time = 0
  /** Ticks that each took. */
  readonly taken = [0, 0]
  readonly choice: Choice
  readonly thread: Thread
  constructor(speed: (candidate: 0 | 1, ticks: number) => number, compiles: boolean, seenAfter = 0) {
    const candidate = (which: 0 | 1) => (T: Thread) => {
      for (; T.ticks > 0; T.ticks--) this.time += speed(which, this.taken[which]!++)
      return STATUS.tick
    }
    this.choice = new Choice(
      [candidate(0), candidate(1)],
      () => this.time,
      () => compiles && this.time >= seenAfter,
    )
    this.thread = new Thread({} as never, {} as never, { slots: 64, frames: 1, arrayBytes: 0 })
  }
  /** Runs for so many ticks, a slice at a time; gives how often the driver was asked. */
  run(ticks: number, slice = 20_000): number {
    let stops = 0
    for (let left = ticks; left > 0; left -= slice) {
      this.thread.ticks = Math.min(slice, left)
      expect(this.choice.run(this.thread)).toBe(STATUS.tick)
      expect(this.thread.ticks).toBe(0)
      stops++
    }
    return stops
  }
  get winner(): number {
    // What runs from now on is what was chosen.
    const before = [...this.taken]
    this.run(1000)
    return this.taken[0]! > before[0]! ? 0 : 1
  }
}

describe('the choice of an executor', () => {
  test('a short program is not measured', () => {
    const bench = new Bench(() => 0.001, false)
    bench.run(400)
    expect(bench.taken).toEqual([400, 0])
    expect(bench.choice.chosen).toBeUndefined()
    // Unless it takes long.
    const slow = new Bench((which) => (which === 0 ? 1 : 0.1), false)
    slow.run(400)
    expect(slow.choice.chosen).toBeDefined()
    expect(slow.taken).toEqual([100, 300])
  })

  test('without a compiler the faster one is found within ms, and no stop is seen that the driver did not ask for', () => {
    for (const faster of [0, 1]) {
      const bench = new Bench((which) => (which === faster ? 0.0005 : 0.001), false)
      expect(bench.run(40_000)).toBe(2)
      expect(bench.winner).toBe(faster)
      expect(bench.taken[1 - faster]).toBeLessThan(12_000)
    }
  })

  test('the clock is read, and host calls are left to the driver, only while samples are taken', () => {
    let reads = 0
    let time = 0
    const watched: boolean[] = []
    // A host call a tick, and a driver that is asked for it.
    const candidate = (T: Thread): number => {
      watched.push(T.isWatched)
      time += 0.0001
      T.ticks--
      return STATUS.call
    }
    const choice = new Choice(
      [candidate, candidate],
      () => (reads++, time),
      () => true,
    )
    const T = new Thread({} as never, { isWatched: false } as never, { slots: 64, frames: 1, arrayBytes: 0 })
    const run = (calls: number): void => {
      for (let i = 0; i < calls; i++) {
        T.ticks = 20_000
        choice.run(T)
      }
    }
    run(500)
    expect(watched.every((w) => w)).toBe(true)
    watched.length = reads = 0
    run(10_000)
    expect(watched.some((w) => w)).toBe(false)
    expect(reads).toBe(0)
  })

  test('without a compiler a close comparison is repeated: the first may have been disturbed', () => {
    // The second candidate seems slow for some ms.
    const bench = new Bench((which, n) => (which === 0 ? 0.001 : n < 20_000 ? 0.0015 : 0.0007), false)
    bench.run(40_000)
    expect(bench.winner).toBe(0)
    bench.run(3_000_000)
    expect(bench.winner).toBe(1)
    expect(bench.choice.chosen).toBeDefined()
    // One that is clear is not.
    const clear = new Bench((which) => (which === 0 ? 0.0004 : 0.001), false)
    clear.run(6_000_000)
    expect(clear.choice.chosen).toBeDefined()
    expect(clear.taken[1]).toBeLessThan(12_000)
    // One that is overwhelming is final.
    const slow = new Bench((which) => (which === 0 ? 0.01 : 0.001), false)
    slow.run(5000)
    expect(slow.choice.chosen).toBeDefined()
    expect(slow.winner).toBe(1)
    expect(slow.taken[0]).toBeLessThan(1100)
  })

  test('with a compiler the first candidate gets time to be compiled', () => {
    // Slow for the first 200,000 ticks, then much faster than the other one.
    const late = new Bench((which, n) => (which === 0 ? (n < 200_000 ? 0.001 : 0.0001) : 0.0003), true)
    late.run(5_000_000)
    expect(late.winner).toBe(0)
    expect(late.taken[1]).toBeLessThan(400_000)
    // The same, on a machine that is busy at first.
    const busy = new Bench((which, n) => (which === 0 ? (n < 400_000 ? 0.001 : 0.0001) : 0.0003), true, 50)
    busy.run(5_000_000)
    expect(busy.winner).toBe(0)
    expect(busy.choice.chosen).toBeDefined()
    // A loop that is never compiled.
    const never = new Bench((which) => (which === 0 ? 0.001 : 0.0003), true)
    never.run(5_000_000)
    expect(never.winner).toBe(1)
    never.run(20_000_000)
    expect(never.winner).toBe(1)
    expect(never.choice.chosen).toBeDefined()
  })

  test('with a compiler the second candidate must win clearly, and more than once', () => {
    const slightly = new Bench((which) => (which === 0 ? 0.0003 : 0.00025), true)
    slightly.run(5_000_000)
    expect(slightly.winner).toBe(0)
    expect(slightly.choice.chosen).toBeDefined()
    // The compiler had no time before the comparison.
    const starved = new Bench((which, n) => (which === 0 ? (n < 1_500_000 ? 0.001 : 0.0001) : 0.0003), true)
    starved.run(4_000_000)
    expect(starved.winner).toBe(1)
    starved.run(20_000_000)
    expect(starved.winner).toBe(0)
  })

  test('what an engine does slowly at first does not count', () => {
    const bench = new Bench((which, n) => (which === 0 ? 0.001 : n < 1000 ? 0.005 : 0.0005), false)
    bench.run(60_000)
    expect(bench.winner).toBe(1)
  })

  test('where the clock stands still, the first candidate is taken without a measurement', () => {
    expect(engineCompiles(() => 1)).toBeUndefined()
    const thread = new Bench(() => 1, false).thread
    const [one, other] = [0, 1].map(() => (T: Thread) => ((T.ticks = 0), STATUS.tick))
    const choice = new Choice(
      [one!, other!],
      () => 1,
      () => engineCompiles(() => 1),
    )
    thread.ticks = 2000
    choice.run(thread)
    expect(choice.chosen).toBe(one)
  })

  test('a real program does not notice that it changes executors', () => {
    const source = `(module (memory 1)
      (func $fib (param i32) (result i32)
        (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
          (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
      (func (export "run") (param i32) (result i32) (local i32)
        (loop $l
          (memory.fill (i32.const 0) (local.get 0) (i32.const 65536))
          (local.set 1 (i32.add (local.get 1) (i32.add (call $fib (i32.const 9)) (i32.load8_u (i32.const 7)))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))`
    const outcome = (executor: 'auto' | 'switch'): unknown => {
      const execution = instantiate(compile(watToWasm(source)), {}, { executor }).begin('run', 200)
      let stops = 0
      while (!execution.run(777)) stops++
      return [execution.result, execution.tick, stops]
    }
    // Every look at the clock is 3 ms later: it alternates at each step.
    let time = 0
    const choice = new Choice(
      [runSwitch, runClosures],
      () => (time += 3),
      () => false,
    )
    const run = (T: Thread): number => choice.run(T)
    class ChoosingStore extends Store {
      override readonly executor = registerExecutor('auto', 'fast', run)
    }
    const expected = outcome('switch')
    const execution = instantiate(compile(watToWasm(source)), {}, { store: new ChoosingStore() }).begin('run', 200)
    let stops = 0
    while (!execution.run(777)) stops++
    expect([execution.result, execution.tick, stops]).toEqual(expected)
    expect(outcome('auto')).toEqual(expected)
  })
})
