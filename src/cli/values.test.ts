/** Arguments and results of `--invoke` that are references. */
import { describe, expect, test } from 'vitest'
import { instantiate } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { EXTERNREF, FUNCREF, HEAP_ANY, HEAP_ARRAY, HEAP_EQ, HEAP_I31, HEAP_STRUCT, refType } from '../spec/types.ts'
import { watToWasm } from '../text/index.ts'
import { formatResult, parseArgument } from './values.ts'

const ref = (heap: number): number => refType(true, heap)

describe('arguments', () => {
  test('numbers for anyref, eqref and i31ref; null for all', () => {
    for (const heap of [HEAP_ANY, HEAP_EQ, HEAP_I31]) {
      expect(parseArgument(ref(heap), '-5')).toBe(-5)
      expect(parseArgument(ref(heap), '0x3fffffff')).toBe(2 ** 30 - 1)
      expect(parseArgument(ref(heap), '-1073741824')).toBe(-(2 ** 30))
      expect(parseArgument(ref(heap), 'null')).toBe(null)
      expect(() => parseArgument(ref(heap), '0x80000000')).toThrow("'0x80000000' is not an")
      expect(() => parseArgument(ref(heap), 'x')).toThrow("'x' is not an")
    }
    for (const type of [ref(HEAP_STRUCT), ref(HEAP_ARRAY), FUNCREF]) {
      expect(parseArgument(type, 'null')).toBe(null)
      expect(() => parseArgument(type, '5')).toThrow("'5' cannot be given for")
    }
    expect(parseArgument(EXTERNREF, '5')).toBe('5')
  })
})

describe('results', () => {
  test('structures and arrays with their members, i31 as such', () => {
    const { exports } = instantiate(
      compile(
        watToWasm(`(module (type $s (struct (field i64) (field f32) (field eqref))) (type $a (array i16))
          (func (export "s") (result structref) (struct.new $s (i64.const -9) (f32.const 0.5) (array.new_fixed $a 1 (i32.const 65535))))
          (func (export "a") (result arrayref) (array.new_fixed $a 2 (i32.const 65535) (i32.const 1))))`),
      ),
    )
    expect(formatResult(ref(HEAP_STRUCT), exports['s']())).toBe('struct{-9 0.5 array[1]}')
    expect(formatResult(ref(HEAP_ANY), exports['a']())).toBe('array[2]{-1 1}')
    expect(formatResult(EXTERNREF, exports['a']())).toBe('array[2]{-1 1}')
    expect(formatResult(ref(HEAP_EQ), 5)).toBe('i31:5')
    expect(formatResult(EXTERNREF, 5)).toBe('5')
    expect(formatResult(ref(HEAP_ANY), null)).toBe('null')
    expect(formatResult(ref(HEAP_ANY), 'host')).toBe('"host"')
    expect(formatResult(FUNCREF, exports['s'])).toBe('func:0')
  })
})
