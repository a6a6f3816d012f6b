/** The debugger on small programs: breakpoints, steps, watchpoints, state. */
import { describe, expect, test } from 'vitest'
import { bytes, launch, open, texts, where } from '../../test/helpers/debugged.ts'
import { compile, instantiate, suspending } from '../index.ts'
import { watToWasm } from '../text/index.ts'
import { countInstructions } from '../trace/index.ts'
import { type Breakpoint, Debugger, type Skip, type Stop } from './index.ts'

describe('breakpoints', () => {
  test('a function, at every depth; locals and stack; the result at the end', async () => {
    const dbg = await launch('fac', [3n])
    dbg.break({ func: 'fac' })
    const seen: string[] = []
    let stop = await dbg.continue()
    for (; stop.reason === 'breakpoint'; stop = await dbg.continue()) seen.push(`${stop.frame!.locals.n.text}@${stop.frame!.depth}`)
    expect(seen).toEqual(['3@1', '2@2', '1@3', '0@4'])
    expect([stop.reason, stop.exitCode, stop.result]).toEqual(['exit', 0, 6n])
  })
  test('a condition, hits, once, a glob, an index, an export', async () => {
    const dbg = await launch('fac', [9n])
    const point = dbg.break({ func: 'f?c' }, { when: 'n < 8 && calls != 2', hits: 2, once: true })
    const stop = await dbg.continue()
    expect(stop.breakpoint).toBe(point)
    expect([stop.frame!.locals.n.value, point.hitCount]).toEqual([5n, 2])
    expect(dbg.breakpoints).toEqual([])
    dbg.break({ export: 'fac' })
    expect((await dbg.continue()).frame!.locals.n.value).toBe(4n)
    dbg.break({ func: 1 })
    expect((await dbg.continue()).frame!.locals.n.value).toBe(3n)
  })
  test('an offset, a line of the text, and what is refused', async () => {
    const dbg = await launch('sum', [3])
    const line = dbg.source.text.split('\n').findIndex((text) => text.includes('i32.store')) + 1
    dbg.break({ wat: line })
    const stop = await dbg.continue()
    expect(where(stop)).toBe('breakpoint sum i32.store')
    expect(texts(stop.frame!.stack)).toEqual(['256', '0'])
    dbg.break({ offset: stop.frame!.offset }, { when: 'stack[0] == 3 && $s == 3' })
    dbg.breakpoints[0]!.remove()
    expect(texts((await dbg.continue()).frame!.stack)).toEqual(['264', '3'])
    const refused = (action: () => Breakpoint): string => {
      try {
        action()
      } catch (error) {
        return (error as Error).message
      }
      return ''
    }
    expect(refused(() => dbg.break({ func: 'nix' }))).toBe("there is no function 'nix'")
    expect(refused(() => dbg.break({ offset: 3 }))).toBe('offset 0x3 is in no function')
    expect(refused(() => dbg.break({ wat: 1 }))).toBe('no instruction begins on line 1')
    const inside = stop.frame!.offset + 1
    expect(refused(() => dbg.break({ offset: inside }))).toMatch(/^no instruction begins at offset 0x/)
    expect(refused(() => dbg.break({ func: 'sum' }, { when: 'n >' }))).toBe("in 'n >': a value is expected, not the end (column 4)")
    expect(refused(() => dbg.break({ func: 'sum' }, { when: 'm > 1' }))).toBe("in 'm > 1': there is no m here (column 1)")
    expect(dbg.breakpoints.length).toBe(1)
  })
  test('one that is removed where the program stands does not hide the next', async () => {
    const dbg = await launch('sum', [3])
    dbg.break({ func: 'sum' }, { once: true })
    const { frame } = await dbg.continue()
    const first = dbg.break({ offset: frame!.offset }, { when: '0' })
    first.remove()
    const line = dbg.source.text.split('\n').findIndex((text) => text.includes('i32.store')) + 1
    dbg.break({ wat: line })
    const { frame: next } = await dbg.continue()
    expect(next!.locals.i.value).toBe(0)
  })
  test('logpoints, also with what the function returns', async () => {
    const log: string[] = []
    const dbg = await launch('fac', [2n], { onLog: (text) => log.push(text) })
    dbg.break({ func: 'fac' }, { log: 'fac {n} at {depth} -> {result}' })
    dbg.break({ func: 'fac' }, { log: 'calls {calls} {1 / (calls - calls)}' })
    expect((await dbg.continue()).result).toBe(2n)
    expect(log).toEqual([
      'calls 0 <division by zero>',
      'calls 1 <division by zero>',
      'calls 2 <division by zero>',
      'fac 0 at 3 -> 1',
      'fac 1 at 2 -> 1',
      'fac 2 at 1 -> 2',
    ])
  })
  test('host calls, entry, traps', async () => {
    const dbg = await launch('down', [1])
    dbg.break({ entry: true })
    expect(where(await dbg.continue())).toBe('entry down local.get $n')
    expect(() => dbg.break({ entry: true })).toThrow('the program has begun')
    dbg.break({ host: 'note' })
    const stop = await dbg.continue()
    expect([where(stop), stop.message]).toEqual(['host down call $note', 'call of host.note'])
    expect((await dbg.continue()).frame!.locals.n.text).toBe('0')
    expect((await dbg.continue()).reason).toBe('exit')
    const div = await launch('div', [1, 0])
    div.break({ trap: true })
    const trap = await div.continue()
    expect([where(trap), trap.message, texts(trap.frame!.stack)]).toEqual([
      'trap undefined i32.div_s'.replace('undefined', 'div'),
      'integer divide by zero',
      ['1', '0'],
    ])
    expect((await div.continue()).message).toBe('trap: integer divide by zero')
  })
})

