/**
 * What the debugger shows is what the reference executor has at the same time coordinate (tick, depth, offset): function,
 * locals, operand stack, globals, memory. For random programs that are stepped from the start, run to breakpoints, or joined
 * while they run as fast code.
 */
import { describe, expect, test } from 'vitest'
import { Generator } from '../../test/helpers/random-programs.ts'
import { type WasmInstance, instantiate } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { Store } from '../embedding/store.ts'
import { isTrap } from '../errors.ts'
import { probed } from '../interp/reference/index.ts'
import type { Machine } from '../interp/reference/machine.ts'
import type { Instance } from '../runtime/instance.ts'
import { watToWasm } from '../text/index.ts'
import { Debugger, type Stop, Variable } from './index.ts'
import { globalVariable } from './watch.ts'

const limits = { frames: 60 }
const args: readonly unknown[] = [3, 4n, 0.5]
/** All NaNs are one. */
const text = (variable: Variable): string => variable.text.replace(/^-?nan.*/, 'nan')

function checksum({ memories: [memory] }: Instance): number {
  const words = new Int32Array(memory!.bytes.buffer, 0, memory!.byteLength >> 2)
  let sum = memory!.byteLength
  for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]!) | 0
  return sum
}
const globals = (instance: Instance): string => instance.globals.map((_, i) => text(globalVariable(instance, i))).join(' ')

interface Recorded {
  readonly key: string
  readonly locals: readonly string[]
  readonly ints: Int32Array
  readonly refs: readonly unknown[]
  readonly globals: string
  /** Of every 16th instruction. */
  readonly memory: number | undefined
}

const enough = new Error('enough')

/** The first instructions of a program, as the reference executor carries them out. */
function record(bytes: Uint8Array, count: number): Recorded[] {
  const seen: Recorded[] = []
  const before = ({ T, reader, outline }: Machine): void => {
    if (seen.length >= count) throw enough
    const { instance, fp } = T
    seen.push({
      key: `${T.tick} ${T.depth} ${reader.at}`,
      locals: outline.locals.map(({ type, place }, i) =>
        text(new Variable(undefined, i, { valtype: type, text: '' }, () => ({ ints: T.R, refs: T.refs, at: fp + place }))),
      ),
      ints: T.R.slice(fp, T.sp),
      refs: T.refs.slice(fp >> 1, T.sp >> 1),
      globals: globals(instance),
      memory: seen.length % 16 === 0 ? checksum(instance) : undefined,
    })
  }
  const store = new Store({ limits })
  store.executor = probed({ before, after: () => {} }, () => {})
  try {
    instantiate(compile(bytes), {}, { store }).invoke('run', ...args)
  } catch (error) {
    if (error !== enough && !isTrap(error)) throw error
  }
  return seen
}

const key = (stop: Stop): string => `${stop.tick} ${stop.frame!.depth} ${stop.frame!.offset}`

function compare(stop: Stop, dbg: Debugger, expected: Recorded | undefined, about: string): void {
  const frame = stop.frame!
  expect(key(stop), about).toBe(expected?.key)
  expect([...frame.locals].map(text), about).toEqual(expected!.locals)
  // The operands of the reference executor have no types: they are read with those that the debugger gives.
  const { ints, refs } = expected!
  let at = ints.length
  const stack = [...frame.stack].reverse()
  const others = stack.map((variable) => {
    at -= 2
    const place = at
    return text(new Variable(undefined, 0, { valtype: variable.valtype, text: '' }, () => ({ ints, refs: refs as unknown[], at: place })))
  })
  expect(stack.map(text), about).toEqual(others)
  expect(globals(dbg.instance), about).toBe(expected!.globals)
  if (expected!.memory !== undefined) expect(checksum(dbg.instance), about).toBe(expected!.memory)
}

async function launch(bytes: Uint8Array): Promise<Debugger> {
  return Debugger.launch(bytes, { invoke: { name: 'run', args }, limits })
}

