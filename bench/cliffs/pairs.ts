/**
 * What a feature costs against what a program without it would do: pairs of loop bodies in WAT. `unit` stands eight times in
 * the loop's body. Both functions of a pair do the same work, as far as that is possible.
 */
import '../../src/families/all.ts'
import { featureSet } from '../../src/spec/features.ts'
import { watToWasm } from '../../src/text/index.ts'

export interface Pair {
  readonly name: string
  /** What it is compared with, in words. */
  readonly against: string
  readonly unit: string
  readonly plain: string
  /** Stands before the loop in both. */
  readonly before?: string
}

const times = (n: number, unit: (i: number) => string): string => Array.from({ length: n }, (_, i) => unit(i)).join(' ')
/** An address that moves a little, so that nothing is always the same. */
const at = '(i32.and (local.get $n) (i32.const 1020))'
const addTo = (address: string, load: string, store: string): string =>
  `(${store} ${address} (i32.add (${load} ${address}) (local.get $n)))`
const plainMemory = addTo(at, 'i32.load', 'i32.store')

export const pairs: readonly Pair[] = [
  {
    name: 'f32x4.mul, f32x4.add',
    against: 'four f32.mul, f32.add',
    unit: '(local.set $v (f32x4.add (f32x4.mul (local.get $v) (local.get $w)) (local.get $w)))',
    plain: times(4, (i) => `(local.set $f${i} (f32.add (f32.mul (local.get $f${i}) (local.get $g)) (local.get $g)))`),
    before: '(local.set $w (f32x4.splat (f32.const 0.5))) (local.set $g (f32.const 0.5))',
  },
  {
    name: 'i32x4.add, v128.xor',
    against: 'four i32.add, i32.xor',
    unit: '(local.set $v (v128.xor (i32x4.add (local.get $v) (local.get $w)) (local.get $w)))',
    plain: times(4, (i) => `(local.set $i${i} (i32.xor (i32.add (local.get $i${i}) (local.get $x)) (local.get $x)))`),
    before: '(local.set $w (i32x4.splat (i32.const 77))) (local.set $x (i32.const 77))',
  },
  {
    name: 'i8x16.add_sat_u',
    against: 'sixteen i32.add with a select',
    unit: '(local.set $v (i8x16.add_sat_u (local.get $v) (local.get $w)))',
    plain: times(16, (i) => `(local.set $i${i % 4} (select (i32.const 255) (local.tee $x (i32.add (local.get $i${i % 4}) (i32.const 3))) (i32.gt_u (local.get $x) (i32.const 255))))`), // prettier-ignore
    before: '(local.set $w (i8x16.splat (i32.const 3)))',
  },
  {
    name: 'i8x16.shuffle',
    against: 'sixteen bytes loaded and stored',
    unit: '(local.set $v (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 16 (local.get $v) (local.get $w)))',
    plain: times(16, (i) => `(i32.store8 offset=${2000 + i} (i32.const 0) (i32.load8_u offset=${1015 - i} (i32.const 0)))`),
  },
  {
    name: 'i16x8.mul',
    against: 'eight i32.mul, i32.and',
    unit: '(local.set $v (i16x8.mul (local.get $v) (local.get $w)))',
    plain: times(8, (i) => `(local.set $i${i % 4} (i32.and (i32.mul (local.get $i${i % 4}) (i32.const 3)) (i32.const 65535)))`),
    before: '(local.set $w (i16x8.splat (i32.const 3))) (local.set $v (i16x8.splat (i32.const 7)))',
  },
  {
    name: 'v128.load, v128.store',
    against: 'four i32.load, i32.store',
    unit: `(v128.store offset=2048 ${at} (v128.load ${at}))`,
    plain: times(4, (i) => `(i32.store offset=${2048 + 4 * i} ${at} (i32.load offset=${4 * i} ${at}))`),
  },
  {
    name: 'struct.get, struct.set',
    against: 'i32.load, i32.store',
    unit: '(struct.set $node 0 (local.get $s) (i32.add (struct.get $node 0 (local.get $s)) (local.get $n)))',
    plain: plainMemory,
    before: '(local.set $s (struct.new_default $node))',
  },
  {
    name: 'array.get, array.set',
    against: 'i32.load, i32.store',
    unit: '(array.set $ints (local.get $a) (i32.and (local.get $n) (i32.const 255)) (i32.add (array.get $ints (local.get $a) (i32.and (local.get $n) (i32.const 255))) (local.get $n)))', // prettier-ignore
    plain: plainMemory,
    before: '(local.set $a (array.new_default $ints (i32.const 256)))',
  },
  {
    name: 'array.get_u, array.set of bytes',
    against: 'i32.load8_u, i32.store8',
    unit: '(array.set $bytes (local.get $b) (i32.and (local.get $n) (i32.const 255)) (i32.add (array.get_u $bytes (local.get $b) (i32.and (local.get $n) (i32.const 255))) (local.get $n)))', // prettier-ignore
    plain: addTo(at, 'i32.load8_u', 'i32.store8'),
    before: '(local.set $b (array.new_default $bytes (i32.const 256)))',
  },
  {
    name: 'struct.new of three fields',
    against: 'a bump allocator in memory',
    unit: '(local.set $s (struct.new $node (local.get $n) (local.get $s2) (local.get $x)))',
    plain:
      '(local.set $x (i32.and (i32.add (global.get $free) (i32.const 12)) (i32.const 32767))) (global.set $free (local.get $x)) (i32.store (local.get $x) (local.get $n)) (i32.store offset=4 (local.get $x) (local.get $i0)) (i32.store offset=8 (local.get $x) (local.get $i1))',
  },
  {
    name: 'array.new of 16 i32',
    against: 'a bump allocator and memory.fill',
    unit: '(local.set $a (array.new_default $ints (i32.const 16)))',
    plain:
      '(local.set $x (i32.and (i32.add (global.get $free) (i32.const 64)) (i32.const 32767))) (global.set $free (local.get $x)) (memory.fill (local.get $x) (i32.const 0) (i32.const 64))',
  },
  {
    name: 'ref.cast to a subtype',
    against: 'a tag loaded and compared',
    unit: '(local.set $x (struct.get $child 3 (ref.cast (ref $child) (local.get $s))))',
    plain:
      '(if (i32.ne (i32.load offset=60004 (local.get $y)) (i32.const 0)) (then unreachable)) (local.set $x (i32.load offset=60008 (local.get $y)))',
    before: '(local.set $s (struct.new_default $child))',
  },
  {
    name: 'ref.i31, i31.get_u',
    against: 'i32.shl, i32.shr_u',
    unit: '(local.set $x (i31.get_u (ref.i31 (i32.add (local.get $x) (local.get $n)))))',
    plain: '(local.set $x (i32.shr_u (i32.shl (i32.add (local.get $x) (local.get $n)) (i32.const 1)) (i32.const 1)))',
  },
  {
    name: 'call_ref',
    against: 'call',
    unit: '(local.set $x (call_ref $unary (local.get $x) (global.get $inc-ref)))',
    plain: '(local.set $x (call $inc (local.get $x)))',
  },
  {
    name: 'call_indirect',
    against: 'call',
    unit: '(local.set $x (call_indirect (type $unary) (local.get $x) (i32.const 0)))',
    plain: '(local.set $x (call $inc (local.get $x)))',
  },
  {
    name: 'call of a host function',
    against: 'call',
    unit: '(local.set $x (call $host (local.get $x)))',
    plain: '(local.set $x (call $inc (local.get $x)))',
  },
  {
    name: 'call of a host function with an i64',
    against: 'call with an i64',
    unit: '(local.set $l (call $host64 (local.get $l)))',
    plain: '(local.set $l (call $inc64 (local.get $l)))',
  },
  {
    name: 'call in a try_table',
    against: 'call in a block',
    unit: '(block (try_table (catch_all 0) (local.set $x (call $inc (local.get $x)))))',
    plain: '(block (block (local.set $x (call $inc (local.get $x)))))',
  },
  {
    name: 'throw, catch in the same function',
    against: 'br',
    unit: '(block $h (result i32) (try_table (catch $e $h) (throw $e (local.get $n))) (i32.const 0)) (local.set $x)',
    plain: '(block $h (result i32) (block (br $h (local.get $n))) (i32.const 0)) (local.set $x)',
  },
  {
    name: 'throw through four calls',
    against: 'an error returned through four calls',
    unit: '(block $h (result i32) (try_table (catch $e $h) (call $thrower (i32.const 3) (local.get $n))) (i32.const 0)) (local.set $x)',
    plain: '(if (i32.eqz (call $failing (i32.const 3))) (then (local.set $x (local.get $n))))',
  },
  {
    name: 'suspend, resume',
    against: 'call',
    unit: '(block $y (result (ref null $ct)) (resume $ct (on $yield $y) (local.get $c)) (ref.null $ct)) (local.set $c)',
    plain: '(local.set $x (call $inc (local.get $x)))',
    before: '(local.set $c (cont.new $ct (ref.func $endless)))',
  },
  {
    name: 'i32.atomic.rmw.add',
    against: 'i32.load, i32.add, i32.store',
    unit: `(local.set $x (i32.atomic.rmw.add ${at} (i32.const 1)))`,
    plain: `(local.set $x (i32.load ${at})) (i32.store ${at} (i32.add (local.get $x) (i32.const 1)))`,
  },
  {
    name: 'memory.copy of 64 bytes',
    against: 'eight i64.load, i64.store',
    unit: `(memory.copy (i32.const 4096) ${at} (i32.const 64))`,
    plain: times(8, (i) => `(i64.store offset=${8 * i} (i32.const 4096) (i64.load offset=${8 * i} ${at}))`),
  },
  {
    name: 'memory.fill of 64 bytes',
    against: 'eight i64.store',
    unit: `(memory.fill ${at} (i32.const 1) (i32.const 64))`,
    plain: times(8, (i) => `(i64.store offset=${8 * i} ${at} (i64.const 72340172838076673))`),
  },
  {
    name: 'load and store in a second memory',
    against: 'in the first',
    unit: `(i32.store $second ${at} (i32.add (i32.load $second ${at}) (local.get $n)))`,
    plain: plainMemory,
  },
  {
    name: 'load and store with 64-bit addresses',
    against: 'with 32-bit addresses',
    unit: `(i32.store $wide (i64.extend_i32_u ${at}) (i32.add (i32.load $wide (i64.extend_i32_u ${at})) (local.get $n)))`,
    plain: plainMemory,
  },
  {
    name: 'table.get, table.set',
    against: 'i32.load, i32.store',
    unit: '(table.set $refs (i32.and (local.get $n) (i32.const 7)) (table.get $refs (i32.const 3)))',
    plain: `(i32.store ${at} (i32.load (i32.const 12)))`,
  },
  {
    name: 'global.get, global.set of an imported global',
    against: 'of an own global',
    unit: '(global.set $shared (i32.add (global.get $shared) (local.get $n)))',
    plain: '(global.set $free (i32.add (global.get $free) (local.get $n)))',
  },
  {
    name: 'i64.mul, i64.add',
    against: 'four i32.mul, i32.add',
    unit: '(local.set $l (i64.add (i64.mul (local.get $l) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))',
    plain: times(4, () => '(local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))'),
  },
  {
    name: 'i64.div_u',
    against: 'i32.div_u, twice',
    unit: '(local.set $l (i64.add (i64.div_u (i64.const 0x7fffffffffffffff) (i64.or (i64.extend_i32_u (local.get $n)) (i64.const 3))) (local.get $l)))',
    plain: times(
      2,
      () => '(local.set $x (i32.add (i32.div_u (i32.const 0x7fffffff) (i32.or (local.get $n) (i32.const 3))) (local.get $x)))',
    ),
  },
  {
    name: 'i64.rotl, i64.popcnt',
    against: 'i32.rotl, i32.popcnt, twice',
    unit: '(local.set $l (i64.add (i64.rotl (local.get $l) (i64.const 7)) (i64.popcnt (local.get $l))))',
    plain: times(2, () => '(local.set $x (i32.add (i32.rotl (local.get $x) (i32.const 7)) (i32.popcnt (local.get $x))))'),
  },
  {
    name: 'i64.trunc_sat_f64_s, f64.convert_i64_s',
    against: 'i32.trunc_sat_f64_s, f64.convert_i32_s, twice',
    unit: '(local.set $d (f64.add (f64.convert_i64_s (i64.trunc_sat_f64_s (local.get $d))) (f64.const 1.5)))',
    plain: times(2, () => '(local.set $d (f64.add (f64.convert_i32_s (i32.trunc_sat_f64_s (local.get $d))) (f64.const 0.5)))'),
  },
  {
    name: 'f64.nearest, f64.copysign',
    against: 'f64.add, f64.mul',
    unit: '(local.set $d (f64.copysign (f64.nearest (local.get $d)) (local.get $d)))',
    plain: '(local.set $d (f64.mul (f64.add (local.get $d) (f64.const 0.5)) (f64.const 0.5)))',
  },
  {
    name: 'return_call chain of four',
    against: 'chain of four calls',
    unit: '(local.set $x (call $tail (i32.const 3) (local.get $x)))',
    plain: '(local.set $x (call $deep (i32.const 3) (local.get $x)))',
  },
]

