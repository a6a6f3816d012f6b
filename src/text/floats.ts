/**
 * Float literals (spec §6.3.2), rounded once, to nearest, ties to even, straight to the target format: an f32 literal must
 * not go through a double. Hexadecimal literals round a string of bits; decimal ones shift an array of digits until it
 * is an integer of the wanted precision, exact whatever the length. Called by the instruction and script parsers.
 */
import { type Bits64, isNumber } from './integers.ts'

interface Format {
  /** Significant bits, the hidden one included. */
  readonly precision: number
  readonly minExponent: number
  readonly maxExponent: number
}
const F32: Format = { precision: 24, minExponent: -126, maxExponent: 127 }
const F64: Format = { precision: 53, minExponent: -1022, maxExponent: 1023 }

/** value = significand × 2^(exponent − precision + 1); an exponent of `Infinity` means out of range. */
interface Rounded {
  readonly significand: number
  readonly exponent: number
}

/** Bits of an f32 literal as int32; undefined if the word is none or out of range. */
export function parseF32(word: string): number | undefined {
  const parts = split(word)
  if (parts === undefined) return undefined
  const sign = parts.negative ? 0x8000_0000 : 0
  if (parts.body === 'inf') return sign | 0x7f80_0000 | 0
  if (parts.body === 'nan') return sign | 0x7fc0_0000 | 0
  if (parts.body.startsWith('nan:')) {
    const payload = nanPayload(parts.body, 23)
    return payload === undefined ? undefined : sign | 0x7f80_0000 | payload.lo | 0
  }
  const r = round(parts.body, F32)
  if (r === undefined) return undefined
  const normal = r.significand >= 0x80_0000
  return sign | ((normal ? r.exponent + 127 : 0) << 23) | (r.significand & 0x7f_ffff) | 0
}

/** Bits of an f64 literal. */
export function parseF64(word: string): Bits64 | undefined {
  const parts = split(word)
  if (parts === undefined) return undefined
  const sign = parts.negative ? 0x8000_0000 : 0
  if (parts.body === 'inf') return { lo: 0, hi: sign | 0x7ff0_0000 | 0 }
  if (parts.body === 'nan') return { lo: 0, hi: sign | 0x7ff8_0000 | 0 }
  if (parts.body.startsWith('nan:')) {
    const payload = nanPayload(parts.body, 52)
    return payload === undefined ? undefined : { lo: payload.lo, hi: sign | 0x7ff0_0000 | payload.hi | 0 }
  }
  const r = round(parts.body, F64)
  if (r === undefined) return undefined
  const top = Math.floor(r.significand / 0x1_0000_0000)
  const normal = top >= 0x10_0000
  return { lo: (r.significand % 0x1_0000_0000) | 0, hi: sign | ((normal ? r.exponent + 1023 : 0) << 20) | (top & 0xf_ffff) | 0 }
}

function split(word: string): { negative: boolean; body: string } | undefined {
  if (!isNumber(word)) return undefined
  const signed = word[0] === '-' || word[0] === '+'
  return { negative: word[0] === '-', body: (signed ? word.slice(1) : word).replace(/_/g, '') }
}

/** `nan:0xN`: N must fit the fraction field and not be 0, which would be an infinity. */
function nanPayload(body: string, width: number): Bits64 | undefined {
  const digits = body.slice(6).replace(/^0+/, '')
  if (digits === '' || digits.length > 13) return undefined
  const value = parseInt(digits, 16)
  if (value >= 2 ** width) return undefined
  return { lo: (value % 0x1_0000_0000) | 0, hi: Math.floor(value / 0x1_0000_0000) }
}

function round(body: string, format: Format): Rounded | undefined {
  const r = body.startsWith('0x') ? roundHex(body, format) : roundDecimal(body, format)
  return r.exponent > format.maxExponent ? undefined : r
}

const ZERO: Rounded = { significand: 0, exponent: 0 }
const TOO_LARGE: Rounded = { significand: 0, exponent: Infinity }

/** An exponent of many digits is as good as a large one. */
function exponentOf(text: string): number {
  const n = Number(text)
  return n > 1e8 ? 1e8 : n < -1e8 ? -1e8 : n
}

/** Rounding may carry into the next power of two. */
function normalise(significand: number, exponent: number, format: Format): Rounded {
  return significand === 2 ** format.precision ? { significand: significand / 2, exponent: exponent + 1 } : { significand, exponent }
}

function roundHex(body: string, format: Format): Rounded {
  const match = /^0x([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP](.*))?$/.exec(body)!
  const digits = match[1]! + match[2]!
  let bits = ''
  for (const d of digits) bits += parseInt(d, 16).toString(2).padStart(4, '0')
  const first = bits.indexOf('1')
  if (first === -1) return ZERO
  // The value is 1.xxx × 2^exponent.
  const exponent = match[1]!.length * 4 - first - 1 + (match[3] === undefined ? 0 : exponentOf(match[3]))
  bits = bits.slice(first)
  if (exponent > format.maxExponent) return TOO_LARGE
  // Below the least exponent the significand has fewer bits, perhaps none.
  const target = Math.max(exponent, format.minExponent)
  const keep = format.precision - (target - exponent)
  if (keep < 0) return ZERO
  let significand = keep === 0 ? 0 : parseInt(bits.slice(0, keep).padEnd(keep, '0'), 2)
  const half = bits[keep] === '1'
  if (half && (significand % 2 === 1 || bits.indexOf('1', keep + 1) !== -1)) significand++
  return normalise(significand, target, format)
}

