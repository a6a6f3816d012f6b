/** The namespace and its classes as Web IDL prescribes them. What Node's own WebAssembly does is checked by the same tests. */
import { describe, expect, test } from 'vitest'
import { watToWasm } from '../text/index.ts'
import { WebAssembly as ours } from './index.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- the namespace is used wrongly on purpose
type Anything = any
const native = (globalThis as Anything).WebAssembly as Anything
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

const signature = ({ name, length }: Anything): [string, number] => [name, length]

const interfaces = ['Module', 'Instance', 'Memory', 'Table', 'Global', 'Tag', 'Exception']
const errors = ['CompileError', 'LinkError', 'RuntimeError']
const operations = { validate: 1, compile: 1, instantiate: 1, compileStreaming: 1, instantiateStreaming: 1 }

describe.each([
  ['vitrine', ours as Anything],
  ['Node', native],
])('%s', (_, WebAssembly) => {
  test('the namespace object', () => {
    expect(Object.prototype.toString.call(WebAssembly)).toBe('[object WebAssembly]')
    expect(Object.getPrototypeOf(WebAssembly)).toBe(Object.prototype)
    expect(() => new WebAssembly()).toThrow(TypeError)
    for (const [name, length] of Object.entries(operations)) {
      expect(Object.getOwnPropertyDescriptor(WebAssembly, name), name).toMatchObject({
        writable: true,
        enumerable: true,
        configurable: true,
      })
      expect(signature(WebAssembly[name])).toEqual([name, length])
      expect(() => new WebAssembly[name](), name).toThrow(TypeError)
    }
  })

  test.each(interfaces)('%s is a class', (name) => {
    const C = WebAssembly[name]
    expect(Object.getOwnPropertyDescriptor(WebAssembly, name)).toMatchObject({ writable: true, enumerable: false, configurable: true })
    expect(C.name).toBe(name)
    if (name !== 'Exception') expect(C.length).toBe(1)
    expect(Object.getOwnPropertyDescriptor(C, 'prototype')).toMatchObject({ writable: false, enumerable: false, configurable: false })
    expect(Object.getOwnPropertyDescriptor(C.prototype, 'constructor')).toMatchObject({ value: C, enumerable: false })
    expect(Object.getOwnPropertyDescriptor(C.prototype, Symbol.toStringTag)).toEqual({
      value: `WebAssembly.${name}`,
      writable: false,
      enumerable: false,
      configurable: true,
    })
    expect(() => C(), 'without new').toThrow(TypeError)
    expect(() => new C(), 'without arguments').toThrow(TypeError)
  })

  test.each(errors)('%s is made like TypeError', (name) => {
    const C = WebAssembly[name]
    expect(signature(C)).toEqual([name, 1])
    expect(Object.getPrototypeOf(C)).toBe(Error)
    expect(Object.keys(C.prototype)).toEqual([])
    expect(C.prototype).toMatchObject({ name, message: '', constructor: C })
    const cause = {}
    for (const error of [C('text', { cause }), new C('text', { cause })]) {
      expect(error).toBeInstanceOf(C)
      expect(error).toBeInstanceOf(Error)
      expect(Object.getPrototypeOf(error)).toBe(C.prototype)
      expect(Object.getOwnPropertyDescriptor(error, 'message')).toMatchObject({ value: 'text', enumerable: false })
      expect(error.cause).toBe(cause)
      expect(String(error)).toBe(`${name}: text`)
      expect(error.stack.split('\n')[0]).toBe(`${name}: text`)
      expect(error.stack.split('\n')[1]).toContain('namespace.test.ts')
    }
    expect(Object.hasOwn(new C(), 'message')).toBe(false)
    class Mine extends (C as typeof Error) {}
    expect(new Mine()).toBeInstanceOf(Mine)
  })

  test('classes can be extended', () => {
    class Mine extends WebAssembly.Memory {}
    const memory = Reflect.construct(Mine, [{ initial: 1 }]) as Anything
    expect(memory).toBeInstanceOf(Mine)
    expect(memory.buffer.byteLength).toBe(65536)
  })

  test('members check what they are called on, before their arguments', () => {
    const never = { valueOf: () => expect.fail('was converted') }
    for (const [name, members] of Object.entries({
      Memory: ['grow'],
      Table: ['grow', 'get', 'set'],
      Global: ['valueOf'],
      Exception: ['is', 'getArg'],
    })) {
      for (const member of members) {
        const method = WebAssembly[name].prototype[member]
        for (const receiver of [undefined, null, 1, {}, WebAssembly[name].prototype, Object.create(WebAssembly[name].prototype)])
          expect(() => method.call(receiver, never), `${name}.${member}`).toThrow(TypeError)
      }
    }
    for (const [name, attribute] of [
      ['Memory', 'buffer'],
      ['Table', 'length'],
      ['Global', 'value'],
      ['Instance', 'exports'],
    ] as const) {
      const property: Anything = Object.getOwnPropertyDescriptor(WebAssembly[name].prototype, attribute)
      const { get, enumerable } = property
      expect(enumerable).toBe(true)
      expect(signature(get)).toEqual([`get ${attribute}`, 0])
      expect(() => get.call({})).toThrow(TypeError)
    }
  })

  test('operations that return promises reject where others throw', async () => {
    for (const wrong of [undefined, null, 1, '', {}, Object.create(ArrayBuffer.prototype)]) {
      expect(() => WebAssembly.validate(wrong)).toThrow(TypeError)
      await expect(WebAssembly.compile(wrong)).rejects.toThrow(TypeError)
      await expect(WebAssembly.instantiate(wrong)).rejects.toThrow(TypeError)
      await expect(WebAssembly.compileStreaming(wrong)).rejects.toThrow(TypeError)
    }
    await expect(WebAssembly.compile(new Uint8Array(3))).rejects.toThrow(WebAssembly.CompileError)
    await expect(WebAssembly.instantiate(empty, 1)).rejects.toThrow(TypeError)
  })

  test('bytes are taken from any buffer or view, as they are at the time of the call', async () => {
    const padded = Uint8Array.from([9, 9, ...empty, 9])
    for (const source of [empty, empty.buffer, padded.subarray(2, 10)]) expect(WebAssembly.validate(source)).toBe(true)
    expect(WebAssembly.validate(new ArrayBuffer(0))).toBe(false)
    const bytes = empty.slice()
    const promise = WebAssembly.compile(bytes)
    bytes.fill(0)
    expect(await promise).toBeInstanceOf(WebAssembly.Module)
  })

  test('instantiate gives an instance of a module, both of bytes', async () => {
    const both = await WebAssembly.instantiate(empty)
    expect(Object.keys(both)).toEqual(['module', 'instance'])
    expect(both.instance).toBeInstanceOf(WebAssembly.Instance)
    expect(await WebAssembly.instantiate(both.module)).toBeInstanceOf(WebAssembly.Instance)
  })

  test('streaming takes responses of the right type only', async () => {
    const respond = (type: string | undefined, init: ResponseInit = {}): Response =>
      new Response(empty, { ...init, headers: type === undefined ? {} : { 'content-type': type } })
    const good = ['application/wasm', ' application/wasm\t']
    for (const type of good) expect(await WebAssembly.compileStreaming(respond(type))).toBeInstanceOf(WebAssembly.Module)
    const { instance } = await WebAssembly.instantiateStreaming(Promise.resolve(respond('application/wasm')))
    expect(instance).toBeInstanceOf(WebAssembly.Instance)
    for (const type of ['application/wasm;', 'application/wasm; charset=utf-8', 'text/plain', undefined])
      await expect(WebAssembly.compileStreaming(respond(type)), type).rejects.toThrow(TypeError)
    await expect(WebAssembly.compileStreaming(respond('application/wasm', { status: 404 }))).rejects.toThrow(TypeError)
    const broken = new Response('not wasm', { headers: { 'content-type': 'application/wasm' } })
    await expect(WebAssembly.compileStreaming(broken)).rejects.toThrow(WebAssembly.CompileError)
    await expect(WebAssembly.compileStreaming(Promise.reject(new RangeError('own')))).rejects.toThrow(RangeError)
  })

  test('what a module says of itself', () => {
    const source = `(module (import "a" "f" (func)) (import "a" "m" (memory 1)) (import "" "g" (global i32))
      (table (export "t") 1 funcref) (tag (export "e")) (export "ünï" (func 0)) (@custom "x" "one") (@custom "y" "") (@custom "x" "two"))`
    const module = new WebAssembly.Module(watToWasm(source))
    expect(WebAssembly.Module.imports(module)).toEqual([
      { module: 'a', name: 'f', kind: 'function' },
      { module: 'a', name: 'm', kind: 'memory' },
      { module: '', name: 'g', kind: 'global' },
    ])
    expect(WebAssembly.Module.exports(module)).toEqual([
      { name: 't', kind: 'table' },
      { name: 'e', kind: 'tag' },
      { name: 'ünï', kind: 'function' },
    ])
    const sections = WebAssembly.Module.customSections(module, 'x') as ArrayBuffer[]
    expect(sections.map((section) => Buffer.from(section).toString())).toEqual(['one', 'two'])
    expect(sections[0]).toBeInstanceOf(ArrayBuffer)
    expect(sections[0]!.byteLength).toBe(3)
    expect(WebAssembly.Module.customSections(module, 'z')).toEqual([])
    for (const f of ['imports', 'exports', 'customSections']) expect(() => WebAssembly.Module[f]({}, 'x')).toThrow(TypeError)
    expect(() => WebAssembly.Module.customSections(module)).toThrow(TypeError)
  })
})

test('what Node 20 does not do yet', async () => {
  expect(ours.Exception.length).toBe(2)
  expect(ours.validate(new DataView(Uint8Array.from([9, 9, ...empty, 9]).buffer, 2, 8))).toBe(true)
  const shared = new Uint8Array(new SharedArrayBuffer(8))
  shared.set(empty)
  expect(ours.validate(shared.buffer)).toBe(true)
  const response = new Response(empty, { headers: { 'content-type': 'APPLICATION/wasm' } })
  expect(await ours.compileStreaming(response)).toBeInstanceOf(ours.Module)
})

test('a CompileError names function and offset', () => {
  const invalid = watToWasm('(module (func $one) (func $two (result i32) (i64.const 1)))')
  expect(() => new ours.Module(invalid)).toThrow(/^WebAssembly\.Module\(\): type mismatch.*\(in function #1:"two"\) @\+\d+$/)
})
