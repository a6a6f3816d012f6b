/** Invocation of functions (spec §4.7.3): synchronously, asynchronously, or tick by tick. */
import { ExitError, HostError } from '../errors.ts'
import { now } from '../interp/clock.ts'
import { type Outcome, abandon, drive, enterFrame } from '../interp/driver.ts'
import { innermostInHost, threadsInHost } from '../interp/host-calls.ts'
import { YIELD_MS, allow, refuel } from '../interp/slices.ts'
import { TURN, Task, closeTo } from '../interp/scheduler.ts'
import type { AbortSignalLike } from '../runtime/abort-signal.ts'
import type { Func } from '../runtime/func.ts'
import type { Thread } from '../runtime/thread.ts'
import { callHost } from './call-host.ts'
import { outward } from './exception.ts'
import { macrotask } from './macrotask.ts'
import type { Store } from './store.ts'
import { NO_VECTORS, type Wrap, readResults, writeArguments } from './values.ts'
import { V128 } from '../spec/types.ts'

/** Puts the call on a thread and writes the arguments. */
export function begin(T: Thread, f: Func, args: readonly unknown[]): number {
  const base = enterFrame(T, f)
  try {
    // Known before anything runs (JS API, "call an Exported Function").
    if (f.type.results.includes(V128)) throw new HostError(NO_VECTORS)
    writeArguments(T, f.type.params, base, args)
  } catch (error) {
    abandon(T)
    throw error
  }
  return base
}

/** The thread for a synchronous call: from inside a host function that one of this store's threads called, that thread. */
function threadFor(store: Store, f: Func): { T: Thread; nested: boolean } {
  const innermost = innermostInHost()
  if (innermost !== undefined && innermost.limits === store.stack) return { T: innermost, nested: true }
  return { T: store.acquire(f.instance!), nested: false }
}

/** Calls a function and returns what JS sees of its results. */
export function invoke(store: Store, f: Func, args: readonly unknown[], wrap: Wrap): unknown {
  if (f.host !== undefined) return callHost(f, args, store.i64, wrap)
  const { T, nested } = threadFor(store, f)
  try {
    if (!nested) {
      refuel(T, store.fuel)
      T.deadline = store.timeout === Infinity ? Infinity : now() + store.timeout
    }
    const base = begin(T, f, args)
    if (nested) runNested(store, T)
    else runNow(store, T)
    return readResults(T, f.type.results, base, store.i64, wrap)
  } catch (error) {
    throw outward(error, store.i64, wrap)
  } finally {
    if (!nested) store.release(T)
  }
}

/** Runs an invocation from a host function of the same thread, on the JS stack: the thread cannot be put aside. */
function runNested({ scheduler }: Store, T: Thread): void {
  T.pinned++
  try {
    for (let outcome = drive(T); outcome !== 'done'; outcome = drive(T)) {
      if (outcome === 'waiting') scheduler.waitNow(T)
      if (T.exitCode !== undefined) {
        // This only unwinds: the driver below sees the exit code and ends the thread.
        abandon(T)
        throw new ExitError(T.exitCode)
      }
    }
  } finally {
    T.pinned--
  }
}

/** Runs the invocation on a thread, on the JS stack. Where there are green threads, they take turns with it. */
function runNow({ scheduler }: Store, T: Thread): void {
  try {
    let outcome: Outcome
    do {
      allow(T, TURN, T.deadline)
      outcome = drive(T)
    } while (outcome === 'stopped' && scheduler.tasks.length === 0)
    if (outcome === 'done') return
    const task = scheduler.adopt(T)
    task.active = false
    scheduler.note(task, outcome)
    try {
      scheduler.runNow(task)
    } catch (error) {
      scheduler.fail(task, error)
    }
    succeed(task)
  } finally {
    const task = scheduler.taskOf(T)
    if (task !== undefined) scheduler.remove(task)
  }
}

/** Throws what a task has come to, unless it has returned. */
export function succeed({ ending }: Task): void {
  if (ending?.kind === 'exit') throw new ExitError(ending.code)
  if (ending?.kind === 'error') throw ending.error
}

/** Lets a task and those beside it run until it has ended, with turns for the event loop. Rejects only when `aborted` does. */
export async function runLater({ scheduler }: Store, task: Task, aborted?: Promise<never>): Promise<void> {
  let since = now()
  let stuck = false
  try {
    while (task.ending === undefined) {
      if (scheduler.holding !== undefined) {
        await (aborted === undefined ? scheduler.holding : Promise.race([scheduler.holding, aborted]))
      } else if (scheduler.turn(true, task)) {
        stuck = false
        if (task.ending !== undefined || now() - since < YIELD_MS) continue
        await macrotask()
      } else if (!scheduler.isStuck()) await scheduler.sleep(aborted)
      else if (stuck) throw scheduler.deadlock()
      else {
        // The host's code that called this may yet start a thread, or notify.
        stuck = true
        await macrotask()
      }
      since = now()
    }
  } catch (error) {
    scheduler.fail(task, error)
  }
}

