/**
 * The reference executor against both tiers of the switch executor: the same results, traps, backtraces, ticks and memory,
 * however often a call is stopped and resumed on the way.
 */
import { describe, expect, test } from 'vitest'
import { type InstantiateOptions, type WasmInstance, instantiate, instantiateAsync } from '../../embedding/instantiate.ts'
import { suspending } from '../../embedding/functions.ts'
import type { Imports } from '../../embedding/link.ts'
import { type CompiledModule, compile } from '../../embedding/module.ts'
import { isTrap } from '../../errors.ts'
import { watToWasm } from '../../text/index.ts'

const executors: readonly InstantiateOptions[] = [
  { executor: 'reference' },
  { executor: 'switch', tier: 'exact' },
  { executor: 'switch', tier: 'fast' },
]
const wat = (source: string): CompiledModule => compile(watToWasm(source))

type Call = readonly [name: string, ...args: unknown[]]
type MakeImports = (options: InstantiateOptions) => Imports

/** What can be seen of an instance from outside: its memories and globals. */
function state({ instance }: WasmInstance): unknown {
  const checksum = (bytes: Uint8Array): number => {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    let sum = bytes.length
    for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]!) | 0
    return sum
  }
  return {
    memories: instance.memories.map((m) => checksum(m.bytes)),
    globals: instance.globals.map((g) => [...g.ints.subarray(g.at, g.at + 2)]),
    tables: instance.tables.map((t) => t.elements.length),
  }
}

/** Runs the calls on one instance, `slice` ticks at a time, and reports all that can be observed. */
function observe(
  module: CompiledModule,
  calls: readonly Call[],
  slice: number,
  options: InstantiateOptions,
  imports: MakeImports,
): unknown[] {
  const created = instantiate(module, imports(options), options)
  return calls.map(([name, ...args]) => {
    const execution = created.begin(name, ...args)
    const stops: unknown[] = []
    let outcome: unknown
    try {
      while (!execution.run(stops.length < 400 ? slice : Infinity)) stops.push(state(created))
      outcome = execution.result
    } catch (error) {
      if (!isTrap(error)) throw error
      outcome = { error: error.name, message: error.message, frames: error.frames }
    }
    return { outcome, ticks: execution.tick, stops, after: state(created) }
  })
}

/** All executors must agree. Returns the outcomes and ticks. */
function agree(
  source: string,
  calls: readonly Call[],
  options: InstantiateOptions = {},
  imports: MakeImports = () => ({}),
): { outcome: unknown; ticks: number }[] {
  const module = wat(source)
  let first: unknown[] = []
  for (const slice of [1, 7, Infinity]) {
    const [reference, ...others] = executors.map((e) => observe(module, calls, slice, { ...options, ...e }, imports))
    for (const other of others) expect(other).toEqual(reference)
    first = reference!
  }
  return first as { outcome: unknown; ticks: number }[]
}
const outcomes = (...args: Parameters<typeof agree>): unknown[] => agree(...args).map((o) => o.outcome)

