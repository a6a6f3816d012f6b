/** Traces of instructions on the heap: their operands and results, and how references are shown. */
import { expect, test } from 'vitest'
import { instantiate } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { Store } from '../embedding/store.ts'
import { watToWasm } from '../text/index.ts'
import { Tracer } from './tracer.ts'

/** One line for each event: text, operands, results. */
function trace(source: string, ...args: unknown[]): string[] {
  const lines: string[] = []
  const show = (values: readonly { value: string }[] | undefined): string => (values ?? []).map(({ value }) => value).join(' ')
  const tracer = new Tracer({
    onEvent: (e) => lines.push(`${e.text} | ${show(e.operands)} | ${e.trap === undefined ? show(e.results) : `trap: ${e.trap}`}`),
  })
  const store = new Store()
  Object.defineProperty(store, 'executor', { value: tracer.executor })
  const { exports } = instantiate(compile(watToWasm(source)), {}, { store })
  try {
    exports['f'](...args)
  } catch (error) {
    tracer.flush(error)
  }
  tracer.flush()
  return lines
}

test('structures, arrays, i31, casts', () => {
  const lines = trace(`(module
    (type $point (struct (field i8) (field (mut f64)) (field anyref)))
    (type $points (array (mut (ref null $point))))
    (type $bytes (array (mut i8)))
    (data $d "\\01\\ff")
    (func (export "f") (local $p (ref null $point)) (local $a (ref null $bytes))
      (local.set $p (struct.new $point (i32.const 200) (f64.const 1.5) (ref.i31 (i32.const -3))))
      (struct.set $point 1 (local.get $p) (f64.const -2))
      (drop (struct.get_s $point 0 (local.get $p)))
      (drop (array.new_fixed $points 2 (local.get $p) (ref.null $point)))
      (local.set $a (array.new_data $bytes $d (i32.const 0) (i32.const 2)))
      (array.copy $bytes $bytes (local.get $a) (i32.const 0) (local.get $a) (i32.const 1) (i32.const 1))
      (drop (ref.test (ref null $bytes) (local.get $a)))
      (drop (block $l (result (ref $point)) (br_on_cast $l anyref (ref $point) (local.get $p)) (unreachable)))
      (drop (extern.convert_any (local.get $p)))
      (drop (ref.cast (ref i31) (struct.get $point 2 (local.get $p))))
      (drop (i31.get_u (ref.cast (ref i31) (local.get $p))))))`)
  const point = 'struct{-56 1.5 i31:-3}'
  const moved = 'struct{-56 -2 i31:-3}'
  for (const line of [
    'ref.i31 | -3 | i31:-3',
    `struct.new (type $point) | 200 1.5 i31:-3 | ${point}`,
    `struct.set (type $point) 1 | ${point} -2 | `,
    `struct.get_s (type $point) 0 | ${moved} | -56`,
    `array.new_fixed (type $points) 2 | ${moved} null | array[2]{struct null}`,
    'array.new_data (type $bytes) $d | 0 2 | array[2]{1 -1}',
    'array.copy (type $bytes) (type $bytes) | array[2]{1 -1} 0 array[2]{1 -1} 1 1 | ',
    'ref.test (ref null $bytes) | array[2]{-1 -1} | 1',
    `br_on_cast 0 (ref null any) (ref $point) | ${moved} | `,
    `extern.convert_any | ${moved} | ${moved}`,
    'ref.cast (ref i31) | i31:-3 | i31:-3',
    `ref.cast (ref i31) | ${moved} | trap: cast failure`,
  ])
    expect(lines).toContain(line)
  expect(lines.at(-1)).toBe(`ref.cast (ref i31) | ${moved} | trap: cast failure`)
})
