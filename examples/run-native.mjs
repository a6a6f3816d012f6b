#!/usr/bin/env node
// Runs a guest with the JavaScript engine's own WebAssembly and node:wasi: the
// oracle that vitrine's results are compared with. Same options as `vitrine run`:
//   node examples/run-native.mjs [--dir HOST[::GUEST]]... [--env K=V]... [--stdin FILE]
//     [--argv0 NAME] [--invoke NAME | --call "NAME ARG..."]... prog.wasm [args...]
// --invoke calls one export with the args; --call may be repeated, on one instance.
// Exit code: the guest's (its low 8 bits); 134 after a trap or an uncaught exception; 2 for bad usage.
import fs from 'node:fs'
import path from 'node:path'
import v8 from 'node:v8'

const usage = (message) => {
  fs.writeSync(2, `run-native: ${message}\n`)
  process.exit(2)
}

/** @param {string[]} argv */
function parse(argv) {
  const options = { dirs: {}, env: {}, stdin: undefined, argv0: undefined, invoke: undefined, calls: [] }
  let i = 0
  for (; i < argv.length && argv[i].startsWith('--'); i += 2) {
    const value = argv[i + 1]
    if (value === undefined) usage(`${argv[i]} needs a value`)
    switch (argv[i]) {
      case '--dir': {
        const at = value.lastIndexOf('::')
        const [host, guest] = at < 0 ? [value, value] : [value.slice(0, at), value.slice(at + 2)]
        options.dirs[guest] = path.resolve(host)
        break
      }
      case '--env': {
        const at = value.indexOf('=')
        if (at < 0) options.env[value] = process.env[value] ?? ''
        else options.env[value.slice(0, at)] = value.slice(at + 1)
        break
      }
      case '--stdin':
        options.stdin = value
        break
      case '--argv0':
        options.argv0 = value
        break
      case '--invoke':
        options.invoke = value
        break
      case '--call':
        options.calls.push(value.trim().split(/\s+/))
        break
      default:
        usage(`unknown option ${argv[i]}`)
    }
  }
  if (i >= argv.length) usage('no program given')
  return { ...options, program: argv[i], args: argv.slice(i + 1) }
}

/** A JavaScript value for an argument written as text; 64-bit integers become BigInt. */
function toValue(type, text) {
  if (type === 'i64') return BigInt(text)
  if (type === 'externref') return text === 'null' ? null : text
  return Number(text)
}

const toText = (value) => (Object.is(value, -0) ? '-0' : String(value))

/** Calls an export with arguments as text; returns its results as text. */
function call(instance, types, name, args) {
  const type = types.get(name)
  if (!type) usage(`no exported function ${name}`)
  if (type.parameters.length !== args.length) usage(`${name} takes ${type.parameters.length} arguments`)
  const result = instance.exports[name](...args.map((arg, i) => toValue(type.parameters[i], arg)))
  if (type.results.length === 0) return []
  return type.results.length === 1 ? [toText(result)] : result.map(toText)
}

const isTrap = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError

const isException = (error) => error instanceof WebAssembly.Exception

async function main() {
  const options = parse(process.argv.slice(2))
  // Makes the types of exported functions visible to JavaScript.
  v8.setFlagsFromString('--experimental-wasm-type-reflection')
  // node:wasi announces itself as experimental on stderr, which is the guest's.
  process.removeAllListeners('warning')
  const { WASI } = await import('node:wasi')

  const module = new WebAssembly.Module(fs.readFileSync(options.program))
  const wasi = new WASI({
    version: 'preview1',
    args: [options.argv0 ?? path.basename(options.program), ...options.args],
    env: options.env,
    preopens: options.dirs,
    stdin: options.stdin === undefined ? 0 : fs.openSync(options.stdin, 'r'),
  })
  const instance = new WebAssembly.Instance(module, {
    ...wasi.getImportObject(),
    env: { log: (value) => void fs.writeSync(1, `log ${value}\n`) },
  })
  const types = new Map()
  for (const { name, kind, type } of WebAssembly.Module.exports(module)) if (kind === 'function') types.set(name, type)

  if (options.invoke !== undefined) {
    for (const result of call(instance, types, options.invoke, options.args)) fs.writeSync(1, `${result}\n`)
    return 0
  }
  for (const [name, ...args] of options.calls) {
    let results
    try {
      results = call(instance, types, name, args).join(' ')
    } catch (error) {
      if (!isTrap(error) && !isException(error)) throw error
      results = isTrap(error) ? 'trap' : 'exception'
    }
    fs.writeSync(1, `${name}(${args.join(', ')}) -> ${results}\n`)
  }
  return options.calls.length > 0 ? 0 : wasi.start(instance)
}

try {
  process.exitCode = (await main()) & 0xff
} catch (error) {
  if (!isTrap(error) && !isException(error)) throw error
  fs.writeSync(2, isTrap(error) ? `trap: ${error.message}\n` : 'uncaught exception\n')
  process.exitCode = 134
}
