/** References of the `any` and `extern` hierarchies between JS and Wasm (JS API: ToWebAssemblyValue, ToJSValue, Exported GC Objects). */
import { describe, expect, test } from 'vitest'
import { isVitrineError } from '../errors.ts'
import { watToWasm } from '../text/index.ts'
import { suspending } from './functions.ts'
import { instantiate } from './instantiate.ts'
import type { Imports } from './link.ts'
import { compile } from './module.ts'
import { WasmGlobal, WasmTable } from './objects.ts'
import type { StoreOptions } from './store.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any
const exportsOf = (source: string, imports: Imports = {}, options: StoreOptions = {}): Loose =>
  instantiate(compile(watToWasm(source)), imports, options).exports
const errorOf = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    if (!isVitrineError(error)) throw error
    return `${error.name}: ${error.message}`
  }
  return 'none'
}

const source = `(module
  (type $s (sub (struct (field (mut i32)))))
  (type $t (sub $s (struct (field (mut i32)) (field i64))))
  (type $a (array (mut i8)))
  (type $f (func (param i32) (result i32)))
  (type $g (func))
  (func $inc (export "inc") (type $f) (i32.add (local.get 0) (i32.const 1)))
  (func (export "nothing") (type $g))
  (func (export "s") (param i32) (result (ref $s)) (struct.new $s (local.get 0)))
  (func (export "t") (result (ref $t)) (struct.new_default $t))
  (func (export "a") (result (ref $a)) (array.new_default $a (i32.const 3)))
  (func (export "get") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
  (func (export "set") (param (ref null $s) i32) (struct.set $s 0 (local.get 0) (local.get 1)))
  (func (export "call") (param (ref null $f) i32) (result i32) (call_ref $f (local.get 1) (local.get 0)))
  (func (export "any") (param anyref) (result anyref) (local.get 0))
  (func (export "eq") (param eqref) (result eqref) (local.get 0))
  (func (export "i31") (param i31ref) (result i31ref) (local.get 0))
  (func (export "struct") (param structref) (result structref) (local.get 0))
  (func (export "array") (param arrayref) (result arrayref) (local.get 0))
  (func (export "none") (param nullref) (result nullref) (local.get 0))
  (func (export "nofunc") (param nullfuncref) (result nullfuncref) (local.get 0))
  (func (export "noextern") (param nullexternref) (result nullexternref) (local.get 0))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func (export "some") (param (ref any)) (result (ref any)) (local.get 0))
  (func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0)))
  (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
  (func (export "kind") (param externref) (result i32) (local $x anyref)
    (local.set $x (any.convert_extern (local.get 0)))
    (if (ref.is_null (local.get $x)) (then (return (i32.const 0))))
    (if (ref.test (ref i31) (local.get $x)) (then (return (i32.const 1))))
    (if (ref.test (ref struct) (local.get $x)) (then (return (i32.const 2))))
    (if (ref.test (ref array) (local.get $x)) (then (return (i32.const 3))))
    (if (ref.test (ref eq) (local.get $x)) (then (return (i32.const 4))))
    (i32.const 5))
  (global (export "g") (mut eqref) (ref.i31 (i32.const 5)))
  (global (export "gs") (mut (ref null $s)) (ref.null $s))
  (table (export "table") 2 4 i31ref)
  (table (export "tables") 1 (ref $s) (struct.new_default $s)))`

const hosts: readonly unknown[] = [
  'text', '', true, 1.5, -0, NaN, Infinity, 2 ** 30, -(2 ** 30) - 1, 10n, Symbol('s'), undefined, {}, [1], Object.create(null), () => 1, Object(3),
] // prettier-ignore

