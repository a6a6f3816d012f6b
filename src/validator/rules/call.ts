/** Calls and tail calls (spec §3.4.1). Collected by ./index.ts. */
import { type FuncType, FUNCREF, formatValType, refType } from '../../spec/types.ts'
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { BodyValidator, Rule } from '../body.ts'

function call(v: BodyValidator, type: FuncType): void {
  v.popAll(type.params)
  v.pushAll(type.results)
}
/** A tail call returns what the callee returns. */
function tailCall(v: BodyValidator, type: FuncType): void {
  v.matchAll(type.results, v.returns, 'a tail call returns from this function; the results of the callee')
  v.popAll(type.params)
  v.unreachable()
}
/** The callee's type; the table index is on the stack above the arguments. */
function indirect(v: BodyValidator, r: InstructionReader): FuncType {
  const table = v.c.table(r.index2, r.at)
  if (!v.matches(table.element, FUNCREF)) {
    v.fail('type mismatch', `table ${r.index2} holds ${formatValType(table.element)}, which cannot be called`)
  }
  const type = v.c.funcType(r.index, r.at)
  v.pop(v.c.address(table))
  return type
}
function throughRef(v: BodyValidator, r: InstructionReader): FuncType {
  const type = v.c.funcType(r.index, r.at)
  v.pop(refType(true, r.index))
  return type
}

export const callRules: Record<string, Rule> = {
  call: (v, r) => call(v, v.c.func(r.index, r.at)),
  call_indirect: (v, r) => call(v, indirect(v, r)),
  call_ref: (v, r) => call(v, throughRef(v, r)),
  return_call: (v, r) => tailCall(v, v.c.func(r.index, r.at)),
  return_call_indirect: (v, r) => tailCall(v, indirect(v, r)),
  return_call_ref: (v, r) => tailCall(v, throughRef(v, r)),
}
