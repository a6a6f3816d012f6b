/**
 * The micro measurements: what crossing a border costs. One list for all runners: tinybench in Node (micro.ts), `benchmark`
 * in bare shells (shell.ts). No host API is used here.
 */
import type * as Core from '../src/index.ts'
import { watToWasm } from '../src/text/index.ts'
import type { OwnEngine } from './jobs.ts'
import { nativeWasm } from './native.ts'

export interface MicroTask {
  readonly name: string
  /** Operations in one call of `run`: a single one would be shorter than the clock can see. */
  readonly operations: number
  readonly run: () => void
  /** Done before each call of `run`, untimed. */
  readonly prepare?: () => void
}

/** What both vitrine and the JS engine's own WebAssembly can do. */
export interface MicroEngine {
  readonly compile: (bytes: Uint8Array) => unknown
  readonly instantiate: (
    module: unknown,
    imports: Record<string, Record<string, (x: number) => number>>,
  ) => Readonly<Record<string, (...args: number[]) => number>>
}

export function microEngine(engine: OwnEngine, core: typeof Core | undefined): MicroEngine {
  if (engine.kind === 'native' || core === undefined) {
    const { Module, Instance } = nativeWasm()
    return {
      compile: (bytes) => new Module(bytes),
      instantiate: (module, imports) => new Instance(module, imports).exports,
    }
  }
  const options = { executor: engine.executor, tier: engine.tier } as Core.InstantiateOptions
  return {
    compile: (bytes) => core.compile(bytes),
    instantiate: (module, imports) => core.instantiate(module as Core.CompiledModule, imports, options).exports,
  }
}

const source = `(module
  (import "env" "next" (func $next (param i32) (result i32)))
  (memory 1 4096)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "host") (param $n i32) (result i32) (local $x i32)
    (loop $again
      (local.set $x (call $next (local.get $x)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  (func (export "grow") (param $n i32) (result i32)
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (memory.size)))`

const CALLS = 1000
const PAGES = 255

function expect(name: string, value: number, wanted: number): void {
  if (value !== wanted) throw new Error(`${name} gave ${value} instead of ${wanted}`)
}

export function microTasks({ compile, instantiate }: MicroEngine): MicroTask[] {
  const module = compile(watToWasm(source))
  const fresh = (): ReturnType<MicroEngine['instantiate']> => instantiate(module, { env: { next: (x) => x + 1 } })
  const { add, host } = fresh()
  let growing = fresh()
  return [
    {
      name: 'JS calls Wasm',
      operations: CALLS,
      run: () => {
        let x = 0
        for (let i = 0; i < CALLS; i++) x = add(x, 2)
        expect('add', x, 2 * CALLS)
      },
    },
    { name: 'Wasm calls JS', operations: CALLS, run: () => expect('host', host(CALLS), CALLS) },
    {
      name: 'memory.grow by a page',
      operations: PAGES,
      prepare: () => void (growing = fresh()),
      run: () => expect('grow', growing.grow(PAGES), PAGES + 1),
    },
    { name: 'instantiate', operations: 1, run: () => void fresh() },
  ]
}
