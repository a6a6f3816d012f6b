/**
 * Runs the kernels: every configuration of a kernel in turn (native, then each executor), then the next round, so that
 * whatever else the machine does meets all of them alike. Ratios are taken within a round.
 */
import type { CountJob, CountResult, KernelJob, KernelResult } from './jobs.ts'
import {
  type Budget,
  type Kernel,
  type Mode,
  budgets,
  countSizes,
  engineOf,
  instructionsAt,
  kernelsWasm,
  listedChecksum,
  nodeFlags,
  sizeFor,
} from './plan.ts'
import { type Bundles, runChild } from './processes.ts'
import { type Spread, spread } from './stats.ts'

export interface Wanted {
  readonly kernels: readonly Kernel[]
  readonly modes: readonly Mode[]
  readonly executors: readonly string[]
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
  readonly checksum: number
  readonly first: Spread
  readonly steady: Spread
  readonly native: Spread
  /** steady : native, by round. */
  readonly ratio: Spread
  /** first : steady, by round. */
  readonly warmth: Spread
}

export function countInstructions({ kernels, scale }: Wanted, { count }: Bundles): CountResult {
  const job: CountJob = { wasm: kernelsWasm, kernels: kernels.map((kernel) => ({ kernel: kernel.name, sizes: countSizes(kernel) })) }
  // Smoke tests have no time for it, and nobody reads their numbers.
  return scale < 1 ? Object.fromEntries(kernels.map((k) => [k.name, [1, 2]])) : runChild<CountResult>([], count, job)
}

const shrink = ({ warmMs, measureMs, calls }: Budget, scale: number): Budget => ({
  warmMs: warmMs * scale,
  measureMs: measureMs * scale,
  calls,
})

export function measureKernels(wanted: Wanted, bundles: Bundles, progress: (line: string) => void): Sample[] {
  const counts = countInstructions(wanted, bundles)
  const samples: Sample[] = []
  for (const mode of wanted.modes) {
    for (const kernel of wanted.kernels) {
      progress(`${mode} ${kernel.name}`)
      samples.push(...measureKernel(wanted, bundles, mode, kernel, counts[kernel.name]))
    }
  }
  return samples
}

interface Round {
  readonly native: number
  readonly first: number
  readonly steady: number
}

function measureKernel(
  { executors, runs, scale }: Wanted,
  { core, child }: Bundles,
  mode: Mode,
  kernel: Kernel,
  counts: readonly number[],
): Sample[] {
  const common = { job: 'kernel', core, wasm: kernelsWasm, kernel: kernel.name, check: kernel.small.n } as const
  const entries = executors.map((executor) => ({ executor, n: sizeFor(kernel, mode, executor, scale), rounds: [] as Round[] }))
  const sizes = [...new Set(entries.map((e) => e.n))]
  const checksums = new Map<number, number>()
  const check = (who: string, n: number, value: number): void => {
    const expected = listedChecksum(kernel, n) ?? checksums.get(n)
    if (expected !== undefined && value !== expected)
      throw new Error(`${kernel.name}(${n}) on ${who}, ${mode}: ${value} instead of ${expected}`)
    checksums.set(n, value)
  }
  for (let round = 0; round < runs; round++) {
    const nativeJob: KernelJob = { ...common, engine: { kind: 'native' }, sizes, ...shrink(budgets.native, scale) }
    const native = runChild<KernelResult>(nodeFlags.native, child, nativeJob)
    check('native', kernel.small.n, native.check)
    for (const { n, checksum } of native.sizes) check('native', n, checksum)
    for (const { executor, n, rounds } of entries) {
      const job: KernelJob = { ...common, engine: engineOf(executor), sizes: [n], ...shrink(budgets[mode], scale) }
      const result = runChild<KernelResult>(nodeFlags[mode], child, job)
      const [{ first, steady, checksum }] = result.sizes
      check(executor, n, checksum)
      check(executor, kernel.small.n, result.check)
      rounds.push({ native: native.sizes.find((s) => s.n === n)!.steady, first, steady })
    }
  }
  return entries.map(({ executor, n, rounds }) => ({
    mode,
    kernel: kernel.name,
    executor,
    n,
    instructions: Math.round(instructionsAt(kernel, counts, n)),
    checksum: checksums.get(n)!,
    first: spread(rounds.map((r) => r.first)),
    steady: spread(rounds.map((r) => r.steady)),
    native: spread(rounds.map((r) => r.native)),
    ratio: spread(rounds.map((r) => r.steady / r.native)),
    warmth: spread(rounds.map((r) => r.first / r.steady)),
  }))
}
