/**
 * The child process of the harness: does one job (jobs.ts) and prints the result. Bundled by processes.ts; it is a process
 * of its own so that no kernel finds the engine warmed up, or spoiled, by another one. Node only.
 */
import { readFileSync } from 'node:fs'
import type * as Core from '../src/index.ts'
import type { ImportResult, Job, KernelJob, KernelResult, SizeResult, ValidateJob, ValidateResult } from './jobs.ts'
import { nativeWasm } from './native.ts'
import { cpu } from './cpu.ts'
import { median } from './stats.ts'

type Kernel = (n: number) => number

const load = (core: string): Promise<typeof Core> => import(core) as Promise<typeof Core>

async function kernelOf({ engine, core, wasm, kernel }: KernelJob): Promise<Kernel> {
  const bytes = new Uint8Array(readFileSync(wasm))
  if (engine.kind === 'native') {
    const { Module, Instance } = nativeWasm()
    return new Instance(new Module(bytes)).exports[kernel]
  }
  const { compile, instantiate } = await load(core)
  const { executor, tier } = engine as { executor: 'switch' | 'reference'; tier: 'fast' | 'exact' | 'auto' }
  return instantiate(compile(bytes), {}, { executor, tier }).exports[kernel] as Kernel
}

/** Short calls are timed in batches of at least this long, so that reading the clock does not count. */
const BATCH_MS = 5

function timeSize(run: Kernel, n: number, { warmMs, measureMs, calls }: KernelJob): SizeResult {
  const began = cpu()
  const checksum = run(n)
  const first = cpu() - began
  const same = (value: number): void => {
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

const job = JSON.parse(process.argv[2]) as Job
const result = await (job.job === 'kernel' ? kernelJob(job) : job.job === 'import' ? importJob(job.core) : validateJob(job))
console.log(JSON.stringify(result))
