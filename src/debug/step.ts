/**
 * Steps: when a thread that was told to step has arrived. A step over a call lets the callee run at full speed, up to a BREAK
 * where it returns to; whatever leaves the callee otherwise passes the driver, where the depth is looked at. Called by core.ts.
 */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import type { FuncBody } from '../module/module.ts'
import { CROSS_PC, LEAVE_PC } from '../runtime/code.ts'
import type { Thread } from '../runtime/thread.ts'
import type { DebugCode } from './code.ts'
import { depthOf } from './frames.ts'

/**
 * `in`: the next instruction, wherever; `over`: the next in this function; `out`: after the return of this function; `line`:
 * the next line of the text, over calls; `line-in`: the next line, into calls; `iteration`: the start of the innermost loop
 * again, or behind it.
 */
export type StepKind = 'in' | 'over' | 'out' | 'line' | 'line-in' | 'iteration'

export interface StepPlan {
  readonly reason: 'step' | 'entry'
  readonly message: string
  /** Whether to go on by single instructions. */
  wantsStep(T: Thread, code: DebugCode): boolean
  /** At the start of an instruction: whether this is where to stop. */
  isDone(T: Thread, code: DebugCode): boolean
  /** Takes its BREAKs away. */
  dispose(): void
}

/** To the next instruction of any function. */
export class StepIn implements StepPlan {
  readonly reason: 'step' | 'entry'
  readonly message: string
  constructor(reason: 'step' | 'entry' = 'step') {
    this.reason = reason
    this.message = reason
  }
  wantsStep(): boolean {
    return true
  }
  isDone(): boolean {
    return true
  }
  dispose(): void {}
}

/** What stays in frames at most as deep as `limit`, deeper ones run at full speed. */
export class StepOver implements StepPlan {
  readonly reason = 'step'
  readonly message = 'step'
  private readonly limit: number
  private readonly arrived: (T: Thread, code: DebugCode, depth: number) => boolean
  private undo: (() => void) | undefined = undefined
  private at = -1

  /** `arrived`: whether to stop, at an instruction that is not too deep. */
  constructor(limit: number, arrived: (T: Thread, code: DebugCode, depth: number) => boolean = () => true) {
    this.limit = limit
    this.arrived = arrived
  }

  wantsStep(T: Thread, code: DebugCode): boolean {
    const depth = depthOf(T)
    if (depth <= this.limit) {
      this.dispose()
      return true
    }
    // Only once for a callee: it may come back here many times.
    if (this.at !== depth && (this.undo === undefined || depth === this.limit + 1)) this.await(T, code, depth)
    return false
  }

  /** Where the frame returns to gets a BREAK, if it is in the same code; other returns pass the driver. */
  private await(T: Thread, code: DebugCode, depth: number): void {
    if (depth !== this.limit + 1) return
    this.dispose()
    this.at = depth
    const funcidx = T.executor.functionAt(T.instance, T.unit, T.pc, false)
    const pc = T.R[T.fp + T.instance.funcs[funcidx]!.layout.link * 2]!
    if (pc === LEAVE_PC || pc === CROSS_PC) return
    code.addTemporary(pc)
    this.undo = () => code.removeTemporary(pc)
  }

  isDone(T: Thread, code: DebugCode): boolean {
    const depth = depthOf(T)
    return depth <= this.limit && this.arrived(T, code, depth)
  }

  dispose(): void {
    this.undo?.()
    this.undo = undefined
    this.at = -1
  }
}

/** The innermost loop around the instruction at `offset`: its first instruction, and the offset of its `end`. */
export function loopAround(body: FuncBody, offset: number): { readonly start: number; readonly end: number } | undefined {
  const r = new InstructionReader(body.bytes, body.start, body.end)
  const open: { readonly isLoop: boolean; readonly start: number }[] = []
  let found: { start: number; end: number } | undefined
  while (r.next()) {
    const { opcode } = r.instruction
    // block, loop, if, try, try_table open a block; end and delegate close it.
    if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0x06 || opcode === 0x1f) open.push({ isLoop: opcode === 0x03, start: r.pos })
    else if (opcode === 0x0b || opcode === 0x18) {
      const block = open.pop()
      if (block?.isLoop === true && block.start <= offset && offset <= r.at && found === undefined)
        found = { start: block.start, end: r.at }
    }
  }
  return found
}
