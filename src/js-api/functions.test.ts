/** Calls in both directions: conversions, results, errors, traps, exceptions, the order of reading imports. */
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { compile, instantiate } from '../index.ts'
import { watToWasm } from '../text/index.ts'
import { WebAssembly as ours } from './index.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- exports of many shapes, values of wrong types
type Anything = any
function thrown(f: () => unknown): Anything {
  try {
    f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

describe.each([
  ['vitrine', ours as Anything],
  ['Node', (globalThis as Anything).WebAssembly],
])('%s', (_, WebAssembly) => {
  const exportsOf = (source: string, imports = {}): Anything =>
    new WebAssembly.Instance(new WebAssembly.Module(watToWasm(source)), imports).exports

  test('arguments and results', () => {
    const { i, l, f, d, r, two, none } = exportsOf(`(module
      (func (export "i") (param i32) (result i32) (local.get 0)) (func (export "l") (param i64) (result i64) (local.get 0))
      (func (export "f") (param f32) (result f32) (local.get 0)) (func (export "d") (param f64) (result f64) (local.get 0))
      (func (export "r") (param externref) (result externref) (local.get 0))
      (func (export "two") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0)) (func (export "none")))`)
    expect(['0x11', 2 ** 31, -1.9, NaN, null, undefined, { valueOf: () => 7 }].map(i)).toEqual([17, -(2 ** 31), -1, 0, 0, 0, 7])
    expect([2n ** 64n - 1n, '0xff', false].map(l)).toEqual([-1n, 255n, 0n])
    expect([0.1, '1e39', undefined].map(f)).toEqual([Math.fround(0.1), Infinity, NaN])
    expect(d(-0)).toBe(-0)
    const symbol = Symbol('s')
    for (const value of [undefined, null, 1.5, -0, 'x', symbol, i]) expect(r(value)).toBe(value)
    expect(two('3', 4n, 'more')).toEqual([4n, 3])
    expect(none(1)).toBe(undefined)
    for (const [g, wrong] of [
      [i, 1n],
      [i, symbol],
      [d, 1n],
      [l, 1],
      [l, undefined],
      [l, null],
    ])
      expect(() => g(wrong)).toThrow(TypeError)
    expect(() => l('x')).toThrow(SyntaxError)
    expect([i.name, two.name, i.length, two.length]).toEqual(['0', '5', 1, 2])
    expect(() => new i()).toThrow(TypeError)
  })

  test('a conversion may call Wasm', () => {
    const { f, g } =
      exportsOf(`(module (func (export "f") (param i32 i32 i32) (result i32) (i32.sub (i32.mul (local.get 0) (local.get 1)) (local.get 2)))
      (func (export "g") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))`)
    const nested = { valueOf: () => f({ valueOf: () => g(1) }, 3, g(0)) as number }
    expect(f(nested, { valueOf: () => g(g(0)) }, nested)).toBe(5)
  })

  test('imported functions: this, arguments, results', () => {
    const calls: unknown[] = []
    const values: Record<string, unknown> = {}
    const give = (name: string) =>
      function (this: unknown, ...args: unknown[]): unknown {
        calls.push([this, ...args])
        return values[name]
      }
    const { run, more, ref } = exportsOf(
      `(module (import "m" "i" (func $i (param i32 i64 f32 externref) (result i32))) (import "m" "two" (func $two (result i64 f64))) (import "m" "r" (func $r (result funcref)))
        (func (export "run") (param externref) (result i32) (call $i (i32.const -1) (i64.const -2) (f32.const 0.5) (local.get 0)))
        (func (export "more") (result i64 f64) (call $two)) (func (export "ref") (result funcref) (call $r)))`,
      { m: { i: give('i'), two: give('two'), r: give('r') } },
    )
    values.i = '0x20'
    expect(run('x')).toBe(32)
    expect(calls).toEqual([[undefined, -1, -2n, 0.5, 'x']])
    values.i = Promise.resolve(1)
    expect(run(0)).toBe(0)
    values.i = 1n
    expect(() => run(0)).toThrow(TypeError)
    values.two = new Set([5n, 6])
    expect(more()).toEqual([5n, 6])
    for (const wrong of [undefined, 1, [1n], [1n, 2, 3], [1, 2]]) {
      values.two = wrong
      expect(() => more()).toThrow(TypeError)
    }
    values.r = run
    expect(ref()).toBe(run)
    values.r = (): void => {}
    expect(() => ref()).toThrow(TypeError)
  })

  test('imports are read once each, in order, before anything is checked against types', () => {
    const read: string[] = []
    const space = (name: string, members: Record<string, unknown>): object =>
      new Proxy(members, {
        get: (target, key) => {
          read.push(`${name}.${String(key)}`)
          return target[key as string]
        },
      })
    const module = new WebAssembly.Module(
      watToWasm('(module (import "a" "f" (func)) (import "b" "m" (memory 2)) (import "a" "f" (func)) (import "b" "g" (global i64)))'),
    )
    const imports = { a: space('a', { f: () => {} }), b: space('b', { m: new WebAssembly.Memory({ initial: 1 }), g: 5n }) }
    expect(() => new WebAssembly.Instance(module, imports)).toThrow(WebAssembly.LinkError)
    expect(read).toEqual(['a.f', 'b.m', 'a.f', 'b.g'])
    expect(() => new WebAssembly.Instance(module)).toThrow(TypeError)
    expect(() => new WebAssembly.Instance(module, { a: 1 })).toThrow(TypeError)
    expect(() => new WebAssembly.Instance(module, { a: {}, b: {} })).toThrow(WebAssembly.LinkError)
    const one = new WebAssembly.Module(watToWasm('(module (import "constructor" "name" (func)))'))
    expect(() => new WebAssembly.Instance(one, {})).toThrow(WebAssembly.LinkError)
  })

  test('globals may be given as values', () => {
    const source = (type: string): string => `(module (import "m" "g" (global ${type})) (export "g" (global 0)))`
    expect([exportsOf(source('i32'), { m: { g: 2 ** 32 + 1 } }).g.value, exportsOf(source('i64'), { m: { g: -1n } }).g.value]).toEqual([
      1,
      -1n,
    ])
    const object = {}
    expect(exportsOf(source('externref'), { m: { g: object } }).g.value).toBe(object)
    for (const [type, g] of [
      ['i32', 1n],
      ['i64', 1],
      ['i32', '1'],
      ['funcref', {}],
      ['(mut i32)', 1],
      ['v128', 1],
    ])
      expect(() => exportsOf(source(type as string), { m: { g } })).toThrow(WebAssembly.LinkError)
  })

  test('traps are RuntimeErrors, exhaustion a RangeError', () => {
    const { u, deep, out } = exportsOf(
      '(module (memory 1) (func (export "u") unreachable) (func $deep (export "deep") (call $deep)) (func (export "out") (drop (i32.load (i32.const -1)))))',
    )
    for (const f of [u, out]) expect(() => f()).toThrow(WebAssembly.RuntimeError)
    expect(thrown(deep)).toBeInstanceOf(RangeError)
    expect(() => exportsOf('(module (memory 1) (data (i32.const 65536) "x"))')).toThrow(WebAssembly.RuntimeError)
    expect(() => exportsOf('(module (func $s unreachable) (start $s))')).toThrow(WebAssembly.RuntimeError)
  })

  test('what an import throws comes out as it is, also through several layers', () => {
    const error = new Error('own')
    const inner = exportsOf('(module (import "m" "f" (func $f)) (func (export "g") (call $f)))', {
      m: {
        f: () => {
          throw error
        },
      },
    })
    const outer = exportsOf('(module (import "m" "f" (func $f)) (func (export "g") (call $f)))', { m: { f: () => inner.g() as unknown } })
    expect(thrown(outer.g)).toBe(error)
    const trapping = exportsOf('(module (func (export "g") unreachable))')
    let first: unknown
    const around = exportsOf('(module (import "m" "f" (func $f)) (func (export "g") (call $f)))', {
      m: {
        f: () => {
          first = thrown(trapping.g)
          throw first
        },
      },
    })
    expect(thrown(around.g)).toBe(first)
  })

  test('vectors stay inside', () => {
    const { f, table } = exportsOf(
      '(module (import "m" "f" (func $f (param v128))) (func (export "f") (result v128) (v128.const i64x2 0 0)) (func (export "table") (call $f (v128.const i64x2 0 0))))',
      {
        m: { f: () => expect.fail('was called') },
      },
    )
    expect(() => f()).toThrow(TypeError)
    expect(() => table()).toThrow(TypeError)
  })

  test('an imported function that is exported again is an exported function, with its index as its name', () => {
    const f = (x: number): number => x + 0.5
    const { g } = exportsOf('(module (import "m" "a" (func)) (import "m" "f" (func (param i32) (result f64))) (export "g" (func 1)))', {
      m: { a: f, f },
    })
    expect([g === f, g.name, g.length, g('4')]).toEqual([false, '1', 1, 4.5])
  })

  test('exceptions', () => {
    const tag = new WebAssembly.Tag({ parameters: ['i32', 'i64', 'f64', 'externref'] })
    const other = new WebAssembly.Tag({ parameters: [] })
    const made = new WebAssembly.Exception(tag, ['1', 2n, 0.5, 'x'])
    expect([made.is(tag), made.is(other), ...[0, 1, 2, 3].map((i) => made.getArg(tag, i) as unknown)]).toEqual([
      true,
      false,
      1,
      2n,
      0.5,
      'x',
    ])
    expect(made).not.toBeInstanceOf(Error)
    expect(() => made.getArg(tag, 4)).toThrow(RangeError)
    for (const wrong of [() => made.getArg(other, 0), () => made.getArg({}, 0), () => made.getArg(tag, -1), () => made.is({})])
      expect(wrong).toThrow(TypeError)

    const { pass, make } = exportsOf(
      `(module (type $t (func (param i32 i64 f64 externref))) (import "m" "t" (tag $t (type $t))) (import "m" "f" (func $f))
        (func (export "pass") (call $f)) (func (export "make") (param i32) (throw $t (local.get 0) (i64.const -1) (f64.const 2) (ref.null extern))))`,
      {
        m: {
          t: tag,
          f: () => {
            throw made
          },
        },
      },
    )
    expect(thrown(pass)).toBe(made)
    const caught = thrown(() => make(9))
    expect(caught).toBeInstanceOf(WebAssembly.Exception)
    expect([caught.is(tag), caught.getArg(tag, 0), caught.getArg(tag, 1), caught.getArg(tag, 3)]).toEqual([true, 9, -1n, null])
  })
})

describe('vitrine alone', () => {
  const exportsOf = (source: string, imports = {}): Anything => new ours.Instance(new ours.Module(watToWasm(source)), imports).exports
  const catching = (body: string): string => `(module (import "m" "f" (func $f)) (import "m" "js" (tag $js (param externref)))
    (func (export "all") (result i32) (block $c (try_table (catch_all $c) (call $f)) (return (i32.const 0))) (i32.const 1))
    (func (export "js") (result externref) (block $c (result externref) (try_table (catch $js $c) (call $f)) (ref.null extern)))
    ${body})`

  test('Wasm catches what JS throws, by JSTag with the value, but no trap, however it comes', () => {
    let f = (): unknown => undefined
    const { all, js, trap } = exportsOf(catching('(func (export "trap") unreachable)'), { m: { f: () => f(), js: ours.JSTag } })
    const error = new Error('own')
    f = () => {
      throw error
    }
    expect([all(), js()]).toEqual([1, error])
    f = () => {
      throw new ours.RuntimeError('made by the host')
    }
    expect(all()).toBe(1)
    f = trap
    const first = thrown(all)
    expect(first).toBeInstanceOf(ours.RuntimeError)
    f = () => {
      throw first
    }
    expect(thrown(js)).toBe(first)
    expect(() => new ours.Exception(ours.JSTag, [1])).toThrow(TypeError)
    expect(ours.JSTag).toBe(ours.JSTag)
  })

  test('a structure can be thrown and keeps its identity', () => {
    const { make, js } = exportsOf(catching('(type $s (struct)) (func (export "make") (result anyref) (struct.new $s))'), {
      m: {
        f: () => {
          throw struct
        },
        js: ours.JSTag,
      },
    })
    const struct = make() as object
    expect(js()).toBe(struct)
    expect([Object.getPrototypeOf(struct), Object.keys(struct), Object.isExtensible(struct)]).toEqual([null, [], false])
    for (const use of [() => Object.assign(struct, { x: 1 }), () => Reflect.ownKeys(Object.preventExtensions(struct))])
      expect(use).toThrow(TypeError)
  })

  test('a trap shows the Wasm frames on top of the stack', () => {
    const { outer } = exportsOf('(module $mod (func $inner unreachable) (func $outer (export "outer") (call $inner)))')
    const { stack, message } = thrown(outer) as Error
    expect(message).toBe('unreachable')
    expect(stack!.split('\n').slice(0, 3)).toEqual([
      'RuntimeError: unreachable',
      expect.stringMatching(/^ {4}at mod\.inner \(wasm:\/\/wasm:wasm-function\[0\]:0x[0-9a-f]+\)$/),
      expect.stringMatching(/^ {4}at mod\.outer \(wasm:\/\/wasm:wasm-function\[1\]:0x[0-9a-f]+\)$/),
    ])
  })

  test('functions and objects of the engine’s own interface are accepted', () => {
    const own = instantiate(
      compile(watToWasm('(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))')),
    )
    const { g } = exportsOf(
      '(module (import "m" "f" (func $f (param i32) (result i32))) (func (export "g") (result i32) (call $f (i32.const 5))))',
      { m: own.exports },
    )
    expect(g()).toBe(15)
  })

  test('an Exception takes as many values as its tag says, and has a stack only when asked for one', () => {
    const tag = new ours.Tag({ parameters: [] })
    for (const wrong of [[1], undefined, 1, {}]) expect(() => new ours.Exception(tag, wrong as [])).toThrow(TypeError)
    expect(new ours.Exception(tag, []).stack).toBe(undefined)
    expect(new ours.Exception(tag, [], { traceStack: true }).stack).toContain('functions.test.ts')
  })

  test('instances are let go, although the store stays', async () => {
    const { outputFiles } = await build({
      entryPoints: ['src/js-api/index.ts'],
      bundle: true,
      format: 'cjs',
      platform: 'neutral',
      write: false,
    })
    const program = `${outputFiles[0]!.text}
      const { WebAssembly: api } = module.exports
      let dead = 0
      const registry = new FinalizationRegistry(() => dead++)
      const use = (bytes) => {
        const { exports } = new api.Instance(new api.Module(bytes))
        exports.f()
        registry.register(exports.m.buffer)
      }
      ;(async () => {
        for (let i = 0; i < 30; i++) use(Buffer.from(process.argv[2], 'hex'))
        for (let i = 0; i < 40 && dead < 30; i++) {
          gc()
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        console.log(dead)
      })()`
    const wasm = Buffer.from(watToWasm('(module (memory (export "m") 1) (func (export "f")))')).toString('hex')
    const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--input-type=commonjs', '-', wasm], {
      input: program,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(stdout.trim()).toBe('30')
  })
})
