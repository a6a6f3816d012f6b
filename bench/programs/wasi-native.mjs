// A WASI command on the engine's own WebAssembly and node:wasi.
import { readFileSync } from 'node:fs'
import { WASI } from 'node:wasi'

const [, , file, ...args] = process.argv
const wasi = new WASI({ version: 'preview1', args, returnOnExit: true })
const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), wasi.getImportObject())
process.exitCode = wasi.start(instance)
