/** `--count`: counts the instructions that kernels execute, and says where the lists (`counted`) say something else. */
import type { CountJob, CountResult } from './jobs.ts'
import { callOf, featureKernels, kernels, wasmOf } from './plan.ts'
import { type Bundles, runChild } from './processes.ts'

export function recount({ count }: Bundles): void {
  const all = [...kernels, ...featureKernels]
  const jobs = all.map((kernel) => ({
    kernel: kernel.name,
    wasm: wasmOf(kernel),
    call: callOf(kernel),
    sizes: kernel.counted.map(([n]) => n),
  }))
  const counts = runChild<CountResult>([], count, { kernels: jobs } satisfies CountJob)
  const wrong = all.filter(({ name, counted }) => counted.some(([, instructions], i) => instructions !== counts[name][i]))
  for (const { name } of wrong) console.log(`${name}: ${counts[name].join(', ')}`)
  if (wrong.length > 0) throw new Error('the lists say something else')
  console.log(`${all.length} kernels execute as many instructions as the lists say`)
}
