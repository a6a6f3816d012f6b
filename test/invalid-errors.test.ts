/**
 * What a validation error says: the rule in the suite's words, the instruction, expected and found types in plain words,
 * the function by index and name, the offset. One case for each kind of rule.
 */
import { describe, expect, it, test } from 'vitest'
import { compile } from '../src/embedding/module.ts'
import { InvalidError, LimitError, isInvalid, isVitrineError } from '../src/errors.ts'
import { features } from '../src/spec/features.ts'
import { watToWasm } from '../src/text/index.ts'

const everything = Object.fromEntries(features.map(({ name }) => [name, true]))
function errorOf(wat: string): InvalidError {
  try {
    compile(watToWasm(wat), { features: everything })
  } catch (e) {
    if (isInvalid(e)) return e
    throw e
  }
  throw new Error(`valid: ${wat}`)
}

/** What surrounds a body under test: things to refer to. */
const around = `
  (type $struct (struct (field i32) (field $m (mut i64)))) (type $array (array i32)) (type $fn (func (param i32) (result i64)))
  (type $packed (struct (field i8))) (type $k (func)) (type $cont (cont $k)) (type $nonnull (struct (field (ref $struct))))
  (import "env" "imported" (func $imported (param i32)))
  (global $const i32 (i32.const 1)) (global $mut (mut i64) (i64.const 1))
  (memory 1) (memory $big i64 1) (table $refs 1 externref) (table $funcs 1 funcref) (tag $tag (param i32))
  (data "x") (elem $externs externref)`
const inBody = (body: string, head = ''): string => `(module ${around} (func $under_test ${head} ${body}))`