describe('steps', () => {
  test('in, over, out', async () => {
    const dbg = await launch('fac', [2n])
    let stop = await dbg.step('in')
    expect(where(stop)).toBe('entry fac global.get $calls')
    while (!stop.frame!.instruction.startsWith('call')) stop = await dbg.step('over')
    expect(texts(stop.frame!.stack)).toEqual(['2', '1'])
    stop = await dbg.step('over')
    expect([where(stop), texts(stop.frame!.stack)]).toEqual(['step fac i64.mul', ['2', '1']])
    const again = await launch('fac', [2n])
    again.break({ func: 'fac' }, { when: 'n == 0' })
    stop = await again.continue()
    stop = await again.step('out')
    expect([where(stop), stop.frame!.depth, texts(stop.frame!.stack)]).toEqual(['step fac i64.mul', 2, ['1', '1']])
    stop = await again.step('out')
    expect([stop.frame!.depth, texts(stop.frame!.stack)]).toEqual([1, ['2', '1']])
    stop = await again.step('out')
    expect([stop.reason, stop.result]).toEqual(['exit', 2n])
  })
  test('iterations of a loop, and lines', async () => {
    const dbg = await launch('sum', [3])
    dbg.break({ func: 'sum' }, { once: true })
    await dbg.continue()
    await dbg.step('in')
    const seen: string[] = []
    for (let i = 0; i < 3; i++) {
      const { frame } = await dbg.step('iteration')
      seen.push(`${frame!.locals.i.text} ${frame!.instruction}`)
    }
    expect(seen.slice(0, 2)).toEqual(['1 local.get $s', '2 local.get $s'])
    expect(seen[2]).toBe('3 local.get $s')
    const lines = await launch('sum', [1])
    const lineOf = ({ frame }: Stop): number => lines.source.map.placeOf(frame!.offset)!.line
    const first = lineOf(await lines.step('in'))
    expect(lineOf(await lines.step('line'))).toBeGreaterThan(first)
  })
})

