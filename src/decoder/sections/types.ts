/** Type section (spec §5.5.4, §5.3.6–§5.3.10): recursion groups of sub types. Called by `decode`. */
import { type Feature, featureOff } from '../../spec/features.ts'
import { MAX_PARAMS, MAX_REC_GROUPS, MAX_REC_GROUP_SIZE, MAX_RESULTS, MAX_STRUCT_FIELDS, MAX_TYPES } from '../../spec/limits.ts'
import type { CompType, FieldType, ValType } from '../../spec/types.ts'
import { type Draft, checkLimit } from '../draft.ts'
import { readStorageType, readValType } from '../types.ts'

const REC = 0x4e
const SUB = 0x50
const SUB_FINAL = 0x4f
const FUNC = 0x60
const STRUCT = 0x5f
const ARRAY = 0x5e
const CONT = 0x5d

const NO_SUPERS: readonly number[] = []

export function typeSection(d: Draft): void {
  const { r } = d
  const n = d.count('recursion groups', MAX_REC_GROUPS)
  for (let i = 0; i < n; i++) {
    const start = d.types.length
    if (r.pos < r.end && r.bytes[r.pos] === REC) {
      need(d, 'gc', 'a recursion group')
      r.pos++
      const at = r.pos
      const length = d.count('types in a recursion group', MAX_REC_GROUP_SIZE)
      checkLimit('types', start + length, MAX_TYPES, at)
      for (let k = 0; k < length; k++) subType(d, start, length)
    } else {
      checkLimit('types', start + 1, MAX_TYPES, r.pos)
      subType(d, start, 1)
    }
  }
}

function subType(d: Draft, recStart: number, recLength: number): void {
  const { r } = d
  d.entry()
  const form = r.pos < r.end ? r.bytes[r.pos]! : 0
  let final = true
  let supers = NO_SUPERS
  if (form === SUB || form === SUB_FINAL) {
    need(d, 'gc', 'a sub type')
    r.pos++
    final = form === SUB_FINAL
    const list: number[] = []
    const n = r.count()
    for (let i = 0; i < n; i++) list.push(r.u32())
    supers = list
  }
  d.types.push({ final, supers, comp: compType(d), recStart, recLength })
}

function compType(d: Draft): CompType {
  const { r } = d
  const at = r.pos
  // An s7 in the grammar, so a longer LEB128 is an integer that is too long, not a wrong form.
  const form = r.byte()
  if (form >= 0x80) r.fail('integer representation too long', at)
  switch (form) {
    case FUNC: {
      const params = valTypes(d, 'parameters', MAX_PARAMS)
      const resultsAt = r.pos
      const results = valTypes(d, 'results', MAX_RESULTS)
      if (results.length > 1) need(d, 'multi-value', 'a function with several results', resultsAt)
      return { kind: 'func', params, results }
    }
    case STRUCT: {
      need(d, 'gc', 'a struct type', at)
      const fields: FieldType[] = []
      const n = d.count('fields', MAX_STRUCT_FIELDS)
      for (let i = 0; i < n; i++) fields.push(fieldType(d))
      return { kind: 'struct', fields }
    }
    case ARRAY:
      need(d, 'gc', 'an array type', at)
      return { kind: 'array', field: fieldType(d) }
    case CONT: {
      need(d, 'stack-switching', 'a continuation type', at)
      const typeAt = r.pos
      const typeidx = r.s33()
      if (typeidx < 0) r.fail('malformed continuation type', typeAt)
      return { kind: 'cont', typeidx }
    }
    default:
      return r.fail('malformed definition type', at)
  }
}

function valTypes(d: Draft, what: string, max: number): ValType[] {
  const types: ValType[] = []
  const n = d.count(what, max)
  for (let i = 0; i < n; i++) types.push(readValType(d.r))
  return types
}

function fieldType(d: Draft): FieldType {
  const type = readStorageType(d.r)
  return { type, mutable: mutability(d) }
}

/** Spec §5.3.8: 0x00 const, 0x01 var. Also of globals. */
export function mutability(d: Draft): boolean {
  const b = d.r.byte()
  if (b > 1) d.r.fail('malformed mutability', d.r.pos - 1)
  return b === 1
}

/** Refuses what belongs to a feature that is off. */
export function need(d: Draft, feature: Feature, what: string, at: number = d.r.pos): void {
  if (!d.features.has(feature)) throw featureOff(feature, what, { offset: at })
}
