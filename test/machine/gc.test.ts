/**
 * Structures and arrays as a machine sees them: ticks of bulk work and stops in the middle of it, the limit of one array,
 * and that what nobody can reach any more is collected, however a call ended.
 */
import { expect, test } from 'vitest'
import { configurations, guest, inChild, inSlices, onEach, thrown } from './helper.ts'

const arrays = `(module
  (type $i8 (array (mut i8))) (type $i64 (array (mut i64))) (type $v (array (mut v128))) (type $r (array (mut anyref)))
  (data $d "${'abcdefgh'.repeat(10_000)}")
  (elem $e i31ref ${'(ref.i31 (i32.const 7)) '.repeat(9000)})
  (func (export "new8") (param i32) (result i32) (array.len (array.new $i8 (i32.const 1) (local.get 0))))
  (func (export "new64") (param i32) (result i32) (array.len (array.new $i64 (i64.const 1) (local.get 0))))
  (func (export "newV") (param i32) (result i32) (array.len (array.new_default $v (local.get 0))))
  (func (export "newRef") (param i32) (result i32) (array.len (array.new $r (ref.i31 (i32.const 1)) (local.get 0))))
  (func (export "newDefaultRef") (param i32) (result i32) (array.len (array.new_default $r (local.get 0))))
  (func (export "newData") (param i32) (result i32) (array.len (array.new_data $i8 $d (i32.const 0) (local.get 0))))
  (func (export "newElem") (param i32) (result i32) (array.len (array.new_elem $r $e (i32.const 0) (local.get 0))))
  (func (export "newFixed") (param i32) (result i32) (array.len (array.new_fixed $i8 3 (local.get 0) (local.get 0) (local.get 0))))
  (func (export "struct") (param i32) (result i32) (ref.test (ref i31) (ref.i31 (local.get 0))))
  (func $make8 (param i32) (result (ref $i8)) (array.new_default $i8 (local.get 0)))
  (func (export "fill8") (param i32) (result i32) (local $a (ref $i8))
    (local.set $a (array.new_default $i8 (i32.const 70000)))
    (array.fill $i8 (local.get $a) (i32.const 0) (i32.const 5) (local.get 0)) (i32.const 0))
  (func (export "copy8") (param i32) (result i32) (local $a (ref $i8))
    (local.set $a (array.new_default $i8 (i32.const 70000)))
    (array.copy $i8 $i8 (local.get $a) (i32.const 1) (local.get $a) (i32.const 0) (local.get 0)) (i32.const 0))
  (func (export "init8") (param i32) (result i32) (local $a (ref $i8))
    (local.set $a (array.new_default $i8 (i32.const 70000)))
    (array.init_data $i8 $d (local.get $a) (i32.const 0) (i32.const 0) (local.get 0)) (i32.const 0))
  (func (export "initElem") (param i32) (result i32) (local $a (ref $r))
    (local.set $a (array.new_default $r (i32.const 9000)))
    (array.init_elem $r $e (local.get $a) (i32.const 0) (i32.const 0) (local.get 0)) (i32.const 0))

  ;; A sum over arrays made, filled and copied in pieces: nothing of it may depend on where the thread stopped.
  (func (export "sum") (result i64) (local $a (ref $i64)) (local $b (ref $r)) (local $i i32) (local $s i64)
    (local.set $a (array.new $i64 (i64.const 3) (i32.const 20000)))
    (array.fill $i64 (local.get $a) (i32.const 100) (i64.const 0x100000001) (i32.const 15000))
    (array.copy $i64 $i64 (local.get $a) (i32.const 5000) (local.get $a) (i32.const 0) (i32.const 15000))
    (array.copy $i64 $i64 (local.get $a) (i32.const 0) (local.get $a) (i32.const 4000) (i32.const 16000))
    (local.set $b (array.new $r (local.get $a) (i32.const 20000)))
    (array.init_elem $r $e (local.get $b) (i32.const 3) (i32.const 0) (i32.const 9000))
    (array.copy $r $r (local.get $b) (i32.const 10000) (local.get $b) (i32.const 0) (i32.const 9500))
    (loop $l
      (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (array.get $i64 (local.get $a) (local.get $i))))
      (local.set $s (i64.add (local.get $s) (i64.extend_i32_u (ref.test (ref i31) (array.get $r (local.get $b) (local.get $i))))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000))))
    (local.get $s)))`

