/**
 * The engines that a program runs on: the WebAssembly of the JS engine, and vitrine in each configuration, in one go or in
 * slices. What can be seen from outside is turned into text, so that comparing is comparing strings.
 */
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
import { type ValType, EXTERNREF, F32, F64, FUNCREF, I32, I64, formatValType } from '../../src/spec/types.ts'
import { everyFeature } from './features.ts'
import { type Anything, nativeApi } from './native-features.ts'
import { type ImportEntry, type Program, signature, toBytes } from './program.ts'
import { Random, i32Bits, i64Bits } from './random.ts'

/** What a call did. `detail` and `ticks` are compared among vitrine's configurations only. */
export interface Outcome {
  readonly seen: string
  /** It returned. */
  readonly ended: boolean
  readonly detail: string
  readonly ticks: number
  /** What vitrine threw. */
  readonly error?: unknown
}
export interface Running {
  call(name: string, args: readonly unknown[]): Outcome
  /** Memories, tables, globals; of the provider too. */
  state(): string
  exports: Record<string, Anything>
}
export interface Engine {
  readonly name: string
  readonly native: boolean
  start(p: Program): Running
}

/** Traps as far as V8 tells them apart. */
function trapClass(message: string): string {
  const classes: readonly (readonly [string, RegExp])[] = [
    ['unreachable', /^unreachable/],
    ['zero', /divide by zero|remainder by zero/],
    ['convert', /float unrepresentable|invalid conversion|^integer overflow/],
    ['overflow', /divide result unrepresentable/],
    ['memory', /memory access out of bounds|out of bounds memory|data segment/],
    ['table', /table index is out of bounds|out of bounds table|undefined element|element segment|table access|table index/],
    ['signature', /null function or function signature|uninitialized element|indirect call type mismatch/],
    ['unaligned', /unaligned/],
    ['wait', /expected shared memory|atomic.*wait|Atomics.wait/i],
    ['null', /null (function )?reference|dereferencing a null/],
  ]
  const found = classes.find(([, pattern]) => pattern.test(message))?.[0] ?? message
  return found === 'overflow' ? 'convert' : found
}

/** An exception as far as JS sees it: its values, if the tag is exported. */
function exceptionText(
  p: Program,
  exports: Record<string, Anything>,
  is: (tag: object) => boolean,
  value: (tag: object, i: number) => unknown,
): string {
  const found = p.exports.find(({ name, kind }) => kind === 'tag' && is(exports[name]))
  if (found === undefined) return 'exception'
  const { params } = signature(p.types, p.tags[found.index]!)
  // getArg of V8 11.3 gives an object of its insides for a funcref; the bits of a NaN are left open.
  const text = (t: ValType, i: number): string => (t === FUNCREF ? 'funcref' : describe(value(exports[found.name], i)))
  return `exception ${found.name}(${params.map(text).join(', ')})`
}

/** Names of exported functions; host functions have none. */
const labels = new WeakMap<object, string>()
function label(p: Program, exports: Record<string, Anything>): void {
  for (const { name, kind } of p.exports)
    if (kind === 'func' && !labels.has(exports[name])) labels.set(exports[name], `${p.provider === undefined ? '' : 'main.'}${name}`)
}

