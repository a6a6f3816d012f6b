/**
 * How other tools spell things: for each habit of WABT, wasm-tools and Binaryen a small text in their manner, written for
 * this test, and the same module in plain words. What the tools really print for whole modules: interop.long.test.ts.
 */
import { describe, expect, test } from 'vitest'
import { encode } from '../../src/encoder/encoder.ts'
import { moduleNames } from '../../src/module/names.ts'
import { parseModule } from '../../src/text/parse-module.ts'

/** Bytes without names and other custom sections. */
const bytes = (text: string): string => Buffer.from(encode({ ...parseModule(text), customs: [] })).toString('hex')
const same = (theirs: string, plain: string): void => expect(bytes(theirs)).toBe(bytes(plain))

describe('WABT', () => {
  test('indices and labels in comments', () =>
    same(
      `(module
        (type (;0;) (func (param i32) (result i32)))
        (import "env" "f" (func (;0;) (type 0)))
        (func (;1;) (type 0) (param i32) (result i32)
          block (result i32)  ;; label = @1
            loop  ;; label = @2
              local.get 0
              br_if 0 (;@2;)
              local.get 0
              br 1 (;@1;)
            end
            unreachable
          end)
        (table (;0;) 2 2 funcref)
        (memory (;0;) 1 2)
        (global (;0;) (mut i32) (i32.const 65536))
        (elem (;0;) (i32.const 1) func 1)
        (data (;0;) (i32.const 8) "a\\00\\ff\\22"))`,
      `(type $t (func (param i32) (result i32))) (import "env" "f" (func (type $t)))
       (func $g (type $t) (block $a (result i32) (loop $b (br_if $b (local.get 0)) (br $a (local.get 0))) unreachable))
       (table 2 2 funcref) (memory 1 2) (global (mut i32) (i32.const 65536))
       (elem (i32.const 1) $g) (data (i32.const 8) "a\\00\\ff\\"")`,
    ))
  test('floats with their decimal value in a comment', () =>
    same(
      '(func f32.const 0x1.8p+1 (;=3;) drop f64.const -0x1p-1074 (;=-4.94066e-324;) drop f32.const -nan:0x200000 (;=-nan;) drop f64.const inf (;=inf;) drop)',
      '(func (drop (f32.const 3)) (drop (f64.const -5e-324)) (drop (f32.const -nan:0x200000)) (drop (f64.const inf)))',
    ))
  test('inline exports, names of parameters made up', () =>
    same(
      '(module (func $add (export "add") (export "plus") (type 0) (param $p0 i32) (param $p1 i32) (result i32) (i32.add (local.get $p0) (local.get $p1))) (type (;0;) (func (param i32 i32) (result i32))))',
      '(func (param i32 i32) (result i32) local.get 0 local.get 1 i32.add) (export "add" (func 0)) (export "plus" (func 0))',
    ))
  test('call_indirect with the table in front or left out', () =>
    same(
      '(type (func)) (table 1 funcref) (func (call_indirect 0 (type 0) (i32.const 0)) i32.const 0 call_indirect (type 0))',
      '(type (func)) (table 1 funcref) (func i32.const 0 call_indirect 0 (type 0) i32.const 0 call_indirect 0 (type 0))',
    ))
  test('names with any character that an identifier may have', () => {
    const m = parseModule('(module $m.wasm (func $std::vec<T*>::push/2 nop) (func $_ZN4core3fmt$LT$i32$GT$E nop))')
    expect([...moduleNames(m).funcs.values()]).toEqual(['std::vec<T*>::push/2', '_ZN4core3fmt$LT$i32$GT$E'])
  })
})

describe('wasm-tools', () => {
  test('names that are no identifiers stand in annotations', () => {
    const m = parseModule('(module (@name "two words") (func $#func0<a> (@name "a b") (param $x i32) nop) (func $a))')
    const names = moduleNames(m)
    expect(names.module).toBe('two words')
    expect([...names.funcs]).toEqual([
      [0, 'a b'],
      [1, 'a'],
    ])
  })
  test('annotations that nobody here reads are passed over', () =>
    same(
      '(module (@dylink.0 (mem-info (memory 16 4)) (needed "libc.so")) (func) (@producers (language "C99" "") (processed-by "clang" "16.0 (\\"x\\")")))',
      '(module (func))',
    ))
  test('custom sections with a place', () => {
    const m = parseModule('(module (func) (@custom "target_features" (after code) "\\01+\\04simd"))')
    expect(m.customs.map((c) => [c.name, c.after])).toEqual([['target_features', 10]])
  })
  test('declared functions, types with sub and rec spelled out', () =>
    same(
      '(module (rec (type $a (;0;) (sub (struct (field $n i32)))) (type (;1;) (sub final $a (struct (field $n i32) (field (ref null $a)))))) (func (;0;)) (elem (;0;) declare func 0))',
      '(rec (type (sub (struct (field i32)))) (type (sub final 0 (struct (field i32) (field (ref null 0)))))) (func) (elem declare func 0)',
    ))
})

describe('Binaryen', () => {
  test('folded code with a label at every block', () =>
    same(
      `(module
        (type $0 (func (param i32) (result i32)))
        (export "f" (func $f))
        ;;@ src/f.c:3:1
        (func $f (type $0) (param $0 i32) (result i32)
         (local $1 i64)
         (block $label$1 (result i32)
          (if (result i32)
           (local.get $0)
           (then (i32.const 1))
           (else (br $label$1 (i32.const 2)))
          )
         )
        )
        ;; custom section "producers", size 61
       )`,
      '(func (export "f") (param i32) (result i32) (local i64) block (result i32) local.get 0 if (result i32) i32.const 1 else i32.const 2 br 1 end end)',
    ))
  test('named segments, and elements without the word func', () =>
    same(
      '(table $0 2 funcref) (memory $0 1) (func $f) (elem $0 (i32.const 0) $f $f) (data $0 (i32.const 1024) "\\01\\n\\t\\\\\\"x")',
      '(table 2 funcref) (memory 1) (func) (elem (i32.const 0) func 0 0) (data (i32.const 1024) "\\01\\0a\\09\\5c\\22x")',
    ))
  test('imports named by what they are', () =>
    same(
      '(import "env" "memory" (memory $mimport$0 1 2 shared)) (import "env" "__indirect_function_table" (table $timport$0 1 funcref)) (import "env" "g" (global $gimport$0 (mut i32)))',
      '(import "env" "memory" (memory 1 2 shared)) (import "env" "__indirect_function_table" (table 1 funcref)) (import "env" "g" (global (mut i32)))',
    ))
  test('references written in full', () =>
    same(
      '(type $0 (func)) (func $f (type $0)) (global $g (ref $0) (ref.func $f)) (func $h (result funcref) (ref.null nofunc)) (elem declare func $f)',
      '(func) (global (ref 0) (ref.func 0)) (func (result funcref) ref.null nofunc) (elem declare func 0)',
    ))
  test('`pop` is none of our words', () => {
    expect(() => parseModule('(tag $e (param i32)) (func (try (do) (catch $e (drop (pop i32)))))')).toThrow('unknown operator pop')
  })
})
