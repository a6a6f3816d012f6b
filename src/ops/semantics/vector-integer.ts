/**
 * Integer instructions on lanes (spec §4.3.2 on the lanes of a shape, §4.4.5), all but those that test or move lanes.
 * Results are wrapped by the typed array they are stored in. Where bytes and halfwords can be computed four or two at a
 * time in an int32, the row says so by its lane kind i32. Joined in vector.ts.
 */
import { i32Predicates, i32Values } from './i32.ts'
import { i64Predicates, i64Values } from './i64.ts'
import { conversionValues } from './conversions.ts'
import type { LaneKind, LaneRow, Pick } from './vector.ts'

type Compute = LaneRow['compute']
const row = (from: LaneKind, to: LaneKind, compute: unknown, pick: Pick = 'lane'): LaneRow => ({
  from,
  to,
  pick,
  compute: compute as Compute,
})
/** Lanes in, lanes of the same kind out. */
const on = (kind: LaneKind, compute: Compute): LaneRow => row(kind, kind, compute)

const min: Compute = (a, b) => (a < b ? a : b)
const max: Compute = (a, b) => (a > b ? a : b)
const abs: Compute = (a) => (a < 0 ? -a : a)
const average: Compute = (a, b) => (a + b + 1) >> 1
const product: Compute = (a, b) => Math.imul(a, b)
const same: Compute = (a) => a
const sum: Compute = (a, b) => a + b

// Saturation of a sum, a difference, or a wider lane.
const addS8: Compute = (a, b) => (a + b < -128 ? -128 : a + b > 127 ? 127 : a + b)
const subS8: Compute = (a, b) => (a - b < -128 ? -128 : a - b > 127 ? 127 : a - b)
const addS16: Compute = (a, b) => (a + b < -32768 ? -32768 : a + b > 32767 ? 32767 : a + b)
const subS16: Compute = (a, b) => (a - b < -32768 ? -32768 : a - b > 32767 ? 32767 : a - b)
const addU8: Compute = (a, b) => (a + b > 255 ? 255 : a + b)
const addU16: Compute = (a, b) => (a + b > 65535 ? 65535 : a + b)
const subU: Compute = (a, b) => (a < b ? 0 : a - b)
const narrowS8: Compute = (a) => (a < -128 ? -128 : a > 127 ? 127 : a)
const narrowU8: Compute = (a) => (a < 0 ? 0 : a > 255 ? 255 : a)
const narrowS16: Compute = (a) => (a < -32768 ? -32768 : a > 32767 ? 32767 : a)
const narrowU16: Compute = (a) => (a < 0 ? 0 : a > 65535 ? 65535 : a)

// Four bytes, or two halfwords, in an int32. Sums without the top bit of each lane do not carry into the next lane; the top
// bits are added by the exclusive or. For differences the top bit of each minuend is set instead, so that none borrows.
const add8: Compute = (a, b) => ((a & 0x7f7f7f7f) + (b & 0x7f7f7f7f)) ^ ((a ^ b) & -0x7f7f7f80)
const sub8: Compute = (a, b) => ((a | -0x7f7f7f80) - (b & 0x7f7f7f7f)) ^ ((a ^ ~b) & -0x7f7f7f80)
const neg8: Compute = (a) => (-0x7f7f7f80 - (a & 0x7f7f7f7f)) ^ (~a & -0x7f7f7f80)
const add16: Compute = (a, b) => ((a & 0x7fff7fff) + (b & 0x7fff7fff)) ^ ((a ^ b) & -0x7fff8000)
const sub16: Compute = (a, b) => ((a | -0x7fff8000) - (b & 0x7fff7fff)) ^ ((a ^ ~b) & -0x7fff8000)
const neg16: Compute = (a) => (-0x7fff8000 - (a & 0x7fff7fff)) ^ (~a & -0x7fff8000)
// What a shift moves over from the neighbour is masked away.
const shl8: Compute = (a, b) => (a << (b & 7)) & Math.imul((255 << (b & 7)) & 255, 0x01010101)
const shrU8: Compute = (a, b) => (a >>> (b & 7)) & Math.imul(255 >> (b & 7), 0x01010101)
const shl16: Compute = (a, b) => (a << (b & 15)) & Math.imul((65535 << (b & 15)) & 65535, 0x00010001)
const shrU16: Compute = (a, b) => (a >>> (b & 15)) & Math.imul(65535 >> (b & 15), 0x00010001)
const shrS16: Compute = (a, b) => ((a >> (b & 15)) & -65536) | ((((a << 16) >> 16) >> (b & 15)) & 65535)
/** The low half of a product depends on the low halves only. */
const mul16: Compute = (a, b) => (Math.imul(a >> 16, b >> 16) << 16) | (Math.imul(a, b) & 65535)
/** The steps of i32.popcnt, stopped when each byte holds its own count. */
const popcnt8: Compute = (a) => {
  const twos = a - ((a >>> 1) & 0x55555555)
  const fours = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333)
  return (fours + (fours >>> 4)) & 0x0f0f0f0f
}

