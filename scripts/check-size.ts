/**
 * Guards sizes: bundles the core (`src/core.ts`) and everything (`src/index.ts`) for any JS engine, minifies, compresses, compares with the
 * limits. A bundle for platform "neutral" also fails when anything in it imports `node:*`. Run by `.ci/run`.
 */
import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'

/** Bytes, minified and gzipped. That of the core is an aim, the other one grows only for what RATIONALE.md says. */
const limits = [
  { entry: 'src/core.ts', name: 'the core', limit: 60_000 },
  { entry: 'src/index.ts', name: 'all of vitrine', limit: 96_500 },
]

const line = (bytes: number, what: string): void => console.log(`${String(bytes).padStart(8)}  ${what}`)
for (const { entry, name, limit } of limits) {
  const result = await build({
    entryPoints: [entry],
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
  for (const [folder, bytes] of [...perFolder].sort((a, b) => b[1] - a[1])) line(bytes, folder)
  line(code.length, `${name}, minified`)
  line(size, `${name}, minified and gzipped, limit ${limit}`)
  if (size > limit) {
    console.error(`${name} is ${size - limit} bytes over its limit`)
    process.exitCode = 1
  }
}
