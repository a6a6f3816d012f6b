/**
 * What a trap looked like: the instruction with its operands, and the locals of its frame, read before the thread is unwound.
 * Costs nothing until something traps. Called by the command line's `run`.
 */
import { isTrap } from '../errors.ts'
import * as STATUS from '../runtime/status.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { Frame, rawFrames } from './frames.ts'

export interface TrapScene {
  readonly funcidx: number
  readonly func: string | undefined
  readonly offset: number
  readonly instruction: string
  /** Of the instruction, as they were; of one that takes any number, all that were on the stack. */
  readonly operands: readonly string[]
  readonly locals: readonly { readonly name: string; readonly text: string }[]
}

/** The executor with an eye on traps. */
export function witnessed(executor: Executor, onTrap: (scene: TrapScene) => void): Executor {
  return {
    ...executor,
    run: (T) => {
      let status: number
      try {
        status = executor.run(T)
      } catch (error) {
        // The reference executor throws some traps. It keeps no operands that could be shown.
        if (isTrap(error)) onTrap(sceneOf(T))
        throw error
      }
      if (status >= STATUS.firstTrap) onTrap(sceneOf(T))
      return status
    },
  }
}

function sceneOf(T: Thread): TrapScene {
  const [raw] = rawFrames(T, 1)
  const frame = new Frame(T, raw!, undefined)
  const { funcidx, func, offset, instruction } = frame
  const stack = frame.stack.map(({ text }) => text)
  const count = frame.operandCount
  return {
    funcidx,
    func,
    offset,
    instruction,
    operands: count === undefined ? stack : stack.slice(Math.max(0, stack.length - count)),
    locals: [...frame.locals].map(({ name, index, text }) => ({ name: name ?? `$${index}`, text })),
  }
}
