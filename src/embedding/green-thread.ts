/**
 * Green threads as the host sees them: a call of an exported function that takes turns with the other threads of its store,
 * on one JS thread. Made by WasmInstance.spawn.
 */
import { innermostInHost } from '../interp/host-calls.ts'
import { refuel } from '../interp/slices.ts'
import { type Ending, Task } from '../interp/scheduler.ts'
import { HostError, VitrineError } from '../errors.ts'
import type { Func } from '../runtime/func.ts'
import { outward } from './exception.ts'
import { begin, runLater, succeed } from './invoke.ts'
import type { Store } from './store.ts'
import { type Wrap, readResults } from './values.ts'

export interface ThreadOptions {
  /** An error that comes out of the thread ends the program that started it, as a trap in a thread of a process does. */
  readonly fatal?: boolean
  /** Called when it has ended, however it did. */
  readonly onEnd?: () => void
}

export class WasmThread {
  private readonly store: Store
  private readonly wrap: Wrap
  private readonly task: Task
  private value: unknown = undefined
  private cancelled = false

  constructor(store: Store, f: Func, args: readonly unknown[], wrap: Wrap, { fatal = false, onEnd: ended }: ThreadOptions = {}) {
    if (f.host !== undefined) throw new HostError('a host function cannot run as a thread')
    this.store = store
    this.wrap = wrap
    const { scheduler } = store
    // Threads in one instance at the same time are what the caller asks for.
    f.instance!.reentrant = true
    const T = store.acquire(f.instance!)
    refuel(T, store.fuel)
    // A thread that a running program starts belongs to it: both end with its exit, and at its time limit.
    const parent = innermostInHost()
    const isOurs = parent !== undefined && parent.limits === store.stack
    T.deadline = isOurs ? parent.deadline : Infinity
    const base = begin(T, f, args)
    const onEnd = (ending: Ending): void => {
      try {
        if (ending.kind === 'done') this.value = readResults(T, f.type.results, base, store.i64, wrap)
      } finally {
        store.release(T)
        ended?.()
        if (fatal && ending.kind === 'error' && !this.cancelled) scheduler.failAll(this.task.program, ending.error as Error)
      }
    }
    this.task = new Task(T, isOurs ? scheduler.adopt(parent).program : T, onEnd)
    this.task.hold()
    scheduler.add(this.task)
  }

  /** Whether the call has ended: returned, trapped or exited. */
  get done(): boolean {
    return this.task.ending !== undefined
  }

  /**
   * Gives this thread and the others turns until it has ended; returns what the function returned, or throws what came out of
   * it. Throws a Trap `deadlock` when every thread waits to be notified. Host functions that return promises need `finished`.
   */
  join(): unknown {
    this.store.scheduler.runNow(this.task)
    return this.result()
  }

  /** The same without blocking: the event loop has its turns, and promises of suspending host functions park the thread. */
  async finished(): Promise<unknown> {
    await runLater(this.store, this.task)
    return this.result()
  }

  /** Gives the thread up, wherever it stands. Not for a host function that the thread itself has called. */
  cancel(): void {
    if (this.done) return
    if (this.task.active) throw new HostError('this thread is running: a host function that it called cannot cancel it')
    this.cancelled = true
    this.store.scheduler.fail(this.task, new VitrineError('interrupted', 'the thread was cancelled'))
  }

  private result(): unknown {
    try {
      succeed(this.task)
    } catch (error) {
      throw outward(error, this.store.i64, this.wrap)
    }
    return this.value
  }
}