describe('watchpoints', () => {
  test('memory, globals, locals, tables', async () => {
    const dbg = await launch('sum', [4])
    dbg.watch({ memory: 0, addr: 0x106, size: 4 })
    let stop = await dbg.continue()
    expect([stop.reason, stop.message, stop.frame!.locals.i.text]).toEqual(['watchpoint', '0x108: 00 00 → 03 00', '2'])
    dbg.watch({ local: 's', func: 'sum' }, { when: '$new > $old + 2' })
    stop = await dbg.continue()
    expect(stop.message).toBe('local s of sum: 3 → 6')
    const fac = await launch('fac', [5n])
    fac.watch({ global: 'calls' }, { when: '$new >= 3' })
    stop = await fac.continue()
    expect([stop.message, stop.frame!.locals.n.text]).toEqual(['global calls: 2 → 3', '3'])
    const fill = await launch('fill')
    fill.watch({ memory: 0, addr: 0x48, size: 1 }, { on: 'write' })
    fill.watch({ table: 0, index: 1 })
    expect((await fill.continue()).message).toBe('0x48: 00 → 07')
    expect((await fill.continue()).message).toBe('table 0[1]: null → func:1')
    expect(() => fill.watch({ memory: 1, addr: 0, size: 1 })).toThrow('there is no memory 1')
    expect(() => fill.watch({ memory: 0, addr: 0, size: 2 ** 40 })).toThrow('can never have')
  })
  test('memory.copy reads and writes', async () => {
    const copying = watToWasm('(module (memory 1) (func (export "run") (memory.copy (i32.const 100) (i32.const 8) (i32.const 4))))')
    const seen: string[] = []
    for (const on of ['read', 'write', 'access'] as const) {
      for (const addr of [8, 100]) {
        const dbg = await Debugger.launch(copying, { invoke: { name: 'run' } })
        open.push(dbg)
        dbg.watch({ memory: 0, addr, size: 1 }, { on })
        seen.push(`${on} ${addr}: ${(await dbg.continue()).message}`)
      }
    }
    expect(seen).toEqual([
      'read 8: 0x8: 00 read',
      'read 100: exit code 0',
      'write 8: exit code 0',
      'write 100: 0x64: 00 → 00',
      'access 8: 0x8: 00 read',
      'access 100: 0x64: 00 → 00',
    ])
  })
  test('one instruction, several watchpoints: one stop for all', async () => {
    const dbg = await launch('fill')
    const points = [0x41, 0x45, 0x60].map((addr) => dbg.watch({ memory: 0, addr, size: 1 }))
    const stop = await dbg.continue()
    expect([stop.message, stop.breakpoint]).toEqual(['0x41: 00 → 07; 0x45: 00 → 07', points[0]])
    expect(points.map(({ hitCount }) => hitCount)).toEqual([1, 1, 0])
    expect((await dbg.continue()).reason).toBe('exit')
  })
  test('what the host writes', async () => {
    let memory: Uint8Array | undefined
    const dbg = await launch('down', [1], { imports: { host: { note: (n: number) => void (memory![5] = n + 1) } } })
    memory = dbg.instance.memories[0]!.bytes
    dbg.watch({ memory: 0, addr: 4, size: 4 })
    expect((await dbg.continue()).message).toBe('0x4: 00 00 00 00 → 00 02 00 00, by the host')
  })
  test('what the host writes into several watched places, each is told; conditions hold; what a person writes is not the host’s', async () => {
    let memory: Uint8Array | undefined
    const note = (n: number): void => {
      memory![5] = n + 1
      memory![9] = n + 2
      memory![12] = n
    }
    const dbg = await launch('down', [2], { imports: { host: { note } } })
    memory = dbg.instance.memories[0]!.bytes
    dbg.watch({ memory: 0, addr: 4, size: 2 })
    dbg.watch({ memory: 0, addr: 8, size: 2 })
    dbg.watch({ memory: 0, addr: 12, size: 1 }, { when: 'u8[12] == 1' })
    const seen: string[] = []
    for (let stop = await dbg.continue(); stop.frame !== undefined; stop = await dbg.continue()) {
      seen.push(`${stop.frame.locals.n.text} ${stop.message}`)
      dbg.writeMemory(3, Uint8Array.of(7, 7))
    }
    expect(seen).toEqual([
      '2 0x4: 00 00 → 00 03, by the host; 0x8: 00 00 → 00 04, by the host',
      '1 0x4: 07 03 → 07 02, by the host; 0x8: 00 04 → 00 03, by the host; 0xc: 02 → 01, by the host',
      '0 0x4: 07 02 → 07 01, by the host; 0x8: 00 03 → 00 02, by the host',
    ])
  })
})

