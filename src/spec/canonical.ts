/**
 * Canonical ids of defined types (spec §3.1.2 defined types, §3.1.3 rolling and unrolling). Types are iso-recursive: two
 * are equal when their recursion groups are equal, member by member, and they stand at the same place in them. Each
 * distinct group is entered once into a table of the process, so that equality, also between modules, is `===` of two
 * numbers and subtyping one array access. Called by matching.ts, by instantiation and by casts at run time.
 *
 * The table is global and only grows. It holds small type records, never modules: a module that is loaded again adds
 * nothing.
 */
import { InvalidError, LimitError } from '../errors.ts'
import { MAX_SUBTYPE_DEPTH } from './limits.ts'
import {
  type CompType,
  type ExternType,
  type FieldType,
  type FuncType,
  type HeapType,
  type SubType,
  type ValType,
  ABSTRACT,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
  refType,
} from './types.ts'

/** A defined type apart from its module: wherever a SubType has a typeidx, this has a canonical id. */
export interface CanonicalType {
  readonly final: boolean
  readonly comp: CompType
  /** Declared supertypes, the root first, this type itself last: its length is the depth + 1. */
  readonly ancestors: readonly number[]
}

/** Indexed by canonical id. The members of a group have consecutive ids. */
const records: CanonicalType[] = []
/** From the structure of a group, as text, to the id of its first member. */
const groups = new Map<string, number>()
/** A typeidx has to fit below the flag bits of a HeapType, and so has an id. */
const MAX_IDS = ABSTRACT

const known = new WeakMap<readonly SubType[], Int32Array>()

/**
 * The canonical id of each type of a type section. Computed once per array, which must not change afterwards.
 * References are checked here, since nothing can be interned without them: an index beyond the type's own group, or a
 * supertype that is not declared earlier, is invalid (`unknown type`). `offsetOf` tells errors where a type stands.
 */
export function canonicalize(types: readonly SubType[], offsetOf?: (typeidx: number) => number | undefined): Int32Array {
  let ids = known.get(types)
  if (ids === undefined || ids.length !== types.length) {
    ids = new Int32Array(types.length)
    for (let start = 0; start < types.length;) {
      const end = Math.min(types.length, start + Math.max(1, types[start]!.recLength))
      const first = internGroup(types, start, end, ids, offsetOf)
      for (let i = start; i < end; i++) ids[i] = first + i - start
      start = end
    }
    known.set(types, ids)
  }
  return ids
}

/** The id of a function type outside any module, as host functions have. References in it are canonical already. */
export function canonicalFuncType(type: FuncType): number {
  const own = (id: number): string => `c${id}`
  const key = memberKey({ final: true, supers: [], comp: type, recStart: 0, recLength: 1 }, own)
  return groups.get(key) ?? enter(key, [{ final: true, comp: type, ancestors: [records.length] }])
}

/** The record of an id that `canonicalize` or `canonicalFuncType` gave. */
export function canonicalType(id: number): CanonicalType {
  return records[id]!
}

/** Whether the defined type `a` is a subtype of `b` (spec §3.3.10), both given by canonical id. */
export function matchesCanonical(a: number, b: number): boolean {
  if (a === b) return true
  // `b` stands at its own depth in the chain of everything below it.
  return records[a]!.ancestors[records[b]!.ancestors.length - 1] === b
}

/** A value type of a module with canonical ids in place of typeidxs; `ids` is what `canonicalize` gave for the module. */
export function canonicalValType(t: ValType, ids: Int32Array): ValType {
  if (!isRef(t)) return t
  const heap = heapOf(t)
  return isAbstract(heap) ? t : refType(isNullable(t), ids[heap]!)
}

/** The type of an import or export with canonical ids in place of typeidxs. */
export function canonicalExternType(type: ExternType, ids: Int32Array): ExternType {
  switch (type.kind) {
    case 'func':
      return { kind: 'func', typeidx: ids[type.typeidx]! }
    case 'tag':
      return { kind: 'tag', type: { typeidx: ids[type.type.typeidx]! } }
    case 'table':
      return { kind: 'table', type: { limits: type.type.limits, element: canonicalValType(type.type.element, ids) } }
    case 'global':
      return { kind: 'global', type: { type: canonicalValType(type.type.type, ids), mutable: type.type.mutable } }
    case 'memory':
      return type
  }
}

