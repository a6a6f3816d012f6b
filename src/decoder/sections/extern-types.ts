/**
 * Limits, memory, table, global and tag types (spec §5.3.11–§5.3.16), as imports and definitions share them.
 * Called by imports.ts and definitions.ts.
 */
import type { GlobalType, Limits, MemoryType, TableType, TagType } from '../../spec/types.ts'
import { type Feature, featureOff } from '../../spec/features.ts'
import type { Draft } from '../draft.ts'
import { readRefType, readValType } from '../types.ts'
import { mutability, need } from './types.ts'

/** Bits of the limits flags. */
const HAS_MAX = 0x01
const SHARED = 0x02
const IS_64 = 0x04
const PAGE_SIZE = 0x08

const DEFAULT_PAGE_SIZE_LOG2 = 16

/** Flags that came with a feature. In the language without it such a byte is malformed, and the suite's words say so. */
const flagFeatures: readonly (readonly [flag: number, feature: Feature, what: string])[] = [
  [SHARED, 'threads', 'a shared memory'],
  [IS_64, 'memory64', 'a 64-bit memory or table'],
  [PAGE_SIZE, 'custom-page-sizes', 'a page size'],
]
/** The flags byte; `allowed` are the bits that this kind of limits has at all. */
function limitsFlags(d: Draft, allowed: number): number {
  const { r } = d
  const offset = r.pos
  const flags = r.byte()
  if ((flags & ~allowed) !== 0) r.fail('malformed limits flags', offset)
  for (const [flag, feature, what] of flagFeatures) {
    if ((flags & flag) !== 0 && !d.features.has(feature)) throw featureOff(feature, what, { offset }, 'malformed limits flags')
  }
  return flags
}

function limits(d: Draft, flags: number): Limits {
  // The grammar has u64 for both address types: the validator compares with the range, so 2^32 is invalid, not malformed.
  const min = d.r.u64AsNumber()
  return { min, max: (flags & HAS_MAX) !== 0 ? d.r.u64AsNumber() : undefined, is64: (flags & IS_64) !== 0 }
}

export function memoryType(d: Draft): MemoryType {
  const flags = limitsFlags(d, HAS_MAX | SHARED | IS_64 | PAGE_SIZE)
  const range = limits(d, flags)
  let pageSizeLog2 = DEFAULT_PAGE_SIZE_LOG2
  if ((flags & PAGE_SIZE) !== 0) {
    const at = d.r.pos
    pageSizeLog2 = d.r.u32()
    if (pageSizeLog2 >= 64) d.r.fail('invalid custom page size', at)
  }
  return { limits: range, shared: (flags & SHARED) !== 0, pageSizeLog2 }
}

export function tableType(d: Draft): TableType {
  const element = readRefType(d.r)
  const flags = limitsFlags(d, HAS_MAX | IS_64)
  return { element, limits: limits(d, flags) }
}

export function globalType(d: Draft): GlobalType {
  const type = readValType(d.r)
  return { type, mutable: mutability(d) }
}

export function tagType(d: Draft): TagType {
  const { r } = d
  if (!d.features.has('legacy-exceptions') && !d.features.has('stack-switching')) need(d, 'exceptions', 'a tag')
  if (r.byte() !== 0) r.fail('malformed tag attribute', r.pos - 1)
  return { typeidx: r.u32() }
}
