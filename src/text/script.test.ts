/** Commands of test scripts: their forms, constants and results. */
import { describe, expect, test } from 'vitest'
import { HEAP_EXTERN, HEAP_FUNC } from '../spec/types.ts'
import { parseModuleCommand, parseScript } from './script.ts'
import type { Command } from './script-types.ts'

type Assertion = Extract<Command, { kind: 'assert_return' }>
const assertion = (source: string): Assertion => parseScript(source)[0] as Assertion
const kinds = (source: string): string[] => parseScript(source).map((c) => c.kind)

describe('modules', () => {
  test('forms', () => {
    const commands = parseScript(
      '(module $a (func))\n(module binary "\\00asm" "\\01\\00\\00\\00") (module quote "(func" ")") (module definition $d (memory 1)) (module instance $i $d)',
    )
    expect(commands.map((c) => (c.kind === 'module' ? [c.form, c.id, c.definition, c.line] : [c.kind]))).toEqual([
      ['text', 'a', false, 1],
      ['binary', undefined, false, 2],
      ['quote', undefined, false, 2],
      ['text', 'd', true, 2],
      ['instance'],
    ])
    const modules = commands.map((c) => (c.kind === 'module' ? parseModuleCommand(c) : undefined))
    expect(modules.map((m) => (m === undefined ? -1 : 'module' in m ? m.module.code.length : m.binary.length))).toEqual([1, 8, 1, 0, -1])
    expect(commands[4]).toMatchObject({ id: 'i', of: 'd' })
  })
  test('a bad text module fails alone, with its line in the script', () => {
    const [bad, good] = parseScript('\n(module (func foo))\n(module)')
    expect(() => parseModuleCommand(bad as Extract<Command, { kind: 'module' }>)).toThrow('unknown operator foo at line 2, column 15')
    expect(good!.line).toBe(3)
  })
  test('fields without (module', () => {
    const commands = parseScript('(func) (memory 0) (func (export "f")) (invoke "f")')
    expect(commands.map((c) => c.kind)).toEqual(['module', 'action'])
    const parsed = parseModuleCommand(commands[0] as Extract<Command, { kind: 'module' }>)
    expect('module' in parsed && parsed.module.funcs.length).toBe(2)
  })
})

describe('commands', () => {
  test('kinds', () => {
    expect(
      kinds(`(register "m" $a) (invoke "f") (get $m "g") (assert_return (invoke "f")) (assert_trap (invoke "f") "x") (assert_trap (module) "x")
        (assert_exhaustion (invoke "f") "x") (assert_suspension (invoke "f") "x") (assert_exception (invoke "f")) (assert_malformed (module quote "") "x")
        (assert_invalid (module) "x") (assert_unlinkable (module) "x") (assert_malformed_custom (module quote "") "x") (assert_invalid_custom (module) "x") (wait $t)`),
    ).toEqual([
      'register',
      'action',
      'action',
      'assert_return',
      'assert_trap',
      'assert_trap',
      'assert_exhaustion',
      'assert_suspension',
      'assert_exception',
      'assert_malformed',
      'assert_invalid',
      'assert_unlinkable',
      'assert_malformed_custom',
      'assert_invalid_custom',
      'wait',
    ])
    expect(parseScript('(thread $t (shared (module $m)) (invoke "f") (assert_return (invoke "f")))')[0]).toMatchObject({
      kind: 'thread',
      id: 't',
      shared: ['m'],
      commands: [{ kind: 'action' }, { kind: 'assert_return' }],
    })
  })
  test('values', () => {
    const { action } =
      assertion(`(assert_return (invoke $m "f" (i32.const 0xffffffff) (i64.const -1) (f32.const nan:0x1) (f64.const -0) (ref.null func) (ref.extern 3) (ref.host 4)
      (v128.const f32x4 1 0 0 -0) (v128.const i64x2 1 -1)))`)
    expect(action).toMatchObject({ kind: 'invoke', module: 'm', name: 'f' })
    const bytes = (...b: number[]): Uint8Array => Uint8Array.from(b)
    expect(action.kind === 'invoke' && action.args).toEqual([
      { type: 'i32', bits: -1 },
      { type: 'i64', bits: { lo: -1, hi: -1 } },
      { type: 'f32', bits: 0x7f800001 },
      { type: 'f64', bits: { lo: 0, hi: -0x80000000 } },
      { type: 'ref.null', heap: HEAP_FUNC },
      { type: 'ref.extern', value: 3 },
      { type: 'ref.host', value: 4 },
      { type: 'v128', bytes: bytes(0, 0, 0x80, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80) },
      { type: 'v128', bytes: bytes(1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255) },
    ])
  })
  test('patterns', () => {
    expect(
      assertion(`(assert_return (invoke "f") (f32.const nan:canonical) (f64.const nan:arithmetic) (ref.null) (ref.extern) (ref.func) (v128.const f64x2 nan:canonical 0)
        (either (i32.const 1) (i32.const 2)))`).results,
    ).toEqual([
      { type: 'f32', nan: 'canonical' },
      { type: 'f64', nan: 'arithmetic' },
      { type: 'ref.null', heap: undefined },
      { type: 'ref', heap: HEAP_EXTERN },
      { type: 'ref', heap: HEAP_FUNC },
      { type: 'v128', shape: 'f64x2', lanes: [{ nan: 'canonical' }, { bits: { lo: 0, hi: 0 } }] },
      {
        type: 'either',
        options: [
          { type: 'i32', bits: 1 },
          { type: 'i32', bits: 2 },
        ],
      },
    ])
  })
  test('ranges', () => {
    const source = '\n  (assert_return (invoke "f"))\n(wait $t)'
    const [first, second] = parseScript(source)
    expect(source.slice(first!.start, first!.end)).toBe('(assert_return (invoke "f"))')
    expect([first!.line, second!.line]).toEqual([2, 3])
  })
  test('malformed scripts', () => {
    expect(() => parseScript('(foo)')).toThrow('unknown operator foo')
    expect(() => parseScript('(assert_return (module))')).toThrow('unexpected token')
    expect(() => parseScript('(invoke "f" (f32.const nan:canonical))')).toThrow('unexpected token')
    expect(() => parseScript('(module (func)')).toThrow('unexpected token')
  })
})
