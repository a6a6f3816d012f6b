/**
 * The child process of watched.ts: one kernel, run plainly and watched in turn. Prints CPU ms of each round as JSON. It gets two
 * builds of the core: with all that watching needs, and one whose dispatch loop has none of its ops.
 */
import { readFileSync } from 'node:fs'
import type * as Core from '../src/index.ts'
import { type CompiledModule, type WasmInstance, compile, instantiate } from '../src/index.ts'
import { Debugger } from '../src/debug/index.ts'
import { countInstructions, record } from '../src/trace/index.ts'
import { cpu } from './cpu.ts'

export interface WatchedJob {
  readonly plain: string
  readonly wasm: string
  readonly kernel: string
  readonly n: number
  readonly rounds: number
  /** Keys of `makers`. What is compared to a few percent shares a process with nothing else: it would share V8's feedback too. */
  readonly ways: readonly string[]
}
/** CPU ms by way of running; each list has a number a round. */
export type WatchedResult = Readonly<Record<string, readonly number[]>>

const job = JSON.parse(process.argv[2]) as WatchedJob
const bytes = new Uint8Array(readFileSync(job.wasm))

type Way = () => Promise<unknown>
const { kernel, n } = job
const module: CompiledModule = compile(bytes)
const fresh = (tier: 'fast' | 'exact'): WasmInstance => instantiate(module, {}, { executor: 'switch', tier })
const run =
  (instance: WasmInstance): Way =>
  () =>
    instance.invokeAsync(kernel, n)

const makers: Readonly<Record<string, () => Way | Promise<Way>>> = {
  fast: () => run(fresh('fast')),
  exact: () => run(fresh('exact')),
  without: async () => {
    const other = (await import(job.plain)) as typeof Core
    const instance = other.instantiate(other.compile(bytes), {}, { executor: 'switch', tier: 'fast' })
    return () => instance.invokeAsync(kernel, n)
  },
  // A breakpoint in a function that is not called.
  cold: () => {
    const instance = fresh('fast')
    Debugger.attach(instance).break({ func: kernel === 'fib' ? 'sieve' : 'fib' })
    return run(instance)
  },
  // The last bytes of the memory: nothing is written there.
  watchpoint: () => {
    const instance = fresh('exact')
    const { byteLength } = instance.exports.memory as { byteLength: number }
    Debugger.attach(instance).watch({ memory: 0, addr: byteLength - 4, size: 4 })
    return run(instance)
  },
  coverage: () => {
    const instance = fresh('exact')
    countInstructions(instance)
    return run(instance)
  },
  trace: () => {
    const instance = fresh('exact')
    record(instance, { write: () => {} })
    return run(instance)
  },
}

async function main(): Promise<void> {
  const all: [string, Way][] = []
  for (const name of job.ways) all.push([name, await makers[name]()])
  const times: Record<string, number[]> = {}
  let expected: unknown
  // Two rounds to get warm; then every second one in the other order.
  for (let round = -2; round < job.rounds; round++) {
    for (const [name, way] of round % 2 === 0 ? all : [...all].reverse()) {
      const began = cpu()
      const result = await way()
      const took = cpu() - began
      expected ??= result
      if (result !== expected) throw new Error(`${name}: ${String(result)} instead of ${String(expected)}`)
      if (round >= 0) (times[name] ??= []).push(took)
    }
  }
  console.log(JSON.stringify(times))
}
await main()
process.exit(0)
