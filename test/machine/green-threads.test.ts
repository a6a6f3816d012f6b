/**
 * Green threads and waiting (threads proposal): turns in a fixed order, wait and notify, time limits, deadlocks, exits, and
 * memories that other agents share.
 */
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import {
  type Imports,
  type InstantiateOptions,
  ExitError,
  HostError,
  LimitError,
  Trap,
  WasmMemory,
  instantiate,
  suspending,
} from '../../src/index.ts'
import { type Anything, type Guest, configurations, onEach, raw, rejected, thrown, wat } from './helper.ts'

const make = (source: string, options: InstantiateOptions, imports: Imports = {}): Guest => {
  const instance = instantiate(wat(source, { threads: true }), imports, options)
  return { instance, exports: instance.exports }
}

/** A queue of one place: 0 = empty flag, 4 = value. The consumer adds up what the producer puts in. */
const queue = `(module (memory (export "memory") 1 1 shared)
  (import "h" "log" (func $log (param i32)))
  (func (export "produce") (param $n i32)
    (loop $next
      (block $empty (loop $full
        (br_if $empty (i32.eqz (i32.atomic.load (i32.const 0))))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const -1)))
        (br $full)))
      (i32.atomic.store (i32.const 4) (local.get $n))
      (call $log (local.get $n))
      (i32.atomic.store (i32.const 0) (i32.const 1))
      (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "consume") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (block $full (loop $empty
        (br_if $full (i32.atomic.load (i32.const 0)))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
        (br $empty)))
      (local.set $sum (i32.add (local.get $sum) (i32.atomic.load (i32.const 4))))
      (call $log (i32.sub (i32.const 0) (i32.atomic.load (i32.const 4))))
      (i32.atomic.store (i32.const 0) (i32.const 0))
      (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))`.replace(/(\(memory .*?shared\))\s*(\(import .*?\)\)\))/s, '$2 $1')

/** Counts up under a lock: taken with cmpxchg, waited for, handed on. Gives away its turn inside the lock by looping. */
const mutex = `(module (memory (export "memory") 1 1 shared)
  (func (export "count") (param $times i32) (local $i i32) (local $seen i32)
    (loop $again
      (block $locked (loop $try
        (br_if $locked (i32.eqz (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1))))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const -1)))
        (br $try)))
      (local.set $seen (i32.load (i32.const 8)))
      (local.set $i (i32.const 3000))
      (loop $work (br_if $work (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (i32.store (i32.const 8) (i32.add (local.get $seen) (i32.const 1)))
      (i32.atomic.store (i32.const 0) (i32.const 0))
      (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "counted") (result i32) (i32.load (i32.const 8))))`

const waits = `(module (import "h" "f" (func $f)) (memory (export "memory") 1 2 shared) (memory $plain 1 1)
  (func (export "wait32") (param i32 i32 i64) (result i32) (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32) (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "waitPlain") (result i32) (memory.atomic.wait32 $plain (i32.const 0) (i32.const 0) (i64.const 0)))
  (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "notifyPlain") (result i32) (memory.atomic.notify $plain (i32.const 0) (i32.const 5)))
  (func (export "store") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
  (func (export "add64") (param i32 i64) (result i64) (i64.atomic.rmw.add (local.get 0) (local.get 1)))
  (func (export "cmpxchg8") (param i32 i32 i32) (result i32) (i32.atomic.rmw8.cmpxchg_u (local.get 0) (local.get 1) (local.get 2)))
  (func (export "forever") (loop $l (br $l)))
  (func (export "callThenWait") (result i32) (call $f) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
  (func (export "call") (call $f))
  (func (export "trap") unreachable))`

