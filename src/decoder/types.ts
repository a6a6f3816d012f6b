/**
 * Reads value, heap and reference types (spec §5.3.1–§5.3.5). Called by the sections and by the instruction reader.
 * A type of a feature that is off raises UnsupportedError with the feature's name.
 */
import type { ByteReader } from '../bytes/reader.ts'
import { type Feature, type FeatureSet, featureOff } from '../spec/features.ts'
import { type HeapType, type ValType, ABSTRACT, F64, I16, I32, I8, V128, formatHeapType, refType } from '../spec/types.ts'

/** What types are read from: `features` is undefined where everything is allowed (the validator reads again what was checked). */
export interface TypeReader extends ByteReader {
  readonly features: FeatureSet | undefined
}

/** `0x63 ht` is `(ref null ht)`, `0x64 ht` is `(ref ht)`. */
const REF_NULL = 0x63
const REF = 0x64
const FUNC = 0x70
const EXTERN = 0x6f

/** Feature of each type code, by its byte; undefined: not a reference type code. */
const featureOf: (Feature | undefined)[] = new Array<Feature | undefined>(0x80).fill(undefined)
for (const code of [0x71, 0x72, 0x73, 0x6e, 0x6d, 0x6c, 0x6b, 0x6a]) featureOf[code] = 'gc'
for (const code of [0x69, 0x74]) featureOf[code] = 'exceptions'
for (const code of [0x68, 0x75]) featureOf[code] = 'stack-switching'
for (const code of [FUNC, EXTERN]) featureOf[code] = 'reference-types'
for (const code of [REF, REF_NULL]) featureOf[code] = 'function-references'

function gate(r: TypeReader, feature: Feature, what: string, at: number): void {
  if (r.features !== undefined && !r.features.has(feature)) throw featureOff(feature, what, { offset: at })
}

export function readHeapType(r: TypeReader): HeapType {
  const at = r.pos
  const n = r.s33()
  if (n >= 0) {
    // A typeidx is a u32, but packing needs less: module limits keep real ones far below this.
    if (n >= ABSTRACT) r.fail('unknown type', at)
    return n
  }
  const code = n & 0x7f
  if (n < -0x40 || code === REF || code === REF_NULL || featureOf[code] === undefined) r.fail('malformed heap type', at)
  gateCode(r, code, at)
  return ABSTRACT | code
}

function gateCode(r: TypeReader, code: number, at: number): void {
  if (r.features !== undefined && code !== FUNC) gate(r, featureOf[code]!, `type ${formatHeapType(ABSTRACT | code)}`, at)
}

export function readValType(r: TypeReader): ValType {
  const at = r.pos
  const b = r.byte()
  if (b >= F64 && b <= I32) return b
  if (b === V128) {
    gate(r, 'simd', 'type v128', at)
    return b
  }
  return readRef(r, b, at, 'malformed value type', true)
}

export function readRefType(r: TypeReader): ValType {
  const at = r.pos
  return readRef(r, r.byte(), at, 'malformed reference type', false)
}

/** Type of a struct field or an array element (spec §5.3.8): also the packed types. */
export function readStorageType(r: TypeReader): ValType {
  const b = r.pos < r.end ? r.bytes[r.pos]! : 0
  if (b === I8 || b === I16) {
    r.pos++
    return b
  }
  return readValType(r)
}

function readRef(r: TypeReader, b: number, at: number, message: string, asValue: boolean): ValType {
  if (b >= 0x80 || featureOf[b] === undefined) r.fail(message, at)
  if (b === REF_NULL || b === REF) {
    gate(r, 'function-references', 'a typed reference', at)
    return refType(b === REF_NULL, readHeapType(r))
  }
  // funcref as the element of a table is as old as the language; as a value it came with reference types.
  if (b !== FUNC || asValue) gate(r, featureOf[b]!, `type ${formatHeapType(ABSTRACT | b)}ref`, at)
  return refType(true, ABSTRACT | b)
}
