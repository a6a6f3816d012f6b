/**
 * What the i64 instructions compute (spec §4.3.2), one function per mnemonic. An i64 is two int32 halves, `al` low and `ah` high.
 * The reference executor, constant folding and tests call them; the generator pastes their bodies (rules of form: index.ts).
 */
import { i64Ring } from './ring.ts'
import { trap } from './trap.ts'
import type { PairFunction, PairPredicate } from './types.ts'
import { divS, divU, remS, remU, resultHi } from './wide.ts'

export const i64Values: Record<string, PairFunction> = {
  'i64.clz': (al, ah) => [ah === 0 ? 32 + Math.clz32(al) : Math.clz32(ah), 0],
  'i64.ctz': (al, ah) => [al !== 0 ? 31 - Math.clz32(al & -al) : ah !== 0 ? 63 - Math.clz32(ah & -ah) : 64, 0],
  // As i32.popcnt; the halves join once a nibble (0..4 each, so at most 8 together) has room for both.
  'i64.popcnt': (al, ah) => {
    const lowTwos = al - ((al >>> 1) & 0x55555555)
    const highTwos = ah - ((ah >>> 1) & 0x55555555)
    const lowFours = (lowTwos & 0x33333333) + ((lowTwos >>> 2) & 0x33333333)
    const fours = lowFours + (highTwos & 0x33333333) + ((highTwos >>> 2) & 0x33333333)
    return [Math.imul((fours & 0x0f0f0f0f) + ((fours >>> 4) & 0x0f0f0f0f), 0x01010101) >>> 24, 0]
  },
  ...i64Ring,
  'i64.div_s': (al, ah, bl, bh) => {
    if ((bl | bh) === 0) trap('integer divide by zero')
    if (ah === -0x80000000 && al === 0 && (bl & bh) === -1) trap('integer overflow')
    const lo = divS(al, ah, bl, bh)
    return [lo, resultHi]
  },
  'i64.div_u': (al, ah, bl, bh) => {
    if ((bl | bh) === 0) trap('integer divide by zero')
    const lo = divU(al, ah, bl, bh)
    return [lo, resultHi]
  },
  'i64.rem_s': (al, ah, bl, bh) => {
    if ((bl | bh) === 0) trap('integer divide by zero')
    const lo = remS(al, ah, bl, bh)
    return [lo, resultHi]
  },
  'i64.rem_u': (al, ah, bl, bh) => {
    if ((bl | bh) === 0) trap('integer divide by zero')
    const lo = remU(al, ah, bl, bh)
    return [lo, resultHi]
  },
  'i64.and': (al, ah, bl, bh) => [al & bl, ah & bh],
  'i64.or': (al, ah, bl, bh) => [al | bl, ah | bh],
  'i64.xor': (al, ah, bl, bh) => [al ^ bl, ah ^ bh],
  // Shifts and rotations: JS takes counts modulo 32, so bl and bl - 32 shift alike, and ~bl is 31 - bl.
  // The bits that cross move by 1 and then by ~bl, because by 32 - bl would not clear them for a count of 0.
  'i64.shl': (al, ah, bl) => {
    const far = (bl & 32) !== 0
    return [far ? 0 : al << bl, far ? al << bl : (ah << bl) | ((al >>> 1) >>> ~bl)]
  },
  'i64.shr_s': (al, ah, bl) => {
    const far = (bl & 32) !== 0
    return [far ? ah >> bl : (al >>> bl) | ((ah << 1) << ~bl), far ? ah >> 31 : ah >> bl]
  },
  'i64.shr_u': (al, ah, bl) => {
    const far = (bl & 32) !== 0
    return [far ? (ah >>> bl) | 0 : (al >>> bl) | ((ah << 1) << ~bl), far ? 0 : (ah >>> bl) | 0]
  },
  // A rotation by 32 swaps the halves.
  'i64.rotl': (al, ah, bl) => {
    const far = (bl & 32) !== 0
    const lo = far ? ah : al
    const hi = far ? al : ah
    return [(lo << bl) | ((hi >>> 1) >>> ~bl), (hi << bl) | ((lo >>> 1) >>> ~bl)]
  },
  'i64.rotr': (al, ah, bl) => {
    const far = (bl & 32) !== 0
    const lo = far ? ah : al
    const hi = far ? al : ah
    return [(lo >>> bl) | ((hi << 1) << ~bl), (hi >>> bl) | ((lo << 1) << ~bl)]
  },
  'i64.extend8_s': (al) => [(al << 24) >> 24, (al << 24) >> 31],
  'i64.extend16_s': (al) => [(al << 16) >> 16, (al << 16) >> 31],
  'i64.extend32_s': (al) => [al, al >> 31],
}

export const i64Predicates: Record<string, PairPredicate> = {
  'i64.eqz': (al, ah) => (al | ah) === 0,
  'i64.eq': (al, ah, bl, bh) => al === bl && ah === bh,
  'i64.ne': (al, ah, bl, bh) => al !== bl || ah !== bh,
  // Low halves are unsigned in either reading; only the high halves carry the sign.
  'i64.lt_s': (al, ah, bl, bh) => (ah === bh ? al >>> 0 < bl >>> 0 : ah < bh),
  'i64.lt_u': (al, ah, bl, bh) => (ah === bh ? al >>> 0 < bl >>> 0 : ah >>> 0 < bh >>> 0),
  'i64.gt_s': (al, ah, bl, bh) => (ah === bh ? al >>> 0 > bl >>> 0 : ah > bh),
  'i64.gt_u': (al, ah, bl, bh) => (ah === bh ? al >>> 0 > bl >>> 0 : ah >>> 0 > bh >>> 0),
  'i64.le_s': (al, ah, bl, bh) => (ah === bh ? al >>> 0 <= bl >>> 0 : ah < bh),
  'i64.le_u': (al, ah, bl, bh) => (ah === bh ? al >>> 0 <= bl >>> 0 : ah >>> 0 < bh >>> 0),
  'i64.ge_s': (al, ah, bl, bh) => (ah === bh ? al >>> 0 >= bl >>> 0 : ah > bh),
  'i64.ge_u': (al, ah, bl, bh) => (ah === bh ? al >>> 0 >= bl >>> 0 : ah >>> 0 > bh >>> 0),
}
