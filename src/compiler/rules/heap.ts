/**
 * Translation of structures, arrays, i31, casts and conversions (spec §4.6.9, §4.6.10). Which op an access becomes follows
 * from the type of the field; types in the code are canonical ids.
 */
import {
  ARRAY_COPY,
  ARRAY_FILL,
  ARRAY_FILL_REF,
  ARRAY_GET128,
  ARRAY_GET16_S,
  ARRAY_GET16_U,
  ARRAY_GET32,
  ARRAY_GET64,
  ARRAY_GET8_S,
  ARRAY_GET8_U,
  ARRAY_GET_REF,
  ARRAY_INIT_DATA,
  ARRAY_INIT_ELEM,
  ARRAY_LEN,
  ARRAY_NEW,
  ARRAY_NEW_DATA,
  ARRAY_NEW_DEFAULT,
  ARRAY_NEW_ELEM,
  ARRAY_NEW_FIXED,
  ARRAY_NEW_REF,
  ARRAY_SET128,
  ARRAY_SET16,
  ARRAY_SET32,
  ARRAY_SET64,
  ARRAY_SET8,
  ARRAY_SET_REF,
  BR_IF_I32,
  BR_IF_NOT_I32,
  I31_GET_S,
  I31_GET_U,
  REF_CAST,
  REF_I31,
  REF_TEST,
  STRUCT_GET128,
  STRUCT_GET16_S,
  STRUCT_GET16_U,
  STRUCT_GET32,
  STRUCT_GET64,
  STRUCT_GET8_S,
  STRUCT_GET8_U,
  STRUCT_GET_REF,
  STRUCT_NEW,
  STRUCT_NEW_DEFAULT,
  STRUCT_SET128,
  STRUCT_SET32,
  STRUCT_SET64,
  STRUCT_SET_REF,
} from '../../ops/numbers.gen.ts'
import { structLayout } from '../../runtime/heap.ts'
import { canonicalValType } from '../../spec/canonical.ts'
import {
  type FieldType,
  type HeapType,
  type ValType,
  F64,
  HEAP_ANY,
  HEAP_EXTERN,
  HEAP_I31,
  I16,
  I32,
  I64,
  I8,
  V128,
  isNullable,
  isRef,
  refType,
} from '../../spec/types.ts'
import type { Entry } from '../operand-stack.ts'
import type { Translator } from '../translator.ts'
import type { Rule } from './control.ts'

/** Operand word of an entry: references count in slots, all else in i32 units. */
const word = (e: Entry): number => (isRef(e.type) ? e.slot : e.slot * 2)
const outWord = (type: ValType, home: number): number => (isRef(type) ? home : home * 2)
/** What a field is on the stack. */
const unpacked = (t: ValType): ValType => (t === I8 || t === I16 ? I32 : t)
/** Width of a field or element, as it stands in the names of ops. */
const width = (t: ValType): string => (isRef(t) ? '_ref' : t === I64 || t === F64 ? '64' : t === V128 ? '128' : '32')
const packedWidth = (t: ValType): string => (t === I8 ? '8' : t === I16 ? '16' : width(t))

/** Ops by kind of object, access and field type. */
const accessOps: Readonly<Record<string, number>> = {
  'struct.get32': STRUCT_GET32,
  'struct.get64': STRUCT_GET64,
  'struct.get128': STRUCT_GET128,
  'struct.get_ref': STRUCT_GET_REF,
  'struct.get8_s': STRUCT_GET8_S,
  'struct.get8_u': STRUCT_GET8_U,
  'struct.get16_s': STRUCT_GET16_S,
  'struct.get16_u': STRUCT_GET16_U,
  'struct.set32': STRUCT_SET32,
  'struct.set64': STRUCT_SET64,
  'struct.set128': STRUCT_SET128,
  'struct.set_ref': STRUCT_SET_REF,
  'array.get32': ARRAY_GET32,
  'array.get64': ARRAY_GET64,
  'array.get128': ARRAY_GET128,
  'array.get_ref': ARRAY_GET_REF,
  'array.get8_s': ARRAY_GET8_S,
  'array.get8_u': ARRAY_GET8_U,
  'array.get16_s': ARRAY_GET16_S,
  'array.get16_u': ARRAY_GET16_U,
  'array.set8': ARRAY_SET8,
  'array.set16': ARRAY_SET16,
  'array.set32': ARRAY_SET32,
  'array.set64': ARRAY_SET64,
  'array.set128': ARRAY_SET128,
  'array.set_ref': ARRAY_SET_REF,
}