describe('control', () => {
  test('blocks, branches and values', () => {
    const source = `(module
      (func (export "block") (param i32) (result i32)
        (i32.const 100) (block (result i32) (i32.const 1) (i32.const 2) (br_if 0 (local.get 0)) (i32.add)) (i32.add))
      (func (export "params") (param i32 i32) (result i32)
        (local.get 0) (local.get 1)
        (block (param i32 i32) (result i32) (i32.sub) (if (param i32) (result i32) (i32.const 3) (then (i32.const 1) (i32.add)) (else (drop) (i32.const 9)))))
      (func (export "noelse") (param i32) (result i32)
        (local.get 0) (if (param i32) (result i32) (local.get 0) (then (i32.const 5) (i32.mul))))
      (func (export "return") (param i32) (result i32 i64)
        (i32.const 7) (i64.const 8) (br_if 0 (local.get 0)) (drop) (drop)
        (block (loop (br_if 1 (local.get 0)) (return (i32.const 1) (i64.const -1)))) (unreachable))
      (func (export "swap") (param i32 i32 i32) (result i32 i32 i32) (local.get 2) (local.get 1) (local.get 0))
      (func (export "table") (param i32) (result i32)
        (block (result i32) (block (result i32) (i32.const 10) (br_table 0 1 0 (local.get 0))) (i32.const 1) (i32.add)))
      (func (export "select") (param i32) (result f64 i64)
        (select (f64.const 1) (f64.const 2) (local.get 0)) (select (result i64) (i64.const 3) (i64.const 4) (local.get 0)))
      (func (export "unreachable") (block (loop (unreachable)))))`
    expect(
      outcomes(source, [
        ['block', 0],
        ['block', 1],
        ['params', 5, 3],
        ['noelse', 0],
        ['noelse', 4],
        ['return', 0],
        ['return', 1],
        ['swap', 1, 2, 3],
        ['select', 0],
        ['select', 1],
      ]),
    ).toEqual([103, 102, 3, 0, 20, [1, -1n], [7, 8n], [3, 2, 1], [2, 4n], [1, 3n]])
    expect(outcomes(source, [['table', 0], ['table', 1], ['table', 3], ['unreachable']])).toMatchObject([
      11,
      10,
      11,
      { message: 'unreachable' },
    ])
  })

  test('loops take a tick for each taken back-edge', () => {
    const source = `(module
      (global $n (mut i32) (i32.const 0))
      (func (export "br_if") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "values") (param i32) (result i32) (local.get 0) (i32.const 0)
        (loop (param i32 i32) (result i32) (local.set 0)
          (global.set $n (i32.add (global.get $n) (local.get 0)))
          (i32.const 1) (i32.sub) (local.tee 0) (local.get 0) (br_if 0 (local.get 0)) (drop)))
      (func (export "br_table") (param i32) (result i32)
        (block $out (result i32) (i32.const 0) (loop $l (param i32) (drop)
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br_table $l $out (i32.const 42) (i32.eqz (local.get 0)))) (unreachable)))
      (func (export "nested") (param i32) (local i32)
        (loop $outer (local.set 1 (local.get 0)) (loop $inner
          (br_if $inner (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))
          (br_if $outer (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))`
    expect(
      agree(source, [
        ['br_if', 10],
        ['values', 5],
        ['br_table', 6],
        ['nested', 4],
      ]),
    ).toMatchObject([{ ticks: 9 }, { outcome: 0, ticks: 4 }, { outcome: 42, ticks: 5 }, { ticks: 6 + 3 }])
  })

  test('straight-line code takes a tick every 4,096 instructions, also in front of a bulk instruction', () => {
    const source = `(module (memory 4)
      (global $g (mut i32) (i32.const 0))
      (func (export "nops") ${'(nop)'.repeat(9000)})
      (func (export "work") (result i32) (i32.const 0) ${'(i32.add (i32.const 1))'.repeat(3000)})
      (func (export "loop") (param i32) (loop ${'(nop)'.repeat(4200)} (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      ${[4091, 4092, 4093, 4094]
        .map(
          (n, i) => `(func (export "bulk${i}") ${'(nop)'.repeat(n)}
        (memory.fill (i32.const 0) (i32.const ${i + 1}) (i32.const 200000)) (global.set $g (i32.const ${i})))`,
        )
        .join('\n')})`
    expect(agree(source, [['nops'], ['work'], ['loop', 3], ['bulk0'], ['bulk1'], ['bulk2'], ['bulk3']])).toMatchObject([
      { ticks: 2 },
      { outcome: 3000, ticks: 1 },
      { ticks: 5 },
      { ticks: 5 },
      { ticks: 5 },
      { ticks: 5 },
      { ticks: 5 },
    ])
  })
})

