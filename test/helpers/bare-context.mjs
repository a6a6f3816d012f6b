// Evaluates a bundle (FILE, as `module` or `script`), then a script of checks, in a context that holds nothing but the language
// of about 2018: `node --experimental-vm-modules bare-context.mjs script|module FILE CHECKS`. Prints the checks' outcome as JSON.
import { readFileSync } from 'node:fs'
import vm from 'node:vm'

const [kind, file, checks] = process.argv.slice(2)
const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } })
// A context of Node has these, but neither timers, performance, TextDecoder, crypto nor structuredClone.
const missing = [
  'WebAssembly',
  'console',
  'BigInt',
  'BigInt64Array',
  'BigUint64Array',
  'SharedArrayBuffer',
  'Atomics',
  'WeakRef',
  'FinalizationRegistry',
  'Intl',
  'ArrayBuffer.prototype.transfer',
  'ArrayBuffer.prototype.resize',
]
vm.runInContext(missing.map((name) => `delete ${name.includes('.') ? name : `globalThis.${name}`}`).join(';'), context)
const left = vm.runInContext('Object.getOwnPropertyNames(globalThis)', context).filter((name) => missing.includes(name))
if (left.length > 0) throw new Error(`still there: ${left.join(', ')}`)

const source = readFileSync(file, 'utf8')
if (kind === 'module') {
  const module = new vm.SourceTextModule(source, { context })
  await module.link((name) => {
    throw new Error(`it imports ${name}`)
  })
  await module.evaluate()
  vm.runInContext('(W) => { globalThis.WebAssembly = W }', context)(module.namespace.WebAssembly)
} else vm.runInContext(source, context)
vm.runInContext(readFileSync(checks, 'utf8'), context)
console.log(JSON.stringify(await vm.runInContext('outcome', context)))
