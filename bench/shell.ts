/**
 * The kernels and the micro measurements for any JS shell: one script without imports, timers or host API, which needs
 * nothing but `print` or `console.log`. processes.ts bundles it (`npm run bench -- --shell FILE`). A shell may set the
 * global BENCH before: `{ kernels: ['fib'], executors: ['switch/fast'], ms: 100, micro: false }`.
 */
import Benchmark from 'benchmark'
import '../src/families/reference.ts'
import * as core from '../src/index.ts'
import { engineOf } from './executors.ts'
import { microEngine, microTasks } from './micro-tasks.ts'
import type { Kernel } from './plan.ts'

/** Both put in by the bundler. */
declare const KERNELS: readonly Kernel[]
declare const MODULES: Readonly<Record<string, readonly number[]>>

interface Shell {
  readonly print?: (line: string) => void
  readonly performance?: { now(): number }
  readonly BENCH?: {
    readonly kernels?: readonly string[]
    readonly executors?: readonly string[]
    readonly ms?: number
    readonly micro?: boolean
  }
}
const shell = globalThis as Shell
const say: (line: string) => void = shell.print ?? ((line) => console.log(line))
const now: () => number = shell.performance === undefined ? () => Date.now() : () => shell.performance!.now()
const {
  kernels,
  executors = ['switch/fast', 'switch/exact', 'closure/fast', 'closure/exact', 'reference'],
  ms = 200,
  micro = true,
} = shell.BENCH ?? {}

const pad = (value: string | number, width: number): string => String(value).padStart(width)

/** Raises the size until a call takes long enough, so that slow shells get small sizes; prints time per unit of size. */
function runKernel({ name, small, growth }: Kernel, executor: string, module: core.CompiledModule): void {
  const options = engineOf(executor) as core.InstantiateOptions
  const run = core.instantiate(module, {}, options).exports[name] as (n: number) => number
  const checksum = run(small.n)
  if (checksum !== small.checksum) throw new Error(`${name} on ${executor}: checksum ${checksum} instead of ${small.checksum}`)
  for (let n = small.n; ; n = growth === undefined ? n * 2 : n + 1) {
    const began = now()
    run(n)
    const took = now() - began
    if (took < ms) continue
    say(
      `${name.padEnd(12)} ${executor.padEnd(13)} n = ${pad(n, 9)} ${pad(took.toFixed(0), 7)} ms ${pad(((took * 1000) / n).toPrecision(4), 10)} µs per unit of n`,
    )
    return
  }
}

/** `benchmark` compiles its tests with `Function`, which some shells do not have: there the micro part is left out. */
function runMicro(executor: string): void {
  for (const { name, operations, run, prepare } of microTasks(microEngine(engineOf(executor), core))) {
    // Sizes of memory add up between the calls that `benchmark` times together: this one needs a fresh instance for each.
    if (prepare !== undefined) continue
    const bench = new Benchmark(name, run, { maxTime: ms / 1000, minTime: ms / 10_000, minSamples: 5 })
    bench.run({ async: false })
    if (bench.error !== undefined) throw bench.error as Error
    say(
      `${name.padEnd(26)} ${executor.padEnd(13)} ${pad(((bench.stats.mean * 1e9) / operations).toFixed(0), 9)} ns ± ${bench.stats.rme.toFixed(0)} %`,
    )
  }
}

for (const kernel of KERNELS) {
  if (kernels !== undefined && !kernels.includes(kernel.name)) continue
  const module = core.compile(new Uint8Array(MODULES[kernel.module]))
  for (const executor of executors) runKernel(kernel, executor, module)
}
let why = micro ? '' : 'not asked for'
for (const executor of executors) {
  if (why !== '') break
  try {
    runMicro(executor)
  } catch (error) {
    why = String(error)
  }
}
if (why !== '') say(`no micro measurements: ${why}`)
say('done')
