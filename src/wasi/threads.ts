/**
 * wasi-threads (WebAssembly/wasi-threads): `wasi.thread-spawn` makes a new instance of the module with the same imports, the
 * shared memory among them, and runs its export `wasi_thread_start(tid, arg)` on a green thread. Threads take turns on one
 * JS thread, counted in ticks: the same program with the same input runs the same way each time. Made by `run`, or by whoever
 * instantiates by hand.
 */
import { type WasmInstance, instantiate } from '../embedding/instantiate.ts'
import type { WasmThread } from '../embedding/green-thread.ts'
import type { Imports } from '../embedding/link.ts'
import type { CompiledModule } from '../embedding/module.ts'
import type { Store } from '../embedding/store.ts'
import { HostError } from '../errors.ts'
import { defaultLimits } from '../host/policy.ts'
import { ERRNO } from './preview1/abi.ts'

const START = 'wasi_thread_start'
/** The highest thread id: the three highest bits of an i32 belong to the guest's libc. */
const LAST_TID = 0x1fffffff

export interface ThreadsOptions {
  readonly module: CompiledModule
  /** The store of the first instance: all threads run in it. */
  readonly store: Store
  /** What the first instance is given besides `wasi.thread-spawn`. */
  readonly imports: Imports
  /** Threads at once, the first one not counted. Default 64. */
  readonly limit?: number
}

export class WasiThreads {
  /** For all instances, the first one too. */
  readonly imports: Imports
  private readonly options: ThreadsOptions
  private readonly running: Set<WasmThread> = new Set()
  private started = 0

  constructor(options: ThreadsOptions) {
    this.options = options
    this.imports = { ...options.imports, wasi: { ...options.imports['wasi'], 'thread-spawn': (arg: number) => this.spawn(arg) } }
  }

  /** Whether a module asks for threads. */
  static needs(module: CompiledModule): boolean {
    return module.imports.some((i) => i.module === 'wasi' && i.name === 'thread-spawn')
  }

  /** Ends the threads that are left: the program has returned from `_start`. */
  end(): void {
    for (const thread of [...this.running]) thread.cancel()
  }

  /** The new thread's id, from 1 on; a negative errno when there can be no more. */
  private spawn(arg: number): number {
    const { module, store, limit = defaultLimits.threads } = this.options
    if (this.running.size >= limit || this.started >= LAST_TID) return -ERRNO.again
    if (!module.exports.some((e) => e.name === START && e.kind === 'func'))
      throw new HostError(`the module imports wasi.thread-spawn, but does not export ${START}`)
    const instance: WasmInstance = instantiate(module, this.imports, { store })
    const tid = ++this.started
    const onEnd = (): void => void this.running.delete(thread)
    const thread: WasmThread = instance.spawnWith({ fatal: true, onEnd }, START, tid, arg)
    this.running.add(thread)
    return tid
  }
}
