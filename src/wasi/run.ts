/**
 * `run`: a program from bytes to exit code in one call. Compiles, instantiates with WASI, starts it as what it is
 * (command or reactor), closes what it had open. Called by users of `vitrine/wasi` and by the command line.
 */
import { type CompileOptions, CompiledModule } from '../embedding/module.ts'
import { type WasmInstance, instantiateAsync } from '../embedding/instantiate.ts'
import type { Imports } from '../embedding/link.ts'
import { WasmMemory, makeMemory } from '../embedding/objects.ts'
import { type Limits, Store, type StoreOptions } from '../embedding/store.ts'
import { HostError, LimitError, VitrineError, isExit, isVitrineError } from '../errors.ts'
import { compileAsync, loadExecutor } from '../families/load.ts'
import type { Denied, HostLimits } from '../host/policy.ts'
import type { Interrupted } from './preview1/context.ts'
import { WasiThreads } from './threads.ts'
import { type Grant, WASI, type WASIOptions } from './wasi.ts'
import type { AbortSignalLike } from '../runtime/abort-signal.ts'

/** All limits of a run: of the engine, of the host layer, and of time. */
export interface RunLimits extends Partial<HostLimits>, Omit<Limits, 'memory'> {
  /** Most bytes of one memory: a number, or text such as `256MiB`. Default 1 GiB. */
  readonly memory?: number | string
  /** Ticks that each invocation may take. Default: no limit. */
  readonly fuel?: number
  /** Time for the whole run in ms, waiting included. Default: no limit. */
  readonly wallMs?: number
}

export interface RunOptions extends Omit<WASIOptions, 'limits'>, Omit<StoreOptions, 'limits' | 'fuel' | 'timeout'>, CompileOptions {
  readonly limits?: RunLimits
  /** More imports. Functions given here for `wasi_snapshot_preview1` replace vitrine's own. */
  readonly imports?: Imports
  /** Calls this export instead of `_start`; a reactor's `_initialize` runs before it. */
  readonly invoke?: { readonly name: string; readonly args?: readonly unknown[] }
  /** A store of one's own: how code runs and its limits then come from there. */
  readonly store?: Store
  /** Told the instance when it is there, before anything of it runs but its start function. */
  readonly onInstance?: (instance: WasmInstance) => void
  /** Told what was granted and refused when the run has ended, also when it failed. */
  readonly report?: (report: RunReport) => void
}

export interface RunReport {
  /** What the guest was given. */
  readonly grants: readonly Grant[]
  /** What it asked for in vain, with the flag that would grant it. */
  readonly denied: readonly Denied[]
  /** Host calls in which it was stopped while it waited (`signal`, `wallMs`); of a write, how much is known to be written. */
  readonly interrupted: readonly Interrupted[]
}

export interface RunResult extends RunReport {
  /** What the guest passed to proc_exit (a u32), 0 when it simply returned. */
  readonly exitCode: number
  /** What the invoked function returned. */
  readonly result: unknown
}

/**
 * Runs a program. Resolves when it has ended by itself, with whatever exit code. Rejects with a Trap, a LimitError (`fuel`,
 * `timeout`, …), the error of a host function, the reason of `signal`, or an error about the module.
 */
export async function run(program: Uint8Array | ArrayBuffer | CompiledModule, options: RunOptions = {}): Promise<RunResult> {
  const { limits = {}, invoke, imports = {} } = options
  const module = program instanceof CompiledModule ? program : await compileAsync(program, options)
  if (options.store === undefined) await loadExecutor(options.executor)
  const kind = kindOf(module, invoke?.name)
  const store =
    options.store ??
    new Store({ ...options, limits: { ...limits, memory: bytesOf(limits.memory) }, fuel: limits.fuel, timeout: limits.wallMs })
  const stop = stopper(options.signal, limits.wallMs)
  let wasi: WASI | undefined
  let threads: WasiThreads | undefined
  try {
    wasi = new WASI({ ...options, signal: stop.signal })
    let all = withMemory(module, withWasi(imports, wasi), store)
    if (WasiThreads.needs(module)) {
      threads = new WasiThreads({ module, store, imports: all, limit: limits.threads })
      all = threads.imports
    }
    const instance = await instantiateAsync(module, all, { store, signal: stop.signal })
    options.onInstance?.(instance)
    const result = await start(instance, kind, invoke, stop.signal)
    return { exitCode: result.exitCode, result: result.result, ...reportOf(wasi) }
  } catch (error) {
    if (isExit(error) && wasi !== undefined) return { exitCode: error.exitCode, result: undefined, ...reportOf(wasi) }
    // The host layer wraps the reason for which a wait was given up.
    if (stop.signal?.aborted === true && isVitrineError(error) && error.code === 'interrupted') throw stop.signal.reason
    throw error
  } finally {
    stop.dispose()
    threads?.end()
    wasi?.close()
    if (wasi !== undefined) options.report?.(reportOf(wasi))
  }
}

