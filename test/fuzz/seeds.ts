/**
 * Valid modules to start from, for hostile input: WAT that has every instruction of the table and every kind of section, the
 * examples' binaries, generated programs; with WASM_TESTSUITE also modules of the specification's scripts.
 */
import { readFileSync } from 'node:fs'
import type { Feature } from '../../src/spec/features.ts'
import { ADDR, type Immediate, type Instruction, instructions } from '../../src/spec/instructions.ts'
import { watToWasm } from '../../src/text/index.ts'
import { filesUnder, repoRoot } from '../helpers/files.ts'
import { Script } from '../../spec-tests/script.ts'
import { allFeatures } from '../../src/spec/features.ts'
import { generate } from './generate.ts'
import { toBytes } from './program.ts'

/** What the bodies below refer to, as far as Wasm 2.0 goes. */
const PLAIN = `
  (type $f (func))
  (import "host" "h" (func $h (param i32) (result i32)))
  (import "host" "g" (global $imported i32))
  (memory $m 1 4) (table $t 10 20 funcref) (table $u 2 3 externref)
  (global $x (mut i32) (i32.const 6)) (global $y i64 (i64.const -1)) (global $q funcref (ref.null func))
  (func $zero (type $f)) (export "zero" (func $zero)) (export "m" (memory $m)) (export "t" (table $t)) (export "x" (global $x))
  (elem $el (table $t) (i32.const 0) func $zero $zero) (elem $passive func $zero) (elem declare func $zero) (elem $exprs funcref (ref.func $zero) (ref.null func))
  (data $d (i32.const 8) "hello\\00\\ff") (data $p "passive")
`
/** And beyond. */
const REST = `
  (type $s (struct (field (mut i32)) (field (mut i8)) (field i64)))
  (type $a (array (mut i32)))
  (type $b (array (mut i8)))
  (type $r (array (mut funcref)))
  (rec (type $node (sub (struct (field (ref null $node)) (field (ref null $leaf))))) (type $leaf (sub $node (struct (field (ref null $node)) (field (ref null $leaf)) (field f64)))))
  (type $k (cont $f))
  (memory $m64 i64 1 2) (memory $shared 1 2 shared)
  (table $t64 i64 1 2 externref) (table $init 2 (ref null $f) (ref.func 1))
  (tag $e) (tag $e1 (param i32)) (export "e" (tag $e))
  (global $sum i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (global.get $imported))))
  (global $z (mut v128) (v128.const i64x2 1 2)) (global $made (ref null $s) (struct.new_default $s))
`
const CONTEXT = PLAIN + REST

/** The text of an immediate that fits the context. */
function immediate({ name }: Instruction, kind: Immediate, nth: number): string {
  switch (kind) {
    case 'typeidx':
      if (name.startsWith('struct.')) return '$s'
      if (/^array.*(elem)/.test(name)) return '$r'
      if (/^array.*(data|_s|_u)/.test(name)) return '$b'
      if (name.startsWith('array.')) return '$a'
      return /^(cont|resume|switch)/.test(name)
        ? '$k'
        : name.startsWith('call_ind') || name.startsWith('return_call_ind')
          ? '(type $f)'
          : '$f'
    case 'funcidx':
      return '$zero'
    case 'tableidx':
      return '$t'
    case 'memidx':
      return '$m'
    case 'globalidx':
      return '$x'
    case 'localidx':
      return '$l'
    case 'tagidx':
      return '$e'
    case 'elemidx':
      return '$passive'
    case 'dataidx':
      return '$p'
    case 'fieldidx':
      return name.endsWith('_s') || name.endsWith('_u') ? '1' : '0'
    case 'labels':
      return '0 0'
    case 'memarg':
      return 'offset=4'
    case 'lane':
      return '0'
    case 'lanes':
      return '0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31'
    case 'v128':
      return 'i32x4 1 -2 3 -4'
    case 'heaptype':
      return name.startsWith('ref.null') ? 'func' : nth === 0 ? '(ref null $node)' : '(ref $leaf)'
    case 'valtypes':
      return '(result i32)'
    case 'castflags':
    case 'blocktype':
    case 'catches':
    case 'handlers':
    case 'zero':
      return ''
    default:
      return '0'
  }
}

/** These need blocks around them; they stand in the module that is written by hand. */
const STRUCTURED = new Set([
  'br_on_null',
  'br_on_non_null',
  'br_on_cast',
  'br_on_cast_fail',
  'else',
  'end',
  'catch',
  'catch_all',
  'delegate',
  'rethrow',
  'try',
  'block',
  'loop',
  'if',
  'try_table',
])
const notPlain = (i: Instruction): boolean => STRUCTURED.has(i.name) || i.feature === 'stack-switching'

/** A line for an instruction, after `unreachable` where any operands will do. Typed select and the like are written out. */
function line(i: Instruction): string {
  if (i.opcode === 0xfb_0015 || i.opcode === 0xfb_0017) return `${i.name} (ref null $leaf)`
  let heaps = 0
  const words = i.immediates.map((kind) => {
    if (kind === 'heaptype' && /^ref\.(test|cast)/.test(i.name)) return '(ref $leaf)'
    return immediate(i, kind, kind === 'heaptype' ? heaps++ : 0)
  })
  // The text format has these two the other way round.
  if (/^(call_indirect|return_call_indirect|memory.init|table.init)$/.test(i.name)) words.reverse()
  return [i.name, ...words].filter((w) => w !== '').join(' ')
}