describe('in a function', () => {
  test.each([
    ['(i32.add (i32.const 1) (i64.const 2)) drop', 'type mismatch: i32.add: expected i32, found i64 (pushed by i64.const 2 at 0x*)'],
    ['(i32.add (i32.const 1)) drop', 'type mismatch: i32.add: expected i32, found nothing (the stack is empty)'],
    ['(i32.const 7) (i64.eqz) drop', 'type mismatch: i64.eqz: expected i64, found i32 (pushed by i32.const 7 at 0x*)'],
    ['(block (drop))', 'type mismatch: drop: expected a value, found nothing (nothing on the stack inside this block)'],
    ['(block (result i32) (i64.const 1)) drop', 'type mismatch: end: expected i32, found i64'],
    ['(i32.const 1)', 'type mismatch: end: 1 value too many at the end of the function: [i32]'],
    [
      '(i32.const 1) (if (result i32) (then (i32.const 1))) drop',
      'type mismatch: end: there is no else: the parameters of the if are [], expected [i32]',
    ],
    ['(br 5)', 'unknown label 5: br 5: only the function is open here'],
    ['(br_table 0 9 (i32.const 0))', 'unknown label 9: br_table: only the function is open here'],
    ['(local.get 3) drop', 'unknown local 3: local.get 3: the function has 0 locals, its parameters included'],
    ['(local.set 9 (i32.const 1))', 'unknown local 9: local.set 9'],
    ['(global.get 9) drop', 'unknown global 9: global.get 9: there are 0 to 1'],
    ['(global.set $const (i32.const 1))', 'immutable global: global.set 0: global 0 cannot be set'],
    ['(global.set $mut (i32.const 1))', 'type mismatch: global.set 1: expected i64, found i32'],
    ['(call 9)', 'unknown function 9: call 9: there are 0 to 1'],
    ['(call $imported (f32.const 1))', 'type mismatch: call 0: expected i32, found f32'],
    ['(call_indirect $refs (i32.const 0))', 'type mismatch: call_indirect: table 0 holds externref, which cannot be called'],
    ['(call_ref $struct (ref.null $struct))', 'non-function type 0: call_ref 0: it is a struct type'],
    [
      '(return_call_ref $fn (i32.const 1) (ref.null $fn))',
      'type mismatch: return_call_ref 2: a tail call returns from this function; the results of the callee are [i64], expected []',
    ],
    ['(i32.load 7 (i32.const 0)) drop', 'unknown memory 7: i32.load: there are 0 to 1'],
    ['(i32.load $big (i32.const 0)) drop', 'type mismatch: i32.load: expected i64, found i32'],
    ['(i32.load align=8 (i32.const 0)) drop', 'alignment must not be larger than natural: i32.load: 2^3 bytes; i32.load accesses 4'],
    ['(i32.load offset=0x100000000 (i32.const 0)) drop', 'offset out of range: i32.load: this memory has 32-bit addresses'],
    ['(data.drop 4)', 'unknown data segment 4: data.drop 4'],
    ['(elem.drop 4)', 'unknown elem segment 4: elem.drop 4'],
    ['(table.get 7 (i32.const 0)) drop', 'unknown table 7: table.get 7: there are 0 to 1'],
    [
      '(table.copy $funcs $refs (i32.const 0) (i32.const 0) (i32.const 0))',
      'type mismatch: table.copy: table 0 is copied to table 1; its element type is externref, expected funcref',
    ],
    ['(ref.func 1) drop', 'undeclared function reference: ref.func 1: function 1 must occur in an export'],
    ['(ref.is_null (i32.const 1)) drop', 'type mismatch: ref.is_null: expected a reference, found i32'],
    ['(struct.new 9) drop', 'unknown type 9: struct.new 9: there are 0 to '],
    ['(struct.new $array) drop', 'non-structure type 1: struct.new 1: it is an array type'],
    ['(struct.get $struct 5 (ref.null $struct)) drop', 'unknown field 5: struct.get: there are 0 to 1'],
    ['(struct.set $struct 0 (ref.null $struct) (i32.const 1))', 'immutable field: struct.set: field 0 of type 0 cannot be written'],
    ['(struct.get $packed 0 (ref.null $packed)) drop', 'field is packed: struct.get: i8: read it with _s or _u'],
    ['(struct.new_default $nonnull) drop', 'field type is not defaultable: struct.new_default 6: (ref 0) has no default value'],
    [
      '(array.set $array (ref.null $array) (i32.const 0) (i32.const 0))',
      'immutable array: array.set 1: the elements of type 1 cannot be written',
    ],
    [
      '(array.new_elem $array $externs (i32.const 0) (i32.const 0)) drop',
      'type mismatch: array.new_elem: the element type of segment 0 is externref, expected i32',
    ],
    [
      '(br_on_cast 0 funcref externref (ref.null func)) drop',
      'type mismatch: br_on_cast: a cast from funcref to externref can never succeed',
    ],
    ['(throw 4)', 'unknown tag 4: throw 4: there is only 0'],
    ['(throw $tag (i64.const 1))', 'type mismatch: throw 0: expected i32, found i64'],
    ['(block (try_table (catch $tag 0)))', 'type mismatch: try_table: catch: the values for label 0 are [i32], expected []'],
    ['(select (i32.const 1) (i64.const 1) (i32.const 1)) drop', 'type mismatch: select: the two values are i32 and i64'],
    [
      '(i8x16.extract_lane_s 16 (v128.const i32x4 0 0 0 0)) drop',
      'invalid lane index: i8x16.extract_lane_s: lane 16; i8x16.extract_lane_s has lanes 0 to 15',
    ],
    [
      '(extern.convert_any (ref.null func)) drop',
      'type mismatch: extern.convert_any: expected anyref, found funcref (pushed by ref.null func at 0x*)',
    ],
    [
      '(struct.new $nonnull (ref.null $struct)) drop',
      'type mismatch: struct.new 6: expected (ref 0), found (ref null 0) (pushed by ref.null 0 at 0x*); it may be null',
    ],
    ['(rethrow 0)', 'invalid rethrow label: rethrow 0: label 0 is the function, not a catch'],
    [
      '(resume $cont (on $tag 0) (ref.null $cont))',
      'type mismatch: resume: the last type of the label must be a reference to a continuation type, found nothing',
    ],
    ['(cont.new $fn (ref.null $fn)) drop', 'non-continuation type 2: cont.new 2: it is a func type'],
  ])('%s', (body, message) => {
    const error = errorOf(inBody(body))
    expect(error.message.replace(/0x[\da-f]+/, '0x*').slice(0, message.length)).toBe(message)
    expect(error).toMatchObject({ funcidx: 1, funcName: 'under_test' })
    expect(error.offset).toBeTypeOf('number')
    expect(error.message.startsWith(error.rule.split(': ')[0]!)).toBe(true)
  })

  it('names locals that are not set yet', () => {
    const error = errorOf(inBody('(local.get 0) drop', '(local (ref $struct))'))
    expect(error.message).toBe(
      'uninitialized local 0: local.get 0: its type has no default value: set it before, in this block or around it',
    )
  })
})