/** Rows of the comparisons of a shape; the same predicates serve all widths, since a lane arrives as an int32. */
function comparisons(shape: string, signed: LaneKind, unsigned: LaneKind): Record<string, LaneRow> {
  const rows: Record<string, LaneRow> = {}
  for (const name of ['eq', 'ne', 'lt_s', 'gt_s', 'le_s', 'ge_s'])
    rows[`${shape}.${name}`] = row(signed, signed, i32Predicates[`i32.${name}`])
  for (const name of ['lt', 'gt', 'le', 'ge']) {
    // Unsigned bytes and halfwords are small positive numbers, for which signed comparisons do.
    const predicate = unsigned === 'i32' ? `i32.${name}_u` : `i32.${name}_s`
    rows[`${shape}.${name}_u`] = row(unsigned, signed, i32Predicates[predicate])
  }
  return rows
}

/** extend, extmul and extadd_pairwise from a narrower shape, signed and unsigned. */
function widening(shape: string, to: LaneKind, narrow: string, from: LaneKind, sign: 's' | 'u'): Record<string, LaneRow> {
  return {
    [`${shape}.extend_low_${narrow}_${sign}`]: row(from, to, same),
    [`${shape}.extend_high_${narrow}_${sign}`]: row(from, to, same, 'high'),
    [`${shape}.extmul_low_${narrow}_${sign}`]: row(from, to, product),
    [`${shape}.extmul_high_${narrow}_${sign}`]: row(from, to, product, 'high'),
    [`${shape}.extadd_pairwise_${narrow}_${sign}`]: row(from, to, sum, 'pairs'),
  }
}

