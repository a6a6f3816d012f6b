// esbuild-wasm: Go, with the glue that a browser gets, in this thread.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
globalThis.self ??= globalThis
const esbuild = require('esbuild-wasm/lib/browser.js')
const wasmModule = await WebAssembly.compile(readFileSync(require.resolve('esbuild-wasm/esbuild.wasm')))
await esbuild.initialize({ wasmModule, worker: false })
const { code, warnings } = await esbuild.transform('enum A { x = 1, y }; export const f = (a?: A) => a ?? A.y; if (1 == NaN) f()', {
  loader: 'ts',
  minify: true,
  target: 'es2019',
})
console.log(code, warnings.map((warning) => warning.text).join())
process.exit(0)