function describe(value: unknown): string {
  if (typeof value === 'function') return labels.get(value) ?? 'host function'
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`
  // Structures and arrays, made external.
  if (typeof value === 'object' && value !== null) return 'object'
  return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function hash(bytes: Uint8Array): string {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  let h = 0x811c9dc5
  for (let i = 0; i < words.length; i++) h = Math.imul(h ^ words[i]!, 0x01000193)
  return `${bytes.length}:${(h >>> 0).toString(16)}`
}

/** A host function: its results follow from its arguments. */
function hostFunction(p: Program, entry: ImportEntry): (...args: unknown[]) => unknown {
  const type = signature(p.types, (entry.type as { typeidx: number }).typeidx)
  return (...args) => {
    let h = 17
    for (const c of args.map(describe).join()) h = (Math.imul(h, 31) + c.charCodeAt(0)) | 0
    const results = type.results
      .map((t, i) => (t === I32 ? h + i * 7 : t === I64 ? BigInt(h) * BigInt(0x1234567) + BigInt(i) : h & 1 ? null : `host${h & 7}`))
      .map((v) => (typeof v === 'number' ? v | 0 : v))
    return results.length === 1 ? results[0] : results.length === 0 ? undefined : results
  }
}
function hostValue(p: Program, entry: ImportEntry, type: ValType): unknown {
  const r = new Random(p.seed + entry.name.charCodeAt(1))
  if (type === I64) {
    const [lo, hi] = i64Bits(r)
    return (BigInt(hi) << 32n) | BigInt(lo >>> 0)
  }
  return type === I32 ? i32Bits(r) : type === F32 || type === F64 ? r.pick([0.5, -0, 1e10, -3]) : null
}

export interface Maker {
  global(type: string, mutable: boolean, value: unknown): unknown
}
export function importsFor(
  p: Program,
  provider: Record<string, Anything> | undefined,
  maker: Maker,
): Record<string, Record<string, Anything>> {
  const host: Record<string, unknown> = {}
  for (const entry of p.imports) {
    if (entry.module !== 'host') continue
    if (entry.type.kind === 'func') host[entry.name] = hostFunction(p, entry)
    else if (entry.type.kind === 'global') {
      const { type, mutable } = entry.type.type
      host[entry.name] = maker.global(formatValType(type), mutable, hostValue(p, entry, type))
    }
  }
  return { host, provider: provider ?? {} }
}

/** The shrinker may have put a trap into it. */
function attempt(getter: () => unknown): string {
  try {
    return describe(getter())
  } catch {
    return 'no value'
  }
}
interface Access {
  memory: (m: Anything) => Uint8Array
}
function stateOf(p: Program, exports: Record<string, Anything>, { memory }: Access): string {
  const parts: string[] = []
  for (const { name, kind } of p.exports) {
    const e = exports[name]
    if (kind === 'memory') parts.push(`${name}=${hash(memory(e))}`)
    else if (kind === 'table') parts.push(`${name}=${Array.from({ length: e.length as number }, (_, i) => describe(e.get(i))).join()}`)
    else if (kind === 'func' && name.startsWith('get')) parts.push(`${name}=${attempt(e)}`)
    else if (kind === 'global' && !exports[`get${name.slice(1)}`]) parts.push(`${name}=${describe(e.value)}`)
  }
  return parts.join(' ')
}

/** The engine of the machine that this runs on. */
export const native: Engine = {
  name: 'native',
  native: true,
  start(p): Running {
    const provider = p.provider === undefined ? undefined : native.start(p.provider)
    const imports = importsFor(p, provider?.exports, {
      global: (value, mutable, v) => new nativeApi.Global({ value: value === 'funcref' ? 'anyfunc' : value, mutable }, v),
    })
    const { exports } = new nativeApi.Instance(new nativeApi.Module(bytesOf(p)), imports)
    label(p, exports)
    return {
      exports,
      call(name, args) {
        try {
          return { seen: describe(exports[name]!(...args)), ended: true, detail: '', ticks: 0 }
        } catch (error) {
          if (error instanceof nativeApi.RuntimeError)
            return { seen: `trap ${trapClass(error.message)}`, ended: false, detail: error.message, ticks: 0 }
          if (error instanceof nativeApi.Exception) {
            const is = (tag: object): boolean => error.is(tag)
            return { seen: exceptionText(p, exports, is, (tag, i) => error.getArg(tag, i)), ended: false, detail: '', ticks: 0 }
          }
          return { seen: String(error), ended: false, detail: '', ticks: 0 }
        }
      },
      state: () =>
        `${provider === undefined ? '' : `${provider.state()} | `}${stateOf(p, exports, { memory: (m) => new Uint8Array(m.buffer) })}`,
    }
  },
}

/** A program is encoded and compiled once: its instances share the code, as they do elsewhere. */
const compiled = new WeakMap<Program, CompiledModule>()
const binaries = new WeakMap<Program, Uint8Array>()
function bytesOf(p: Program): Uint8Array {
  let bytes = binaries.get(p)
  if (bytes === undefined) binaries.set(p, (bytes = toBytes(p)))
  return bytes
}
export function moduleOf(p: Program): CompiledModule {
  let module = compiled.get(p)
  if (module === undefined) compiled.set(p, (module = compile(bytesOf(p), { features: everyFeature })))
  return module
}

/** Ticks that one call may take: far more than a program's own fuel lets it. */
export const FUEL = 20_000_000

/** Vitrine on a configuration, or on stores of the caller's. With `slice` each call runs that many ticks at a time. */
export interface VitrineOptions {
  readonly slice?: number | undefined
  readonly makeStore?: ((options: StoreOptions) => Store) | undefined
  /** Sees each instance, before it has run. */
  readonly started?: ((instance: WasmInstance) => void) | undefined
}
export function vitrine(name: string, options: StoreOptions, { slice, makeStore, started }: VitrineOptions = {}): Engine {
  const engine: Engine = {
    name,
    native: false,
    start(p): Running {
      const provider = p.provider === undefined ? undefined : (engine.start(p.provider) as Running & { instance: WasmInstance })
      const imports = importsFor(p, provider?.exports, {
        global: (type, mutable, value) => new WasmGlobal({ type: type as 'i32', mutable, value }),
      })
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
          try {
            while (!execution.run(slice)) continue
            return { seen: describe(execution.result), ended: true, detail: '', ticks: execution.tick }
          } catch (error) {
            if (isWasmException(error)) {
              const frames = error.frames.map((f) => `${f.funcidx}@${f.offset}`).join()
              const is = (tag: object): boolean => error.is(tag as WasmTag)
              const seen = exceptionText(p, exports, is, (_, i) => error.values[i])
              return { seen, ended: false, detail: `${error.message} at ${frames}`, ticks: execution.tick }
            }
            if (!isVitrineError(error))
              return {
                seen: `crash ${error instanceof Error ? error.stack : String(error)}`,
                ended: false,
                detail: '',
                ticks: execution.tick,
              }
            if (!(error instanceof Trap) || error.code !== 'trap')
              return { seen: `${error.name} ${error.message}`, ended: false, detail: '', ticks: execution.tick, error }
            const frames = error.frames.map((x) => `${x.funcidx}@${x.offset}`).join()
            return {
              seen: `trap ${trapClass(error.message)}`,
              ended: false,
              detail: `${error.message} at ${frames}`,
              ticks: execution.tick,
              error,
            }
          }
        },
        state: () => `${provider === undefined ? '' : `${provider.state()} | `}${stateOf(p, exports, { memory: (m) => m.view() })}`,
      }
      return running
    },
  }
  return engine
}

/** Arguments of an exported function, by its type as JS sees it. */
export function argumentsFor(p: Program, params: readonly ValType[], r: Random, exports: Record<string, Anything>): unknown[] {
  return params.map((t) => {
    if (t === I32) return i32Bits(r)
    if (t === I64) {
      const [lo, hi] = i64Bits(r)
      return (BigInt(hi) << 32n) | BigInt(lo >>> 0)
    }
    if (t === EXTERNREF) return r.pick([null, 'x', 7])
    if (t !== FUNCREF) throw new Error('floats cross as integers')
    const names = p.exports.filter((e) => e.kind === 'func' && e.name.startsWith('f'))
    const pick = r.below(names.length + 1)
    return pick === names.length ? null : exports[names[pick]!.name]
  })
}