const reportOf = ({ grants, denied, interrupted }: WASI): RunReport => ({ grants, denied, interrupted })

type Kind = 'command' | 'reactor' | 'plain'

/** What a module is, by its exports (WASI application ABI). Throws HostError for what cannot be started. */
function kindOf(module: CompiledModule, invoked: string | undefined): Kind {
  const exported = (name: string, kind: string): boolean => module.exports.some((e) => e.name === name && e.kind === kind)
  const isCommand = exported('_start', 'func')
  const isReactor = exported('_initialize', 'func')
  if (isCommand && isReactor)
    throw new HostError('the module exports both _start and _initialize: it must be a command or a reactor, not both')
  if (!isCommand && !isReactor && invoked === undefined) {
    throw new HostError('the module exports neither _start nor _initialize: it is not a program; name an exported function to invoke')
  }
  const usesWasi = module.imports.some((i) => i.module === 'wasi_snapshot_preview1' || i.module === 'wasi_unstable')
  const importsMemory = module.imports.some((i) => i.kind === 'memory')
  if (usesWasi && (isCommand || isReactor) && !importsMemory && !exported('memory', 'memory')) {
    throw new HostError('a WASI program must export its memory as "memory"; this one does not')
  }
  return isCommand ? 'command' : isReactor ? 'reactor' : 'plain'
}

async function start(
  instance: WasmInstance,
  kind: Kind,
  invoke: RunOptions['invoke'],
  signal: AbortSignalLike | undefined,
): Promise<{ exitCode: number; result: unknown }> {
  if (kind === 'reactor') await instance.invokeWith({ signal }, '_initialize')
  let result: unknown
  if (invoke !== undefined) result = await instance.invokeWith({ signal }, invoke.name, ...(invoke.args ?? []))
  else if (kind === 'command') await instance.invokeWith({ signal }, '_start')
  return { exitCode: 0, result }
}

function withWasi(imports: Imports, wasi: WASI): Imports {
  const { wasi_snapshot_preview1, wasi_unstable } = wasi.imports
  return {
    ...imports,
    wasi_snapshot_preview1: { ...wasi_snapshot_preview1, ...imports['wasi_snapshot_preview1'] },
    wasi_unstable: { ...wasi_unstable, ...imports['wasi_unstable'] },
  }
}

/** Programs with threads import their memory, so that all their instances have the same one: it is made here. */
function withMemory(module: CompiledModule, imports: Imports, store: Store): Imports {
  const wanted = module.data.imports.find(({ type }) => type.kind === 'memory' && type.type.shared)
  if (wanted === undefined || wanted.type.kind !== 'memory' || imports[wanted.module]?.[wanted.name] !== undefined) return imports
  const memory = WasmMemory.of(makeMemory(`the memory ${wanted.module}.${wanted.name}`, wanted.type.type, store.maxMemory))
  return { ...imports, [wanted.module]: { ...imports[wanted.module], [wanted.name]: memory } }
}

const GRACE_MS = 20

/** One signal for the caller's signal and the time limit, which must also end a guest that waits in a host call. */
function stopper(
  outer: AbortSignalLike | undefined,
  wallMs: number | undefined,
): { signal: AbortSignalLike | undefined; dispose: () => void } {
  if (wallMs === undefined || wallMs === Infinity || typeof AbortController !== 'function' || typeof setTimeout !== 'function') {
    return { signal: outer, dispose: () => {} }
  }
  const controller = new AbortController()
  // A guest that computes is stopped by its thread's own deadline, whose error tells the place; this one comes just after.
  const timer = setTimeout(
    () => controller.abort(new LimitError('timeout', 'time limit exceeded')),
    Math.min(wallMs + GRACE_MS, 0x7fffffff),
  )
  const follow = (): void => controller.abort(outer!.reason)
  if (outer?.aborted === true) follow()
  outer?.addEventListener('abort', follow)
  return {
    signal: controller.signal,
    dispose: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', follow)
    },
  }
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  kb: 1e3,
  kib: 2 ** 10,
  m: 2 ** 20,
  mb: 1e6,
  mib: 2 ** 20,
  g: 2 ** 30,
  gb: 1e9,
  gib: 2 ** 30,
}

/** Bytes of `256MiB`, `64k`, `1.5GB`, `65536`. Throws a `usage` error for anything else. */
export function parseBytes(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase()) ?? []
  const factor = units[unit ?? '?']
  if (digits === undefined || factor === undefined)
    throw new VitrineError('usage', `'${text}' is not a size: write 65536, 64KiB, 256MiB or 1GiB`)
  return Math.floor(Number(digits) * factor)
}
const bytesOf = (size: number | string | undefined): number | undefined => (typeof size === 'string' ? parseBytes(size) : size)
