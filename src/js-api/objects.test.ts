/** Memory, Table, Global: conversions, limits, buffers that are detached, identity. Node's own WebAssembly passes the same tests. */
import { describe, expect, test } from 'vitest'
import { watToWasm } from '../text/index.ts'
import { WebAssembly as ours } from './index.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- the namespace is used wrongly on purpose
type Anything = any
const PAGE = 65536

describe.each([
  ['vitrine', ours as Anything],
  ['Node', (globalThis as Anything).WebAssembly],
])('%s', (_, WebAssembly) => {
  const exportsOf = (source: string, imports = {}): Anything =>
    new WebAssembly.Instance(new WebAssembly.Module(watToWasm(source)), imports).exports

  describe('Memory', () => {
    test('the buffer is the memory itself, of its length, until it grows', () => {
      const { m, load, grow } = exportsOf(`(module (memory (export "m") 1 5)
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`)
      expect(grow(1)).toBe(1)
      const before = m.buffer as ArrayBuffer
      expect(before.byteLength).toBe(2 * PAGE)
      expect(m.buffer).toBe(before)
      const bytes = new Uint8Array(before)
      bytes[70_000] = 7
      expect(load(70_000)).toBe(7)

      expect(grow(1)).toBe(2)
      expect([before.byteLength, bytes.length]).toEqual([0, 0])
      const after = m.buffer as ArrayBuffer
      expect(after.byteLength).toBe(3 * PAGE)
      new Uint8Array(after)[70_001] = 8
      expect([load(70_000), load(70_001)]).toEqual([7, 8])

      expect(m.grow(0)).toBe(3)
      expect(after.byteLength).toBe(0)
      expect(new Uint8Array(m.buffer as ArrayBuffer)[70_001]).toBe(8)

      const last = m.buffer
      expect(grow(3)).toBe(-1)
      expect(() => m.grow(3)).toThrow(RangeError)
      expect(m.buffer).toBe(last)
      expect(last.byteLength).toBe(3 * PAGE)
      expect(() => load(3 * PAGE)).toThrow(WebAssembly.RuntimeError)
    })

    test('views taken by an import see what Wasm writes after it, also when the import was the first to ask', () => {
      const seen: number[] = []
      const memory = new WebAssembly.Memory({ initial: 1 })
      let view = new Uint8Array(0)
      const take = (): void => {
        view = new Uint8Array(memory.buffer as ArrayBuffer)
      }
      const look = (): void => void seen.push(view[10]!, view.length)
      exportsOf(
        `(module (import "e" "m" (memory 1)) (import "e" "take" (func $take)) (import "e" "look" (func $look))
          (func (export "run") (i32.store8 (i32.const 10) (i32.const 1)) (drop (memory.grow (i32.const 1)))
            (call $take) (i32.store8 (i32.const 10) (i32.const 2)) (call $look)
            (drop (memory.grow (i32.const 1))) (call $look) (call $take) (call $look)))`,
        { e: { m: memory, take, look } },
      ).run()
      expect(seen).toEqual([2, 2 * PAGE, undefined, 0, 2, 3 * PAGE])
    })

    test('descriptors', () => {
      for (const wrong of [
        undefined,
        null,
        1,
        {},
        { initial: -1 },
        { initial: NaN },
        { initial: 2 ** 32 },
        { initial: 1n },
        { initial: 0, maximum: -1 },
      ])
        expect(() => new WebAssembly.Memory(wrong)).toThrow(TypeError)
      expect(() => new WebAssembly.Memory({ initial: 2, maximum: 1 })).toThrow(RangeError)
      expect(new WebAssembly.Memory({ initial: '1.9' }).buffer.byteLength).toBe(PAGE)
      expect(() => new WebAssembly.Memory({ initial: 0, shared: true })).toThrow(TypeError)
    })

    test('a shared memory has a SharedArrayBuffer, a new one when it has grown, on the same bytes', () => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 3, shared: true })
      const before = memory.buffer
      expect(before).toBeInstanceOf(SharedArrayBuffer)
      expect([before.byteLength, Object.isFrozen(before), memory.buffer === before]).toEqual([PAGE, true, true])
      expect(memory.grow(1)).toBe(1)
      const after = memory.buffer
      expect([after === before, before.byteLength, after.byteLength]).toEqual([false, PAGE, 2 * PAGE])
      new Uint8Array(before)[5] = 9
      expect(new Uint8Array(after)[5]).toBe(9)
    })
  })

  describe('Table', () => {
    const { f, g } = exportsOf('(module (func (export "f")) (func (export "g")))')

    test('elements are exported functions, always the same', () => {
      const table = new WebAssembly.Table({ element: 'anyfunc', initial: 2, maximum: 5 }, f)
      expect([table.get(0), table.get(1), table.length]).toEqual([f, f, 2])
      table.set(0, g)
      table.set(1)
      expect([table.get(0), table.get(1)]).toEqual([g, null])
      expect(table.grow(2, f)).toBe(2)
      expect([table.get(3), table.length]).toEqual([f, 4])
      expect(() => table.grow(2)).toThrow(RangeError)
      for (const wrong of [undefined, 1, {}, () => {}]) expect(() => table.set(0, wrong)).toThrow(TypeError)
      for (const wrong of [4, 2 ** 32 - 1]) expect(() => table.get(wrong)).toThrow(RangeError)
      for (const wrong of [-1, NaN, 2 ** 32, 1n, undefined]) expect(() => table.get(wrong)).toThrow(TypeError)
    })

    test('of external references, where nothing given is undefined', () => {
      const table = new WebAssembly.Table({ element: 'externref', initial: 1 })
      expect(table.get(0)).toBe(undefined)
      table.grow(1, 'x')
      table.set(0, null)
      expect([table.get(0), table.get(1)]).toEqual([null, 'x'])
      table.set(1)
      expect(table.get(1)).toBe(undefined)
    })

    test('descriptors and limits', () => {
      for (const wrong of [undefined, {}, { element: 'anyfunc' }, { element: 'i32', initial: 1 }, { element: 'anyfunc', initial: -1 }])
        expect(() => new WebAssembly.Table(wrong)).toThrow(TypeError)
      expect(() => new WebAssembly.Table({ element: 'anyfunc', initial: 2, maximum: 1 })).toThrow(RangeError)
      const most = new WebAssembly.Table({ element: 'anyfunc', initial: 1 })
      expect(() => most.grow(10_000_000)).toThrow(RangeError)
    })
  })

  describe('Global', () => {
    test.each([
      ['i32', '0x10', 16],
      ['i32', 2 ** 31, -(2 ** 31)],
      ['i64', 2n ** 63n, -(2n ** 63n)],
      ['i64', '12', 12n],
      ['i64', true, 1n],
      ['f32', 0.1, Math.fround(0.1)],
      ['f64', { valueOf: () => -0 }, -0],
      ['externref', null, null],
    ])('%s of %s', (value, given, seen) => {
      const global = new WebAssembly.Global({ value, mutable: true }, given)
      expect(global.value).toBe(seen)
      global.value = given
      expect(global.valueOf()).toBe(seen)
    })

    test('defaults, wrong values, immutability', () => {
      expect(['i32', 'i64', 'f64', 'anyfunc'].map((value) => new WebAssembly.Global({ value }).value)).toEqual([0, 0n, 0, null])
      for (const [value, wrong] of [
        ['i32', 1n],
        ['i32', Symbol()],
        ['i64', 1],
        ['i64', null],
        ['anyfunc', {}],
        ['v128', 0],
      ])
        expect(() => new WebAssembly.Global({ value }, wrong)).toThrow(TypeError)
      const global = new WebAssembly.Global({ value: 'i32' }, 1)
      expect(() => (global.value = 2)).toThrow(TypeError)
      expect(global.value).toBe(1)
      const { v } = exportsOf('(module (global (export "v") v128 (v128.const i64x2 1 2)))')
      expect(() => v.value as unknown).toThrow(TypeError)
    })
  })

  test('one object for one thing of the store, whoever exports it', () => {
    const a = exportsOf(
      '(module (memory (export "m") 1) (table (export "t") 1 funcref) (global (export "g") (mut i32) (i32.const 3)) (func (export "f")) (tag (export "e")))',
    )
    const b = exportsOf(
      `(module (import "a" "m" (memory $m 1)) (import "a" "t" (table $t 1 funcref)) (import "a" "g" (global $g (mut i32))) (import "a" "f" (func $f)) (import "a" "e" (tag $e))
        (export "m" (memory $m)) (export "t" (table $t)) (export "g" (global $g)) (export "f" (func $f)) (export "f2" (func $f)) (export "e" (tag $e)))`,
      { a },
    )
    for (const name of ['m', 't', 'g', 'f', 'e']) expect(b[name], name).toBe(a[name])
    expect(b.f2).toBe(a.f)
    expect(Object.isFrozen(b)).toBe(true)
    expect(Object.getPrototypeOf(b)).toBe(null)
  })
})

