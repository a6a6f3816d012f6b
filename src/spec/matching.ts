/**
 * Subtyping: when one type may stand for another (spec §3.3). Called by the validator for every operand, by
 * instantiation for imports, and at run time by casts.
 *
 * `types` is the type section of the module that both sides belong to. Without it the sides hold canonical ids in place
 * of typeidxs (see canonical.ts): that is how types of different modules are compared. Typeidxs must be in range.
 */
import { canonicalize, canonicalType, matchesCanonical } from './canonical.ts'
import {
  type CompType,
  type ExternType,
  type FieldType,
  type FuncType,
  type GlobalType,
  type HeapType,
  type Limits,
  type MemoryType,
  type SubType,
  type TableType,
  type ValType,
  BOT,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_BOT,
  HEAP_CONT,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NOCONT,
  HEAP_NOEXN,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_NONE,
  HEAP_STRUCT,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
  refType,
} from './types.ts'

export { canonicalExternType, canonicalFuncType, canonicalize, canonicalType, canonicalValType, matchesCanonical } from './canonical.ts'

type Types = readonly SubType[] | undefined

/** Value types (§3.3.5). The bottom type matches everything; a packed type only itself. */
export function matchesValType(a: ValType, b: ValType, types?: Types): boolean {
  if (a === b || a === BOT) return true
  return isRef(a) && isRef(b) && matchesRefType(a, b, types)
}

/** Reference types (§3.3.4). */
export function matchesRefType(a: ValType, b: ValType, types?: Types): boolean {
  return (isNullable(b) || !isNullable(a)) && matchesHeapType(heapOf(a), heapOf(b), types)
}

/** Heap types (§3.3.3). */
export function matchesHeapType(a: HeapType, b: HeapType, types?: Types): boolean {
  if (a === b || a === HEAP_BOT) return true
  if (isAbstract(b)) return matchesAbstract(isAbstract(a) ? a : abstractOf(a, types), b)
  // Below a defined type are its declared subtypes and the bottom of its hierarchy.
  if (isAbstract(a)) return a === bottomOf(b, types)
  if (types === undefined) return matchesCanonical(a, b)
  const ids = canonicalize(types)
  return matchesCanonical(ids[a]!, ids[b]!)
}

/** Result types (§3.3.6): as long as each other, and each type matches. */
export function matchesResultType(a: readonly ValType[], b: readonly ValType[], types?: Types): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!matchesValType(a[i]!, b[i]!, types)) return false
  return true
}

/** Function types: parameters the other way round. */
export function matchesFuncType(a: FuncType, b: FuncType, types?: Types): boolean {
  return matchesResultType(b.params, a.params, types) && matchesResultType(a.results, b.results, types)
}

/** Composite types (§3.3.8): what a declared supertype has to satisfy. A structure may have further fields. */
export function matchesCompType(a: CompType, b: CompType, types?: Types): boolean {
  if (a.kind === 'func') return b.kind === 'func' && matchesFuncType(a, b, types)
  if (a.kind === 'array') return b.kind === 'array' && matchesFieldType(a.field, b.field, types)
  if (a.kind === 'cont') return b.kind === 'cont' && matchesHeapType(a.typeidx, b.typeidx, types)
  return (
    b.kind === 'struct' && a.fields.length >= b.fields.length && b.fields.every((field, i) => matchesFieldType(a.fields[i]!, field, types))
  )
}

/** Field types (§3.3.9): what can be written must be the same type. */
export function matchesFieldType(a: FieldType, b: FieldType, types?: Types): boolean {
  return a.mutable === b.mutable && matchesValType(a.type, b.type, types) && (!a.mutable || matchesValType(b.type, a.type, types))
}

/** Limits (§3.3.11): `a` guarantees at least the minimum of `b` and grows no further than `b` says. */
export function matchesLimits(a: Limits, b: Limits): boolean {
  return a.is64 === b.is64 && a.min >= b.min && (b.max === undefined || (a.max !== undefined && a.max <= b.max))
}

/** Memory types (§3.3.14). For a memory that exists, `a.limits.min` is its current size. */
export function matchesMemoryType(a: MemoryType, b: MemoryType): boolean {
  return a.shared === b.shared && a.pageSizeLog2 === b.pageSizeLog2 && matchesLimits(a.limits, b.limits)
}

