/**
 * Ticks are the time coordinate: one for each taken back-edge, call (of any kind), started 64 KiB of a bulk instruction, and
 * every 4,096th instruction of straight-line code. Here the counts themselves; they are the same on every configuration.
 * A call that is stopped and resumed a thousand times must not notice.
 */
import { expect, test } from 'vitest'
import { type Guest, guest, inSlices, onEach } from './helper.ts'

/** Ticks of a call, however it is cut into pieces. */
function ticks({ instance }: Guest, name: string, ...args: unknown[]): number {
  const { ticks: count } = inSlices(instance, Infinity, name, ...args)
  return count
}

onEach('ticks', (options) => {
  test('loops and branches: only back-edges', () => {
    const made = guest(
      `(module
        (func (export "br_if") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (func (export "br") (param i32) (block (loop (br_if 1 (i32.eqz (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0))))
        (func (export "if") (param i32) (loop (if (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (then (br 1)))))
        (func (export "table") (param i32) (loop $l (block $b (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_table $b $l (local.get 0)))))
        (func (export "values") (param i32) (result i32)
          (local.get 0) (loop (param i32) (result i32) (local.tee 0 (i32.sub (i32.const 1))) (br_if 0 (local.get 0))))
        (func (export "forward") (block (block (block (br 0)) (br_if 0 (i32.const 1))) (br_table 0 0 0 (i32.const 1))))
        (func (export "fall") (loop (loop (loop (nop))))))`,
      options,
    )
    expect(['br_if', 'br', 'if', 'table', 'values'].map((name) => ticks(made, name, 10))).toEqual([9, 10, 9, 9, 9])
    expect(['forward', 'fall'].map((name) => ticks(made, name))).toEqual([0, 0])
  })

  test('calls of every kind: one each, returns none', () => {
    const other = guest('(module (func (export "f")) (func (export "tail") (return_call 0)))', options)
    const made = guest(
      `(module (type $t (func))
        (import "h" "f" (func $host)) (import "o" "f" (func $far)) (import "o" "tail" (func $farTail))
        (table funcref (elem $f $host $far)) (elem declare func $f $host)
        (func $f)
        (func (export "call") (call $f) (call $f))
        (func (export "indirect") (call_indirect (i32.const 0)))
        (func (export "ref") (call_ref $t (ref.func $f)))
        (func (export "tail") (return_call $f))
        (func (export "tailIndirect") (return_call_indirect (i32.const 0)))
        (func (export "tailRef") (return_call_ref $t (ref.func $f)))
        (func (export "host") (call $host))
        (func (export "hostIndirect") (call_indirect (i32.const 1)))
        (func (export "hostRef") (call_ref $t (ref.func $host)))
        (func (export "hostTail") (return_call $host))
        (func (export "hostTailIndirect") (return_call_indirect (i32.const 1)))
        (func (export "far") (call $far))
        (func (export "farIndirect") (call_indirect (i32.const 2)))
        (func (export "farTail") (return_call $far))
        (func (export "farTwice") (call $farTail)))`,
      options,
      { h: { f: () => {} }, o: other.exports },
    )
    expect(ticks(made, 'call')).toBe(2)
    expect(ticks(made, 'farTwice')).toBe(2)
    const names = Object.keys(made.exports).filter((name) => !['call', 'farTwice'].includes(name))
    expect(names.map((name) => [name, ticks(made, name)])).toEqual(names.map((name) => [name, 1]))
  })

  test('bulk instructions: one for each started 64 KiB or 8,192 elements', () => {
    const made = guest(
      `(module (memory 8) (data $d "${'x'.repeat(65537)}") (table $t 40000 externref) (elem $e funcref ${'(ref.func 0)'.repeat(8193)}) (table $f 9000 funcref)
        (func (export "fill") (param i32) (memory.fill (i32.const 1) (i32.const 7) (local.get 0)))
        (func (export "copy") (param i32) (memory.copy (i32.const 1) (i32.const 5) (local.get 0)))
        (func (export "copyUp") (param i32) (memory.copy (i32.const 5) (i32.const 1) (local.get 0)))
        (func (export "init") (param i32) (memory.init $d (i32.const 1) (i32.const 0) (local.get 0)))
        (func (export "tableFill") (param i32) (table.fill $t (i32.const 1) (ref.null extern) (local.get 0)))
        (func (export "tableCopy") (param i32) (table.copy $t $t (i32.const 1) (i32.const 5) (local.get 0)))
        (func (export "tableInit") (param i32) (table.init $f $e (i32.const 1) (i32.const 0) (local.get 0))))`,
      options,
    )
    for (const name of ['fill', 'copy', 'copyUp', 'init'])
      expect([0, 1, 65536, 65537].map((n) => ticks(made, name, n))).toEqual([0, 1, 1, 2])
    for (const name of ['tableFill', 'tableCopy', 'tableInit'])
      expect([0, 1, 8192, 8193].map((n) => ticks(made, name, n))).toEqual([0, 1, 1, 2])
    expect(ticks(made, 'fill', 300_000)).toBe(5)
  })

  test('straight-line code of 10,000 instructions: every 4,096th, dead code counted by place', () => {
    const nops = (n: number): string => '(nop)'.repeat(n)
    const made = guest(
      `(module
        (func (export "nops") ${nops(10_000)})
        (func (export "adds") (result i32) (i32.const 0) ${'(i32.const 1) (i32.add)'.repeat(5000)})
        (func (export "dead") (block (br 0) ${nops(5000)}) ${nops(5000)})
        (func (export "deadAll") (return) ${nops(10_000)})
        (func (export "arms") (param i32) (if (local.get 0) (then ${nops(5000)}) (else ${nops(5000)})))
        (func (export "sets") (param i32) ${'(local.set 0 (i32.add (local.get 0) (i32.const 3)))'.repeat(2500)})
        (func (export "branches") (param i32) ${'(block (br_if 0 (i32.eqz (local.get 0))))'.repeat(2000)}))`,
      options,
    )
    expect(['nops', 'adds', 'dead', 'deadAll'].map((name) => ticks(made, name))).toEqual([2, 2, 1, 0])
    expect([ticks(made, 'arms', 1), ticks(made, 'arms', 0)]).toEqual([1, 1])
    expect([ticks(made, 'sets', 1), ticks(made, 'branches', 1), ticks(made, 'branches', 0)]).toEqual([2, 2, 2])
  })

  test('nested calls from host functions take their ticks on the same thread, also where the host call uses a slice up', () => {
    let made: Guest | undefined
    made = guest(
      `(module (import "h" "back" (func $back (param i32)))
        (func (export "loop") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (func (export "run") (param i32) (loop (call $back (local.get 0)) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`,
      options,
      { h: { back: (n: number) => made!.exports.loop(n) } },
    )
    // run(10): ten host calls, nine back-edges, and 9 + 8 + … + 0 back-edges in the nested calls.
    for (const slice of [1, 2, 3, 7, Infinity]) expect(inSlices(made.instance, slice, 'run', 10).ticks, `run(${slice})`).toBe(10 + 9 + 45)
  })

  test('the count of a finished call stays as it is', () => {
    const made = guest(
      '(module (func (export "f") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))',
      options,
    )
    const execution = made.instance.begin('f', 10)
    expect(execution.run()).toBe(true)
    made.exports.f(100)
    expect(execution.tick).toBe(9)
  })
})
