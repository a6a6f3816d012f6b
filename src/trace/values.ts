/** Wasm values as text and as JSON: of traces, and of results on the command line. */
import { Exn, type Tag } from '../runtime/exception.ts'
import { Func } from '../runtime/func.ts'
import { type HeapObject, Struct, isHeapObject, valuesOf } from '../runtime/heap.ts'
import { isI31 } from '../runtime/references.ts'
import { type ValType, F32, I16, I32, I64, I8, V128, isRef } from '../spec/types.ts'

/** A float as short as it can be written and read again; `f32` values need fewer digits. */
export function formatFloat(value: number, type: ValType): string {
  if (Number.isNaN(value)) return 'nan'
  if (value === Infinity) return 'inf'
  if (value === -Infinity) return '-inf'
  if (Object.is(value, -0)) return '-0'
  if (type === F32) {
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits))
      if (Math.fround(short) === value) return String(short)
    }
  }
  return String(value)
}

/** The halves of an i64 as a signed decimal. */
export const formatI64 = (lo: number, hi: number): string => String((BigInt(hi) << BigInt(32)) | BigInt(lo >>> 0))

const bits = new DataView(new ArrayBuffer(8))

/** A number given by its bits; NaNs other than the canonical one show their payload. */
export function formatBits(type: ValType, lo: number, hi: number): string {
  if (type === I32) return String(lo)
  if (type === I64) return formatI64(lo, hi)
  bits.setInt32(0, type === F32 ? lo : hi)
  bits.setInt32(4, lo)
  const value = type === F32 ? bits.getFloat32(0) : bits.getFloat64(0)
  if (!Number.isNaN(value)) return formatFloat(value, type)
  return type === F32 ? nanText(lo < 0, 0, lo & 0x7f_ffff, 0, 0x40_0000) : nanText(hi < 0, hi & 0xf_ffff, lo, 0x8_0000, 0)
}
function nanText(negative: boolean, high: number, low: number, canonicalHigh: number, canonicalLow: number): string {
  const sign = negative ? '-' : ''
  if (high === canonicalHigh && low === canonicalLow) return `${sign}nan`
  const digits = high === 0 ? (low >>> 0).toString(16) : high.toString(16) + (low >>> 0).toString(16).padStart(8, '0')
  return `${sign}nan:0x${digits}`
}

/** A tag by its name, as the text format writes it. */
export const formatTag = ({ name }: Tag): string => (name === undefined ? 'unnamed tag' : `$${name}`)

/** A reference as the store holds it. Of structures and arrays the first few members are shown, of those inside only the kind. */
export function formatRef(value: unknown): string {
  return isHeapObject(value) ? formatObject(value) : formatPlainRef(value)
}

function formatPlainRef(value: unknown): string {
  if (value === null) return 'null'
  if (isI31(value)) return `i31:${value}`
  if (isHeapObject(value)) return formatKind(value)
  if (value instanceof Exn) return `exn:${formatTag(value.tag)}`
  if (value instanceof Func) return value.funcidx >= 0 ? `func:${value.funcidx}` : `func:${String(value.name)}`
  return typeof value === 'string' ? JSON.stringify(value) : `<${typeof value}>`
}

/** Members of a structure or array that are shown. */
const SHOWN = 8

/** `struct{1 -2.5 null}`, `array[100]{0 0 0 0 0 0 0 0 …}` */
function formatObject(object: HeapObject): string {
  const members = valuesOf(object, SHOWN + 1)
  const shown = members.slice(0, SHOWN).map(({ type, words, ref }) => {
    if (isRef(type)) return formatPlainRef(ref)
    return type === V128 ? formatV128(words) : formatBits(type === I8 || type === I16 ? I32 : type, words[0]!, words[1] ?? 0)
  })
  if (members.length > SHOWN) shown.push('…')
  return `${formatKind(object)}{${shown.join(' ')}}`
}
const formatKind = (object: HeapObject): string => (object instanceof Struct ? 'struct' : `array[${object.length}]`)

/** The four words of a v128, the lowest first, as one hexadecimal number. */
export const formatV128 = (words: ArrayLike<number>): string =>
  `0x${[3, 2, 1, 0].map((i) => (words[i]! >>> 0).toString(16).padStart(8, '0')).join('')}`
