/**
 * Calls of host functions: by the executors themselves as long as nothing but results comes of them, else by the driver. A host function
 * may call back into Wasm; that invocation goes on the thread that called it.
 */
import { type Caller, isPromise } from '../runtime/host-function.ts'
import type { Func } from '../runtime/func.ts'
import type { Memory } from '../runtime/memory.ts'
import * as STATUS from '../runtime/status.ts'
import type { Thread } from '../runtime/thread.ts'
import { startSlice } from './slices.ts'
import { readParams, writeResults } from './values.ts'

class ThreadCaller implements Caller {
  readonly thread: Thread
  constructor(thread: Thread) {
    this.thread = thread
  }
  get memory(): Memory | undefined {
    const { instance } = this.thread
    return instance.memories.length > 0 ? instance.memories[0] : undefined
  }
  exit(code: number): void {
    this.thread.exitCode = code
  }
  yield(): void {
    this.thread.yields = true
  }
}

/** Threads with a host function on the JS stack, innermost last, and how many those are. Behind them there is nothing of use. */
const inHost: (Thread | undefined)[] = []
let nesting = 0
export const hostNesting = (): number => nesting
export const threadsInHost = (): Thread[] => inHost.slice(0, nesting) as Thread[]
/** A nested invocation goes on this one, if that is of its store. */
export const innermostInHost = (): Thread | undefined => (nesting === 0 ? undefined : inHost[nesting - 1])

/**
 * Host functions on the JS stack up to which executors call the next one themselves: below one that they have called stand their own frames, up to
 * 32 closures, which the driver's calls have not.
 */
const MAX_DIRECT = 8

/** How often a thread has been driven, in this process. An executor that calls the host must stop when something else has run meanwhile. */
let drives = 0
export const countDrive = (): void => void drives++

/**
 * Calls host function `f` for an executor, with the raw arguments at `base`. The thread's state must be up to date, and it stands at the
 * call. Gives `next` when the results lie at `base` and the thread may go on behind the call; else what the driver is to do: to make
 * the call (`call`), or to see what came of it (`returned`, `failed`, with `T.outcome`).
 */
export function callFromExecutor(T: Thread, f: Func, base: number): number {
  // The last tick of a slice is the driver's.
  if (f.host === undefined || T.isWatched || T.ticks === 1 || nesting >= MAX_DIRECT) {
    T.callee = f
    T.base = base
    return STATUS.call
  }
  T.ticks--
  const before = drives
  let status: number = STATUS.returned
  let outcome: unknown
  try {
    outcome = runHost(T, f, base, undefined)
  } catch (error) {
    status = STATUS.failed
    outcome = error
  }
  if (status === STATUS.returned && drives === before && !isPromise(outcome) && T.exitCode === undefined && !T.yields) {
    writeResults(T, f.type.results, base, outcome)
    return STATUS.next
  }
  T.callee = f
  T.base = base
  T.outcome = outcome
  return status
}

/** Calls host function `f` with the raw arguments at `base`, or with those given. Throws what it throws. */
export function runHost(T: Thread, f: Func, base: number, args: readonly unknown[] | undefined): unknown {
  const { top } = T
  T.top = base + f.layout.link * 2 + 2
  T.pinned++
  inHost[nesting++] = T
  try {
    return call(T, f, base, args)
  } finally {
    inHost[--nesting] = undefined
    T.pinned--
    T.top = top
    // A nested invocation may have ended at a limit that the host function then kept to itself.
    if (T.ticks === 0) startSlice(T)
  }
}

function call(T: Thread, f: Func, base: number, args: readonly unknown[] | undefined): unknown {
  const caller = (T.caller ??= new ThreadCaller(T))
  const host = f.host as unknown as { readonly call: (caller: Caller, ...args: unknown[]) => unknown }
  const { places, takesDoubles } = f
  if (args !== undefined || places === undefined) return host.call(caller, ...(args ?? readParams(T, f.type.params, base)))
  // Without a JIT, gathering and spreading the arguments takes longer than the call.
  const view = takesDoubles ? T.F : T.R
  const at = takesDoubles ? base >> 1 : base
  switch (places.length) {
    case 0: return host.call(caller)
    case 1: return host.call(caller, view[at + places[0]!])
    case 2: return host.call(caller, view[at + places[0]!], view[at + places[1]!])
    case 3: return host.call(caller, view[at + places[0]!], view[at + places[1]!], view[at + places[2]!])
    default: return host.call(caller, view[at + places[0]!], view[at + places[1]!], view[at + places[2]!], view[at + places[3]!])
  } // prettier-ignore
}
