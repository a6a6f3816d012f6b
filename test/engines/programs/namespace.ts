/**
 * Each part of the global WebAssembly once, as vitrine's JS API installed it. Runs in engines that lack BigInt, timers, the
 * console and much else, so it uses nothing of that itself.
 */
import type { WebAssemblyNamespace } from '../../../src/js-api/index.ts'
import { watToWasm } from '../../../src/text/index.ts'
import { type Checks, equal, thrown } from './checks.ts'

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyNamespace }
const module = (text: string): object => new WebAssembly.Module(watToWasm(`(module ${text})`))
// oxlint-disable-next-line typescript/no-explicit-any -- exports of many shapes
const exportsOf = (text: string, imports: Record<string, Record<string, unknown>> = {}): any =>
  new WebAssembly.Instance(module(text) as never, imports).exports
const big = (n: number): unknown => (typeof BigInt === 'undefined' ? [n | 0, Math.floor(n / 2 ** 32)] : BigInt(n))
const address = (n: number): number | bigint => (typeof BigInt === 'undefined' ? n : BigInt(n))

export async function namespaceChecks(checks: Checks): Promise<void> {
  await checks.run('numbers', () => {
    const { add, half, sum } = exportsOf(`
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "half") (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
      (func (export "sum") (param f32 f32) (result f32) (f32.add (local.get 0) (local.get 1)))`)
    equal(
      [add(40, 2), add('3', 4.9), add(2 ** 31 - 1, 1), half(5), sum(0.1, 0.2)],
      [42, 7, -(2 ** 31), 2.5, Math.fround(0.30000001192092896)],
    )
  })
  await checks.run('i64', () => {
    const { mul } = exportsOf('(func (export "mul") (param i64 i64) (result i64) (i64.mul (local.get 0) (local.get 1)))')
    equal(mul(big(3_000_000_000), big(3)), big(9_000_000_000))
  })
  await checks.run('several results', () => {
    const { swap } = exportsOf('(func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))')
    equal(swap(1, 0.5), [0.5, 1])
  })
  await checks.run('imports', () => {
    const seen: unknown[] = []
    const { run } = exportsOf(
      '(import "m" "f" (func $f (param i32 f64 i64) (result i32))) (func (export "run") (result i32) (call $f (i32.const 7) (f64.const 1.5) (i64.const -1)))',
      { m: { f: (...args: unknown[]) => (seen.push(...args), 9) } },
    )
    equal([run(), seen], [9, [7, 1.5, big(-1)]])
  })
  await checks.run('an error of an import comes through', () => {
    const { run } = exportsOf('(import "m" "f" (func $f)) (func (export "run") (call $f))', {
      m: {
        f: () => {
          throw new RangeError('mine')
        },
      },
    })
    const error = thrown(run)
    equal([error instanceof RangeError, (error as Error).message], [true, 'mine'])
  })
  await checks.run('exported functions', () => {
    const exports = exportsOf('(func (export "f") (param i32 i32)) (table (export "t") 3 funcref) (elem (i32.const 1) func 0)')
    equal(
      [exports.f.name, exports.f.length, typeof exports.f, exports.t.get(1) === exports.f, exports.t.get(0)],
      ['0', 2, 'function', true, null],
    )
    equal([Object.keys(exports), Object.isFrozen(exports)], [['f', 't'], true])
    exports.t.set(2, exports.f)
    equal([exports.t.get(2) === exports.f, exports.t.length, exports.t.grow(2), exports.t.length], [true, 3, 3, 5])
  })
  await checks.run('memory', () => {
    const { memory, read, grow } = exportsOf(`
      (memory (export "memory") 1 4) (data (i32.const 8) "abc")
      (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))
      (func (export "grow") (result i32) (memory.grow (i32.const 1)))`)
    const before = memory.buffer
    equal([before.byteLength, new Uint8Array(before)[9], memory.buffer === before], [65536, 98, true])
    new Uint8Array(memory.buffer)[100] = 200
    equal([read(100), grow(), memory.grow(1)], [200, 1, 2])
    const after = memory.buffer
    equal([after === before, after.byteLength, new Uint8Array(after)[100], read(100)], [false, 3 * 65536, 200, 200])
    // Detached where the engine can do that, else a copy.
    equal([0, 65536].indexOf(before.byteLength) >= 0, true)
    equal(thrown(() => memory.grow(9)) instanceof RangeError, true)
  })
  await checks.run('memory of JS', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 })
    const { put } = exportsOf('(import "m" "memory" (memory 1)) (func (export "put") (i32.store (i32.const 4) (i32.const -2)))', {
      m: { memory },
    })
    put()
    equal(new Int32Array(memory.buffer)[1], -2)
  })
  await checks.run('memory with 64-bit addresses', () => {
    const memory = new WebAssembly.Memory({ initial: address(1), address: 'i64' })
    const { load } = exportsOf(
      '(import "m" "memory" (memory i64 1)) (func (export "load") (param i64) (result i32) (i32.load8_u (local.get 0)))',
      { m: { memory } },
    )
    new Uint8Array(memory.buffer)[5] = 77
    equal([load(big(5)), memory.grow(address(1)), memory.type().minimum], [77, address(1), address(2)])
  })
  await checks.run('globals', () => {
    const global = new WebAssembly.Global({ value: 'i64', mutable: true }, big(5))
    const { bump } = exportsOf(
      '(import "m" "g" (global $g (mut i64))) (func (export "bump") (global.set $g (i64.add (global.get $g) (i64.const 1))))',
      { m: { g: global } },
    )
    bump()
    equal(global.value, big(6))
  })
  await checks.run('errors', () => {
    const compile = thrown(() => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73)))
    equal([compile instanceof WebAssembly.CompileError, compile instanceof Error, (compile as Error).name], [true, true, 'CompileError'])
    const link = thrown(() => exportsOf('(import "m" "f" (func))', { m: { f: 1 } }))
    equal([link instanceof WebAssembly.LinkError, (link as Error).name], [true, 'LinkError'])
    const { trap } = exportsOf('(func (export "trap") (result i32) (i32.div_s (i32.const 1) (i32.const 0)))')
    const runtime = thrown(trap)
    equal([runtime instanceof WebAssembly.RuntimeError, (runtime as Error).message.indexOf('divide by zero') >= 0], [true, true])
  })
  await checks.run('endless recursion', () => {
    equal(thrown(exportsOf('(func (export "f") (call 0))').f) instanceof RangeError, true)
    // Through JavaScript and back.
    const again: { run?: () => void } = {}
    again.run = exportsOf('(import "m" "f" (func $f)) (func (export "run") (call $f))', { m: { f: () => again.run!() } }).run
    equal(thrown(again.run!) instanceof RangeError, true)
    equal(exportsOf('(func (export "f") (result i32) (i32.const 1))').f(), 1)
  })
  await checks.run('tags and exceptions', () => {
    const tag = new WebAssembly.Tag({ parameters: ['i32'] })
    const { raise, safe } = exportsOf(
      `(import "m" "tag" (tag $t (param i32))) (import "m" "f" (func $f))
       (func (export "raise") (throw $t (i32.const 3)))
       (func (export "safe") (result i32) (block $c (result i32) (try_table (catch $t $c) (call $f)) (i32.const 0)))`,
      {
        m: {
          tag,
          f: () => {
            throw new WebAssembly.Exception(tag, [8]) as unknown as Error
          },
        },
      },
    )
    const error = thrown(raise) as InstanceType<WebAssemblyNamespace['Exception']>
    equal([error instanceof WebAssembly.Exception, error.is(tag), error.getArg(tag, 0), safe()], [true, true, 3, 8])
  })
  await checks.run('what a module says of itself', () => {
    const it = module('(import "m" "f" (func)) (memory (export "mem") 1) (@custom "note" "hi")') as never
    equal(WebAssembly.Module.imports(it), [{ module: 'm', name: 'f', kind: 'function' }])
    equal(WebAssembly.Module.exports(it), [{ name: 'mem', kind: 'memory' }])
    equal([...new Uint8Array(WebAssembly.Module.customSections(it, 'note')[0]!)], [0x68, 0x69])
    equal([WebAssembly.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)), WebAssembly.validate(Uint8Array.of(1))], [true, false])
  })
  await checks.run('objects on the heap, vectors, references', () => {
    const { make, get, lanes, same } = exportsOf(`(type $p (struct (field i32)))
      (func (export "make") (param i32) (result (ref $p)) (struct.new $p (local.get 0)))
      (func (export "get") (param (ref $p)) (result i32) (struct.get $p 0 (local.get 0)))
      (func (export "lanes") (result i32) (i8x16.bitmask (i32x4.splat (i32.const -1))))
      (func (export "same") (param externref) (result externref) (local.get 0))`)
    const object = {}
    equal([get(make(11)), lanes(), same(object) === object, same(undefined)], [11, 0xffff, true, undefined])
  })
  await checks.run('built-in string functions', () => {
    const bytes = watToWasm(`(module (import "wasm:js-string" "length" (func $l (param externref) (result i32)))
      (func (export "length") (param externref) (result i32) (call $l (local.get 0))))`)
    const it = new WebAssembly.Instance(new WebAssembly.Module(bytes, { builtins: ['js-string'] }), {})
    equal(it.exports.length('glass'), 5)
  })
  await checks.run('promises', async () => {
    const bytes = watToWasm('(module (func (export "one") (result i32) (i32.const 1)))')
    const { instance, module: compiled } = await WebAssembly.instantiate(bytes)
    const again = await WebAssembly.instantiate(await WebAssembly.compile(bytes))
    equal([instance.exports.one(), again.exports.one(), Object.prototype.toString.call(compiled)], [1, 1, '[object WebAssembly.Module]'])
    let error: unknown
    await WebAssembly.compile(Uint8Array.of(9)).then(undefined, (e: unknown) => (error = e))
    equal(error instanceof WebAssembly.CompileError, true)
  })
  await checks.run('suspending and promising', async () => {
    const get = new WebAssembly.Suspending((n: number) => Promise.resolve(n).then((m) => m * 10))
    const { run } = exportsOf(
      '(import "m" "get" (func $g (param i32) (result i32))) (func (export "run") (param i32) (result i32) (i32.add (call $g (local.get 0)) (i32.const 1)))',
      { m: { get } },
    )
    equal(await Promise.all([WebAssembly.promising(run)(1), WebAssembly.promising(run)(2)]), [11, 21])
  })
}