/** A value for a stack type of the table, so that instructions with plain operands also run. */
function operand(type: number): string {
  const found: Record<number, string> = {
    [ADDR]: 'i32.const 16',
    0x7f: 'i32.const 5',
    0x7e: 'i64.const -7',
    0x7d: 'f32.const 1.5',
    0x7c: 'f64.const -2.25',
    0x7b: 'v128.const i32x4 1 2 3 4',
  }
  return found[type] ?? 'unreachable'
}

// oxfmt-ignore
const PLAIN_FEATURES: ReadonlySet<Feature> = new Set<Feature>([
  'mvp', 'sign-extension', 'saturating-float-to-int', 'multi-value', 'bulk-memory', 'reference-types', 'tail-call',
])
function inGroups(list: readonly Instruction[], context: string): { context: string; list: readonly Instruction[] }[] {
  return Array.from({ length: Math.ceil(list.length / 24) }, (_, i) => ({ context, list: list.slice(24 * i, 24 * i + 24) }))
}

/** Modules of a few dozen instructions each, all rows of the table together. */
function tableModules(): string[] {
  const modules: string[] = []
  const rows = instructions.filter((i) => !notPlain(i))
  const isPlain = (i: Instruction): boolean => PLAIN_FEATURES.has(i.feature)
  const groups = [
    ...inGroups(rows.filter(isPlain), PLAIN),
    ...inGroups(
      rows.filter((i) => !isPlain(i)),
      CONTEXT,
    ),
  ]
  for (const { context, list } of groups) {
    const funcs = list.map((row, n) => {
      const operands = row.type === undefined ? 'unreachable' : row.type.params.map(operand).join(' ')
      const after = row.type === undefined ? 'unreachable' : row.type.results.map(() => 'drop').join(' ')
      return `(func (export "r${n}") (local $l i32) block ${operands} ${line(row)} ${after} end)`
    })
    modules.push(`(module ${context} ${funcs.join('\n')})`)
  }
  return modules
}

