/** The `switch` executor: register code of either tier, linked, on the generated dispatch loop. */
import { type CodeUnit, LEAVE_PC } from '../runtime/code.ts'
import type { Instance } from '../runtime/instance.ts'
import * as STATUS from '../runtime/status.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { link } from './link.ts'
import { registerExecutor } from './register-executor.ts'
import { run } from './switch.gen.ts'

/**
 * Enters and leaves the loop a few times on a thread that has nothing to do. V8 must have seen the way out before it
 * compiles the loop while it runs; else that code is thrown away at the end of every slice (measured: up to 4 times slower).
 */
let warm = false
function warmUp(T: Thread): void {
  warm = true
  const { pc, unit } = T
  T.pc = LEAVE_PC
  link(unit!, LEAVE_PC)
  for (let i = 0; i < 32; i++) run(T)
  T.pc = pc
  T.unit = unit
}
export function runSwitch(T: Thread): number {
  if (!warm) warmUp(T)
  for (;;) {
    const status = run(T)
    if (status !== STATUS.link) return status
    link(T.unit!, T.pc)
  }
}

export const switchFast: Executor = registerExecutor('switch', 'fast', runSwitch)
export const switchExact: Executor = registerExecutor('switch', 'exact', runSwitch)

/**
 * Runs instrumented code. `units` gives the code of a module; `entered` and `left` are told each time a thread comes from the
 * driver and goes back to it, with the status.
 */
export function inspecting(
  units: (shared: Instance['shared']) => CodeUnit,
  entered: (T: Thread) => void,
  left: (T: Thread, status: number) => void,
): Executor {
  return {
    ...switchExact,
    name: 'inspect',
    isWatched: true,
    unitOf: units,
    run: (T) => {
      entered(T)
      const status = runSwitch(T)
      left(T, status)
      return status
    },
  }
}