describe('state', () => {
  test('can be changed; a wrong type changes nothing', async () => {
    const dbg = await launch('fac', [3n])
    dbg.break({ func: 'fac' }, { once: true })
    const { frame } = await dbg.continue()
    expect(() => frame!.locals.n.set('x')).toThrow('"x" is not a value of type i64')
    expect(() => frame!.locals.n.set(2n ** 64n)).toThrow('is not a value of type i64')
    expect(frame!.locals.n.text).toBe('3')
    frame!.locals.n.set(4n)
    dbg.globals[0]!.set(-1)
    dbg.writeMemory(0xffff, Uint8Array.of(9))
    expect(() => dbg.writeMemory(0xffff, Uint8Array.of(1, 2))).toThrow('do not fit')
    expect([...dbg.readMemory(0xfffe, 10)]).toEqual([0, 9])
    const end = await dbg.continue()
    expect(end.result).toBe(24n)
  })
  test('expressions', async () => {
    const dbg = await launch('sum', [3])
    dbg.break({ func: 'sum' })
    await dbg.continue()
    const value = (text: string): unknown => dbg.evaluate(text).value
    expect(value('n * 2 + 1')).toBe(7)
    expect(value('i32[0] == 0 && u8[0xffff] == 0')).toBe(1)
    expect(value('1 << 40')).toBe(1n << 40n)
    expect(value('-7 / 2')).toBe(-3)
    expect(value('$0 - 4')).toBe(-1)
    expect(value('n == 0xffffffff')).toBe(0)
    expect(value('f64(n) / 2')).toBe(1.5)
    expect(value('0.1 + 0.2 < 0.4')).toBe(1)
    expect(value('global[0] + calls')).toBe(0)
    for (const [text, message] of [
      ['i32[0x10000]', 'address 0x10000 is outside of the memory'],
      ['n / i', 'division by zero'],
      ['i32[0, 1]', 'there is no memory 1'],
      ['n +', 'a value is expected'],
      ['(n', ') is expected'],
      ['n n', 'an operator is expected'],
      ['n ? 1', '? means nothing here'],
      ['1.5 & 2', '& cannot be used on f64'],
      ['stack[0]', 'there is no stack[0] here'],
      [`${'('.repeat(200)}1`, 'nested more than 100 deep'],
      [`n${'+1'.repeat(200_000)}`, `in '…${'+1'.repeat(60)}…': it has more than 1000 operators (column 2002)`],
    ] as const)
      expect(() => value(text), text).toThrow(message)
  })
  test('an export can be called while the program stands still', async () => {
    const dbg = await launch('sum', [3])
    dbg.break({ func: 'sum' })
    await dbg.continue()
    expect(dbg.call('fac', 5n)).toBe(120n)
    // Longer than a turn, after a stop in the middle of a round.
    expect(dbg.call('sum', 50_000)).toBe(((49_999 * 50_000) / 2) | 0)
    expect(() => dbg.call('div', 1, 0)).toThrow('integer divide by zero')
    expect(() => dbg.call('nix')).toThrow("no exported function 'nix'")
    dbg.breakpoints[0]!.remove()
    expect((await dbg.continue()).result).toBe(3)
  })
})

describe('pause', () => {
  test('an endless loop, and a host call that never comes back', async () => {
    const dbg = await launch('spin')
    const running = dbg.continue()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const stop = await dbg.pause()
    expect([stop.reason, stop.frame!.func]).toEqual(['pause', 'spin'])
    expect(await running).toBe(stop)
    expect((await dbg.step('in')).reason).toBe('step')
    const blocked = await launch('down', [1], { imports: { host: { note: suspending(() => new Promise(() => {})) } } })
    void blocked.continue()
    await new Promise((resolve) => setTimeout(resolve, 5))
    const at = await blocked.pause()
    expect(where(at)).toBe('pause down call $note')
    expect(blocked.threads.map(({ state }) => state)).toEqual(['in a host call'])
  })
  test('closing ends the program', async () => {
    const dbg = await launch('spin')
    const running = dbg.continue()
    await new Promise((resolve) => setTimeout(resolve, 5))
    dbg.close()
    expect((await running).message).toBe('the debugger was closed')
  })
})

