/** What is inside of values, and values changed by text. */
import { describe, expect, test } from 'vitest'
import { watToWasm } from '../text/index.ts'
import { assign, namesAt, variableNamed } from './assign.ts'
import { Debugger } from './debugger.ts'
import { lanesOf, membersOf } from './members.ts'

const program = watToWasm(`(module
  (type $point (struct (field $x (mut i32)) (field $y f64) (field $tag (mut i8)) (field $next (mut (ref null $point)))))
  (type $bytes (array (mut i8)))
  (type $wide (array (mut i64)))
  (tag $oops (param i32 f64))
  (memory 1)
  (memory 1)
  (global $g (mut i64) (i64.const 7))
  (table 4 funcref)
  (table 1 externref)
  (func $f (export "run") (result i32)
    (local $p (ref null $point)) (local $b (ref null $bytes)) (local $w (ref null $wide)) (local $v v128) (local $n i32)
    (local $x f32) (local $d f64) (local $q i64) (local $h funcref) (local $e externref) (local $k exnref)
    (local.set $p (struct.new $point (i32.const 3) (f64.const 2.5) (i32.const 255) (ref.null $point)))
    (local.set $b (array.new $bytes (i32.const -1) (i32.const 1000)))
    (local.set $w (array.new $wide (i64.const -2) (i32.const 3)))
    (local.set $v (v128.const i32x4 1 2 3 0x80000000))
    (local.set $k (block $catch (result exnref)
      (try_table (catch_all_ref $catch) (throw $oops (i32.const 5) (f64.const 0.5))) (unreachable)))
    (local.set $n (i32.const 9))
    (i32.add (local.get $n) (struct.get_s $point $tag (local.get $p)))))`)

async function stopped(): Promise<Debugger> {
  const dbg = await Debugger.launch(program, { invoke: { name: 'run' } })
  dbg.watch({ local: 'n', func: 'f' })
  await dbg.continue()
  return dbg
}

