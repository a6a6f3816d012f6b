/** Constants and every numeric instruction of the table that takes and gives scalars (spec §4.6.1). */
import { type Instruction, instructions } from '../../../src/spec/instructions.ts'
import { type ValType, EXTERNREF, F32, F64, HEAP_EXTERN, HEAP_FUNC, I32, I64 } from '../../../src/spec/types.ts'
import type { Body } from '../body.ts'
import { f32Bits, f64Bits, i32Bits, i64Bits } from '../random.ts'
import type { Maker, Statement } from './index.ts'

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
const comparisons = numerics.filter((n) => /^...\.(eqz|eq|ne|[lg][te](_[su])?)$/.test(n.name))

/** The sign or payload of a NaN operand can be seen in the result. */
const showsBits = /copysign|reinterpret_f/
/** A NaN result whose bits the spec leaves open. */
const makesNaN = /^f..\.(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote_f64|promote_f32)$/

export const constant: Maker = (b, type) => {
  switch (type) {
    case I32:
      b.op('i32.const', [], [type], { lo: i32Bits(b.r) })
      break
    case I64: {
      const [lo, hi] = i64Bits(b.r)
      b.op('i64.const', [], [type], { lo, hi })
      break
    }
    case F32:
      b.op('f32.const', [], [type], { lo: f32Bits(b.r) })
      break
    case F64: {
      const [lo, hi] = f64Bits(b.r)
      b.op('f64.const', [], [type], { lo, hi })
      break
    }
    default:
      if (type !== EXTERNREF && b.r.chance(60) && b.shape.funcs.length > 0)
        b.op('ref.func', [], [type], { index: b.r.below(b.shape.funcs.length) })
      else b.op('ref.null', [], [type], { heap: type === EXTERNREF ? HEAP_EXTERN : HEAP_FUNC })
  }
  return true
}

/** Applies a row to operands that are on the stack or are made now. */
export function apply(b: Body, row: Instruction): void {
  const { params, results } = row.type!
  b.need(params)
  guard(b, row)
  const { name } = row
  if (showsBits.test(name)) b.showsFloat(params[params.length - 1]!)
  b.op(name, params, results)
  if (makesNaN.test(name)) b.madeFloat(results[0]!)
}

/** Most divisions get a divisor that is not zero, most conversions a number that fits: programs that always trap show little. */
function guard(b: Body, { name, type }: Instruction): void {
  const [t] = type!.params as [ValType]
  if (/\.(div|rem)_[su]$/.test(name)) {
    if (b.r.chance(12) || b.available.length < 2) return
    if (t === I32) {
      b.raw('i32.const', { lo: b.r.pick([1, 3, 0x101]) })
      b.raw('i32.or')
    } else {
      b.raw('i64.const', { lo: b.r.pick([1, 3, 0x101]), hi: b.r.pick([0, 0, 1, -0x80000000]) })
      b.raw('i64.or')
    }
  } else if (/^i..\.trunc_f/.test(name)) {
    if (b.r.chance(20) || b.available.length < 1) return
    b.op('drop', [t], [])
    if (b.r.chance(50)) {
      const limit = b.r.pick([0x7f, 0xffff, 0x7fffff, 0x7fffffff])
      b.need([I32])
      b.op('i32.const', [], [I32], { lo: limit })
      b.op('i32.and', [I32, I32], [I32])
      b.op(t === F32 ? 'f32.convert_i32_s' : 'f64.convert_i32_s', [I32], [t])
      if (limit > 0xffffff && t === F32) {
        b.op('f32.const', [], [F32], { lo: 0x3f000000 })
        b.op('f32.mul', [F32, F32], [F32])
      }
    } else constant(b, t)
  }
}

const byRow: Maker = (b, type) => {
  apply(b, b.r.pick(byResult.get(type)!))
  return true
}
const compare: Maker = (b, type) => {
  if (type !== I32) return false
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

export const numericMakers: readonly Maker[] = [byRow, byRow, byRow, compare, byRow, compare]
export const numericStatements: readonly Statement[] = [applyToTop, applyToTop, applyToTop]
