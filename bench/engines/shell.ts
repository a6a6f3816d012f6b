/**
 * One kernel in a JS engine that has nothing but the language: bundled by measure.ts into one script, which defines the global
 * function `bench`. When the variable BENCH before it names a task, that is done and its checksum printed.
 */
import '../../src/families/reference.ts'
import * as core from '../../src/index.ts'
import { engineOf } from '../executors.ts'
import type { NativeWasm } from '../native.ts'

/** Put in by the bundler: which module each kernel is in, and the modules as bytes. */
declare const MODULE_OF: Readonly<Record<string, string>>
declare const MODULES: Readonly<Record<string, readonly number[]>>
/** A task, its members separated by spaces, or what stands for one. */
declare const BENCH: string

/** A kernel's name, an executor or `polywasm`, and the size. */
type Task = readonly [kernel: string, executor: string, n: number]

const globals = globalThis as {
  print?: (line: string) => void
  bench?: (...task: Task) => number
  /** The library of that name, where it is loaded beside this script. */
  polywasm?: { readonly WebAssembly: NativeWasm }
}

globals.bench = (kernel, executor, n) => {
  const bytes = new Uint8Array(MODULES[MODULE_OF[kernel]])
  if (executor === 'polywasm') {
    const { Module, Instance } = globals.polywasm!.WebAssembly
    return new Instance(new Module(bytes)).exports[kernel](n)
  }
  const options = engineOf(executor) as core.InstantiateOptions
  return (core.instantiate(core.compile(bytes), {}, options).exports[kernel] as (n: number) => number)(n)
}

const [kernel, executor, n] = BENCH.trim().split(' ')
if (n !== undefined) (globals.print ?? ((line: string) => console.log(line)))(String(globals.bench(kernel, executor, Number(n))))
