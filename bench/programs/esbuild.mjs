// esbuild (Go, 14 MB): 30 functions of TypeScript minified.
import { readFileSync } from 'node:fs'
import { loadCommonJs, pathOf, someSource } from './packages.mjs'

globalThis.self ??= globalThis
const esbuild = loadCommonJs('esbuild-wasm/lib/browser.js')
const wasmModule = await WebAssembly.compile(readFileSync(pathOf('esbuild-wasm/esbuild.wasm')))
await esbuild.initialize({ wasmModule, worker: false })
const { code } = await esbuild.transform(someSource(30), { loader: 'ts', minify: true })
console.log(code.length, code.slice(0, 200))
process.exit(0)
