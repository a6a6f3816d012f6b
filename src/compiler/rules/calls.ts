/** Translation of calls and tail calls (spec §4.6.5). Arguments are brought home, where the callee's frame begins. */
import {
  CALL,
  CALL_IMPORT,
  CALL_INDIRECT,
  CALL_REF,
  INDEX64,
  RETURN_CALL,
  RETURN_CALL_FAR,
  RETURN_CALL_INDIRECT,
  RETURN_CALL_INDIRECT_FAR,
  RETURN_CALL_REF_FAR,
} from '../../ops/numbers.gen.ts'
import type { Translator } from '../translator.ts'
import { layoutOf } from '../../runtime/func.ts'
import type { FuncType } from '../../spec/types.ts'
import type { Rule } from './control.ts'

function funcType(t: Translator, typeidx: number): FuncType {
  const { comp } = t.module.types[typeidx]!
  if (comp.kind !== 'func') throw new Error('not a function type')
  return comp
}

/** Pops the index of an indirect call as an i32; gives its slot. */
function tableIndex(t: Translator, table: number): number {
  const i = t.popSlot()
  if (!t.module.tables[table]!.limits.is64) return i.slot
  t.out.emit(INDEX64, i.home * 2, i.slot * 2)
  return i.home
}

/** Brings the arguments home, takes them off the stack and gives the slot where the callee's frame begins. */
function argumentsOf(t: Translator, type: FuncType): number {
  const base = t.takeHome(type.params.length)
  t.high = Math.max(t.high, base + layoutOf(type).link + 1)
  return base
}

function call(t: Translator): void {
  const f = t.reader.index
  const type = funcType(t, t.module.funcs[f]!)
  const base = argumentsOf(t, type)
  if (f < t.module.imported.func) t.out.emit(CALL_IMPORT, f, base * 2)
  else t.out.emit(CALL, f, base * 2, layoutOf(type).link * 2)
  t.pushHome(type.results)
}

function callIndirect(t: Translator): void {
  const { index: typeidx, index2: table } = t.reader
  const type = funcType(t, typeidx)
  const i = tableIndex(t, table)
  const base = argumentsOf(t, type)
  t.out.emit(CALL_INDIRECT, t.typeIds[typeidx], table, i * 2, base * 2, layoutOf(type).link * 2)
  t.pushHome(type.results)
}

function callRef(t: Translator): void {
  const type = funcType(t, t.reader.index)
  const f = t.popSlot()
  const base = argumentsOf(t, type)
  t.out.emit(CALL_REF, f.slot, base * 2, layoutOf(type).link * 2)
  t.pushHome(type.results)
}

/** Emits a tail call through the driver; its last operands are this frame's link and end. */
function farTailCall(t: Translator, words: readonly number[]): void {
  const [number, ...operands] = words
  t.out.emit(number!, ...operands, t.layout.link * 2, 0)
  if (t.hasRefs) t.tailClears.push(t.out.pos - 1)
}

function returnCall(t: Translator): void {
  const f = t.reader.index
  const type = funcType(t, t.module.funcs[f]!)
  const base = argumentsOf(t, type)
  const { paramSlots, link, hasRefs } = layoutOf(type)
  if (f < t.module.imported.func || t.hasRefs || hasRefs) farTailCall(t, [RETURN_CALL_FAR, f, base * 2])
  else t.out.emit(RETURN_CALL, f, base * 2, paramSlots * 2, link * 2, t.layout.link * 2)
  t.die()
}

function returnCallIndirect(t: Translator): void {
  const { index: typeidx, index2: table } = t.reader
  const type = funcType(t, typeidx)
  const i = tableIndex(t, table)
  const base = argumentsOf(t, type)
  const { paramSlots, link, hasRefs } = layoutOf(type)
  const id = t.typeIds[typeidx]!
  if (t.hasRefs || hasRefs) farTailCall(t, [RETURN_CALL_INDIRECT_FAR, id, table, i * 2, base * 2])
  else t.out.emit(RETURN_CALL_INDIRECT, id, table, i * 2, base * 2, paramSlots * 2, link * 2, t.layout.link * 2)
  t.die()
}

function returnCallRef(t: Translator): void {
  const type = funcType(t, t.reader.index)
  const f = t.popSlot()
  const base = argumentsOf(t, type)
  farTailCall(t, [RETURN_CALL_REF_FAR, f.slot, base * 2])
  t.die()
}

export const callRules: Record<string, Rule> = {
  call,
  call_indirect: callIndirect,
  call_ref: callRef,
  return_call: returnCall,
  return_call_indirect: returnCallIndirect,
  return_call_ref: returnCallRef,
}
