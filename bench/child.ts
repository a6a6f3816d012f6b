/**
 * The child process of the harness: does one job (jobs.ts) and prints the result. Bundled by processes.ts; it is a process
 * of its own so that no kernel finds the engine warmed up, or spoiled, by another one. Node only.
 */
import { readFileSync } from 'node:fs'
import type * as Core from '../src/index.ts'
import type * as Text from '../src/text/index.ts'
import type {
  ImportResult,
  Job,
  KernelJob,
  KernelResult,
  LargeJob,
  LargeResult,
  PeakJob,
  PeakResult,
  SizeResult,
  TextJob,
  TextResult,
  ValidateJob,
  ValidateResult,
} from './jobs.ts'
import { nativeWasm } from './native.ts'
import { cpu } from './cpu.ts'
import type { Checksum } from './plan.ts'
import { rivalExports } from './rivals/load.ts'
import { sized } from './sized.ts'
import { median } from './stats.ts'

type Kernel = (n: number) => Checksum

const load = (core: string): Promise<typeof Core> => import(core) as Promise<typeof Core>

type Exports = Readonly<Record<string, unknown>>

async function exportsOf({ engine, core, wasm, call }: KernelJob): Promise<Exports> {
  const bytes = new Uint8Array(readFileSync(wasm))
  if (engine.kind === 'native') {
    const { Module, Instance } = nativeWasm()
    return new Instance(new Module(bytes)).exports
  }
  if (engine.kind !== 'vitrine') return rivalExports(engine, bytes)
  const { compile, instantiate } = await load(core)
  const { executor, tier } = engine as { executor: 'auto' | 'switch' | 'closure' | 'reference'; tier: 'fast' | 'exact' | 'auto' }
  const features = Object.fromEntries(call.features.map((feature) => [feature, true]))
  return instantiate(compile(bytes, { features }), {}, { executor, tier }).exports
}

async function kernelOf(job: KernelJob): Promise<Kernel> {
  return sized((await exportsOf(job))[job.call.name], job.call)
}

/** Short calls are timed in batches of at least this long, so that reading the clock does not count. */
const BATCH_MS = 5

function timeSize(run: Kernel, n: number, { warmMs, measureMs, calls }: KernelJob): SizeResult {
  const began = cpu()
  const checksum = run(n)
  const first = cpu() - began
  const same = (value: Checksum): void => {
    if (value !== checksum) throw new Error(`checksum ${value} differs from the first call's ${checksum}`)
  }
  let last = first
  for (const start = cpu(); cpu() - start < warmMs;) {
    const before = cpu()
    same(run(n))
    last = cpu() - before
  }
  const batch = Math.max(1, Math.ceil(BATCH_MS / Math.max(last, 0.001)))
  const times: number[] = []
  for (const start = cpu(); times.length < calls || cpu() - start < measureMs;) {
    const before = cpu()
    for (let i = 0; i < batch; i++) same(run(n))
    times.push((cpu() - before) / batch)
  }
  return { n, checksum, first, steady: median(times), calls: times.length * batch }
}

async function kernelJob(job: KernelJob): Promise<KernelResult> {
  const run = await kernelOf(job)
  const sizes = job.sizes.map((n) => timeSize(run, n, job))
  return { sizes, check: run(job.check) }
}

async function importJob(core: string): Promise<ImportResult> {
  const wall = performance.now()
  const began = cpu()
  await load(core)
  return { cpu: cpu() - began, wall: performance.now() - wall }
}

async function validateJob({ engine, core, wasm, measureMs }: ValidateJob): Promise<ValidateResult> {
  const bytes = new Uint8Array(readFileSync(wasm))
  const compile = engine === 'native' ? undefined : (await load(core)).compile
  const once = (): number => {
    const began = cpu()
    if (compile !== undefined) compile(bytes)
    else if (!nativeWasm().validate(bytes)) throw new Error(`${wasm} is not valid for the JS engine`)
    return cpu() - began
  }
  const first = once()
  for (const start = cpu(); cpu() - start < measureMs;) once()
  const times: number[] = []
  for (const start = cpu(); times.length < 3 || cpu() - start < measureMs;) times.push(once())
  return { bytes: bytes.length, first, steady: median(times) }
}

async function largeJob({ core, wasm, rounds }: LargeJob): Promise<LargeResult> {
  const bytes = new Uint8Array(readFileSync(wasm))
  const { compile } = await load(core)
  const native = 'WebAssembly' in globalThis ? nativeWasm() : undefined
  const times: { ours: number[]; native: number[] } = { ours: [], native: [] }
  for (let round = 0; round < rounds; round++) {
    const began = cpu()
    compile(bytes)
    times.ours.push(cpu() - began)
    if (native === undefined) continue
    const before = cpu()
    if (!native.validate(bytes)) throw new Error(`${wasm} is not valid for the JS engine`)
    times.native.push(cpu() - before)
  }
  return times
}

/** The largest resident set so far, in bytes. */
const highest = (): number => process.resourceUsage().maxRSS * 1024

async function peakJob({ core, wasm }: PeakJob): Promise<PeakResult> {
  // Read into one buffer, so that nothing was larger before.
  const bytes = readFileSync(wasm)
  const { compile } = await load(core)
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
  const before = process.memoryUsage()
  const module = compile(bytes)
  const peak = highest() - before.rss
  gc?.()
  const kept = process.memoryUsage().heapUsed - before.heapUsed
  return { peak, kept: module.exports.length >= 0 ? kept : 0 }
}

async function textJob({ text, wat, rounds }: TextJob): Promise<TextResult> {
  const source = readFileSync(wat, 'utf8')
  const { encode, parseModule } = (await import(text)) as typeof Text
  const result = { parse: [] as number[], encode: [] as number[], peak: 0 }
  const { rss } = process.memoryUsage()
  for (let round = 0; round < rounds; round++) {
    const began = cpu()
    const module = parseModule(source)
    const parsed = cpu()
    encode(module)
    result.parse.push(parsed - began)
    result.encode.push(cpu() - parsed)
    if (round === 0) result.peak = highest() - rss
  }
  return result
}

function run(job: Job): Promise<unknown> {
  switch (job.job) {
    case 'kernel':
      return kernelJob(job)
    case 'import':
      return importJob(job.core)
    case 'validate':
      return validateJob(job)
    case 'large':
      return largeJob(job)
    case 'peak':
      return peakJob(job)
    case 'text':
      return textJob(job)
  }
}

const job = JSON.parse(process.argv[2]) as Job
console.log(JSON.stringify(await run(job)))