onEach('green threads', (options) => {
  const host = (f: () => unknown = () => {}): Imports => ({ h: { f } })

  test('producer and consumer hand over one value at a time', () => {
    const log: number[] = []
    const { instance } = make(queue, options, { h: { log: (x: number) => log.push(x) } })
    const [producer, consumer] = [instance.spawn('produce', 50), instance.spawn('consume', 50)]
    expect([producer.done, consumer.done]).toEqual([false, false])
    expect(consumer.join()).toBe(1275)
    expect(producer.join()).toBeUndefined()
    expect(log).toEqual(Array.from({ length: 50 }, (_, i) => [50 - i, i - 50]).flat())
  })

  test('the same in turns with the event loop', async () => {
    const { instance } = make(queue, options, { h: { log: () => {} } })
    const [producer, consumer] = [instance.spawn('produce', 20), instance.spawn('consume', 20)]
    expect(await Promise.all([producer.finished(), consumer.finished()])).toEqual([undefined, 210])
    expect(await consumer.finished()).toBe(210)
  })

  test('a lock keeps five threads from losing counts; without turns inside it there would be nothing to lose', () => {
    const { instance, exports } = make(mutex, options)
    const threads = [1, 2, 3, 4].map(() => instance.spawn('count', 40))
    exports.count(40)
    for (const thread of threads) thread.join()
    expect(exports.counted()).toBe(200)
  })

  test('a call waits while threads work, and a thread may be started by a host function', () => {
    let made: Guest | undefined
    made = make(
      waits,
      options,
      host(() => made!.instance.spawn('notify', 0, 1)),
    )
    expect(made.exports.callThenWait()).toBe(0)
  })

  test('not equal, timed out, woken: 1, 2, 0', () => {
    const { instance, exports } = make(waits, options, host())
    exports.store(16, 5)
    expect(exports.wait32(16, 4, -1n)).toBe(1)
    expect(exports.wait64(16, 4n, -1n)).toBe(1)
    const before = performance.now()
    const cpu = process.cpuUsage()
    expect(exports.wait32(16, 5, 30_000_000n)).toBe(2)
    expect(exports.wait64(16, 5n, 30_000_000n)).toBe(2)
    expect(performance.now() - before).toBeGreaterThan(59)
    const { user, system } = process.cpuUsage(cpu)
    expect((user + system) / 1000, 'it sleeps').toBeLessThan(50)
    const waiting = [instance.spawn('wait32', 16, 5, -1n), instance.spawn('wait64', 16, 5n, -1n), instance.spawn('wait32', 8, 0, -1n)]
    instance.spawn('store', 0, 0).join()
    expect(exports.notify(16, 0)).toBe(0)
    expect(exports.notify(16, 1)).toBe(1)
    expect(exports.notify(16, -1)).toBe(1)
    expect(exports.notify(8, 1)).toBe(1)
    expect(exports.notify(8, 1)).toBe(0)
    expect(waiting.map((thread) => thread.join())).toEqual([0, 0, 0])
  })

  test('threads are woken in the order in which they came', () => {
    const { instance, exports } = make(waits, options, host())
    const threads = [0, 1, 2].map(() => instance.spawn('wait32', 0, 0, -1n))
    instance.spawn('store', 64, 0).join()
    for (let n = 1; n <= 3; n++) {
      expect(exports.notify(0, 1)).toBe(1)
      instance.spawn('store', 64, 0).join()
      expect(threads.map(({ done }) => done)).toEqual([0, 1, 2].map((i) => i < n))
    }
  })

  test('traps: unaligned before out of bounds, and a wait in a memory that is not shared', () => {
    const { exports } = make(waits, options, host())
    expect(() => exports.wait32(2, 0, 0n)).toThrow('unaligned atomic')
    expect(() => exports.wait64(4, 0n, 0n)).toThrow('unaligned atomic')
    expect(() => exports.notify(65_537, 1)).toThrow('unaligned atomic')
    expect(() => exports.notify(65_536, 1)).toThrow('out of bounds memory access')
    expect(() => exports.waitPlain()).toThrow('expected shared memory')
    expect(exports.notifyPlain()).toBe(0)
  })

  test('a deadlock is reported, with the place', async () => {
    const { instance, exports } = make(waits, options, host())
    const error = thrown(() => exports.wait32(4, 0, -1n))
    expect(error).toBeInstanceOf(Trap)
    expect(error.message).toBe('deadlock: the only thread waits to be notified, for ever (at address 4)')
    expect(error.frames[0]).toMatchObject({ funcidx: 1 })
    expect((await rejected(instance.invokeAsync('wait32', 4, 0, -1n))).message).toMatch(/^deadlock/)
    const thread = instance.spawn('wait32', 8, 0, -1n)
    expect(thrown(() => exports.wait32(4, 0, -1n)).message).toMatch(/^deadlock: all 2 threads wait/)
    expect(() => thread.join()).toThrow(/^deadlock: the only thread/)
    expect(thread.done).toBe(false)
    // What waited has left the queues, what was spawned has not.
    expect([exports.notify(4, 9), exports.notify(8, 9)]).toEqual([0, 1])
    expect(thread.join()).toBe(0)
    const piece = instance.begin('wait32', 4, 0, -1n)
    expect(thrown(() => piece.run()).message).toMatch(/^deadlock/)
    expect(piece.done).toBe(true)
  })

  test('a trap of a thread comes out of join, and leaves the others alone', async () => {
    const { instance, exports } = make(waits, options, host())
    const [bad, good] = [instance.spawn('trap'), instance.spawn('wait32', 0, 0, -1n)]
    instance.spawn('store', 64, 0).join()
    expect(bad.done).toBe(true)
    expect(() => bad.join()).toThrow('unreachable')
    expect((await rejected(bad.finished())).message).toBe('unreachable')
    expect(exports.notify(0, 1)).toBe(1)
    expect(good.join()).toBe(0)
  })

  test('an exit ends the whole program, whichever thread makes it', async () => {
    const exits = { h: { f: raw([], [], (caller) => void caller.exit(7)) } }
    const { instance, exports } = make(waits, { ...options, reentrant: true }, exits)
    const main = instance.invokeAsync('wait32', 0, 0, -1n)
    const other = instance.spawn('call')
    expect(thrown(() => other.join())).toMatchObject({ exitCode: 7 })
    expect(exports.notify(0, 1)).toBe(1)
    expect(await main).toBe(0)
    // A thread that a program starts belongs to it.
    let made: Guest | undefined
    const hostCalls = {
      h: {
        f: raw([], [], (caller) => {
          if (made!.exports.memory.view()[100]++ === 0) made!.instance.spawn('call')
          else caller.exit(9)
        }),
      },
    }
    for (const way of ['sync', 'async']) {
      made = make(waits, options, hostCalls)
      const error: Anything =
        way === 'sync' ? thrown(() => made!.exports.callThenWait()) : await rejected(made.instance.invokeAsync('callThenWait'))
      expect(error).toBeInstanceOf(ExitError)
      expect(error.exitCode).toBe(9)
    }
  })

  test('time limits and fuel end a program that waits or whose threads never end', async () => {
    const { instance, exports } = make(waits, { ...options, timeout: 40 }, host())
    const error = thrown(() => exports.wait32(0, 0, -1n))
    expect(error).toBeInstanceOf(LimitError)
    expect(error.limit).toBe('timeout')
    expect(await rejected(instance.invokeAsync('wait32', 0, 0, 1_000_000_000_000n))).toMatchObject({ limit: 'timeout' })
    const poor = make(waits, { ...options, fuel: 100_000 }, host())
    const endless = poor.instance.spawn('forever')
    expect(thrown(() => poor.exports.wait32(0, 0, -1n)).message).toMatch(/^deadlock/)
    expect(() => endless.join()).toThrow('all fuel consumed')
  })

  test('an abort reaches a program that waits', async () => {
    const { instance, exports } = make(waits, options, host())
    const controller = new AbortController()
    const call = instance.invokeWith({ signal: controller.signal }, 'wait32', 0, 0, 60_000_000_000n)
    setTimeout(() => controller.abort(new Error('enough')), 5)
    expect((await rejected(call)).message).toBe('enough')
    expect(exports.notify(0, 9)).toBe(0)
  })

  test('threads park on promises; without the event loop that is an error', async () => {
    let settled = 0
    const later = suspending(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      settled++
    })
    const { instance } = make(waits, options, host(later))
    const threads = [instance.spawn('call'), instance.spawn('call')]
    await Promise.all(threads.map((t) => t.finished()))
    expect(settled).toBe(2)
    const sync = instance.spawn('call')
    expect(thrown(() => sync.join())).toBeInstanceOf(HostError)
  })
})

