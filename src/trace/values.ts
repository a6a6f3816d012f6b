/** Wasm values as text and as JSON: of traces, and of results on the command line. */
import { Exn, type Tag } from '../runtime/exception.ts'
import { type ValType, F32, I32, I64 } from '../spec/types.ts'

/** A float as short as it can be written and read again; `f32` values need fewer digits. */
export function formatFloat(value: number, type: ValType): string {
  if (Number.isNaN(value)) return 'nan'
  if (value === Infinity) return 'inf'
  if (value === -Infinity) return '-inf'
  if (Object.is(value, -0)) return '-0'
  if (type === F32) {
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits))
      if (Math.fround(short) === value) return String(short)
    }
  }
  return String(value)
}

/** The halves of an i64 as a signed decimal. */
export const formatI64 = (lo: number, hi: number): string => String((BigInt(hi) << 32n) | BigInt(lo >>> 0))

const bits = new DataView(new ArrayBuffer(8))

/** A number given by its bits; NaNs other than the canonical one show their payload. */
export function formatBits(type: ValType, lo: number, hi: number): string {
  if (type === I32) return String(lo)
  if (type === I64) return formatI64(lo, hi)
  bits.setInt32(0, type === F32 ? lo : hi)
  bits.setInt32(4, lo)
  const value = type === F32 ? bits.getFloat32(0) : bits.getFloat64(0)
  if (!Number.isNaN(value)) return formatFloat(value, type)
  return type === F32 ? nanText(lo < 0, 0, lo & 0x7f_ffff, 0, 0x40_0000) : nanText(hi < 0, hi & 0xf_ffff, lo, 0x8_0000, 0)
}
function nanText(negative: boolean, high: number, low: number, canonicalHigh: number, canonicalLow: number): string {
  const sign = negative ? '-' : ''
  if (high === canonicalHigh && low === canonicalLow) return `${sign}nan`
  const digits = high === 0 ? (low >>> 0).toString(16) : high.toString(16) + (low >>> 0).toString(16).padStart(8, '0')
  return `${sign}nan:0x${digits}`
}

/** A tag by its name, as the text format writes it. */
export const formatTag = ({ name }: Tag): string => (name === undefined ? 'unnamed tag' : `$${name}`)

/** A reference as the store holds it. */
export function formatRef(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return `i31:${value}`
  if (value instanceof Exn) return `exn:${formatTag(value.tag)}`
  const func = value as { funcidx?: unknown; name?: unknown }
  if (typeof value === 'object' && typeof func.funcidx === 'number')
    return func.funcidx >= 0 ? `func:${func.funcidx}` : `func:${String(func.name)}`
  return typeof value === 'string' ? JSON.stringify(value) : `<${typeof value}>`
}
