/** Stack switching (proposal): continuations are made and bound here; the driver transfers control. */
import { CONT_BIND, CONT_NEW, RESUME, RESUME_THROW, RESUME_THROW_REF, SUSPEND, SWITCH } from '../../ops/numbers.gen.ts'
import { Continuation, type Transfer } from '../../runtime/continuation.ts'
import { Exn } from '../../runtime/exception.ts'
import type { Func } from '../../runtime/func.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Thread } from '../../runtime/thread.ts'
import type { FuncType } from '../../spec/types.ts'
import { consume } from '../continuations.ts'
import { readBits } from '../values.ts'
import type { ColdOp } from './index.ts'

const NULL_CONTINUATION = TRAP['null continuation reference']!
const NO_CLAUSES: Transfer['clauses'] = []

export const funcType = (T: Thread, typeidx: number): FuncType => T.instance.module.types[typeidx]!.comp as FuncType

export const newContinuation = (f: Func): Continuation => new Continuation(f.type.params, f)

/** The continuation with `count` more values bound, which lie at `base`. Uses the old one up. */
export function bind(T: Thread, k: Continuation | null, count: number, base: number): Continuation {
  const origin = consume(k)
  const { params, bound, boundCount } = k!
  return new Continuation(
    params,
    origin,
    [...bound, ...readBits(T, params.slice(boundCount, boundCount + count), base)],
    boundCount + count,
  )
}

/** Asks the driver to go on with `k`. */
export function transfer(T: Thread, k: Continuation | null, rest: Omit<Transfer, 'target'>, status: number): number {
  if (k === null) return NULL_CONTINUATION
  T.transfer = { target: k, ...rest }
  return status
}

/** Operands `a:ref … base type clauses` of a resume: the last three begin at word `at`. */
function resume(T: Thread, code: Int32Array, pc: number, fp: number, at: number, exn: Exn | undefined): number {
  const k = T.refs[(fp >> 1) + code[pc + 1]!] as Continuation | null
  const clauses = T.unit!.clauses[code[at + 2]!]!
  return transfer(T, k, { base: fp + code[at]!, tag: undefined, exn, clauses, types: funcType(T, code[at + 1]!).results }, STATUS.resume)
}

export const continuationOps: Record<number, ColdOp> = {
  [CONT_NEW]: (T, code, pc, fp) => {
    const f = T.refs[(fp >> 1) + code[pc + 2]!] as Func | null
    if (f === null) return TRAP['null function reference']!
    T.refs[(fp >> 1) + code[pc + 1]!] = newContinuation(f)
    return STATUS.next
  },
  [CONT_BIND]: (T, code, pc, fp) => {
    const k = T.refs[(fp >> 1) + code[pc + 2]!] as Continuation | null
    T.refs[(fp >> 1) + code[pc + 1]!] = bind(T, k, code[pc + 3]!, fp + code[pc + 4]!)
    return STATUS.next
  },
  [SUSPEND]: (T, code, pc, fp) => {
    const tag = T.instance.tags[code[pc + 1]!]!
    T.transfer = { target: undefined, base: fp + code[pc + 2]!, tag, exn: undefined, clauses: NO_CLAUSES, types: tag.type.results }
    return STATUS.suspend
  },
  [RESUME]: (T, code, pc, fp) => resume(T, code, pc, fp, pc + 2, undefined),
  [RESUME_THROW]: (T, code, pc, fp) => {
    const tag = T.instance.tags[code[pc + 2]!]!
    return resume(T, code, pc, fp, pc + 3, new Exn(tag, readBits(T, tag.type.params, fp + code[pc + 3]!)))
  },
  [RESUME_THROW_REF]: (T, code, pc, fp) => {
    const exn = T.refs[(fp >> 1) + code[pc + 2]!] as Exn | null
    return exn === null ? TRAP['null exception reference']! : resume(T, code, pc, fp, pc + 3, exn)
  },
  [SWITCH]: (T, code, pc, fp) => {
    const k = T.refs[(fp >> 1) + code[pc + 1]!] as Continuation | null
    const tag = T.instance.tags[code[pc + 2]!]
    return transfer(
      T,
      k,
      { base: fp + code[pc + 3]!, tag, exn: undefined, clauses: NO_CLAUSES, types: funcType(T, code[pc + 4]!).params },
      STATUS.switchTo,
    )
  },
}
