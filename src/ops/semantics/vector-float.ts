/**
 * Float instructions on lanes and conversions of lanes (spec §4.3.3, §4.3.4 on the lanes of a shape): the scalar
 * functions, given each lane. Those that must keep NaN bits work on integers. Joined in vector.ts.
 */
import { bitsValues } from './bits.ts'
import { conversionValues } from './conversions.ts'
import { floatPredicates, floatValues } from './float.ts'
import type { LaneKind, LaneRow } from './vector.ts'

type Compute = LaneRow['compute']
const row = (from: LaneKind, to: LaneKind, compute: unknown): LaneRow => ({ from, to, pick: 'lane', compute: compute as Compute })

const arithmetic = ['ceil', 'floor', 'trunc', 'nearest', 'sqrt', 'add', 'sub', 'mul', 'div', 'min', 'max']

/** The rows that both widths have. `bits` is the integer kind of the lanes. */
function floats(shape: string, type: 'f32' | 'f64', bits: LaneKind): Record<string, LaneRow> {
  const rows: Record<string, LaneRow> = {}
  for (const name of arithmetic) rows[`${shape}.${name}`] = row(type, type, floatValues[`${type}.${name}`])
  for (const name of ['eq', 'ne', 'lt', 'gt', 'le', 'ge']) rows[`${shape}.${name}`] = row(type, bits, floatPredicates[`${type}.${name}`])
  for (const name of ['abs', 'neg']) rows[`${shape}.${name}`] = row(bits, bits, bitsValues[`${type}.${name}`])
  return rows
}

// The product is rounded before the addition; the store rounds the sum.
const madd32: Compute = (a, b, c) => Math.fround(a * b) + c
const nmadd32: Compute = (a, b, c) => Math.fround(-a * b) + c
const madd64: Compute = (a, b, c) => a * b + c
const nmadd64: Compute = (a, b, c) => -a * b + c

export const floatLanes: Record<string, LaneRow> = {
  ...floats('f32x4', 'f32', 'i32'),
  ...floats('f64x2', 'f64', 'i64'),
  'f32x4.demote_f64x2_zero': row('f64', 'f32', conversionValues['f32.demote_f64']),
  'f64x2.promote_low_f32x4': row('f32', 'f64', conversionValues['f64.promote_f32']),
  'i32x4.trunc_sat_f32x4_s': row('f32', 'i32', conversionValues['i32.trunc_sat_f32_s']),
  'i32x4.trunc_sat_f32x4_u': row('f32', 'i32', conversionValues['i32.trunc_sat_f32_u']),
  'i32x4.trunc_sat_f64x2_s_zero': row('f64', 'i32', conversionValues['i32.trunc_sat_f64_s']),
  'i32x4.trunc_sat_f64x2_u_zero': row('f64', 'i32', conversionValues['i32.trunc_sat_f64_u']),
  'f32x4.convert_i32x4_s': row('i32', 'f32', conversionValues['f32.convert_i32_s']),
  'f32x4.convert_i32x4_u': row('i32', 'f32', conversionValues['f32.convert_i32_u']),
  'f64x2.convert_low_i32x4_s': row('i32', 'f64', conversionValues['f64.convert_i32_s']),
  'f64x2.convert_low_i32x4_u': row('i32', 'f64', conversionValues['f64.convert_i32_u']),
  'f32x4.relaxed_madd': row('f32', 'f32', madd32),
  'f32x4.relaxed_nmadd': row('f32', 'f32', nmadd32),
  'f64x2.relaxed_madd': row('f64', 'f64', madd64),
  'f64x2.relaxed_nmadd': row('f64', 'f64', nmadd64),
}
