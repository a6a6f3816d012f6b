/** A constant of each type: what a value is when nothing else is at hand (spec §4.6.1, §4.6.3 ref.null, ref.func). */
import {
  type ValType,
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  V128,
  heapOf,
  isAbstract,
  isNullable,
  refType,
} from '../../../src/spec/types.ts'
import type { Body } from '../body.ts'
import { gcConstant } from './gc.ts'
import { vectorConstant } from './simd.ts'
import { f32Bits, f64Bits, i32Bits, i64Bits } from '../random.ts'

/** Pushes it; always succeeds. */
export function constant(b: Body, type: ValType): boolean {
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
    case V128:
      vectorConstant(b)
      break
    default:
      reference(b, type)
  }
  return true
}

function reference(b: Body, type: ValType): void {
  // A reference that must not be null is one of these.
  if (b.shape.features.has('gc') && !isNullable(type)) return gcConstant(b, type)
  const heap = heapOf(type)
  const { funcs, importedFuncs, types } = b.shape
  const comp = types[heap]
  if (comp?.kind === 'cont') {
    const own = b.pickOr(funcs.flatMap((t, f) => (t === comp.typeidx && f >= importedFuncs ? [f] : [])))
    if (own >= 0 && b.r.chance(60)) {
      b.op('ref.func', [], [refType(true, comp.typeidx)], { index: own })
      b.op('cont.new', [refType(true, comp.typeidx)], [type], { index: heap })
    } else b.op('ref.null', [], [type], { heap })
    return
  }
  const fitting =
    type === FUNCREF
      ? funcs.map((_, f) => f)
      : type === EXTERNREF || isAbstract(heap)
        ? []
        : funcs.flatMap((t, f) => (t === heap ? [f] : []))
  if (fitting.length > 0 && b.r.chance(60)) b.op('ref.func', [], [type], { index: b.r.pick(fitting) })
  else b.op('ref.null', [], [type], { heap })
}
