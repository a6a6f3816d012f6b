/** Structures and arrays (spec §3.4.8). Collected by ./index.ts. */
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import { LimitError } from '../../errors.ts'
import { MAX_ARRAY_NEW_FIXED } from '../../spec/limits.ts'
import {
  type ArrayType,
  type FieldType,
  type ValType,
  I16,
  I32,
  I8,
  formatValType,
  isDefaultable,
  isRef,
  refType,
} from '../../spec/types.ts'
import type { BodyValidator, Rule } from '../body.ts'

const isPacked = (t: ValType): boolean => t === I8 || t === I16
/** What a field holds when it is on the stack: packed types are i32 there. */
const unpacked = (t: ValType): ValType => (isPacked(t) ? I32 : t)

function field(v: BodyValidator, r: InstructionReader): FieldType {
  const { fields } = v.c.structType(r.index, r.at)
  v.c.check('field', r.index2, fields.length, r.at)
  return fields[r.index2]!
}
function mutableArray(v: BodyValidator, typeidx: number): ArrayType {
  const type = v.c.arrayType(typeidx, v.r.at)
  if (!type.field.mutable) v.fail('immutable array', `the elements of type ${typeidx} cannot be written`)
  return type
}
function needDefault(v: BodyValidator, what: string, t: ValType): void {
  if (!isDefaultable(t)) v.fail(`${what} type is not defaultable`, `${formatValType(t)} has no default value`)
}
/** Packed fields are read with a sign, all others without. */
function checkSign(v: BodyValidator, t: ValType, signed: boolean): void {
  if (isPacked(t) && !signed) v.fail('field is packed', `${formatValType(t)}: read it with _s or _u`)
  if (!isPacked(t) && signed) v.fail('field is unpacked', `${formatValType(t)}: read it without _s or _u`)
}
function needBytes(v: BodyValidator, t: ValType): void {
  if (isRef(t)) v.fail('array type is not numeric or vector', `${formatValType(t)} cannot be made from bytes`)
}

function structGet(v: BodyValidator, r: InstructionReader, signed: boolean): void {
  const { type } = field(v, r)
  checkSign(v, type, signed)
  v.pop(refType(true, r.index))
  v.push(unpacked(type))
}
function arrayGet(v: BodyValidator, r: InstructionReader, signed: boolean): void {
  const { type } = v.c.arrayType(r.index, r.at).field
  checkSign(v, type, signed)
  v.pop(I32)
  v.pop(refType(true, r.index))
  v.push(unpacked(type))
}
/** Reference, offset in the array, offset in the segment, length. */
function arrayInit(v: BodyValidator, typeidx: number): void {
  v.pop(I32)
  v.pop(I32)
  v.pop(I32)
  v.pop(refType(true, typeidx))
}

export const aggregateRules: Record<string, Rule> = {
  'struct.new'(v, r) {
    const { fields } = v.c.structType(r.index, r.at)
    for (let i = fields.length - 1; i >= 0; i--) v.pop(unpacked(fields[i]!.type))
    v.push(refType(false, r.index))
  },
  'struct.new_default'(v, r) {
    for (const f of v.c.structType(r.index, r.at).fields) needDefault(v, 'field', f.type)
    v.push(refType(false, r.index))
  },
  'struct.get': (v, r) => structGet(v, r, false),
  'struct.get_s': (v, r) => structGet(v, r, true),
  'struct.get_u': (v, r) => structGet(v, r, true),
  'struct.set'(v, r) {
    const { type, mutable } = field(v, r)
    if (!mutable) v.fail('immutable field', `field ${r.index2} of type ${r.index} cannot be written`)
    v.pop(unpacked(type))
    v.pop(refType(true, r.index))
  },

  'array.new'(v, r) {
    const { type } = v.c.arrayType(r.index, r.at).field
    v.pop(I32)
    v.pop(unpacked(type))
    v.push(refType(false, r.index))
  },
  'array.new_default'(v, r) {
    needDefault(v, 'array', v.c.arrayType(r.index, r.at).field.type)
    v.pop(I32)
    v.push(refType(false, r.index))
  },
  'array.new_fixed'(v, r) {
    const type = unpacked(v.c.arrayType(r.index, r.at).field.type)
    if (r.index2 > MAX_ARRAY_NEW_FIXED)
      throw new LimitError('array.new_fixed', `too many operands of array.new_fixed: ${r.index2}, the limit is ${MAX_ARRAY_NEW_FIXED}`, {
        offset: r.at,
      })
    for (let i = 0; i < r.index2; i++) v.pop(type)
    v.push(refType(false, r.index))
  },
  'array.new_data'(v, r) {
    needBytes(v, v.c.arrayType(r.index, r.at).field.type)
    v.c.data(r.index2, r.at)
    v.pop(I32)
    v.pop(I32)
    v.push(refType(false, r.index))
  },
  'array.new_elem'(v, r) {
    const { type } = v.c.arrayType(r.index, r.at).field
    v.matchOne(v.c.elem(r.index2, r.at), type, `the element type of segment ${r.index2}`)
    v.pop(I32)
    v.pop(I32)
    v.push(refType(false, r.index))
  },
  'array.get': (v, r) => arrayGet(v, r, false),
  'array.get_s': (v, r) => arrayGet(v, r, true),
  'array.get_u': (v, r) => arrayGet(v, r, true),
  'array.set'(v, r) {
    const { type } = mutableArray(v, r.index).field
    v.pop(unpacked(type))
    v.pop(I32)
    v.pop(refType(true, r.index))
  },
  'array.fill'(v, r) {
    const { type } = mutableArray(v, r.index).field
    v.pop(I32)
    v.pop(unpacked(type))
    v.pop(I32)
    v.pop(refType(true, r.index))
  },
  'array.copy'(v, r) {
    const to = mutableArray(v, r.index).field.type
    const from = v.c.arrayType(r.index2, r.at).field.type
    if (!v.matches(from, to)) v.fail('array types do not match', `elements are ${formatValType(from)}, expected ${formatValType(to)}`)
    v.pop(I32)
    v.pop(I32)
    v.pop(refType(true, r.index2))
    v.pop(I32)
    v.pop(refType(true, r.index))
  },
  'array.init_data'(v, r) {
    needBytes(v, mutableArray(v, r.index).field.type)
    v.c.data(r.index2, r.at)
    arrayInit(v, r.index)
  },
  'array.init_elem'(v, r) {
    const { type } = mutableArray(v, r.index).field
    v.matchOne(v.c.elem(r.index2, r.at), type, `the element type of segment ${r.index2}`)
    arrayInit(v, r.index)
  },
}
