/**
 * Structures and arrays (spec §4.2.15). The JS engine collects them: whoever holds the object keeps it alive. Both know
 * their canonical type, from which the layout follows, so that tools can list their fields (`valuesOf`).
 *
 * Numbers are kept as int32 words, never as floats: i8, i16, i32 and f32 are one, i64 and f64 two, v128 four. A reference
 * is one word of its own kind. Why a structure has numbered properties: RATIONALE.md.
 */
import { canonicalType } from '../spec/canonical.ts'
import { type FieldType, type ValType, F32, F64, I16, I32, I64, I8, V128, isRef, slotsOf } from '../spec/types.ts'

/** One class for the structures of every type, so that each access is monomorphic. Words from the seventh on are in `more`. */
export class Struct {
  readonly typeId: number
  w0: unknown
  w1: unknown
  w2: unknown
  w3: unknown
  w4: unknown
  w5: unknown
  readonly more: unknown[] | undefined

  constructor(typeId: number, w0: unknown, w1: unknown, w2: unknown, w3: unknown, w4: unknown, w5: unknown, more: unknown[] | undefined) {
    this.typeId = typeId
    this.w0 = w0
    this.w1 = w1
    this.w2 = w2
    this.w3 = w3
    this.w4 = w4
    this.w5 = w5
    this.more = more
  }
}
const INLINE = 6

// The first instances teach the engine that every word may be a number or a reference; later ones find the class settled.
for (const word of [0, 0.5, null, {}]) new Struct(0, word, word, word, word, word, word, [])

/** Elements of an array: typed by their width, or references. */
export type Elements = Int8Array | Int16Array | Int32Array | unknown[]

export class ArrayObject {
  readonly typeId: number
  /** In elements; `data` has `ArrayLayout.words` items for each. */
  readonly length: number
  readonly data: Elements

  constructor(typeId: number, length: number, data: Elements) {
    this.typeId = typeId
    this.length = length
    this.data = data
  }
}

export type HeapObject = Struct | ArrayObject
export const isHeapObject = (value: unknown): value is HeapObject => value instanceof Struct || value instanceof ArrayObject

// ---- layouts ------------------------------------------------------------------------------------------------------

export interface StructLayout {
  readonly kind: 'struct'
  readonly fields: readonly FieldType[]
  /** First word of each field. */
  readonly at: readonly number[]
  /**
   * Where struct.new finds each word among its operands: i32 units from the first operand for numbers, `~slot` for
   * references.
   */
  readonly sources: Int32Array
  /** Slots of all operands of struct.new. */
  readonly slots: number
}
export interface ArrayLayout {
  readonly kind: 'array'
  readonly type: ValType
  /** Items of `data` for one element. */
  readonly words: number
  /** Bytes of an element in a data segment; a reference counts as 8 where sizes are limited. */
  readonly bytes: number
  readonly isRef: boolean
}

/** Words of a field or element. */
const wordsOf = (t: ValType): number => (t === I64 || t === F64 ? 2 : t === V128 ? 4 : 1)
const bytesOf = (t: ValType): number => (t === I8 ? 1 : t === I16 ? 2 : t === I32 || t === F32 ? 4 : t === V128 ? 16 : 8)

/** By canonical id; made on first use. */
const layouts: (StructLayout | ArrayLayout | undefined)[] = []

function makeLayout(typeId: number): StructLayout | ArrayLayout {
  const { comp } = canonicalType(typeId)
  if (comp.kind === 'array') {
    const { type } = comp.field
    return { kind: 'array', type, words: wordsOf(type), bytes: bytesOf(type), isRef: isRef(type) }
  }
  if (comp.kind !== 'struct') throw new Error('neither a structure nor an array type')
  const at: number[] = []
  const sources: number[] = []
  let slot = 0
  for (const { type } of comp.fields) {
    at.push(sources.length)
    if (isRef(type)) sources.push(~slot)
    else for (let i = 0; i < wordsOf(type); i++) sources.push(slot * 2 + i)
    slot += slotsOf(type)
  }
  return { kind: 'struct', fields: comp.fields, at, sources: Int32Array.from(sources), slots: slot }
}
export const structLayout = (typeId: number): StructLayout => (layouts[typeId] ??= makeLayout(typeId)) as StructLayout
export const arrayLayout = (typeId: number): ArrayLayout => (layouts[typeId] ??= makeLayout(typeId)) as ArrayLayout

// ---- structures ---------------------------------------------------------------------------------------------------

/** Word `i` of what struct.new takes from the operands that begin at `base` (i32 units). */
function operand({ sources }: StructLayout, i: number, R: Int32Array, refs: readonly unknown[], base: number): unknown {
  if (i >= sources.length) return 0
  const source = sources[i]!
  return source >= 0 ? R[base + source] : refs[(base >> 1) + ~source]
}

/** struct.new (§4.6.10): the operands lie in the register file from `base` (i32 units) on. */
export function newStruct(typeId: number, R: Int32Array, refs: readonly unknown[], base: number): Struct {
  const layout = structLayout(typeId)
  const count = layout.sources.length
  let more: unknown[] | undefined
  if (count > INLINE) {
    more = new Array<unknown>(count - INLINE)
    for (let i = INLINE; i < count; i++) more[i - INLINE] = operand(layout, i, R, refs, base)
  }
  return new Struct(
    typeId,
    operand(layout, 0, R, refs, base),
    operand(layout, 1, R, refs, base),
    operand(layout, 2, R, refs, base),
    operand(layout, 3, R, refs, base),
    operand(layout, 4, R, refs, base),
    operand(layout, 5, R, refs, base),
    more,
  )
}