const newRef = (typeidx: number): ValType => refType(false, typeidx)

function field(t: Translator): { type: ValType; at: number } {
  const { index, index2 } = t.reader
  const { fields, at } = structLayout(t.typeIds[index]!)
  return { type: fields[index2]!.type, at: at[index2]! }
}
function element(t: Translator, typeidx: number): FieldType {
  const { comp } = t.module.types[typeidx]!
  if (comp.kind !== 'array') throw new Error('not an array type')
  return comp.field
}

const structGet =
  (sign: '' | '_s' | '_u'): Rule =>
  (t) => {
    const { type, at } = field(t)
    const s = t.popSlot()
    const result = unpacked(type)
    const number = accessOps[`struct.get${sign === '' ? width(type) : packedWidth(type)}${sign}`]!
    t.out.emit(number, outWord(result, t.push(result)), s.slot, at)
  }
function structSet(t: Translator): void {
  const { type, at } = field(t)
  const value = t.popSlot()
  const s = t.popSlot()
  t.out.emit(accessOps[`struct.set${width(type)}`]!, s.slot, at, word(value))
}

const arrayGet =
  (sign: '' | '_s' | '_u'): Rule =>
  (t) => {
    const { type } = element(t, t.reader.index)
    const i = t.popSlot()
    const a = t.popSlot()
    const result = unpacked(type)
    const number = accessOps[`array.get${sign === '' ? width(type) : packedWidth(type)}${sign}`]!
    t.out.emit(number, outWord(result, t.push(result)), a.slot, i.slot * 2)
  }
function arraySet(t: Translator): void {
  const { type } = element(t, t.reader.index)
  const value = t.popSlot()
  const i = t.popSlot()
  const a = t.popSlot()
  t.out.emit(accessOps[`array.set${packedWidth(type)}`]!, a.slot, i.slot * 2, word(value))
}

function arrayNew(t: Translator): void {
  const { index } = t.reader
  const n = t.popSlot()
  const value = t.popSlot()
  t.out.emit(isRef(value.type) ? ARRAY_NEW_REF : ARRAY_NEW, t.push(newRef(index)), t.typeIds[index], n.slot * 2, word(value))
}
function arrayNewFixed(t: Translator): void {
  const { index, index2: count } = t.reader
  const base = t.takeHome(count)
  t.out.emit(ARRAY_NEW_FIXED, t.push(newRef(index)), t.typeIds[index], count, base * 2)
}
/** array.new_data and array.new_elem. */
function arrayFromSegment(number: number): Rule {
  return (t) => {
    const { index, index2 } = t.reader
    const n = t.popSlot()
    const from = t.popSlot()
    t.out.emit(number, t.push(newRef(index)), t.typeIds[index], index2, from.slot * 2, n.slot * 2)
  }
}
/** array.init_data and array.init_elem. */
function initFromSegment(number: number): Rule {
  return (t) => {
    const n = t.popSlot()
    const from = t.popSlot()
    const i = t.popSlot()
    const a = t.popSlot()
    t.out.emit(number, t.reader.index2, a.slot, i.slot * 2, from.slot * 2, n.slot * 2)
  }
}
function arrayFill(t: Translator): void {
  const n = t.popSlot()
  const value = t.popSlot()
  const i = t.popSlot()
  const a = t.popSlot()
  t.out.emit(isRef(value.type) ? ARRAY_FILL_REF : ARRAY_FILL, a.slot, i.slot * 2, word(value), n.slot * 2)
}
function arrayCopy(t: Translator): void {
  const n = t.popSlot()
  const j = t.popSlot()
  const b = t.popSlot()
  const i = t.popSlot()
  const a = t.popSlot()
  t.out.emit(ARRAY_COPY, a.slot, i.slot * 2, b.slot, j.slot * 2, n.slot * 2)
}

