/**
 * Writes the binary format's primitive values (spec §5.2) into a growing buffer; the mirror image of `ByteReader`.
 * LEB128 integers are always minimal, floats are given as bits. Used by the encoder and by the text parser.
 */
import { encodeUtf8 } from '../bytes/utf8.ts'

export class ByteWriter {
  bytes: Uint8Array
  /** Bytes written so far; also the position of the next byte. */
  length: number

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity)
    this.length = 0
  }

  /** Makes room for `more` bytes. */
  private reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    let capacity = this.bytes.length * 2
    while (capacity < needed) capacity *= 2
    const grown = new Uint8Array(capacity)
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = value
  }

  raw(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.reserve(end - start)
    this.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.length)
    this.length += end - start
  }

  u32(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  s32(value: number): void {
    let rest = value | 0
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  /** Signed, at most 33 bits: heap types and block types. Bit operators would cut bit 32, so it divides. */
  s33(value: number): void {
    let rest = value
    while (rest < -0x40 || rest > 0x3f) {
      const low = ((rest % 0x80) + 0x80) % 0x80
      this.byte(low | 0x80)
      rest = (rest - low) / 0x80
    }
    this.byte(rest < 0 ? rest + 0x80 : rest)
  }

  /** Unsigned 64 bits from two halves. */
  u64(lo: number, hi: number): void {
    let l = lo >>> 0
    let h = hi >>> 0
    while (h !== 0 || l >= 0x80) {
      this.byte((l & 0x7f) | 0x80)
      l = ((l >>> 7) | (h << 25)) >>> 0
      h >>>= 7
    }
    this.byte(l)
  }

  /** Signed 64 bits from two halves. */
  s64(lo: number, hi: number): void {
    let l = lo | 0
    let h = hi | 0
    // Seven bits are enough as soon as both halves repeat bit 6.
    while (!((h === 0 && l >= 0 && l < 0x40) || (h === -1 && l < 0 && l >= -0x40))) {
      this.byte((l & 0x7f) | 0x80)
      l = (l >>> 7) | (h << 25)
      h >>= 7
    }
    this.byte(l & 0x7f)
  }

  /** An unsigned number that may exceed 32 bits. 64-bit limits above 2^53 arrive rounded: 2^64 stands for 2^64 − 1. */
  u64FromNumber(value: number): void {
    if (value >= 0x1_0000_0000_0000_0000) this.u64(-1, -1)
    else this.u64(value % 0x1_0000_0000, Math.floor(value / 0x1_0000_0000))
  }

  /** Four bytes, little-endian: the bits of an f32. */
  fixed32(bits: number): void {
    this.reserve(4)
    const b = this.bytes
    b[this.length++] = bits
    b[this.length++] = bits >>> 8
    b[this.length++] = bits >>> 16
    b[this.length++] = bits >>> 24
  }

  /** A name (spec §5.2.4): byte length and UTF-8. */
  name(text: string): void {
    const bytes = encodeUtf8(text)
    this.u32(bytes.length)
    this.raw(bytes)
  }

  /** Byte length and bytes. */
  sized(bytes: Uint8Array): void {
    this.u32(bytes.length)
    this.raw(bytes)
  }

  /** What `write` writes, preceded by its length: sections, subsections, function bodies. */
  block(write: (w: ByteWriter) => void): void {
    const inner = new ByteWriter()
    write(inner)
    this.u32(inner.length)
    this.raw(inner.bytes, 0, inner.length)
  }

  /** A copy of everything from `start` on. */
  slice(start = 0): Uint8Array {
    return this.bytes.slice(start, this.length)
  }

  /** Takes away and returns everything from `start` on. */
  cut(start: number): Uint8Array {
    const part = this.bytes.slice(start, this.length)
    this.length = start
    return part
  }
}
