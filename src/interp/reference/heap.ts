/**
 * Structures, arrays, i31, casts and conversions (spec §4.6.9, §4.6.10). A value on the stack takes two places a slot;
 * numbers go as int32 words, as many as the type has (runtime/heap.ts).
 */
import {
  type ArrayObject,
  type Struct,
  arrayLayout,
  getWord,
  newDefaultStruct,
  newStruct,
  setWord,
  structLayout,
} from '../../runtime/heap.ts'
import { isOfType } from '../../runtime/references.ts'
import * as STATUS from '../../runtime/status.ts'
import { canonicalValType } from '../../spec/canonical.ts'
import { type HeapType, type ValType, F64, I16, I64, I8, V128, isRef, refType, slotsOf } from '../../spec/types.ts'
import { copy, fill, initData, initElem, makeDefault, makeFilled, makeFixed, makeFromData, makeFromElem } from '../cold/array-bulk.ts'
import { branch } from './control.ts'
import { type Machine, type Rule, trap } from './machine.ts'

/** Canonical id of a type of the module. */
const typeId = (m: Machine, typeidx: number): number => m.T.instance.shared.typeIds[typeidx]!
const elementType = (m: Machine): ValType => arrayLayout(typeId(m, m.reader.index)).type

const wordsOf = (t: ValType): number => (t === I64 || t === F64 ? 2 : t === V128 ? 4 : 1)

/** Pushes a value whose words are given by `word`; a packed one as i32, with its sign or without. */
function pushValue({ T, reader }: Machine, type: ValType, word: (i: number) => unknown): void {
  const place = T.sp
  if (isRef(type)) T.refs[place >> 1] = word(0)
  else for (let i = 0; i < wordsOf(type); i++) T.R[place + i] = word(i) as number
  const bits = type === I8 ? 8 : type === I16 ? 16 : 32
  if (bits < 32) T.R[place] = extend(T.R[place]!, 32 - bits, reader.instruction.name.endsWith('_s'))
  T.sp += slotsOf(type) * 2
}
const extend = (word: number, shift: number, signed: boolean): number => (signed ? (word << shift) >> shift : (word << shift) >>> shift)

/** Pops a value and hands over its words, or the reference. */
function popValue({ T }: Machine, type: ValType, put: (i: number, word: unknown) => void): void {
  T.sp -= slotsOf(type) * 2
  if (isRef(type)) put(0, T.refs[T.sp >> 1])
  else for (let i = 0; i < wordsOf(type); i++) put(i, T.R[T.sp + i])
}

/** The field that a struct.get or struct.set names. */
function field(m: Machine): { type: ValType; at: number } {
  const { fields, at } = structLayout(typeId(m, m.reader.index))
  return { type: fields[m.reader.index2]!.type, at: at[m.reader.index2]! }
}

function structGet(m: Machine): number {
  const { type, at } = field(m)
  const struct = m.popRef() as Struct | null
  if (struct === null) return trap('null structure reference')
  pushValue(m, type, (i) => getWord(struct, at + i))
  return STATUS.next
}
function structSet(m: Machine): number {
  const { type, at } = field(m)
  const words: unknown[] = []
  popValue(m, type, (i, word) => (words[i] = word))
  const struct = m.popRef() as Struct | null
  if (struct === null) return trap('null structure reference')
  words.forEach((word, i) => setWord(struct, at + i, word))
  return STATUS.next
}

function arrayGet(m: Machine): number {
  const index = m.popI32() >>> 0
  const array = m.popRef() as ArrayObject | null
  if (array === null) return trap('null array reference')
  if (index >= array.length) return trap('out of bounds array access')
  const { type, words } = arrayLayout(array.typeId)
  pushValue(m, type, (i) => array.data[index * words + i])
  return STATUS.next
}
function arraySet(m: Machine): number {
  const words: unknown[] = []
  popValue(m, elementType(m), (i, word) => (words[i] = word))
  const index = m.popI32() >>> 0
  const array = m.popRef() as ArrayObject | null
  if (array === null) return trap('null array reference')
  if (index >= array.length) return trap('out of bounds array access')
  words.forEach((word, i) => (array.data[index * words.length + i] = word as number))
  return STATUS.next
}

/** Bulk work keeps its operands, `slots` of them, on the stack until it is done: it may be done again from the start. */
function keeping(m: Machine, slots: number, status: number): number {
  if (status === STATUS.next) m.T.sp -= slots * 2
  return status
}
/** The same for an instruction whose result takes the place of its first operand. */
function making(m: Machine, slots: number, status: number): number {
  if (status === STATUS.next) m.T.sp += (1 - slots) * 2
  return status
}
/** The u32, or the array, that lies `n` slots below the top of the stack (the top has n = 1). */
const u32At = ({ T }: Machine, n: number): number => T.R[T.sp - n * 2]! >>> 0
const arrayAt = ({ T }: Machine, n: number): ArrayObject | null => T.refs[(T.sp >> 1) - n] as ArrayObject | null

