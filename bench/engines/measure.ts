/**
 * The kernels on every executor in JS engines other than this Node: JavaScriptCore without its JIT, Hermes, QuickJS. A task's
 * time is the CPU time of a process that runs the kernel at a size, less that of one that runs it at its smallest.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { lower } from '../../scripts/lower.ts'
import { nativeWasm } from '../native.ts'
import { type Kernel, instructionsAt, kernels, sizeOf, wasmOf } from '../plan.ts'
import { type Bundles, bundle, modulesText, runChild } from '../processes.ts'
import { rivalFile } from '../rivals/index.ts'
import { type Spread, spread } from '../stats.ts'
import { enginePath } from './index.ts'

/** A kernel's name, an executor or `polywasm`, and the size: what the shell's function `bench` takes. */
export type EngineTask = readonly [kernel: string, executor: string, n: number]
export interface EngineTaskResult {
  readonly checksum: number
  /** CPU time. */
  readonly ms: number
}

export interface EngineTime {
  readonly engine: string
  readonly kernel: string
  readonly executor: string
  readonly n: number
  /** CPU ns per Wasm instruction. */
  readonly ns: Spread
}
export interface EngineFailure {
  readonly engine: string
  readonly executor: string
  readonly kernel: string
  readonly why: string
}
export interface EngineFindings {
  readonly times: EngineTime[]
  readonly failures: EngineFailure[]
}

export interface JsEngine {
  readonly name: string
  readonly about: string
  /** ms of machine code's work that a task gets, so that it takes 0.3 to 1 s. What `auto` chooses has the same work as `auto`. */
  readonly work: Readonly<Record<string, number>>
  /** Runs the tasks one by one. */
  readonly run: (tasks: readonly EngineTask[], scripts: Scripts) => EngineTaskResult[]
}

/**
 * Of that length in every script, and overwritten with a task in a copy: a shell takes no arguments. Nothing else in a script looks like
 * it: packed tables have long runs of one character.
 */
const placeholder: string = '<task>'.padEnd(64, '<>')

interface Scripts {
  readonly folder: string
  /** The script for any engine, and polywasm before it. */
  readonly plain: string
  /** Without classes, as bytecode of Hermes. */
  readonly hermes: string
  /** The child process for QuickJS. */
  readonly quickjs: string
}

/** CPU time of a process, which it takes bash to read in Node 20. */
function timed(command: readonly string[]): EngineTaskResult {
  const { status, stdout, stderr, error } = spawnSync('bash', ['-c', `TIMEFORMAT='%3U %3S'; time "$@"`, 'bash', ...command], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  const lines = stderr.trimEnd().split('\n')
  const [user, system] = lines.pop()!.split(' ').map(Number)
  if (status !== 0) throw new Error(error?.message ?? (`${stdout}${lines.join(' ')}`.slice(0, 200) || `exit code ${status}`))
  return { checksum: Number(stdout.trim()), ms: (user + system) * 1000 }
}

/** Runs a file for each task, in which the task stands instead of the placeholder. */
function eachInItsProcess(command: readonly string[], file: string, folder: string, tasks: readonly EngineTask[]): EngineTaskResult[] {
  const bytes = readFileSync(file)
  const at = bytes.indexOf(placeholder)
  if (at < 0 || bytes.includes(placeholder, at + 1)) throw new Error(`${file} has not one place for the task`)
  return tasks.map((task) => {
    bytes.write(task.join(' ').padEnd(placeholder.length), at, 'latin1')
    const copy = join(folder, `task${extname(file)}`)
    writeFileSync(copy, bytes)
    return timed([...command, copy])
  })
}

const hermesPath = (program: string): string => enginePath(`hermes-engine-cli/linux64-bin/${program}`)

export const jsEngines: readonly JsEngine[] = [
  {
    name: 'jsc',
    about: 'JavaScriptCore without its JIT and its WebAssembly (Debian: libjavascriptcoregtk-4.0-bin)',
    work: { 'switch/fast': 0.3, 'switch/exact': 0.15, 'closure/fast': 1.2, 'closure/exact': 0.2, auto: 1.2, polywasm: 3 },
    run: (tasks, { plain, folder }) => eachInItsProcess(['jsc', '--useJIT=false', '--useWasm=false'], plain, folder, tasks),
  },
  {
    name: 'hermes',
    about: 'Hermes 0.12, bytecode made with -O',
    work: { 'switch/fast': 0.3, 'switch/exact': 0.15, 'closure/fast': 1, 'closure/exact': 0.1, auto: 1, polywasm: 1 },
    run: (tasks, { hermes, folder }) => eachInItsProcess([hermesPath('hermes'), '-w'], hermes, folder, tasks),
  },
  {
    name: 'quickjs',
    about: 'QuickJS, compiled to WebAssembly, which V8 runs as machine code (quickjs-emscripten)',
    work: { 'switch/fast': 0.008, 'switch/exact': 0.004, 'closure/fast': 0.4, 'closure/exact': 0.04, auto: 0.4, polywasm: 2 },
    run: (tasks, { plain, quickjs }) => {
      const library = pathToFileURL(enginePath('quickjs-emscripten/dist/index.js')).href
      return runChild<EngineTaskResult[]>(['--no-liftoff'], quickjs, { library, script: plain, tasks })
    },
  },
]

/** polywasm as a classic script that defines a global. */
async function polywasmScript(dir: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [rivalFile('polywasm', '', dir)],
    bundle: true,
    format: 'iife',
    globalName: 'polywasm',
    // Hermes has no async functions.
    target: 'es2016',
    supported: { bigint: true },
    write: false,
  })
  return outputFiles[0].text
}