onEach('arrays', (options) => {
  test('each started 64 KiB of bulk work is a tick, a reference counting as 8 bytes', () => {
    const { instance } = guest(arrays, options)
    const ticks = (name: string, n: number): number => inSlices(instance, Infinity, name, n).ticks
    expect([0, 1, 65_536, 65_537].map((n) => ticks('new8', n))).toEqual([0, 1, 1, 2])
    expect([0, 1, 8192, 8193].map((n) => ticks('new64', n))).toEqual([0, 1, 1, 2])
    expect([4096, 4097].map((n) => ticks('newV', n))).toEqual([1, 2])
    expect([0, 8192, 8193].map((n) => ticks('newRef', n))).toEqual([0, 1, 2])
    expect([0, 8192, 8193].map((n) => ticks('newDefaultRef', n))).toEqual([0, 1, 2])
    expect([0, 65_536, 65_537].map((n) => ticks('newData', n))).toEqual([0, 1, 2])
    expect([0, 8192, 8193].map((n) => ticks('newElem', n))).toEqual([0, 1, 2])
    expect(['newFixed', 'struct'].map((name) => ticks(name, 1))).toEqual([0, 0])
    for (const name of ['fill8', 'copy8', 'init8']) expect([0, 1, 65_536, 65_537].map((n) => ticks(name, n))).toEqual([2, 3, 3, 4])
    expect([0, 1, 8192, 8193].map((n) => ticks('initElem', n))).toEqual([2, 3, 3, 4])
  })

  test('stopping inside changes nothing', () => {
    const { instance } = guest(arrays, options)
    const whole = inSlices(instance, Infinity, 'sum')
    for (const slice of [1, 2, 7]) expect(inSlices(instance, slice, 'sum')).toMatchObject({ result: whole.result, ticks: whole.ticks })
  })

  test('a larger array than limits.array is a trap that names the limit', () => {
    const { exports } = guest(arrays, { ...options, limits: { array: 800 } })
    expect([exports.new8(800), exports.new64(100), exports.newV(50), exports.newRef(100), exports.newData(800)]).toEqual([
      800, 100, 50, 100, 800,
    ])
    for (const [name, n] of [
      ['new8', 801],
      ['new64', 101],
      ['newV', 51],
      ['newRef', 101],
      ['newDefaultRef', 101],
      ['newData', 801],
      ['newElem', 101],
      ['new64', -1],
    ] as const) {
      expect(thrown(() => exports[name](n))).toMatchObject({ name: 'Trap', message: 'array over the limit in bytes: 800' })
    }
    // Out of the segment's bounds comes first.
    expect(thrown(() => exports.newData(-1)).message).toBe('out of bounds memory access')
  })

  test('fuel that runs out in the middle of making an array leaves the machine clean', () => {
    const { exports } = guest(arrays, { ...options, fuel: 2 })
    expect(thrown(() => exports.newRef(100_000))).toMatchObject({ name: 'LimitError' })
    expect(exports.newRef(10)).toBe(10)
    expect(exports.newV(4096)).toBe(4096)
  })
})

/** Calls that get a host object and end in all ways; afterwards nothing may hold it. */
const holders = `(module
  (type $box (struct (field (mut externref)) (field (mut (ref null $box)))))
  (type $boxes (array (mut (ref null $box))))
  (type $take (func (param (ref null $box) i32)))
  (global $g (mut (ref null $box)) (ref.null $box))
  (table $t 2 anyref)
  (func $box (param externref) (result (ref $box)) (struct.new $box (local.get 0) (ref.null $box)))
  (func (export "returned") (param externref) (drop (call $box (local.get 0))))
  (func (export "local") (param externref) (local $b (ref null $box)) (local.set $b (call $box (local.get 0))))
  (func (export "cycle") (param externref) (local $b (ref null $box))
    (local.set $b (call $box (local.get 0))) (struct.set $box 1 (local.get $b) (local.get $b)))
  (func (export "array") (param externref) (drop (array.new $boxes (call $box (local.get 0)) (i32.const 10))))
  (func (export "trapped") (param externref) (drop (call $box (local.get 0))) (unreachable))
  (func (export "castTrapped") (param externref) (local $x anyref)
    (local.set $x (call $box (local.get 0))) (drop (ref.cast (ref i31) (local.get $x))))
  (func $deep (param externref i32)
    (if (local.get 1) (then (call $deep (local.get 0) (i32.sub (local.get 1) (i32.const 1))) (return)))
    (drop (call $box (local.get 0))) (drop (array.get $boxes (array.new_default $boxes (i32.const 1)) (i32.const 1))))
  (func (export "deepTrapped") (param externref) (call $deep (local.get 0) (i32.const 20)))
  (func $number (param i32) (drop (i32.add (local.get 0) (i32.const 1))))
  (func (export "tail") (param externref) (drop (call $box (local.get 0))) (return_call $number (i32.const 1)))
  (func $keep (type $take))
  (func (export "tailRef") (param externref)
    (return_call_ref $take (call $box (local.get 0)) (i32.const 1) (ref.func $keep)))
  (elem declare func $keep)
  (func (export "branch") (param externref) (local $x anyref)
    (local.set $x (call $box (local.get 0)))
    (block $l (result (ref $box)) (br_on_cast $l anyref (ref $box) (local.get $x)) (unreachable)) (drop))
  (func (export "result") (param externref) (result anyref) (call $box (local.get 0)))
  (func (export "global") (param externref) (global.set $g (call $box (local.get 0))) (global.set $g (ref.null $box)))
  (func (export "table") (param externref) (table.set $t (i32.const 1) (call $box (local.get 0))) (table.set $t (i32.const 1) (ref.null any)))
  (func (export "field") (param externref) (local $b (ref $box))
    (local.set $b (call $box (local.get 0))) (struct.set $box 0 (local.get $b) (ref.null extern)) (global.set $g (local.get $b)))
  (func (export "out") (param externref) (drop (array.new $boxes (call $box (local.get 0)) (i32.const 1000000)))))`

