/**
 * What a row of the instruction table is, and `op`, which writes one. The rows themselves stand in the files beside this one, which only
 * scripts/gen-instructions.ts reads: it joins and packs them, and ../instruction-table.ts unpacks them.
 */
import type { Feature } from '../features.ts'
import { type ValType, F32, F64, HEAP_ARRAY, HEAP_EQ, HEAP_I31, I32, I64, V128, refType } from '../types.ts'

/** What follows the opcode in the binary format, in order (spec §5.4). */
export type Immediate =
  /** Block type: one byte 0x40 (empty), one value type, or a typeidx as s33. */
  | 'blocktype'
  /** Indices, each a u32. `labelidx` counts enclosing blocks from the inside; `fieldidx` follows its `typeidx`. */
  | 'labelidx' | 'funcidx' | 'typeidx' | 'tableidx' | 'memidx' | 'globalidx' | 'localidx' | 'tagidx' | 'elemidx' | 'dataidx' | 'fieldidx'
  /** br_table: a vector of labels, then the default label. */
  | 'labels'
  /** Alignment (log2) with a flag bit for an explicit memory, perhaps that memidx, and the offset as u64. */
  | 'memarg'
  /** One byte: the lane of a vector. */
  | 'lane'
  /** i8x16.shuffle: 16 bytes, each below 32. */
  | 'lanes'
  /** Literals. i32 and i64 are signed LEB128; f32, f64 and v128 are 4, 8 and 16 bytes, little-endian. */
  | 'i32' | 'i64' | 'f32' | 'f64' | 'v128'
  /** A plain number: the operand count of array.new_fixed. */
  | 'u32'
  /** A heap type as s33. For ref.test and ref.cast the opcode tells whether the reference is nullable. */
  | 'heaptype'
  /** Typed select: a vector of value types (validation wants exactly one). */
  | 'valtypes'
  /** br_on_cast: one byte; bit 0: the source is nullable, bit 1: the target is nullable. */
  | 'castflags'
  /** try_table: a vector of catch clauses. */
  | 'catches'
  /** resume: a vector of `on` clauses. */
  | 'handlers'
  /** One byte that must be 0: the reserved ordering of atomic.fence. */
  | 'zero'

/** Stack type of an instruction: what it pops (the last is the top) and what it pushes. */
export interface StackType {
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}

export interface Instruction {
  /** Index of the row: dense, the key of per-instruction tables. Not stable across versions. */
  readonly id: number
  readonly name: string
  /** One byte, or `prefix << 16 | subopcode` for 0xfb, 0xfc, 0xfd and 0xfe. */
  readonly opcode: number
  readonly immediates: readonly Immediate[]
  /**
   * Undefined when the type depends on the context: the validator has a rule of its own for it. When it is given, the
   * immediates that remain to be checked are `memarg`, `lane` and `lanes`. A param may be ADDR.
   */
  readonly type: StackType | undefined
  readonly feature: Feature
  /** Access width in bytes of a memory instruction, else 0: `memarg.align` may not exceed its log2 (atomics: must equal it). */
  readonly width: number
}
/**
 * Stands in `params` for the address type of the memory that the memarg names: i32, or i64 under memory64.
 * Not a real ValType: test for it before anything else (its bits would also pass as a reference).
 */
export const ADDR: ValType = -1

/** The type column of a row whose type depends on the context. */
export const dynamic = '*'

/** What stands for a type in the packed table, and the words of the type column for it. */
const typeLetters: Readonly<Record<string, ValType>> = {
  i: I32, l: I64, f: F32, d: F64, v: V128, a: ADDR,
  e: refType(true, HEAP_EQ), r: refType(true, HEAP_ARRAY), h: refType(true, HEAP_I31), H: refType(false, HEAP_I31),
} // prettier-ignore
export const letterOf: Readonly<Record<string, string>> = {
  i32: 'i', i64: 'l', f32: 'f', f64: 'd', v128: 'v', addr: 'a', eqref: 'e', arrayref: 'r', i31ref: 'h', '(ref i31)': 'H',
} // prettier-ignore

/** Reads a packed type: `ai>` is `addr i32 ->`. */
export function typeOf(text: string): StackType | undefined {
  if (text === dynamic) return undefined
  const [params, results] = text.split('>').map((side) => side.split('').map((letter) => typeLetters[letter]!))
  return { params: params!, results: results! }
}
/** Reads packed immediates: `4memarg lane` is `memarg/4 lane`, a memarg of an access of 4 bytes and a lane. */
export function immediatesOf(text: string): { readonly list: readonly Immediate[]; readonly width: number } {
  const width = parseInt(text, 10) || 0
  const words = width === 0 ? text : text.slice(String(width).length)
  return { list: words === '' ? [] : (words.split(' ') as Immediate[]), width }
}

/** A row as it is written. */
export interface Row {
  readonly name: string
  readonly opcode: number
  readonly immediates: string
  readonly type: string
  readonly feature: Feature
}
/** One row: `op('i32.load', 0x28, 'memarg/4', 'addr -> i32', 'mvp')`. */
export const op = (name: string, opcode: number, immediates: string, type: string, feature: Feature): Row => ({
  name,
  opcode,
  immediates,
  type: type.trim(),
  feature,
})
