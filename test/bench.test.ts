/** The benchmarks as programs: their checksums, the arithmetic of their sizes, and that the document shows the kept results. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documentPath, drawn } from '../bench/document.ts'
import { engineOf } from '../bench/executors.ts'
import { callOf, featureKernels, instructionsAt, kernels, sizeOf, wasmOf } from '../bench/plan.ts'
import { docsFolder, savedResults } from '../bench/save.ts'
import { sized } from '../bench/sized.ts'
import { type InstantiateOptions, compile, instantiate } from '../src/index.ts'

const all = [...kernels, ...featureKernels]

test.each(['switch/fast', 'closure/fast'])('every kernel has its checksum on %s', { timeout: 120_000 }, (executor) => {
  const wrong = all.filter((kernel) => {
    const call = callOf(kernel)
    const features = Object.fromEntries(call.features.map((feature) => [feature, true]))
    const module = compile(readFileSync(wasmOf(kernel)), { features })
    const { exports } = instantiate(module, {}, engineOf(executor) as InstantiateOptions)
    return sized(exports[call.name], call)(kernel.small.n) !== kernel.small.checksum
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('sizes and instruction counts grow together', () => {
  for (const kernel of all) {
    const [[n1, counted1], [, counted2]] = kernel.counted
    expect(counted2).toBeGreaterThan(counted1)
    expect(instructionsAt(kernel, n1)).toBe(counted1)
    const growth = instructionsAt(kernel, sizeOf(kernel, 20)) / instructionsAt(kernel, sizeOf(kernel, 10))
    expect(growth, kernel.name).toBeGreaterThan(1.5)
    expect(growth, kernel.name).toBeLessThan(2.5)
  }
})

test('docs/performance.md and its plots are what `npm run bench -- --draw` makes', () => {
  const document = readFileSync(documentPath, 'utf8')
  const { text, pictures } = drawn(document, savedResults())
  expect(text).toBe(document)
  for (const [file, svg] of Object.entries(pictures)) expect(readFileSync(join(docsFolder, file), 'utf8'), file).toBe(svg)
})
