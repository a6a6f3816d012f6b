/**
 * clock_res_get, clock_time_get. The precision argument is ignored: clocks give the best they have.
 */
import type { Clock } from '../../host/clock.ts'
import { fail } from '../../host/errno.ts'
import type { Time } from '../../host/time.ts'
import { CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME } from './abi.ts'
import type { Preview1Function } from './context.ts'
import { resultStruct, writeTime } from './guest-memory.ts'

/** Reads a clock by its id. No CPU clock here → `notsup`; an unknown id → `inval`. */
export function readClock(clock: Clock, id: number): Time {
  switch (id) {
    case CLOCK_REALTIME:
      return clock.wall()
    case CLOCK_MONOTONIC:
      return clock.monotonic()
    case CLOCK_PROCESS_CPUTIME:
    case CLOCK_THREAD_CPUTIME:
      if (clock.cpu === undefined) throw fail('notsup')
      return clock.cpu(id === CLOCK_PROCESS_CPUTIME ? 'process' : 'thread')
    default:
      throw fail('inval')
  }
}

export const clock_res_get: Preview1Function = (ctx, memory, id: number, result: number) => {
  const ptr = resultStruct(memory, result, 8, 8)
  if (id < CLOCK_REALTIME || id > CLOCK_THREAD_CPUTIME) throw fail('inval')
  if (id >= CLOCK_PROCESS_CPUTIME && ctx.clock.cpu === undefined) throw fail('notsup')
  writeTime(memory, ptr, ctx.clock.resolution)
  return 0
}

export const clock_time_get: Preview1Function = (ctx, memory, id: number, _precisionLo: number, _precisionHi: number, result: number) => {
  const ptr = resultStruct(memory, result, 8, 8)
  writeTime(memory, ptr, readClock(ctx.clock, id))
  return 0
}
