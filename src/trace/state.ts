/** Values in the current frame of a thread that runs instrumented code: as text, and as JS has them. */
import { CONST } from '../compiler/operand-stack.ts'
import type { Thread } from '../runtime/thread.ts'
import { type ValType, F32, F64, I32, I64, V128, isRef } from '../spec/types.ts'
import type { Place, Site } from './instrumentation.ts'
import { formatBits, formatRef, formatV128 } from './values.ts'

/** A value and its type in the spelling of the text format. */
export interface TracedValue {
  /** `i32`, `funcref`. */
  readonly type: string
  /** Decimal numbers; `nan`, `nan:0x…`, `inf`; `null`, `func:3`. */
  readonly value: string
}

export function textAt({ R, refs }: Thread, type: ValType, at: number): string {
  if (isRef(type)) return formatRef(refs[at >> 1])
  if (type === V128) return formatV128(R.subarray(at, at + 4))
  return formatBits(type, R[at]!, R[at + 1]!)
}

/** i32, f32, f64: a number. i64: a bigint. v128 and references: as text. */
export function jsValue(T: Thread, { type, at, lo, hi }: Place, fp: number): number | bigint | string {
  if (isRef(type) || type === V128) return at === CONST ? 'null' : textAt(T, type, fp + at)
  const place = fp + at
  if (type === F64 && at !== CONST) return T.F[place >> 1]!
  if (type === F32 && at !== CONST) return T.S[place]!
  const low = at === CONST ? lo : T.R[place]!
  if (type === I32) return low
  const high = at === CONST ? hi : T.R[place + 1]!
  if (type === I64) return (BigInt(high) << BigInt(32)) | BigInt(low >>> 0)
  return Number(formatBits(type, low, high))
}

/** An address or a length: i32 or i64 operand number `i`, without its sign. */
export function unsignedAt(T: Thread, { operands }: Site, i: number): number {
  const { type, at, lo, hi } = operands[i]!
  const low = at === CONST ? lo : T.R[T.fp + at]!
  if (type !== I64) return low >>> 0
  return (low >>> 0) + ((at === CONST ? hi : T.R[T.fp + at + 1]!) >>> 0) * 2 ** 32
}

/** Where a load or store is going to access its memory. */
export const addressAt = (T: Thread, site: Site): number =>
  unsignedAt(T, site, 0) + (site.immediateLo >>> 0) + (site.immediateHi >>> 0) * 2 ** 32
