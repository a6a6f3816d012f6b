// Bundles the page into examples/csp/dist (or the folder that is named), to be served from there by any web server:
//   npm ci --prefix examples/csp && node examples/csp/build.mjs
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv[2] ?? join(here, 'dist')
mkdirSync(out, { recursive: true })
await build({
  entryPoints: [join(here, 'page.mjs')],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  outfile: join(out, 'page.js'),
  logLevel: 'error',
})
for (const name of ['index.html', 'style.css']) copyFileSync(join(here, name), join(out, name))
copyFileSync(join(here, '../guests/cpp/calc.wasm'), join(out, 'calc.wasm'))
copyFileSync(join(here, 'node_modules/@resvg/resvg-wasm/index_bg.wasm'), join(out, 'resvg.wasm'))
console.log(`built ${out}`)
