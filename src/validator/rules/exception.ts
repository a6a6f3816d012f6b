/** Exceptions (spec §3.4.1) and the legacy proposal of 2021. Collected by ./index.ts. */
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import { type ValType, EXNREF, HEAP_EXN, refType } from '../../spec/types.ts'
import type { BodyValidator, Rule } from '../body.ts'
import { labelTypes, openBlock } from './control.ts'

const EXN: ValType = refType(false, HEAP_EXN)
const NO_TYPES: readonly ValType[] = []

/** What each clause carries must match its label, counted from outside the block. */
function catches(v: BodyValidator, r: InstructionReader): void {
  for (const clause of r.clauses) {
    const params = clause.tag >= 0 ? v.c.tag(clause.tag, r.at).params : NO_TYPES
    const carried = clause.kind === 'catch_ref' || clause.kind === 'catch_all_ref' ? [...params, EXN] : params
    v.matchAll(carried, labelTypes(v.label(clause.label)), `${clause.kind}: the values for label ${clause.label}`)
  }
}

/** Legacy: `catch` and `catch_all` end the part before them. */
function nextPart(v: BodyValidator, kind: 'catch' | 'catch_all'): void {
  if (v.frame.kind !== 'try' && v.frame.kind !== 'catch') v.fail('END opcode expected', `${kind} without try`)
  const { results } = v.close()
  v.open(kind, NO_TYPES, results)
}

export const exceptionRules: Record<string, Rule> = {
  throw(v, r) {
    const { params } = v.c.tag(r.index, r.at)
    v.popAll(params)
    v.unreachable()
  },
  throw_ref(v) {
    v.pop(EXNREF)
    v.unreachable()
  },
  try_table(v, r) {
    v.blockType(r)
    catches(v, r)
    openBlock(v, 'try_table')
  },

  try(v, r) {
    v.blockType(r)
    openBlock(v, 'try')
  },
  catch(v, r) {
    const { params } = v.c.tag(r.index, r.at)
    nextPart(v, 'catch')
    v.pushAll(params)
  },
  catch_all: (v) => nextPart(v, 'catch_all'),
  delegate(v, r) {
    if (v.frame.kind !== 'try') v.fail('END opcode expected', 'delegate without try')
    const { results } = v.close()
    // The label counts from outside the try, the function included.
    v.label(r.index)
    v.pushAll(results)
  },
  rethrow(v, r) {
    const { kind } = v.label(r.index)
    if (kind !== 'catch' && kind !== 'catch_all')
      v.fail('invalid rethrow label', `label ${r.index} is ${kind === 'func' ? 'the function' : `a ${kind}`}, not a catch`)
    v.unreachable()
  },
}