for (const options of [{ executor: 'switch' }, { executor: 'switch', tier: 'exact' }, { executor: 'reference' }] as const) {
  describe(`references across the border [${options.executor} ${'tier' in options ? options.tier : ''}]`, () => {
    const e = exportsOf(source, {}, options)

    test('structures and arrays are opaque and keep their identity', () => {
      const object = e.s(7)
      expect(typeof object).toBe('object')
      expect(Object.getPrototypeOf(object)).toBe(null)
      expect(Reflect.ownKeys(object as object)).toEqual([])
      expect(Object.isFrozen(object)).toBe(true)
      expect(e.get(object)).toBe(7)
      e.set(object, 8)
      expect(e.get(object)).toBe(8)
      for (const through of ['any', 'eq', 'struct', 'out', 'in', 'extern', 'some']) expect(e[through](object)).toBe(object)
      expect(e.array(e.a())).not.toBe(e.a())
      const array = e.a()
      expect([e.array(array), e.eq(array), e.in(e.out(array))]).toEqual([array, array, array])
      expect(e.get(e.t())).toBe(0)
    })

    test('numbers in range are i31, in either hierarchy', () => {
      for (const n of [0, 1, -1, 2 ** 30 - 1, -(2 ** 30)]) {
        for (const through of ['any', 'eq', 'i31', 'out', 'in', 'extern', 'some']) expect(e[through](n)).toBe(n)
        expect(e.kind(n)).toBe(1)
      }
      expect(errorOf(() => e.i31(2 ** 30))).toBe('HostError: cannot convert 1073741824 to i31ref')
      expect(errorOf(() => e.i31(-0))).toBe('HostError: cannot convert -0 to i31ref')
      expect(errorOf(() => e.i31(0.5))).toBe('HostError: cannot convert 0.5 to i31ref')
      expect(errorOf(() => e.i31('1'))).toBe('HostError: cannot convert "1" to i31ref')
      expect(errorOf(() => e.eq(true))).toBe('HostError: cannot convert true to eqref')
    })

    test('any other value is one of the host: it passes unchanged, and is nothing else', () => {
      for (const value of hosts) {
        for (const through of ['any', 'out', 'in', 'extern', 'some']) expect(e[through](value)).toBe(value)
        expect(e.kind(value)).toBe(5)
        for (const name of ['eq', 'i31', 'struct', 'array', 'none', 'get', 'call', 'nofunc', 'noextern']) {
          expect(
            errorOf(() => e[name](value)),
            name,
          ).toMatch(/^HostError: cannot convert /)
        }
      }
      expect([null, 3, e.s(0), e.a()].map((value) => e.kind(value))).toEqual([0, 1, 2, 3])
    })

    test('null goes where the type has it', () => {
      for (const name of ['any', 'eq', 'i31', 'struct', 'array', 'none', 'nofunc', 'noextern', 'extern', 'out', 'in'])
        expect(e[name](null)).toBe(null)
      expect(errorOf(() => e.get(null))).toBe('HostError: cannot convert null to a reference to a struct type')
      expect(errorOf(() => e.some(null))).toBe('HostError: cannot convert null to (ref any)')
      expect(errorOf(() => e.set(null, 1))).toBe('Trap: null structure reference')
    })

    test('an object or function of another type is refused', () => {
      expect(errorOf(() => e.get(e.a()))).toBe(
        'HostError: cannot convert a WebAssembly object of another type to a reference to a struct type',
      )
      expect(errorOf(() => e.array(e.s(1)))).toBe('HostError: cannot convert a WebAssembly object of another type to arrayref')
      expect(errorOf(() => e.get({}))).toBe('HostError: cannot convert an object to a reference to a struct type')
      expect(e.call(e.inc, 4)).toBe(5)
      expect(errorOf(() => e.call(e.nothing, 4))).toBe(
        'HostError: cannot convert a WebAssembly function of another type to a nullable reference to a func type',
      )
      expect(errorOf(() => e.call(() => 1, 4))).toBe(
        'HostError: cannot convert a JavaScript function to a nullable reference to a func type',
      )
      // Of `any` a function is a value of the host.
      expect(e.any(e.inc)).toBe(e.inc)
    })

    test('globals and tables convert alike', () => {
      const { g, gs, table, tables } = exportsOf(source, {}, options)
      expect(g.value).toBe(5)
      g.value = e.s(3)
      expect(e.get(g.value)).toBe(3)
      expect(errorOf(() => (g.value = 'x'))).toBe('HostError: cannot convert "x" to eqref')
      expect(gs.value).toBe(null)
      gs.value = e.t()
      expect(errorOf(() => (gs.value = 4))).toBe('HostError: cannot convert 4 to a nullable reference to a struct type')
      table.set(1, -9)
      expect([table.get(0), table.get(1)]).toEqual([null, -9])
      expect(errorOf(() => table.set(0, e.s(1)))).toBe('HostError: cannot convert a WebAssembly object of another type to i31ref')
      expect(table.grow(1, 12)).toBe(2)
      expect(table.get(2)).toBe(12)
      expect(e.get(tables.get(0))).toBe(0)
      expect(errorOf(() => tables.grow(1))).toBe('HostError: cannot convert null to a reference to a struct type')
    })
  })
}

