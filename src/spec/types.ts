/**
 * Types of the language (spec §2.3), all of 3.0. A value type is one number so that the validator compares
 * with `===`; everything that has more parts is a plain object. Used by every folder below.
 *
 * Packing of a ValType:
 *   number, vector and packed types: their binary code (0x7f i32 … 0x77 i16); 0 is the bottom type of unreachable code
 *   reference types:  REF | NULLABLE? | ABSTRACT? | heap    heap = binary code of an abstract heap type, else a typeidx
 */
export type ValType = number
export type HeapType = number

export const BOT = 0
export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b
/** Packed types: only in struct fields and arrays. */
export const I8 = 0x78
export const I16 = 0x77

const REF = 1 << 28
const NULLABLE = 1 << 27
/** Marks an abstract heap type inside a HeapType; without it the low bits are a typeidx. */
export const ABSTRACT: number = 1 << 26
const HEAP_MASK = (1 << 27) - 1

export const HEAP_NOEXN: HeapType = ABSTRACT | 0x74
export const HEAP_NOFUNC: HeapType = ABSTRACT | 0x73
export const HEAP_NOEXTERN: HeapType = ABSTRACT | 0x72
export const HEAP_NONE: HeapType = ABSTRACT | 0x71
export const HEAP_FUNC: HeapType = ABSTRACT | 0x70
export const HEAP_EXTERN: HeapType = ABSTRACT | 0x6f
export const HEAP_ANY: HeapType = ABSTRACT | 0x6e
export const HEAP_EQ: HeapType = ABSTRACT | 0x6d
export const HEAP_I31: HeapType = ABSTRACT | 0x6c
export const HEAP_STRUCT: HeapType = ABSTRACT | 0x6b
export const HEAP_ARRAY: HeapType = ABSTRACT | 0x6a
export const HEAP_EXN: HeapType = ABSTRACT | 0x69
export const HEAP_CONT: HeapType = ABSTRACT | 0x68
export const HEAP_NOCONT: HeapType = ABSTRACT | 0x75
/** The bottom heap type of unreachable code (spec §3.1.1): matches every heap type. It has no code and no keyword. */
export const HEAP_BOT: HeapType = ABSTRACT | 0xff

/** The reference type `(ref null? heap)`. */
export const refType = (nullable: boolean, heap: HeapType): ValType => REF | (nullable ? NULLABLE : 0) | heap
export const FUNCREF: ValType = refType(true, HEAP_FUNC)
export const EXTERNREF: ValType = refType(true, HEAP_EXTERN)
export const EXNREF: ValType = refType(true, HEAP_EXN)

export const isRef = (t: ValType): boolean => (t & REF) !== 0
export const isNullable = (t: ValType): boolean => (t & NULLABLE) !== 0
export const heapOf = (t: ValType): HeapType => t & HEAP_MASK
export const isAbstract = (h: HeapType): boolean => (h & ABSTRACT) !== 0
export const isNum = (t: ValType): boolean => t >= F64 && t <= I32
export const isVec = (t: ValType): boolean => t === V128
/** A type with a default value (spec: defaultable): everything but non-nullable references. */
export const isDefaultable = (t: ValType): boolean => !isRef(t) || isNullable(t)
/** Slots of 8 bytes that a value takes in a frame. */
export const slotsOf = (t: ValType): number => (t === V128 ? 2 : 1)

/** Result of a function or block: parameters and results. */
export interface FuncType {
  readonly kind: 'func'
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}
export interface FieldType {
  readonly type: ValType
  readonly mutable: boolean
}
export interface StructType {
  readonly kind: 'struct'
  readonly fields: readonly FieldType[]
}
export interface ArrayType {
  readonly kind: 'array'
  readonly field: FieldType
}
/** Continuation type (stack switching): `heap` is the typeidx of a function type. */
export interface ContType {
  readonly kind: 'cont'
  readonly typeidx: number
}
export type CompType = FuncType | StructType | ArrayType | ContType

/** Spec §2.3.9. `recStart` and `recLength` tell the recursion group that this type belongs to. */
export interface SubType {
  readonly final: boolean
  readonly supers: readonly number[]
  readonly comp: CompType
  readonly recStart: number
  readonly recLength: number
}

/** Limits in pages or elements. Numbers are exact up to 2^53; larger 64-bit limits are refused by the decoder's check. */
export interface Limits {
  readonly min: number
  readonly max: number | undefined
  /** True for memory64 and table64: indices are i64. */
  readonly is64: boolean
}
export interface MemoryType {
  readonly limits: Limits
  readonly shared: boolean
  /** log2 of the page size: 16 unless the module uses custom page sizes. */
  readonly pageSizeLog2: number
}
export interface TableType {
  readonly limits: Limits
  readonly element: ValType
}
export interface GlobalType {
  readonly type: ValType
  readonly mutable: boolean
}
export interface TagType {
  readonly typeidx: number
}
export type ExternType =
  | { readonly kind: 'func'; readonly typeidx: number }
  | { readonly kind: 'table'; readonly type: TableType }
  | { readonly kind: 'memory'; readonly type: MemoryType }
  | { readonly kind: 'global'; readonly type: GlobalType }
  | { readonly kind: 'tag'; readonly type: TagType }
export type ExternKind = ExternType['kind']

const heapNames: Record<number, string> = {
  [HEAP_NOEXN]: 'noexn', [HEAP_NOFUNC]: 'nofunc', [HEAP_NOEXTERN]: 'noextern', [HEAP_NONE]: 'none', [HEAP_FUNC]: 'func', [HEAP_EXTERN]: 'extern',
  [HEAP_ANY]: 'any', [HEAP_EQ]: 'eq', [HEAP_I31]: 'i31', [HEAP_STRUCT]: 'struct', [HEAP_ARRAY]: 'array', [HEAP_EXN]: 'exn', [HEAP_CONT]: 'cont', [HEAP_NOCONT]: 'nocont',
}
const shorthands: Record<number, string> = {
  [HEAP_NOEXN]: 'nullexnref', [HEAP_NOFUNC]: 'nullfuncref', [HEAP_NOEXTERN]: 'nullexternref', [HEAP_NONE]: 'nullref', [HEAP_CONT]: 'contref', [HEAP_NOCONT]: 'nullcontref',
}
const plainNames: Record<number, string> = { [BOT]: 'bot', [I32]: 'i32', [I64]: 'i64', [F32]: 'f32', [F64]: 'f64', [V128]: 'v128', [I8]: 'i8', [I16]: 'i16' }

/** The text-format spelling of a heap type. */
export const formatHeapType = (h: HeapType): string => (h === HEAP_BOT ? 'bot' : isAbstract(h) ? (heapNames[h] ?? '?') : String(h))
/** The text-format spelling of a value type: `i32`, `funcref`, `(ref null 3)`. */
export function formatValType(t: ValType): string {
  if (!isRef(t)) return plainNames[t] ?? '?'
  const h = heapOf(t)
  if (isNullable(t) && isAbstract(h) && h !== HEAP_BOT) return shorthands[h] ?? `${heapNames[h]}ref`
  return `(ref ${isNullable(t) ? 'null ' : ''}${formatHeapType(h)})`
}
export const formatFuncType = (t: FuncType): string => `[${t.params.map(formatValType).join(' ')}] -> [${t.results.map(formatValType).join(' ')}]`
/** Heap type of a text keyword (`func`, `extern`, …), or undefined. */
export const heapTypeByName: ReadonlyMap<string, HeapType> = new Map(Object.entries(heapNames).map(([h, name]) => [name, Number(h)]))
