/** Host functions called by the host: one that an instance exports again, or names as its start function. */
import { HostError } from '../errors.ts'
import type { Func } from '../runtime/func.ts'
import { type Caller, isPending } from '../runtime/host-function.ts'
import { type ValType, I64, isRef } from '../spec/types.ts'
import { type I64Form, type Wrap, fromHalves, fromRef, toHalves, toRaw } from './values.ts'

/** Calls it with JS values and returns what JS sees of its results (or the promise of that). No thread is needed, but nobody can exit. */
export function callHost({ host, type, name }: Func, args: readonly unknown[], form: I64Form, wrap: Wrap): unknown {
  const raw = type.params.flatMap((t, i) => (t === I64 ? [...toHalves(args[i])] : [toRaw(args[i], t)]))
  const caller: Caller = {
    memory: undefined,
    exit: () => {
      throw new HostError(`${name ?? 'a host function'} was called by the host: there is no program to end`)
    },
  }
  const show = (value: unknown, t: ValType): unknown => {
    if (t === I64) return fromHalves(...(value as [number, number]), form)
    return isRef(t) ? fromRef(value, t, wrap) : value
  }
  const finish = (result: unknown): unknown => {
    if (type.results.length === 0) return undefined
    return type.results.length === 1 ? show(result, type.results[0]!) : type.results.map((t, i) => show((result as unknown[])[i], t))
  }
  const result = (host!.call as (caller: Caller, ...args: unknown[]) => unknown)(caller, ...raw)
  return isPending(host!, result, name) ? result.then(finish) : finish(result)
}