describe('references of the host', () => {
  test('imports: functions, globals, tables', () => {
    const seen: unknown[] = []
    const give = (x: unknown): unknown => (seen.push(x), x)
    const table = new WasmTable({ initial: 1, element: 'anyref' })
    const global = new WasmGlobal({ type: 'structref', mutable: true })
    const e = exportsOf(
      `(module
        (type $s (sub (struct (field i32))))
        (import "h" "any" (func $any (param anyref) (result anyref)))
        (import "h" "s" (func $s (param (ref $s)) (result (ref null $s))))
        (import "h" "table" (table 1 anyref))
        (import "h" "global" (global $g (mut structref)))
        (import "h" "seven" (global $seven i31ref))
        (func (export "any") (param i32) (result i32)
          (ref.test (ref i31) (call $any (ref.i31 (local.get 0)))))
        (func (export "s") (result i32) (local $x (ref $s))
          (local.set $x (struct.new $s (i32.const 4)))
          (global.set $g (local.get $x)) (table.set (i32.const 0) (local.get $x))
          (ref.eq (call $s (local.get $x)) (local.get $x)))
        (func (export "seven") (result i32) (i31.get_s (global.get $seven))))`,
      { h: { any: give, s: give, table, global, seven: 7 } },
    )
    expect([e.any(-3), e.s(), e.seven()]).toEqual([1, 1, 7])
    expect(seen[0]).toBe(-3)
    expect(table.get(0)).toBe(seen[1])
    expect(global.value).toBe(seen[1])
  })

  test('what a host function returns is checked', () => {
    const e = exportsOf(
      `(module (type $s (struct)) (import "h" "f" (func (result (ref $s)))) (import "h" "two" (func $two (result i31ref eqref)))
        (func (export "f") (drop (call 0))) (func (export "two") (drop (drop (call $two)))))`,
      { h: { f: () => null, two: () => [1, 'no'] } },
    )
    expect(errorOf(() => e.f())).toBe('HostError: cannot convert null to a reference to a struct type')
    expect(errorOf(() => e.two())).toBe('HostError: cannot convert "no" to eqref')
  })

  test('an import of a global of the wrong type, or value', () => {
    const i31 = `(module (import "h" "g" (global i31ref)))`
    expect(errorOf(() => exportsOf(i31, { h: { g: new WasmGlobal({ type: 'eqref' }) } }))).toMatch(/^LinkError: incompatible import type/)
    expect(errorOf(() => exportsOf(i31, { h: { g: 1.5 } }))).toBe('HostError: cannot convert 1.5 to i31ref')
    expect(errorOf(() => exportsOf(`(module (import "h" "g" (global eqref)))`, { h: { g: new WasmGlobal({ type: 'i31ref' }) } }))).toBe(
      'none',
    )
  })

  test('objects pass between stores and survive a parked call', async () => {
    const one = exportsOf(
      '(module (type $s (sub (struct (field i32)))) (func (export "make") (result (ref $s)) (struct.new $s (i32.const 9))))',
    )
    const two = instantiate(
      compile(
        watToWasm(`(module (type $s (sub (struct (field i32)))) (import "h" "later" (func $later (param anyref) (result anyref)))
          (func (export "get") (param anyref) (result i32) (struct.get $s 0 (ref.cast (ref $s) (call $later (local.get 0))))))`),
      ),
      { h: { later: suspending((x: unknown) => Promise.resolve(x)) } },
    )
    expect(await two.invokeAsync('get', one.make())).toBe(9)
    await expect(two.invokeAsync('get', 3)).rejects.toThrow('cast failure')
  })
})
