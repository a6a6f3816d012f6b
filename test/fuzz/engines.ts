/** The engines that a program runs on: vitrine in each configuration, in one go or in slices, and the oracle. */
import {
  type CompiledModule,
  type StoreOptions,
  type WasmInstance,
  type WasmTag,
  Store,
  Trap,
  WasmGlobal,
  compile,
  instantiate,
  isVitrineError,
  isWasmException,
} from '../../src/index.ts'
import '../../src/families/all.ts'
import '../../src/families/reference.ts'
import { everyFeature } from './features.ts'
import type { Oracle } from './oracle.ts'
import { type Running, type Trace, describe, exceptionText, importsFor, label, observe, stateOf, trapClass } from './outcome.ts'
import { type Program, toBytes } from './program.ts'

export interface Engine {
  readonly name: string
  readonly native: boolean
  /** What it shows of a program; undefined when it could not run it. */
  observe(p: Program): Trace | undefined
}

export const native = (oracle: Oracle): Engine => ({ name: 'native', native: true, observe: (p) => oracle.observe(p) })

/** A program is encoded and compiled once: its instances share the code, as they do elsewhere. */
const compiled = new WeakMap<Program, CompiledModule>()
export function moduleOf(p: Program): CompiledModule {
  let module = compiled.get(p)
  if (module === undefined) compiled.set(p, (module = compile(toBytes(p), { features: everyFeature })))
  return module
}

/** Ticks that one call may take: far more than a program's own fuel lets it, unless another module has set that to anything. */
export const FUEL = 1_000_000

/** Vitrine on a configuration, or on stores of the caller's. With `slice` each call runs that many ticks at a time. */
export interface VitrineOptions {
  readonly slice?: number | undefined
  readonly makeStore?: ((options: StoreOptions) => Store) | undefined
  /** Sees each instance, before it has run. */
  readonly started?: ((instance: WasmInstance) => void) | undefined
}
export interface Vitrine extends Engine {
  start(p: Program): Running
}
export function vitrine(name: string, options: StoreOptions, { slice, makeStore, started }: VitrineOptions = {}): Vitrine {
  const engine: Vitrine = {
    name,
    native: false,
    observe: (p) => observe(p, () => engine.start(p)),
    start(p): Running {
      const provider = p.provider === undefined ? undefined : (engine.start(p.provider) as Running & { instance: WasmInstance })
      const imports = importsFor(p, provider?.exports, (type, mutable, value) => new WasmGlobal({ type: type as 'i32', mutable, value }))
      const all = { fuel: FUEL, ...options }
      const store = provider?.instance.store ?? makeStore?.(all) ?? new Store(all)
      const instance = instantiate(moduleOf(p), imports, { store })
      started?.(instance)
      const { exports } = instance
      label(p, exports)
      const running: Running & { instance: WasmInstance } = {
        exports,
        instance,
        call(f, args) {
          const execution = instance.begin(f, ...args)
          const failed = (seen: string, detail = '', error?: unknown): ReturnType<Running['call']> => ({
            seen,
            ended: false,
            detail,
            ticks: execution.tick,
            error,
          })
          try {
            while (!execution.run(slice)) continue
            return { seen: describe(execution.result), ended: true, detail: '', ticks: execution.tick }
          } catch (error) {
            if (isWasmException(error)) {
              const frames = error.frames.map((x) => `${x.funcidx}@${x.offset}`).join()
              const is = (tag: object): boolean => error.is(tag as WasmTag)
              return failed(
                exceptionText(p, exports, is, (_, i) => error.values[i]),
                `${error.message} at ${frames}`,
              )
            }
            if (!isVitrineError(error)) return failed(`crash ${error instanceof Error ? error.stack : String(error)}`)
            if (!(error instanceof Trap) || error.code !== 'trap') return failed(`${error.name} ${error.message}`, '', error)
            const frames = error.frames.map((x) => `${x.funcidx}@${x.offset}`).join()
            return failed(`trap ${trapClass(error.message)}`, `${error.message} at ${frames}`, error)
          }
        },
        state: () => `${provider === undefined ? '' : `${provider.state()} | `}${stateOf(p, exports, (m) => m.view())}`,
      }
      return running
    },
  }
  return engine
}