describe('elsewhere in a module', () => {
  test.each([
    [
      '(module (global i32 (i64.const 1)))',
      'type mismatch: end: expected i32, found i64 (pushed by i64.const 1 at 0x*); in the initialiser of global 0',
    ],
    [
      '(module (import "a" "b" (global (mut i32))) (global i32 (global.get 0)))',
      'constant expression required: global.get 0: global 0 is mutable; in the initialiser of global 1',
    ],
    [
      '(module (global i32 (i32.eqz (i32.const 1))))',
      'constant expression required: i32.eqz: it may not stand in a constant expression; in the initialiser of global 0',
    ],
    ['(module (global i32 (global.get 0)))', 'unknown global 0: global.get 0: there are none; in the initialiser of global 0'],
    [
      '(module (table 1 (ref func) (ref.null func)))',
      'type mismatch: end: expected (ref func), found funcref (pushed by ref.null func at 0x*); it may be null; in the initialiser of table 0',
    ],
    ['(module (table 1 (ref func)))', 'type mismatch: table 0 of (ref func) needs an initialiser: the type has no default value'],
    [
      '(module (memory 1) (data (i64.const 0) "x"))',
      'type mismatch: end: expected i32, found i64 (pushed by i64.const 0 at 0x*); in the offset of data segment 0',
    ],
    ['(module (memory 1) (data "a") (data (memory 3) (i32.const 0) "x"))', 'unknown memory 3: there is only 0'],
    [
      '(module (table 1 funcref) (elem (i64.const 0) funcref))',
      'type mismatch: end: expected i32, found i64 (pushed by i64.const 0 at 0x*); in the offset of element segment 0',
    ],
    [
      '(module (elem externref (ref.null func)))',
      'type mismatch: end: expected externref, found funcref (pushed by ref.null func at 0x*); in an element of segment 0',
    ],
    ['(module (table 1 externref) (func) (elem (i32.const 0) func 0))', 'type mismatch: table 0 holds externref, the segment (ref func)'],
    ['(module (func (type 4)))', 'unknown type 4: there are none'],
    ['(module (type (struct)) (func (type 0)))', 'non-function type 0: it is a struct type'],
    ['(module (memory 1) (memory 70000))', 'memory size must be at most 65536 pages (4GiB): declared as 70000'],
    ['(module (memory 2 1))', 'size minimum must not be greater than maximum: 2 > 1'],
    ['(module (table 2 1 funcref))', 'size minimum must not be greater than maximum: 2 > 1'],
    ['(module (type (func)) (type (sub 0 (func))))', 'sub type 1 does not match super type 0: type 0 is final'],
    ['(module (type (struct (field (ref 5)))))', 'unknown type: type 0 refers to type 5'],
    ['(module (func (export "a")) (func (export "a")))', 'duplicate export name: "a"'],
    ['(module (export "a" (func 3)))', 'unknown function 3: there are none'],
    ['(module (func (param i32)) (start 0))', 'start function: it must be [] -> [], function 0 is [i32] -> []'],
    ['(module (tag (type 2)))', 'unknown type 2: there are none'],
  ])('%s', (wat, message) => {
    const error = errorOf(wat)
    expect(error.message.replace(/0x[\da-f]+/, '0x*')).toBe(message)
    expect(error.offset).toBeTypeOf('number')
    expect(error.offset).toBeGreaterThan(8)
  })

  it('the offset is that of the entry', () => {
    const bytes = watToWasm('(module (memory 1) (memory 1) (memory 70000) (memory 1))')
    const { offset } = errorOf('(module (memory 1) (memory 1) (memory 70000) (memory 1))')
    // After section id, size and count two entries of two bytes.
    expect([...bytes.subarray(offset!, offset! + 4)]).toEqual([0x00, 0xf0, 0xa2, 0x04])
    expect(offset).toBe(15)
  })

  it('limits name the function too', () => {
    let error: unknown
    try {
      compile(watToWasm(`(module (func $wide (param ${'i32 '.repeat(2)}) (local ${'i32 '.repeat(49_999)})))`))
    } catch (e) {
      error = e
    }
    expect(error).toBeInstanceOf(LimitError)
    expect(isVitrineError(error) && [error.funcidx, error.funcName, error.message]).toEqual([
      0,
      'wide',
      'too many locals: 50001 with the parameters, the limit is 50000',
    ])
  })
})
