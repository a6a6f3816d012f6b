/** What features cost against the same work done without them (pairs.ts), on several executors and in machine code of Node 26. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newestNode } from '../engines/index.ts'
import { type Mode, nodeFlags } from '../plan.ts'
import { type Bundles, type ChildOptions, runChild } from '../processes.ts'
import { type Spread, spread } from '../stats.ts'
import { pairs, pairsModule } from './pairs.ts'

export interface CliffJob {
  readonly wasm: string
  /** An executor, `native`, or `count` for the executed instructions. */
  readonly engine: string
  readonly names: readonly string[]
  /** CPU ms to spend on warming a function up; it is then measured for about as long. */
  readonly ms: number
}
/** CPU ns of a unit, or its instructions, by function. */
export type CliffResult = Record<string, number>

export interface Cliff {
  /** `native` also has a mode: it is measured beside the executors. */
  readonly mode: Mode
  readonly executor: string
  readonly pair: string
  readonly against: string
  /** Executed instructions of a unit. */
  readonly instructions: readonly [feature: number, plain: number]
  /** CPU ns of a unit. */
  readonly feature: Spread
  readonly plain: Spread
  /** feature : plain, by round. */
  readonly ratio: Spread
}

/** A JIT compiles a loop anew when it meets ops that are new to it. */
const warmMs: Readonly<Record<Mode, number>> = { jit: 150, jitless: 40 }

export function measureCliffs(
  modes: readonly Mode[],
  executors: readonly string[],
  runs: number,
  scale: number,
  { dir, cliffs }: Bundles,
  progress: (line: string) => void,
): Cliff[] {
  const wasm = join(dir, 'pairs.wasm')
  writeFileSync(wasm, pairsModule())
  const both = (name: string): string[] => [name, `${name} plain`]
  const everything = pairs.flatMap(({ name }) => both(name))
  const count = runChild<CliffResult>([], cliffs, { wasm, engine: 'count', names: everything, ms: 0 } satisfies CliffJob)
  const nativeFlags = [...nodeFlags.native, '--experimental-wasm-wasmfx']
  return modes.flatMap((mode) => {
    const engines: readonly (readonly [engine: string, flags: readonly string[], options: ChildOptions])[] = [
      ...(mode === 'jit' ? [['native', nativeFlags, { node: newestNode() }] as const] : []),
      ...executors.map((executor) => [executor, nodeFlags[mode], {}] as const),
    ]
    const results = engines.map(() => [] as CliffResult[])
    for (let run = 0; run < runs; run++)
      engines.forEach(([engine, flags, options], i) => {
        progress(`${mode} cliffs ${engine}`)
        // What a JIT has made of one loop depends on what it has seen before: there each pair gets a process.
        const jobs = mode === 'jit' ? pairs.map(({ name }) => both(name)) : [everything]
        const parts = jobs.map((names) =>
          runChild<CliffResult>(flags, cliffs, { wasm, engine, names, ms: warmMs[mode] * scale } satisfies CliffJob, options),
        )
        results[i].push(Object.assign({}, ...parts) as CliffResult)
      })
    return engines.flatMap(([executor], i) =>
      pairs.map(({ name, against }): Cliff => {
        const plain = `${name} plain`
        return {
          mode,
          executor,
          pair: name,
          against,
          instructions: [count[name], count[plain]],
          feature: spread(results[i].map((r) => r[name])),
          plain: spread(results[i].map((r) => r[plain])),
          ratio: spread(results[i].map((r) => r[name] / r[plain])),
        }
      }),
    )
  })
}