export interface AsyncOptions {
  /** Stops the call, also while it waits in a host function; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignalLike
}

/** Calls a Wasm function on a thread of its own, which host functions may park. */
export async function invokeAsync(
  store: Store,
  f: Func,
  args: readonly unknown[],
  wrap: Wrap,
  { signal }: AsyncOptions = {},
): Promise<unknown> {
  if (f.host !== undefined) return callHost(f, args, store.i64, wrap)
  const T = store.acquire(f.instance!)
  const aborted = abortPromise(T, signal)
  try {
    if (signal?.aborted === true) throw signal.reason
    refuel(T, store.fuel)
    T.deadline = store.timeout === Infinity ? Infinity : now() + store.timeout
    // Called from inside a host function, the new thread may park and outlive that: it must not stand on frames of others.
    const reopen = closeTo(threadsInHost())
    let base: number
    const task = new Task(T)
    let running: Promise<void>
    try {
      base = begin(T, f, args)
      store.scheduler.add(task)
      running = runLater(store, task, aborted.promise)
    } finally {
      reopen()
    }
    await running
    succeed(task)
    return readResults(T, f.type.results, base, store.i64, wrap)
  } catch (error) {
    throw outward(error, store.i64, wrap)
  } finally {
    aborted.dispose()
    store.release(T)
  }
}

/** A promise that rejects when the signal aborts; the thread is told as well, for when it is running. */
function abortPromise(T: Thread, signal: AbortSignalLike | undefined): { promise: Promise<never> | undefined; dispose: () => void } {
  if (signal === undefined) return { promise: undefined, dispose: () => {} }
  let dispose = (): void => {}
  const promise = new Promise<never>((_, reject) => {
    const onAbort = (): void => {
      T.interrupt = signal.reason as Error
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort)
    dispose = () => signal.removeEventListener('abort', onAbort)
  })
  promise.catch(() => {})
  return { promise, dispose }
}

/**
 * A call that is run piece by piece: `run(ticks)` until it says true, or `cancel()`. Until then its instances are entered by
 * nobody else. For schedulers, debuggers and tests.
 */
export class Execution {
  /** True once the call is over; if it has returned, `result` holds what. */
  done = false
  result: unknown = undefined
  private readonly store: Store
  private readonly func: Func
  private readonly wrap: Wrap
  private readonly T: Thread
  private readonly base: number

  constructor(store: Store, f: Func, args: readonly unknown[], wrap: Wrap) {
    if (f.host !== undefined) throw new HostError('a host function cannot be run in pieces')
    this.store = store
    this.func = f
    this.wrap = wrap
    this.T = store.acquire(f.instance!)
    refuel(this.T, store.fuel)
    this.start = this.T.tick
    this.base = begin(this.T, f, args)
    this.reopen = closeTo([this.T])
  }
  private readonly start: number
  private reopen: () => void
  private running = false
  /** Ticks of the whole call, once it is over: its thread may run something else then. */
  private taken = 0

  /** Ticks taken so far. */
  get tick(): number {
    return this.done ? this.taken : this.T.tick - this.start
  }

  /** Runs for at most `ticks` more ticks. True when the call has returned; a trap, an exception or an exit is thrown. */
  run(ticks: number = Infinity): boolean {
    if (this.done) return true
    this.refuseInside()
    const { T } = this
    allow(T, ticks, Infinity)
    this.reopen()
    this.running = true
    let finished = true
    try {
      let outcome = drive(T)
      // A thread that gives up its turn has ticks left.
      while (outcome === 'waiting' || (outcome === 'stopped' && T.budget > 0)) outcome = outcome === 'waiting' ? this.wait() : drive(T)
      if (outcome === 'exit') this.exit()
      if (outcome === 'done') this.result = readResults(T, this.func.type.results, this.base, this.store.i64, this.wrap)
      else finished = false
    } catch (error) {
      throw outward(error, this.store.i64, this.wrap)
    } finally {
      this.running = false
      if (finished) this.end()
      else this.reopen = closeTo([T])
    }
    return finished
  }

  /** Gives the call up, wherever it stands. */
  cancel(): void {
    if (this.done) return
    this.refuseInside()
    this.reopen()
    abandon(this.T)
    this.end()
  }

  private refuseInside(): void {
    if (this.running) throw new HostError('this call is running: a host function that it called cannot run or cancel it')
  }

  private end(): void {
    this.taken = this.tick
    this.done = true
    this.store.release(this.T)
  }

  /** Gives green threads turns until one of them notifies this thread, then goes on. */
  private wait(): Outcome {
    const { T } = this
    const { scheduler } = this.store
    try {
      scheduler.waitNow(T)
    } finally {
      scheduler.remove(scheduler.taskOf(T)!)
    }
    return T.exitCode === undefined ? drive(T) : 'exit'
  }

  private exit(): never {
    const code = this.T.exitCode!
    abandon(this.T)
    this.store.scheduler.exit(this.T, code)
    throw new ExitError(code)
  }
}
