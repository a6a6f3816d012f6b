/**
 * Large modules of other projects (test/foreign): decode + validate against `WebAssembly.validate` in the same process, in
 * turns, and the memory that it takes at its peak. Parts `large` and `text` of the harness; they install what they measure.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { foreignModules, install, largeModules } from '../test/foreign/modules.ts'
import { wasmTools } from '../test/foreign/tools.ts'
import type { LargeJob, LargeResult, PeakJob, PeakResult, TextJob, TextResult } from './jobs.ts'
import { type Mode, nodeFlags } from './plan.ts'
import { type Bundles, runChild } from './processes.ts'
import { type Spread, median, spread } from './stats.ts'

export interface Large {
  readonly mode: Mode
  readonly module: string
  readonly bytes: number
  /** MB (10⁶ bytes) of the file per second of CPU: the first time in a process, and when the engine is warm. */
  readonly first: Spread
  readonly warm: Spread
  /** CPU time of vitrine : of `WebAssembly.validate`, by process. Undefined without a JIT. */
  readonly firstRatio: Spread | undefined
  readonly warmRatio: Spread | undefined
  /** Peak of the process beyond what it held with the file read, in bytes; and what the module keeps on the heap. */
  readonly peak: Spread
  readonly kept: Spread
}

export interface Text {
  readonly mode: Mode
  readonly module: string
  readonly bytes: number
  /** Characters of the text. */
  readonly text: number
  readonly first: Spread
  readonly warm: Spread
  readonly encode: Spread
  readonly peak: Spread
}

function installed(): void {
  const problem = install()
  if (problem !== undefined) throw new Error(`the large modules are not here: ${problem}`)
}

export function measureLarge(modes: readonly Mode[], runs: number, { core, child }: Bundles, progress: (line: string) => void): Large[] {
  installed()
  return modes.flatMap((mode) =>
    largeModules.map(({ name, path }): Large => {
      progress(`${mode} large: ${name}`)
      const speeds: LargeResult[] = []
      const peaks: PeakResult[] = []
      const rounds = mode === 'jit' ? 8 : 1
      for (let run = 0; run < runs; run++) {
        speeds.push(runChild(nodeFlags[mode], child, { job: 'large', core, wasm: path, rounds } satisfies LargeJob))
        peaks.push(runChild([...nodeFlags[mode], '--expose-gc'], child, { job: 'peak', core, wasm: path } satisfies PeakJob))
      }
      const bytes = statSync(path).size
      const first = ({ ours }: LargeResult): number => ours[0]
      // The first half is for warming up.
      const warm = (times: readonly number[]): number => median(times.slice(times.length >> 1))
      const ratio = (of: (r: LargeResult) => number): Spread | undefined =>
        speeds[0].native.length === 0 ? undefined : spread(speeds.map(of))
      return {
        mode,
        module: name,
        bytes,
        first: spread(speeds.map((r) => bytes / 1000 / first(r))),
        warm: spread(speeds.map((r) => bytes / 1000 / warm(r.ours))),
        firstRatio: ratio((r) => first(r) / r.native[0]),
        warmRatio: ratio((r) => warm(r.ours) / warm(r.native)),
        peak: spread(peaks.map((r) => r.peak)),
        kept: spread(peaks.map((r) => r.kept)),
      }
    }),
  )
}

/** Modules whose text is measured: C of half a megabyte, Rust of two and a half. */
const texts: readonly string[] = ['sql-wasm', 'index_bg']

export async function measureText(
  modes: readonly Mode[],
  runs: number,
  bundles: Bundles,
  progress: (line: string) => void,
): Promise<Text[]> {
  installed()
  const found: Text[] = []
  const tool = await wasmTools()
  for (const name of texts) {
    const { path } = foreignModules.find((m) => m.name === name)!
    const wasm = new Uint8Array(readFileSync(path))
    const text = await tool.print(wasm)
    const wat = join(bundles.dir, `${name}.wat`)
    writeFileSync(wat, text)
    for (const mode of modes) {
      progress(`${mode} text: ${name}`)
      const rounds = mode === 'jit' ? 6 : 1
      const results: TextResult[] = []
      for (let run = 0; run < runs; run++)
        results.push(runChild(nodeFlags[mode], bundles.child, { job: 'text', text: bundles.text, wat, rounds } satisfies TextJob))
      const speed = (of: (r: TextResult) => number): Spread => spread(results.map((r) => text.length / 1000 / of(r)))
      found.push({
        mode,
        module: name,
        bytes: wasm.length,
        text: text.length,
        first: speed((r) => r.parse[0]),
        warm: speed((r) => median(r.parse.slice(rounds >> 1))),
        encode: spread(results.map((r) => median(r.encode))),
        peak: spread(results.map((r) => r.peak)),
      })
    }
  }
  return found
}