describe('numbers and variables', () => {
  test('every form of local and global access', () => {
    const source = `(module
      (global $i (mut i32) (i32.const 1)) (global $l (mut i64) (i64.const 2)) (global $f (mut f32) (f32.const 3)) (global $d (mut f64) (f64.const 4))
      (func (export "run") (param i32 i64 f32 f64) (result i32 i64 f32 f64 i32 i64)
        (local $z i32) (local $zz i64)
        (global.set $i (i32.add (global.get $i) (local.get 0))) (global.set $l (i64.mul (global.get $l) (local.get 1)))
        (global.set $f (f32.div (global.get $f) (local.get 2))) (global.set $d (f64.sub (global.get $d) (local.get 3)))
        (global.get $i) (local.tee 1 (global.get $l)) (global.get $f) (global.get $d) (local.get $z) (local.get $zz)))`
    const args: Call = ['run', 41, 0x1_0000_0001n, 0.1, 1e300]
    expect(outcomes(source, [args, args])).toEqual([
      [42, 0x2_0000_0002n, Math.fround(3 / Math.fround(0.1)), 4 - 1e300, 0, 0n],
      [83, 0x4_0000_0002n, Math.fround(Math.fround(3 / Math.fround(0.1)) / Math.fround(0.1)), -2e300, 0, 0n],
    ])
  })

  test('traps of integer instructions, with the offset of the instruction', () => {
    const source = `(module
      (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
      (func (export "rem") (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1)))
      (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0))))`
    const min = -0x8000_0000
    expect(
      outcomes(source, [
        ['div', 7, -2],
        ['div', 1, 0],
        ['div', min, -1],
        ['rem', 7n, 0n],
        ['trunc', NaN],
        ['trunc', 1e10],
        ['trunc', -1.9],
      ]),
    ).toMatchObject([
      -3,
      { message: 'integer divide by zero' },
      { message: 'integer overflow' },
      { message: 'integer divide by zero' },
      { message: 'invalid conversion to integer' },
      { message: 'integer overflow' },
      -1,
    ])
  })

  test('moves keep all bits of a NaN', () => {
    const source = `(module (memory 1) (global $g (mut f32) (f32.const nan:0x200001))
      (func $id (param f32) (result f32) (local f32) (local.set 1 (local.get 0)) (select (local.get 1) (f32.const 0) (i32.const 1)))
      (func (export "f32") (result i32) (f32.store (i32.const 0) (call $id (f32.neg (global.get $g)))) (i32.load (i32.const 0)))
      (func (export "f64") (result i64) (i64.reinterpret_f64 (block (result f64) (br 0 (f64.neg (f64.const nan:0x4000000000001)))))))`
    expect(outcomes(source, [['f32'], ['f64']])).toEqual([0xffa0_0001 | 0, BigInt.asIntN(64, 0xfff4_0000_0000_0001n)])
  })
})

