/**
 * Random bytes as a capability: cryptographic from the platform, or seeded for repeatable runs.
 * Used by random_get and later by wasi:random.
 */
import { HostError } from '../errors.ts'

export interface Random {
  /** Fills all of `bytes`. */
  fill(bytes: Uint8Array): void
}

/** Most bytes that crypto.getRandomValues gives per call (Web Crypto §10.1.1). */
const CRYPTO_CHUNK = 65536

/** `globalThis.crypto.getRandomValues`. Throws HostError on first use where the engine has none. */
export function cryptoRandom(): Random {
  return {
    fill(bytes) {
      const source = (globalThis as { crypto?: { getRandomValues?(view: Uint8Array): unknown } }).crypto
      if (source === undefined || typeof source.getRandomValues !== 'function')
        throw new HostError('this JS engine has no crypto.getRandomValues: pass random: seededRandom(seed) or a Random of your own')
      for (let i = 0; i < bytes.length; i += CRYPTO_CHUNK) source.getRandomValues(bytes.subarray(i, i + CRYPTO_CHUNK))
    },
  }
}

/**
 * xoshiro128** (Blackman, Vigna 2018), its state filled from the seed by splitmix32. Repeatable and fast, not for secrets.
 * Bytes are the outputs in little-endian order; the same bytes come out however the requests are cut.
 */
export function seededRandom(seed: number): Random {
  let mix = seed | 0
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) | 0
  }
  // A seed of any size counts: the bits above 32 go into the second word.
  let a = splitmix()
  mix ^= Math.floor(seed / 0x100000000) | 0
  let b = splitmix()
  let c = splitmix()
  let d = splitmix() | 1
  const next = (): number => {
    const x = Math.imul(b, 5)
    const result = Math.imul((x << 7) | (x >>> 25), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = (d << 11) | (d >>> 21)
    return result
  }
  let word = 0
  let left = 0
  return {
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        if (left === 0) {
          word = next()
          left = 4
        }
        bytes[i] = word & 0xff
        word >>>= 8
        left--
      }
    },
  }
}
