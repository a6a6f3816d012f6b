/**
 * The executor `auto` of the core: the dispatch loop. `vitrine/closure` brings the closures and the choice between the two (auto.ts),
 * which takes over from then on, also in programs that run.
 */
import * as STATUS from '../runtime/status.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { registerExecutor } from './register-executor.ts'
import { runSwitch } from './switch.ts'

let load: (() => void) | undefined
let run = (T: Thread): number => {
  const status = runSwitch(T)
  if (load !== undefined && status === STATUS.tick) {
    load()
    load = undefined
  }
  return status
}
export function provideChoice(choose: (T: Thread) => number): void {
  run = choose
}
/** `loadChoice` is called when a program has run for a whole slice, so that there is something to gain. */
export function whenWorthwhile(loadChoice: () => void): void {
  load = loadChoice
}

export const autoFast: Executor = registerExecutor('auto', 'fast', (T) => run(T))
export const autoExact: Executor = registerExecutor('auto', 'exact', (T) => run(T))