describe('calls', () => {
  const fib = `(func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))`

  test('recursion', () => {
    expect(agree(`(module ${fib})`, [['fib', 10]])).toMatchObject([{ outcome: 55, ticks: 176 }])
  })

  test('indirect calls and their traps', () => {
    const source = `(module (type $t (func (param i32) (result i32))) (type $u (func)) (table 5 funcref) (elem (i32.const 0) $a $b $c)
      (func $a (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
      (func $b (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0)))
      (func $c)
      (func (export "run") (param i32) (result i32) (call_indirect (type $t) (i32.const 10) (local.get 0)))
      (func (export "tail") (param i32) (result i32) (return_call_indirect (type $t) (i32.const 10) (local.get 0))))`
    const calls: Call[] = ['run', 'tail'].flatMap((name) => [0, 1, 2, 3, 5, -1].map((i): Call => [name, i]))
    const expected = [
      11,
      11,
      { message: 'indirect call type mismatch' },
      { message: 'uninitialized element 3' },
      { message: 'undefined element 5' },
      { message: 'undefined element 4294967295' },
    ]
    expect(outcomes(source, calls)).toMatchObject([...expected, ...expected])
  })

  test('tail calls change the size of the frame both ways and need no stack', () => {
    const nine = '(param i32 i32 i32 i32 i32 i32 i32 i32 i32)'
    const source = `(module
      (func $one (export "one") (param i32) (result i32) (local i64 i64)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 77))))
        (return_call $nine (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (local.get 0)))
      (func $nine ${nine} (result i32)
        (return_call $one (i32.sub (local.get 8) (i32.sub (local.get 2) (i32.const 2)))))
      (func $void (export "void") (param i32) (if (local.get 0) (then (return_call $five (i32.sub (local.get 0) (i32.const 1))))))
      (func $five (param i32) (local i32 i32 i32 i32 i32) (return_call $void (local.get 0)))
      (func $swap (export "swap") (param i32 i32 i32) (result i32 i32)
        (if (i32.eqz (local.get 2)) (then (return (local.get 0) (local.get 1))))
        (return_call $swap (local.get 1) (local.get 0) (i32.sub (local.get 2) (i32.const 1)))))`
    const calls: Call[] = [
      ['one', 50],
      ['void', 50],
      ['swap', 1, 2, 7],
    ]
    expect(agree(source, calls, { limits: { frames: 10 } })).toMatchObject([
      { outcome: 77, ticks: 100 },
      { ticks: 100 },
      { outcome: [2, 1], ticks: 7 },
    ])
  })

  test('exhaustion comes at the same call, by frames and by slots', () => {
    const source = `(module (global $n (export "n") (mut i32) (i32.const 0))
      (func $small (export "small") (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $small))
      (func $big (export "big") (param i64) (result i64) (local i64 f64 i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i64.add (local.get 0) (i64.mul (i64.const 3) (i64.add (call $big (local.get 1)) (block (result i64) (call $many (i64.const 1) (i64.const 2) (i64.const 3)) (i64.add) (i64.add))))))
      (func $many (param i64 i64 i64) (result i64 i64 i64) (local.get 0) (local.get 1) (local.get 2))
      (func (export "dead") (param i32) (br_if 0 (local.get 0)) (return) (i32.const 1) (i32.const 2) (i32.const 3) (i32.add) (i32.add) (drop)))`
    const calls: Call[] = [['small'], ['big', 1n], ['dead', 0]]
    for (const limits of [{ frames: 100 }, { stack: 4096 }, { stack: 4104 }, { stack: 4112 }, { stack: 20_000 }]) {
      expect(outcomes(source, calls, { limits })).toMatchObject([
        { message: 'call stack exhausted' },
        { message: 'call stack exhausted' },
        undefined,
      ])
    }
  })

  test('host functions: called, tail-called, throwing, calling back', () => {
    const source = `(module
      (import "h" "add" (func $add (param i32 i64) (result i64)))
      (import "h" "two" (func $two (result i32 f64)))
      (import "h" "back" (func $back (param i32) (result i32)))
      (func (export "add") (result i64) (i64.add (i64.const 1000) (call $add (i32.const 1) (i64.const 2))))
      (func (export "tail") (param i64) (result i64) (return_call $add (i32.const 5) (local.get 0)))
      (func (export "two") (result f64 i32) (local i32 f64) (call $two) (local.set 1) (local.set 0) (local.get 1) (local.get 0))
      (func (export "nested") (param i32) (result i32)
        (block (result i32) (i32.const 1) (loop (param i32) (result i32) (call $back (local.get 0)) (i32.add) (br 1))))
      (func $inner (export "inner") (param i32) (result i32)
        (block (result i32) (block (br_if 1 (i32.const 7) (i32.div_s (i32.const 100) (local.get 0))) (drop)) (i32.const 3))))`
    const make: MakeImports = (options) => {
      const inner = (): WasmInstance => instantiate(wat(source), imports, options)
      const imports: Imports = {
        h: {
          add: (a: number, b: bigint) => BigInt(a) + b,
          two: () => [6, 0.5],
          // The error of the nested call is caught here: the frames below must not notice.
          back: (n: number) => {
            try {
              return inner().exports.inner(n) as number
            } catch (error) {
              return isTrap(error) ? -50 : 0
            }
          },
        },
      }
      return imports
    }
    expect(outcomes(source, [['add'], ['tail', 8n], ['two'], ['nested', 1], ['nested', 0], ['nested', 200]], {}, make)).toEqual([
      1003n,
      13n,
      [0.5, 6],
      8,
      -49,
      4,
    ])
  })

  test('a nested call on the same thread that traps leaves the outer frames as they were', () => {
    const source = `(module
      (import "h" "back" (func $back (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (local i32)
        (block $out (result i32)
          (loop $again
            (block (block (local.set 1 (i32.add (local.get 1) (call $back (local.get 0)))))
              (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (br $out (local.get 1))))
      (func (export "inner") (param i32) (result i32)
        (block (loop (block (if (i32.and (local.get 0) (i32.const 1)) (then (unreachable)) (else (br 3)))))) (local.get 0)))`
    for (const options of executors) {
      let created: WasmInstance | undefined
      const back = (n: number): number => {
        try {
          return created!.exports.inner(n) as number
        } catch (error) {
          if (!isTrap(error)) throw error
          return 1000
        }
      }
      created = instantiate(wat(source), { h: { back } }, options)
      expect(created.invoke('run', 6)).toBe(6 + 4 + 2 + 3000)
      expect(created.invoke('run', 1)).toBe(1000)
    }
  })

  test('calls and tail calls between instances', () => {
    const other = wat(`(module
      (import "a" "table" (table 2 funcref))
      (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (func $count (export "count") (param i32 i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect (param i32) (result i32) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
      (func (export "trap") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0))))`)
    const source = `(module
      (import "b" "double" (func $double (param i32) (result i32)))
      (import "b" "count" (func $count (param i32 i32) (result i32)))
      (import "b" "trap" (func $trap (param i32) (result i32)))
      (import "b" "table" (table 2 funcref))
      (elem (i32.const 0) $bounce)
      (func $bounce (param i32) (result i32) (return_call $count (local.get 0) (i32.const 99)))
      (func (export "double") (param i32) (result i32) (local i32) (block (loop (local.set 1 (call $double (local.get 0))) (br 1))) (i32.add (local.get 1) (i32.const 1)))
      (func (export "bounce") (param i32) (result i32) (i32.add (i32.const 1) (call $bounce (local.get 0))))
      (func (export "trap") (param i32) (result i32) (i32.add (i32.const 1) (call $trap (local.get 0)))))`
    const tables = wat('(module (table (export "table") 2 funcref))')
    const make: MakeImports = (options) => {
      const { table } = instantiate(tables, {}, options).exports
      return { b: { ...instantiate(other, { a: { table } }, options).exports, table } }
    }
    expect(
      outcomes(
        source,
        [
          ['double', 4],
          ['bounce', 30],
          ['trap', 1],
          ['trap', 0],
        ],
        { limits: { frames: 8 } },
        make,
      ),
    ).toMatchObject([9, 100, 2, { message: 'integer divide by zero', frames: [{ funcidx: 2 }, { funcidx: 6 }] }])
  })

  test('a suspending host function parks the thread', async () => {
    const module = wat(`(module (import "h" "wait" (func $wait (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (local i32)
        (loop (local.set 1 (i32.add (local.get 1) (call $wait (local.get 0)))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))`)
    for (const options of executors) {
      const created = await instantiateAsync(module, { h: { wait: suspending(async (n: number) => Promise.resolve(n * 10)) } }, options)
      const both = await Promise.all([
        created.invokeAsync('run', 4),
        instantiate(module, { h: { wait: (n: number) => n } }, options).invoke('run', 3),
      ])
      expect(both).toEqual([100, 6])
    }
  })
})

