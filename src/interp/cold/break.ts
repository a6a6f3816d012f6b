/** The op that a debugger writes over others (src/debug/code.ts). */
import { BREAK } from '../../ops/numbers.gen.ts'
import * as STATUS from '../../runtime/status.ts'
import type { ColdOp } from './index.ts'

export const breakOps: Record<number, ColdOp> = {
  [BREAK]: () => STATUS.breakpoint,
}
