/** Every numeric instruction of the table that takes and gives scalars (spec §4.6.1). */
import { type Instruction, instructions } from '../../../src/spec/instructions.ts'
import { type ValType, F32, F64, I32, I64 } from '../../../src/spec/types.ts'
import type { Body, Family, Maker, Statement } from '../body.ts'
import { constant } from './constant.ts'

const SCALARS: readonly ValType[] = [I32, I64, F32, F64]
const isScalar = (t: ValType): boolean => SCALARS.includes(t)

/** Numeric rows: from scalars to one scalar, without immediates. */
export const numerics: readonly Instruction[] = instructions.filter(
  ({ type, immediates, feature }) =>
    type !== undefined &&
    immediates.length === 0 &&
    feature !== 'wide-arithmetic' &&
    type.params.length > 0 &&
    type.params.every(isScalar) &&
    type.results.length === 1 &&
    type.results.every(isScalar),
)
const byResult = new Map(SCALARS.map((t) => [t, numerics.filter((n) => n.type!.results[0] === t)]))
const isComparison = /^...\.(eqz|eq|ne|[lg][te](_[su])?)$/
const arithmetic = new Map(SCALARS.map((t) => [t, byResult.get(t)!.filter((n) => !isComparison.test(n.name))]))
const comparisons = numerics.filter((n) => isComparison.test(n.name))

/** The sign or payload of a NaN operand can be seen in the result. */
const showsBits = /copysign|reinterpret_f/
/** A NaN result whose bits the spec leaves open. */
const makesNaN = /^f..\.(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote_f64|promote_f32)$/

/** Applies a row to operands that are on the stack or are made now. */
export function apply(b: Body, row: Instruction): void {
  b.need(row.type!.params)
  emit(b, row)
}
function emit(b: Body, row: Instruction): void {
  const { params, results } = row.type!
  guard(b, row)
  const { name } = row
  if (showsBits.test(name)) b.showsFloat(params[params.length - 1]!)
  b.op(name, params, results)
  if (makesNaN.test(name)) b.madeFloat(results[0]!)
}

/**
 * Most divisions get a divisor that is not zero, most conversions a number that fits; in tame programs all do: programs that
 * always trap show little.
 */
function guard(b: Body, { name, type }: Instruction): void {
  const [t] = type!.params as [ValType]
  if (/\.(div|rem)_[su]$/.test(name)) {
    if (b.risk(8) || (name.endsWith('rem_s') && b.r.chance(8))) return smallest(b, t)
    if (b.risk(12)) return
    // Not 0, and not -1, with which the smallest number overflows.
    constantOperand(b, t, b.r.pick([1, 5, 0x101]), b.r.pick([0, 0, 1, -0x80000000]), 'or')
    if (!b.shape.wild) constantOperand(b, t, -3, -1, 'and')
  } else if (/^i..\.trunc_f/.test(name) && b.available.length > 0) {
    if (b.risk(25)) edge(b, t)
    else if (b.r.chance(30)) smallWhole(b, t)
    else clamp(b, t, name)
  }
}
/** Instead of the operands: the smallest number and -1. */
function smallest(b: Body, t: ValType): void {
  b.op('drop', [t], [])
  b.op('drop', [t], [])
  b.op(t === I32 ? 'i32.const' : 'i64.const', [], [t], t === I32 ? { lo: -0x80000000 } : { lo: 0, hi: -0x80000000 })
  b.op(t === I32 ? 'i32.const' : 'i64.const', [], [t], { lo: -1, hi: -1 })
}
function constantOperand(b: Body, t: ValType, lo: number, hi: number, op: string): void {
  b.raw(t === I32 ? 'i32.const' : 'i64.const', { lo, hi })
  b.raw(`${t === I32 ? 'i32' : 'i64'}.${op}`)
}
/** Instead of the operand, most times: one of the limits of the integer types, or next to it. */
function edge(b: Body, t: ValType): void {
  if (b.r.chance(20)) return
  b.op('drop', [t], [])
  // The biased exponents of 1, 2^31, 2^32, 2^63, 2^64, of either sign.
  const exponent = b.r.pick([0, 0, 31, 32, 63, 64])
  const sign = b.r.chance(60) ? -0x80000000 : 0
  const next = b.r.pick([0, 0, -1, 1])
  if (t === F32) b.op('f32.const', [], [t], { lo: (sign | ((127 + exponent) << 23)) + next })
  else {
    const hi = sign | ((1023 + exponent) << 20)
    // A whole step at 2^31 is 2^21 of the low half's units.
    const lo = next * (exponent === 31 && b.r.chance(70) ? 0x200000 : 1)
    b.op('f64.const', [], [t], { lo, hi: lo < 0 ? hi - 1 : hi })
  }
}
/** Instead of the operand: a number of up to 31 bits, in steps of 1 or 1/2. */
function smallWhole(b: Body, t: ValType): void {
  b.op('drop', [t], [])
  const limit = b.r.pick([0x7f, 0xffff, 0x7fffff, 0x7fffff80])
  b.produce(I32)
  b.op('i32.const', [], [I32], { lo: limit })
  b.op('i32.and', [I32, I32], [I32])
  b.op(t === F32 ? 'f32.convert_i32_s' : 'f64.convert_i32_s', [I32], [t])
  if (t !== F32 || limit < 0xffffff) return
  b.op('f32.const', [], [F32], { lo: 0x3f000000 })
  b.op('f32.mul', [F32, F32], [F32])
}
/** The operand if its magnitude is below the limit of the conversion, else 1.5; for an unsigned result its magnitude. */
function clamp(b: Body, t: ValType, name: string): void {
  const f = t === F32 ? 'f32' : 'f64'
  const index = b.scratchLocal(t)
  const bits = (name.startsWith('i32') ? 31 : 63) + (name.endsWith('_u') ? 1 : 0)
  const limit = t === F32 ? { lo: (127 + bits) << 23 } : { lo: 0, hi: (1023 + bits) << 20 }
  if (name.endsWith('_u')) b.raw(`${f}.abs`)
  b.raw('local.tee', { index })
  b.raw(`${f}.const`, t === F32 ? { lo: 0x3fc00000 } : { lo: 0, hi: 0x3ff80000 })
  b.raw('local.get', { index })
  b.raw(`${f}.abs`)
  b.raw(`${f}.const`, limit)
  b.raw(`${f}.lt`)
  b.raw('select')
}

