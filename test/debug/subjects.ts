/** Programs whose stops are compared (states.ts): generated ones, and the example guests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cases } from '../../examples/cases.ts'
import { parseArgument } from '../../src/cli/values.ts'
import { WasmInstance, instantiate } from '../../src/embedding/instantiate.ts'
import type { Imports } from '../../src/embedding/link.ts'
import { type CompiledModule, compile } from '../../src/embedding/module.ts'
import { WasmGlobal } from '../../src/embedding/objects.ts'
import { Store } from '../../src/embedding/store.ts'
import { fixedClock } from '../../src/host/clock.ts'
import { seededRandom } from '../../src/host/random.ts'
import type { Task } from '../../src/interp/scheduler.ts'
import type { Feature } from '../../src/spec/features.ts'
import type { FuncType } from '../../src/spec/types.ts'
import { FUNCREF } from '../../src/spec/types.ts'
import { type RunOptions, run } from '../../src/wasi/run.ts'
import { moduleOf } from '../fuzz/engines.ts'
import { everyFeature } from '../fuzz/features.ts'
import { generate } from '../fuzz/generate.ts'
import { type Anything, argumentsFor, calls, importsFor } from '../fuzz/outcome.ts'
import { type Program, importsOf, signature } from '../fuzz/program.ts'
import { Random } from '../fuzz/random.ts'
import { repoRoot } from '../helpers/files.ts'

/** A program that stands before its first instruction, held by the scheduler of its store. */
export interface Prepared {
  readonly instance: WasmInstance
  readonly task: Task
  /** Goes on, in turns, as far as it is let; resolves when the program has ended, however it did. */
  finish(): Promise<void>
}

export interface Subject {
  readonly name: string
  readonly features: ReadonlySet<Feature>
  readonly module: CompiledModule
  /** Whether it starts threads. */
  readonly hasThreads: boolean
  /** Undefined if it cannot be instantiated. */
  prepare(store: Store): Promise<Prepared | undefined>
  /** What `Debugger.launch` needs; undefined for a program of several modules. */
  readonly launch: RunOptions | undefined
}

const ended = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => {},
    () => {},
  )

const isFuncref = (p: Program, name: string): boolean => {
  const { index } = p.exports.find((e) => e.name === name)!
  return signature(p.types, p.funcs[index - importsOf(p, 'func').length]!.typeidx).params.includes(FUNCREF)
}

/** One of the calls of a generated program. */
export function generated(seed: number): Subject {
  const p = generate(seed)
  const all = calls(p)
  const { name, seed: argSeed } = all[seed % all.length]!
  const module = moduleOf(p)
  const argumentsOf = (exports: Record<string, Anything>): unknown[] => {
    const { index } = p.exports.find((e) => e.name === name)!
    const { params } = signature(p.types, p.funcs[index - importsOf(p, 'func').length]!.typeidx)
    return argumentsFor(p, params, new Random(argSeed), exports)
  }
  const newGlobal = (type: string, mutable: boolean, value: unknown): unknown => new WasmGlobal({ type: type as 'i32', mutable, value })
  const instances = (store: Store): WasmInstance => {
    const provider =
      p.provider === undefined ? undefined : instantiate(moduleOf(p.provider), importsFor(p.provider, {}, newGlobal), { store })
    return instantiate(module, importsFor(p, provider?.exports, newGlobal), { store })
  }
  return {
    name: `seed ${seed}`,
    features: p.features,
    module,
    hasThreads: false,
    launch:
      p.provider !== undefined || isFuncref(p, name)
        ? undefined
        : { imports: importsFor(p, {}, newGlobal) as Imports, invoke: { name, args: argumentsOf({}) }, features: everyFeature },
    prepare(store): Promise<Prepared | undefined> {
      try {
        const instance = instances(store)
        const thread = instance.spawn(name, ...argumentsOf(instance.exports))
        const [task] = store.scheduler.tasks
        return Promise.resolve({ instance, task: task!, finish: () => ended(thread.finished()) })
      } catch {
        return Promise.resolve(undefined)
      }
    },
  }
}

/** A program, or a call of it, with what `run` gives it. */
export function runnable(name: string, module: CompiledModule, features: Iterable<Feature>, options: Omit<RunOptions, 'random'>): Subject {
  // Each run begins with the same random numbers.
  const fresh = (): RunOptions => ({ ...options, random: seededRandom(1) })
  return {
    name,
    features: new Set(features),
    module,
    hasThreads: module.imports.some(({ module: from }) => from === 'wasi'),
    // A start function is an invocation before this one.
    get launch() {
      return module.data.start === undefined ? fresh() : undefined
    },
    async prepare(store) {
      store.scheduler.hold()
      const running = run(module, { ...fresh(), store })
      const finished = ended(running)
      await Promise.resolve()
      const { scheduler } = store
      if (module.data.start !== undefined) {
        const [first] = scheduler.tasks
        while (first !== undefined && first.ending === undefined) scheduler.turn(true)
        scheduler.unhold()
        scheduler.hold()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const [task] = scheduler.tasks
      if (task === undefined) return undefined
      const finish = (): Promise<void> => {
        scheduler.unhold()
        return finished
      }
      return { instance: new WasmInstance(module, task.thread.instance, store), task, finish }
    },
  }
}

/** Features that the names of the guests tell of: what is asserted is that each of them was looked at. */
const featuresOf = (path: string): Feature[] => {
  const found: Feature[] = []
  if (path.startsWith('gc/')) found.push('gc')
  if (path.includes('simd')) found.push('simd')
  if (path.includes('exceptions')) found.push(path.includes('legacy') ? 'legacy-exceptions' : 'exceptions')
  if (path.includes('threads')) found.push('threads')
  if (path.includes('generators')) found.push('stack-switching')
  if (path.includes('tail-calls')) found.push('tail-call')
  if (path.includes('multi-memory')) found.push('multi-memory')
  return found
}

/** The example guests that need no directories: each program, or each call of it. */
export function examples(): Subject[] {
  const list: Subject[] = []
  for (const { name, wasm, args, env, dirs, stdin, calls: functions, deterministic } of cases) {
    if (dirs !== undefined || !deterministic || name.includes('ten million')) continue
    const module = compile(readFileSync(join(repoRoot, 'examples/guests', wasm)), { features: everyFeature })
    const common: RunOptions = {
      args,
      env,
      stdin: stdin ?? '',
      stdout: () => {},
      stderr: () => {},
      clock: fixedClock(0),
      features: everyFeature,
    }
    if (functions === undefined) list.push(runnable(name, module, featuresOf(wasm), common))
    for (const [invoked, ...texts] of functions ?? []) {
      const { index } = module.data.exports.find((e) => e.name === invoked)!
      const { params } = module.data.types[module.data.funcs[index]!]!.comp as FuncType
      const imports = { env: { log: () => {}, abort: () => {} } }
      const invoke = { name: invoked!, args: texts.map((text, i) => parseArgument(params[i]!, text)) }
      list.push(runnable(`${name} ${invoked} ${texts.join(' ')}`, module, featuresOf(wasm), { ...common, imports, invoke }))
    }
  }
  return list
}
