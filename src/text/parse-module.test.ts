/** Text modules: abbreviations, names, every kind of field, and errors with their place (spec §6). */
import { describe, expect, test } from 'vitest'
import { decode } from '../decoder/decode.ts'
import { encode } from '../encoder/encoder.ts'
import { MalformedError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { featureSet } from '../spec/features.ts'
import { FUNCREF, I32, I64, formatValType } from '../spec/types.ts'
import { parseModule, parseModuleWithMap, watToWasm } from './parse-module.ts'

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
/** Body of the last function. */
const body = (fields: string): string => {
  const { code } = parseModule(fields)
  return hex(code[code.length - 1]!.bytes)
}
function failure(source: string | Uint8Array): MalformedError {
  try {
    parseModule(source)
  } catch (e) {
    if (e instanceof MalformedError) return e
    throw e
  }
  throw new Error('parsed')
}
const message = (source: string | Uint8Array): string => failure(source).message.split(' at line')[0]!

describe('instructions', () => {
  test('folded and flat are the same', () => {
    const flat = body('(func (param $x i32) (result i32) local.get $x i32.const -1 i32.add)')
    expect(body('(func (param $x i32) (result i32) (i32.add (local.get $x) (i32.const -1)))')).toBe(flat)
    expect(flat).toBe('2000417f6a0b')
  })
  test('if: conditions come first, labels begin at then', () => {
    expect(body('(func (block $a (if $b (br_if $a (i32.const 1)) (then (br $b)) (else (br $a)))))')).toBe(
      '0240' + '41010d00' + '0440' + '0c00' + '05' + '0c01' + '0b0b0b',
    )
    expect(body('(func i32.const 1 if $b br $b else $b br 1 end $b)')).toBe('41010440' + '0c00' + '05' + '0c01' + '0b0b')
  })
  test('labels: the innermost of a name', () => {
    expect(body('(func (block $a (block $a (br $a)) (br $a)))')).toBe('0240' + '0240' + '0c00' + '0b' + '0c00' + '0b0b')
    expect(body('(func (block $a (br_table $a 0 1 (i32.const 0))))')).toBe('0240' + '41000e02000001' + '0b0b')
  })
  test('block types', () => {
    expect(body('(func (block (result i32) (i32.const 1)) drop)')).toBe('027f41010b1a0b')
    expect(parseModule('(func (i32.const 1) (block (param i32) (drop)))').types.length).toBe(2)
    expect(body('(type $t (func (param i32))) (func (i32.const 1) (block (type $t) (drop)))')).toBe('41010200' + '1a0b0b')
  })
  test('memory arguments', () => {
    const memories = '(memory 1) (memory $m 1)'
    expect(body(`${memories} (func (drop (i32.load (i32.const 0))))`)).toBe('4100280200' + '1a0b')
    expect(body(`${memories} (func (drop (i32.load $m offset=0xffff_ffff align=1 (i32.const 0))))`)).toBe(
      '41002840' + '01' + 'ffffffff0f' + '1a0b',
    )
    expect(body(`${memories} (func (param v128) (v128.store8_lane 1 (i32.const 0) (local.get 0)))`)).toBe(
      '41002000' + 'fd58' + '0000' + '01' + '0b',
    )
    expect(body(`${memories} (func (param v128) (v128.store8_lane 1 2 (i32.const 0) (local.get 0)))`)).toBe(
      '41002000' + 'fd58' + '400100' + '02' + '0b',
    )
    expect(body(`${memories} (func memory.copy memory.copy $m 0 memory.size $m)`)).toBe('fc0a0000' + 'fc0a0100' + '3f01' + '0b')
  })
  test('indices that the text format orders otherwise or leaves out', () => {
    const fields = '(table 1 funcref) (table $t 1 funcref) (elem $e func) (memory 1) (data $d "") (type $f (func)) '
    expect(body(`${fields} (func table.init $e table.init $t $e memory.init $d memory.init 0 $d)`)).toBe(
      'fc0c0000' + 'fc0c0001' + 'fc080000' + 'fc080000' + '0b',
    )
    expect(body(`${fields} (func (call_indirect $t (type $f) (i32.const 0)) (call_indirect (i32.const 0)))`)).toBe(
      '4100110001' + '4100110000' + '0b',
    )
    expect(parseModule(`${fields} (func data.drop $d)`).dataCount).toBe(1)
    expect(parseModule(fields).dataCount).toBeUndefined()
  })
  test('references, casts, exceptions, vectors', () => {
    expect(body('(func (param anyref) (drop (ref.test (ref null i31) (local.get 0))) (drop (ref.cast (ref any) (local.get 0))))')).toBe(
      '2000fb156c1a' + '2000fb166e1a' + '0b',
    )
    expect(body('(func (param anyref) (block $l (result i31ref) (br_on_cast $l anyref (ref i31) (local.get 0)) unreachable) drop)')).toBe(
      '026c2000' + 'fb1801006e6c' + '000b1a0b',
    )
    expect(body('(tag $e) (func (block $l (try_table $l (catch $e $l) (catch_all 1) (throw $e))))')).toBe(
      '0240' + '1f4002' + '000000' + '0201' + '0800' + '0b0b0b',
    )
    expect(
      body('(type $s (struct (field $a i8) (field $b (mut i64)))) (func (param (ref $s)) (drop (struct.get $s $b (local.get 0))))'),
    ).toBe('2000fb020001' + '1a0b')
    expect(body('(func (drop (v128.const i16x8 1 -1 0x7fff 0 0 0 0 65535)))')).toBe('fd0c' + '0100ffffff7f0000000000000000ffff' + '1a0b')
    expect(body('(func (result i32) (select (result i32) (i32.const 1) (i32.const 2) (i32.const 0)))')).toBe(
      '410141024100' + '1c017f' + '0b',
    )
    expect(body('(tag $e) (func (try (do nop) (catch $e) (catch_all)))')).toBe('0640' + '01' + '0700' + '19' + '0b0b')
    expect(body('(func (try $l (do (try (do) (delegate $l)))))')).toBe('0640' + '0640' + '1800' + '0b0b')
  })
})

describe('fields', () => {
  test('implicit types come behind the explicit ones and are shared', () => {
    const m = parseModule(
      '(func (result f64) (f64.const 0)) (func (param i32)) (func (result f64) (f64.const 1)) (type $t (func (param i32)))',
    )
    expect(m.types.length).toBe(2)
    expect(m.funcs).toEqual([1, 0, 1])
  })
  test('inline imports and exports', () => {
    const m = parseModule(
      '(func $f (export "a") (export "b") (import "m" "n") (param i32)) (memory (export "mem") i64 1 2) (global (export "g") (mut i32) (i32.const 1))',
    )
    expect(m.imports.map((i) => [i.module, i.name, i.type.kind])).toEqual([['m', 'n', 'func']])
    expect(m.exports.map((e) => [e.name, e.kind, e.index])).toEqual([
      ['a', 'func', 0],
      ['b', 'func', 0],
      ['mem', 'memory', 0],
      ['g', 'global', 0],
    ])
    expect(m.memories[0]!.limits).toEqual({ min: 1, max: 2, is64: true })
  })
  test('inline contents', () => {
    const m = parseModule(
      '(func $f) (table $t funcref (elem $f $f)) (memory (data "ab" "\\00c")) (table i64 (ref null $x) (elem (ref.null $x))) (type $x (func))',
    )
    expect(m.tables.map((t) => [t.limits.min, t.limits.max, formatValType(t.element)])).toEqual([
      [2, 2, 'funcref'],
      [1, 1, '(ref null 0)'],
    ])
    expect(m.elems.map((e) => [e.mode, e.table, e.funcs])).toEqual([
      ['active', 0, [0, 0]],
      ['active', 1, undefined],
    ])
    expect(hex(m.elems[1]!.start!.bytes)).toBe('42000b')
    expect(m.memories[0]!.limits).toEqual({ min: 1, max: 1, is64: false })
    expect(hex(m.datas[0]!.bytes)).toBe('61620063')
  })
  test('forms of elem and data', () => {
    const m = parseModule(`(table 9 funcref) (memory 1) (func $f)
      (elem (i32.const 1) $f) (elem (offset i32.const 1) func $f) (elem (table 0) (i32.const 1) funcref (ref.func $f) (item ref.null func))
      (elem declare func $f) (elem $p funcref) (elem 0 (i32.const 1) $f) (data 0 (i32.const 1) "x") (data (memory 0) (offset (i32.const 1))) (data "p")`)
    expect(m.elems.map((e) => [e.mode, e.funcs?.length, e.exprs?.length])).toEqual([
      ['active', 1, undefined],
      ['active', 1, undefined],
      ['active', undefined, 2],
      ['declarative', 1, undefined],
      ['passive', undefined, 0],
      ['active', 1, undefined],
    ])
    expect(m.elems[4]!.type).toBe(FUNCREF)
    expect(m.datas.map((d) => d.mode)).toEqual(['active', 'active', 'passive'])
  })
  test('locals in runs', () => {
    expect(parseModule('(func (local i32 i32) (local $x i32) (local i64))').code[0]!.locals).toEqual([
      { count: 3, type: I32 },
      { count: 1, type: I64 },
    ])
  })
  test('recursive types', () => {
    const m = parseModule(
      '(rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub final $a (struct (field (ref null $b) (mut i8)))))) (type (array (mut f32)))',
    )
    expect(m.types.map((t) => [t.final, t.supers, t.recStart, t.recLength])).toEqual([
      [false, [], 0, 2],
      [true, [0], 0, 2],
      [true, [], 2, 1],
    ])
  })
  test('memories: shared, page size, limits of 64 bits', () => {
    const m = parseModule('(memory 1 2 shared) (memory 1 (pagesize 1)) (memory i64 0 0xffff_ffff_ffff_ffff)')
    expect(m.memories.map((x) => [x.shared, x.pageSizeLog2])).toEqual([
      [true, 16],
      [false, 0],
      [false, 16],
    ])
    expect(() => parseModule('(memory 0x1_0000_0000)')).not.toThrow()
    expect(() => parseModule('(memory 0x1_0000_0000)', { features: featureSet({ memory64: false }) })).toThrow('i32 constant out of range')
  })
})

test('names become a name section', () => {
  const m = parseModule(
    '(module $M (func $f (param $p i32) (local $l i32) (block $b)) (global $"g h" i32 (i32.const 0)) (func (@name "other")))',
  )
  const names = m.customs.find((c) => c.name === 'name')!
  const text = String.fromCharCode(...names.bytes)
  for (const name of ['M', 'f', 'p', 'l', 'b', 'g h', 'other']) expect(text).toContain(name)
  expect(parseModule('(module $M)', { names: false }).customs).toEqual([])
})

test('@custom places sections', () => {
  const m = parseModule('(type (func)) (@custom "a" (before type) "x" "y") (@custom "b" (after func)) (func (type 0)) (@custom "c")')
  expect(m.customs.map((c) => [c.name, c.after])).toEqual([
    ['a', 0],
    ['b', 3],
    ['c', 10],
  ])
  expect(hex(m.customs[0]!.bytes)).toBe('7879')
})

test('branch hints count from the start of the body', () => {
  const m = parseModule('(func (param i32) (local i64) (@metadata.code.branch_hint "\\01") (if (local.get 0) (then)))')
  expect(m.customs.map((c) => [c.name, c.after, hex(c.bytes)])).toEqual([['metadata.code.branch_hint', 3, '010001' + '05' + '01' + '01']])
})

describe('malformed', () => {
  const cases: [string, string][] = [
    ['(func foo)', 'unknown operator foo'],
    ['(func (i32.const0))', 'unknown operator i32.const0; did you mean i32.const?'],
    ['(func i32.const 1 end)', 'unexpected token end: no block is open here'],
    ['(func block)', 'unexpected token ), expected end (of the block from 1:7)'],
    ['(func (block)', 'unexpected token: end of text; this ( is not closed'],
    ['(func then)', 'unexpected token then, expected an instruction'],
    ['(func (i32.const 0x1_0000_0000))', 'constant out of range 0x1_0000_0000'],
    ['(func (local.get $x))', 'unknown local $x'],
    ['(func (br $x))', 'unknown label $x'],
    ['(func (call $x))', 'unknown function $x'],
    ['(func (global.get $x))', 'unknown global $x'],
    ['(func (type $x))', 'unknown type $x'],
    ['(func $a) (func $a)', 'duplicate func $a'],
    ['(func (param $a i32) (local $a i32))', 'duplicate local $a'],
    ['(func block $a end $b)', 'mismatching label $b: the block is called $a'],
    ['(type (func)) (func (type 0) (param i32))', 'inline function type: type 0 is [] -> [], not [i32] -> []'],
    ['(func) (import "" "" (func))', 'import after function definition'],
    ['(memory 1) (func (drop (i32.load align=3 (i32.const 0))))', 'alignment must be a power of two'],
    ['(func $f) (start $f) (start $f)', 'multiple start sections'],
    ['(func $)', 'empty identifier'],
    ['(import "\\80" "" (func))', 'malformed UTF-8 encoding'],
    ['(memory (data "\\x"))', 'illegal escape'],
    ['(memory (data "', 'unclosed string'],
    ['(; (; ;)', 'unclosed comment'],
    ['(@x (', 'unclosed annotation'],
    ['(func) é', 'illegal character U+00E9'],
    ['(func,)', 'unknown operator ,'],
    ['(module) (module)', 'unexpected token (, expected the end: a text holds one module'],
    [')', 'unexpected token ), expected a field of a module'],
    ['(func (then))', 'unexpected token then, expected an instruction'],
    ['(func (if (i32.const 1)))', 'unexpected token ), expected (then'],
    ['(func (if (then) (else) (else)))', 'unexpected token else, expected )'],
    ['(func (i32.eqz i32.const 1))', 'unexpected token i32.const, expected ) or an operand in parentheses'],
    ['(func (i32.const 1) i32.ad)', 'unknown operator i32.ad; did you mean i32.add, i32.and?'],
    ['(func (param i32) get_local 0 drop)', 'unknown operator get_local; today it is called local.get'],
    ['(func i32.trunc_s:sat/f64 drop)', 'unknown operator i32.trunc_s:sat/f64; today it is called i32.trunc_sat_f64_s'],
    ['(func I32.CONST 1 drop)', 'unknown operator I32.CONST; did you mean i32.const?'],
    ['(func (local anyfunc))', 'unknown operator anyfunc; today it is called funcref'],
    ['(func (call $prnt)) (func $print)', 'unknown function $prnt; did you mean $print?'],
    ['(func end)', 'unexpected token end: no block is open here'],
    ['(func else)', 'unexpected token else: no if is open here'],
    ['(module binary "a")', 'unexpected token binary: such modules belong to scripts'],
    ['(func "é é")', 'unexpected token "é é", expected an instruction'],
    ['(global i32 i32.const)', 'unexpected token ), expected a number'],
    ['(memory)', 'unexpected token ), expected a size or (data'],
    ['(table funcref)', 'unexpected token ), expected (elem'],
    ['(func (v128.const i32x4 1 2 3))', 'wrong number of lane literals: 3, not 4'],
    ['(func (i8x16.shuffle 1 2))', 'invalid lane length: 2 lanes, not 16'],
    ['(func (block (param $x i32)))', 'unexpected token: parameters have no names here'],
    ['(import "a" (func))', 'unexpected token (, expected a string'],
    ['(import "a" "b" (fnc))', 'unknown operator fnc; did you mean func?'],
    ['(func (result i32) (param i32))', 'unexpected token param: parameters stand before results'],
    ['(start)', 'unexpected token ), expected the index or the $name of a function'],
    ['(func ((i32.const 1)))', 'unexpected token (, expected an instruction'],
    ['(func (if i32.const 1 (then)))', 'unexpected token i32.const, expected (then or the condition in parentheses'],
    ['(rec (func))', 'unexpected token (, expected (type'],
    ['(func (try))', 'unexpected token ), expected (do'],
    ['\u0000(', 'illegal character U+0000; is this UTF-16?'],
    ['\ufeff(func)', 'illegal character U+FEFF, a byte order mark'],
    ['(func $a\u001b[2J)', 'illegal character U+001B'],
    ['(func $"a)', 'empty identifier: unclosed string'],
  ]
  test.each(cases)('%s', (source, want) => expect(message(source)).toBe(want))
  test('bytes that are no UTF-8', () => {
    expect(message(Uint8Array.from([...';; '].map((c) => c.charCodeAt(0)).concat(0xff)))).toBe('malformed UTF-8 encoding')
  })
  test('place and excerpt', () => {
    const e = failure('(module\n  ;; é\n  (func (é foo)))')
    expect([e.line, e.column, e.offset]).toEqual([3, 10, 25])
  })
  test('an open list is shown where it begins', () => {
    const e = failure('(module\n  (func (block nop)\n  (func))\n')
    expect([e.line, e.column]).toEqual([1, 1])
  })
  test('nothing in an excerpt disturbs a terminal', () => {
    const { message: said } = failure('(module\t(func (export "\u202e\u009b") $\u001b[2J é))')
    expect(said).toContain('\n  1 | (module (func (export "\ufffd\ufffd") $\u241b[2J é))\n')
  })
  test('UTF-16', () => {
    expect(message(Uint8Array.of(0xff, 0xfe, 0x28, 0))).toBe('malformed UTF-8 encoding: this looks like UTF-16')
  })
  test('excerpt', () => {
    expect(failure('(module\n  (func foo))').message).toBe('unknown operator foo at line 2, column 9\n  2 |   (func foo))\n    |         ^')
  })
})

test('source map', () => {
  const source = '(func)\n(func (param i32)\n  (i32.eqz\n    (local.get 0))\n  drop\n)'
  const { module, map } = parseModuleWithMap(source)
  expect(hex(module.code[1]!.bytes)).toBe('2000451a0b')
  const lines = [0, 2, 3, 4].map((offset) => map.place(1, offset)?.line)
  expect(lines).toEqual([4, 3, 5, 6])
  expect(map.place(1, 1)).toBeUndefined()
  expect(map.place(1, 2)).toEqual({ line: 3, column: 3 })
})

describe('deep nesting does not use the JS stack', { timeout: 60_000 }, () => {
  const n = 100_000
  const cases: [string, string][] = [
    ['operands', `(func (result i32) ${'(i32.eqz '.repeat(n)}(i32.const 1)${')'.repeat(n)})`],
    ['blocks', `(func ${'(block $l '.repeat(n)}(br $l)${')'.repeat(n)})`],
    ['flat blocks', `(func ${'loop '.repeat(n)}${'end '.repeat(n)})`],
    ['ifs', `(func ${'(if (i32.const 1) (then '.repeat(n)}${'))'.repeat(n)})`],
    ['comments', `${'(;'.repeat(n)}${';)'.repeat(n)}`],
    ['annotations', `(@a ${'('.repeat(n)}${')'.repeat(n)})`],
  ]
  test.each(cases)('%s', (_name, source) => {
    expect(() => decode(watToWasm(source))).not.toThrow()
  })
  test('parentheses alone', () => expect(message('('.repeat(n))).toBe('unexpected token (, expected a field of a module'))
})

/** A module with offsets and buffers taken out, for comparison. */
function plain(m: Module): unknown {
  const expr = (e: { bytes: Uint8Array; start: number; end: number } | undefined): unknown => e && hex(e.bytes.subarray(e.start, e.end))
  return {
    ...m,
    imports: m.imports.map((i) => ({ ...i, offset: 0 })),
    exports: m.exports.map((e) => ({ ...e, offset: 0 })),
    tableInits: m.tableInits.map(expr),
    globalInits: m.globalInits.map(expr),
    code: m.code.map((b) => [expr(b), b.locals]),
    elems: m.elems.map((e) => ({ ...e, offset: 0, start: expr(e.start), exprs: e.exprs?.map(expr) })),
    datas: m.datas.map((d) => ({ mode: d.mode, memory: d.memory, start: expr(d.start), bytes: hex(d.bytes) })),
    customs: m.customs.map((c) => ({ ...c, offset: 0, bytes: hex(c.bytes) })),
    sections: [],
    bytes: [],
  }
}
test('decode(encode(m)) is m', () => {
  const m = parseModule(`(module $all
    (@custom "first" (before first) "1") (@custom "mid" (after global) "2")
    (rec (type $s (sub (struct (field $a (ref null $t)) (field i8)))) (type $t (array (mut (ref $s))))) (type $f (func (param i32 f64) (result v128 externref)))
    (import "m" "f" (func $imp (type $f))) (import "m" "t" (table 1 funcref)) (import "m" "g" (global (mut i64))) (import "m" "e" (tag (param i32))) (import "m" "mem" (memory 1 2))
    (table $t1 2 3 (ref func) (ref.func $g)) (table i64 1 externref) (memory i64 1) (tag $e (param i64))
    (global $x (mut (ref null $s)) (ref.null $s)) (global f32 (f32.const -0x1.8p3))
    (func $g (export "g") (param $p i32) (local i64 i64 f32) (memory.init $m1 $d (i64.const 0) (i32.const 0) (i32.const 0)) (call $imp (local.get $p) (f64.const 0.1)) drop drop)
    (export "m1" (memory $m1)) (memory $m1 1) (start $g)
    (elem (i32.const 0) $g) (elem (table $t1) (i32.const 0) func $g) (elem declare func $g) (elem funcref (ref.func $g)) (elem (table 0) (i32.const 0) funcref (ref.null func))
    (data (i32.const 0) "a") (data (memory $m1) (i32.const 0) "b") (data $d "c"))`)
  const bytes = encode(m)
  const again = decode(bytes)
  expect(plain(again)).toEqual(plain(m))
  expect(hex(encode(again))).toBe(hex(bytes))
})

test('comments cost what they are long, not what the text is long', () => {
  // Other printers write one at every block. A search for whichever line end is not in the text took sixty times as long.
  const time = (eol: string): number => {
    const text = `(func) ;; label = @1${eol}`.repeat(50_000)
    const began = performance.now()
    expect(parseModule(text).code).toHaveLength(50_000)
    return performance.now() - began
  }
  time('\r\n')
  expect(time('\n')).toBeLessThan(8 * time('\r\n') + 50)
})