const locals =
  '(local $x i32) (local $y i32) (local $i0 i32) (local $i1 i32) (local $i2 i32) (local $i3 i32) (local $l i64) (local $d f64) (local $g f32) (local $f0 f32) (local $f1 f32) (local $f2 f32) (local $f3 f32) (local $v v128) (local $w v128) (local $s (ref null $node)) (local $s2 (ref null $node)) (local $a (ref null $ints)) (local $b (ref null $bytes)) (local $c (ref null $ct))'

/** Units in a loop's body. */
export const UNITS = 8

const loop = (name: string, unit: string, before = ''): string => `
  (func (export "${name}") (param $n i32) ${locals} ${before}
    (loop $again ${times(UNITS, () => unit)}
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))`

/** One module with two functions for each pair: its name, and its name with ` plain` behind it. */
export function pairsModule(): Uint8Array {
  const functions = pairs.map(({ name, unit, plain, before }) => loop(name, unit, before) + loop(`${name} plain`, plain, before))
  return watToWasm(
    `(module
  (type $unary (func (param i32) (result i32)))
  (type $node (sub (struct (field (mut i32)) (field (mut (ref null $node))) (field (mut i32)))))
  (type $child (sub $node (struct (field (mut i32)) (field (mut (ref null $node))) (field (mut i32)) (field (mut i32)))))
  (type $ints (array (mut i32)))
  (type $bytes (array (mut i8)))
  (type $task (func))
  (type $ct (cont $task))
  (import "env" "host" (func $host (type $unary)))
  (import "env" "host64" (func $host64 (param i64) (result i64)))
  (import "env" "shared" (global $shared (mut i32)))
  (memory $first 1) (memory $second 1) (memory $wide i64 1)
  (table $functions funcref (elem $inc))
  (table $refs 8 externref)
  (tag $e (param i32)) (tag $yield)
  (global $free (mut i32) (i32.const 0))
  (global $inc-ref (ref $unary) (ref.func $inc))
  (func $inc (type $unary) (i32.add (local.get 0) (i32.const 1)))
  (func $inc64 (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func $thrower (param $depth i32) (param $value i32)
    (if (i32.eqz (local.get $depth)) (then (throw $e (local.get $value))))
    (call $thrower (i32.sub (local.get $depth) (i32.const 1)) (local.get $value)))
  (func $failing (param $depth i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (return (i32.const 0))))
    (if (i32.eqz (call $failing (i32.sub (local.get $depth) (i32.const 1)))) (then (return (i32.const 0))))
    (i32.const 1))
  (func $endless (loop $on (suspend $yield) (br $on)))
  (elem declare func $endless)
  (func $tail (param $depth i32) (param $x i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (return (i32.add (local.get $x) (i32.const 1)))))
    (return_call $tail (i32.sub (local.get $depth) (i32.const 1)) (local.get $x)))
  (func $deep (param $depth i32) (param $x i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (return (i32.add (local.get $x) (i32.const 1)))))
    (call $deep (i32.sub (local.get $depth) (i32.const 1)) (local.get $x)))
  ${functions.join('')})`,
    { features: featureSet({ 'stack-switching': true }) },
  )
}
