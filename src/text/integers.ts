/**
 * Integer literals (spec §6.3.1), exact and without BigInt: a 64-bit value is a pair of int32 halves.
 * Called by the parsers of instructions, limits and script values.
 */
/** A 64-bit value: two int32 halves. */
export interface Bits64 {
  readonly lo: number
  readonly hi: number
}

const decimal = '[0-9](?:_?[0-9])*'
const hexadecimal = '[0-9a-fA-F](?:_?[0-9a-fA-F])*'
const natPattern = new RegExp(`^(?:${decimal}|0x${hexadecimal})$`)
const intPattern = new RegExp(`^[+-]?(?:${decimal}|0x${hexadecimal})$`)
const floatPattern = new RegExp(
  `^[+-]?(?:inf|nan|nan:0x${hexadecimal}|${decimal}(?:\\.(?:${decimal})?)?(?:[eE][+-]?${decimal})?` +
    `|0x${hexadecimal}(?:\\.(?:${hexadecimal})?)?(?:[pP][+-]?${decimal})?)$`,
)

/** An unsigned integer literal. */
export const isNat = (word: string): boolean => natPattern.test(word)
export const isInt = (word: string): boolean => intPattern.test(word)
/** Any number literal: integers are float literals as well. */
export const isNumber = (word: string): boolean => floatPattern.test(word)

/** Magnitude of an integer literal as two unsigned halves; undefined above 64 bits. */
function magnitude(word: string, from: number): Bits64 | undefined {
  const hex = word.startsWith('0x', from)
  const base = hex ? 16 : 10
  let lo = 0
  let hi = 0
  for (let i = hex ? from + 2 : from; i < word.length; i++) {
    const c = word.charCodeAt(i)
    if (c === 0x5f) continue
    const digit = c <= 0x39 ? c - 0x30 : (c | 0x20) - 0x57
    // Each product stays far below 2^53: halves are below 2^32, the base is at most 16.
    lo = lo * base + digit
    const carry = Math.floor(lo / 0x1_0000_0000)
    lo -= carry * 0x1_0000_0000
    hi = hi * base + carry
    if (hi >= 0x1_0000_0000) return undefined
  }
  return { lo, hi }
}

/** An unsigned literal as a number, rounded above 2^53; undefined if the word is none or reaches 2^`width`. */
export function parseNat(word: string, width: 32 | 64): number | undefined {
  if (!isNat(word)) return undefined
  const m = magnitude(word, 0)
  if (m === undefined || (width === 32 && m.hi !== 0)) return undefined
  return m.hi * 0x1_0000_0000 + m.lo
}

/** An unsigned literal of at most 64 bits. */
export function parseU64(word: string): Bits64 | undefined {
  const m = isNat(word) ? magnitude(word, 0) : undefined
  return m === undefined ? undefined : { lo: m.lo | 0, hi: m.hi | 0 }
}

/** A literal iN of 8, 16 or 32 bits, unsigned or signed, as int32 (not sign-extended from 8 or 16); undefined out of range. */
export function parseInt32(word: string, width: 8 | 16 | 32 = 32): number | undefined {
  if (!isInt(word)) return undefined
  const signed = word[0] === '-' || word[0] === '+'
  const m = magnitude(word, signed ? 1 : 0)
  const limit = 2 ** width
  if (m === undefined || m.hi !== 0) return undefined
  if (word[0] === '-') return m.lo > limit / 2 ? undefined : -m.lo | 0
  return m.lo >= limit ? undefined : m.lo | 0
}

/** A literal i64; undefined out of range. */
export function parseInt64(word: string): Bits64 | undefined {
  if (!isInt(word)) return undefined
  const signed = word[0] === '-' || word[0] === '+'
  const m = magnitude(word, signed ? 1 : 0)
  if (m === undefined) return undefined
  if (word[0] !== '-') return { lo: m.lo | 0, hi: m.hi | 0 }
  if (m.hi > 0x8000_0000 || (m.hi === 0x8000_0000 && m.lo > 0)) return undefined
  const lo = -m.lo | 0
  return { lo, hi: (~m.hi + (lo === 0 ? 1 : 0)) | 0 }
}
