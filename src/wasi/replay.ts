/**
 * Plays a record of host calls (option `record`) back: the guest runs as it did, without the host that it ran on.
 */
import { HostError } from '../errors.ts'
import type { Caller, RawHostFunction } from '../runtime/host-function.ts'
import type { RecordedCall } from './preview1/context.ts'
import { preview1Types } from './preview1/imports.ts'
import { ThreadNumbers } from './preview1/record.ts'

/**
 * The import object that answers from a record, in its order. A guest that asks for something else than it did then gets a
 * HostError that names the place: the record belongs to another program, or to other inputs. So does a guest with several threads
 * whose calls come in another order: when a thread waited, how far the others came meanwhile is not in the record.
 */
export function replay(calls: Iterable<RecordedCall>): Readonly<Record<'wasi_snapshot_preview1', Record<string, RawHostFunction>>> {
  const record = calls[Symbol.iterator]()
  const threads = new ThreadNumbers()
  let index = -1
  const imports: Record<string, RawHostFunction> = {}
  for (const [name, type] of Object.entries(preview1Types)) {
    const call = (caller: Caller, ...args: number[]): number | undefined => {
      index++
      const { value, done } = record.next()
      if (done === true) throw new HostError(`the record ends after ${index} host calls; the guest called ${name}`)
      const expected = value as RecordedCall
      const thread = threads.of(caller)
      if (expected.thread !== thread)
        throw new HostError(
          `host call ${index}, ${name}, comes from thread ${thread}, and in the record from thread ${expected.thread}: the order in which threads go on after they waited is not recorded`,
        )
      if (expected.name !== name || expected.args.some((arg, i) => arg !== args[i])) {
        const wanted = `${expected.name}(${expected.args.join(', ')})`
        throw new HostError(`host call ${index} is ${name}(${args.join(', ')}); the record has ${wanted}`)
      }
      for (const { ptr, bytes } of expected.writes) caller.memory!.write(ptr, bytes)
      // Threads take turns by ticks, and this ends a turn.
      if (name === 'sched_yield') caller.yield?.()
      if (name === 'proc_exit') caller.exit(args[0]! >>> 0)
      else if (expected.errno === undefined) throw new HostError(`host call ${index}, ${name}, is where the recorded program was ended`)
      return expected.errno
    }
    imports[name] = { type, suspending: false, call }
  }
  return { wasi_snapshot_preview1: imports }
}