/** struct.new_default: numbers are 0, references null. */
export function newDefaultStruct(typeId: number): Struct {
  const { sources } = structLayout(typeId)
  const initial = (i: number): unknown => (i < sources.length && sources[i]! < 0 ? null : 0)
  let more: unknown[] | undefined
  if (sources.length > INLINE) {
    more = new Array<unknown>(sources.length - INLINE)
    for (let i = INLINE; i < sources.length; i++) more[i - INLINE] = initial(i)
  }
  return new Struct(typeId, initial(0), initial(1), initial(2), initial(3), initial(4), initial(5), more)
}

/** Word `i` of a structure: an int32 or a reference. Packed fields hold the i32 they were given; readers cut it. */
export function getWord(s: Struct, i: number): unknown {
  switch (i) {
    case 0:
      return s.w0
    case 1:
      return s.w1
    case 2:
      return s.w2
    case 3:
      return s.w3
    case 4:
      return s.w4
    case 5:
      return s.w5
    default:
      return s.more![i - INLINE]
  }
}
export function setWord(s: Struct, i: number, value: unknown): void {
  switch (i) {
    case 0:
      s.w0 = value
      break
    case 1:
      s.w1 = value
      break
    case 2:
      s.w2 = value
      break
    case 3:
      s.w3 = value
      break
    case 4:
      s.w4 = value
      break
    case 5:
      s.w5 = value
      break
    default:
      s.more![i - INLINE] = value
  }
}

// ---- arrays -------------------------------------------------------------------------------------------------------

/**
 * An array of `length` zeros, or undefined when it is over `maxBytes` or the engine has no room. An array of references
 * has no elements yet: they are appended, since a long JS array made at once would be slow for good.
 */
export function allocateArray(typeId: number, length: number, maxBytes: number): ArrayObject | undefined {
  const layout = arrayLayout(typeId)
  if (length * layout.bytes > maxBytes) return undefined
  if (layout.isRef) return new ArrayObject(typeId, length, [])
  const items = length * layout.words
  try {
    const data = layout.type === I8 ? new Int8Array(items) : layout.type === I16 ? new Int16Array(items) : new Int32Array(items)
    return new ArrayObject(typeId, length, data)
  } catch {
    return undefined
  }
}

/** Sets `count` elements from `at` on to the number at R[value]…, or to `ref`. Elements behind the last one are appended. */
export function fillArray(array: ArrayObject, at: number, count: number, R: Int32Array, value: number, ref: unknown): void {
  const { words, isRef: holdsRefs } = arrayLayout(array.typeId)
  if (holdsRefs) {
    const refs = array.data as unknown[]
    for (let i = at; i < at + count; i++) refs[i] = ref
    return
  }
  const data = array.data as Int32Array
  if (words === 1) {
    data.fill(R[value]!, at, at + count)
    return
  }
  for (let i = at * words; i < (at + count) * words; i += words) for (let w = 0; w < words; w++) data[i + w] = R[value + w]!
}

/** Copies elements between arrays of the same element width, also within one array. */
export function copyElements(to: ArrayObject, at: number, from: ArrayObject, start: number, count: number): void {
  const { words, isRef: holdsRefs } = arrayLayout(to.typeId)
  if (holdsRefs) {
    const a = to.data as unknown[]
    const b = from.data as unknown[]
    if (a === b) a.copyWithin(at, start, start + count)
    else for (let i = 0; i < count; i++) a[at + i] = b[start + i]
    return
  }
  const data = from.data as Int32Array
  ;(to.data as Int32Array).set(data.subarray(start * words, (start + count) * words), at * words)
}

/** Sets `count` elements from `at` on to the little-endian numbers in `bytes`. */
export function setBytes(array: ArrayObject, at: number, bytes: Uint8Array): void {
  const { buffer, byteOffset } = array.data as Int32Array
  new Uint8Array(buffer, byteOffset).set(bytes, at * arrayLayout(array.typeId).bytes)
}

// ---- looking inside -----------------------------------------------------------------------------------------------

/** A field or element: its int32 words, or the reference. Packed ones are sign-extended. */
export interface HeapValue {
  readonly type: ValType
  readonly words: readonly number[]
  readonly ref: unknown
}
function heapValue(type: ValType, word: (i: number) => unknown): HeapValue {
  if (isRef(type)) return { type, words: [], ref: word(0) }
  const words: number[] = []
  for (let i = 0; i < wordsOf(type); i++) words.push(word(i) as number)
  if (type === I8) words[0] = (words[0]! << 24) >> 24
  if (type === I16) words[0] = (words[0]! << 16) >> 16
  return { type, words, ref: undefined }
}

/** The first `most` fields of a structure, or elements of an array, in order: for tools. */
export function valuesOf(object: HeapObject, most: number = Infinity): HeapValue[] {
  const values: HeapValue[] = []
  if (object instanceof Struct) {
    const { fields, at } = structLayout(object.typeId)
    for (let f = 0; f < Math.min(fields.length, most); f++) values.push(heapValue(fields[f]!.type, (i) => getWord(object, at[f]! + i)))
    return values
  }
  const { type, words } = arrayLayout(object.typeId)
  for (let e = 0; e < Math.min(object.length, most); e++) values.push(heapValue(type, (i) => object.data[e * words + i]))
  return values
}
