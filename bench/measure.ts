/**
 * Runs the kernels: every contestant on a kernel in turn (native, then each executor), then the next round, so that whatever
 * else the machine does meets all of them alike. Ratios are taken within a round.
 */
import { newestNode } from './engines/index.ts'
import { engineOf } from './executors.ts'
import type { Engine, KernelJob, KernelResult } from './jobs.ts'
import {
  type Budget,
  type Checksum,
  type Kernel,
  type Mode,
  budgets,
  callOf,
  instructionsAt,
  listedChecksum,
  needsNewest,
  nodeFlags,
  sizeFor,
  wasmOf,
} from './plan.ts'
import { type Bundles, type ChildOptions, runChild } from './processes.ts'
import { type Rival, rivalFile } from './rivals/index.ts'
import { type Spread, spread } from './stats.ts'

/** Something that runs kernels. */
export interface Contestant {
  readonly name: string
  /** What its sizes are planned by: an executor or a rival. */
  readonly plan: string
  /** URL of the core that it uses. */
  readonly core: string
  readonly engine: (kernel: Kernel) => Engine
  /** Rivals may fail at a kernel; vitrine may not. */
  readonly mayFail: boolean
}

export const executorContestant = (executor: string, core: string, name: string = executor): Contestant => ({
  name,
  plan: executor,
  core,
  engine: () => engineOf(executor),
  mayFail: false,
})

export const rivalContestant = (rival: Rival, { core, dir }: Bundles): Contestant => ({
  name: rival,
  plan: rival,
  core,
  engine: (kernel) => ({ kind: rival, file: rivalFile(rival, wasmOf(kernel), dir) }),
  mayFail: true,
})

export interface Wanted {
  readonly kernels: readonly Kernel[]
  readonly modes: readonly Mode[]
  readonly contestants: readonly Contestant[]
  readonly runs: number
  readonly scale: number
}

/** One kernel on one executor in one mode. CPU ms of a call, and ratios to machine code at the same size. */
export interface Sample {
  readonly mode: Mode
  readonly kernel: string
  readonly executor: string
  readonly n: number
  /** Wasm instructions that a call executes (extrapolated from counts at small sizes). */
  readonly instructions: number
  readonly checksum: Checksum
  readonly first: Spread
  readonly steady: Spread
  readonly native: Spread
  /** steady : native, by round. */
  readonly ratio: Spread
  /** first : steady, by round. */
  readonly warmth: Spread
  /** The rounds themselves: steady and native CPU ms. */
  readonly rounds: readonly (readonly [steady: number, native: number])[]
}
/** A rival that could not run a kernel, or computed something else. */
export interface Failure {
  readonly mode: Mode
  readonly kernel: string
  readonly executor: string
  readonly why: string
}
export interface Measured {
  readonly samples: Sample[]
  readonly failures: Failure[]
}

const shrink = ({ warmMs, measureMs, calls }: Budget, scale: number): Budget => ({
  warmMs: warmMs * scale,
  measureMs: measureMs * scale,
  calls,
})

export function measureKernels(wanted: Wanted, bundles: Bundles, progress: (line: string) => void): Measured {
  const measured: Measured = { samples: [], failures: [] }
  for (const mode of wanted.modes) {
    for (const kernel of wanted.kernels) {
      progress(`${mode} ${kernel.name}`)
      measureKernel(wanted, bundles, mode, kernel, measured)
    }
  }
  return measured
}

interface Round {
  readonly native: number
  readonly first: number
  readonly steady: number
}

function nativeOptions(kernel: Kernel): [flags: readonly string[], options: ChildOptions] {
  if (!needsNewest(kernel)) return [nodeFlags.native, {}]
  const flags = kernel.features?.includes('stack-switching') === true ? ['--experimental-wasm-wasmfx'] : []
  return [[...nodeFlags.native, ...flags], { node: newestNode() }]
}

function measureKernel(
  { contestants, runs, scale }: Wanted,
  { core, child }: Bundles,
  mode: Mode,
  kernel: Kernel,
  measured: Measured,
): void {
  const common = { job: 'kernel', wasm: wasmOf(kernel), call: callOf(kernel), check: kernel.small.n } as const
  let entries = contestants.map((who) => ({ who, n: sizeFor(kernel, mode, who.plan, scale), rounds: [] as Round[] }))
  const sizes = [...new Set(entries.map((e) => e.n))]
  const checksums = new Map<number, Checksum>()
  const check = (who: string, n: number, value: Checksum): void => {
    const expected = listedChecksum(kernel, n) ?? checksums.get(n)
    if (expected !== undefined && value !== expected)
      throw new Error(`${kernel.name}(${n}) on ${who}, ${mode}: ${value} instead of ${expected}`)
    checksums.set(n, value)
  }
  const [flags, options] = nativeOptions(kernel)
  for (let round = 0; round < runs; round++) {
    const nativeJob: KernelJob = { ...common, core, engine: { kind: 'native' }, sizes, ...shrink(budgets.native, scale) }
    const native = runChild<KernelResult>(flags, child, nativeJob, options)
    check('native', kernel.small.n, native.check)
    for (const { n, checksum } of native.sizes) check('native', n, checksum)
    for (const { who, n, rounds } of entries) {
      try {
        const job: KernelJob = {
          ...common,
          core: who.core,
          engine: who.engine(kernel),
          sizes: [n],
          ...shrink(budgets[mode], scale),
        }
        const result = runChild<KernelResult>(nodeFlags[mode], child, job, { timeout: who.mayFail ? 100_000 : 300_000 })
        const [{ first, steady, checksum }] = result.sizes
        check(who.name, n, checksum)
        check(who.name, kernel.small.n, result.check)
        rounds.push({ native: native.sizes.find((s) => s.n === n)!.steady, first, steady })
      } catch (error) {
        if (!who.mayFail) throw error
        const lines = String(error).split('\n')
        const why = lines.find((line) => /^\S*Error: /.test(line) && !line.startsWith('Error: child process')) ?? lines[0]
        measured.failures.push({ mode, kernel: kernel.name, executor: who.name, why })
        entries = entries.filter((e) => e.who !== who)
      }
    }
  }
  for (const { who, n, rounds } of entries)
    measured.samples.push({
      mode,
      kernel: kernel.name,
      executor: who.name,
      n,
      instructions: Math.round(instructionsAt(kernel, n)),
      checksum: checksums.get(n)!,
      first: spread(rounds.map((r) => r.first)),
      steady: spread(rounds.map((r) => r.steady)),
      native: spread(rounds.map((r) => r.native)),
      ratio: spread(rounds.map((r) => r.steady / r.native)),
      warmth: spread(rounds.map((r) => r.first / r.steady)),
      rounds: rounds.map((r) => [r.steady, r.native]),
    })
}
