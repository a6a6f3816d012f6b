/**
 * Bundles of the WebAssembly namespace, each one self-contained file: an ES module that exports it, and a classic script that
 * installs it where the engine's own does not work (for pages, workers and engines without a module loader). Part of
 * `npm run build`; prints the sizes.
 */
import { build } from 'esbuild'
import { mkdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const out = 'dist/bundles'
const bundles = [
  { file: 'js-api.js', entry: 'src/js-api/index.ts', format: 'esm' },
  { file: 'js-api-auto.iife.js', entry: 'src/js-api/auto.ts', format: 'iife' },
] as const

mkdirSync(out, { recursive: true })
for (const { file, entry, format } of bundles) {
  // "neutral" also makes an import of a Node builtin an error.
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format,
    platform: 'neutral',
    target: 'es2020',
    legalComments: 'none',
    write: false,
  })
  const { contents } = outputFiles[0]!
  writeFileSync(`${out}/${file}`, contents)
  console.log(`${out}/${file}: ${contents.length} bytes minified, ${gzipSync(contents, { level: 9 }).length} gzipped`)
}
writeFileSync(`${out}/js-api.d.ts`, "export * from '../js-api/index.js'\n")
writeFileSync(`${out}/js-api-auto.iife.d.ts`, 'export {}\n')