describe('what a host function throws', () => {
  const text = `(module (import "host" "note" (func $note)) 
    (func $g (call $note))
    (func (export "through") (call $g))
    (func (export "tail") (block $b (try_table (catch_all $b) (return_call $note))))
    (func (export "caught") (block $b (try_table (catch_all $b) (call $g)))))`
  test.each([
    ['through', 'uncaught', 'throw g call $note'],
    ['through', 'throw', 'throw g call $note'],
    ['tail', 'uncaught', 'throw tail return_call $note'],
    ['caught', 'uncaught', undefined],
    ['caught', 'throw', 'throw g call $note'],
  ] as const)('%s, break %s', async (name, what, expected) => {
    for (const later of [false, true]) {
      for (const [error, shown] of [
        [new Error('boom'), 'Error: boom'],
        [{ odd: true }, '[object Object]'],
        [Symbol('s'), 'Symbol(s)'],
        [Object.create(null), 'an object'],
      ]) {
        const note = (): unknown => {
          if (later) return Promise.reject(error as Error)
          throw error
        }
        const imports = { host: { note: later ? suspending(note) : note } }
        const dbg = await Debugger.launch(watToWasm(text), { imports, invoke: { name } })
        open.push(dbg)
        dbg.break(what === 'throw' ? { throw: true } : { uncaught: true })
        const stop = await dbg.continue()
        if (expected !== undefined) {
          expect(where(stop)).toBe(expected)
          expect(stop.message).toBe(`exception of a host function: ${shown as string}`)
          expect(stop.frames.map(({ func }) => func).at(-1)).toBe(name)
          const next = await dbg.step('in')
          if (name === 'caught') expect(next.frame!.instruction).toBe('end')
          else expect(next.error).toBe(error)
        } else expect(stop.reason).toBe('exit')
        expect((await dbg.continue()).reason).toBe(name === 'caught' ? 'exit' : 'error')
      }
    }
  })
})

test('what cannot stop is reported', async () => {
  const skips: string[] = []
  const onSkip = ({ breakpoint, message, func }: Skip): void => void skips.push(`${breakpoint.id} ${func}: ${message}`)
  let inner: ((n: bigint) => unknown) | undefined
  const instance = instantiate(compile(bytes), { host: { note: () => inner?.(1n) } })
  const dbg = Debugger.attach(instance, { onSkip })
  open.push(dbg)
  const point = dbg.break({ func: 'fac' }, { when: 'n == 1' })
  dbg.watch({ global: 'calls' }, { when: '$new == 2' })
  dbg.break({ trap: true })
  expect(instance.exports.fac(2n)).toBe(2n)
  expect(() => instance.exports.div(1, 0) as number).toThrow('divide by zero')
  expect(skips).toEqual(['1 fac: breakpoint 1', '2 fac: global calls: 1 → 2', '3 div: integer divide by zero'])
  // From inside a host function; the call around it can stop.
  inner = instance.exports.fac as (n: bigint) => unknown
  const outer = dbg.break({ func: 'down' })
  const stopped = dbg.continue()
  const result = instance.invokeAsync('down', 0)
  expect((await stopped).breakpoint).toBe(outer)
  void dbg.continue()
  await result
  expect([point.hitCount, point.skipCount, outer.skipCount, skips.length]).toEqual([2, 2, 0, 4])
})

test('a store is watched or debugged, not both', () => {
  const instance = instantiate(compile(bytes), { host: { note: () => {} } })
  const counter = countInstructions(instance)
  expect(() => Debugger.attach(instance)).toThrow('it can be joined when that has stopped')
  counter.stop()
  const dbg = Debugger.attach(instance)
  expect(() => countInstructions(instance)).toThrow('a debugger is at work in this store')
  expect(() => Debugger.attach(instance)).toThrow('debugged already')
  dbg.close()
  const again = countInstructions(instance)
  expect(instance.exports.fac(3n)).toBe(6n)
  again.stop()
  expect(again.of(instance.module.data).total).toBeGreaterThan(20)
})

