/**
 * Writes all JavaScript of dist/: the library, the self-contained bundles (bundles.ts) to dist/bundles/ with their sizes printed, and the
 * command line to dist/cli/. The types beside it are from `tsc`. Part of `npm run build`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { bundles, makeBundle } from './bundles.ts'
import { bundleCli } from './cli-bundle.ts'
import { bundleLibrary } from './library-bundle.ts'

const out = 'dist/bundles'
mkdirSync(out, { recursive: true })
for (const bundle of bundles) {
  const text = await makeBundle(bundle)
  writeFileSync(`${out}/${bundle.file}`, text)
  writeFileSync(`${out}/${bundle.file.replace(/\.js$/, '.d.ts')}`, bundle.types)
  const bytes = Buffer.byteLength(text)
  console.log(`${out}/${bundle.file}: ${bytes} bytes minified, ${gzipSync(text, { level: 9 }).length} gzipped`)
}

await bundleLibrary('dist')
await bundleCli('dist/cli')
