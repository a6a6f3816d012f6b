/**
 * What is let go: instances that are dropped, and references above the live top of a stack (architecture rules 9 and 10).
 * Measured in child processes, which can ask for a collection.
 */
import { describe, expect, test } from 'vitest'
import { inChild } from './helper.ts'

const flags = ['--expose-gc']

describe('10,000 times: instantiate, use, drop', () => {
  // Everything that an instance can hold, a trap, and a call that is aborted while it waits.
  const script = `
    const guest = wat(\`(module (import "h" "f" (func $f (param externref) (result i32))) (import "h" "wait" (func $wait))
      (import "h" "memory" (memory 1)) (import "h" "table" (table 2 funcref))
      (memory $own (export "memory") 1) (table $refs (export "table") 100 externref) (table $own 4 funcref)
      (global (export "g") (mut externref) (ref.null extern)) (elem (table $own) (i32.const 0) func $deep $f $get)
      (data (memory $own) (i32.const 0) "some bytes")
      (func $deep (export "deep") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (unreachable)) (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))))
      (func $get (export "get") (result externref) (global.get 0))
      (func (export "set") (param externref) (result i32) (global.set 0 (local.get 0)) (table.set $refs (i32.const 7) (local.get 0)) (call $f (local.get 0)))
      (func (export "park") (param externref) (call $wait)) (func (export "funcs") (result funcref) (table.get $own (i32.const 2))))\`)
    const shared = { f: () => 1, wait: vitrine.suspending(() => new Promise(() => {})) }
    const cycle = async (options, i) => {
      // The imports that an instance shares with nobody; shared ones would hold what is put into them.
      const own = { memory: new vitrine.WasmMemory({ initial: 1 }), table: new vitrine.WasmTable({ initial: 2 }) }
      const instance = vitrine.instantiate(guest, { h: { ...shared, ...own } }, options)
      instance.exports.set({ instance, i, weight: new Array(100).fill(i) })
      own.table.set(0, instance.exports.deep)
      try { instance.exports.deep(20); throw new Error('no trap') } catch (error) { if (!vitrine.isTrap(error)) throw error }
      if (instance.exports.funcs() !== instance.exports.get && i === 0) throw new Error('identity')
      if (i % 10 === 0) {
        instance.exports.memory.grow(1)
        const controller = new AbortController()
        const call = instance.invokeWith({ signal: controller.signal }, 'park', { instance })
        controller.abort('enough')
        await call.then(() => { throw new Error('not aborted') }, (reason) => { if (reason !== 'enough') throw reason })
        const execution = instance.begin('deep', 5)
        execution.run(3)
      }
    }
    const measure = async () => {
      for (let i = 0; i < 3; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)) }
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return { heapUsed, arrayBuffers }
    }
    const results = []
    for (const [name, options] of configurations) {
      const cycles = options.tier === 'fast' ? 10000 : 3000
      for (let i = 0; i < 1000; i++) await cycle(options, i)
      const before = await measure()
      for (let i = 0; i < cycles; i++) await cycle(options, i)
      const after = await measure()
      results.push({ name, cycles, heap: after.heapUsed - before.heapUsed, buffers: after.arrayBuffers - before.arrayBuffers })
    }
    console.log(JSON.stringify(results))`

  test('the heap and the buffers stay as they were', () => {
    type Result = { name: string; cycles: number; heap: number; buffers: number }
    for (const { name, cycles, heap, buffers } of inChild(flags, script) as Result[]) {
      // Half a megabyte for code that the JS engine makes; beyond that, 20 bytes a cycle would show.
      expect(heap, `${name}: heap`).toBeLessThan(500_000 + 20 * cycles)
      expect(buffers, `${name}: buffers`).toBeLessThan(500_000)
    }
  }, 180_000)
})