const byRow: Maker = (b, type) => {
  apply(b, b.r.pick(byResult.get(type)!))
  return true
}
const compare: Maker = (b) => {
  apply(b, b.r.pick(comparisons))
  return true
}

/** A numeric instruction on whatever lies on top. */
const applyToTop: Statement = (b) => {
  const there = b.available
  if (there.length === 0) return false
  const top = there[there.length - 1]!
  const fitting = numerics.filter(({ type }) => {
    const { params } = type!
    return params[params.length - 1] === top && (params.length === 1 || params[0] === there[there.length - 2])
  })
  if (fitting.length === 0) return false
  apply(b, b.r.pick(fitting))
  return true
}

function leaf(b: Body, type: ValType): void {
  if (b.r.chance(50)) constant(b, type)
  else b.simple(type)
}
/** An expression of up to `depth` levels, with locals and constants for leaves. */
function tree(b: Body, type: ValType, depth: number): void {
  if (depth === 0 || b.r.chance(20)) return leaf(b, type)
  // Comparisons give little to compute with.
  const row = b.r.pick(b.r.chance(80) ? arithmetic.get(type)! : byResult.get(type)!)
  for (const param of row.type!.params) tree(b, param, depth - 1)
  emit(b, row)
}
/** Zeros of either sign, NaN, 1: what the two operands of min and max have to be for the rarer rules (spec §4.3.3). */
function special(b: Body, type: ValType): void {
  const high = b.r.pick([0, -0x80000000, -0x80000000, type === F32 ? 0x7fc00000 : 0x7ff80000, type === F32 ? 0x3f800000 : 0x3ff00000])
  if (type === F32) b.op('f32.const', [], [type], { lo: high })
  else b.op('f64.const', [], [type], { lo: 0, hi: high })
}
/** Computes something that is seen in the end. */
const compute: Statement = (b) => {
  const depth = b.r.below(3)
  const row = b.r.pick(numerics)
  const isSpecial = /\.(min|max)$/.test(row.name) && b.r.chance(60)
  for (const param of row.type!.params) {
    if (isSpecial) special(b, param)
    else tree(b, param, depth)
  }
  emit(b, row)
  if (b.r.chance(80)) b.observe()
  return true
}

const twice = <T>(list: readonly T[]): readonly T[] => [...list, ...list]
export const numeric: Family = {
  preludes: [compute, compute],
  statements: [applyToTop, applyToTop, applyToTop, ...Array.from({ length: 6 }, () => compute)],
  makers: (type) =>
    isScalar(type) ? twice(type === I32 ? [byRow, byRow, byRow, compare, byRow, compare] : [byRow, byRow, byRow, byRow]) : [],
}
