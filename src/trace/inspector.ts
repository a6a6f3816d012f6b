/**
 * Watches the threads of a store. While somebody watches, threads that begin run instrumented code of their own; when nobody
 * does any more, the store is as it was. Each set of watchers has its own code. Used by all monitors of `vitrine/trace`.
 */
import { WasmInstance } from '../embedding/instantiate.ts'
import { Store } from '../embedding/store.ts'
import { HostError, VitrineError } from '../errors.ts'
import { inspecting } from '../interp/switch.ts'
import type { Instance, SharedModule } from '../runtime/instance.ts'
import * as STATUS from '../runtime/status.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { InstrumentedCode, type Watcher } from './instrumentation.ts'

/** Who is watched: an instance, or a store with all its instances, those included that will be made in it. */
export type Target = WasmInstance | Store

export const storeOf = (target: Target): Store => {
  if (target instanceof WasmInstance) return target.store
  if (target instanceof Store) return target
  throw new VitrineError('usage', 'what is watched must be an instance or a store')
}
/** Whether a thread is in what is watched. */
export const within = (target: Target): ((instance: Instance) => boolean) =>
  target instanceof WasmInstance ? (instance) => instance === target.instance : () => true

export class Inspector {
  private readonly store: Store
  /** What runs the code when nobody watches. */
  private plain: Executor
  private watchers: readonly Watcher[] = []
  /** All code that was made, with the watchers that it tells: threads may still run in it. */
  private readonly made: InstrumentedCode[] = []
  private probing = false

  private constructor(store: Store) {
    this.store = store
    this.plain = store.executor
  }

  private static readonly all = new WeakMap<Store, Inspector>()
  static of(store: Store): Inspector {
    let inspector = Inspector.all.get(store)
    if (inspector === undefined) {
      if (store.executor.name === 'reference')
        throw new VitrineError('usage', "a store with the executor 'reference' cannot be watched; it must be another one")
      inspector = new Inspector(store)
      Inspector.all.set(store, inspector)
    }
    return inspector
  }

  add(watcher: Watcher): void {
    if (this.watchers.length === 0) {
      if (this.store.executor.name === 'inspect')
        throw new VitrineError('usage', 'a debugger is at work in this store: it can be watched when that is closed')
      this.plain = this.store.executor
    }
    this.change([...this.watchers, watcher])
  }
  remove(watcher: Watcher): void {
    if (!this.watchers.includes(watcher)) return
    for (const code of this.made) code.silence(watcher)
    this.change(this.watchers.filter((w) => w !== watcher))
    if (this.watchers.length === 0) this.made.length = 0
  }

  /** The code that a watcher is told by. */
  codeFor(watcher: Watcher): InstrumentedCode[] {
    return this.made.filter((code) => code.watchers.includes(watcher))
  }

  /** Runs something of the user's while a thread stands in front of an instruction. */
  guarded(action: () => void): void {
    const outer = this.probing
    this.probing = true
    try {
      action()
    } finally {
      this.probing = outer
    }
  }

  private change(watchers: readonly Watcher[]): void {
    this.watchers = watchers
    this.store.executor = watchers.length === 0 ? this.plain : this.executor(watchers)
  }

  private executor(watchers: readonly Watcher[]): Executor {
    const units = new Map<SharedModule, InstrumentedCode>()
    const codeOf = (shared: SharedModule): InstrumentedCode => {
      let code = units.get(shared)
      if (code === undefined) {
        code = new InstrumentedCode(shared, watchers)
        units.set(shared, code)
        this.made.push(code)
      }
      return code
    }
    const entered = watchers.flatMap((w) => (w.entered === undefined ? [] : [{ w, call: w.entered }]))
    const left = watchers.flatMap((w) => (w.left === undefined ? [] : [{ w, call: w.left }]))
    const counts = watchers.some((w) => w.blocks === true || w.weigh === true)
    return inspecting(
      (shared) => codeOf(shared).unit,
      (T) => {
        if (this.probing) throw new HostError('a probe cannot call functions of the program that it watches')
        for (const { w, call } of entered) if (this.watchers.includes(w)) call(T)
      },
      (T, status) => {
        if (counts && status >= STATUS.firstTrap) stopInBlock(T, codeOf(T.instance.shared))
        for (const { w, call } of left) if (this.watchers.includes(w)) call(T, status)
      },
    )
  }
}

/** A trap ends a block in the middle: what was counted beyond it is taken back. */
function stopInBlock(T: Thread, code: InstrumentedCode): void {
  const { funcidx, offset } = T.executor.locate(T.instance, T.unit, T.pc, false)
  code.stops.set(offset, (code.stops.get(offset) ?? 0) + 1)
  T.work -= code.restOfBlock(funcidx, offset)
}
