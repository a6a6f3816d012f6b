/**
 * Loads and stores of vectors (spec §4.6.8), through the DataView of a memory: it throws a RangeError where the access is
 * out of bounds. Memory is read before a register is written, and of a store the highest word goes first: what traps has
 * written nothing. Joined in vector.ts, which says what the parameters are.
 */
import type { VectorLoad, VectorStore } from './vector.ts'

export const loadFunctions: Record<string, VectorLoad> = {
  'v128.load': (v, M, e, d) => {
    const x = M.getInt32(e + 12, true)
    v.R[d] = M.getInt32(e, true)
    v.R[d + 1] = M.getInt32(e + 4, true)
    v.R[d + 2] = M.getInt32(e + 8, true)
    v.R[d + 3] = x
  },

  // Two bytes become the halves of a word: shifted up to the sign bit and down again where they are signed.
  'v128.load8x8_s': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    const x = M.getInt32(e, true)
    v.R[d] = (((x << 24) >> 24) & 65535) | (((x << 16) >> 24) << 16)
    v.R[d + 1] = (((x << 8) >> 24) & 65535) | ((x >> 24) << 16)
    v.R[d + 2] = (((y << 24) >> 24) & 65535) | (((y << 16) >> 24) << 16)
    v.R[d + 3] = (((y << 8) >> 24) & 65535) | ((y >> 24) << 16)
  },
  'v128.load8x8_u': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    const x = M.getInt32(e, true)
    v.R[d] = (x & 255) | ((x & 0xff00) << 8)
    v.R[d + 1] = ((x >>> 16) & 255) | ((x >>> 24) << 16)
    v.R[d + 2] = (y & 255) | ((y & 0xff00) << 8)
    v.R[d + 3] = ((y >>> 16) & 255) | ((y >>> 24) << 16)
  },
  'v128.load16x4_s': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    const x = M.getInt32(e, true)
    v.R[d] = (x << 16) >> 16
    v.R[d + 1] = x >> 16
    v.R[d + 2] = (y << 16) >> 16
    v.R[d + 3] = y >> 16
  },
  'v128.load16x4_u': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    const x = M.getInt32(e, true)
    v.R[d] = x & 65535
    v.R[d + 1] = x >>> 16
    v.R[d + 2] = y & 65535
    v.R[d + 3] = y >>> 16
  },
  'v128.load32x2_s': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    const x = M.getInt32(e, true)
    v.R[d] = x
    v.R[d + 1] = x >> 31
    v.R[d + 2] = y
    v.R[d + 3] = y >> 31
  },
  'v128.load32x2_u': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    v.R[d] = M.getInt32(e, true)
    v.R[d + 1] = 0
    v.R[d + 2] = y
    v.R[d + 3] = 0
  },

  'v128.load8_splat': (v, M, e, d) => {
    const x = Math.imul(M.getUint8(e), 0x01010101)
    for (let i = 0; i < 4; i++) v.R[d + i] = x
  },
  'v128.load16_splat': (v, M, e, d) => {
    const x = Math.imul(M.getUint16(e, true), 0x00010001)
    for (let i = 0; i < 4; i++) v.R[d + i] = x
  },
  'v128.load32_splat': (v, M, e, d) => {
    const x = M.getInt32(e, true)
    for (let i = 0; i < 4; i++) v.R[d + i] = x
  },
  'v128.load64_splat': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    const x = M.getInt32(e, true)
    v.R[d] = x
    v.R[d + 1] = y
    v.R[d + 2] = x
    v.R[d + 3] = y
  },
  'v128.load32_zero': (v, M, e, d) => {
    v.R[d] = M.getInt32(e, true)
    v.R[d + 1] = 0
    v.R[d + 2] = 0
    v.R[d + 3] = 0
  },
  'v128.load64_zero': (v, M, e, d) => {
    const y = M.getInt32(e + 4, true)
    v.R[d] = M.getInt32(e, true)
    v.R[d + 1] = y
    v.R[d + 2] = 0
    v.R[d + 3] = 0
  },

  'v128.load8_lane': (v, M, e, d, b, n) => {
    const x = M.getUint8(e)
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[b + i]!
    v.U8[(d << 2) + n] = x
  },
  'v128.load16_lane': (v, M, e, d, b, n) => {
    const x = M.getUint16(e, true)
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[b + i]!
    v.U16[(d << 1) + n] = x
  },
  'v128.load32_lane': (v, M, e, d, b, n) => {
    const x = M.getInt32(e, true)
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[b + i]!
    v.R[d + n] = x
  },
  'v128.load64_lane': (v, M, e, d, b, n) => {
    const y = M.getInt32(e + 4, true)
    const x = M.getInt32(e, true)
    for (let i = 0; i < 4; i++) v.R[d + i] = v.R[b + i]!
    v.R[d + 2 * n] = x
    v.R[d + 2 * n + 1] = y
  },
}

export const storeFunctions: Record<string, VectorStore> = {
  'v128.store': (v, M, e, b) => {
    M.setInt32(e + 12, v.R[b + 3]!, true)
    M.setInt32(e + 8, v.R[b + 2]!, true)
    M.setInt32(e + 4, v.R[b + 1]!, true)
    M.setInt32(e, v.R[b]!, true)
  },
  'v128.store8_lane': (v, M, e, b, n) => {
    M.setInt8(e, v.I8[(b << 2) + n]!)
  },
  'v128.store16_lane': (v, M, e, b, n) => {
    M.setInt16(e, v.I16[(b << 1) + n]!, true)
  },
  'v128.store32_lane': (v, M, e, b, n) => {
    M.setInt32(e, v.R[b + n]!, true)
  },
  'v128.store64_lane': (v, M, e, b, n) => {
    M.setInt32(e + 4, v.R[b + 2 * n + 1]!, true)
    M.setInt32(e, v.R[b + 2 * n]!, true)
  },
}
