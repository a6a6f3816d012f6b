/**
 * `npm run bench`: measures vitrine against the JS engine's own WebAssembly and prints tables. README.md in this folder says
 * what the numbers mean. Everything that is timed runs in child processes; this one only plans, waits and counts.
 */
import { copyFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { MicroJob, MicroResult } from './jobs.ts'
import { measureHost } from './host/measure.ts'
import { measureLarge, measureText } from './large.ts'
import { type Sample, type Wanted, measureKernels } from './measure.ts'
import { type Mode, engineOf, executors, kernels, modes, nodeFlags } from './plan.ts'
import { makeBundles, runChild } from './processes.ts'
import { hostReport, kernelReport, largeReport, microReport, startupReport, textReport } from './report.ts'
import { measureStartup } from './startup.ts'

const defaultParts = ['kernels', 'startup', 'micro', 'host'] as const
/** Parts whose material is not in the repository. */
const askedParts = ['large', 'text'] as const

const help = `npm run bench -- [options]
  --kernels a,b     only these programs of bench/kernels            (all ${kernels.length})
  --runs N          rounds; medians and spreads are over them       (5)
  --modes a,b       ${modes.join(', ')}
  --executors a,b   ${executors.join(', ')}
  --parts a,b       ${defaultParts.join(', ')}; only when asked for: ${askedParts.join(', ')} (install 400 MB into test/foreign)
  --json FILE       writes all results
  --scale X         sizes and times are multiplied by X: a smoke test, not a measurement
  --shell FILE      only writes the script for other JS shells`

const { values: args } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    kernels: { type: 'string' },
    runs: { type: 'string', default: '5' },
    modes: { type: 'string' },
    executors: { type: 'string' },
    parts: { type: 'string' },
    json: { type: 'string' },
    scale: { type: 'string', default: '1' },
    shell: { type: 'string' },
  },
})

/** A list option: some of what there is, in its order there. */
function choose<Name extends string>(option: string, given: string | undefined, all: readonly Name[]): Name[] {
  const names = given?.split(',') ?? all
  for (const name of names)
    if (!(all as readonly string[]).includes(name)) throw new Error(`--${option}: there is no ${name}; there are ${all.join(', ')}`)
  return all.filter((name) => names.includes(name))
}

function positive(option: string, given: string): number {
  const value = Number(given)
  if (!(value > 0)) throw new Error(`--${option} must be a positive number, not ${given}`)
  return value
}

async function main(): Promise<void> {
  if (args.help === true) return console.log(help)
  const names = choose(
    'kernels',
    args.kernels,
    kernels.map((k) => k.name),
  )
  const parts = choose('parts', args.parts ?? defaultParts.join(','), [...defaultParts, ...askedParts])
  const wanted: Wanted = {
    kernels: kernels.filter((k) => names.includes(k.name)),
    modes: choose('modes', args.modes, modes),
    executors: choose('executors', args.executors, executors),
    runs: Math.ceil(positive('runs', args.runs)),
    scale: positive('scale', args.scale),
  }
  const began = loadavg()[0]
  const started = performance.now()
  const progress = (line: string): void => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`)
  const bundles = await makeBundles()
  try {
    if (args.shell !== undefined) return copyFileSync(bundles.shell, args.shell)
    const samples: Sample[] = parts.includes('kernels') ? measureKernels(wanted, bundles, progress) : []
    const startup = parts.includes('startup') ? measureStartup(wanted.modes, wanted.runs, bundles, progress) : []
    const micro: { mode: Mode; results: MicroResult[] }[] = []
    for (const mode of parts.includes('micro') ? wanted.modes : []) {
      progress(`${mode} micro`)
      const engines: MicroJob['engines'] = [...(mode === 'jit' ? [{ kind: 'native' } as const] : []), ...wanted.executors.map(engineOf)]
      const job: MicroJob = { core: bundles.core, engines, ms: 300 * wanted.scale }
      micro.push({ mode, results: runChild<MicroResult[]>(nodeFlags[mode], bundles.micro, job) })
    }
    const host = parts.includes('host') ? measureHost(wanted.runs, wanted.scale, bundles, progress) : []
    const large = parts.includes('large') ? measureLarge(wanted.modes, wanted.runs, bundles, progress) : []
    const text = parts.includes('text') ? await measureText(wanted.modes, wanted.runs, bundles, progress) : []
    const load = `${began.toFixed(1)} at the start, ${loadavg()[0].toFixed(1)} at the end`
    const { node, v8 } = process.versions
    const about = {
      date: new Date().toISOString().slice(0, 10),
      node,
      v8,
      arch: process.arch,
      runs: wanted.runs,
      scale: wanted.scale,
      load,
    }
    console.log(
      `Node ${node} (V8 ${v8}, ${process.arch}), ${about.date}, ${wanted.runs === 1 ? 'one round' : `medians of ${wanted.runs} rounds (min–max)`}, CPU time; load of the machine ${load}\n`,
    )
    const tables = samples.length > 0 ? wanted.modes.map((mode) => kernelReport(samples, mode)) : []
    if (startup.length > 0) tables.push(startupReport(startup, bundles))
    for (const { mode, results } of micro) tables.push(microReport(results, mode))
    if (host.length > 0) tables.push(hostReport(host))
    if (large.length > 0) tables.push(largeReport(large))
    if (text.length > 0) tables.push(textReport(text))
    console.log(tables.join('\n\n'))
    const size = { minified: bundles.minified, gzipped: bundles.gzipped }
    if (args.json !== undefined)
      writeFileSync(args.json, `${JSON.stringify({ about, samples, startup, micro, host, large, text, size }, null, 2)}\n`)
  } finally {
    bundles.remove()
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