describe('references above the live top are let go', () => {
  // `probe` hands out objects that are watched, `alive` tells which of them are still held after a collection. The instance
  // and its idle threads stay.
  const prelude = `
    const watched = new Map()
    const registry = new FinalizationRegistry((name) => watched.delete(name))
    const probe = (name) => { const o = { name }; watched.set(name, true); registry.register(o, name); return o }
    const alive = async () => {
      for (let i = 0; i < 10 && watched.size > 0; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 2)) }
      return [...watched.keys()]
    }
    const results = []
    for (const [name, options] of configurations) {
      const seen = {}
      results.push({ name, seen })`
  const conclusion = `}
    console.log(JSON.stringify(results))`

  interface Seen {
    readonly name: string
    readonly seen: Record<string, unknown>
  }
  function observe(script: string, expected: Record<string, unknown>): void {
    for (const { name, seen } of inChild(flags, prelude + script + conclusion) as Seen[]) expect(seen, name).toEqual(expected)
  }

  test('after a return, a tail call, a trap, a host error, an exit of the outermost call', () => {
    observe(
      `
      let fail = false
      const { exports } = vitrine.instantiate(wat(\`(module
        (type $in (func (param externref) (result externref)))
        (import "h" "make" (func $make (param i32) (result externref))) (import "h" "use" (func $use (param externref)))
        (table funcref (elem $callee))
        (func $callee (type $in) (local externref externref)
          (local.set 1 (call $make (i32.const 1))) (local.set 2 (local.get 1)) (call $use (local.get 2)) (local.get 0))
        (func $wide (param externref i64 externref externref) (result i32) (local externref)
          (local.set 4 (local.get 3)) (i32.const 5))
        (func (export "args") (param externref externref) (call $use (local.get 1)))
        (func (export "locals") (local externref externref) (local.set 1 (call $make (i32.const 2))) (local.set 0 (local.get 1)))
        (func (export "operands") (param externref)
          (local.get 0) (call $make (i32.const 3)) (call $make (i32.const 4)) (drop) (drop) (drop)
          (drop (call $wide (local.get 0) (i64.const 1) (call $make (i32.const 5)) (local.get 0))))
        (func (export "result") (param externref) (result externref) (call $callee (local.get 0)))
        (func (export "results") (param externref) (result i32 externref f64 externref) (i32.const 1) (call $make (i32.const 6)) (f64.const 2) (local.get 0))
        (func (export "indirect") (param externref) (drop (call_indirect (type $in) (local.get 0) (i32.const 0))))
        (func (export "tail") (param externref externref externref) (result i32)
          (return_call $wide (call $make (i32.const 7)) (i64.const 1) (local.get 0) (local.get 1)))
        (func (export "tailNarrow") (param externref externref externref) (return_call $use (local.get 2)))
        (func (export "trap") (param externref) (local externref)
          (local.set 1 (call $make (i32.const 8))) (call $use (local.get 1)) (drop (call $wide (local.get 0) (i64.const 0) (local.get 1) (local.get 1))) (unreachable))
        (func $deepTrap (export "deepTrap") (param externref i32) (local externref)
          (local.set 2 (local.get 0))
          (if (i32.eqz (local.get 1)) (then (unreachable)))
          (call $deepTrap (local.get 2) (i32.sub (local.get 1) (i32.const 1))))
        (func (export "many") (param externref i32) (local externref)
          (loop (local.set 2 (call $callee (local.get 0))) (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))))\`),
        { h: { make: (n) => probe('made ' + n), use: () => { if (fail) throw new Error('host') } } }, options)
      const calls = {
        args: () => exports.args(probe('a'), probe('b')),
        locals: () => exports.locals(),
        operands: () => exports.operands(probe('c')),
        result: () => { exports.result(probe('d')) },
        results: () => { exports.results(probe('e')) },
        indirect: () => exports.indirect(probe('f')),
        tail: () => exports.tail(probe('g'), probe('h'), probe('i')),
        tailNarrow: () => exports.tailNarrow(probe('j'), probe('k'), probe('l')),
        trap: () => exports.trap(probe('m')),
        deepTrap: () => exports.deepTrap(probe('n'), 100),
        many: () => exports.many(probe('o'), 50),
        hostError: () => { fail = true; try { exports.many(probe('p'), 3) } finally { fail = false } },
        hostErrorInTail: () => { fail = true; try { exports.tailNarrow(probe('q'), probe('r'), probe('s')) } finally { fail = false } },
        conversion: () => exports.args(probe('t')) || exports.deepTrap(probe('u'), 1n),
      }
      for (const [what, call] of Object.entries(calls)) {
        try { call() } catch {}
        seen[what] = await alive()
      }
      seen.stillThere = typeof exports.args`,
      {
        ...Object.fromEntries(
          'args locals operands result results indirect tail tailNarrow trap deepTrap many hostError hostErrorInTail conversion'
            .split(' ')
            .map((what) => [what, []]),
        ),
        stillThere: 'function',
      },
    )
  })

  test('while a call goes on: of callees that have returned, of frames that tail calls replaced', () => {
    observe(
      `
      const instance = vitrine.instantiate(wat(\`(module
        (import "h" "make" (func $make (param i32) (result externref))) (import "h" "use" (func $use (param externref)))
        (import "h" "look" (func $look (param i32)))
        (func $callee (param externref i64 externref) (result externref) (local externref externref externref)
          (local.set 3 (call $make (i32.const 1))) (local.set 5 (local.get 3)) (call $use (local.get 5))
          (block (result externref) (local.get 3) (call $make (i32.const 2)) (call $use) (br_if 0 (i32.const 1))))
        (func $inner (param externref)
          (drop (call $callee (call $make (i32.const 3)) (i64.const 0) (call $make (i32.const 4))))
          (drop (call $callee (local.get 0) (i64.const 0) (local.get 0)))
          (call $look (i32.const 0)))
        (func (export "run") (param externref) (call $inner (local.get 0)) (call $look (i32.const 1)))
        (func $rest (param i32 i32) (call $look (i32.const 2)))
        (func $replaced (param externref) (local externref externref) (local.set 1 (call $make (i32.const 5))) (local.set 2 (local.get 0))
          (return_call $rest (i32.const 1) (i32.const 2)))
        (func (export "tail") (param externref) (call $replaced (call $make (i32.const 6))) (call $look (i32.const 3)) (call $use (local.get 0))))\`),
        { h: { make: (n) => probe('made ' + n), use: () => {}, look: vitrine.suspending(async (n) => { seen[n] = await alive() }) } }, options)
      await instance.invokeAsync('run', probe('held by run'))
      await instance.invokeAsync('tail', probe('held by tail'))
      seen.after = await alive()`,
      { 0: ['held by run'], 1: ['held by run'], 2: ['held by tail'], 3: ['held by tail'], after: [] },
    )
  })
})