describe('memory', () => {
  test('loads and stores of every width, to the last byte and not beyond', () => {
    const source = `(module (memory 1)
      (func (export "i64") (param i32 i64) (result i64) (i64.store offset=2 (local.get 0) (local.get 1)) (i64.load offset=2 (local.get 0)))
      (func (export "narrow") (param i32) (result i32 i32 i32 i64 i64)
        (i64.store (i32.const 8) (i64.const 0x8182838485868788))
        (i32.load8_s (local.get 0)) (i32.load8_u (local.get 0)) (i32.load16_s (local.get 0)) (i64.load32_s (local.get 0)) (i64.load16_u (local.get 0)))
      (func (export "partial") (param i32) (i64.store (local.get 0) (i64.const -1)))
      (func (export "far") (result i32) (i32.load offset=0xffffffff (i32.const 0xffffffff))))`
    expect(
      outcomes(source, [['i64', 0xffff - 9, -2n], ['i64', 0xffff - 8, 1n], ['narrow', 8], ['partial', 65532], ['partial', -1], ['far']]),
    ).toMatchObject([
      -2n,
      { message: 'out of bounds memory access' },
      [-120, 0x88, -30840, BigInt(0x85868788 | 0), 0x8788n],
      { message: 'out of bounds memory access' },
      { message: 'out of bounds memory access' },
      { message: 'out of bounds memory access' },
    ])
  })

  test('bulk instructions stop in the middle and go on', () => {
    const source = `(module (memory 8) (data $d "abcdefgh")
      (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
      (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
      (func (export "init") (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
      (func (export "mark") (param i32) (loop (i32.store (local.get 0) (local.get 0)) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 4096))))))
      (func (export "drop") (data.drop $d))
      (func (export "grow") (param i32) (result i32 i32) (memory.grow (local.get 0)) (memory.size)))`
    const calls: Call[] = [
      ['mark', 520192],
      ['copy', 10, 0, 400_000],
      ['copy', 0, 10, 400_000],
      ['copy', 3, 100_003, 65536],
      ['fill', 100_000, 7, 200_001],
      ['fill', 0, 1, 600_000],
      ['copy', 524_288, 0, 0],
      ['copy', 524_289, 0, 0],
      ['init', 5, 2, 6],
      ['init', 5, 3, 6],
      ['drop'],
      ['init', 5, 0, 0],
      ['init', 5, 0, 1],
      ['grow', 1],
      ['grow', 65536],
      ['fill', 524_288, 9, 65536],
    ]
    const oob = { outcome: { message: 'out of bounds memory access' } }
    expect(agree(source, calls)).toMatchObject([
      { ticks: 126 },
      { ticks: 7 },
      { ticks: 7 },
      { ticks: 1 },
      { ticks: 4 },
      oob,
      { ticks: 0 },
      oob,
      { ticks: 1 },
      oob,
      {},
      {},
      oob,
      { outcome: [8, 9] },
      { outcome: [-1, 9] },
      { ticks: 1 },
    ])
  })

  test('several memories, 64-bit addresses', () => {
    const source = `(module (memory $a 1) (memory $b i64 1 3)
      (func (export "run") (param i64) (result i32)
        (i32.store $a (i32.const 4) (i32.const 11)) (i64.store $b offset=8 (local.get 0) (i64.const 22))
        (memory.copy $b $a (local.get 0) (i32.const 4) (i32.const 4))
        (i32.add (i32.load $b (local.get 0)) (i32.load8_u $b offset=8 (local.get 0))))
      (func (export "grow") (param i64) (result i64 i64) (memory.grow $b (local.get 0)) (memory.size $b)))`
    const oob = { message: 'out of bounds memory access' }
    expect(
      outcomes(source, [
        ['run', 100n],
        ['run', 65520n],
        ['run', 65521n],
        ['run', 1n << 32n],
        ['run', -1n],
        ['grow', 2n],
        ['run', 65521n],
        ['grow', 1n << 60n],
      ]),
    ).toMatchObject([33, 33, oob, oob, oob, [1n, 3n], 33, [-1n, 3n]])
  })
})

