/**
 * Type section, and the types of tables, memories, globals and tags (spec §3.2, §3.5). Called by `validate`.
 * Interning of recursion groups (src/spec/canonical.ts) checks that references are in range.
 */
import { entryOffsets } from '../decoder/decode.ts'
import { InvalidError, locate } from '../errors.ts'
import { featureOff } from '../spec/features.ts'
import { canonicalize, matchesCompType } from '../spec/matching.ts'
import { MAX_MEMORY32_PAGES } from '../spec/limits.ts'
import type { GlobalType, Limits, MemoryType, SubType, TableType, TagType } from '../spec/types.ts'
import type { Context } from './context.ts'

export function checkTypes(c: Context): void {
  const { types } = c
  // Everything that follows compares types, which needs their canonical ids; `unknown type` comes from here.
  const offsetOf = (typeidx: number): number | undefined => entryOffsets(c.module, 1)[typeidx]
  canonicalize(types, offsetOf)
  for (let i = 0; i < types.length; i++) {
    try {
      checkFeature(c, i)
      checkSubType(types, i)
    } catch (e) {
      throw locate(e, { offset: offsetOf(i) })
    }
  }
}

/** The decoder has refused this already, unless the module came from text. */
function checkFeature(c: Context, i: number): void {
  const { comp, supers, final, recLength } = c.types[i]!
  const feature = comp.kind === 'cont' ? 'stack-switching' : 'gc'
  if ((comp.kind !== 'func' || supers.length > 0 || !final || recLength !== 1) && !c.features.has(feature)) {
    throw featureOff(feature, `type ${i}`)
  }
}

function checkSubType(types: readonly SubType[], i: number): void {
  const { supers, comp } = types[i]!
  if (comp.kind === 'cont' && types[comp.typeidx]!.comp.kind !== 'func') {
    throw new InvalidError(`non-function type ${comp.typeidx}`, `type ${i} is a continuation of it`)
  }
  if (supers.length > 1) throw new InvalidError('sub type', `type ${i} has ${supers.length} supertypes, it may have one`)
  for (const parent of supers) {
    if (types[parent]!.final) throw new InvalidError(`sub type ${i} does not match super type ${parent}`, `type ${parent} is final`)
    if (!matchesCompType(comp, types[parent]!.comp, types)) {
      throw new InvalidError(`sub type ${i} does not match super type ${parent}`, `type ${parent} cannot be replaced by it`)
    }
  }
}

const MAX_MEMORY64_PAGES = 2 ** 48
const MAX_TABLE32 = 2 ** 32 - 1
const MAX_TABLE64 = 2 ** 64

function checkLimits({ min, max }: Limits, most: number, rule: string, offset: number | undefined): void {
  if (min > most || (max !== undefined && max > most)) {
    throw new InvalidError(rule, `declared as ${min}${max === undefined ? '' : ` to ${max}`}`, { offset })
  }
  if (max !== undefined && min > max) throw new InvalidError('size minimum must not be greater than maximum', `${min} > ${max}`, { offset })
}

export function checkMemoryType(c: Context, { limits, shared, pageSizeLog2 }: MemoryType, offset: number | undefined): void {
  if (pageSizeLog2 !== 16 && !(pageSizeLog2 === 0 && c.features.has('custom-page-sizes'))) {
    throw new InvalidError('invalid custom page size', `2^${pageSizeLog2} bytes; it must be 1 or 65536`, { offset })
  }
  // 2^32 - 1 or 2^64 - 1 bytes at most with pages of one byte; else 2^32 or 2^64.
  if (pageSizeLog2 === 0) {
    const most = limits.is64 ? MAX_TABLE64 : MAX_TABLE32
    checkLimits(limits, most, `memory size must be at most ${limits.is64 ? '2^64' : '2^32'} - 1 pages (1 byte each)`, offset)
  } else if (limits.is64) checkLimits(limits, MAX_MEMORY64_PAGES, 'memory size must be at most 2^48 pages (16EiB)', offset)
  else checkLimits(limits, MAX_MEMORY32_PAGES, 'memory size must be at most 65536 pages (4GiB)', offset)
  if (shared && limits.max === undefined) throw new InvalidError('shared memory must have maximum', '', { offset })
}

export function checkTableType(c: Context, { limits, element }: TableType, offset: number | undefined): void {
  checkLimits(limits, limits.is64 ? MAX_TABLE64 : MAX_TABLE32, `table size must be at most ${limits.is64 ? '2^64-1' : '2^32-1'}`, offset)
  c.checkValType(element, offset)
}

export function checkGlobalType(c: Context, { type }: GlobalType, offset: number | undefined): void {
  c.checkValType(type, offset)
}

export function checkTagType(c: Context, { typeidx }: TagType, offset: number | undefined): void {
  const { results } = c.funcType(typeidx, offset)
  // Under stack switching the results are what suspend returns.
  if (results.length > 0 && !c.features.has('stack-switching'))
    throw featureOff('stack-switching', `a tag with results (type ${typeidx})`, { offset }, 'non-empty tag result type')
}
