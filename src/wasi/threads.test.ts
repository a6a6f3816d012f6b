/** wasi-threads: new instances on green threads, one program with one end. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repoRoot } from '../../test/helpers/files.ts'
import { instantiateAsync } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { WasmMemory } from '../embedding/objects.ts'
import { Store } from '../embedding/store.ts'
import { isLimit, isTrap } from '../errors.ts'
import { encode, parseModule } from '../text/index.ts'
import { collect } from '../host/streams.ts'
import type { Caller, RawHostFunction } from '../runtime/host-function.ts'
import type { RecordedCall } from './preview1/context.ts'
import { replay } from './replay.ts'
import { type RunOptions, type RunResult, run } from './run.ts'
import { WasiThreads } from './threads.ts'

/** A program whose main does `main` and whose threads do `thread`; both may call $spawn, $exit, $say (one byte), $yield. */
const program = (main: string, thread: string, memory = '(memory (export "memory") 1 1 shared)'): Uint8Array =>
  encode(
    parseModule(`(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  ${memory.replace('(memory', '(import "env" "memory" (memory').replace(/\(export "memory"\) (.*)\)$/, '$1)) (export "memory" (memory 0))')}
  (global $mine (mut i32) (i32.const 7))
  (func $say (param $byte i32)
    (i32.store8 (i32.const 64) (local.get $byte))
    (i32.store (i32.const 48) (i32.const 64))
    (i32.store (i32.const 52) (i32.const 1))
    (drop (call $write (i32.const 1) (i32.const 48) (i32.const 1) (i32.const 56))))
  (func $sleep (param $ms i32)
    (i64.store (i32.const 152) (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000)))
    (i32.store (i32.const 144) (i32.const 1))
    (drop (call $poll (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 300))))
  (func $wait (param $at i32) (param $value i32)
    (drop (memory.atomic.wait32 (local.get $at) (local.get $value) (i64.const -1))))
  (func (export "_start") ${main})
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) ${thread}))`),
  )

const features = { threads: true }
async function go(bytes: Uint8Array, options: RunOptions = {}): Promise<RunResult & { text: string }> {
  const out = collect()
  const result = await run(bytes, { features, stdout: out, ...options })
  return { ...result, text: out.text() }
}
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error: unknown) => error) // prettier-ignore

describe('thread-spawn', () => {
  test('ids from 1 on, the argument, globals of its own, one memory', async () => {
    const bytes = program(
      `(global.set $mine (i32.const 1))
       (call $say (i32.add (i32.const 48) (call $spawn (i32.const 65))))
       (call $say (i32.add (i32.const 48) (call $spawn (i32.const 66))))
       (block $done (loop $more
         (br_if $done (i32.eq (i32.atomic.load (i32.const 0)) (i32.const 2)))
         (call $wait (i32.const 0) (i32.atomic.load (i32.const 0)))
         (br $more)))`,
      `(call $say (local.get $arg)) (call $say (i32.add (i32.const 48) (local.get $tid)))
       (call $say (i32.add (i32.const 48) (global.get $mine)))
       (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
       (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))`,
    )
    expect((await go(bytes)).text).toBe('12A17B27')
  })

  test('threads may start threads', async () => {
    const bytes = program(
      `(drop (call $spawn (i32.const 3)))
       (call $wait (i32.const 0) (i32.const 0))`,
      `(call $say (i32.add (i32.const 48) (local.get $tid)))
       (if (i32.gt_s (local.get $arg) (i32.const 1))
         (then (drop (call $spawn (i32.sub (local.get $arg) (i32.const 1)))))
         (else (i32.atomic.store (i32.const 0) (i32.const 1)) (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))))`,
    )
    expect((await go(bytes)).text).toBe('123')
  })

  test('the limit: a negative errno', async () => {
    const bytes = program(
      '(drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0))) (call $exit (i32.sub (i32.const 0) (call $spawn (i32.const 0))))',
      '(call $wait (i32.const 0) (i32.const 0))',
    )
    expect((await go(bytes, { limits: { threads: 2 } })).exitCode).toBe(6)
    expect((await go(bytes, { limits: { threads: 3 } })).exitCode).toBe(0xfffffffd)
  })

  test('a module that cannot start one', async () => {
    const bytes = encode(
      parseModule(`(module (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
        (memory (export "memory") 1) (func (export "_start") (drop (call $spawn (i32.const 0)))))`),
    )
    await expect(go(bytes)).rejects.toThrow(/does not export wasi_thread_start/)
  })
})

