/**
 * Guards the size of the core: bundles `src/index.ts` for any JS engine, minifies it, compresses it, compares with the
 * limit. A bundle for platform "neutral" also fails when anything in the core imports `node:*`. Run by `.ci/run`.
 */
import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'

/**
 * Bytes, minified and gzipped. The aim is 60 KB, which held while only the scalar language ran; since SIMD, GC, exceptions, threads
 * and stack switching are in, the core is larger. `limit` is what it may not grow beyond; it only goes down.
 */
const aim = 60_000
const limit = 92_000

const result = await build({
  entryPoints: ['src/index.ts'],
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2020',
  legalComments: 'none',
  metafile: true,
  write: false,
})
const code = result.outputFiles[0]!.contents
const size = gzipSync(code, { level: 9 }).length

const perFolder = new Map<string, number>()
for (const [path, { bytesInOutput }] of Object.entries(Object.values(result.metafile.outputs)[0]!.inputs)) {
  const folder = path.split('/').slice(0, 2).join('/')
  perFolder.set(folder, (perFolder.get(folder) ?? 0) + bytesInOutput)
}
for (const [folder, bytes] of [...perFolder].sort((a, b) => b[1] - a[1])) console.log(`${String(bytes).padStart(8)}  ${folder}`)
console.log(`${String(code.length).padStart(8)}  minified`)
console.log(`${String(size).padStart(8)}  minified and gzipped, limit ${limit}, aim ${aim}`)
if (size > limit) {
  console.error(`The core is ${size - limit} bytes over its limit.`)
  process.exitCode = 1
}
