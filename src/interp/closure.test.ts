/** What is particular to closures; that they do what ops do is tested on all executors by test/machine and the test scripts. */
import { expect, test } from 'vitest'
import { instantiate } from '../embedding/instantiate.ts'
import { type CompiledModule, compile } from '../embedding/module.ts'
import { type TrapScene, witnessed } from '../debug/witness.ts'
import { Store, type StoreOptions } from '../embedding/store.ts'
import { isTrap } from '../errors.ts'
import { MOV128 } from '../ops/numbers.gen.ts'
import { opLengths } from '../ops/op-table.ts'
import { watToWasm } from '../text/index.ts'
import { formMakers, makers } from './closure.gen.ts'
import { PAIR_PLACE, RELATION, RESULT, formKey } from './forms.ts'

const wat = (source: string): CompiledModule => compile(watToWasm(source))

/** Message, place and depth of the trap that `run` ends with. */
function trapOf(module: CompiledModule, options: StoreOptions, ...args: number[]): string {
  const { exports } = instantiate(module, {}, options)
  try {
    exports['run']!(...args)
  } catch (error) {
    if (!isTrap(error)) throw error
    return [error.message, ...error.frames.map((f) => `${f.funcidx}@${f.offset}`)].join(' ')
  }
  return 'no trap'
}

test('the instances of a module share closures, and each has its own memory, globals and tables', () => {
  const module = wat(`(module (memory 1) (global $g (mut i32) (i32.const 0)) (table 1 funcref) (elem (i32.const 0) $next)
    (func $next (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
    (func (export "run") (param i32) (result i32)
      (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get 0)))
      (i32.add (i32.mul (i32.load (i32.const 8)) (i32.const 100)) (call_indirect (result i32) (i32.const 0)))))`)
  const [a, b] = [1, 2].map(() => instantiate(module, {}, { executor: 'closure' }).exports['run']!)
  expect([a!(1), b!(5), a!(1), b!(5), a!(1)]).toEqual([101, 501, 202, 1002, 303])
})

test('a function that another executor has translated gets its closures when it is reached', () => {
  const module = wat(`(module
    (func $double (export "double") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
    (func (export "run") (param i32) (result i32) (i32.add (call $double (local.get 0)) (i32.const 1))))`)
  const bySwitch = instantiate(module, {}, { executor: 'switch' }).exports
  const byClosures = instantiate(module, {}, { executor: 'closure' }).exports
  expect([bySwitch['double']!(4), byClosures['run']!(4), bySwitch['run']!(5), byClosures['double']!(6)]).toEqual([8, 9, 11, 12])
})

test('a trap in either half of a pair has the place that it has without pairs', () => {
  const loads = ['i32.load', 'i32.load8_u', 'i32.load offset=65533'].map((l) => `(${l} (local.get 0))`)
  const sources = [
    ...loads.map((l) => `(drop (i32.add ${l} (i32.const 1))) (drop (i32.add (i32.const 7) ${l}))`),
    ...loads.map((l) => `(local.set 0 (i32.add (local.get 0) (i32.const 8))) (local.set 0 ${l})`),
    '(i32.store (local.get 0) (i32.const 1)) (local.set 0 (i32.add (local.get 0) (i32.const 1)))',
    '(local.set 0 (i32.add (local.get 0) (i32.const 1))) (i32.store8 (local.get 0) (i32.const 3))',
    '(drop (f64.mul (f64.load (local.get 0)) (f64.load offset=8 (local.get 0))))',
    '(drop (i64.xor (i64.load8_u (local.get 0)) (i64.const 5)))',
  ]
  const outcomes = new Set<string>()
  for (const source of sources) {
    const module = wat(
      `(module (memory 1) (func $f (param i32) ${source}) (func (export "run") (param i32) (nop) (call $f (local.get 0))))`,
    )
    for (const tier of ['fast', 'exact'] as const)
      for (const at of [0, 1, 65519, 65520, 65523, 65524, 65527, 65528, 65531, 65532, 65533, 65535, 65536, -1, -8]) {
        const outcome = trapOf(module, { executor: 'closure', tier }, at)
        expect(outcome, `${source} at ${at}, ${tier}`).toBe(trapOf(module, { executor: 'switch', tier }, at))
        outcomes.add(outcome)
      }
  }
  expect(outcomes.size).toBeGreaterThanOrEqual(10)
})

test('bytes at the end of a memory whose size is no multiple of a word', () => {
  const module = compile(
    watToWasm(
      `(module (memory 13 13 (pagesize 1)) (data (i32.const 0) "\\01\\02\\03\\04\\05\\06\\07\\08\\09\\0a\\0b\\0c\\0d")
        (func (export "run") (param i32) (result i32) (i32.load (local.get 0)))
        (func (export "half") (param i32) (result i32) (i32.load16_u (local.get 0))))`,
    ),
    { features: { 'custom-page-sizes': true } },
  )
  const { exports } = instantiate(module, {}, { executor: 'closure' })
  expect([exports['run']!(8), exports['run']!(9), exports['half']!(11)]).toEqual([0x0c0b0a09, 0x0d0c0b0a, 0x0d0c])
  for (const name of ['run', 'half']) expect(() => exports[name]!(12)).toThrow('out of bounds memory access')
})

test('makers fit the ops', () => {
  expect(makers.length).toBe(MOV128)
  const [ALONE, WORDS] = [formKey(0, 0, PAIR_PLACE * 2, RESULT.givenPair, RELATION.alone), 3]
  for (const key of Object.keys(formMakers).map(Number)) {
    const [first, second] = [key & 1023, (key >> 10) & 1023]
    const words = opLengths[first]! - 1 + (key > ALONE + 1023 ? opLengths[second]! - 1 : 0)
    expect(formMakers[key]!.length, `form ${key}`).toBeLessThanOrEqual(WORDS + words)
  }
})

/** A place of a trap is the same, and the operands of the instruction are there to be shown, when values were handed on to it. */
test('a trap finds the operands that were handed on in their registers', () => {
  const module = wat(`(module (memory 1)
    (func (export "load") (param i32) (result i32) (i32.load8_u (i32.add (i32.shl (local.get 0) (i32.const 1)) (i32.const 5))))
    (func (export "store") (param i32) (i32.store (i32.mul (local.get 0) (i32.const 4)) (i32.xor (local.get 0) (i32.const 1))))
    (func (export "divide") (param i32 i32) (result i32) (i32.div_u (local.get 0) (i32.and (local.get 1) (i32.const 6)))))`)
  for (const [name, args, operands] of [
    ['load', [0x7fff], ['65539']],
    ['store', [0x4001], ['65540', '16384']],
    ['divide', [7, 9], ['7', '0']],
  ] as const) {
    const shown = (executor: 'switch' | 'closure'): TrapScene | undefined => {
      let scene: TrapScene | undefined
      const store = new Store({ executor, tier: 'fast' })
      store.executor = witnessed(store.executor, (seen) => (scene = seen))
      expect(() => instantiate(module, {}, { store }).exports[name]!(...args)).toThrow()
      return scene
    }
    expect(shown('closure'), name).toEqual(shown('switch'))
    expect(shown('closure')!.operands).toEqual(operands)
  }
})
