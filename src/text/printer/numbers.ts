/**
 * Numbers as literals of the text format (spec §6.3.1, §6.3.2) that are read back to the same bits: 64-bit integers from
 * their halves without BigInt, floats as the shortest decimals, NaNs with their payload. Called by the printer.
 */
import { parseF32 } from '../floats.ts'

const TWO_32 = 0x1_0000_0000
const TWO_53 = 2 ** 53

/** An unsigned 64-bit integer, decimal. */
export function formatU64(lo: number, hi: number): string {
  const high = hi >>> 0
  const low = lo >>> 0
  if (high < 0x20_0000) return String(high * TWO_32 + low)
  // Long division by a million: every partial result stays below 2^53.
  const rest = (high % 1e6) * TWO_32 + low
  const quotient = Math.floor(high / 1e6) * TWO_32 + Math.floor(rest / 1e6)
  return `${quotient}${String(rest % 1e6).padStart(6, '0')}`
}

/** A signed 64-bit integer, decimal. */
export function formatS64(lo: number, hi: number): string {
  if (hi >= 0) return formatU64(lo, hi)
  return `-${formatU64(-lo | 0, ~hi + ((lo | 0) === 0 ? 1 : 0))}`
}

/**
 * An unsigned number of the model that may exceed 2^53: limits arrive rounded, 2^64 stands for 2^64 − 1. Hexadecimal where
 * the decimal digits of a JS number would not be exact.
 */
export function formatLimit(value: number): string {
  if (value < TWO_53) return String(value)
  return value >= TWO_32 * TWO_32 ? '0xffffffffffffffff' : `0x${value.toString(16)}`
}

const view = new DataView(new ArrayBuffer(8))

/** The bits of an f32. */
export function formatF32(bits: number): string {
  if ((bits & 0x7f80_0000) === 0x7f80_0000) return special(bits < 0, (bits & 0x7f_ffff).toString(16), (0x40_0000).toString(16))
  view.setInt32(0, bits)
  const value = view.getFloat32(0)
  if (value === 0) return bits < 0 ? '-0' : '0'
  if (Number.isInteger(value) && Math.abs(value) < 0x100_0000) return String(value)
  // Six digits always survive in an f32, nine always tell two of them apart. Read back by our own parser: rounding twice,
  // to f64 and then to f32, may differ from rounding once.
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value && parseF32(text) === bits) return text
  }
  return String(Number(value.toPrecision(9)))
}

/** The bits of an f64. */
export function formatF64(lo: number, hi: number): string {
  if ((hi & 0x7ff0_0000) === 0x7ff0_0000) {
    const high = hi & 0xf_ffff
    const payload = high === 0 ? (lo >>> 0).toString(16) : high.toString(16) + (lo >>> 0).toString(16).padStart(8, '0')
    return special(hi < 0, payload, '8000000000000')
  }
  view.setInt32(0, hi)
  view.setInt32(4, lo)
  const value = view.getFloat64(0)
  if (value === 0) return hi < 0 ? '-0' : '0'
  return String(value)
}

/** Infinities, whose payload is 0, and NaNs. */
function special(negative: boolean, payload: string, canonical: string): string {
  const sign = negative ? '-' : ''
  if (payload === '0') return `${sign}inf`
  return payload === canonical ? `${sign}nan` : `${sign}nan:0x${payload}`
}
