/** The pairs of pairs.ts on one engine, each function in turn, in one process: the child process of measure.ts. */
import '../../src/families/all.ts'
import '../../src/families/reference.ts'
import { readFileSync } from 'node:fs'
import { instantiate } from '../../src/embedding/instantiate.ts'
import { compile } from '../../src/embedding/module.ts'
import { WasmGlobal } from '../../src/embedding/objects.ts'
import { Store } from '../../src/embedding/store.ts'
import { probed } from '../../src/interp/reference/index.ts'
import type { Executor } from '../../src/runtime/thread.ts'
import { cpu } from '../cpu.ts'
import { engineOf } from '../executors.ts'
import { median } from '../stats.ts'
import type { CliffJob, CliffResult } from './measure.ts'
import { UNITS } from './pairs.ts'

const { wasm, engine, names, ms } = JSON.parse(process.argv[2]) as CliffJob
const bytes = new Uint8Array(readFileSync(wasm))

type Exports = Readonly<Record<string, (n: number) => void>>
const host = { host: (x: number) => x + 1, host64: (x: bigint) => x + 1n }
const features = { 'stack-switching': true, threads: true } as const

function own(options: Parameters<typeof instantiate>[2]): Exports {
  const shared = new WasmGlobal({ type: 'i32', mutable: true, value: 0 })
  return instantiate(compile(bytes, { features }), { env: { ...host, shared } }, options).exports as unknown as Exports
}

function native(): Exports {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: {
      Module: new (bytes: Uint8Array) => unknown
      Instance: new (module: unknown, imports: unknown) => { readonly exports: Exports }
      Global: new (type: { value: string; mutable: boolean }, value: number) => unknown
    }
  }
  const shared = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { ...host, shared } }).exports
}

/** Instructions of one unit: what a larger count executes more than a smaller one. */
function instructionsOf(): (name: string) => number {
  let executed = 0
  const counting: Executor = probed({ before: () => void executed++, after: () => {} }, () => {})
  class CountingStore extends Store {
    override readonly executor: Executor = counting
  }
  const exports = own({ store: new CountingStore() })
  const count = (name: string, n: number): number => {
    executed = 0
    exports[name](n)
    return executed
  }
  return (name) => (count(name, 20) - count(name, 10)) / 10 / UNITS
}

function measure(run: (n: number) => void): number {
  const timed = (n: number): number => {
    const began = cpu()
    run(n)
    return cpu() - began
  }
  let n = 16
  for (let spent = 0, took = 0; spent < ms || took < ms / 8; spent += took) {
    took = timed(n)
    if (took < ms / 8) n *= 2
  }
  return (median([1, 2, 3, 4, 5].map(() => timed(n))) * 1e6) / n / UNITS
}

const results: CliffResult = {}
if (engine === 'count') {
  const count = instructionsOf()
  for (const name of names) results[name] = count(name)
} else {
  const exports = engine === 'native' ? native() : own(engineOf(engine) as Parameters<typeof instantiate>[2])
  for (const name of names) results[name] = measure(exports[name])
}
console.log(JSON.stringify(results))
