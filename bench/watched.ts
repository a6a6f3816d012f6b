/**
 * `npx tsx bench/watched.ts [--kernels a,b] [--only fast,cold,watchpoint,coverage,trace] [--rounds N] [--jitless]`: what debugging and tracing cost, on every kernel, against
 * the same kernel unwatched in the same process, in turn. Fails when a bar is missed.
 */
import { type Plugin, build } from 'esbuild'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Debugger } from '../src/debug/index.ts'
import { watToWasm } from '../src/text/index.ts'
import { cpu } from './cpu.ts'
import { kernels, sizeFor, wasmOf } from './plan.ts'
import { runChild } from './processes.ts'
import { geomean, median } from './stats.ts'
import type { WatchedJob, WatchedResult } from './watched-child.ts'

const { values: args } = parseArgs({
  options: {
    kernels: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    jitless: { type: 'boolean', default: false },
  },
})
const root = fileURLToPath(new URL('..', import.meta.url))

/** A dispatch loop without the ops that only watched code has. */
const withoutHooks: Plugin = {
  name: 'without-hooks',
  setup(b) {
    b.onLoad({ filter: /switch\.gen\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const contents = text.replace(/^ {8}case \d+: \{ \/\/ (count|weigh|probe) .*?^ {8}\}\n/gms, '')
      if (contents.length === text.length) throw new Error('the loop has no ops to leave out')
      return { contents, loader: 'ts' }
    })
  },
}

/** What is bounded: one way of running against another; the geometric mean over the kernels, or every kernel. */
const bars: readonly { readonly name: string; readonly of: string; readonly to: string; readonly most: number; readonly each: boolean }[] =
  [
    { name: 'nothing set : built without', of: 'fast', to: 'without', most: 1.02, each: false },
    { name: 'breakpoint in a cold function : none', of: 'cold', to: 'fast', most: 1.05, each: false },
    { name: 'memory watchpoint : exact', of: 'watchpoint', to: 'exact', most: 3, each: false },
    { name: 'coverage : exact', of: 'coverage', to: 'exact', most: 2, each: true },
    { name: 'full binary trace : exact', of: 'trace', to: 'exact', most: 6, each: true },
  ]
const CONDITIONS = 300_000

/** Conditional breakpoints that do not hold, in a second of CPU time. */
async function conditions(): Promise<number> {
  const bytes = watToWasm(`(module (func $f (param $n i32) (result i32) (i32.add (local.get $n) (i32.const 1)))
    (func (export "run") (param $n i32) (local $i i32)
      (loop $l (br_if $l (i32.lt_u (local.tee $i (call $f (local.get $i))) (local.get $n))))))`)
  const rates: number[] = []
  for (let round = 0; round < 5; round++) {
    const n = 200_000
    const dbg = await Debugger.launch(bytes, { invoke: { name: 'run', args: [n] } })
    const point = dbg.break({ func: 'f' }, { when: 'n > 10 && n == -1' })
    const began = cpu()
    await dbg.continue()
    rates.push(n / ((cpu() - began) / 1000))
    if (point.hitCount !== 0) throw new Error('a condition held')
  }
  return median(rates)
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'vitrine-watched-'))
  const wanted = args.kernels?.split(',')
  const only = args.only?.split(',')
  const ratios = new Map<string, number[]>()
  const times = new Map<string, string[]>()
  try {
    const common = { bundle: true, format: 'esm', target: 'node20', platform: 'node', logLevel: 'error', absWorkingDir: root } as const
    const plain = join(dir, 'plain.mjs')
    const child = join(dir, 'child.mjs')
    await build({ ...common, entryPoints: ['src/index.ts'], outfile: plain, plugins: [withoutHooks] })
    await build({ ...common, entryPoints: ['bench/watched-child.ts'], outfile: child })
    // Those with `fib` beside them, where the breakpoint is that never stops.
    for (const kernel of kernels.filter(({ module }) => module === 'kernels')) {
      if (wanted !== undefined && !wanted.includes(kernel.name)) continue
      const n = sizeFor(kernel, args.jitless ? 'jitless' : 'jit', 'switch/exact', 1)
      const job = { plain: pathToFileURL(plain).href, wasm: wasmOf(kernel), kernel: kernel.name, n, rounds: Number(args.rounds) }
      const measure = (ways: readonly string[]): WatchedResult =>
        runChild<WatchedResult>(args.jitless ? ['--jitless'] : [], child, { ...job, ways } satisfies WatchedJob)
      for (const { name, of, to } of bars) {
        if (only !== undefined && !only.includes(of)) continue
        const result = measure([of, to])
        const ratio = median(result[of].map((ms, i) => ms / result[to][i]))
        ratios.set(name, [...(ratios.get(name) ?? []), ratio])
        times.set(kernel.name, [...(times.get(kernel.name) ?? []), `${ratio.toFixed(3)}×`])
      }
      console.log(`| ${kernel.name} | ${times.get(kernel.name)!.join(' | ')} |`)
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  let missed = 0
  for (const { name, most, each } of bars) {
    const all = ratios.get(name)
    if (all === undefined) continue
    const [mean, worst] = [geomean(all), Math.max(...all)]
    const isMet = (each ? worst : mean) <= most
    if (!isMet) missed++
    console.log(
      `${name}: geomean ${mean.toFixed(3)} (${Math.min(...all).toFixed(3)}–${worst.toFixed(3)}), at most ${most}${each ? ' each' : ''}: ${isMet ? 'met' : 'MISSED'}`,
    )
  }
  const rate = await conditions()
  if (rate < CONDITIONS) missed++
  console.log(`conditions: ${Math.round(rate)} a second of CPU time, at least ${CONDITIONS}: ${rate < CONDITIONS ? 'MISSED' : 'met'}`)
  process.exitCode = missed === 0 ? 0 : 1
}
await main()