const HAND_WRITTEN = [
  `(module $named (@custom "note" (after data) "\\01\\02") ${CONTEXT}
    (func (export "exc") (param i32) (result i32) (block $h (result i32) (try_table (result i32) (catch $e1 $h) (throw $e1 (local.get 0)))))
    (func (export "exnref") (result i32) (block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) (return (i32.const 0))) (throw_ref))
    (func (export "legacy") (result i32) (try (result i32) (do (throw $e1 (i32.const 3))) (catch $e1) (catch_all (i32.const 4))))
    (func (export "delegate") (try (do (try (do (throw $e)) (delegate 0))) (catch $e (rethrow 0)) (catch_all)))
    (func (export "casts") (param i32) (result i32)
      (local $v (ref null $node))
      (local.set $v (struct.new $leaf (ref.null none) (ref.null $leaf) (f64.const 1)))
      (if (result i32) (ref.test (ref $leaf) (local.get $v)) (then (ref.eq (ref.cast (ref null $leaf) (local.get $v)) (local.get $v))) (else (i31.get_s (ref.i31 (i32.const -5))))))
    (func (export "nulls") (param $p (ref null $f)) (result i32)
      (block $n (call_ref $f (br_on_null $n (local.get $p))) (return (i32.const 1)))
      (block $v (result (ref $f)) (br_on_non_null $v (local.get $p)) (return (i32.const 2))) (drop) (i32.const 3))
    (func (export "branches") (param $p (ref null $node)) (result i32)
      (drop (block $l (result (ref null $leaf)) (drop (br_on_cast $l (ref null $node) (ref null $leaf) (local.get $p))) (return (i32.const 1))))
      (drop (block $l (result (ref null $node)) (drop (br_on_cast_fail $l (ref null $node) (ref $leaf) (local.get $p))) (return (i32.const 2)))) (i32.const 3))
    (func (export "arrays") (result i32) (local $x (ref null $a)) (local.set $x (array.new_fixed $a 3 (i32.const 1) (i32.const 2) (i32.const 3)))
      (array.set $a (local.get $x) (i32.const 1) (i32.const 9)) (i32.add (array.get $a (local.get $x) (i32.const 1)) (array.len (local.get $x))))
    (start $zero))`,
  `(module (type $f (func)) (type $k (cont $f)) (type $g (func (param i32 i64) (result i32))) (type $kg (cont $g)) (type $h (func (param i64) (result i32))) (type $kh (cont $h))
    (type $r (func (param i32) (result i32))) (type $kr (cont $r)) (type $o (func (param (ref null $k)))) (type $ko (cont $o))
    (tag $e) (tag $t (param i64) (result i32)) (tag $s) (global $n (mut i32) (i32.const 0))
    (func $zero (type $f) (global.set $n (i32.add (global.get $n) (i32.const 1)))) (func $asks (type $g) (i32.add (local.get 0) (suspend $t (local.get 1))))
    (func $first (type $f) (switch $ko $s (cont.new $ko (ref.func $second))) (call $zero)) (func $second (type $o) (resume $k (local.get 0)))
    (func (export "cont") (resume $k (cont.new $k (ref.func $zero))))
    (func (export "suspends") (suspend $e))
    (func (export "bound") (param i32) (result i32) (local $c (ref null $kr))
      (block $on (result i64 (ref null $kr)) (return (resume $kh (on $t $on) (i64.const 7) (cont.bind $kg $kh (local.get 0) (cont.new $kg (ref.func $asks))))))
      (local.set $c) (resume $kr (i32.wrap_i64) (local.get $c)))
    (func (export "ended") (block $out (try_table (catch_all $out) (resume_throw $k $e (cont.new $k (ref.func $zero))))))
    (func (export "ended by reference") (block $out (try_table (catch_all $out)
      (block $x (result exnref) (try_table (catch_all_ref $x) (throw $e)) (unreachable)) (cont.new $k (ref.func $zero)) (resume_throw_ref $k))))
    (func (export "switches") (resume $k (on $s switch) (cont.new $k (ref.func $first))))
    (func (export "twice") (local $c (ref null $k)) (local.set $c (cont.new $k (ref.func $zero))) (resume $k (local.get $c)) (resume $k (local.get $c)))
    (elem declare func $zero $asks $first $second))`,
  `(module (memory (export "m") 70000 80000 (pagesize 1)) (func (export "load") (param i32) (result i32) (i32.load8_u (i32.add (local.get 0) (i32.const 69998))))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))) (func (export "fill") (param i32) (memory.fill (i32.const 69990) (i32.const 7) (local.get 0))))`,
  `(module (memory (export "m") 1 3) (func $fac (export "fac") (param $n i64) (result i64) (if (result i64) (i64.eqz (local.get $n)) (then (i64.const 1)) (else (i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1)))))))
    (func (export "loop") (param $n i32) (result i32) (local $s i32) (block $out (loop $again (br_if $out (i32.eqz (local.get $n)))
      (local.set $s (i32.add (local.get $s) (i32.load offset=4 (i32.and (local.get $n) (i32.const 0xfff8))))) (i32.store (local.get $n) (local.get $s))
      (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br $again))) (local.get $s))
    (func (export "table") (param i32) (result i32) (block (block (block (br_table 0 1 2 1 (local.get 0))) (return (i32.const 10))) (return (i32.const 20))) (i32.const 30))
    (func (export "many") (param i32 i64 f32 f64) (result f64 f32 i64 i32) (local.get 3) (local.get 2) (local.get 1) (local.get 0))
    (data (i32.const 0) "0123456789abcdef"))`,
  `(module (type $v (func (param i32) (result i32))) (table (export "t") 4 8 funcref) (elem (i32.const 0) $a $b $a)
    (func $a (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))) (func $b (param i32) (result i32) (return_call $a (i32.mul (local.get 0) (i32.const 3))))
    (func (export "ind") (param i32) (result i32) (call_indirect (type $v) (i32.const 40) (local.get 0)))
    (func (export "tail") (param i32) (result i32) (return_call_indirect (type $v) (i32.const 40) (i32.and (local.get 0) (i32.const 1))))
    (func (export "grow") (param i32) (result i32) (table.grow 0 (ref.null func) (local.get 0)))
    (func (export "nulls") (param funcref) (result i32) (ref.is_null (local.get 0))))`,
]

/** Texts of all features. */
export const texts: readonly string[] = [...HAND_WRITTEN, ...tableModules()]

export interface Seed {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The small valid modules of all scripts, as binaries. */
function fromSuite(root: string): Seed[] {
  return filesUnder(root, '.wast').flatMap((path) => {
    const name = path.slice(root.length)
    const script = new Script(name, readFileSync(path), allFeatures)
    return script.commands.flatMap((command) => {
      if (command.kind !== 'module') return []
      const bytes = script.load(command).module?.data.bytes
      return bytes === undefined || bytes.length > 4000 ? [] : [{ name, bytes }]
    })
  })
}

/** Binaries to tamper with, the smaller examples among them; also those of the suite, if it is asked for. */
export function binarySeeds(withSuite: boolean): Seed[] {
  const seeds: Seed[] = texts.map((text, i) => ({ name: `text ${i}`, bytes: watToWasm(text, { features: allFeatures }) }))
  for (const path of filesUnder(`${repoRoot}/examples/guests`, '.wasm')) {
    const bytes = new Uint8Array(readFileSync(path))
    if (bytes.length < 8000) seeds.push({ name: path.slice(repoRoot.length), bytes })
  }
  for (let seed = 1; seed <= 60; seed++) seeds.push({ name: `program ${seed}`, bytes: toBytes(generate(seed, { funcs: 2, body: 30 })) })
  const suite = process.env.WASM_TESTSUITE
  if (withSuite && suite !== undefined && suite !== '') seeds.push(...fromSuite(suite))
  return seeds
}