/** More digits than can matter for a double (767), so that a longer tail needs one sticky bit only. */
const MAX_DIGITS = 800

/** A decimal number 0.d₀d₁d₂… × 10^point that can be shifted by powers of two. */
class Decimal {
  digits: number[]
  point: number
  /** Non-zero digits were cut off behind the last one. */
  truncated = false

  constructor(digits: number[], point: number) {
    this.digits = digits
    this.point = point
    this.trim()
  }

  private trim(): void {
    const { digits } = this
    if (digits.length > MAX_DIGITS) {
      for (let i = MAX_DIGITS; i < digits.length; i++) if (digits[i] !== 0) this.truncated = true
      digits.length = MAX_DIGITS
    }
    while (digits.length > 0 && digits[digits.length - 1] === 0) digits.pop()
    if (digits.length === 0) this.point = 0
  }

  /** Multiplies by 2^shift; |shift| is at most 30, so that products of a digit stay exact. */
  shift(shift: number): void {
    if (shift > 0) this.multiply(2 ** shift)
    else if (shift < 0) this.divide(2 ** -shift)
    this.trim()
  }

  private multiply(factor: number): void {
    const { digits } = this
    let carry = 0
    for (let i = digits.length - 1; i >= 0; i--) {
      const product = digits[i]! * factor + carry
      carry = Math.floor(product / 10)
      digits[i] = product - carry * 10
    }
    const front: number[] = []
    for (; carry > 0; carry = Math.floor(carry / 10)) front.push(carry % 10)
    this.point += front.length
    this.digits = front.reverse().concat(digits)
  }

  private divide(divisor: number): void {
    const out: number[] = []
    let rest = 0
    let i = 0
    // Leading zeros of the quotient move the point instead of being kept.
    for (let started = false; i < this.digits.length || rest > 0; i++) {
      rest = rest * 10 + (this.digits[i] ?? 0)
      const digit = Math.floor(rest / divisor)
      rest -= digit * divisor
      if (digit !== 0) started = true
      if (started) out.push(digit)
      else this.point--
      if (out.length > MAX_DIGITS) {
        if (rest > 0 || i < this.digits.length) this.truncated = true
        break
      }
    }
    this.digits = out
  }

  /** The nearest integer, ties to even. The caller sees to it that it fits 53 bits. */
  toInteger(): number {
    let n = 0
    for (let i = 0; i < this.point; i++) n = n * 10 + (this.digits[i] ?? 0)
    const next = this.point < 0 ? 0 : (this.digits[this.point] ?? 0)
    if (next > 5) return n + 1
    if (next < 5) return n
    const exactHalf = this.point === this.digits.length - 1 && !this.truncated
    return exactHalf && n % 2 === 0 ? n : n + 1
  }
}

function roundDecimal(body: string, format: Format): Rounded {
  const match = /^([0-9]*)\.?([0-9]*)(?:[eE](.*))?$/.exec(body)!
  const text = match[1]! + match[2]!
  const first = text.search(/[1-9]/)
  if (first === -1) return ZERO
  const point = match[1]!.length - first + (match[3] === undefined ? 0 : exponentOf(match[3]))
  if (point > 310) return TOO_LARGE
  if (point < -330) return ZERO
  const digits = text.slice(first)
  const short = shortDecimal(digits, point, format)
  if (short !== undefined) return short
  const d = new Decimal([...digits].map(Number), point)
  // Bring the value into [1/2, 1): it is then d × 2^exponent.
  let exponent = 0
  while (d.point > 0) {
    const shift = d.point >= 9 ? 27 : [0, 3, 6, 9, 13, 16, 19, 23, 26][d.point]!
    d.shift(-shift)
    exponent += shift
  }
  while (d.point < 0 || d.digits[0]! < 5) {
    const shift = d.point <= -9 ? 27 : d.point < 0 ? [0, 3, 6, 9, 13, 16, 19, 23, 26][-d.point]! : 1
    d.shift(shift)
    exponent -= shift
  }
  // From [1/2, 1) to [1, 2).
  exponent--
  if (exponent > format.maxExponent) return TOO_LARGE
  const target = Math.max(exponent, format.minExponent)
  let up = format.precision - (target - exponent)
  if (up < 0) return ZERO
  for (; up > 27; up -= 27) d.shift(27)
  d.shift(up)
  return normalise(d.toInteger(), target, format)
}

/** Powers of ten that a double holds exactly; a single holds the first eleven. */
// oxfmt-ignore
const TENS: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

/**
 * Short cut for the usual literals: an integer and a power of ten that the format holds exactly, so that one multiplication
 * or division gives the rounded value. For f32 that is done in f64 and rounded again, which is harmless: 53 ≥ 2·24 + 2 bits.
 */
function shortDecimal(text: string, point: number, format: Format): Rounded | undefined {
  const digits = text.replace(/0+$/, '')
  const power = point - digits.length
  const single = format === F32
  if (digits.length > 16 || Math.abs(power) > (single ? 10 : 22)) return undefined
  const n = Number(digits)
  if (n >= 2 ** format.precision) return undefined
  const exact = power < 0 ? n / TENS[-power]! : n * TENS[power]!
  const value = single ? Math.fround(exact) : exact
  // log2 may be off by one next to a power of two.
  let exponent = Math.floor(Math.log2(value))
  if (2 ** exponent > value) exponent--
  else if (2 ** (exponent + 1) <= value) exponent++
  return { significand: value * 2 ** (format.precision - 1 - exponent), exponent }
}
