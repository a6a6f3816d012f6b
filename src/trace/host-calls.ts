/** Calls of host functions: what they were given and what they gave. */
import type { Func } from '../runtime/func.ts'
import * as STATUS from '../runtime/status.ts'
import type { Thread } from '../runtime/thread.ts'
import { type ValType, formatValType, slotsOf } from '../spec/types.ts'
import { Inspector, type Target, storeOf, within } from './inspector.ts'
import type { Watcher } from './instrumentation.ts'
import { type TracedValue, textAt } from './state.ts'

export interface HostCall {
  readonly name: string | undefined
  /** Ticks of the thread when it was called. */
  readonly tick: number
  readonly args: readonly TracedValue[]
  /** Undefined if it did not return: it threw, or the program ended in it. */
  readonly results: readonly TracedValue[] | undefined
}

export interface HostCallMonitor {
  /** How often each function was called, by name. */
  readonly counts: ReadonlyMap<string, number>
  stop(): void
}

interface Open {
  readonly call: HostCall
  readonly func: Func
  readonly base: number
  readonly depth: number
  readonly fp: number
  /** Where it goes on; of a tail call, in the caller. */
  readonly next: number
  readonly tail: boolean
}

function readValues(T: Thread, types: readonly ValType[], base: number): TracedValue[] {
  let at = base
  return types.map((type) => {
    const value = textAt(T, type, at)
    at += slotsOf(type) * 2
    return { type: formatValType(type), value }
  })
}

/** Tells of each call of a host function, once it is over. */
export function watchHostCalls(target: Target, onCall: (call: HostCall) => void = () => {}): HostCallMonitor {
  const inspector = Inspector.of(storeOf(target))
  const isMeant = within(target)
  const counts = new Map<string, number>()
  const open = new Map<Thread, Open[]>()
  const give = (call: HostCall): void => inspector.guarded(() => onCall(call))
  const watcher: Watcher = {
    left: (T, status) => {
      const func = T.callee
      if ((status !== STATUS.call && status !== STATUS.tailCall) || func?.host === undefined || !isMeant(T.instance)) return
      const key = func.name ?? 'a function'
      counts.set(key, (counts.get(key) ?? 0) + 1)
      const { base, depth, fp, tick } = T
      const tail = status === STATUS.tailCall
      const call = { name: func.name, tick, args: readValues(T, func.type.params, base), results: undefined }
      const calls = open.get(T) ?? []
      open.set(T, calls)
      calls.push({ call, func, base, depth, fp, next: tail ? -1 : T.executor.afterCall(T), tail })
    },
    entered: (T) => {
      const calls = open.get(T)
      // A deeper thread is inside the host function: in a nested invocation.
      while (calls !== undefined && calls.length > 0 && calls[calls.length - 1]!.depth >= T.depth) {
        const { call, func, base, depth, fp, next, tail } = calls.pop()!
        const returned = tail ? T.depth === depth - 1 : T.depth === depth && T.fp === fp && T.pc === next
        give(returned ? { ...call, results: readValues(T, func.type.results, tail ? fp : base) } : call)
      }
    },
  }
  inspector.add(watcher)
  return {
    counts,
    stop: () => {
      for (const calls of open.values()) for (const { call } of calls) give(call)
      open.clear()
      inspector.remove(watcher)
    },
  }
}
