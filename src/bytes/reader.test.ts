/** The byte reader and UTF-8 coder: every length of LEB128, its limits, ill-formed text (spec §5.2.2, §5.2.4). */
import { describe, expect, it } from 'vitest'
import { MalformedError } from '../errors.ts'
import { ByteReader } from './reader.ts'
import { decodeUtf8, decodeUtf8Lossy, encodeUtf8 } from './utf8.ts'

const on = (...bytes: number[]): ByteReader => new ByteReader(Uint8Array.from(bytes))
const END = 'unexpected end of section or function'

describe('LEB128', () => {
  it('reads unsigned 32-bit integers of every length', () => {
    expect(on(0x00).u32()).toBe(0)
    expect(on(0x7f).u32()).toBe(127)
    expect(on(0x80, 0x01).u32()).toBe(128)
    expect(on(0xff, 0xff, 0x03).u32()).toBe(65535)
    expect(on(0x80, 0x80, 0x80, 0x01).u32()).toBe(2 ** 21)
    expect(on(0xff, 0xff, 0xff, 0xff, 0x0f).u32()).toBe(2 ** 32 - 1)
    expect(on(0x83, 0x80, 0x80, 0x80, 0x00).u32()).toBe(3)
  })
  it('reads signed integers', () => {
    expect(on(0x7f).s32()).toBe(-1)
    expect(on(0x40).s32()).toBe(-64)
    expect(on(0x80, 0x80, 0x80, 0x80, 0x78).s32()).toBe(-(2 ** 31))
    expect(on(0xff, 0xff, 0xff, 0xff, 0x07).s32()).toBe(2 ** 31 - 1)
    expect(on(0xff, 0xff, 0xff, 0xff, 0x0f).s33()).toBe(2 ** 32 - 1)
    expect(on(0x80, 0x80, 0x80, 0x80, 0x70).s33()).toBe(-(2 ** 32))
    expect(on(0x70).s33()).toBe(-16)
  })
  it('reads 64-bit integers as two halves', () => {
    const pair = (r: ByteReader): [number, number] => [r.s64(), r.hi]
    expect(pair(on(0x7f))).toEqual([-1, -1])
    expect(pair(on(0x80, 0x80, 0x80, 0x80, 0x08))).toEqual([-(2 ** 31), 0])
    expect(pair(on(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f))).toEqual([0, -(2 ** 31)])
    expect(on(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f).u64AsNumber()).toBe(2 ** 53 - 1)
  })
  it.each([
    ['u32 too long', 'integer representation too long', (r: ByteReader) => r.u32(), [0x80, 0x80, 0x80, 0x80, 0x80]],
    ['u32 too large', 'integer too large', (r: ByteReader) => r.u32(), [0x80, 0x80, 0x80, 0x80, 0x10]],
    ['s32 too long', 'integer representation too long', (r: ByteReader) => r.s32(), [0x80, 0x80, 0x80, 0x80, 0x80]],
    ['s32 too large', 'integer too large', (r: ByteReader) => r.s32(), [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['s33 too large', 'integer too large', (r: ByteReader) => r.s33(), [0x80, 0x80, 0x80, 0x80, 0x20]],
    ['u64 too large', 'integer too large', (r: ByteReader) => r.u64(), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02]],
    ['s64 too large', 'integer too large', (r: ByteReader) => r.s64(), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    [
      'u64 too long',
      'integer representation too long',
      (r: ByteReader) => r.u64(),
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    ],
    ['a cut integer', END, (r: ByteReader) => r.u32(), [0x80]],
    ['a cut float', END, (r: ByteReader) => r.fixed32(), [0, 0, 0]],
    ['a vector longer than the input', END, (r: ByteReader) => r.count(), [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a size beyond the input', 'length out of bounds', (r: ByteReader) => r.size(), [0x02, 0x00]],
    ['a name that is not UTF-8', 'malformed UTF-8 encoding', (r: ByteReader) => r.name(), [0x02, 0xc0, 0x80]],
  ] as const)('refuses %s', (_what, message, read, bytes) => {
    expect(() => read(on(...bytes))).toThrow(MalformedError)
    expect(() => read(on(...bytes))).toThrow(message)
  })
})

describe('UTF-8', () => {
  it('is strict', () => {
    for (const bytes of [
      [0x80],
      [0xc1, 0xbf],
      [0xe0, 0x9f, 0xbf],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
    ]) {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined()
    }
  })
  it('goes there and back', () => {
    for (const text of ['', 'plain', 'Grüße', '€', '😀 ok', '\u0000\ufffd']) {
      expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text))
      expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    }
  })
  it('shows ill-formed bytes as U+FFFD', () => {
    expect(decodeUtf8Lossy(Uint8Array.of(0x61, 0xff, 0x62))).toBe('a\ufffdb')
  })
})
