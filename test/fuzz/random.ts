/**
 * The fuzzer's random numbers: a small generator (splitmix32) whose whole state is its seed, so that a seed names a program
 * on every machine. Also the interesting constants of each type.
 */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** 32 random bits as int32. */
  bits(): number {
    this.state = (this.state + 0x9e3779b9) | 0
    let x = this.state
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return x ^ (x >>> 15)
  }
  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    return (this.bits() >>> 0) % n
  }
  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
  /** Up to `most` items. */
  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make)
  }
}

const I32S = [
  0, 1, -1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 100, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff,
  -2, -128, 0x80, 0xff00ff,
]
/** Signs, zeros, ones, limits of the integer types and their neighbours, subnormals, infinities, NaNs with payloads. */
const F32S = [
  0, -0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,
  0x7fa00000, 0x7f800001, 0xffffffff, 1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x4f000000, 0xcf000000, 0x4effffff,
  0xcf000001, 0x4f800000, 0x4f7fffff, 0x5f000000, 0xdf000000, 0x5effffff, 0x5f800000, 0x5f7fffff, 0x4b000000, 0x4b000001, 0x4a800001,
  0xbf7fffff, 0x3dcccccd,
]
/** The same for f64, as high and low half. */
const F64S: readonly (readonly [number, number])[] = [
  [0, 0],
  [0x80000000, 0],
  [0x3ff00000, 0],
  [0xbff00000, 0],
  [0x3fe00000, 0],
  [0xbfe00000, 0],
  [0x40040000, 0],
  [0x7ff00000, 0],
  [0xfff00000, 0],
  [0x7ff80000, 0],
  [0xfff80000, 0],
  [0x7ff40000, 0],
  [0x7ff00000, 1],
  [0xffffffff, 0xffffffff],
  [0, 1],
  [0x80000000, 1],
  [0x000fffff, 0xffffffff],
  [0x00100000, 0],
  [0x7fefffff, 0xffffffff],
  [0x41dfffff, 0xffc00000],
  [0x41e00000, 0],
  [0xc1e00000, 0],
  [0xc1e00000, 0x00200000],
  [0xc1e00000, 0x001fffff],
  [0x41f00000, 0],
  [0x41efffff, 0xffe00000],
  [0x43e00000, 0],
  [0x43dfffff, 0xffffffff],
  [0xc3e00000, 0],
  [0xc3e00000, 1],
  [0x43f00000, 0],
  [0x43efffff, 0xffffffff],
  [0x43300000, 1],
  [0x43400000, 1],
  [0xbfefffff, 0xffffffff],
  [0x3fb99999, 0x9999999a],
  [0x47efffff, 0xe0000000],
  [0x47efffff, 0xf0000000],
  [0x36a00000, 0],
  [0x3690_0000, 1],
]

/**
 * Limits of i64, and numbers next to the middle between two neighbours of f32 or f64: rounded to f64 first they would land on
 * the middle, and then perhaps on the wrong side. Low and high half.
 */
const I64S: readonly (readonly [number, number])[] = [
  [0, -0x80000000],
  [-1, 0x7fffffff],
  [1, 0x40000040],
  [1, 0x400000c0 | 0],
  [-1, 0x4000003f],
  [1, 0x80000080 | 0],
  [-1, 0xbfffffbf | 0],
  [0x8001, 0x00400000],
  [1, 0x00200000],
  [3, 0x00200000],
  [0x400, 0x40000000],
  [0x401, 0x40000000],
  [0x600, 0x40000000],
]

/** The bits of an i32. */
export function i32Bits(r: Random): number {
  switch (r.below(4)) {
    case 0:
      return r.bits()
    case 1:
      return r.between(-20, 20)
    default:
      return r.pick(I32S)
  }
}
/** Low and high half of an i64. */
export function i64Bits(r: Random): readonly [number, number] {
  switch (r.below(6)) {
    case 0:
      return [r.bits(), r.bits()]
    case 5:
      return r.pick(I64S)
    case 1: {
      const small = r.between(-20, 70)
      return [small, small >> 31]
    }
    case 2: {
      const lo = i32Bits(r)
      return [lo, r.chance(50) ? 0 : lo >> 31]
    }
    default:
      return [r.pick(I32S), r.pick(I32S)]
  }
}
export function f32Bits(r: Random): number {
  return (r.chance(15) ? r.bits() : r.pick(F32S)) | 0
}
/** Low and high half of an f64. */
export function f64Bits(r: Random): readonly [number, number] {
  if (r.chance(15)) return [r.bits(), r.bits()]
  const [hi, lo] = r.pick(F64S)
  return [lo | 0, hi | 0]
}