// The product of two i32 as an i64: as i64.mul of the extended operands.
const wideProductS: Compute = (a, b) => {
  const lo = Math.imul(a, b)
  const carry = (((a >>> 0) * (b >>> 0) - (lo >>> 0)) * 2.3283064365386963e-10 + 0.5) | 0
  return [lo, (carry - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0]
}
const wideProductU: Compute = (a, b) => {
  const lo = Math.imul(a, b)
  const carry = (((a >>> 0) * (b >>> 0) - (lo >>> 0)) * 2.3283064365386963e-10 + 0.5) | 0
  return [lo, carry]
}

// One signed product overflows: that of the two smallest numbers.
const q15: Compute = (a, b) => (a === -32768 && b === -32768 ? 32767 : (a * b + 0x4000) >> 15)
const relaxedDot: Compute = (a, p, b, q) => (a * b + p * q > 32767 ? 32767 : a * b + p * q)

export const integerLanes: Record<string, LaneRow> = {
  'i8x16.splat': on('i32', (a) => Math.imul(a & 255, 0x01010101)),
  'i16x8.splat': on('i32', (a) => Math.imul(a & 65535, 0x00010001)),
  'i32x4.splat': on('i32', same),
  'i64x2.splat': on('i64', (al, ah) => [al, ah]),

  'v128.not': on('i32', (a) => ~a),
  'v128.and': on('i32', (a, b) => a & b),
  'v128.andnot': on('i32', (a, b) => a & ~b),
  'v128.or': on('i32', (a, b) => a | b),
  'v128.xor': on('i32', (a, b) => a ^ b),
  'v128.bitselect': on('i32', (a, b, c) => (a & c) | (b & ~c)),

  ...comparisons('i8x16', 'i8', 'u8'),
  ...comparisons('i16x8', 'i16', 'u16'),
  ...comparisons('i32x4', 'i32', 'i32'),

  'i8x16.abs': on('i8', abs),
  'i8x16.neg': on('i32', neg8),
  'i8x16.popcnt': on('i32', popcnt8),
  'i8x16.narrow_i16x8_s': row('i16', 'i8', narrowS8, 'concat'),
  'i8x16.narrow_i16x8_u': row('i16', 'i8', narrowU8, 'concat'),
  'i8x16.shl': on('i32', shl8),
  'i8x16.shr_s': on('i8', (a, b) => a >> (b & 7)),
  'i8x16.shr_u': on('i32', shrU8),
  'i8x16.add': on('i32', add8),
  'i8x16.add_sat_s': on('i8', addS8),
  'i8x16.add_sat_u': on('u8', addU8),
  'i8x16.sub': on('i32', sub8),
  'i8x16.sub_sat_s': on('i8', subS8),
  'i8x16.sub_sat_u': on('u8', subU),
  'i8x16.min_s': on('i8', min),
  'i8x16.min_u': on('u8', min),
  'i8x16.max_s': on('i8', max),
  'i8x16.max_u': on('u8', max),
  'i8x16.avgr_u': on('u8', average),

  ...widening('i16x8', 'i16', 'i8x16', 'i8', 's'),
  ...widening('i16x8', 'i16', 'i8x16', 'u8', 'u'),
  'i16x8.abs': on('i16', abs),
  'i16x8.neg': on('i32', neg16),
  'i16x8.q15mulr_sat_s': on('i16', q15),
  'i16x8.narrow_i32x4_s': row('i32', 'i16', narrowS16, 'concat'),
  'i16x8.narrow_i32x4_u': row('i32', 'i16', narrowU16, 'concat'),
  'i16x8.shl': on('i32', shl16),
  'i16x8.shr_s': on('i32', shrS16),
  'i16x8.shr_u': on('i32', shrU16),
  'i16x8.add': on('i32', add16),
  'i16x8.add_sat_s': on('i16', addS16),
  'i16x8.add_sat_u': on('u16', addU16),
  'i16x8.sub': on('i32', sub16),
  'i16x8.sub_sat_s': on('i16', subS16),
  'i16x8.sub_sat_u': on('u16', subU),
  'i16x8.mul': on('i32', mul16),
  'i16x8.min_s': on('i16', min),
  'i16x8.min_u': on('u16', min),
  'i16x8.max_s': on('i16', max),
  'i16x8.max_u': on('u16', max),
  'i16x8.avgr_u': on('u16', average),

  ...widening('i32x4', 'i32', 'i16x8', 'i16', 's'),
  ...widening('i32x4', 'i32', 'i16x8', 'u16', 'u'),
  'i32x4.abs': on('i32', abs),
  'i32x4.neg': on('i32', (a) => -a | 0),
  'i32x4.shl': row('i32', 'i32', i32Values['i32.shl']),
  'i32x4.shr_s': row('i32', 'i32', i32Values['i32.shr_s']),
  'i32x4.shr_u': row('i32', 'i32', i32Values['i32.shr_u']),
  'i32x4.add': row('i32', 'i32', i32Values['i32.add']),
  'i32x4.sub': row('i32', 'i32', i32Values['i32.sub']),
  'i32x4.mul': row('i32', 'i32', i32Values['i32.mul']),
  'i32x4.min_s': on('i32', min),
  'i32x4.min_u': on('i32', (a, b) => (a >>> 0 < b >>> 0 ? a : b)),
  'i32x4.max_s': on('i32', max),
  'i32x4.max_u': on('i32', (a, b) => (a >>> 0 > b >>> 0 ? a : b)),
  'i32x4.dot_i16x8_s': row('i16', 'i32', ((a, p, b, q) => (a * b + p * q) | 0) as Compute, 'pairs'),

  'i64x2.abs': on('i64', (al, ah) => [ah < 0 ? -al | 0 : al, ah < 0 ? (~ah + (al === 0 ? 1 : 0)) | 0 : ah]),
  'i64x2.neg': on('i64', (al, ah) => [-al | 0, (~ah + (al === 0 ? 1 : 0)) | 0]),
  'i64x2.extend_low_i32x4_s': row('i32', 'i64', conversionValues['i64.extend_i32_s']),
  'i64x2.extend_high_i32x4_s': row('i32', 'i64', conversionValues['i64.extend_i32_s'], 'high'),
  'i64x2.extend_low_i32x4_u': row('i32', 'i64', conversionValues['i64.extend_i32_u']),
  'i64x2.extend_high_i32x4_u': row('i32', 'i64', conversionValues['i64.extend_i32_u'], 'high'),
  'i64x2.shl': row('i64', 'i64', i64Values['i64.shl']),
  'i64x2.shr_s': row('i64', 'i64', i64Values['i64.shr_s']),
  'i64x2.shr_u': row('i64', 'i64', i64Values['i64.shr_u']),
  'i64x2.add': row('i64', 'i64', i64Values['i64.add']),
  'i64x2.sub': row('i64', 'i64', i64Values['i64.sub']),
  'i64x2.mul': row('i64', 'i64', i64Values['i64.mul']),
  'i64x2.eq': row('i64', 'i64', i64Predicates['i64.eq']),
  'i64x2.ne': row('i64', 'i64', i64Predicates['i64.ne']),
  'i64x2.lt_s': row('i64', 'i64', i64Predicates['i64.lt_s']),
  'i64x2.gt_s': row('i64', 'i64', i64Predicates['i64.gt_s']),
  'i64x2.le_s': row('i64', 'i64', i64Predicates['i64.le_s']),
  'i64x2.ge_s': row('i64', 'i64', i64Predicates['i64.ge_s']),
  'i64x2.extmul_low_i32x4_s': row('i32', 'i64', wideProductS),
  'i64x2.extmul_high_i32x4_s': row('i32', 'i64', wideProductS, 'high'),
  'i64x2.extmul_low_i32x4_u': row('i32', 'i64', wideProductU),
  'i64x2.extmul_high_i32x4_u': row('i32', 'i64', wideProductU, 'high'),

  'i16x8.relaxed_dot_i8x16_i7x16_s': row('i8', 'i16', relaxedDot, 'pairs'),
}
