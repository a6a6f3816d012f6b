/**
 * Translation of stack switching (proposal). A clause `on` of a resume goes on at a landing of its own behind it, where the
 * values of the suspension are at home on the operand stack; from there it is a branch like any other.
 */
import { BR, CONT_BIND, CONT_NEW, RESUME, RESUME_THROW, RESUME_THROW_REF, SUSPEND, SWITCH } from '../../ops/numbers.gen.ts'
import type { SuspendClause } from '../../runtime/continuation.ts'
import { type FuncType, type ValType, heapOf, refType } from '../../spec/types.ts'
import type { Translator } from '../translator.ts'
import type { Rule } from './control.ts'

/** The typeidx of the function type that a continuation type goes on as. */
function funcTypeidx(t: Translator, contidx: number): number {
  const { comp } = t.module.types[contidx]!
  if (comp.kind !== 'cont') throw new Error('not a continuation type')
  return comp.typeidx
}
const contRef = (typeidx: number): ValType => refType(false, typeidx)
const funcType = (t: Translator, typeidx: number): FuncType => t.module.types[typeidx]!.comp as FuncType
const tagType = (t: Translator, tag: number): FuncType => funcType(t, t.module.tags[tag]!.typeidx)

/** Emits the landings of the clauses, past which the code goes on, and gives the clauses. */
function landings(t: Translator): SuspendClause[] {
  const { out, stack } = t
  const { clauses } = t.reader
  if (!clauses.some(({ kind }) => kind === 'on')) return clauses.map((c) => ({ ...c, kind: 'switch', pc: 0, slot: 0, refSlot: 0 }))
  out.emit(BR, 0)
  const over = out.last + 1
  const made = clauses.map(({ kind, tag, label }): SuspendClause => {
    if (kind !== 'on') return { kind: 'switch', tag, label, pc: 0, slot: 0, refSlot: 0 }
    out.barrier()
    const pc = out.pos
    const target = t.label(label)
    const { params } = tagType(t, tag)
    const slot = stack.nextHome()
    let refSlot = 0
    stack.keeping(() => {
      t.pushHome(params)
      refSlot = t.push(target.branchTypes[target.branchTypes.length - 1]!)
      t.branch(target)
    })
    return { kind, tag, label, pc, slot, refSlot }
  })
  out.code[over] = out.pos
  out.barrier()
  return made
}

/** What all forms of resume end with: `operands` are those before the base. */
function emitResume(t: Translator, number: number, operands: readonly number[], base: number, typeidx: number): void {
  const { clauses } = t.out.unit
  const { results } = funcType(t, typeidx)
  t.high = Math.max(t.high, base + t.slotCount(results))
  const index = clauses.push([]) - 1
  t.out.emit(number, ...operands, base * 2, typeidx, index)
  clauses[index] = landings(t)
  t.pushHome(results)
}

export const continuationRules: Record<string, Rule> = {
  'cont.new': (t) => {
    const a = t.popSlot().slot
    t.out.emit(CONT_NEW, t.push(contRef(t.reader.index)), a)
  },
  'cont.bind': (t) => {
    const { index, index2 } = t.reader
    const bound = funcType(t, funcTypeidx(t, index)).params.length - funcType(t, funcTypeidx(t, index2)).params.length
    const a = t.popSlot().slot
    const base = t.takeHome(bound)
    t.out.emit(CONT_BIND, t.push(contRef(index2)), a, bound, base * 2)
  },
  suspend: (t) => {
    const { params, results } = tagType(t, t.reader.index)
    const base = t.takeHome(params.length)
    t.high = Math.max(t.high, base + t.slotCount(results))
    t.out.emit(SUSPEND, t.reader.index, base * 2)
    t.pushHome(results)
  },
  resume: (t) => {
    const typeidx = funcTypeidx(t, t.reader.index)
    const a = t.popSlot().slot
    const base = t.takeHome(funcType(t, typeidx).params.length)
    emitResume(t, RESUME, [a], base, typeidx)
  },
  resume_throw: (t) => {
    const { index, index2 } = t.reader
    const a = t.popSlot().slot
    const base = t.takeHome(tagType(t, index2).params.length)
    emitResume(t, RESUME_THROW, [a, index2], base, funcTypeidx(t, index))
  },
  resume_throw_ref: (t) => {
    const a = t.popSlot().slot
    const b = t.popSlot().slot
    emitResume(t, RESUME_THROW_REF, [a, b], t.stack.nextHome(), funcTypeidx(t, t.reader.index))
  },
  switch: (t) => {
    const { index, index2 } = t.reader
    const { params } = funcType(t, funcTypeidx(t, index))
    // The last parameter of the target is what this continuation becomes.
    const own = funcTypeidx(t, heapOf(params[params.length - 1]!))
    const a = t.popSlot().slot
    const base = t.takeHome(params.length - 1)
    const results = funcType(t, own).params
    t.high = Math.max(t.high, base + t.slotCount(results))
    t.out.emit(SWITCH, a, index2, base * 2, own)
    t.pushHome(results)
  },
}
