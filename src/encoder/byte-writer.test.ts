/** The byte writer: LEB128 of minimal length at every edge, read back by the byte reader. */
import { expect, test } from 'vitest'
import { ByteReader } from '../bytes/reader.ts'
import { ByteWriter } from './byte-writer.ts'

const edges: bigint[] = [0n]
for (let i = 0n; i < 64n; i++) for (const d of [-1n, 0n, 1n]) edges.push((1n << i) + d, -(1n << i) + d)
const lo = (n: bigint): number => Number(BigInt.asIntN(32, n))
const hi = (n: bigint): number => Number(BigInt.asIntN(32, n >> 32n))
/** Bytes of a minimal LEB128. */
function leb(n: bigint, signed: boolean): number[] {
  const out: number[] = []
  for (;;) {
    const low = Number(n & 0x7fn)
    n >>= 7n
    if (signed ? (n === 0n && low < 0x40) || (n === -1n && low >= 0x40) : n === 0n) return [...out, low]
    out.push(low | 0x80)
  }
}
const written = (write: (w: ByteWriter) => void): number[] => {
  const w = new ByteWriter(1)
  write(w)
  return [...w.slice()]
}

test('LEB128 is minimal and the reader reads it back', () => {
  for (const n of edges) {
    if (n >= 0n && n < 1n << 32n) {
      const bytes = written((w) => w.u32(Number(n)))
      expect(bytes).toEqual(leb(n, false))
      expect(new ByteReader(Uint8Array.from(bytes)).u32()).toBe(Number(n))
    }
    if (n >= -(1n << 31n) && n < 1n << 31n) {
      const bytes = written((w) => w.s32(Number(n)))
      expect(bytes).toEqual(leb(n, true))
      expect(new ByteReader(Uint8Array.from(bytes)).s32()).toBe(Number(n))
    }
    if (n >= -(1n << 32n) && n < 1n << 32n) {
      const bytes = written((w) => w.s33(Number(n)))
      expect(bytes).toEqual(leb(n, true))
      expect(new ByteReader(Uint8Array.from(bytes)).s33()).toBe(Number(n))
    }
    if (n >= 0n && n < 1n << 64n) {
      const bytes = written((w) => w.u64(lo(n), hi(n)))
      expect(bytes).toEqual(leb(n, false))
      const r = new ByteReader(Uint8Array.from(bytes))
      expect([r.u64(), r.hi]).toEqual([lo(n), hi(n)])
    }
    if (n >= -(1n << 63n) && n < 1n << 63n) {
      const bytes = written((w) => w.s64(lo(n), hi(n)))
      expect(bytes).toEqual(leb(n, true))
      const r = new ByteReader(Uint8Array.from(bytes))
      expect([r.s64(), r.hi]).toEqual([lo(n), hi(n)])
    }
  }
})

test('numbers beyond 32 bits', () => {
  expect(written((w) => w.u64FromNumber(2 ** 48))).toEqual(leb(1n << 48n, false))
  expect(written((w) => w.u64FromNumber(2 ** 64))).toEqual(leb((1n << 64n) - 1n, false))
})

test('names, blocks, cuts', () => {
  expect(written((w) => w.name('é'))).toEqual([2, 0xc3, 0xa9])
  expect(written((w) => w.block((b) => b.raw(Uint8Array.of(1, 2, 3))))).toEqual([3, 1, 2, 3])
  const w = new ByteWriter(2)
  w.raw(Uint8Array.of(1, 2, 3, 4))
  expect([...w.cut(2)]).toEqual([3, 4])
  expect([...w.slice()]).toEqual([1, 2])
  expect(written((v) => v.fixed32(0x7fc00001))).toEqual([1, 0, 0xc0, 0x7f])
})