describe('beyond what Node 20 has', () => {
  test('64-bit addresses are BigInts', () => {
    const memory = new ours.Memory({ initial: 1n, maximum: 3n, address: 'i64' })
    expect(memory.grow(1n)).toBe(1n)
    expect(() => memory.grow(1)).toThrow(TypeError)
    expect(() => memory.grow(2n ** 64n)).toThrow(TypeError)
    expect(() => memory.grow(2n ** 64n - 1n)).toThrow(RangeError)
    const table = new ours.Table({ element: 'anyfunc', initial: 2n, address: 'i64' })
    expect([table.length, table.get(1n), table.grow(1n)]).toEqual([2n, null, 2n])
    expect(() => new ours.Memory({ initial: 1, address: 'i32n' as 'i32' })).toThrow(TypeError)
  })

  test('a global of an external reference is undefined by default', () => {
    expect(new ours.Global({ value: 'externref' }).value).toBe(undefined)
  })

  test('type() tells what a thing was declared as', () => {
    expect(new ours.Memory({ initial: 1, maximum: 2 }).type()).toEqual({ minimum: 1, maximum: 2, shared: false, address: 'i32' })
    expect(new ours.Memory({ initial: 1n, address: 'i64' }).type()).toEqual({ minimum: 1n, shared: false, address: 'i64' })
    expect(new ours.Table({ element: 'anyfunc', initial: 1 }).type()).toEqual({ element: 'funcref', minimum: 1, address: 'i32' })
    expect(new ours.Global({ value: 'i64', mutable: true }).type()).toEqual({ value: 'i64', mutable: true })
    expect(new ours.Tag({ parameters: ['i32', 'externref'] }).type()).toEqual({ parameters: ['i32', 'externref'] })
  })

  test.runIf('resize' in ArrayBuffer.prototype)('a resizable buffer stays while the memory grows', () => {
    const memory = new ours.Memory({ initial: 1, maximum: 3 })
    const fixed = memory.buffer
    const buffer = memory.toResizableBuffer() as ArrayBuffer & { maxByteLength: number; resize(length: number): void }
    expect([fixed.byteLength, buffer.byteLength, buffer.maxByteLength, memory.buffer === buffer]).toEqual([0, PAGE, 3 * PAGE, true])
    memory.grow(1)
    expect([buffer.byteLength, memory.buffer === buffer]).toEqual([2 * PAGE, true])
    buffer.resize(3 * PAGE)
    expect(memory.type().minimum).toBe(3)
    for (const wrong of [PAGE, 3 * PAGE + 1, 4 * PAGE]) expect(() => buffer.resize(wrong)).toThrow(RangeError)
    const again = memory.toFixedLengthBuffer()
    expect([again.byteLength, buffer.byteLength, memory.toFixedLengthBuffer() === again]).toEqual([3 * PAGE, 0, true])
    expect(() => new ours.Memory({ initial: 1 }).toResizableBuffer()).toThrow(TypeError)
  })
})
