/** An i64 between JS and Wasm, in engines with arrays of bigints and without. */
import { afterEach, describe, expect, it, vi } from 'vitest'

const values: readonly (readonly [bigint, number, number])[] = [
  [0n, 0, 0],
  [-1n, -1, -1],
  [0x7fff_ffffn, 0x7fff_ffff, 0],
  [0x8000_0000n, -0x8000_0000, 0],
  [0xffff_ffffn, -1, 0],
  [0x1_0000_0000n, 0, 1],
  [-0x1_0000_0000n, 0, -1],
  [2n ** 63n - 1n, -1, 0x7fff_ffff],
  [-(2n ** 63n), 0, -0x8000_0000],
  [0x0123_4567_89ab_cdefn, 0x89ab_cdef | 0, 0x0123_4567],
]

describe.each([true, false])('arrays of bigints: %s', (arrays) => {
  afterEach(() => vi.unstubAllGlobals())
  const load = (): Promise<typeof import('./values.ts')> => {
    vi.resetModules()
    if (!arrays) vi.stubGlobal('BigInt64Array', undefined)
    return import('./values.ts')
  }
  it('makes halves of bigints, and back', async () => {
    const { fromHalves, toHalves } = await load()
    for (const [value, lo, hi] of values) {
      expect(toHalves(value)).toEqual([lo, hi])
      expect(fromHalves(lo, hi, 'bigint')).toBe(value)
      expect(fromHalves(lo, hi, 'pair')).toEqual([lo, hi])
    }
  })
  it('takes bigints modulo 2^64, as JS does (BigInt.asIntN)', async () => {
    const { toHalves } = await load()
    for (const [value, lo, hi] of values) {
      expect(toHalves(value + 2n ** 64n)).toEqual([lo, hi])
      expect(toHalves(value - 2n ** 70n)).toEqual([lo, hi])
    }
  })
  it('takes pairs and safe integers, and refuses anything else', async () => {
    const { toHalves } = await load()
    expect(toHalves([1, -2])).toEqual([1, -2])
    expect(toHalves(-1)).toEqual([-1, -1])
    expect(toHalves(2 ** 40 + 5)).toEqual([5, 256])
    expect(() => toHalves('1')).toThrow('cannot convert "1" to i64')
    expect(() => toHalves(0.5)).toThrow('cannot convert 0.5 to i64')
  })
})
