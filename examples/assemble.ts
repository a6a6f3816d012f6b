// Assembles guests with vitrine's own text format: build.sh uses it for what needs WebAssembly 3.0.
//   npx tsx examples/assemble.ts FILE.wat...     writes FILE.wasm beside each, with the names of functions and locals
import { readFileSync, writeFileSync } from 'node:fs'
import { watToWasm } from '../src/text/index.ts'

for (const file of process.argv.slice(2)) writeFileSync(file.replace(/\.wat$/, '.wasm'), watToWasm(readFileSync(file, 'utf8')))