test('turns are the same on every configuration', () => {
  const logs = configurations.map(([, options]) => {
    const log: string[] = []
    const source = `(module (import "h" "log" (func $log (param i32 i32))) (memory 1 1 shared)
      (func (export "run") (param $id i32) (param $n i32) (local $i i32)
        (loop $again
          (call $log (local.get $id) (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
          (local.set $i (i32.mul (local.get $id) (i32.const 3000)))
          (loop $work (br_if $work (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`
    const { instance } = make(source, options, { h: { log: (id: number, n: number) => log.push(`${id}:${n}`) } })
    const threads = [1, 2, 3].map((id) => instance.spawn('run', id, 30))
    for (const thread of threads) thread.join()
    return log.join(' ')
  })
  expect(logs[0]).toContain('2:')
  expect(new Set(logs).size).toBe(1)
  // They take turns: no thread runs through while others wait.
  expect(logs[0]!.indexOf('3:')).toBeLessThan(logs[0]!.lastIndexOf('1:'))
})

describe('memories of several agents', () => {
  test('share() keeps the bytes; the engine’s Atomics and the instructions see one memory', () => {
    for (const [, options] of configurations) {
      const { exports } = make(waits, options, { h: { f: () => {} } })
      exports.store(16, 77)
      const buffer = (exports.memory as WasmMemory).share()
      expect(buffer).toBeInstanceOf(SharedArrayBuffer)
      expect(buffer.byteLength).toBe(131_072)
      expect((exports.memory as WasmMemory).share()).toBe(buffer)
      const ints = new Int32Array(buffer)
      expect(Atomics.load(ints, 4)).toBe(77)
      Atomics.store(ints, 4, -2)
      expect(exports.add64(16, 3n)).toBe(0xffff_fffen)
      expect([ints[4], ints[5]]).toEqual([1, 1])
      ints[4] = 0x1ff
      expect(exports.cmpxchg8(16, 0xaaff, 0x77)).toBe(0xff)
      expect(ints[4]).toBe(0x177)
      expect(exports.memory.grow(1)).toBe(1)
      exports.store(65_536 + 16, 5)
      expect(ints[16_384 + 4]).toBe(5)
    }
    expect(() => new WasmMemory({ initial: 1, maximum: 1 }).share()).toThrow('only a shared memory')
    expect(() => new WasmMemory({ initial: 1, shared: true })).toThrow('needs a maximum')
    expect(() => new WasmMemory({ initial: 2, maximum: 2, buffer: new SharedArrayBuffer(65_536) })).toThrow('wants 131072 bytes')
  })

  test('another agent wakes a program that waits, on the JS stack and in the event loop', async () => {
    const { instance, exports } = make(waits, {}, { h: { f: () => {} } })
    const buffer = (exports.memory as WasmMemory).share()
    // Stores 1 at byte 0 and notifies, until the waiter has said that it is awake.
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads')
       const ints = new Int32Array(workerData)
       for (let turn = 1; turn <= 2; turn++) {
         while (Atomics.notify(ints, 0) === 0) Atomics.wait(ints, 8, 0, 1)
         Atomics.wait(ints, 2, turn - 1)
       }`,
      { eval: true, workerData: buffer },
    )
    const ints = new Int32Array(buffer)
    expect(exports.wait32(0, 0, -1n)).toBe(0)
    Atomics.store(ints, 2, 1)
    Atomics.notify(ints, 2)
    expect(await instance.invokeAsync('wait32', 0, 0, -1n)).toBe(0)
    Atomics.store(ints, 2, 2)
    Atomics.notify(ints, 2)
    await new Promise((resolve) => worker.on('exit', resolve))
  })
})