test('what cannot be reached any more is collected, however the call ended', { timeout: 60_000 }, () => {
  const held = inChild(
    ['--expose-gc'],
    `const module = wat(${JSON.stringify(holders)})
    const held = []
    for (const [name, options] of configurations) {
      const instance = vitrine.instantiate(module, {}, { ...options, fuel: 40 })
      const refs = []
      for (const entry of Object.keys(instance.exports)) {
        await (async () => {
          const object = { large: new Array(100).fill(0) }
          refs.push([name + ' ' + entry, new WeakRef(object)])
          try { instance.exports[entry](object) } catch {}
        })()
      }
      for (let i = 0; i < 3; i++) { await new Promise((resolve) => setTimeout(resolve)); gc() }
      for (const [what, ref] of refs) if (ref.deref() !== undefined) held.push(what)
      // The instance is still in use.
      instance.exports.returned({})
    }
    console.log(JSON.stringify(held))`,
  )
  expect(held).toEqual([])
})

test('millions of structures and arrays in a heap of a few megabytes', { timeout: 60_000 }, () => {
  const counts: Record<string, number> = {
    'switch fast': 3_000_000,
    'switch exact': 300_000,
    'closure fast': 1_000_000,
    'closure exact': 300_000,
    reference: 100_000,
  }
  expect(Object.keys(counts)).toEqual(configurations.map(([name]) => name))
  const results = inChild(
    ['--max-old-space-size=48'],
    `const module = wat(\`(module
      (type $n (struct (field (mut i64)) (field (mut (ref null $n)))))
      (type $a (array (mut (ref null $n))))
      (func (export "run") (param $count i32) (result i64) (local $head (ref null $n)) (local $tail (ref null $n)) (local $s i64)
        ;; A queue: one at the end, one from the front, but for one in 2,000 rounds.
        (local.set $tail (local.tee $head (struct.new $n (i64.const 0) (ref.null $n))))
        (loop $l
          (struct.set $n 1 (local.get $tail) (struct.new $n (i64.extend_i32_u (local.get $count)) (ref.null $n)))
          (local.set $tail (struct.get $n 1 (local.get $tail)))
          (if (i32.eqz (i32.and (local.get $count) (i32.const 7)))
            (then (array.set $a (array.new_fixed $a 2 (local.get $head) (ref.null $n)) (i32.const 1) (local.get $tail))))
          (if (i32.lt_u (i32.rem_u (local.get $count) (i32.const 2000)) (i32.const 1999))
            (then (local.set $s (i64.add (local.get $s) (struct.get $n 0 (local.get $head))))
                  (local.set $head (struct.get $n 1 (local.get $head)))))
          (br_if $l (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (local.get $s)))\`)
    const counts = ${JSON.stringify(counts)}
    const results = configurations.map(([name, options]) => {
      const n = counts[name]
      return [name, String(vitrine.instantiate(module, {}, options).exports.run(n))]
    })
    console.log(JSON.stringify(results))`,
  )
  expect(results.map(([name]: [string]) => name)).toEqual(configurations.map(([name]) => name))
  for (const [name, text] of results) expect(text, name).toBe(String(queueSum(counts[name as string]!)))
})

/** The same queue of numbers: what is taken from the front, added up. */
function queueSum(count: number): number {
  let sum = 0
  // Values come in as n, n - 1, …; the first in the queue is 0. One of 2,000 rounds takes nothing.
  let front = count + 1
  for (let n = count; n > 0; n--) {
    if (n % 2000 === 1999) continue
    sum += front === count + 1 ? 0 : front
    front--
  }
  return sum
}