describe('members', () => {
  test('fields of a structure, by name, and changed', async () => {
    const dbg = await stopped()
    const p = variableNamed(dbg, dbg.stop!.frame, 'p')!
    expect(p.type).toBe('(ref null $point)')
    const fields = membersOf(p, dbg.instance)!
    expect(fields.list(0, 9).map(({ variable, type }) => `${variable.name} ${type} ${variable.text}`)).toEqual([
      'x i32 3',
      'y f64 2.5',
      'tag i8 -1',
      'next (ref null $point) null',
    ])
    const [x, y, tag, next] = fields.list(0, 4).map(({ variable }) => variable) as [never, never, never, never] as never[] as {
      set(value: unknown): void
      text: string
    }[]
    x!.set(44)
    tag!.set(100)
    expect(() => y!.set(1)).toThrow('y is immutable')
    expect(() => next!.set(5)).toThrow('is not a value of type (ref null $point)')
    next!.set(p.value)
    expect(p.text).toMatch(/^struct\{44 2.5 100 struct/)
    expect((await dbg.continue()).result).toBe(109)
  })

  test('elements of arrays, page by page', async () => {
    const dbg = await stopped()
    const { frame } = dbg.stop!
    const bytes = membersOf(variableNamed(dbg, frame, 'b')!, dbg.instance)!
    expect(bytes.count).toBe(1000)
    expect(bytes.list(990, 100).map(({ variable, type }) => `${variable.index} ${type} ${variable.text}`)).toHaveLength(10)
    bytes.list(999, 1)[0]!.variable.set(127)
    expect(bytes.list(999, 1)[0]!.variable.text).toBe('127')
    const wide = membersOf(variableNamed(dbg, frame, '$w')!, dbg.instance)!
    wide.list(1, 1)[0]!.variable.set(-(2n ** 63n))
    expect(wide.list(0, 3).map(({ variable }) => variable.value)).toEqual([-2n, -(2n ** 63n), -2n])
    dbg.close()
  })

  test('an exception has what it carries', async () => {
    const dbg = await stopped()
    const exn = membersOf(variableNamed(dbg, dbg.stop!.frame, 'k')!, dbg.instance)!
    expect(exn.list(0, 5).map(({ variable, type }) => `${type} ${variable.text}`)).toEqual(['i32 5', 'f64 0.5'])
    expect(() => exn.list(0, 1)[0]!.variable.set(1)).toThrow('immutable')
    dbg.close()
  })

  test('lanes of a vector in every shape, and changed', async () => {
    const dbg = await stopped()
    const v = variableNamed(dbg, dbg.stop!.frame, 'v')!
    const show = (shape: Parameters<typeof lanesOf>[1]): string =>
      lanesOf(v, shape)
        .list(0, 16)
        .map(({ variable }) => variable.text)
        .join(' ')
    expect(show('i32x4')).toBe('1 2 3 -2147483648')
    expect(show('i8x16')).toBe('1 0 0 0 2 0 0 0 3 0 0 0 0 0 0 -128')
    expect(show('i16x8')).toBe('1 0 2 0 3 0 0 -32768')
    expect(show('i64x2')).toBe('8589934593 -9223372036854775805')
    expect(show('f32x4')).toMatch(/-0$/)
    lanesOf(v, 'i8x16').list(1, 1)[0]!.variable.set(255)
    lanesOf(v, 'f64x2').list(1, 1)[0]!.variable.set(1.5)
    expect(v.text).toBe('0x3ff80000000000000000000' + '20000ff01')
    dbg.close()
  })
})

describe('assignment', () => {
  test.each([
    ['n', '5 + 6', '11'],
    ['$n', '-1', '-1'],
    ['$4', '0xffffffff', '-1'],
    ['g', '1', '1'],
    ['global[0]', '-2', '-2'],
    ['q', 'n', '9'],
    ['x', '1', '1'],
    ['x', 'nan', 'nan'],
    ['d', '-inf', '-inf'],
    ['v', '0xff', '0x000000000000000000000000000000ff'],
    ['v', 'i32x4 1 -1 0x10 4', '0x0000000400000010ffffffff00000001'],
    ['h', 'func:0', 'func:0'],
    ['h', 'null', 'null'],
    ['e', '"text"', '"text"'],
    ['p', 'null', 'null'],
    ['table[1]', 'func:0', 'func:0'],
    ['table[0, 1]', '"text"', '"text"'],
  ])('%s = %s', async (target, text, expected) => {
    const dbg = await stopped()
    expect(assign(dbg, dbg.stop!.frame, target, text).text).toBe(expected)
    dbg.close()
  })

  test('of memory', async () => {
    const dbg = await stopped()
    const { frame } = dbg.stop!
    expect(assign(dbg, frame, 'i16[n + 1]', '-2').memory).toEqual({ memidx: 0, addr: 10, size: 2 })
    expect(assign(dbg, frame, 'f64[16, 1]', '0.5').memory).toEqual({ memidx: 1, addr: 16, size: 8 })
    expect([...dbg.readMemory(10, 2), ...dbg.readMemory(22, 2, 1)]).toEqual([0xfe, 0xff, 0xe0, 0x3f])
    dbg.close()
  })

  test.each([
    ['nobody', '1', 'there is no nobody here'],
    ['n', '0x1_0000_0000', 'is not a value of type i32'],
    ['v', '5x', 'is not a v128'],
    ['h', 'func:99', 'there is no function 99'],
    ['table[0]', '5', 'is not a value of type funcref'],
    ['table[4]', 'null', 'there is no table[4] here'],
    ['table[0, 2]', 'null', 'there is no table[0, 2] here'],
    ['i32[100000]', '1', 'memory 0 ends at'],
    ['i32[0, 7]', '1', 'there is no memory 7'],
    ['i32[0]', '1.5', 'is no whole number'],
    ['i32[0]', 'p', 'a reference cannot be written'],
    ['n', '1 +', 'column'],
  ])('%s = %s is refused', async (target, text, message) => {
    const dbg = await stopped()
    expect(() => assign(dbg, dbg.stop!.frame, target, text)).toThrow(message)
    dbg.close()
  })

  test('names', async () => {
    const dbg = await stopped()
    expect(namesAt(dbg, dbg.stop!.frame)).toEqual(['p', 'b', 'w', 'v', 'n', 'x', 'd', 'q', 'h', 'e', 'k', 'g'])
    dbg.close()
  })
})

const throwing = watToWasm(`(module
  (tag $a) (tag $b)
  (func $throws (param $which i32)
    (if (local.get $which) (then (throw $a)))
    (throw $b))
  (func (export "run") (param $which i32)
    (block $caught (try_table (catch $a $caught) (call $throws (local.get $which)))))
  (func (export "lines") (result i32)
    (call $nothing)
    (call $nothing)
    (i32.const 1))
  (func $nothing
    (nop)))`)

describe('stops', () => {
  test('uncaught: at an exception that no frame handles', async () => {
    for (const [which, expected] of [
      [1, 'exit'],
      [0, 'throw'],
    ] as const) {
      const dbg = await Debugger.launch(throwing, { invoke: { name: 'run', args: [which] } })
      dbg.break({ uncaught: true })
      const stop = await dbg.continue()
      expect([stop.reason, stop.frame?.func]).toEqual([expected, expected === 'exit' ? undefined : 'throws'])
      dbg.close()
    }
  })

  test('line-in: the next line, into calls', async () => {
    const dbg = await Debugger.launch(throwing, { invoke: { name: 'lines' } })
    await dbg.step()
    const seen: string[] = []
    for (let stop = await dbg.step('line-in'); stop.frame !== undefined; stop = await dbg.step('line-in'))
      seen.push(`${stop.frame.func} ${stop.frame.instruction}`)
    expect(seen).toEqual([
      'nothing nop',
      'nothing end',
      'lines call $nothing',
      'nothing nop',
      'nothing end',
      'lines i32.const 1',
      'lines end',
    ])
  })

  test('hits may be a question', async () => {
    const dbg = await Debugger.launch(throwing, { invoke: { name: 'lines' } })
    const point = dbg.break({ func: 'nothing' }, { hits: (count) => count === 2 })
    expect((await dbg.continue()).reason).toBe('breakpoint')
    expect(point.hitCount).toBe(2)
    expect((await dbg.continue()).reason).toBe('exit')
  })

  test('a program that is left goes on', async () => {
    let ended: unknown
    const dbg = await Debugger.launch(throwing, { invoke: { name: 'lines' }, report: () => (ended = true) })
    dbg.break({ func: 'nothing' })
    await dbg.continue()
    dbg.close({ leave: true })
    await expect.poll(() => ended, { timeout: 20_000 }).toBe(true)
  })

  test('a call in pieces can be ended', async () => {
    const endless = watToWasm(
      '(module (func (export "run") (nop)) (func (export "spin") (loop (br 0))) (func (export "one") (result i32) (i32.const 1)))',
    )
    const dbg = await Debugger.launch(endless, { invoke: { name: 'run' } })
    await dbg.step()
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 20)
    await expect(dbg.callLater('spin', [], controller.signal)).rejects.toThrow('enough')
    expect(await dbg.callLater('one', [], new AbortController().signal)).toBe(1)
    expect((await dbg.continue()).reason).toBe('exit')
  })
})
