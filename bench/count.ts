/**
 * Counts the Wasm instructions that kernels execute, with a probe on the reference executor: the divisor of "ns per
 * instruction". A child process like child.ts, but bundled together with the engine's sources: probes are not public API.
 */
import '../src/families/all.ts'
import { readFileSync } from 'node:fs'
import { instantiate } from '../src/embedding/instantiate.ts'
import { compile } from '../src/embedding/module.ts'
import { Store } from '../src/embedding/store.ts'
import { probed } from '../src/interp/reference/index.ts'
import type { Executor } from '../src/runtime/thread.ts'
import type { CountJob, CountResult } from './jobs.ts'
import { sized } from './sized.ts'

let executed = 0
const counting: Executor = probed({ before: () => void executed++, after: () => {} }, () => {})

class CountingStore extends Store {
  override readonly executor: Executor = counting
}

const job = JSON.parse(process.argv[2]) as CountJob
const counts: Record<string, number[]> = {}
for (const { kernel, wasm, call, sizes } of job.kernels) {
  const features = Object.fromEntries(call.features.map((feature) => [feature, true]))
  const module = compile(new Uint8Array(readFileSync(wasm)), { features })
  const run = sized(instantiate(module, {}, { store: new CountingStore() }).exports[call.name], call)
  counts[kernel] = sizes.map((n) => {
    executed = 0
    run(n)
    return executed
  })
}
console.log(JSON.stringify(counts satisfies CountResult))
