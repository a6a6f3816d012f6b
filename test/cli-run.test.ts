/**
 * `run()` of vitrine/wasi, on which the command line stands: what it resolves with, what it rejects with, how it is stopped.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HostError, isLimit, isTrap, suspending } from '../src/index.ts'
import { watToWasm } from '../src/text/index.ts'
import { type RunReport, collect, memoryFs, readOnly, run, seededRandom, virtualClock } from '../src/wasi/index.ts'
import { parseBytes } from '../src/wasi/run.ts'
import { repoRoot } from './helpers/files.ts'

const guest = (path: string): Uint8Array => readFileSync(join(repoRoot, 'examples/guests', path))
const wat = (fields: string): Uint8Array => watToWasm(`(module ${fields} (memory (export "memory") 1))`)
const spin: Uint8Array = watToWasm('(module (func (export "_start") (loop (br 0))))')
const exits = (code: string): Uint8Array =>
  wat(`(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (func (export "_start") (call $exit (i32.const ${code})))`)

describe('what a run ends with', () => {
  test('output and exit code; nothing is granted by default', async () => {
    const stdout = collect()
    const result = await run(guest('c/hello.wasm'), { args: ['x'], argv0: 'hi', stdout })
    expect(stdout.text()).toBe('Hello from C\nargc = 2\nargv[0] = hi\nargv[1] = x\n')
    expect(result).toMatchObject({ exitCode: 0, result: undefined, denied: [] })
    expect(result.grants.map((g) => g.kind)).toEqual(['stdout'])
    expect((await run(guest('c/hello.wasm'))).grants).toEqual([])
  })

  test('the exit code is a whole u32', async () => {
    expect((await run(exits('7'))).exitCode).toBe(7)
    expect((await run(exits('-1'))).exitCode).toBe(0xffff_ffff)
  })

  test('a trap rejects; the report comes all the same', async () => {
    let ended: RunReport | undefined
    const error: unknown = await run(guest('c/trap.wasm'), { args: ['divide'], report: (r) => (ended = r) }).catch((e: unknown) => e)
    expect(isTrap(error)).toBe(true)
    expect(ended).toMatchObject({ grants: [], denied: [] })
  })

  test('refusals are listed, also when the guest dies of them', async () => {
    let ended: RunReport | undefined
    await run(guest('c/files.wasm'), { fs: { '.': readOnly(memoryFs()) }, report: (r) => (ended = r) }).catch((e: unknown) =>
      expect(isTrap(e)).toBe(true),
    )
    expect(ended!.grants).toEqual([{ kind: 'directory', path: '.', access: 'ro', provider: 'memory' }])
    expect(ended!.denied.length).toBeGreaterThan(0)
  })

  test('the same bytes twice: virtual clock, seeded random', async () => {
    const once = async (): Promise<string> => {
      const stdout = collect()
      await run(guest('c/random.wasm'), { args: ['bytes'], stdout, random: seededRandom(42), clock: virtualClock() })
      return stdout.text()
    }
    expect(await once()).toBe(await once())
  })
})

describe('kinds of modules', () => {
  test('invoke, reactor, extra imports that park', async () => {
    const module = wat(`(import "env" "later" (func $later (result i32))) (global $g (mut i32) (i32.const 0))
      (func (export "_initialize") (global.set $g (i32.const 40))) (func (export "f") (param i32) (result i32)
      (i32.add (call $later) (i32.add (global.get $g) (local.get 0))))`)
    const imports = { env: { later: suspending(() => new Promise((resolve) => setTimeout(() => resolve(1), 5))) } }
    expect((await run(module, { imports, invoke: { name: 'f', args: [1] } })).result).toBe(42)
  })

  test('what cannot be started is refused', async () => {
    await expect(run(watToWasm('(module)'))).rejects.toThrow(/neither _start nor _initialize/)
    await expect(run(watToWasm('(module (func (export "_start")) (func (export "_initialize")))'))).rejects.toBeInstanceOf(HostError)
    const hidden = watToWasm(
      '(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory 1) (func (export "_start")))',
    )
    await expect(run(hidden)).rejects.toThrow(/must export its memory/)
  })
})

describe('limits', () => {
  test('fuel, time while computing, time while waiting, memory', async () => {
    const limit = (e: unknown): string | undefined => (isLimit(e) ? e.limit : undefined)
    expect(limit(await run(spin, { limits: { fuel: 1000 } }).catch((e: unknown) => e))).toBe('fuel')
    expect(limit(await run(spin, { limits: { wallMs: 50 } }).catch((e: unknown) => e))).toBe('timeout')
    const silent = { read: () => new Promise<Uint8Array>(() => {}) }
    expect(limit(await run(guest('c/cat-upper.wasm'), { stdin: silent, limits: { wallMs: 50 } }).catch((e: unknown) => e))).toBe('timeout')
    expect(limit(await run(guest('c/hello.wasm'), { limits: { memory: '64KiB' } }).catch((e: unknown) => e))).toBe('memory')
  })

  test('a signal stops a guest that computes and one that waits', async () => {
    const silent = { read: () => new Promise<Uint8Array>(() => {}) }
    for (const [program, limits] of [
      [spin, {}],
      [spin, { wallMs: 60_000 }],
      [guest('c/cat-upper.wasm'), {}],
      [guest('c/cat-upper.wasm'), { wallMs: 60_000 }],
    ] as const) {
      const controller = new AbortController()
      const reason = new Error('enough')
      setTimeout(() => controller.abort(reason), 30)
      await expect(run(program, { stdin: silent, limits, signal: controller.signal })).rejects.toBe(reason)
    }
  })

  test('sizes', () => {
    expect(['65536', '64KiB', '64k', '1.5MB', '2 GiB'].map(parseBytes)).toEqual([65536, 65536, 65536, 1_500_000, 2 ** 31])
    for (const text of ['', 'MiB', '-1', '1X', '1e3']) expect(() => parseBytes(text)).toThrow(/is not a size/)
  })
})
