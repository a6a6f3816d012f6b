/** Translation of constants, locals, globals and the simple reference instructions (spec §4.6.6, §4.6.9, §4.6.10). */
import {
  CELL_GET128,
  CELL_GET32,
  CELL_GET64,
  CELL_GET_REF,
  CELL_SET128,
  CELL_SET32,
  CELL_SET64,
  CELL_SET_REF,
  GLOBAL_GET32,
  GLOBAL_GET64,
  GLOBAL_SET32,
  GLOBAL_SET32_K,
  GLOBAL_SET64,
  NULL,
  REF_EQ,
  REF_FUNC,
  REF_IS_NULL,
} from '../../ops/numbers.gen.ts'
import type { Entry } from '../operand-stack.ts'
import { type Translator, isWide } from '../translator.ts'
import { F32, F64, HEAP_FUNC, I32, I64, V128, isRef, refType } from '../../spec/types.ts'
import type { Rule } from './control.ts'

function constant(type: number): Rule {
  return (t) => {
    const { lo, hi } = t.reader
    t.stack.pushConst(type, lo, isWide(type) ? hi : 0)
    if (t.exact) t.settleTop(1)
  }
}

function localGet(t: Translator): void {
  const local = t.reader.index
  const type = t.localTypes[local]!
  const slot = t.localSlots[local]!
  if (t.exact) t.move(type, t.push(type), slot)
  else t.stack.pushLocal(type, slot)
}

function localSet(t: Translator): Entry {
  const slot = t.localSlots[t.reader.index]!
  const e = t.stack.pop()
  t.settleAliasesOf(slot)
  t.store(e, slot)
  return e
}

function localTee(t: Translator): void {
  const local = t.reader.index
  const slot = t.localSlots[local]!
  if (t.exact) {
    const e = t.stack.at(t.stack.height - 1)
    t.move(e.type, slot, e.slot)
    return
  }
  const e = localSet(t)
  // The local now holds the value; a constant stays one.
  if (e.slot < 0) t.stack.pushConst(e.type, e.lo, e.hi)
  else t.stack.pushLocal(e.type, slot)
}

/** Own scalar globals lie in the instance's array; imported ones, references and vectors are reached through their cell. */
const isCell = (t: Translator, global: number): boolean => {
  const { type } = t.module.globals[global]!
  return global < t.module.imported.global || isRef(type) || type === V128
}

function globalGet(t: Translator): void {
  const global = t.reader.index
  const { type } = t.module.globals[global]!
  const home = t.push(type)
  if (isRef(type)) t.out.emit(CELL_GET_REF, home, global)
  else if (type === V128) t.out.emit(CELL_GET128, home * 2, global)
  else if (isCell(t, global)) t.out.emit(isWide(type) ? CELL_GET64 : CELL_GET32, home * 2, global)
  else t.out.emit(isWide(type) ? GLOBAL_GET64 : GLOBAL_GET32, home * 2, global * 2)
}

function globalSet(t: Translator): void {
  const global = t.reader.index
  const { type } = t.module.globals[global]!
  const value = t.stack.pop()
  if (value.slot < 0 && !isRef(type) && !isWide(type) && !isCell(t, global)) {
    t.out.emit(GLOBAL_SET32_K, global * 2, value.lo)
    return
  }
  const e = t.inSlot(value)
  if (isRef(type)) t.out.emit(CELL_SET_REF, global, e.slot)
  else if (type === V128) t.out.emit(CELL_SET128, global, e.slot * 2)
  else if (isCell(t, global)) t.out.emit(isWide(type) ? CELL_SET64 : CELL_SET32, global, e.slot * 2)
  else t.out.emit(isWide(type) ? GLOBAL_SET64 : GLOBAL_SET32, global * 2, e.slot * 2)
}

export const variableRules: Record<string, Rule> = {
  'i32.const': constant(I32),
  'i64.const': constant(I64),
  'f32.const': constant(F32),
  'f64.const': constant(F64),
  'local.get': localGet,
  'local.set': (t) => void localSet(t),
  'local.tee': localTee,
  'global.get': globalGet,
  'global.set': globalSet,
  'ref.null': (t) => t.out.emit(NULL, t.push(refType(true, t.reader.heap))),
  'ref.is_null': (t) => {
    const e = t.popSlot()
    t.out.emit(REF_IS_NULL, t.push(I32) * 2, e.slot)
  },
  'ref.func': (t) => t.out.emit(REF_FUNC, t.push(refType(false, HEAP_FUNC)), t.reader.index),
  'ref.eq': (t) => {
    const b = t.popSlot()
    const a = t.popSlot()
    t.out.emit(REF_EQ, t.push(I32) * 2, a.slot, b.slot)
  },
}
