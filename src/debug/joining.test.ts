/** The debugger joins programs that run: at full speed, in a host call, with suspended continuations; and what their end comes to. */
import { describe, expect, test } from 'vitest'
import { bytes, open, texts, where } from '../../test/helpers/debugged.ts'
import '../families/all.ts'
import { compile, instantiate, suspending } from '../index.ts'
import { watToWasm } from '../text/index.ts'
import { Debugger } from './index.ts'

describe('joining', () => {
  test('a program that runs at full speed', async () => {
    let release = (): void => {}
    const note = suspending(() => new Promise<void>((resolve) => (release = resolve)))
    const instance = instantiate(compile(bytes), { host: { note } })
    const result = instance.invokeAsync('down', 3)
    await new Promise((resolve) => setTimeout(resolve, 1))
    const dbg = Debugger.attach(instance)
    const stop = await dbg.pause()
    expect([where(stop), stop.frame!.locals.n.text]).toEqual(['pause down call $note', '3'])
    dbg.break({ func: 'down' })
    const next = dbg.continue()
    release()
    expect((await next).frame!.locals.n.text).toBe('2')
    dbg.close()
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      release()
    }
    expect(await result).toBe(undefined)
  })
  test('a thread that has just been caught by a function as a whole', async () => {
    const module = compile(
      watToWasm(`(module (tag $t (param i32)) (tag $r (param externref i32))
        (func $one (param $n i32) (result i32)
          (try_table (catch $t 0) (throw $t (local.get $n)))
          (i32.const 0))
        (func $two (param $n i32) (result externref i32)
          (try_table (catch $r 0) (throw $r (ref.null extern) (local.get $n)))
          (unreachable))
        (func (export "run") (param $n i32) (result i32) (local $s i32)
          (loop $l
            (local.set $s (i32.add (local.get $s) (call $one (local.get $n))))
            (call $two (local.get $n))
            (local.set $s (i32.add (local.get $s)))
            (drop)
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $s)))`),
    )
    const seen = new Set<string>()
    for (let ticks = 1; ; ticks++) {
      const instance = instantiate(module)
      const thread = instance.spawn('run', 4)
      const [task] = instance.store.scheduler.tasks
      task!.turn = ticks
      instance.store.scheduler.turn(true)
      if (thread.done) break
      const dbg = Debugger.attach(instance)
      open.push(dbg)
      const stepped = dbg.step('in')
      const finished = thread.finished()
      const stop = await Promise.race([stepped, finished.then(() => undefined)])
      if (stop !== undefined) {
        seen.add(`${stop.frame!.funcidx} ${stop.frame!.instruction} ${texts(stop.frame!.stack).join(' ')}`)
        void dbg.continue()
      }
      expect(await finished).toBe(20)
    }
    // What comes first when they have returned: landing there is no instruction.
    expect([...seen]).toEqual(expect.arrayContaining(['2 i32.add 0 4', '2 local.get $s null 4']))
    expect([...seen].some((text) => text.includes(' end '))).toBe(false)
  })
  test('a continuation that was suspended before stops when it goes on', async () => {
    const module = compile(
      watToWasm(`(module
        (type $f (func)) (type $k (cont $f))
        (import "host" "wait" (func $wait))
        (tag $yield (param i32))
        (func $count (local $i i32)
          (loop $l (suspend $yield (local.tee $i (i32.add (local.get $i) (i32.const 1)))) (br $l)))
        (elem declare func $count)
        (func (export "run") (param $n i32) (result i32) (local $k (ref null $k)) (local $s i32)
          (local.set $k (cont.new $k (ref.func $count)))
          (loop $next
            (block $on (result i32 (ref $k))
              (resume $k (on $yield $on) (local.get $k))
              (unreachable))
            (local.set $k)
            (local.set $s (i32.add (local.get $s)))
            (call $wait)
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $s)))`),
      { features: { 'stack-switching': true } },
    )
    let release = (): void => {}
    const wait = suspending(() => new Promise<void>((resolve) => (release = resolve)))
    const instance = instantiate(module, { host: { wait } })
    const result = instance.invokeAsync('run', 3)
    await new Promise((resolve) => setTimeout(resolve, 1))
    const dbg = Debugger.attach(instance)
    open.push(dbg)
    dbg.watch({ local: 'i', func: 'count' })
    const stopped = dbg.continue()
    release()
    const stop = await stopped
    expect([stop.message, stop.frame!.func, stop.frame!.depth]).toEqual(['local i of count: 1 → 2', 'count', 2])
    expect(stop.frames[1]!.locals.n.value).toBe(2)
    stop.frame!.locals.i.set(10)
    dbg.breakpoints[0]!.remove()
    void dbg.continue()
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      release()
    }
    expect(await result).toBe(1 + 2 + 11)
  })
  test('its end by an exception is told as that of a program that was launched', async () => {
    const throwing = `(module (tag $late (param i32)) (func (export "run") (param $n i32)
      (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (throw $late (i32.const 7))))`
    const instance = instantiate(compile(watToWasm(throwing)))
    const result = instance.invokeAsync('run', 1_000_000).catch((error: unknown) => error)
    const dbg = Debugger.attach(instance)
    open.push(dbg)
    const stop = await dbg.continue()
    expect([stop.reason, stop.message]).toEqual(['error', 'exception $late(i32 7)'])
    expect(stop.error).toBe(await result)
  })
  test.each(['switch', 'closure', 'auto'] as const)('%s: a breakpoint in a function that has been called often', async (executor) => {
    const text = `(module (func $tick (param i32) (result i32) (i32.sub (local.get 0) (i32.const 1)))
      (func (export "run") (param i32) (loop $l (br_if $l (local.tee 0 (call $tick (local.get 0)))))))`
    const instance = instantiate(compile(watToWasm(text)), {}, { executor })
    const thread = instance.spawn('run', 1_000_000)
    const { scheduler } = instance.store
    scheduler.turn(true)
    const dbg = Debugger.attach(instance)
    open.push(dbg)
    const stopped = dbg.continue()
    // What it runs now is the copy for programs with nothing to look at.
    for (let i = 0; i < 3; i++) scheduler.turn(true)
    const point = dbg.break({ func: 'tick' })
    const finished = thread.finished()
    const stop = await stopped
    const [n] = stop.frame!.locals
    expect([where(stop), Number(n!.value) > 900_000]).toEqual(['breakpoint tick local.get 0', true])
    // And the other way.
    point.remove()
    void dbg.continue()
    await finished
    expect(point.hitCount).toBe(1)
  })
  test('an endless loop', async () => {
    const instance = instantiate(compile(bytes), { host: { note: () => {} } })
    const result = instance.invokeAsync('sum', 100_000_000).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 20))
    const dbg = Debugger.attach(instance)
    const stop = await dbg.pause()
    const { n, i, s } = stop.frame!.locals
    expect(n.value).toBe(100_000_000)
    const k = i.value as number
    expect(s.value).toBe(Number(BigInt.asIntN(32, (BigInt(k) * BigInt(k - 1)) / 2n)))
    n.set(0)
    dbg.close()
    await result
  })
})

