/** A small program to debug, and what tests of the debugger have in common. */
import { afterEach } from 'vitest'
import { Debugger, type LaunchOptions, type Stop } from '../../src/debug/index.ts'
import { watToWasm } from '../../src/text/index.ts'

const source = `(module
  (import "host" "note" (func $note (param i32)))
  (memory (export "memory") 1)
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (table $t 2 funcref)
  (func $fac (export "fac") (param $n i64) (result i64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (result i64) (i64.eqz (local.get $n))
      (then (i64.const 1))
      (else (i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1)))))))
  (func $sum (export "sum") (param $n i32) (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (local.get $i)))
      (i32.store (i32.add (i32.const 0x100) (i32.shl (i32.and (local.get $i) (i32.const 0xff)) (i32.const 2))) (local.get $s))
      (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $s))
  (func $down (export "down") (param $n i32)
    (call $note (local.get $n))
    (if (local.get $n) (then (call $down (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "div") (param $a i32) (param $b i32) (result i32)
    (i32.div_s (local.get $a) (local.get $b)))
  (func (export "spin") (loop $l (br $l)))
  (func (export "fill") (memory.fill (i32.const 0x40) (i32.const 7) (i32.const 16))
    (table.set $t (i32.const 1) (ref.func $fac)))
  (elem declare func $fac))`
export const bytes: Uint8Array = watToWasm(source)
/** Closed after each test. */
export const open: Debugger[] = []
afterEach(() => open.splice(0).forEach((dbg) => dbg.close()))

export async function launch(name: string, args: unknown[] = [], options: LaunchOptions = {}): Promise<Debugger> {
  const dbg = await Debugger.launch(bytes, { imports: { host: { note: () => {} } }, invoke: { name, args }, ...options })
  open.push(dbg)
  return dbg
}
export const texts = (values: Iterable<{ text: string }>): string[] => [...values].map(({ text }) => text)
export const where = ({ reason, frame }: Stop): string => `${reason} ${frame?.func} ${frame?.instruction}`