function internGroup(
  types: readonly SubType[],
  start: number,
  end: number,
  ids: Int32Array,
  offsetOf?: (typeidx: number) => number | undefined,
): number {
  // Inside the group a reference counts from its start: that is what makes equal groups look equal.
  const refer = (typeidx: number): string => (typeidx < start ? `c${ids[typeidx]}` : `r${typeidx - start}`)
  let key = ''
  for (let i = start; i < end; i++) {
    const unknown = unknownReference(types[i]!, i, end)
    if (unknown !== undefined) throw new InvalidError('unknown type', `type ${i} refers to type ${unknown}`, { offset: offsetOf?.(i) })
    key += memberKey(types[i]!, refer)
  }
  const found = groups.get(key)
  if (found !== undefined) return found

  const first = records.length
  const idOf = (typeidx: number): number => (typeidx < start ? ids[typeidx]! : first + typeidx - start)
  const members: CanonicalType[] = []
  for (let i = start; i < end; i++) {
    const { final, supers, comp } = types[i]!
    const ancestors: number[] = []
    if (supers.length > 0) {
      // A supertype inside the group is an earlier member: its record is not in the table yet.
      const parent = supers[0]!
      ancestors.push(...(parent < start ? records[ids[parent]!]! : members[parent - start]!).ancestors)
    }
    if (ancestors.length > MAX_SUBTYPE_DEPTH)
      throw new LimitError('subtype-depth', `type ${i} has more than ${MAX_SUBTYPE_DEPTH} supertypes`, { offset: offsetOf?.(i) })
    ancestors.push(idOf(i))
    members.push({ final, comp: mapComp(comp, idOf), ancestors })
  }
  return enter(key, members)
}

function enter(key: string, members: readonly CanonicalType[]): number {
  const first = records.length
  if (first + members.length > MAX_IDS) throw new LimitError('types', 'too many distinct types in this process')
  for (const member of members) records.push(member)
  groups.set(key, first)
  return first
}

/** A typeidx that the type may not refer to, if there is one. */
function unknownReference(type: SubType, self: number, end: number): number | undefined {
  let unknown: number | undefined
  const check = (typeidx: number, limit: number): void => {
    if (typeidx >= limit) unknown ??= typeidx
  }
  for (const parent of type.supers) check(parent, self)
  eachReference(type.comp, (typeidx) => check(typeidx, end))
  return unknown
}

function eachReference(comp: CompType, visit: (typeidx: number) => void): void {
  const value = (t: ValType): void => {
    if (isRef(t) && !isAbstract(heapOf(t))) visit(heapOf(t))
  }
  switch (comp.kind) {
    case 'func':
      comp.params.forEach(value)
      comp.results.forEach(value)
      break
    case 'struct':
      for (const field of comp.fields) value(field.type)
      break
    case 'array':
      value(comp.field.type)
      break
    case 'cont':
      visit(comp.typeidx)
      break
  }
}

/**
 * The structure of one type as text. It must be different for different types and the same for equal ones, and it must
 * be readable from left to right without ambiguity, because the texts of a group's members are joined.
 */
function memberKey(type: SubType, refer: (typeidx: HeapType) => string): string {
  const value = (t: ValType): string => {
    const heap = heapOf(t)
    return isRef(t) && !isAbstract(heap) ? (isNullable(t) ? 'n' : '') + refer(heap) : String(t)
  }
  const field = (f: FieldType): string => (f.mutable ? 'm' : '') + value(f.type)
  const comp = type.comp
  const head = `${type.final ? 'final' : 'open'} ${type.supers.map(refer).join(' ')}:`
  switch (comp.kind) {
    case 'func':
      return `${head}func ${comp.params.map(value).join(' ')}>${comp.results.map(value).join(' ')};`
    case 'struct':
      return `${head}struct ${comp.fields.map(field).join(' ')};`
    case 'array':
      return `${head}array ${field(comp.field)};`
    case 'cont':
      return `${head}cont ${refer(comp.typeidx)};`
  }
}

function mapComp(comp: CompType, idOf: (typeidx: number) => number): CompType {
  const value = (t: ValType): ValType => {
    const heap = heapOf(t)
    return isRef(t) && !isAbstract(heap) ? refType(isNullable(t), idOf(heap)) : t
  }
  const field = (f: FieldType): FieldType => ({ type: value(f.type), mutable: f.mutable })
  switch (comp.kind) {
    case 'func':
      return { kind: 'func', params: comp.params.map(value), results: comp.results.map(value) }
    case 'struct':
      return { kind: 'struct', fields: comp.fields.map(field) }
    case 'array':
      return { kind: 'array', field: field(comp.field) }
    case 'cont':
      return { kind: 'cont', typeidx: idOf(comp.typeidx) }
  }
}