async function makeScripts({ dir }: Bundles): Promise<Scripts> {
  const shell = await bundle({
    entryPoints: ['bench/engines/shell.ts'],
    format: 'iife',
    platform: 'neutral',
    define: { MODULES: modulesText(), MODULE_OF: JSON.stringify(Object.fromEntries(kernels.map((k) => [k.name, k.module]))) },
  })
  // Strict from the first line on, so that nothing has to say so further in.
  const whole = `"use strict";\nvar BENCH = "${placeholder}";\n${await polywasmScript(dir)}\n${Buffer.from(shell).toString()}`
  const at = (name: string): string => join(dir, name)
  const scripts: Scripts = { folder: dir, plain: at('engines.js'), hermes: at('engines.hbc'), quickjs: at('quickjs.mjs') }
  writeFileSync(scripts.plain, whole)
  await bundle({
    entryPoints: ['bench/engines/quickjs.ts'],
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: true,
    outfile: scripts.quickjs,
  })
  const lowered = at('engines.lowered.js')
  writeFileSync(lowered, lower(whole))
  for (const program of ['hermes', 'hermesc']) chmodSync(hermesPath(program), 0o755)
  const { status, stderr } = spawnSync(hermesPath('hermesc'), ['-O', '-w', '-emit-binary', '-out', scripts.hermes, lowered], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`hermesc: ${stderr}`)
  return scripts
}

export interface EngineContext {
  readonly kernels: readonly Kernel[]
  readonly executors: readonly string[]
  readonly runs: number
  readonly scale: number
  readonly bundles: Bundles
  readonly progress: (line: string) => void
}

export async function measureEngines(context: EngineContext): Promise<EngineFindings> {
  const scripts = await makeScripts(context.bundles)
  const found: EngineFindings = { times: [], failures: [] }
  for (const engine of jsEngines)
    for (const kernel of context.kernels) {
      context.progress(`${engine.name} ${kernel.name}`)
      measureKernel(context, engine, kernel, scripts, found)
    }
  return found
}

function nativeChecksum(kernel: Kernel, n: number): number {
  const { Module, Instance } = nativeWasm()
  return new Instance(new Module(readFileSync(wasmOf(kernel)))).exports[kernel.name](n)
}

function measureKernel(
  { executors, runs, scale }: EngineContext,
  engine: JsEngine,
  kernel: Kernel,
  scripts: Scripts,
  found: EngineFindings,
): void {
  // The smallest size takes all but the kernel's own time.
  const smallest = 1
  const entries = executors
    .filter((executor) => engine.work[executor] !== undefined)
    .map((executor) => ({ executor, n: Math.max(smallest + 1, sizeOf(kernel, engine.work[executor] * scale)), ns: [] as number[] }))
  for (let round = 0; round < runs; round++) {
    for (const { executor, n, ns } of entries) {
      if (found.failures.some((f) => f.engine === engine.name && f.kernel === kernel.name && f.executor === executor)) continue
      try {
        const [least, most] = engine.run(
          [
            [kernel.name, executor, smallest],
            [kernel.name, executor, n],
          ],
          scripts,
        )
        const expected = nativeChecksum(kernel, n)
        if (most.checksum !== expected) throw new Error(`${most.checksum} instead of ${expected}`)
        const instructions = instructionsAt(kernel, n) - instructionsAt(kernel, smallest)
        ns.push(((most.ms - least.ms) * 1e6) / instructions)
      } catch (error) {
        if (executor !== 'polywasm') throw error
        found.failures.push({ engine: engine.name, executor, kernel: kernel.name, why: String(error).slice(0, 200) })
      }
    }
  }
  for (const { executor, n, ns } of entries)
    if (ns.length > 0) found.times.push({ engine: engine.name, kernel: kernel.name, executor, n, ns: spread(ns) })
}