describe('the end of what was joined', () => {
  const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
  test('comes to whoever waits for a stop; then calls may follow', async () => {
    const instance = instantiate(compile(bytes), { host: { note: () => {} } })
    const result = instance.invokeAsync('sum', 1_000_000_000)
    await soon()
    const dbg = Debugger.attach(instance)
    open.push(dbg)
    const paused = await dbg.pause()
    // However slow the machine is, it runs until here and not much further.
    paused.frame!.locals.n.set(0)
    const stop = await dbg.continue()
    expect([stop.reason, stop.message, stop.exitCode, stop.frame, dbg.stop]).toEqual(['exit', 'exit code 0', 0, undefined, undefined])
    await result
    dbg.break({ func: 'fac' })
    const next = dbg.continue()
    const fac = instance.invokeAsync('fac', 1n)
    expect(where(await next)).toBe('breakpoint fac global.get $calls')
    dbg.breakpoints[0]!.remove()
    expect((await dbg.continue()).reason).toBe('exit')
    expect(await fac).toBe(1n)
  })
  test('is not lost when nobody waits; a trap is told', async () => {
    let release = (): void => {}
    const note = suspending(() => new Promise<void>((resolve) => (release = resolve)))
    const instance = instantiate(compile(bytes), { host: { note } })
    const result = instance.invokeAsync('down', 0)
    await soon()
    const dbg = Debugger.attach(instance)
    open.push(dbg)
    release()
    await result
    expect((await dbg.continue()).reason).toBe('exit')
    const next = dbg.continue()
    const div = instance.invokeAsync('div', 1, 0)
    const { reason, message } = await next
    expect([reason, message]).toEqual(['error', 'trap: integer divide by zero'])
    await expect(div).rejects.toThrow('divide by zero')
  })
})