describe('hostile use', () => {
  test('100,000 breakpoints, one below the other, and all gone again', async () => {
    const dbg = await launch('fac', [3n])
    for (let i = 0; i < 100_000; i++) dbg.break({ func: 'fac' }, { when: 'n > 100' })
    expect((await dbg.continue()).result).toBe(6n)
    const again = await launch('fac', [3n])
    const points = Array.from({ length: 1000 }, () => again.break({ func: 'fac' }))
    points.forEach((point) => point.remove())
    expect((await again.continue()).result).toBe(6n)
  })
  test('a condition that fails stops, and says so', async () => {
    const dbg = await launch('fac', [3n])
    dbg.break({ func: 'fac' }, { when: 'i32[i32(n) * 100000] == 1' })
    expect((await dbg.continue()).message).toBe('breakpoint 1: its condition fails: address 0x493e0 is outside of the memory')
  })
  test('a watchpoint on all of the memory', async () => {
    const dbg = await launch('sum', [3])
    dbg.watch({ memory: 0, addr: 0, size: 65536 })
    expect((await dbg.continue()).message).toBe('0x104: 00 00 00 00 → 01 00 00 00')
  })
  test('a watchpoint on 4 GiB, most of which is not there; on more than there can be', async () => {
    const text = '(module (memory 1 65536) (func (export "_start") (i32.store (i32.const 100) (i32.const 7))))'
    const limits = { memory: '4GiB' }
    const dbg = await Debugger.launch(watToWasm(text), { limits })
    open.push(dbg)
    dbg.watch({ memory: 0, addr: 0, size: 2 ** 32 })
    expect((await dbg.continue()).message).toBe('0x64: 00 00 00 00 → 07 00 00 00')
    expect(() => dbg.watch({ memory: 0, addr: 1, size: 2 ** 32 })).toThrow('memory 0 can never have 4294967296 bytes at 0x1')
    expect((await dbg.continue()).reason).toBe('exit')
  })
  test('closing while a host call is pending; going on twice; a frame of an earlier stop', async () => {
    const dbg = await launch('down', [1], { imports: { host: { note: suspending(() => new Promise(() => {})) } } })
    const running = dbg.continue()
    await expect(dbg.continue()).rejects.toThrow('the program is running')
    await new Promise((resolve) => setTimeout(resolve, 1))
    dbg.close()
    expect((await running).reason).toBe('error')
    const other = await launch('fac', [3n])
    const first = await other.step('in')
    await other.step('in')
    expect(() => first.frames).toThrow('this stop has no frames any more')
  })
  test('conditions only where there is an instruction', async () => {
    const dbg = await launch('fac', [3n])
    expect(() => dbg.break({ trap: true }, { when: '1' })).toThrow('only a breakpoint at an instruction can have a condition')
    expect(() => dbg.break({ func: 'fac' }, { log: 'n {n' })).toThrow('a { has no }')
    expect(() => dbg.break({ func: 'fac' }, { hits: 0 })).toThrow('hits is a number from 1 on')
  })
})

test('stops do not change the turns of threads', async () => {
  // Each thread writes its number when it has counted to 30,000: turns of 20,000 ticks.
  const module = compile(
    watToWasm(`(module (memory (export "m") 1) (global $at (mut i32) (i32.const 0))
      (func $work (export "work") (param $id i32) (local $i i32)
        (loop $l
          (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 10000)))
            (then (i32.store8 (global.get $at) (local.get $id)) (global.set $at (i32.add (global.get $at) (i32.const 1)))))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50000))))))`),
  )
  const order = async (stops: boolean): Promise<string> => {
    const instance = instantiate(module)
    const threads = [1, 2, 3].map((id) => instance.spawn('work', id))
    let count = 0
    const run = (): Promise<unknown> => Promise.all(threads.map((thread) => thread.finished()))
    if (!stops) await run()
    else {
      const dbg = Debugger.attach(instance)
      open.push(dbg)
      dbg.watch({ global: 'at' })
      const first = dbg.continue()
      const finished = run()
      for (let stop = await first; stop.frame !== undefined; count++) stop = await dbg.continue()
      await finished
    }
    expect(count).toBe(stops ? 15 : 0)
    return [...(instance.exports.m as { view: () => Uint8Array }).view().subarray(0, 15)].join('')
  }
  const plain = await order(false)
  expect(plain).toMatch(/^1122331/)
  expect(await order(true)).toBe(plain)
})

test('two threads stop together', async () => {
  const instance = instantiate(compile(bytes), { host: { note: () => {} } })
  const dbg = Debugger.attach(instance)
  open.push(dbg)
  dbg.break({ func: 'fac' }, { when: 'n == 2' })
  const stopped = dbg.continue()
  const threads = [instance.spawn('fac', 3n), instance.spawn('fac', 4n)]
  const results = Promise.all(threads.map((thread) => thread.finished()))
  const first = await stopped
  expect(dbg.threads.length).toBe(2)
  const second = await dbg.continue()
  expect(new Set([first.thread, second.thread]).size).toBe(2)
  expect(dbg.select(second.thread).frames.length).toBeGreaterThan(0)
  void dbg.continue()
  expect(await results).toEqual([6n, 24n])
})
