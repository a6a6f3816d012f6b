/**
 * A cursor over bytes that reads the binary format's primitive values (spec §5.2): LEB128 integers, floats as bits,
 * names. Ill-formed input throws MalformedError with the test suite's words and the byte offset.
 * The decoder, the instruction reader and the custom-section parsers extend or use it.
 */
import { MalformedError } from '../errors.ts'
import { decodeUtf8 } from './utf8.ts'

const UNEXPECTED_END = 'unexpected end of section or function'

export class ByteReader {
  readonly bytes: Uint8Array
  /** Next byte to read. */
  pos: number
  /** One past the last byte that may be read. */
  end: number
  /** High half of the last 64-bit value read; its low half is what the method returned. */
  hi: number

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.pos = start
    this.end = end
    this.hi = 0
  }

  fail(message: string, at: number = this.pos): never {
    throw new MalformedError(message, { offset: at })
  }

  byte(): number {
    if (this.pos >= this.end) this.fail(UNEXPECTED_END)
    return this.bytes[this.pos++]!
  }

  /**
   * How many elements a vector has, checked against the bytes that are left (each takes at least `bytesEach`): nothing
   * is ever allocated for a claimed count.
   */
  count(bytesEach = 1): number {
    const at = this.pos
    const n = this.u32()
    if (n * bytesEach > this.end - this.pos) this.fail(UNEXPECTED_END, at)
    return n
  }

  /** How many bytes a section, a body or a name has. */
  size(): number {
    const at = this.pos
    const n = this.u32()
    if (n > this.end - this.pos) this.fail('length out of bounds', at)
    return n
  }

  /** Unsigned LEB128 of at most 32 bits, as a number in [0, 2^32). */
  u32(): number {
    // The frequent lengths without a call for each byte: one, two and three bytes.
    const { bytes, pos } = this
    if (pos + 3 <= this.end) {
      const a = bytes[pos]!
      if (a < 0x80) {
        this.pos = pos + 1
        return a
      }
      const b = bytes[pos + 1]!
      if (b < 0x80) {
        this.pos = pos + 2
        return (a & 0x7f) | (b << 7)
      }
      const c = bytes[pos + 2]!
      if (c < 0x80) {
        this.pos = pos + 3
        return (a & 0x7f) | ((b & 0x7f) << 7) | (c << 14)
      }
    }
    return this.longU32()
  }

  private longU32(): number {
    let result = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const b = this.byte()
      result |= (b & 0x7f) << shift
      if (b < 0x80) return result >>> 0
    }
    const last = this.byte()
    if ((last & 0x7f) > 0x0f) this.fail('integer too large', this.pos - 1)
    if (last >= 0x80) this.fail('integer representation too long', this.pos - 1)
    return (result | (last << 28)) >>> 0
  }

  /** Signed LEB128 of at most 32 bits. */
  s32(): number {
    let result = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const b = this.byte()
      result |= (b & 0x7f) << shift
      if (b < 0x80) return (result << (25 - shift)) >> (25 - shift)
    }
    const last = this.byte()
    // Bits 4–6 must repeat the sign bit 3.
    const sign = (last << 25) >> 28
    if (sign !== 0 && sign !== -1) this.fail('integer too large', this.pos - 1)
    if (last >= 0x80) this.fail('integer representation too long', this.pos - 1)
    return result | (last << 28)
  }

  /** Signed LEB128 of at most 33 bits (block types, heap types), exact as a number. */
  s33(): number {
    let result = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const b = this.byte()
      result |= (b & 0x7f) << shift
      if (b < 0x80) return (result << (25 - shift)) >> (25 - shift)
    }
    const last = this.byte()
    // Bit 4 is the sign; bits 5 and 6 must repeat it.
    const sign = (last << 25) >> 29
    if (sign !== 0 && sign !== -1) this.fail('integer too large', this.pos - 1)
    if (last >= 0x80) this.fail('integer representation too long', this.pos - 1)
    return sign * 0x1_0000_0000 + ((result | (last << 28)) >>> 0)
  }

  /** Unsigned LEB128 of at most 64 bits: returns the low half (as int32) and leaves the high half in `hi`. */
  u64(): number {
    return this.leb64(false)
  }

  /** Signed LEB128 of at most 64 bits: returns the low half (as int32) and leaves the high half in `hi`. */
  s64(): number {
    return this.leb64(true)
  }

  private leb64(signed: boolean): number {
    let lo = 0
    let hi = 0
    for (let shift = 0; shift < 63; shift += 7) {
      const b = this.byte()
      const bits = b & 0x7f
      if (shift < 28) lo |= bits << shift
      else if (shift === 28) {
        lo |= bits << 28
        hi = bits >>> 4
      } else hi |= bits << (shift - 32)
      if (b < 0x80) {
        // Sign extension: bit 6 of this byte is the sign of a value of shift + 7 bits.
        if (signed && (b & 0x40) !== 0) {
          const width = shift + 7
          if (width < 32) {
            lo |= -1 << width
            hi = -1
          } else hi |= -1 << (width - 32)
        }
        this.hi = hi
        return lo
      }
    }
    const last = this.byte()
    const top = last & 0x7f
    if (signed ? top !== 0 && top !== 0x7f : top > 1) this.fail('integer too large', this.pos - 1)
    if (last >= 0x80) this.fail('integer representation too long', this.pos - 1)
    this.hi = hi | (last << 31)
    return lo
  }

  /** Unsigned LEB128 of at most 64 bits as a number; exact up to 2^53. */
  u64AsNumber(): number {
    const lo = this.u64()
    return (this.hi >>> 0) * 0x1_0000_0000 + (lo >>> 0)
  }

  /** Four bytes, little-endian, as int32: a float constant keeps its bits. */
  fixed32(): number {
    const p = this.pos
    if (p + 4 > this.end) this.fail(UNEXPECTED_END)
    this.pos = p + 4
    const b = this.bytes
    return b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24)
  }

  /** Passes over `length` bytes. */
  skip(length: number): void {
    if (length > this.end - this.pos) this.fail(UNEXPECTED_END)
    this.pos += length
  }

  /** `length` bytes as a view (not a copy). */
  slice(length: number): Uint8Array {
    this.skip(length)
    return this.bytes.subarray(this.pos - length, this.pos)
  }

  /** A name (spec §5.2.4): byte length and UTF-8. */
  name(): string {
    const length = this.size()
    const text = decodeUtf8(this.bytes, this.pos, this.pos + length)
    if (text === undefined) this.fail('malformed UTF-8 encoding', this.pos)
    this.pos += length
    return text
  }
}
