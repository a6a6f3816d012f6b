/** Builtin string functions and imported string constants. */
import { describe, expect, test } from 'vitest'
import { watToWasm } from '../text/index.ts'
import { WebAssembly } from './index.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- exports of many shapes
type Anything = any
const signatures = {
  cast: '(param externref) (result (ref extern))',
  test: '(param externref) (result i32)',
  fromCharCodeArray: '(param (ref null $a) i32 i32) (result (ref extern))',
  intoCharCodeArray: '(param externref (ref null $a) i32) (result i32)',
  fromCharCode: '(param i32) (result (ref extern))',
  fromCodePoint: '(param i32) (result (ref extern))',
  charCodeAt: '(param externref i32) (result i32)',
  codePointAt: '(param externref i32) (result i32)',
  length: '(param externref) (result i32)',
  concat: '(param externref externref) (result (ref extern))',
  substring: '(param externref i32 i32) (result (ref extern))',
  equals: '(param externref externref) (result i32)',
  compare: '(param externref externref) (result i32)',
}
const source = `(module (type $a (array (mut i16)))
  ${Object.entries(signatures)
    .map(([name, type]) => `(import "wasm:js-string" "${name}" (func $${name} ${type}))`)
    .join('\n')}
  ${Object.keys(signatures)
    .map((name) => `(export "${name}" (func $${name}))`)
    .join('\n')}
  (func (export "array") (param i32) (result (ref $a)) (array.new_default $a (local.get 0)))
  (func (export "at") (param (ref $a) i32) (result i32) (array.get_u $a (local.get 0) (local.get 1)))
  (func (export "guarded") (param externref) (result i32) (block $c (try_table (catch_all $c) (return (call $length (local.get 0))))) (i32.const -1)))`
const bytes = watToWasm(source)
const options = { builtins: ['js-string'] }

describe('js-string', () => {
  const s = new WebAssembly.Instance(new WebAssembly.Module(bytes, options), {}).exports as Anything

  test('strings', () => {
    expect([s.cast('x'), s.test('x'), s.test(null), s.test({}), s.length('a😀'), s.concat('a', 'b')]).toEqual(['x', 1, 0, 0, 3, 'ab'])
    expect([s.fromCharCode(0x1_0041), s.fromCodePoint(0x1f600), s.charCodeAt('a😀', 2), s.codePointAt('a😀', 1)]).toEqual([
      'A',
      '😀',
      0xde00,
      0x1f600,
    ])
    expect([s.substring('hello', 1, 3), s.substring('hello', 3, 1), s.substring('hello', 6, 9), s.substring('hello', 2, -1)]).toEqual([
      'el',
      '',
      '',
      'llo',
    ])
    expect([s.equals('a', 'a'), s.equals('a', 'b'), s.equals(null, null), s.equals(null, 'a')]).toEqual([1, 0, 1, 0])
    expect([s.compare('a', 'b'), s.compare('b', 'a'), s.compare('a', 'a')]).toEqual([-1, 1, 0])
  })

  test('arrays', () => {
    const array = s.array(6)
    expect(s.intoCharCodeArray('h\uffff!', array, 2)).toBe(3)
    expect([0, 2, 3, 4].map((i) => s.at(array, i) as number)).toEqual([0, 104, 0xffff, 33])
    expect(s.fromCharCodeArray(array, 2, 5)).toBe('h\uffff!')
    expect(s.fromCharCodeArray(array, 6, 6)).toBe('')
    const long = 'xy'.repeat(10_000)
    const large = s.array(20_000)
    s.intoCharCodeArray(long, large, 0)
    expect(s.fromCharCodeArray(large, 0, 20_000)).toBe(long)
    for (const wrong of [
      () => s.fromCharCodeArray(array, 5, 7),
      () => s.fromCharCodeArray(array, 3, 2),
      () => s.fromCharCodeArray(null, 0, 0),
      () => s.intoCharCodeArray('abc', array, 4),
      () => s.intoCharCodeArray('abc', array, -1),
    ])
      expect(wrong).toThrow(WebAssembly.RuntimeError)
  })

  test('wrong values trap, which Wasm cannot catch', () => {
    for (const f of ['cast', 'length', 'charCodeAt', 'concat', 'substring', 'compare'])
      for (const value of [null, undefined, 1, {}])
        expect(() => s[f](value, 'x', 0), f).toThrow(f === 'charCodeAt' ? Error : WebAssembly.RuntimeError)
    for (const wrong of [
      () => s.charCodeAt('a', 1),
      () => s.codePointAt('a', -1),
      () => s.fromCodePoint(0x110000),
      () => s.equals('a', 1),
      () => s.guarded(1),
    ])
      expect(wrong).toThrow(WebAssembly.RuntimeError)
  })
})

test('only sets that are named, and only what they have, is provided', () => {
  const plain = new WebAssembly.Module(bytes)
  expect(WebAssembly.Module.imports(plain)).toHaveLength(13)
  expect(() => new WebAssembly.Instance(plain, {})).toThrow(TypeError)
  const other = watToWasm(
    '(module (import "wasm:js-string" "toString" (func)) (import "wasm:js-string" "length" (func (param externref) (result i32))))',
  )
  expect(WebAssembly.Module.imports(new WebAssembly.Module(other, options))).toEqual([
    { module: 'wasm:js-string', name: 'toString', kind: 'function' },
  ])
  expect(new WebAssembly.Module(other, { builtins: ['no-such-set'] })).toBeInstanceOf(WebAssembly.Module)
})

test('imports of other types, and sets named twice, are compile errors', async () => {
  const wrong = watToWasm('(module (import "wasm:js-string" "length" (func (param externref) (result i64))))')
  expect(WebAssembly.validate(wrong)).toBe(true)
  expect(WebAssembly.validate(wrong, options)).toBe(false)
  await expect(WebAssembly.compile(wrong, options)).rejects.toThrow(WebAssembly.CompileError)
  expect(() => new WebAssembly.Module(bytes, { builtins: ['js-string', 'js-string'] })).toThrow(WebAssembly.CompileError)
  for (const builtins of [1, 'js-string', {}])
    expect(() => new WebAssembly.Module(bytes, { builtins: builtins as never })).toThrow(TypeError)
  for (const notOptions of [1, 'x', true]) expect(() => WebAssembly.validate(bytes, notOptions as never)).toThrow(TypeError)
})

test('string constants', async () => {
  const strings = watToWasm(
    '(module (import "\'" "one" (global (ref extern))) (import "\'" "zwei ü" (global externref)) (export "a" (global 0)) (export "b" (global 1)))',
  )
  const { instance, module } = await WebAssembly.instantiate(strings, {}, { importedStringConstants: "'" })
  expect([instance.exports.a.value, instance.exports.b.value]).toEqual(['one', 'zwei ü'])
  expect(WebAssembly.Module.imports(module)).toEqual([])
  expect(WebAssembly.validate(watToWasm('(module (import "s" "x" (global i32)))'), { importedStringConstants: 's' })).toBe(false)
  expect(WebAssembly.validate(watToWasm('(module (import "s" "x" (func)))'), { importedStringConstants: 's' })).toBe(false)
  expect(WebAssembly.Module.imports(new WebAssembly.Module(strings, { importedStringConstants: null }))).toHaveLength(2)
})
