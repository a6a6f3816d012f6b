/**
 * What an engine shows of a program: what each call did, and the state of the store in the end. All of it is turned into text,
 * so that comparing is comparing strings, also across processes. Used by vitrine's configurations (engines.ts) and by the
 * WebAssembly of another JS engine (native.ts), which has neither the program's instructions nor vitrine at hand.
 */
import { crc32 } from 'node:zlib'
import { type ValType, EXTERNREF, F32, F64, FUNCREF, I32, I64, formatValType } from '../../src/spec/types.ts'
import { type ImportEntry, type Subject, importsOf, signature } from './program.ts'
import { Random, i32Bits, i64Bits } from './random.ts'

/** What an export is, is known from the program only. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Anything = any

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
export interface Trace {
  readonly outcomes: readonly Outcome[]
  readonly state: string
}
export interface Running {
  call(name: string, args: readonly unknown[]): Outcome
  /** Memories, tables, globals; of the provider too. */
  state(): string
  exports: Record<string, Anything>
}

/** Traps as far as V8 tells them apart. */
const classes: readonly (readonly [string, RegExp])[] = [
  ['unreachable', /^unreachable/],
  ['zero', /divide by zero|remainder by zero/],
  ['convert', /float unrepresentable|invalid conversion|^integer overflow|divide result unrepresentable/],
  ['memory', /memory access out of bounds|out of bounds memory|data segment/],
  ['table', /table index is out of bounds|out of bounds table|undefined element|element segment|table access|table index/],
  ['unaligned', /unaligned/],
  ['wait', /expected shared memory|atomic.*wait|Atomics.wait/i],
  ['signature', /function signature|uninitialized element|indirect call type mismatch/],
  // Of an array.copy that could trap in both ways V8 looks at the bounds first.
  ['null or array', /^null |dereferencing a null|rethrowing null|out of bounds array access|array element access out of bounds/],
  ['cast', /illegal cast|cast failure/],
  ['unhandled', /unhandled (tag|suspend)/],
  ['consumed', /continuation already consumed|invalid continuation/],
  ['array size', /array (is )?too large|new array is too large/],
]
export const trapClass = (message: string): string => classes.find(([, pattern]) => pattern.test(message))?.[0] ?? message

/** An exception as far as JS sees it: its values, if the tag is exported. */
export function exceptionText(
  p: Subject,
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
export function label(p: Subject, exports: Record<string, Anything>): void {
  for (const { name, kind } of p.exports)
    if (kind === 'func' && !labels.has(exports[name])) labels.set(exports[name], `${p.provider === undefined ? '' : 'main.'}${name}`)
}

export function describe(value: unknown): string {
  if (typeof value === 'function') return labels.get(value) ?? 'host function'
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`
  // Structures and arrays, made external.
  if (typeof value === 'object' && value !== null) return 'object'
  return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/** A host function: its results follow from its arguments. */
function hostFunction(p: Subject, entry: ImportEntry): (...args: unknown[]) => unknown {
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
function hostValue(p: Subject, entry: ImportEntry, type: ValType): unknown {
  const r = new Random(p.seed + entry.name.charCodeAt(1))
  if (type === I64) return someI64(r)
  return type === I32 ? i32Bits(r) : type === F32 || type === F64 ? r.pick([0.5, -0, 1e10, -3]) : null
}
function someI64(r: Random): bigint {
  const [lo, hi] = i64Bits(r)
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0)
}

/** What a program imports; `global` makes one of the engine's own globals. */
export function importsFor(
  p: Subject,
  provider: Record<string, Anything> | undefined,
  global: (type: string, mutable: boolean, value: unknown) => unknown,
): Record<string, Record<string, Anything>> {
  const host: Record<string, unknown> = {}
  for (const entry of p.imports) {
    if (entry.module !== 'host') continue
    if (entry.type.kind === 'func') host[entry.name] = hostFunction(p, entry)
    else if (entry.type.kind === 'global') {
      const { type, mutable } = entry.type.type
      host[entry.name] = global(formatValType(type), mutable, hostValue(p, entry, type))
    }
  }
  return { host, provider: provider ?? {} }
}

/** Arguments of an exported function, by its type as JS sees it. */
export function argumentsFor(p: Subject, params: readonly ValType[], r: Random, exports: Record<string, Anything>): unknown[] {
  return params.map((t) => {
    if (t === I32) return i32Bits(r)
    if (t === I64) return someI64(r)
    if (t === EXTERNREF) return r.pick([null, 'x', 7])
    if (t !== FUNCREF) throw new Error('floats cross as integers')
    const names = p.exports.filter((e) => e.kind === 'func' && e.name.startsWith('f'))
    const pick = r.below(names.length + 1)
    return pick === names.length ? null : exports[names[pick]!.name]
  })
}

/** Elements of a table; one with 64-bit indices wants them as a BigInt in the JS API, and gives its length as one. */
function elements(table: Anything): string {
  const wide = typeof table.length === 'bigint'
  return Array.from({ length: Number(table.length) }, (_, i) => describe(table.get(wide ? BigInt(i) : i))).join()
}
/** The shrinker may have put a trap into it. */
function attempt(getter: () => unknown): string {
  try {
    return describe(getter())
  } catch {
    return 'no value'
  }
}
export function stateOf(p: Subject, exports: Record<string, Anything>, bytesOf: (memory: Anything) => Uint8Array): string {
  const parts: string[] = []
  for (const { name, kind } of p.exports) {
    const e = exports[name]
    if (kind === 'memory') {
      const bytes = bytesOf(e)
      parts.push(`${name}=${bytes.length}:${crc32(bytes).toString(16)}`)
    } else if (kind === 'table') parts.push(`${name}=${elements(e)}`)
    else if (kind === 'func' && name.startsWith('get')) parts.push(`${name}=${attempt(e)}`)
    else if (kind === 'global' && !exports[`get${name.slice(1)}`]) parts.push(`${name}=${describe(e.value)}`)
  }
  return parts.join(' ')
}

/** The exported functions to call, each twice, and the seed of the arguments that each engine gives them. */
export function calls(p: Subject): { name: string; seed: number }[] {
  const names = p.exports.filter((e) => e.kind === 'func' && e.name.startsWith('run')).map((e) => e.name)
  return [...names, ...names].map((name, i) => ({ name, seed: p.seed * 31 + i }))
}

/** What each call does, one after the other as they are asked for. */
export function* callAll(p: Subject, running: Running): Iterable<Outcome> {
  const imported = importsOf(p, 'func').length
  for (const { name, seed } of calls(p)) {
    const { index } = p.exports.find((e) => e.name === name)!
    const { params } = signature(p.types, p.funcs[index - imported]!.typeidx)
    yield running.call(name, argumentsFor(p, params, new Random(seed), running.exports))
  }
}

/** Instantiates and calls everything. */
export function observe(p: Subject, start: () => Running): Trace {
  let running: Running
  try {
    running = start()
  } catch (error) {
    const seen = `not instantiated: ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}`
    return { outcomes: [{ seen, ended: false, detail: '', ticks: 0 }], state: '' }
  }
  return { outcomes: [...callAll(p, running)], state: running.state() }
}
