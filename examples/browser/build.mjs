// Bundles the page into examples/browser/dist, to be served from there by any web server: node examples/browser/build.mjs
// With an argument, into that directory.
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv[2] ?? join(here, 'dist')
mkdirSync(out, { recursive: true })
await build({
  entryPoints: [join(here, 'page.ts')],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  outfile: join(out, 'page.js'),
  logLevel: 'error',
})
copyFileSync(join(here, 'index.html'), join(out, 'index.html'))
copyFileSync(join(here, '../guests/c/notes.wasm'), join(out, 'notes.wasm'))
console.log(`built ${out}`)
