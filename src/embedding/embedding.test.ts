/** What JS code meets at the edge of the engine: imports by name, host objects, sizes and limits, values of all types, errors. */
import { describe, expect, test } from 'vitest'
import {
  type Imports,
  InvalidError,
  LimitError,
  LinkError,
  MalformedError,
  UnsupportedError,
  VitrineError,
  WasmGlobal,
  WasmMemory,
  WasmTable,
  compile,
  instantiate,
  isInvalid,
  isLimit,
  isLinkError,
  isMalformed,
  isTrap,
  isUnsupported,
  isVitrineError,
} from '../index.ts'
import { watToWasm } from '../text/index.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- exports of many shapes
type Anything = any
const wat = (source: string): ReturnType<typeof compile> => compile(watToWasm(source))
const exportsOf = (source: string, imports: Imports = {}, options = {}): Anything => instantiate(wat(source), imports, options).exports
function thrown(f: () => unknown): Anything {
  try {
    f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

describe('imports', () => {
  const source = '(module (import "m" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))'

  test('from plain objects, objects without a prototype, and methods of classes', () => {
    class Host {
      f(): number {
        return 3
      }
    }
    class Derived extends Host {}
    const bare = Object.assign(Object.create(null) as object, { f: () => 2 })
    for (const [m, result] of [
      [{ f: () => 1 }, 1],
      [bare, 2],
      [new Host(), 3],
      [new Derived(), 3],
      [Object.create(bare), 2],
    ])
      expect(exportsOf(source, { m } as Imports).run()).toBe(result)
    class All {
      get m(): object {
        return { f: () => 4 }
      }
    }
    expect(exportsOf(source, new All() as unknown as Imports).run()).toBe(4)
  })

  test('never what every object inherits', () => {
    class Host {}
    for (const [module, name] of [
      ['constructor', 'assign'],
      ['__proto__', 'toString'],
      ['toString', 'call'],
      ['m', 'constructor'],
      ['m', 'toString'],
      ['m', '__proto__'],
      ['m', 'hasOwnProperty'],
    ]) {
      const module_ = wat(`(module (import "${module}" "${name}" (func (param externref) (result externref))))`)
      for (const m of [{}, new Host() as {}]) expect(() => instantiate(module_, { m }), `${module}.${name}`).toThrow(/^unknown import/)
    }
  })

  test('what is missing or of another kind is a LinkError that names it', () => {
    const cases: [string, Imports, string][] = [
      [source, {}, 'unknown import: there is no import module "m" (for m.f)'],
      [source, { m: 1 as never }, 'unknown import: there is no import module "m" (for m.f)'],
      [source, { m: {} }, 'unknown import: m.f is not given'],
      [source, { m: { f: 1 } }, 'incompatible import type: m.f must be a func'],
      [source, { m: exportsOf('(module (func (export "f")))') }, 'incompatible import type: m.f does not match'],
      [
        '(module (import "m" "f" (memory 2)))',
        { m: { f: new WasmMemory({ initial: 1 }) } },
        'incompatible import type: m.f does not match',
      ],
      ['(module (import "m" "f" (memory 1)))', { m: { f: new ArrayBuffer(65536) } }, 'incompatible import type: m.f must be a memory'],
      [
        '(module (import "m" "f" (table 1 funcref)))',
        { m: { f: new WasmTable({ initial: 1, element: 'externref' }) } },
        'incompatible import type',
      ],
      ['(module (import "m" "f" (global (mut i32))))', { m: { f: 1 } }, 'incompatible import type: m.f must be a global'],
      ['(module (import "m" "f" (global i64)))', { m: { f: 1 } }, 'incompatible import type: m.f must be a global'],
    ]
    for (const [text, imports, message] of cases) {
      const error = thrown(() => instantiate(wat(text), imports))
      expect(error).toBeInstanceOf(LinkError)
      expect(isLinkError(error)).toBe(true)
      expect(error.message).toContain(message)
      expect(error.offset).toBeGreaterThan(8)
    }
  })

  test('numbers and bigints for immutable globals', () => {
    const exports = exportsOf(
      `(module (import "m" "i" (global $i i32)) (import "m" "l" (global $l i64)) (import "m" "f" (global $f f32)) (import "m" "d" (global $d f64)) (import "m" "r" (global $r externref))
        (func (export "all") (result i32 i64 f32 f64 externref) (global.get $i) (global.get $l) (global.get $f) (global.get $d) (global.get $r)))`,
      { m: { i: -1, l: -1n, f: 0.1, d: 0.1, r: 'x' } },
    )
    expect(exports.all()).toEqual([-1, -1n, Math.fround(0.1), 0.1, 'x'])
  })
})

describe('host objects', () => {
  test('a memory: shared by two instances, grown from both sides, its views', () => {
    const memory = new WasmMemory({ initial: 1, maximum: 5 })
    const source = `(module (import "m" "memory" (memory 1)) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0))) (func (export "size") (result i32) (memory.size)) (export "memory" (memory 0)))`
    const [a, b] = [0, 1].map(() => exportsOf(source, { m: { memory } }))
    expect(a.memory).toBe(memory)
    const view = memory.view()
    expect(view).toHaveLength(65536)
    expect(memory.view()).toBe(view)
    view[4] = 7
    memory.dataView().setInt32(8, 99, true)
    expect([a.load(4), b.load(8)]).toEqual([7, 99])
    expect(a.grow(1)).toBe(1)
    expect(memory.grow(1)).toBe(2)
    expect([a.size(), b.size(), memory.pages, memory.byteLength]).toEqual([3, 3, 3, 3 * 65536])
    // The old view is over: the new one has the bytes and the new length.
    expect(view).toHaveLength(65536)
    expect(memory.view()).toHaveLength(3 * 65536)
    expect([memory.view()[4], memory.dataView().getInt32(8, true), memory.dataView().byteLength]).toEqual([7, 99, 3 * 65536])
    expect([a.load(3 * 65536 - 4), thrown(() => a.load(3 * 65536 - 3)).message]).toEqual([0, 'out of bounds memory access'])
    expect(b.grow(3)).toBe(-1)
    expect(() => memory.grow(3)).toThrow('memory cannot grow by 3 pages from 3')
    for (const wrong of [-1, 0.5, NaN, Infinity, '1' as never]) expect(() => memory.grow(wrong), String(wrong)).toThrow(/cannot grow/)
    expect(memory.grow(2)).toBe(3)
    expect(memory.grow(0)).toBe(5)
    expect([a.load(4), a.load(8), memory.pages]).toEqual([7, 99, 5])
  })

  test('a table: get, set, grow, of functions and of anything', () => {
    const table = new WasmTable({ initial: 2, maximum: 4 })
    const { f, run } = exportsOf(
      `(module (import "m" "t" (table 2 funcref)) (func (export "f") (result i32) (i32.const 6))
        (func (export "run") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))`,
      { m: { t: table } },
    )
    expect([table.length, table.get(0)]).toEqual([2, null])
    expect(thrown(() => run(1)).message).toBe('uninitialized element 1')
    table.set(1, f)
    expect([table.get(1), run(1)]).toEqual([f, 6])
    expect(table.grow(2, f)).toBe(2)
    expect([run(3), thrown(() => run(4)).message]).toEqual([6, 'undefined element 4'])
    expect(() => table.grow(1)).toThrow('table cannot grow by 1 elements from 4')
    for (const wrong of [-1, 1.5, NaN]) expect(() => table.grow(wrong), String(wrong)).toThrow(/cannot grow/)
    expect(table.length).toBe(4)
    for (const wrong of [-1, 4, 0.5, NaN]) expect(() => table.get(wrong), String(wrong)).toThrow('is not below 4')
    for (const wrong of [() => 1, 1, {}, undefined]) expect(() => table.set(0, wrong)).toThrow('cannot convert')
    const anything = new WasmTable({ initial: 1, element: 'externref' })
    for (const value of [undefined, null, 0, 'x', Symbol('s'), NaN]) {
      anything.set(0, value)
      expect(anything.get(0)).toBe(value)
    }
  })

  test('globals of every type', () => {
    const all = { i32: -5, i64: -(2n ** 63n), f32: 0.5, f64: -0, externref: { x: 1 } } as const
    for (const type of Object.keys(all) as (keyof typeof all)[]) {
      const global = new WasmGlobal({ type, mutable: true, value: all[type] })
      const { get, set } = exportsOf(
        `(module (import "m" "g" (global $g (mut ${type}))) (func (export "get") (result ${type}) (global.get $g)) (func (export "set") (param ${type}) (global.set $g (local.get 0))))`,
        { m: { g: global } },
      )
      expect(get()).toBe(all[type])
      expect(global.value).toBe(all[type])
      const other = type === 'i64' ? 5n : type === 'externref' ? 'other' : 7
      set(other)
      expect(global.value).toBe(other)
      global.value = all[type]
      expect(get()).toBe(all[type])
    }
    expect(new WasmGlobal({ type: 'i64' }).value).toBe(0n)
    expect(new WasmGlobal({ type: 'externref' }).value).toBe(null)
    expect(() => (new WasmGlobal({ type: 'i32', value: 1 }).value = 2)).toThrow('global is immutable')
    expect(() => new WasmGlobal({ type: 'i31' as never })).toThrow("unknown value type 'i31'")
    expect(() => new WasmGlobal({ type: 'i64', value: 0.5 })).toThrow('cannot convert 0.5 to i64')
  })

  test('sizes that cannot be', () => {
    for (const init of [{ initial: -1 }, { initial: 0.5 }, { initial: 65537 }, { initial: 2, maximum: 1 }, {} as never]) {
      expect(isVitrineError(thrown(() => new WasmMemory(init))), JSON.stringify(init)).toBe(true)
    }
    expect(thrown(() => new WasmMemory({ initial: 65536 }))).toMatchObject({ limit: 'memory' })
    expect(thrown(() => new WasmTable({ initial: 10_000_001 }))).toMatchObject({ limit: 'table' })
  })
})

describe('limits', () => {
  test('memory: 1 GiB unless told otherwise', () => {
    expect(thrown(() => exportsOf('(module (memory 16385))'))).toMatchObject({ name: 'LimitError', limit: 'memory' })
    const { grow } = exportsOf('(module (memory 0) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))')
    expect([grow(16385), grow(-1), grow(1), grow(0)]).toEqual([-1, -1, 0, 1])
    const small = exportsOf(
      '(module (memory 1 10) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))',
      {},
      {
        limits: { memory: 3 * 65536 + 5 },
      },
    )
    expect([small.grow(3), small.grow(2), small.grow(1)]).toEqual([-1, 1, -1])
  })

  test('tables: 10,000,000 elements unless told otherwise', () => {
    const error = thrown(() => exportsOf('(module (table 10000001 funcref))'))
    expect(error).toBeInstanceOf(LimitError)
    expect(isLimit(error)).toBe(true)
    const { grow } = exportsOf(
      '(module (table 0 funcref) (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))',
    )
    expect([grow(10_000_001), grow(-1), grow(5), grow(0)]).toEqual([-1, -1, 0, 5])
    expect(() => exportsOf('(module (table 6 funcref))', {}, { limits: { table: 5 } })).toThrow('table 0 wants 6 elements')
  })

  test('options that cannot be', () => {
    for (const options of [{ tier: 'quick' }, { executor: 'fast' }, { fuel: -1 }, { timeout: NaN }, { limits: { frames: 'many' } }]) {
      const error = thrown(() => exportsOf('(module)', {}, options))
      expect(error).toBeInstanceOf(VitrineError)
      expect(error.code).toBe('usage')
    }
  })
})

describe('values', () => {
  const id = (type: string, options = {}): ((x?: unknown) => unknown) =>
    exportsOf(`(module (func (export "f") (param ${type}) (result ${type}) (local.get 0)))`, {}, options).f

  test('numbers convert as the JS API has it', () => {
    const i32 = id('i32')
    expect([2 ** 32 + 5, -1, 2 ** 31, 1.9, -1.9, NaN, Infinity, '7', null, undefined, true].map(i32)).toEqual([
      5,
      -1,
      -(2 ** 31),
      1,
      -1,
      0,
      0,
      7,
      0,
      0,
      1,
    ])
    const f32 = id('f32')
    expect([0.1, 1e40, -0, NaN, 5e-324].map(f32)).toEqual([Math.fround(0.1), Infinity, -0, NaN, 0])
    const f64 = id('f64')
    expect([0.1, 1e308, -0, NaN, 5e-324, undefined].map(f64)).toEqual([0.1, 1e308, -0, NaN, 5e-324, NaN])
    for (const f of [i32, f32, f64]) expect(() => f(1n)).toThrow(/^cannot convert 1n to/)
    expect(() => i32(Symbol('s'))).toThrow('cannot convert a symbol to i32')
  })

  test('i64 as bigint, wrapped to 64 bits', () => {
    const f = id('i64')
    expect([0n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n + 7n, 0x1_2345_6789n, 5, -5, 2 ** 40].map(f)).toEqual([
      0n,
      -1n,
      -(2n ** 63n),
      -(2n ** 63n),
      7n,
      0x1_2345_6789n,
      5n,
      -5n,
      2n ** 40n,
    ])
    for (const wrong of [0.5, NaN, '5', null, undefined, {}, [1]]) expect(() => f(wrong)).toThrow(/^cannot convert .* to i64/)
  })

  test('i64 as pairs', () => {
    const f = id('i64', { i64: 'pair' })
    expect([[1, 2], [-1, -1], [0, -(2 ** 31)], 5n, -1].map(f)).toEqual([
      [1, 2],
      [-1, -1],
      [0, -(2 ** 31)],
      [5, 0],
      [-1, -1],
    ])
    const seen: unknown[] = []
    const { run, g } = exportsOf(
      `(module (import "h" "f" (func $f (param i64 i32 i64) (result i64))) (global (export "g") (mut i64) (i64.const -2))
        (func (export "run") (result i64) (call $f (i64.const -1) (i32.const 7) (i64.const 0x500000006))))`,
      { h: { f: (...args: unknown[]) => (seen.push(...args), [3, 4]) } },
      { i64: 'pair' },
    )
    expect(run()).toEqual([3, 4])
    expect(seen).toEqual([[-1, -1], 7, [6, 5]])
    expect(g.value).toEqual([-2, -1])
    g.value = [8, 9]
    expect(g.value).toEqual([8, 9])
  })

  test('NaN keeps its bits on the way through memory, and is NaN in JS', () => {
    const { load, memory } = exportsOf('(module (memory (export "memory") 1) (func (export "load") (result f64) (f64.load (i32.const 0))))')
    memory.dataView().setBigUint64(0, 0x7ff4_0000_dead_beefn, true)
    expect(load()).toBeNaN()
    expect(memory.dataView().getBigUint64(0, true)).toBe(0x7ff4_0000_dead_beefn)
  })

  test('1,000 results, and what a host function returns for several', () => {
    const n = 1000
    const many = exportsOf(
      `(module (func (export "f") (result ${'i32 '.repeat(n)}) ${Array.from({ length: n }, (_, i) => `(i32.const ${i})`).join('')}))`,
    )
    expect(many.f()).toEqual(Array.from({ length: n }, (_, i) => i))
    const two = (f: unknown): Anything =>
      exportsOf('(module (import "h" "f" (func $f (result i32 f64))) (func (export "run") (result i32 f64) (call $f)))', {
        h: { f } as never,
      })
    expect(two(() => [1, 2.5]).run()).toEqual([1, 2.5])
    expect(two(() => new Set([3, 4])).run()).toEqual([3, 4])
    for (const wrong of [1, undefined, null, [1], [1, 2, 3], 'ab', {}])
      expect(thrown(() => two(() => wrong).run()).message, JSON.stringify(wrong)).toBe('h.f must return 2 values')
    expect(thrown(() => two(() => [1n, 2]).run()).message).toBe('cannot convert 1n to i32')
  })

  test('functions keep their identity and their shape', () => {
    const { f, get, table, g } = exportsOf(
      '(module (table (export "table") funcref (elem $f)) (global (export "g") funcref (ref.func $f)) (func $f (export "f") (param i32 i32)) (func (export "get") (result funcref) (table.get 0 (i32.const 0))))',
    )
    expect([get(), table.get(0), g.value]).toEqual([f, f, f])
    expect([f.length, f.name]).toEqual([2, '0'])
    expect(() => new f()).toThrow(TypeError)
  })
})

describe('errors', () => {
  test('each kind has a class, a code and a predicate', () => {
    const kinds: [() => unknown, unknown, (e: unknown) => boolean, object][] = [
      [() => compile(new Uint8Array(0)), MalformedError, isMalformed, { code: 'malformed', offset: 0 }],
      [() => compile(new TextEncoder().encode('not wasm')), MalformedError, isMalformed, { code: 'malformed', offset: 0 }],
      [
        () => wat('(module (func (result i32)))'),
        InvalidError,
        isInvalid,
        { code: 'invalid', rule: 'type mismatch: instruction requires [i32] but stack has []' },
      ],
    ]
    for (const [f, type, is, like] of kinds) {
      const error = thrown(f)
      expect(error).toBeInstanceOf(type)
      expect(is(error)).toBe(true)
      expect(error).toMatchObject(like)
      expect([isMalformed, isInvalid, isUnsupported, isLinkError, isLimit, isTrap].filter((p) => p(error))).toEqual([is])
    }
    expect(new UnsupportedError('x', 'y')).toMatchObject({ code: 'unsupported', feature: 'x' })
  })

  test('bytes in any form; anything else is refused in plain words', () => {
    const bytes = watToWasm('(module (func (export "f") (result i32) (i32.const 1)))')
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    for (const form of [bytes, bytes.slice().buffer, shifted.subarray(3), Buffer.from(bytes)])
      expect((instantiate(compile(form as Uint8Array)).exports as Anything).f()).toBe(1)
    for (const wrong of [undefined, null, 'text', 5, {}, [0, 97, 115, 109]])
      expect(isVitrineError(thrown(() => compile(wrong as never))), JSON.stringify(wrong)).toBe(true)
    expect(() => instantiate(bytes as never)).toThrow('instantiate takes a module')
    expect(() => instantiate(compile(bytes), null as never)).toThrow('imports must be an object')
  })

  test('the error of a host function comes through as it is', () => {
    const error = new RangeError('mine')
    const { run } = exportsOf('(module (import "h" "f" (func $f)) (func (export "run") (call $f)))', {
      h: {
        f: () => {
          throw error
        },
      },
    })
    expect(thrown(run)).toBe(error)
  })

  test('a name that is not exported lists those that are', () => {
    const instance = instantiate(wat('(module (func (export "a")) (func (export "b")) (memory (export "m") 1))'))
    for (const name of ['c', 'm', 'toString']) {
      expect(() => instance.invoke(name)).toThrow(`there is no exported function "${name}"; there are: a, b`)
      expect(() => instance.begin(name)).toThrow('there are: a, b')
    }
    expect(Object.keys(instance.exports)).toEqual(['a', 'b', 'm'])
    expect(Object.isFrozen(instance.exports)).toBe(true)
  })
})
