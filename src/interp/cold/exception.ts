/** Throws (spec §4.6.4). The driver looks for the handler. */
import { THROW, THROW_KNOWN, THROW_REF } from '../../ops/numbers.gen.ts'
import { Exn } from '../../runtime/exception.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import { readBits } from '../values.ts'
import type { ColdOp } from './index.ts'

const NULL_EXCEPTION = TRAP['null exception reference']!

/** Operands `tag base`: throws an exception with the values there. */
const throwTag: ColdOp = (T, code, pc, fp) => {
  const tag = T.instance.tags[code[pc + 1]!]!
  T.exn = new Exn(tag, readBits(T, tag.type.params, fp + code[pc + 2]!))
  return STATUS.thrown
}

export const exceptionOps: Record<number, ColdOp> = {
  [THROW]: throwTag,
  [THROW_KNOWN]: (T, code, pc, fp) => {
    if (T.isWatched || T.ticks === 1) return throwTag(T, code, pc, fp)
    T.ticks--
    return STATUS.next
  },
  [THROW_REF]: (T, code, pc, fp) => {
    const exn = T.refs[(fp >> 1) + code[pc + 1]!] as Exn | null
    if (exn === null) return NULL_EXCEPTION
    T.exn = exn
    return STATUS.thrown
  },
}
