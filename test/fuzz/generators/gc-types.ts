/** The structures and arrays that a generated program with the feature `gc` has: its first types. */
import {
  type CompType,
  type FieldType,
  type ValType,
  F64,
  FUNCREF,
  HEAP_ANY,
  HEAP_EQ,
  HEAP_I31,
  I16,
  I32,
  I64,
  I8,
  V128,
  refType,
} from '../../../src/spec/types.ts'

export const ANYREF: ValType = refType(true, HEAP_ANY)
export const EQREF: ValType = refType(true, HEAP_EQ)
export const I31REF: ValType = refType(true, HEAP_I31)

const field = (type: ValType): FieldType => ({ type, mutable: true })
/** The first types of a program with the feature; type 1 is a subtype of type 0. */
export const gcTypes: readonly CompType[] = [
  { kind: 'struct', fields: [field(I32), field(I64)] },
  { kind: 'struct', fields: [field(I32), field(I64), field(I8), field(F64), field(refType(true, 0))] },
  { kind: 'array', field: field(I32) },
  { kind: 'array', field: field(I8) },
  { kind: 'array', field: field(FUNCREF) },
  { kind: 'array', field: field(refType(true, 0)) },
  { kind: 'struct', fields: [field(I16), { type: EQREF, mutable: false }] },
  { kind: 'struct', fields: [field(V128), field(F64)] },
  { kind: 'array', field: field(I64) },
  { kind: 'array', field: field(I16) },
  { kind: 'array', field: field(V128) },
]
/** The supertype of a type of `gcTypes`, -1 for none; types that have subtypes are not final. */
export const gcSuper = (typeidx: number): number => (typeidx === 1 ? 0 : -1)
/** What locals, globals and functions of such a program also have. */
export const gcValues: readonly ValType[] = [...gcTypes.map((_, i) => refType(true, i)), EQREF, ANYREF, I31REF]
