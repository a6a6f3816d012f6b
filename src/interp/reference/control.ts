/**
 * Parametric and control instructions but for calls (spec §4.6.1, §4.6.2), and how blocks are entered and left (§4.6.3).
 */
import * as STATUS from '../../runtime/status.ts'
import { layoutOf } from '../../runtime/func.ts'
import { slotsOf } from '../../spec/types.ts'
import { copySlots } from '../frames.ts'
import { returnFromFunction } from './calls.ts'
import { type Machine, type Rule, trap } from './machine.ts'

/** Places that the parameters and the results of the current instruction's block type take (§4.4.1). */
export function blockWidths({ reader, T }: Machine): { params: number; results: number } {
  if (reader.blockTypeidx < 0) return { params: 0, results: reader.blockResult === 0 ? 0 : slotsOf(reader.blockResult) * 2 }
  const { comp } = T.instance.module.types[reader.blockTypeidx]!
  if (comp.kind !== 'func') throw new Error('a block type is a function type')
  const { paramSlots, resultSlots } = layoutOf(comp)
  return { params: paramSlots * 2, results: resultSlots * 2 }
}

/** Offset of the `end` that belongs to the current block or `else` (of a `delegate`, its last byte). */
export const endOf = ({ outline, T }: Machine): number => outline.ends.get(T.pc)!

/** Enters a block whose label is behind its end. Its parameters stay on the stack, above the label. */
function enterBlock(m: Machine): void {
  const { params, results } = blockWidths(m)
  m.pushLabel('block', endOf(m) + 1, results, m.T.sp - params)
}

/** A branch to label `depth`. A taken back-edge is a tick. */
export function branch(m: Machine, depth: number): number {
  const isLoop = m.label(depth).kind === 'loop'
  leaveTo(m, depth)
  return isLoop ? m.jumpWithTick(m.next) : STATUS.next
}

/** The values that label `depth` wants move down to where its block began, and all labels inside it go. */
export function leaveTo(m: Machine, depth: number): void {
  const { T } = m
  const { kind, next, width, sp } = m.label(depth)
  if (kind === 'function') {
    returnFromFunction(m)
    return
  }
  copySlots(T, sp, T.sp - width, width)
  T.sp = sp + width
  // A loop begins anew, so its label stays.
  T.labels.length -= kind === 'loop' ? depth : depth + 1
  m.next = next
}

/** Places of an operand of `drop` or `select`, whose type only validation knows. */
const operandWidth = ({ outline, T }: Machine): number => (outline.onVectors.has(T.pc) ? 4 : 2)

export const controlRules: Record<string, Rule> = {
  nop: () => {},
  unreachable: () => trap('unreachable'),
  drop: (m) => {
    m.T.sp -= operandWidth(m)
  },
  // With and without a type immediate: the operands are alike, and only one of them is copied.
  select: (m) => {
    const { T } = m
    const width = operandWidth(m)
    const condition = m.popI32()
    T.sp -= width
    if (condition === 0) copySlots(T, T.sp - width, T.sp, width)
  },

  block: enterBlock,
  loop: (m) => {
    const { params } = blockWidths(m)
    m.pushLabel('loop', m.next, params, m.T.sp - params)
  },
  if: (m) => {
    const otherwise = m.outline.elses.get(m.T.pc)
    if (m.popI32() !== 0) enterBlock(m)
    else if (otherwise !== undefined) {
      enterBlock(m)
      m.next = otherwise + 1
    } else m.next = endOf(m) + 1
  },
  // Reached only from above, when the first arm of an `if` is done.
  else: (m) => {
    m.next = endOf(m)
  },
  // The results of the block are on top of the stack already, where what follows expects them.
  end: (m) => {
    if (m.label(0).kind === 'function') return returnFromFunction(m)
    m.T.labels.pop()
    return STATUS.next
  },

  br: (m) => branch(m, m.reader.index),
  br_if: (m) => (m.popI32() !== 0 ? branch(m, m.reader.index) : STATUS.next),
  br_table: (m) => {
    const { labels } = m.reader
    const i = m.popI32() >>> 0
    return branch(m, labels[Math.min(i, labels.length - 1)]!)
  },
  br_on_null: (m) => {
    const ref = m.popRef()
    if (ref === null) return branch(m, m.reader.index)
    m.pushRef(ref)
    return STATUS.next
  },
  br_on_non_null: (m) => {
    const ref = m.popRef()
    if (ref === null) return STATUS.next
    m.pushRef(ref)
    return branch(m, m.reader.index)
  },
  return: (m) => returnFromFunction(m),
}
