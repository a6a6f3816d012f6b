/**
 * Start-up: import time and size of the core, a small program of the command line, speed of decoding and validating a large module. Medians
 * of child processes.
 */
import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleCli } from '../scripts/cli-bundle.ts'
import type { ImportJob, ImportResult, ValidateJob, ValidateResult } from './jobs.ts'
import { type Mode, nodeFlags } from './plan.ts'
import { type Bundles, runChild, runProgram } from './processes.ts'
import { type Spread, spread } from './stats.ts'

const root: string = fileURLToPath(new URL('..', import.meta.url))

export interface ValidateSpeed {
  readonly first: Spread
  readonly steady: Spread
}
export interface ImportTime {
  readonly cpu: Spread
  readonly wall: Spread
}
export interface Startup {
  readonly mode: Mode
  /** Of everything (with the reference executor), of the core, and of an empty module. */
  readonly imports: readonly [all: ImportTime, core: ImportTime, empty: ImportTime]
  /** CPU ms of the process from start to end: a C program that says hello, by the published command line, and an empty script. */
  readonly hello: Spread
  readonly empty: Spread
  readonly module: string
  readonly bytes: number
  /** MB (10⁶ bytes) per second of CPU. */
  readonly vitrine: ValidateSpeed
  /** `WebAssembly.validate`, where there is one. */
  readonly native: ValidateSpeed | undefined
}

const timeOf = (results: readonly ImportResult[]): ImportTime => ({
  cpu: spread(results.map((r) => r.cpu)),
  wall: spread(results.map((r) => r.wall)),
})

function largestGuest(): string {
  const found = readdirSync(join(root, 'examples/guests'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.wasm'))
  const paths = found.map((path) => join(root, 'examples/guests', path))
  return paths.reduce((a, b) => (statSync(b).size > statSync(a).size ? b : a))
}

const nothing: string = join(root, 'bench/programs/empty.mjs')

/** CPU ms of a process from start to end. */
function processCost(dir: string, flags: readonly string[], command: readonly string[]): number {
  const { status, stderr, cost } = runProgram(dir, flags, command, root)
  if (status !== 0 || cost === undefined) throw new Error(`${command.join(' ')}: ${stderr}`)
  return cost.cpu
}

export async function measureStartup(
  modes: readonly Mode[],
  runs: number,
  { core, lean, child, dir }: Bundles,
  progress: (line: string) => void,
): Promise<Startup[]> {
  const wasm = largestGuest()
  const cli = join(dir, 'dist/cli')
  await bundleCli(cli)
  const hello = [join(cli, 'main.cjs'), 'run', join(root, 'examples/guests/c/hello.wasm')]
  return modes.map((mode) => {
    progress(`${mode} start-up`)
    const imports: readonly [ImportResult[], ImportResult[], ImportResult[]] = [[], [], []]
    const costs: { readonly hello: number[]; readonly empty: number[] } = { hello: [], empty: [] }
    const ours: ValidateResult[] = []
    const native: ValidateResult[] = []
    const validate = (engine: ValidateJob['engine']): ValidateResult =>
      runChild<ValidateResult>(nodeFlags[mode], child, { job: 'validate', engine, core, wasm, measureMs: 400 } satisfies ValidateJob)
    for (let round = 0; round < runs; round++) {
      const entries = [core, lean, pathToFileURL(nothing).href] as const
      entries.forEach((entry, i) =>
        imports[i]!.push(runChild<ImportResult>(nodeFlags[mode], child, { job: 'import', core: entry } satisfies ImportJob)),
      )
      costs.hello.push(processCost(dir, nodeFlags[mode], hello))
      costs.empty.push(processCost(dir, nodeFlags[mode], [nothing]))
      if (mode === 'jit') native.push(validate('native'))
      ours.push(validate('vitrine'))
    }
    const { bytes } = ours[0]
    const speed = (results: readonly ValidateResult[]): ValidateSpeed => ({
      first: spread(results.map((r) => bytes / 1000 / r.first)),
      steady: spread(results.map((r) => bytes / 1000 / r.steady)),
    })
    return {
      mode,
      imports: [timeOf(imports[0]), timeOf(imports[1]), timeOf(imports[2])],
      hello: spread(costs.hello),
      empty: spread(costs.empty),
      module: relative(root, wasm),
      bytes,
      vitrine: speed(ours),
      native: native.length > 0 ? speed(native) : undefined,
    }
  })
}