// ---- casts --------------------------------------------------------------------------------------------------------

/** The type of a cast with canonical ids, as isOfType wants it. */
const target = (t: Translator, nullable: boolean, heap: HeapType): number => canonicalValType(refType(nullable, heap), t.typeIds)
/** The second opcode of ref.test and of ref.cast is for the nullable type. */
const toNullable = (t: Translator): boolean => (t.reader.instruction.opcode & 1) !== 0

function refTest(t: Translator): void {
  const e = t.popSlot()
  t.out.emit(REF_TEST, t.push(I32) * 2, e.slot, target(t, toNullable(t), t.reader.heap))
}
/** The value stays where it is; only its type changes. */
function refCast(t: Translator): void {
  const nullable = toNullable(t)
  const e = t.popSlot()
  t.out.emit(REF_CAST, e.slot, target(t, nullable, t.reader.heap))
  t.stack.pushLocal(refType(nullable, t.reader.heap), e.slot)
}
/** br_on_cast and br_on_cast_fail: the value stays on the stack on both sides. Its home has room for the answer of the test. */
function branchOnCast(t: Translator, onFail: boolean): void {
  const label = t.label(t.reader.index)
  const e = t.popSlot()
  t.out.emit(REF_TEST, e.home * 2, e.slot, target(t, (t.reader.flags & 2) !== 0, t.reader.heap2))
  t.stack.pushLocal(e.type, e.slot)
  t.words.length = 0
  t.words.push(onFail ? BR_IF_I32 : BR_IF_NOT_I32, e.home * 2)
  t.around(() => t.branch(label))
}
/** any ↔ extern: the same value. */
const convert =
  (heap: HeapType): Rule =>
  (t) => {
    const e = t.popSlot()
    t.stack.pushLocal(refType(isNullable(e.type), heap), e.slot)
    t.nop()
  }

/** One operand, one result of the given type, in the given op. */
function simple(number: number, result: ValType): Rule {
  return (t) => {
    const e = t.popSlot()
    t.out.emit(number, outWord(result, t.push(result)), word(e))
  }
}

export const heapRules: Record<string, Rule> = {
  'struct.new': (t) => {
    const { index } = t.reader
    const base = t.takeHome(structLayout(t.typeIds[index]!).fields.length)
    t.out.emit(STRUCT_NEW, t.push(newRef(index)), t.typeIds[index], base * 2)
  },
  'struct.new_default': (t) => t.out.emit(STRUCT_NEW_DEFAULT, t.push(newRef(t.reader.index)), t.typeIds[t.reader.index]),
  'struct.get': structGet(''),
  'struct.get_s': structGet('_s'),
  'struct.get_u': structGet('_u'),
  'struct.set': structSet,
  'array.new': arrayNew,
  'array.new_default': (t) => {
    const { index } = t.reader
    const n = t.popSlot()
    t.out.emit(ARRAY_NEW_DEFAULT, t.push(newRef(index)), t.typeIds[index], n.slot * 2)
  },
  'array.new_fixed': arrayNewFixed,
  'array.new_data': arrayFromSegment(ARRAY_NEW_DATA),
  'array.new_elem': arrayFromSegment(ARRAY_NEW_ELEM),
  'array.get': arrayGet(''),
  'array.get_s': arrayGet('_s'),
  'array.get_u': arrayGet('_u'),
  'array.set': arraySet,
  'array.len': simple(ARRAY_LEN, I32),
  'array.fill': arrayFill,
  'array.copy': arrayCopy,
  'array.init_data': initFromSegment(ARRAY_INIT_DATA),
  'array.init_elem': initFromSegment(ARRAY_INIT_ELEM),
  'ref.test': refTest,
  'ref.cast': refCast,
  br_on_cast: (t) => branchOnCast(t, false),
  br_on_cast_fail: (t) => branchOnCast(t, true),
  'any.convert_extern': convert(HEAP_ANY),
  'extern.convert_any': convert(HEAP_EXTERN),
  'ref.i31': simple(REF_I31, refType(false, HEAP_I31)),
  'i31.get_s': simple(I31_GET_S, I32),
  'i31.get_u': simple(I31_GET_U, I32),
}
