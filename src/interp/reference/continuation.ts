/** Stack switching (proposal). Control is transferred by the driver; a suspension lands at a label of the frame that resumed. */
import type { Clause } from '../../decoder/instruction-reader.ts'
import type { Continuation, SuspendClause, Transfer } from '../../runtime/continuation.ts'
import { Exn } from '../../runtime/exception.ts'
import type { Func } from '../../runtime/func.ts'
import * as STATUS from '../../runtime/status.ts'
import type { Values } from '../../runtime/thread.ts'
import { type ContType, type FuncType, type ValType, heapOf, slotsOf } from '../../spec/types.ts'
import { bind, funcType, newContinuation, transfer } from '../cold/continuation.ts'
import { readBits, writeBits } from '../values.ts'
import { branch } from './control.ts'
import { type Machine, type Rule, trap } from './machine.ts'

const width = (types: readonly ValType[]): number => types.reduce((n, type) => n + slotsOf(type) * 2, 0)

/** The function type that a continuation type goes on as. */
const contFunc = (m: Machine, typeidx: number): FuncType => funcType(m.T, (m.T.instance.module.types[typeidx]!.comp as ContType).typeidx)

/** Takes values off; gives the place of the first. */
function take(m: Machine, types: readonly ValType[]): number {
  return (m.T.sp -= width(types))
}

const toSuspend = (clauses: readonly Clause[]): SuspendClause[] =>
  clauses.map(({ kind, tag, label }) => ({ kind: kind === 'on' ? 'on' : 'switch', tag, label, pc: 0, slot: 0, refSlot: 0 }))

/** All forms of resume: operands besides the continuation stood at `base`. */
function resume(m: Machine, k: Continuation | null, base: number, exn: Exn | undefined): number {
  const clauses = toSuspend(m.reader.clauses)
  const { results } = contFunc(m, m.reader.index)
  return transfer(m.T, k, { base, tag: undefined, exn, clauses, types: results }, STATUS.resume)
}

/** Goes on at the label of a clause: with the values, and on top the continuation. */
export function landAt(m: Machine, clause: SuspendClause, { types, bits }: Values, continuation: Continuation): void {
  const { T } = m
  T.sp = writeBits(T, types, T.sp, bits)
  m.pushRef(continuation)
  // A loop's label takes its tick when it comes by way of a branch.
  branch(m, clause.label)
  T.pc = m.next
}

const NO_CLAUSES: Transfer['clauses'] = []

export const continuationRules: Record<string, Rule> = {
  'cont.new': (m) => {
    const f = m.popRef() as Func | null
    if (f === null) return trap('null function reference')
    m.pushRef(newContinuation(f))
    return STATUS.next
  },
  'cont.bind': (m) => {
    const { index, index2 } = m.reader
    const from = contFunc(m, index).params
    const count = from.length - contFunc(m, index2).params.length
    const k = m.popRef() as Continuation | null
    const base = take(m, from.slice(0, count))
    m.pushRef(bind(m.T, k, count, base))
  },
  suspend: (m) => {
    const tag = m.T.instance.tags[m.reader.index]!
    const base = take(m, tag.type.params)
    m.T.transfer = { target: undefined, base, tag, exn: undefined, clauses: NO_CLAUSES, types: tag.type.results }
    return STATUS.suspend
  },
  resume: (m) => {
    const k = m.popRef() as Continuation | null
    return resume(m, k, take(m, contFunc(m, m.reader.index).params), undefined)
  },
  resume_throw: (m) => {
    const k = m.popRef() as Continuation | null
    const tag = m.T.instance.tags[m.reader.index2]!
    const base = take(m, tag.type.params)
    return resume(m, k, base, new Exn(tag, readBits(m.T, tag.type.params, base)))
  },
  resume_throw_ref: (m) => {
    const k = m.popRef() as Continuation | null
    const exn = m.popRef() as Exn | null
    return exn === null ? trap('null exception reference') : resume(m, k, m.T.sp, exn)
  },
  switch: (m) => {
    const k = m.popRef() as Continuation | null
    const { params } = contFunc(m, m.reader.index)
    const types = contFunc(m, heapOf(params[params.length - 1]!)).params
    const base = take(m, params.slice(0, -1))
    return transfer(m.T, k, { base, tag: m.T.instance.tags[m.reader.index2], exn: undefined, clauses: NO_CLAUSES, types }, STATUS.switchTo)
  },
}
