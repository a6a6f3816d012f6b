/** References and branches on null (spec §3.4.7, §3.4.1). Collected by ./index.ts. */
import { type HeapType, I32, formatValType, heapOf, isRef, refType } from '../../spec/types.ts'
import type { BodyValidator, Rule } from '../body.ts'
import { labelTypes } from './control.ts'

/** Not null any more. */
const nonNull = (heap: HeapType): number => refType(false, heap)

/** Label types of a branch that carries a reference on top. */
export function labelWithRef(v: BodyValidator, labelidx: number): readonly number[] {
  const types = labelTypes(v.label(labelidx))
  const last = types[types.length - 1]
  if (last === undefined || !isRef(last)) {
    v.fail(
      'type mismatch',
      `the branch carries a reference, label ${labelidx} takes ${last === undefined ? 'nothing' : formatValType(last)}`,
    )
  }
  return types
}

export const referenceRules: Record<string, Rule> = {
  'ref.null'(v, r) {
    v.heap(r.heap)
    v.push(refType(true, r.heap))
  },
  'ref.is_null'(v) {
    v.popRef()
    v.push(I32)
  },
  'ref.func'(v, r) {
    const { funcs } = v.c.module
    v.c.check('function', r.index, funcs.length, r.at)
    if (v.c.declared[r.index] === 0) {
      v.fail(
        'undeclared function reference',
        `function ${r.index} must occur in an export, a global or an element segment (a declarative one will do)`,
      )
    }
    v.push(nonNull(funcs[r.index]!))
  },
  'ref.as_non_null'(v) {
    v.push(nonNull(heapOf(v.popRef())))
  },
  br_on_null(v, r) {
    const types = labelTypes(v.label(r.index))
    const ref = v.popRef()
    v.popAll(types)
    v.pushAll(types)
    v.push(nonNull(heapOf(ref)))
  },
  br_on_non_null(v, r) {
    const types = labelWithRef(v, r.index)
    v.push(nonNull(heapOf(v.popRef())))
    v.popAll(types)
    v.pushAll(types)
    v.popAny()
  },
}