describe('tables and references', () => {
  test('table instructions', () => {
    const source = `(module (table $t 4 8 externref) (table $u 20000 externref) (elem $e externref (ref.null extern) (ref.null extern))
      (func (export "set") (param i32 externref) (table.set $t (local.get 0) (local.get 1)))
      (func (export "get") (param i32) (result externref) (table.get $t (local.get 0)))
      (func (export "grow") (param externref i32) (result i32 i32) (table.grow $t (local.get 0) (local.get 1)) (table.size $t))
      (func (export "fill") (param i32 externref i32) (table.fill $u (local.get 0) (local.get 1) (local.get 2)))
      (func (export "copy") (param i32 i32 i32) (table.copy $u $u (local.get 0) (local.get 1) (local.get 2)))
      (func (export "from") (param i32 i32 i32) (table.copy $u $t (local.get 0) (local.get 1) (local.get 2)))
      (func (export "init") (param i32 i32 i32) (table.init $t $e (local.get 0) (local.get 1) (local.get 2)))
      (func (export "drop") (elem.drop $e))
      (func (export "null") (param i32) (result i32) (ref.is_null (table.get $u (local.get 0)))))`
    const oob = { outcome: { message: 'out of bounds table access' } }
    const calls: Call[] = [
      ['set', 1, 'x'],
      ['get', 1],
      ['get', 0],
      ['get', 4],
      ['grow', 'g', 3],
      ['get', 6],
      ['grow', 'g', 2],
      ['fill', 1, 'f', 19_998],
      ['null', 0],
      ['null', 19_998],
      ['null', 19_999],
      ['copy', 10_000, 0, 10_000],
      ['null', 10_000],
      ['copy', 0, 10_001, 9_999],
      ['from', 3, 0, 7],
      ['null', 3],
      ['null', 4],
      ['copy', 1, 0, 20_000],
      ['init', 1, 0, 2],
      ['get', 1],
      ['init', 6, 0, 2],
      ['drop'],
      ['init', 0, 0, 1],
      ['init', 0, 0, 0],
      ['set', -1, null],
    ]
    expect(agree(source, calls)).toMatchObject([
      {},
      { outcome: 'x' },
      { outcome: null },
      oob,
      { outcome: [4, 7] },
      { outcome: 'g' },
      { outcome: [-1, 7] },
      { ticks: 3 },
      { outcome: 1 },
      { outcome: 0 },
      { outcome: 1 },
      { ticks: 2 },
      { outcome: 1 },
      { ticks: 2 },
      { ticks: 1 },
      { outcome: 1 },
      { outcome: 0 },
      oob,
      {},
      { outcome: null },
      oob,
      {},
      oob,
      {},
      oob,
    ])
  })

  test('function references', () => {
    const source = `(module (type $f (func (param i32) (result i32))) (elem declare func $inc $twice)
      (global $g (mut (ref null $f)) (ref.null $f))
      (func $inc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
      (func $twice (param i32) (result i32) (local (ref $f)) (local.set 1 (ref.func $inc)) (call_ref $f (call_ref $f (local.get 0) (local.get 1)) (local.get 1)))
      (func (export "use") (param i32) (global.set $g (select (result (ref null $f)) (ref.func $twice) (ref.null $f) (local.get 0))))
      (func (export "call") (param i32) (result i32) (call_ref $f (local.get 0) (global.get $g)))
      (func (export "tail") (param i32) (result i32) (local funcref) (local.set 1 (ref.func $inc)) (return_call_ref $f (local.get 0) (global.get $g)))
      (func (export "default") (param i32) (result i32)
        (block $null (call_ref $f (local.get 0) (br_on_null $null (global.get $g))) (return)) (i32.const -1))
      (func (export "found") (result i32) (block $some (result (ref $f)) (br_on_non_null $some (global.get $g)) (return (i32.const 0))) (drop) (i32.const 1))
      (func (export "loop") (param i32) (result i32)
        (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (drop (br_on_null $l (select (result (ref null $f)) (ref.null $f) (ref.func $inc) (local.get 0))))) (local.get 0))
      (func (export "must") (drop (ref.as_non_null (global.get $g)))))`
    const each: Call[] = [['call', 5], ['tail', 5], ['default', 5], ['found'], ['must']]
    expect(outcomes(source, [['use', 0], ...each, ['use', 1], ...each])).toMatchObject([
      undefined,
      { message: 'null function reference' },
      { message: 'null function reference' },
      -1,
      0,
      { message: 'null reference' },
      undefined,
      7,
      7,
      7,
      1,
      undefined,
    ])
    expect(agree(source, [['loop', 5]])).toMatchObject([{ outcome: 0, ticks: 4 }])
  })

  test('nothing above the live frames keeps a reference', () => {
    const source = `(module
      (import "h" "take" (func $take (param externref externref)))
      (func (export "run") (param externref) (result i32) (local externref)
        (local.set 1 (local.get 0)) (call $take (local.get 1) (local.get 0)) (drop (local.get 0)) (call $deeper (local.get 0)))
      (func $deeper (param externref) (result i32) (local.get 0) (return_call $deepest (local.get 0) (local.get 0)))
      (func $deepest (param externref externref) (result i32) (block (result externref) (br 0 (local.get 1))) (ref.is_null)))`
    const created = instantiate(wat(source), { h: { take: () => {} } }, { executor: 'reference' })
    const execution = created.begin('run', { big: true })
    const { refs } = (execution as unknown as { T: { refs: readonly unknown[] } }).T
    while (!execution.run(1)) continue
    expect(execution.result).toBe(0)
    expect(refs.filter((ref) => ref !== null)).toEqual([])
  })
})