describe('how it ends', () => {
  const forever = '(loop $l (br $l))'
  const sleeper = '(call $sleep (i32.const 60000))'
  const waiter = '(call $wait (i32.const 0) (i32.const 0))'

  test.each([forever, sleeper, waiter])('main returns: the others end, wherever they stand: %s', async (thread) => {
    const started = performance.now()
    const bytes = program(`(drop (call $spawn (i32.const 0))) (drop (call $yield)) (drop (call $yield)) (call $say (i32.const 77))`, thread)
    expect(await go(bytes)).toMatchObject({ exitCode: 0, text: 'M' })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test.each([forever, sleeper, waiter])('proc_exit in a thread ends main: %s', async (main) => {
    const bytes = program(`(drop (call $spawn (i32.const 0))) ${main}`, '(call $exit (i32.const 42))')
    expect((await go(bytes)).exitCode).toBe(42)
  })

  test.each([forever, sleeper, waiter])('a trap in a thread ends the program with that: %s', async (main) => {
    const bytes = program(`(drop (call $spawn (i32.const 1))) (drop (call $spawn (i32.const 0))) ${main}`, `(if (local.get $arg) (then ${waiter})) (drop (i32.div_u (i32.const 1) (local.get $arg)))`) // prettier-ignore
    const error = await caught(go(bytes))
    expect(isTrap(error) && error.message).toMatch(/^integer divide by zero/)
  })

  test('a trap in main ends the threads', async () => {
    const error = await caught(go(program('(drop (call $spawn (i32.const 0))) (drop (call $yield)) unreachable', sleeper)))
    expect(isTrap(error)).toBe(true)
  })

  test('all wait for each other: a deadlock that is told', async () => {
    const error = await caught(go(program(`(drop (call $spawn (i32.const 0))) ${waiter}`, waiter)))
    expect(isTrap(error) && error.message).toMatch(/^deadlock: all 2 threads wait/)
  })

  test('time limit and signal', async () => {
    const bytes = program(`(drop (call $spawn (i32.const 0))) ${waiter}`, forever)
    const error = await caught(go(bytes, { limits: { wallMs: 100 } }))
    expect(isLimit(error) && error.limit).toBe('timeout')
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(go(bytes, { signal: controller.signal })).rejects.toThrow('enough')
  })
})

test('sched_yield hands the turn on: without it the thread would come too late', async () => {
  const main = (yields: string): string => `(drop (call $spawn (i32.const 0))) ${yields} (call $say (i32.const 77))`
  const thread = '(call $say (i32.const 84)) (drop (call $yield))'
  expect((await go(program(main('(drop (call $yield))'), thread))).text).toBe('TM')
  expect((await go(program(main(''), thread))).text).toBe('M')
})

test('a thread that sleeps lets the others go on; a shared memory obeys the limit', async () => {
  const bytes = program(
    '(drop (call $spawn (i32.const 0))) (call $say (i32.const 97)) (call $sleep (i32.const 40)) (call $say (i32.const 99))',
    '(call $say (i32.const 98))',
  )
  expect((await go(bytes)).text).toBe('abc')
  await expect(go(bytes, { limits: { memory: 1000 } })).rejects.toThrow(/env\.memory wants 65536 bytes/)
})

test('the example: producers, consumers and a lock; the same on every executor', async () => {
  const bytes = readFileSync(join(repoRoot, 'examples/guests/c/threads.wasm'))
  const expected = 'sum of what was handed over: 314850\nthreads: 1 2 3 4 5 6\ncounted under the lock: 1200\n'
  for (const options of [{}, { tier: 'exact' }, { executor: 'reference' }] as const) expect((await go(bytes, options)).text).toBe(expected)
})

test('instantiated by hand', async () => {
  const module = compile(program('(call $exit (i32.add (i32.const 10) (call $spawn (i32.const 0))))', ''), { features })
  const store = new Store()
  let code = 0
  const memory = new WasmMemory({ initial: 1, maximum: 1, shared: true })
  const wasi_snapshot_preview1 = { proc_exit: (c: number) => (code = c), sched_yield: () => 0, fd_write: () => 0, poll_oneoff: () => 0 }
  const threads = new WasiThreads({ module, store, imports: { env: { memory }, wasi_snapshot_preview1 } })
  const instance = await instantiateAsync(module, threads.imports, { store })
  await instance.invokeAsync('_start')
  expect(code).toBe(11)
  threads.end()
})

describe('a record of a program with threads', () => {
  const record = async (bytes: Uint8Array): Promise<RecordedCall[]> => {
    const calls: RecordedCall[] = []
    await go(bytes, { record: (call) => void calls.push(call) })
    return calls
  }
  const again = async (bytes: Uint8Array, calls: readonly RecordedCall[]): Promise<string[]> => {
    const said: string[] = []
    const observe: Record<string, RawHostFunction> = {}
    for (const [name, fn] of Object.entries(replay(calls).wasi_snapshot_preview1))
      observe[name] = { ...fn, call: (caller: Caller, ...args: never[]) => (said.push(name), fn.call(caller, ...args)) }
    await run(bytes, { features, imports: { wasi_snapshot_preview1: observe } })
    return said
  }

  test('is played back where no thread waits in a host call: turns are counted in ticks', async () => {
    const bytes = program(
      `(drop (call $spawn (i32.const 65))) (drop (call $spawn (i32.const 66)))
       (call $say (i32.const 109)) (drop (call $yield)) (call $say (i32.const 110))
       (block $done (loop $more
         (br_if $done (i32.eq (i32.atomic.load (i32.const 0)) (i32.const 2)))
         (call $wait (i32.const 0) (i32.atomic.load (i32.const 0)))
         (br $more)))`,
      `(call $say (local.get $arg)) (drop (call $yield)) (call $say (local.get $tid))
       (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
       (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))`,
    )
    const calls = await record(bytes)
    expect(new Set(calls.map(({ thread }) => thread))).toEqual(new Set([0, 1, 2]))
    expect(await again(bytes, calls)).toEqual(calls.map(({ name }) => name))
    const c = readFileSync(join(repoRoot, 'examples/guests/c/threads.wasm'))
    const long = await record(c)
    expect(await again(c, long)).toEqual(long.map(({ name }) => name))
  })

  test('is refused at the first call that comes from another thread', async () => {
    const bytes = program(
      '(drop (call $spawn (i32.const 20))) (call $sleep (i32.const 1)) (call $say (i32.const 109)) (call $sleep (i32.const 60)) (call $say (i32.const 110))',
      '(call $say (i32.const 115)) (call $say (i32.const 116))',
    )
    const calls = await record(bytes)
    expect(calls.some(({ parked }) => parked)).toBe(true)
    expect(await caught(again(bytes, calls))).toMatchObject({
      message: expect.stringMatching(/host call \d+, .*, comes from thread \d, and in the record from thread \d: the order/) as string,
    })
  })
})
