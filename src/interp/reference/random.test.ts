/**
 * Random programs on every executor. They need not end: ticks are the same everywhere, so after the same number of ticks the
 * same memory, globals and tables must be there. Programs come from a seed, which a failure names.
 */
import { describe, expect, test } from 'vitest'
import { type InstantiateOptions, type WasmInstance, instantiate } from '../../embedding/instantiate.ts'
import { compile } from '../../embedding/module.ts'
import { isTrap } from '../../errors.ts'
import { watToWasm } from '../../text/index.ts'
import { Generator } from '../../../test/helpers/random-programs.ts'

const executors: readonly InstantiateOptions[] = [
  { executor: 'reference' },
  { executor: 'switch', tier: 'exact' },
  { executor: 'switch', tier: 'fast' },
]

function checksum(bytes: Uint8Array): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  let sum = bytes.length
  for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]!) | 0
  return sum
}
/** All NaNs are one. */
const number = (n: number): number => (n !== n ? NaN : n)
const halves = new DataView(new ArrayBuffer(8))

function state({ instance }: WasmInstance): unknown {
  // In the order of `types`.
  const [i32, i64, f32, f64, ref] = instance.globals.map((g) => ({ lo: g.ints[g.at]!, hi: g.ints[g.at + 1]!, ref: g.refs[g.at] }))
  halves.setInt32(0, f64!.lo, true)
  halves.setInt32(4, f64!.hi, true)
  const wide = number(halves.getFloat64(0, true))
  halves.setInt32(0, f32!.lo, true)
  return {
    globals: [i32!.lo, i64!.lo, i64!.hi, number(halves.getFloat32(0, true)), wide, funcidxOf(ref!.ref)],
    memory: checksum(instance.memories[0]!.bytes),
    table: instance.tables[0]!.elements.map(funcidxOf),
  }
}
const funcidxOf = (ref: unknown): number | undefined => (ref as { funcidx: number } | null)?.funcidx

function observe(bytes: Uint8Array, options: InstantiateOptions, slice: number, stops: number): unknown[] {
  const created = instantiate(compile(bytes), {}, { ...options, limits: { frames: 60 }, i64: 'pair' })
  return [
    [3, 4, 0.5],
    [-1, 0, NaN],
  ].map((args) => {
    const seen: unknown[] = []
    const execution = created.begin('run', ...args)
    try {
      while (seen.length < stops && !execution.run(slice)) seen.push(state(created))
      if (execution.done) seen.push(execution.result)
      else execution.cancel()
    } catch (error) {
      if (!isTrap(error)) throw error
      seen.push(error.message, error.frames)
    }
    return [seen, execution.tick, state(created)]
  })
}

describe('random programs', () => {
  const count = Number(process.env.RANDOM_PROGRAMS ?? 40)
  const first = Number(process.env.RANDOM_SEED ?? 1)
  test.each([
    [1, 60],
    [97, 10],
  ])('%i ticks at a time', (slice, stops) => {
    for (let seed = first; seed < first + count; seed++) {
      const bytes = watToWasm(new Generator(seed).module())
      const [reference, exact, fast] = executors.map((options) => observe(bytes, options, slice, stops))
      expect(exact, `seed ${seed}, exact tier`).toEqual(reference)
      expect(fast, `seed ${seed}, fast tier`).toEqual(reference)
    }
  })
})
