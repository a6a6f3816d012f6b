/** Writes types (spec §5.3) in their canonical form: abstract nullable references take one byte. Mirror of `decoder/types.ts`. */
import {
  type CompType,
  type ExternKind,
  type ExternType,
  type FieldType,
  type GlobalType,
  type HeapType,
  type Limits,
  type MemoryType,
  type SubType,
  type TableType,
  type ValType,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
} from '../spec/types.ts'
import type { ByteWriter } from './byte-writer.ts'

const REF_NULL = 0x63
const REF = 0x64

/** A heap type is an s33: a typeidx, or the negative number whose low seven bits are the code of an abstract type. */
export function writeHeapType(w: ByteWriter, heap: HeapType): void {
  if (isAbstract(heap)) w.byte(heap & 0x7f)
  else w.s33(heap)
}

export function writeValType(w: ByteWriter, type: ValType): void {
  if (!isRef(type)) {
    w.byte(type)
    return
  }
  const heap = heapOf(type)
  if (isNullable(type) && isAbstract(heap)) {
    w.byte(heap & 0x7f)
    return
  }
  w.byte(isNullable(type) ? REF_NULL : REF)
  writeHeapType(w, heap)
}

export function writeValTypes(w: ByteWriter, types: readonly ValType[]): void {
  w.u32(types.length)
  for (const type of types) writeValType(w, type)
}

function writeField(w: ByteWriter, field: FieldType): void {
  writeValType(w, field.type)
  w.byte(field.mutable ? 1 : 0)
}

function writeCompType(w: ByteWriter, comp: CompType): void {
  switch (comp.kind) {
    case 'func':
      w.byte(0x60)
      writeValTypes(w, comp.params)
      writeValTypes(w, comp.results)
      break
    case 'struct':
      w.byte(0x5f)
      w.u32(comp.fields.length)
      for (const field of comp.fields) writeField(w, field)
      break
    case 'array':
      w.byte(0x5e)
      writeField(w, comp.field)
      break
    case 'cont':
      w.byte(0x5d)
      w.s33(comp.typeidx)
      break
  }
}

/** `final` without supertypes needs no prefix (§5.3.13). */
export function writeSubType(w: ByteWriter, type: SubType): void {
  if (!type.final || type.supers.length > 0) {
    w.byte(type.final ? 0x4f : 0x50)
    w.u32(type.supers.length)
    for (const typeidx of type.supers) w.u32(typeidx)
  }
  writeCompType(w, type.comp)
}

/**
 * The contents of the type section: a vector of recursion groups; a group of one type that does not need the `rec` form
 * is written without it. An empty group leaves no trace in the model, nor here.
 */
export function writeTypes(w: ByteWriter, types: readonly SubType[]): void {
  let groups = 0
  for (let i = 0; i < types.length; i += types[i]!.recLength) groups++
  w.u32(groups)
  for (let i = 0; i < types.length;) {
    const length = types[i]!.recLength
    if (length > 1) {
      w.byte(0x4e)
      w.u32(length)
    }
    for (const end = i + length; i < end; i++) writeSubType(w, types[i]!)
  }
}

/** Flag bits of limits (§5.3.15): 1 has a maximum, 2 shared, 4 64-bit, 8 a page size follows. */
function writeLimits(w: ByteWriter, limits: Limits, moreFlags: number): void {
  w.byte((limits.max === undefined ? 0 : 1) | (limits.is64 ? 4 : 0) | moreFlags)
  w.u64FromNumber(limits.min)
  if (limits.max !== undefined) w.u64FromNumber(limits.max)
}

export function writeMemoryType(w: ByteWriter, type: MemoryType): void {
  writeLimits(w, type.limits, (type.shared ? 2 : 0) | (type.pageSizeLog2 === 16 ? 0 : 8))
  if (type.pageSizeLog2 !== 16) w.u32(type.pageSizeLog2)
}

export function writeTableType(w: ByteWriter, type: TableType): void {
  writeValType(w, type.element)
  writeLimits(w, type.limits, 0)
}

export function writeGlobalType(w: ByteWriter, type: GlobalType): void {
  writeValType(w, type.type)
  w.byte(type.mutable ? 1 : 0)
}

/** Code of an extern kind in imports and exports (§5.3.18). */
export const externCodes: Readonly<Record<ExternKind, number>> = { func: 0, table: 1, memory: 2, global: 3, tag: 4 }

export function writeExternType(w: ByteWriter, type: ExternType): void {
  w.byte(externCodes[type.kind])
  switch (type.kind) {
    case 'func':
      w.u32(type.typeidx)
      break
    case 'table':
      writeTableType(w, type.type)
      break
    case 'memory':
      writeMemoryType(w, type.type)
      break
    case 'global':
      writeGlobalType(w, type.type)
      break
    case 'tag':
      w.byte(0)
      w.u32(type.type.typeidx)
      break
  }
}
