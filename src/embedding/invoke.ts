/** Invocation of functions (spec §4.7.3): synchronously, asynchronously, or tick by tick. */
import { ExitError, HostError } from '../errors.ts'
import { type Outcome, abandon, allow, drive, enterFrame, inHost, refuel, settle } from '../interp/driver.ts'
import type { Func } from '../runtime/func.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Thread } from '../runtime/thread.ts'
import { callHost } from './call-host.ts'
import { outward } from './exception.ts'
import { macrotask, now } from './macrotask.ts'
import type { Store } from './store.ts'
import { type Wrap, readResults, writeArguments } from './values.ts'

function refuseReentry(store: Store, f: Func): void {
  if (f.instance !== undefined && f.instance.parked > 0 && !store.reentrant) {
    throw new HostError('this instance has a parked call inside it; enter it again only with the option reentrant: true', {
      funcidx: f.funcidx,
    })
  }
}

/** Takes a thread, puts the call on it and writes the arguments. */
function begin(T: Thread, f: Func, args: readonly unknown[]): number {
  const base = enterFrame(T, f)
  try {
    writeArguments(T, f.type.params, base, args)
  } catch (error) {
    abandon(T)
    throw error
  }
  return base
}

/** The thread for a synchronous call: from inside a host function that one of this store's threads called, that thread. */
function threadFor(store: Store, f: Func): { T: Thread; nested: boolean } {
  const innermost = inHost.length > 0 ? inHost[inHost.length - 1]! : undefined
  if (innermost !== undefined && innermost.limits === store.stack) return { T: innermost, nested: true }
  return { T: store.acquire(f.instance!), nested: false }
}

/** Calls a function and returns what JS sees of its results. */
export function invoke(store: Store, f: Func, args: readonly unknown[], wrap: Wrap): unknown {
  if (f.host !== undefined) return callHost(f, args, store.i64, wrap)
  const { T, nested } = threadFor(store, f)
  if (!nested) refuseReentry(store, f)
  try {
    if (!nested) {
      refuel(T, store.fuel)
      allow(T, Infinity, store.timeout === Infinity ? Infinity : now() + store.timeout)
    }
    const base = begin(T, f, args)
    if (nested) T.pinned++
    let outcome: Outcome
    try {
      do outcome = drive(T)
      while (outcome === 'stopped')
    } finally {
      if (nested) T.pinned--
    }
    if (outcome === 'exit') exit(T, nested)
    return readResults(T, f.type.results, base, store.i64, wrap)
  } catch (error) {
    throw outward(error, store.i64, wrap)
  } finally {
    if (!nested) store.release(T)
  }
}

/** The guest has exited. A nested call only unwinds: the driver below it sees the exit code and ends the thread. */
function exit(T: Thread, nested: boolean): never {
  const code = T.exitCode!
  abandon(T)
  if (!nested) T.exitCode = undefined
  throw new ExitError(code)
}

/** Every instance that a thread has a frame in. */
function instancesOn(T: Thread): Set<Instance> {
  const instances = new Set<Instance>([T.instance])
  for (let i = 1; i < T.saved.length; i++) instances.add(T.saved[i]!.instance)
  return instances
}

export interface AsyncOptions {
  /** Stops the call, also while it waits in a host function; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal
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
  refuseReentry(store, f)
  const T = store.acquire(f.instance!)
  const aborted = abortPromise(T, signal)
  try {
    if (signal?.aborted === true) throw signal.reason
    refuel(T, store.fuel)
    const deadline = store.timeout === Infinity ? Infinity : now() + store.timeout
    allow(T, Infinity, deadline)
    T.mayPark = true
    const base = begin(T, f, args)
    let outcome = drive(T)
    while (outcome !== 'done') {
      if (outcome === 'exit') exit(T, false)
      if (outcome === 'stopped') {
        await macrotask()
        outcome = drive(T)
      } else outcome = await park(T, aborted.promise)
    }
    return readResults(T, f.type.results, base, store.i64, wrap)
  } catch (error) {
    throw outward(error, store.i64, wrap)
  } finally {
    aborted.dispose()
    store.release(T)
  }
}

/** Waits for the pending host call, then goes on. */
async function park(T: Thread, aborted: Promise<never> | undefined): Promise<Outcome> {
  const instances = instancesOn(T)
  for (const instance of instances) instance.parked++
  let settled: { value: unknown } | { error: unknown }
  try {
    const { promise } = T.pending!
    settled = { value: await (aborted === undefined ? promise : Promise.race([promise, aborted])) }
  } catch (error) {
    settled = { error }
  } finally {
    for (const instance of instances) instance.parked--
  }
  return settle(T, settled)
}

/** A promise that rejects when the signal aborts; the thread is told as well, for when it is running. */
function abortPromise(T: Thread, signal: AbortSignal | undefined): { promise: Promise<never> | undefined; dispose: () => void } {
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

/** A call that is run piece by piece: `run(ticks)` until it says true. For schedulers, debuggers and tests. */
export class Execution {
  /** True once the call has returned; then `result` holds what it returned. */
  done = false
  result: unknown = undefined
  private readonly store: Store
  private readonly func: Func
  private readonly wrap: Wrap
  private readonly T: Thread
  private readonly base: number

  constructor(store: Store, f: Func, args: readonly unknown[], wrap: Wrap) {
    if (f.host !== undefined) throw new HostError('a host function cannot be run in pieces')
    refuseReentry(store, f)
    this.store = store
    this.func = f
    this.wrap = wrap
    this.T = store.acquire(f.instance!)
    refuel(this.T, store.fuel)
    this.start = this.T.tick
    this.base = begin(this.T, f, args)
    f.instance!.parked++
  }
  private readonly start: number

  /** Ticks taken so far. */
  get tick(): number {
    return this.T.tick - this.start
  }

  /** Runs for at most `ticks` more ticks. True when the call has returned; a trap, an exception or an exit is thrown. */
  run(ticks: number = Infinity): boolean {
    if (this.done) return true
    const { T } = this
    allow(T, ticks, Infinity)
    this.func.instance!.parked--
    let finished = true
    try {
      const outcome = drive(T)
      if (outcome === 'exit') exit(T, false)
      if (outcome === 'done') this.result = readResults(T, this.func.type.results, this.base, this.store.i64, this.wrap)
      else finished = false
    } catch (error) {
      throw outward(error, this.store.i64, this.wrap)
    } finally {
      this.done = finished
      if (finished) this.store.release(T)
      else this.func.instance!.parked++
    }
    return finished
  }
}
