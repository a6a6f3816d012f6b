/**
 * Wasm backtraces: walks the frames of a thread, innermost first, through the links in the register file. Finding the
 * instruction of a frame may mean to translate its function once more, so that is a step of its own.
 */
import type { TraceFrame } from '../errors.ts'
import { moduleNames } from '../module/names.ts'
import { CROSS_PC, LEAVE_PC } from '../runtime/code.ts'
import type { RawFrame, RawTrace } from '../runtime/exception.ts'
import type { Thread } from '../runtime/thread.ts'

/** Frames kept in an error; the rest of a deep stack is left out. */
const MAX_FRAMES = 50

export const backtrace = (T: Thread): TraceFrame[] => resolveTrace(rawTrace(T))

/** The frames with names and offsets. */
export function resolveTrace({ executor, frames }: RawTrace): TraceFrame[] {
  return frames.map(({ instance, unit, pc, returning }) => {
    const { funcidx, offset } = executor.locate(instance, unit, pc, returning)
    const names = moduleNames(instance.module)
    return { funcidx, name: names.funcs.get(funcidx), offset, module: names.module }
  })
}

/** The frames as they lie on the thread. */
export function rawTrace(T: Thread): RawTrace {
  const frames: RawFrame[] = []
  let { instance, unit, pc, fp, R } = T
  let returning = false
  let s = T.saved.length - 1
  while (frames.length < MAX_FRAMES) {
    frames.push({ instance, unit, pc, returning })
    const func = instance.funcs[T.executor.functionAt(instance, unit, pc, returning)]
    if (func === undefined) break
    const link = fp + func.layout.link * 2
    pc = R[link]!
    fp = R[link + 1]!
    returning = true
    if (pc === LEAVE_PC || pc === CROSS_PC) {
      const saved = T.saved[s--]
      // The outermost entry frame has nothing below it.
      if (saved === undefined || (saved.entry && s < 0)) break
      ;({ instance, unit, pc } = saved)
      if (saved.resumption !== undefined) {
        ;({ fp } = saved)
        ;({ R } = saved.resumption.stack.registers)
      }
      // Below an entry frame stands a caller in the middle of its host call.
      if (saved.entry) returning = false
    }
  }
  return { executor: T.executor, frames }
}
