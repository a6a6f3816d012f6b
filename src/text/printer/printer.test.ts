/** The printer: what the text looks like, and that everything a module says comes back from it (spec §6). */
import { describe, expect, test } from 'vitest'
import { decode } from '../../decoder/decode.ts'
import { ByteWriter } from '../../encoder/byte-writer.ts'
import { encode } from '../../encoder/encoder.ts'
import { encodeNames } from '../../encoder/names.ts'
import type { CustomSection, Module } from '../../module/module.ts'
import { type SectionNames, moduleNames } from '../../module/names.ts'
import { allFeatures } from '../../spec/features.ts'
import { parseModule, parseModuleWithMap, watToWasm } from '../parse-module.ts'
import { type PrintOptions, functionPrinter, printModule, printModuleWithMap } from './printer.ts'

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')

/** Lines of the printed text between the module's parentheses. */
function printed(source: string | Module, options?: PrintOptions): string {
  const module = typeof source === 'string' ? decode(watToWasm(source), { features: allFeatures }) : source
  const text = printModule(module, options)
  expect(hex(encode(parseModule(text)))).toBe(hex(encode(module)))
  return text
    .split('\n')
    .slice(1, -2)
    .map((line) => line.slice(2))
    .join('\n')
}
/** The last field without its first line. */
const body = (source: string, options?: PrintOptions): string =>
  /\n(?:\(func|\(rec)[^\n]*\n((?: [^\n]*\n)*)\)$/.exec(`\n${printed(source, options)}`)![1]!.replaceAll(/^ {2}/gm, '')

describe('folding', () => {
  test('short expressions take one line, long ones several', () => {
    expect(
      body(`(func (param i32 i32) (local.set 0 (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 7))))
        (local.set 1 (i32.add (i32.const 1000000000) (i32.add (i32.const 1000000000) (i32.add (i32.const 1000000000) (i32.const 1000000000))))))`),
    ).toBe(`(local.set 0 (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 7))))
(local.set 1
  (i32.add
    (i32.const 1000000000)
    (i32.add (i32.const 1000000000) (i32.add (i32.const 1000000000) (i32.const 1000000000)))))
`)
  })
  test('an operand that is not there, or behind a statement, is left outside', () => {
    expect(body('(func (result i32) i32.const 1 nop i32.const 2 i32.add)')).toBe('(i32.const 1)\n(nop)\n(i32.const 2)\ni32.add\n')
    expect(body('(func i32.const 1 i32.const 2 i32.add i32.eqz drop i32.add)')).toBe(
      '(drop (i32.eqz (i32.add (i32.const 1) (i32.const 2))))\ni32.add\n',
    )
    expect(body('(func br 0 i32.add drop)')).toBe('(br 0)\ni32.add\ndrop\n')
  })
  test('several results are operands together', () => {
    expect(body('(func $two (result i32 i32) i32.const 1 i32.const 2) (func (result i32) call $two i32.add)')).toBe(
      '(i32.add (call $two))\n',
    )
    expect(body('(func $two (result i32 i32) i32.const 1 i32.const 2) (func (result i32) call $two i32.eqz i32.add)')).toBe(
      '(call $two)\ni32.eqz\ni32.add\n',
    )
  })
  test('blocks, conditions, parameters', () => {
    expect(
      body(`(func (result i32) (local i32)
        (i32.add (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else (i32.const 2))) (block (result i32) (i32.const 3)))
        (block $b (param i32) (result i32) (br_if $b (i32.const 0))) (if (param i32) (result i32) (local.get 0) (then)) (loop)
        (if (param i32) (i32.const 1) (i32.const 2) (then (drop))))`),
    ).toBe(`(local i32)
(i32.add
  (if (;@1;) (result i32)
    (i32.eqz (local.get 0))
    (then
      (i32.const 1)
    )
    (else
      (i32.const 2)
    )
  )
  (block (;@1;) (result i32)
    (i32.const 3)
  ))
(block $b (type 1) (param i32) (result i32)
  (i32.const 0)
  br_if $b
)
(if (;@1;) (type 1) (param i32) (result i32)
  (local.get 0)
  (then
  )
)
(loop (;@1;))
(if (;@1;) (type 2) (param i32)
  (i32.const 1)
  (i32.const 2)
  (then
    drop
  )
)
`)
  })
  test('old and new exceptions', () => {
    expect(
      body(`(tag $e (param i32)) (func (result i32)
        (try $t (result i32) (do (throw $e (i32.const 1))) (catch $e) (catch_all (rethrow $t)))
        (try (do (try (do (nop)) (delegate 1))))
        (block $h (result i32) (try_table (catch $e $h) (catch_all 1) (call 0) drop) unreachable) drop)`),
    ).toBe(`(try $t (result i32)
  (do
    (throw $e (i32.const 1))
  )
  (catch $e
  )
  (catch_all
    (rethrow $t)
  )
)
(try (;@1;)
  (do
    (try (;@2;)
      (do
        (nop)
      )
      (delegate 1)
    )
  )
)
(drop
  (block $h (result i32)
    (try_table (;@2;) (catch $e $h) (catch_all 1)
      (drop (call 0))
    )
    (unreachable)
  ))
`)
  })
  test('flat', () => {
    expect(body('(func (param i32) (block $a (if (local.get 0) (then (br $a)) (else (nop)))))', { folded: false })).toBe(
      'block $a\n  local.get 0\n  if (;@2;)\n    br $a\n  else\n    nop\n  end\nend\n',
    )
    const legacy = '(tag $e) (func (try $t (do (try (do) (delegate $t))) (catch $e (nop)) (catch_all)))'
    expect(body(legacy, { folded: false })).toBe('try $t\n  try (;@2;)\n  delegate $t\ncatch $e\n  nop\ncatch_all\nend\n')
  })
  test('what operands have which type', () => {
    expect(
      body(
        `(type $s (struct (field i8))) (memory i64 1) (func (param f64 (ref null $s)) (result i64)
        (drop (select (local.get 0) (f64.const 1) (i32.const 0)))
        (block (br_on_null 0 (local.get 1)) (drop))
        (if (i32.load8_u (i64.const 1)) (then (return (i64.const 0))))
        (unreachable) (drop))`,
        { types: true, folded: false },
      )
        .split('\n')
        .map((line) => line.split(';; ')[1] ?? ''),
    ).toEqual([
      ...['[] -> [f64]', '[] -> [f64]', '[] -> [i32]', '[f64 f64 i32] -> [f64]', '[f64] -> []'],
      ...['', '[] -> [(ref null $s)]', '[(ref null $s)] -> [(ref $s)]', '[(ref $s)] -> []', ''],
      ...['[] -> [i64]', '[i64] -> [i32]', '', '[] -> [i64]', '[i64] -> []', ''],
      ...['[] -> []', '[_] -> []', ''],
    ])
  })
})

describe('labels', () => {
  test('a name that a block inside has as well gives way to the number', () => {
    expect(body('(func (block $l (block $l (br 0) (br 1) (br 2)) (br 0)))')).toBe(
      '(block $l\n  (block $l\n    (br $l)\n    (br 1)\n    (br 2)\n  )\n  (br $l)\n)\n',
    )
  })
  test('without a name: the number, and which block it is from outside', () => {
    expect(body('(func (block (loop (br_table 0 1 2 (i32.const 0)))))')).toContain('(br_table 0 (;@2;) 1 (;@1;) 2 (i32.const 0))')
  })
})

describe('names', () => {
  /** A module with these names in its name section. */
  const named = (source: string, names: Partial<SectionNames>, others: readonly CustomSection[] = []): Module => {
    const m = parseModule(source, { names: false })
    const bytes = encodeNames({ ...moduleNames(parseModule('')), ...names })!
    return { ...m, customs: [{ name: 'name', bytes, offset: 0, after: 10 }, ...others] }
  }
  test('identifiers are unique, quoted where they must be; what they cannot say is said beside', () => {
    const m = named('(func) (func) (func) (func) (func) (func)', {
      module: 'a b',
      funcs: new Map([
        [0, 'f'],
        [1, 'f'],
        [2, 'f#1'],
        [3, 'std::vector<int, char>'],
        [4, ''],
        [5, 'Grüße\u202e"\n'],
      ]),
    })
    expect(printModule(m)).toMatch(/^\(module \$"a b"\n/)
    expect(printed(m)).toBe(`(type (;0;) (func))
(func $f (;0;) (type 0))
(func $f#2 (;1;) (@name "f") (type 0))
(func $f#1 (;2;) (type 0))
(func $"std::vector<int, char>" (;3;) (type 0))
(func (;4;) (@name "") (type 0))
(func $"Grüße\\u{202e}\\"\\n" (;5;) (type 0))`)
  })
  test('of locals, labels, fields, types, and everything else', () => {
    const source = `(module $m (type $t (struct (field $a i32) (field (mut i64)))) (import "m" "f" (func $i (param $p i32)))
      (table $tab 1 funcref) (memory $mem 1) (tag $tag) (global $g i32 (i32.const 1)) (elem $e func $i) (data $d "x")
      (func $f (param $x i32) (param i32) (param $y i32) (local $z i64) (local i64 f32) (local $"" f32)
        (block $l (drop (struct.get $t $a (ref.null $t))) (br $l))))`.replace(' (local $"" f32)', '')
    expect(printed(source)).toBe(`(type $t (;0;) (struct (field $a i32) (field (mut i64))))
(type (;1;) (func (param i32)))
(type (;2;) (func))
(type (;3;) (func (param i32 i32 i32)))
(import "m" "f" (func $i (;0;) (type 1) (param $p i32)))
(table $tab (;0;) 1 funcref)
(memory $mem (;0;) 1)
(tag $tag (;0;) (type 2))
(global $g (;0;) i32 (i32.const 1))
(elem $e (;0;) func $i)
(func $f (;1;) (type 3) (param $x i32) (param i32) (param $y i32)
  (local $z i64) (local i64 f32)
  (block $l
    (drop (struct.get $t $a (ref.null $t)))
    (br $l)
  )
)
(data $d (;0;) "x")`)
  })
  test('locals and fields may share a name, too', () => {
    const m = named('(type (struct (field i32 i32))) (func (param i32) (local i32 i32))', {
      locals: new Map([
        [
          0,
          new Map([
            [0, 'x'],
            [1, 'x'],
            [2, ''],
          ]),
        ],
      ]),
      fields: new Map([
        [
          0,
          new Map([
            [0, 'f'],
            [1, 'f'],
          ]),
        ],
      ]),
    })
    expect(printed(m)).toContain('(struct (field $f i32) (field $f#1 (@name "f") i32))')
    expect(printed(m)).toContain('(local $x#1 (@name "x") i32) (local (@name "") i32)')
  })
  test('names of nothing, or a section of another form, are kept as bytes', () => {
    const m = named('(func)', {
      funcs: new Map([
        [0, 'f'],
        [7, 'g'],
      ]),
    })
    expect(printed(m)).toBe('(type (;0;) (func))\n(func $f (;0;) (type 0))\n(@custom "name" (after code) "\\01\\07\\02\\00\\01f\\07\\01g")')
    const broken: Module = { ...m, customs: [{ name: 'name', bytes: Uint8Array.of(1, 0x80), offset: 0, after: 10 }] }
    expect(printed(broken)).toContain('(@custom "name" (after code) "\\01\\80")')
    // Two: which one counts must not change.
    const name = m.customs[0]!
    expect(printed({ ...m, customs: [{ ...name, bytes: new Uint8Array(0) }, name] })).toContain('(func (;0;) (type 0))')
    expect(printed({ ...m, customs: [name, { ...name, bytes: new Uint8Array(0) }] })).toContain('(func $f (;0;) (type 0))')
  })
  test('a name section that is not the last keeps its place', () => {
    const names = { funcs: new Map([[0, 'f']]) }
    const m = named('(func)', names, [{ name: 'producers', bytes: Uint8Array.of(0), offset: 0, after: 10 }])
    expect(printed(m)).toBe(
      '(type (;0;) (func))\n(func $f (;0;) (type 0))\n(@names (after code))\n(@custom "producers" (after code) "\\00")',
    )
    const early = { ...m, customs: [{ ...m.customs[0]!, after: 0 }] }
    expect(printed(early)).toContain('(@names (before first))')
  })
  test('without names: indices, and the section as bytes', () => {
    const text = printed('(func $f (param $x i32) (drop (local.get $x)))', { names: false })
    expect(text).toContain('(func (;0;) (type 0) (param i32)\n  (drop (local.get 0))')
    expect(text).toContain('(@custom "name"')
  })
})

describe('custom sections', () => {
  const section = (name: string, after: number, ...bytes: number[]): CustomSection => ({
    name,
    after,
    offset: 0,
    bytes: Uint8Array.from(bytes),
  })
  test('each comes back in its place', () => {
    const m = parseModule('(memory 1) (func $f) (data "x")')
    const customs = [
      section('first', 0, 1),
      section('a', 1, 1),
      section('a', 1, 2),
      section('é"', 5),
      section('c', 10, 1),
      section('d', 11, 0x22, 0x0a),
    ]
    expect(printed({ ...m, customs })).toContain('(@custom "d" (after data) "\\"\\n")')
  })
  test('branch hints are annotations where they are of the usual form', () => {
    const source = `(func (param i32) (local i64) (block (@metadata.code.branch_hint "\\00") (br_if 0 (local.get 0)))
      (@metadata.code.branch_hint "\\01") (if (local.get 0) (then)))`
    for (const folded of [true, false]) {
      const text = printed(source, { folded })
      expect(text.match(/\(@metadata\.code\.branch_hint "\\0[01]"\)\n +\(?(br_if|if)/g)?.length).toBe(2)
      expect(text).not.toContain('@custom')
    }
    const m = parseModule(source)
    const [hints] = m.customs as [CustomSection]
    for (const other of [
      { ...hints, after: 10 },
      { ...hints, bytes: Uint8Array.from([...hints.bytes, 0]) },
      { ...hints, bytes: hints.bytes.map((b, i) => (i === 3 ? b + 1 : b)) },
      { ...hints, bytes: Uint8Array.of(1) },
    ]) {
      expect(printed({ ...m, customs: [other] })).toContain('(@custom "metadata.code.branch_hint"')
    }
  })
  test('a data count section that nothing needs', () => {
    const m = parseModule('(data "x")')
    expect(printed({ ...m, dataCount: 1 })).toBe('(@datacount)\n(data (;0;) "x")')
    expect(printed('(data "x") (func (data.drop 0))')).not.toContain('@datacount')
  })
})

describe('definitions', () => {
  test('types', () => {
    expect(
      printed(`(type $a (func (param i32 i64) (result f32))) (rec (type $b (sub (struct (field (mut i8)) (field (ref null $c)))))
        (type $c (sub final $b (struct (field (mut i8)) (field (ref null $c)))))) (type (array (mut (ref any)))) (type (sub (func))) (type (cont $a))`),
    ).toBe(`(type $a (;0;) (func (param i32 i64) (result f32)))
(rec
  (type $b (;1;) (sub (struct (field (mut i8)) (field (ref null $c)))))
  (type $c (;2;) (sub final $b (struct (field (mut i8)) (field (ref null $c)))))
)
(type (;3;) (array (mut (ref any))))
(type (;4;) (sub (func)))
(type (;5;) (cont $a))`)
  })
  test('memories, tables, globals, segments, start', () => {
    expect(
      printed(`(import "a" "m" (memory 1 2)) (import "a" "t" (table i64 1 (ref null func))) (import "a" "g" (global (mut v128)))
      (import "a" "e" (tag)) (memory i64 1 0x1_0000_0000_0000) (memory 1 2 shared) (memory 0 (pagesize 1))
      (table 1 2 (ref func) (ref.func 0)) (table i64 3 externref)
      (global i64 (i64.add (i64.const -1) (i64.const 0x8000_0000_0000_0000))) (func) (start 0) (export "f\\00" (func 0)) (export "" (memory 2))
      (elem (i64.const 0) func 0) (elem (table 1) (offset i32.const 1) func) (elem (ref null func) (ref.func 0) (item ref.null func))
      (elem declare func 0) (elem (table 1) (i32.const 0) (ref func) (item (ref.func 0)))
      (data (i32.const 0) "a" "b\\ff") (data (memory 1) (offset (i64.const 1) (i64.const 2) i64.add)) (data "")`),
    ).toBe(`(type (;0;) (func))
(import "a" "m" (memory (;0;) 1 2))
(import "a" "t" (table (;0;) i64 1 funcref))
(import "a" "g" (global (;0;) (mut v128)))
(import "a" "e" (tag (;0;) (type 0)))
(table (;1;) 1 2 (ref func) (ref.func 0))
(table (;2;) i64 3 externref)
(memory (;1;) i64 1 281474976710656)
(memory (;2;) 1 2 shared)
(memory (;3;) 0 (pagesize 1))
(global (;1;) i64 (i64.add (i64.const -1) (i64.const -9223372036854775808)))
(export "f\\00" (func 0))
(export "" (memory 2))
(start 0)
(elem (;0;) (i64.const 0) func 0)
(elem (;1;) (table 1) (i32.const 1) func)
(elem (;2;) funcref (ref.func 0) (ref.null func))
(elem (;3;) declare func 0)
(elem (;4;) (table 1) (i32.const 0) (ref func) (ref.func 0))
(func (;0;) (type 0))
(data (;0;) (i32.const 0) "ab\\ff")
(data (;1;) (memory 1) (offset (i64.add (i64.const 1) (i64.const 2))))
(data (;2;))`)
  })
  test('long lists and long data are broken', () => {
    const text = printed(`(func $some_function) (elem func ${'$some_function '.repeat(100)}) (data "${'0123456789'.repeat(100)}")`)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(110)
  })
})

test('every byte of data, every kind of character of names', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  const m = parseModule('(data "")')
  printed({ ...m, datas: [{ ...m.datas[0]!, bytes }] })
  const names = ['\u0000\u001f\u007f\u0080', 'é😀漢\u{10ffff}', '\ufeff\u200b\u2028', '"\\\'', '$(;)']
  const exports = names.map((name, index) => ({ name, kind: 'data' as never, index, offset: 0 }))
  const f = parseModule('(func)')
  printed({ ...f, exports: exports.map((e) => ({ ...e, kind: 'func' as const, index: 0 })) })
})

describe('deep nesting does not use the JS stack', () => {
  const N = 100_000
  const module = (...code: number[][]): Module => {
    const m = parseModule('(func (result i32) (i32.const 0)) (global i32 (i32.const 0))')
    const w = new ByteWriter()
    for (const part of code) w.raw(Uint8Array.from(part))
    return { ...m, code: [{ bytes: w.slice(), start: 0, end: w.length, locals: [] }] }
  }
  const times = (n: number, ...bytes: number[]): number[] => Array.from({ length: n * bytes.length }, (_, i) => bytes[i % bytes.length]!)
  const cases: [string, Module][] = [
    ['blocks', module(times(N, 0x02, 0x40), times(N, 0x0b), [0x41, 0, 0x0b])],
    ['blocks as operands', module(times(N, 0x02, 0x7f), [0x41, 0], times(N, 0x45, 0x0b), [0x0b])],
    ['ifs', module(times(N, 0x41, 0, 0x04, 0x40), times(N, 0x0b), [0x41, 0, 0x0b])],
    ['delegates', module(times(N, 0x06, 0x40), times(N, 0x18, 0), [0x41, 0, 0x0b])],
    ['operands on the left', module([0x41, 0], times(N, 0x45), [0x0b])],
    ['operands on the right', module(times(N, 0x41, 0), times(N - 1, 0x6a), [0x0b])],
  ]
  const same = (m: Module, options?: PrintOptions): void => {
    const text = printModule(m, options)
    expect(Buffer.compare(encode(parseModule(text)), encode(m))).toBe(0)
    // Neither a square of spaces.
    expect(text.length).toBeLessThan(40_000_000)
  }
  test.each(cases)('%s, folded', (_, m) => same(m))
  test.each(cases.slice(1, 3))('%s, flat', (_, m) => same(m, { folded: false }))
  test.each(cases.slice(3))('%s, in a constant expression', (_, m) => {
    const expr = m.code[0]!
    same({ ...m, globalInits: [expr], code: [{ ...expr, start: expr.end - 1 }] })
  })
})

describe('the map', () => {
  const source = `(module (func) (func $"é" (param i32) (result i32)
    (block $l (result i32) (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (local.get 0))) (else (br $l (i32.const 2)))))))`
  test.each([{}, { folded: false }, { offsets: true, types: true }, { folded: false, types: true }])(
    'is that of parsing the text: %o',
    (options) => {
      const module = decode(watToWasm(source))
      const { text, map } = printModuleWithMap(module, options)
      expect(text).toBe(printModule(module, options))
      const parsed = parseModuleWithMap(text).map
      let found = 0
      for (const [code, { start, end }] of module.code.entries()) {
        for (let offset = start; offset < end; offset++) {
          const place = map.placeOf(offset)
          expect(place).toEqual(parsed.placeOf(offset))
          expect(place).toEqual(map.place(code, offset - start))
          if (place === undefined) continue
          found++
          expect(map.offsetsOn(place.line)).toContain(offset)
          expect(parsed.offsetsOn(place.line)).toEqual(map.offsetsOn(place.line))
          expect(map.locate(offset)).toEqual({ code, offset: offset - start })
        }
      }
      expect(found).toBe(13)
    },
  )
  test('knows nothing of what is no instruction', () => {
    const module = decode(watToWasm(source))
    const { map } = printModuleWithMap(module)
    expect(map.placeOf(0)).toBeUndefined()
    expect(map.placeOf(1e9)).toBeUndefined()
    expect(map.place(7, 0)).toBeUndefined()
    expect(map.place(1, 1)).toBeUndefined()
    expect(map.offsetsOn(1)).toEqual([])
    // A module that was not encoded yet: offsets of the file that it would be.
    const unencoded = parseModule(source)
    expect(printModuleWithMap(unencoded).map.placeOf(module.code[1]!.start)).toEqual(map.placeOf(module.code[1]!.start))
  })
})

describe('functions one by one', () => {
  test('lines and places are those of the whole text', () => {
    const module = decode(
      watToWasm(`(module (import "a" "b" (func))
        (func $f (param $x i32) (result i32) (local $y i64) (if (result i32) (local.get $x) (then (i32.const 1)) (else (i32.const 2))))
        (func) (func $g (call $f (i32.const 5)) drop (call 0)))`),
      { features: allFeatures },
    )
    const whole = printModuleWithMap(module, { folded: false })
    const lines = whole.text.split('\n')
    const print = functionPrinter(module, { folded: false })
    for (const code of [2, 0, 1, 0]) {
      const { text, places } = print(code)
      const own = text.split('\n')
      expect(own[0]).toBe(`;; function ${code + 1}`)
      const first = lines.indexOf(own[1]!)
      expect(lines.slice(first, first + own.length - 2)).toEqual(own.slice(1, -1))
      for (let i = 0; i < places.length; i += 3) {
        const { line, column } = whole.map.place(code, places[i]!)!
        expect([places[i + 1]! + first - 1, places[i + 2]]).toEqual([line, column])
      }
    }
  })
})