/** Runs a program as fast code for some ticks, then joins it. Undefined if it has ended by then. */
async function join(bytes: Uint8Array, ticks: number): Promise<{ dbg: Debugger; created: WasmInstance; stop: Stop } | undefined> {
  const created = instantiate(compile(bytes), {}, { limits })
  const { scheduler } = created.store
  const thread = created.spawn('run', ...args)
  const [task] = scheduler.tasks
  task!.turn = ticks
  scheduler.turn(true)
  if (thread.done) return undefined
  const dbg = Debugger.attach(created)
  const stopped = dbg.step('in')
  thread.finished().catch(() => {})
  const ended = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 200))
  const stop = await Promise.race([stopped, ended])
  return stop === undefined ? undefined : { dbg, created, stop }
}

/** The next stop; a program that does not come to one is paused. */
async function stopSoon(dbg: Debugger): Promise<Stop> {
  let timer: unknown
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), 50)))
  const stop = await Promise.race([dbg.continue(), late])
  clearTimeout(timer as number)
  return stop ?? dbg.pause()
}

/** xorshift32 */
function random(seed: number): (below: number) => number {
  let x = Math.imul(seed, 2654435761) | 1
  return (below) => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % below
  }
}

describe('equal to the reference executor', () => {
  const count = Number(process.env['RANDOM_PROGRAMS'] ?? 12)
  const first = Number(process.env['RANDOM_SEED'] ?? 1)
  const seeds = Array.from({ length: count }, (_, i) => first + i)

  test('stepped from the start', async () => {
    for (const seed of seeds) {
      const bytes = watToWasm(new Generator(seed).module())
      const expected = record(bytes, 400)
      const dbg = await launch(bytes)
      for (const [i, at] of expected.entries()) {
        const stop = await dbg.step('in')
        compare(stop, dbg, at, `seed ${seed}, instruction ${i}`)
      }
      dbg.close()
    }
  })

  test('run to breakpoints', async () => {
    let stops = 0
    for (const seed of seeds) {
      const bytes = watToWasm(new Generator(seed).module())
      const recorded = record(bytes, 3000)
      const expected = new Map(recorded.map((r) => [r.key, r]))
      const dbg = await launch(bytes)
      const below = random(seed)
      const offsets = [...new Set(recorded.map((r) => Number(r.key.split(' ')[2])))]
      for (let i = 0; i < 8; i++) {
        const offset = offsets[below(offsets.length)]!
        const point = dbg.break({ offset })
        for (let n = 0; n < 6; n++) {
          const stop = await stopSoon(dbg)
          if (stop.frame === undefined || !expected.has(key(stop))) break
          stops++
          compare(stop, dbg, expected.get(key(stop)), `seed ${seed}, offset ${offset}`)
        }
        point.remove()
        if (dbg.stop?.frame === undefined) break
      }
      dbg.close()
    }
    expect(stops).toBeGreaterThan(count * 4)
  })

  test('joined while they run', async () => {
    let stops = 0
    for (const seed of seeds) {
      const bytes = watToWasm(new Generator(seed).module())
      const expected = new Map(record(bytes, 6000).map((r) => [r.key, r]))
      const below = random(seed)
      for (let i = 0; i < 10; i++) {
        const ticks = 1 + below(i < 5 ? 20 : 200)
        const joined = await join(bytes, ticks)
        if (joined === undefined) continue
        const { dbg } = joined
        let { stop } = joined
        for (let n = 0; n < 12 && stop.frame !== undefined && expected.has(key(stop)); n++) {
          stops++
          compare(stop, dbg, expected.get(key(stop)), `seed ${seed}, joined after ${ticks} ticks, ${n} steps later`)
          const next = await Promise.race([dbg.step('in'), new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100))])
          if (next === undefined) break
          stop = next
        }
        dbg.close()
      }
    }
    expect(stops).toBeGreaterThan(count * 10)
  })
})
