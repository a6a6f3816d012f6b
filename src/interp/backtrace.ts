/** Wasm backtraces: walks the frames of a thread, innermost first, through the links in the register file. */
import type { TraceFrame } from '../errors.ts'
import { moduleNames } from '../module/names.ts'
import { CROSS_PC, LEAVE_PC } from '../runtime/code.ts'
import type { Thread } from '../runtime/thread.ts'

/** Frames kept in an error; the rest of a deep stack is left out. */
const MAX_FRAMES = 50

export function backtrace(T: Thread): TraceFrame[] {
  const frames: TraceFrame[] = []
  let { instance, unit, pc, fp } = T
  let returning = false
  let s = T.saved.length - 1
  while (frames.length < MAX_FRAMES) {
    const { funcidx, offset } = T.executor.locate(instance, unit, pc, returning)
    const names = moduleNames(instance.module)
    frames.push({ funcidx, name: names.funcs.get(funcidx), offset, module: names.module })
    const func = instance.funcs[funcidx]
    if (func === undefined) break
    const link = fp + func.layout.link * 2
    pc = T.R[link]!
    fp = T.R[link + 1]!
    returning = true
    if (pc === LEAVE_PC || pc === CROSS_PC) {
      const saved = T.saved[s--]
      // The outermost entry frame has nothing below it.
      if (saved === undefined || (saved.entry && s < 0)) break
      ;({ instance, unit, pc } = saved)
      // Below an entry frame stands a caller in the middle of its host call.
      if (saved.entry) returning = false
    }
  }
  return frames
}
