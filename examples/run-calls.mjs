#!/usr/bin/env node
// Calls exports of a guest through vitrine's API and prints what `run-native.mjs --call` prints:
//   node examples/run-calls.mjs ENTRY [--call "NAME ARG..."]... module.wasm
// ENTRY is the package's main file (dist/index.js, or src/index.ts where Node reads TypeScript).
import fs from 'node:fs'
import { pathToFileURL } from 'node:url'

const [entry, ...argv] = process.argv.slice(2)
const { compile, instantiate, isTrap, isWasmException } = await import(pathToFileURL(entry).href)

const calls = []
while (argv[0] === '--call') calls.push(argv.splice(0, 2)[1].trim().split(/\s+/))

/** What some guests need and is off by default. */
const features = { 'legacy-exceptions': true, 'stack-switching': true, threads: true }
const module = compile(fs.readFileSync(argv[0]), { features })
const instance = instantiate(module, { env: { log: (value) => void fs.writeSync(1, `log ${value}\n`) } })

/** Type names of a function's parameters, from the module as data. */
function parameters(name) {
  const { data } = module
  const { index } = data.exports.find((e) => e.name === name)
  return data.types[data.funcs[index]].comp.params
}
const I64 = 0x7e
const EXTERNREF = (1 << 28) | (1 << 27) | (1 << 26) | 0x6f
function toValue(type, text) {
  if (type === I64) return BigInt(text)
  if (type === EXTERNREF) return text === 'null' ? null : text
  return Number(text)
}
const toText = (value) => (Object.is(value, -0) ? '-0' : String(value))

for (const [name, ...args] of calls) {
  let text
  try {
    const types = parameters(name)
    const result = instance.exports[name](...args.map((arg, i) => toValue(types[i], arg)))
    text = result === undefined ? '' : Array.isArray(result) ? result.map(toText).join(' ') : toText(result)
  } catch (error) {
    if (!isTrap(error) && !isWasmException(error)) throw error
    text = isTrap(error) ? 'trap' : 'exception'
  }
  fs.writeSync(1, `${name}(${args.join(', ')}) -> ${text}\n`)
}
