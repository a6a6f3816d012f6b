/**
 * NaN bits survive every move (architecture rule 6): a float that passes through a JS number may lose its payload, so each
 * way a value can take is walked with a signalling NaN and with an odd payload. The bits go in and out as integers.
 */
import { expect, test } from 'vitest'
import { guest, onEach } from './helper.ts'

const payloads = [
  { float: 'f32', int: 'i32', bits: [0x7fa00001, 0x7f800001, 0xffc12345 | 0] },
  { float: 'f64', int: 'i64', bits: [0x7ff4_0000_0000_0001n, 0x7ff0_0000_0000_0001n, BigInt.asIntN(64, 0xfff8_1234_5678_9abcn)] },
] as const

onEach('NaN bits', (options) => {
  for (const { float: f, int: i, bits } of payloads) {
    const source = `(module (memory 1) (global $g (mut ${f}) (${f}.const 0)) (global $h (export "h") (mut ${f}) (${f}.const 0))
      (table funcref (elem $id))
      (func $id (param ${f}) (result ${f}) (local.get 0))
      (func $three (param ${f} i32 ${f}) (result ${f} i32 ${f}) (local.get 2) (local.get 1) (local.get 0))
      (func $tail (param i32 ${f}) (result ${f}) (if (local.get 0) (then (return_call $tail (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))) (local.get 1))
      (func (export "local") (param ${i}) (result ${i}) (local ${f} ${f})
        (local.set 1 (${f}.reinterpret_${i} (local.get 0))) (local.set 2 (local.get 1)) (${i}.reinterpret_${f} (local.tee 1 (local.get 2))))
      (func (export "block") (param ${i}) (result ${i}) (local ${f})
        (local.set 1 (${f}.reinterpret_${i} (local.get 0)))
        (${i}.reinterpret_${f} (block (result ${f}) (${f}.const 1) (local.get 1) (br_if 0 (i32.const 1)) (drop))))
      (func (export "loop") (param ${i}) (result ${i}) (local i32)
        (${f}.reinterpret_${i} (local.get 0))
        (loop (param ${f}) (result ${f}) (br_if 0 (i32.lt_s (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 3))))
        (${i}.reinterpret_${f}))
      (func (export "table") (param ${i}) (result ${i})
        (${i}.reinterpret_${f} (block (result ${f}) (block (result ${f}) (${f}.const 0) (drop) (${f}.reinterpret_${i} (local.get 0)) (br_table 0 1 (i32.const 1))))))
      (func (export "call") (param ${i}) (result ${i}) (${i}.reinterpret_${f} (call $id (${f}.reinterpret_${i} (local.get 0)))))
      (func (export "indirect") (param ${i}) (result ${i})
        (${i}.reinterpret_${f} (call_indirect (param ${f}) (result ${f}) (${f}.reinterpret_${i} (local.get 0)) (i32.const 0))))
      (func (export "many") (param ${i}) (result ${i})
        (call $three (${f}.reinterpret_${i} (local.get 0)) (i32.const 1) (${f}.const 2)) (call $three) (drop) (drop) (${i}.reinterpret_${f}))
      (func (export "tail") (param ${i}) (result ${i}) (${i}.reinterpret_${f} (call $tail (i32.const 3) (${f}.reinterpret_${i} (local.get 0)))))
      (func (export "select") (param ${i}) (result ${i})
        (${i}.reinterpret_${f} (select (${f}.const 1) (${f}.reinterpret_${i} (local.get 0)) (i32.const 0))))
      (func (export "global") (param ${i}) (result ${i})
        (global.set $g (${f}.reinterpret_${i} (local.get 0))) (global.set $h (global.get $g)) (${i}.reinterpret_${f} (global.get $h)))
      (func (export "memory") (param ${i}) (result ${i})
        (${f}.store (i32.const 9) (${f}.reinterpret_${i} (local.get 0)))
        (${f}.store (i32.const 101) (${f}.load (i32.const 9))) (${i}.load (i32.const 101)))
      (func (export "signs") (param ${i}) (result ${i})
        (${i}.reinterpret_${f} (${f}.neg (${f}.neg (${f}.copysign (${f}.reinterpret_${i} (local.get 0)) (${f}.reinterpret_${i} (local.get 0))))))))`
    const { exports, instance } = guest(source, options)
    for (const name of Object.keys(exports).filter((key) => typeof exports[key] === 'function')) {
      test(`${f}: ${name}`, () => {
        for (const value of bits) expect(exports[name](value)).toBe(value)
        // The same while it is stopped at every tick.
        const execution = instance.begin(name, bits[0])
        while (!execution.run(1)) continue
        expect(execution.result).toBe(bits[0])
      })
    }
    test(`${f}: constants and an imported global`, () => {
      const constant = f === 'f32' ? 'nan:0x200001' : 'nan:0x4000000000001'
      const made = guest(
        `(module (global (export "g") (mut ${f}) (${f}.const ${constant}))
          (func (export "const") (result ${i}) (${i}.reinterpret_${f} (${f}.const ${constant})))
          (func (export "return") (result ${f} ${i}) (${f}.const ${constant}) (${i}.const 1)))`,
        options,
      )
      expect(made.exports.const()).toBe(bits[0])
      const reader = guest(
        `(module (import "m" "g" (global $g (mut ${f}))) (import "m" "return" (func $r (result ${f} ${i})))
          (func (export "global") (result ${i}) (global.set $g (global.get $g)) (${i}.reinterpret_${f} (global.get $g)))
          (func (export "far") (result ${i}) (call $r) (drop) (${i}.reinterpret_${f})))`,
        options,
        { m: made.exports },
      )
      expect([reader.exports.global(), reader.exports.far()]).toEqual([bits[0], bits[0]])
    })
  }
})
