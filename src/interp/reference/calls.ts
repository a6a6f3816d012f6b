/**
 * Calls, tail calls and returns (spec §4.6.2, §4.6.5). A call inside the instance pushes a frame and goes on; one that
 * leaves it (a host function, another instance) is handed to the driver, which finds the arguments where a frame would begin.
 *
 * Frame, in slots: [max(params, results)] [link: return pc, caller's fp] [other locals] [operands]
 */
import type { Func } from '../../runtime/func.ts'
import * as STATUS from '../../runtime/status.ts'
import type { Thread } from '../../runtime/thread.ts'
import { matchesCanonical } from '../../spec/matching.ts'
import { type ValType, slotsOf } from '../../spec/types.ts'
import { addressAt } from '../cold/memory.ts'
import { clearRefs } from '../frames.ts'
import { type Machine, type Rule, dropLabels, trap } from './machine.ts'
import { entryOf } from './outline.ts'

/** Sets the frame up, at a function's entry. The caller, or the driver, has written arguments and link. */
export function enterFunction(m: Machine): number {
  const { T, outline } = m
  const { size, firstLocal, firstOperand, layout, body } = outline
  if (T.depth > T.maxDepth || T.fp + size > T.R.length) return STATUS.stackFull
  // Locals begin as zero or null. (One without a default cannot be read before it is written.)
  T.R.fill(0, T.fp + firstLocal, T.fp + firstOperand)
  clearRefs(T, (T.fp + firstLocal) >> 1, (T.fp + firstOperand) >> 1)
  T.sp = T.fp + firstOperand
  dropLabels(T, T.depth - 1)
  m.pushLabel('function', body.end, layout.resultSlots * 2, T.sp)
  T.pc = body.start
  return STATUS.next
}

/** Moves values of these types to the start of the frame and lets go of all references above them. */
function moveToStart(m: Machine, types: readonly ValType[], from: number): void {
  const { T, outline } = m
  let offset = 0
  for (const type of types) {
    m.copy(type, T.fp + offset, from + offset)
    offset += slotsOf(type) * 2
  }
  clearRefs(T, (T.fp + offset) >> 1, (T.fp + outline.size) >> 1)
}

/** Returning from a function (§4.6.5): the results go to where the arguments were, which is the top of the caller's stack. */
export function returnFromFunction(m: Machine): number {
  const { T, outline } = m
  const { link, resultSlots } = outline.layout
  const returnPc = T.R[T.fp + link * 2]!
  const callerFp = T.R[T.fp + link * 2 + 1]!
  moveToStart(m, outline.type.results, T.sp - resultSlots * 2)
  T.sp = T.fp + resultSlots * 2
  T.fp = callerFp
  T.depth--
  dropLabels(T, T.depth)
  m.next = returnPc
  return STATUS.next
}

/** The link of a frame of `f` at `base`: where its caller goes on, and the caller's frame. */
function writeLink(T: Thread, base: number, f: Func, returnPc: number, callerFp: number): void {
  const link = base + f.layout.link * 2
  T.R[link] = returnPc
  T.R[link + 1] = callerFp
}

/** Calls `f`, whose arguments are on top of the stack. */
function invoke(m: Machine, f: Func): number {
  const { T } = m
  const base = T.sp - f.layout.paramSlots * 2
  if (f.instance !== T.instance) {
    // The driver counts the tick.
    T.callee = f
    T.base = base
    return STATUS.call
  }
  writeLink(T, base, f, m.next, T.fp)
  T.fp = base
  T.depth++
  return m.jumpWithTick(entryOf(T.instance.module, f.funcidx))
}

/** Calls `f` in place of the current function (§4.6.2 return_call): the arguments move down, the link stays what it was. */
function invokeTail(m: Machine, f: Func): number {
  const { T, outline } = m
  const base = T.sp - f.layout.paramSlots * 2
  const ownLink = outline.layout.link * 2
  if (f.instance !== T.instance) {
    // The driver moves the arguments, and lets go of the frame's references.
    T.callee = f
    T.base = base
    T.ownLink = ownLink
    T.ownEnd = outline.size >> 1
    return STATUS.tailCall
  }
  const returnPc = T.R[T.fp + ownLink]!
  const callerFp = T.R[T.fp + ownLink + 1]!
  moveToStart(m, f.type.params, base)
  writeLink(T, T.fp, f, returnPc, callerFp)
  return m.jumpWithTick(entryOf(T.instance.module, f.funcidx))
}

type Invoke = (m: Machine, f: Func) => number

/** call, return_call: the function is an immediate. */
const direct =
  (go: Invoke): Rule =>
  (m) =>
    go(m, m.T.instance.funcs[m.reader.index]!)

/** call_ref, return_call_ref: the function is an operand. */
const byReference =
  (go: Invoke): Rule =>
  (m) => {
    const f = m.popRef() as Func | null
    return f === null ? trap('null function reference') : go(m, f)
  }

/** A trap whose message ends with the table index. */
function trapAt(T: Thread, message: string, index: number): number {
  T.trapDetail = index
  return trap(message)
}

/** call_indirect, return_call_indirect: the function is in a table, and its type is checked. */
const indirect =
  (go: Invoke): Rule =>
  (m) => {
    const { T, reader } = m
    const expected = T.instance.shared.typeIds[reader.index]!
    const { elements, type } = T.instance.tables[reader.index2]!
    const i = addressAt(T.R, m.pop(), type.limits.is64)
    if (i >= elements.length) return trapAt(T, 'undefined element', i)
    const f = elements[i] as Func | null
    if (f === null) return trapAt(T, 'uninitialized element', i)
    if (!matchesCanonical(f.typeId, expected)) return trap('indirect call type mismatch')
    return go(m, f)
  }

export const callRules: Record<string, Rule> = {
  call: direct(invoke),
  call_ref: byReference(invoke),
  call_indirect: indirect(invoke),
  return_call: direct(invokeTail),
  return_call_ref: byReference(invokeTail),
  return_call_indirect: indirect(invokeTail),
}