/** Table types (§3.3.15): anybody may write, so the element types must be the same. For a table that exists, `min` is its current size. */
export function matchesTableType(a: TableType, b: TableType, types?: Types): boolean {
  return matchesLimits(a.limits, b.limits) && matchesRefType(a.element, b.element, types) && matchesRefType(b.element, a.element, types)
}

/** Global types (§3.3.13). */
export function matchesGlobalType(a: GlobalType, b: GlobalType, types?: Types): boolean {
  return matchesFieldType(a, b, types)
}

/** External types (§3.3.16): whether an export of type `a` may be imported as `b`. */
export function matchesExternType(a: ExternType, b: ExternType, types?: Types): boolean {
  switch (a.kind) {
    case 'func':
      return b.kind === 'func' && matchesHeapType(a.typeidx, b.typeidx, types)
    case 'table':
      return b.kind === 'table' && matchesTableType(a.type, b.type, types)
    case 'memory':
      return b.kind === 'memory' && matchesMemoryType(a.type, b.type)
    case 'global':
      return b.kind === 'global' && matchesGlobalType(a.type, b.type, types)
    case 'tag':
      // §3.3.12: a tag is used in both directions.
      return (
        b.kind === 'tag' && matchesHeapType(a.type.typeidx, b.type.typeidx, types) && matchesHeapType(b.type.typeidx, a.type.typeidx, types)
      )
  }
}

/** The top of the hierarchy that a heap type is in: `any`, `func`, `extern`, `exn` or `cont`. The bottom type stays. */
export function topOf(heap: HeapType, types?: Types): HeapType {
  switch (isAbstract(heap) ? heap : abstractOf(heap, types)) {
    case HEAP_FUNC:
    case HEAP_NOFUNC:
      return HEAP_FUNC
    case HEAP_EXTERN:
    case HEAP_NOEXTERN:
      return HEAP_EXTERN
    case HEAP_EXN:
    case HEAP_NOEXN:
      return HEAP_EXN
    case HEAP_CONT:
    case HEAP_NOCONT:
      return HEAP_CONT
    case HEAP_BOT:
      return HEAP_BOT
    default:
      return HEAP_ANY
  }
}

/** The bottom of the hierarchy that a heap type is in: `none`, `nofunc`, `noextern`, `noexn` or `nocont`. */
export function bottomOf(heap: HeapType, types?: Types): HeapType {
  switch (topOf(heap, types)) {
    case HEAP_FUNC:
      return HEAP_NOFUNC
    case HEAP_EXTERN:
      return HEAP_NOEXTERN
    case HEAP_EXN:
      return HEAP_NOEXN
    case HEAP_CONT:
      return HEAP_NOCONT
    case HEAP_BOT:
      return HEAP_BOT
    default:
      return HEAP_NONE
  }
}

/** The type difference of br_on_cast (§3.2, `\`): what is left of `a` after values of `b` are taken out; only null is tracked. */
export function differenceOf(a: ValType, b: ValType): ValType {
  return isNullable(b) ? refType(false, heapOf(a)) : a
}

/** The abstract heap type right above a defined type. */
function abstractOf(heap: HeapType, types: Types): HeapType {
  const comp = types === undefined ? canonicalType(heap).comp : types[heap]!.comp
  switch (comp.kind) {
    case 'func':
      return HEAP_FUNC
    case 'struct':
      return HEAP_STRUCT
    case 'array':
      return HEAP_ARRAY
    case 'cont':
      return HEAP_CONT
  }
}

/** Abstract heap types only. None but the bottoms are below `i31`, `struct` and `array` and below the tops but `any`. */
function matchesAbstract(a: HeapType, b: HeapType): boolean {
  switch (a) {
    case b:
      return true
    case HEAP_BOT:
      return true
    case HEAP_NONE:
      return b === HEAP_I31 || b === HEAP_STRUCT || b === HEAP_ARRAY || b === HEAP_EQ || b === HEAP_ANY
    case HEAP_I31:
    case HEAP_STRUCT:
    case HEAP_ARRAY:
      return b === HEAP_EQ || b === HEAP_ANY
    case HEAP_EQ:
      return b === HEAP_ANY
    case HEAP_NOFUNC:
      return b === HEAP_FUNC
    case HEAP_NOEXTERN:
      return b === HEAP_EXTERN
    case HEAP_NOEXN:
      return b === HEAP_EXN
    case HEAP_NOCONT:
      return b === HEAP_CONT
    default:
      return false
  }
}