/** The reference type of a cast, with canonical ids. The second opcode of ref.test and ref.cast is for the nullable type. */
const castType = (m: Machine, nullable: boolean, heap: HeapType): ValType =>
  canonicalValType(refType(nullable, heap), m.T.instance.shared.typeIds)
const targetOf = (m: Machine): ValType => castType(m, (m.reader.instruction.opcode & 1) !== 0, m.reader.heap)

/** br_on_cast, br_on_cast_fail: the reference stays on the stack. */
const branchOnCast =
  (when: boolean): Rule =>
  (m) => {
    const ref = m.T.refs[(m.T.sp >> 1) - 1]
    const { flags, heap2, index } = m.reader
    return isOfType(ref, castType(m, (flags & 2) !== 0, heap2)) === when ? branch(m, index) : STATUS.next
  }

const i31Get =
  (read: (i31: number) => number): Rule =>
  (m) => {
    const i31 = m.popRef() as number | null
    if (i31 === null) return trap('null i31 reference')
    m.pushI32(read(i31))
    return STATUS.next
  }

export const heapRules: Record<string, Rule> = {
  'struct.new': (m) => {
    const { T } = m
    const id = typeId(m, m.reader.index)
    T.sp -= structLayout(id).slots * 2
    m.pushRef(newStruct(id, T.R, T.refs, T.sp))
  },
  'struct.new_default': (m) => m.pushRef(newDefaultStruct(typeId(m, m.reader.index))),
  'struct.get': structGet,
  'struct.get_s': structGet,
  'struct.get_u': structGet,
  'struct.set': structSet,

  // [value length]
  'array.new': (m) => {
    const { T } = m
    const width = slotsOf(elementType(m))
    const value = T.sp - (width + 1) * 2
    const d = value >> 1
    return making(m, width + 1, makeFilled(T, typeId(m, m.reader.index), u32At(m, 1), d, value, T.refs[d]))
  },
  'array.new_default': (m) => making(m, 1, makeDefault(m.T, typeId(m, m.reader.index), u32At(m, 1), (m.T.sp >> 1) - 1)),
  'array.new_fixed': (m) => {
    const { index, index2: count } = m.reader
    const slots = count * slotsOf(elementType(m))
    const base = m.T.sp - slots * 2
    return making(m, slots, makeFixed(m.T, typeId(m, index), count, base >> 1, base))
  },
  // [offset length]
  'array.new_data': (m) => {
    const { index, index2 } = m.reader
    return making(m, 2, makeFromData(m.T, typeId(m, index), index2, u32At(m, 2), u32At(m, 1), (m.T.sp >> 1) - 2))
  },
  'array.new_elem': (m) => {
    const { index, index2 } = m.reader
    return making(m, 2, makeFromElem(m.T, typeId(m, index), index2, u32At(m, 2), u32At(m, 1), (m.T.sp >> 1) - 2))
  },
  'array.get': arrayGet,
  'array.get_s': arrayGet,
  'array.get_u': arrayGet,
  'array.set': arraySet,
  'array.len': (m) => {
    const array = m.popRef() as ArrayObject | null
    if (array === null) return trap('null array reference')
    m.pushI32(array.length)
    return STATUS.next
  },
  // [array index value count]
  'array.fill': (m) => {
    const { T } = m
    const width = slotsOf(elementType(m))
    const value = T.sp - (width + 1) * 2
    return keeping(m, width + 3, fill(T, arrayAt(m, width + 3), u32At(m, width + 2), u32At(m, 1), value, T.refs[value >> 1]))
  },
  // [to index from index count]
  'array.copy': (m) => keeping(m, 5, copy(m.T, arrayAt(m, 5), u32At(m, 4), arrayAt(m, 3), u32At(m, 2), u32At(m, 1))),
  // [array index offset count]
  'array.init_data': (m) => keeping(m, 4, initData(m.T, arrayAt(m, 4), u32At(m, 3), m.reader.index2, u32At(m, 2), u32At(m, 1))),
  'array.init_elem': (m) => keeping(m, 4, initElem(m.T, arrayAt(m, 4), u32At(m, 3), m.reader.index2, u32At(m, 2), u32At(m, 1))),

  'ref.test': (m) => m.pushI32(isOfType(m.popRef(), targetOf(m)) ? 1 : 0),
  'ref.cast': (m) => (isOfType(m.T.refs[(m.T.sp >> 1) - 1], targetOf(m)) ? STATUS.next : trap('cast failure')),
  br_on_cast: branchOnCast(true),
  br_on_cast_fail: branchOnCast(false),
  // The two hierarchies share their representation: see runtime/references.ts.
  'any.convert_extern': () => {},
  'extern.convert_any': () => {},
  'ref.i31': (m) => m.pushRef((m.popI32() << 1) >> 1),
  'i31.get_s': i31Get((i31) => i31),
  'i31.get_u': i31Get((i31) => i31 & 0x7fff_ffff),
}
