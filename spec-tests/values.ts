/**
 * Values of a script as bits: written into and read from the register file as integers, so that no NaN passes through a
 * JS number on the way. Compared with the patterns of a script (bits, classes of NaNs, references, alternatives).
 */
import type { Func } from '../src/runtime/func.ts'
import { Func as FuncClass } from '../src/runtime/func.ts'
import { isHeapObject } from '../src/runtime/heap.ts'
import { isI31, isOfType } from '../src/runtime/references.ts'
import type { Global } from '../src/runtime/global.ts'
import type { Thread } from '../src/runtime/thread.ts'
import {
  type HeapType,
  type ValType,
  F32,
  F64,
  HEAP_EXN,
  HEAP_FUNC,
  I32,
  I64,
  V128,
  formatHeapType,
  formatValType,
  heapOf,
  isRef,
  refType,
  slotsOf,
} from '../src/spec/types.ts'
import { formatRef as formatHeapRef } from '../src/trace/values.ts'
import type { Bits64, FloatPattern, ResultPattern, ScriptValue } from '../src/text/script-types.ts'

/** A value with its type: `words` are its int32 words (one, two, for v128 four), or `ref` the reference. */
export interface Value {
  readonly type: ValType
  readonly words: readonly number[]
  readonly ref: unknown
}

/** What `(ref.extern n)` and `(ref.host n)` stand for: one object for each number. The former is the latter, externalised. */
class HostObject {
  readonly number: number
  constructor(number: number) {
    this.number = number
  }
}
const hostObjects = new Map<number, HostObject>()
export function hostObject(number: number): unknown {
  const found = hostObjects.get(number) ?? new HostObject(number)
  hostObjects.set(number, found)
  return found
}

const wordCount = (type: ValType): number => (type === I32 || type === F32 ? 1 : type === V128 ? 4 : 2)

/** The words of a script's argument. */
function wordsOf(value: ScriptValue): readonly number[] {
  switch (value.type) {
    case 'i32':
    case 'f32':
      return [value.bits]
    case 'i64':
    case 'f64':
      return [value.bits.lo, value.bits.hi]
    case 'v128':
      return lanes(value.bytes)
    default:
      return []
  }
}
function lanes(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  return [0, 4, 8, 12].map((at) => view.getInt32(at, true))
}

/** Script arguments → values of a function's parameter types; undefined if they do not fit. */
export function toValues(args: readonly ScriptValue[], types: readonly ValType[]): readonly Value[] | undefined {
  if (args.length !== types.length) return undefined
  const values: Value[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    const type = types[i]!
    if (arg.type.startsWith('ref.') !== isRef(type)) return undefined
    if (!isRef(type) && formatValType(type) !== arg.type) return undefined
    const ref = arg.type === 'ref.extern' || arg.type === 'ref.host' ? hostObject(arg.value) : null
    values.push({ type, words: wordsOf(arg), ref })
  }
  return values
}

/** Writes arguments into the frame at `base` (i32 units). */
export function writeValues(T: Thread, base: number, values: readonly Value[]): void {
  let at = base
  for (const { type, words, ref } of values) {
    if (isRef(type)) T.refs[at >> 1] = ref
    else words.forEach((word, i) => (T.R[at + i] = word))
    at += slotsOf(type) * 2
  }
}

/** Reads results from the frame at `base`. */
export function readValues(T: Thread, base: number, types: readonly ValType[]): readonly Value[] {
  let at = base
  return types.map((type) => {
    const value: Value = isRef(type)
      ? { type, words: [], ref: T.refs[at >> 1] }
      : { type, words: [...T.R.subarray(at, at + wordCount(type))], ref: undefined }
    at += slotsOf(type) * 2
    return value
  })
}

/** The value of a global. */
export function globalValue({ type: { type }, ints, refs, at }: Global): Value {
  if (isRef(type)) return { type, words: [], ref: refs[at] }
  return { type, words: [...ints.subarray(at, at + wordCount(type))], ref: undefined }
}

const floats = new DataView(new ArrayBuffer(8))
const float32 = (bits: number): number => (floats.setInt32(0, bits), floats.getFloat32(0))
const float64 = (lo: number, hi: number): number => (floats.setInt32(0, hi), floats.setInt32(4, lo), floats.getFloat64(0))

/** Raw form of a value, as host functions take it. */
export function toRaw({ type, words, ref }: Value): readonly unknown[] {
  if (isRef(type)) return [ref]
  if (type === F32) return [float32(words[0]!)]
  if (type === F64) return [float64(words[0]!, words[1]!)]
  return words
}

// ---- patterns -------------------------------------------------------------------------------------------------------

/** §4.3.3: canonical is the quiet bit alone, arithmetic any payload with the quiet bit; the sign is free. */
function matches32(bits: number, pattern: FloatPattern<number>): boolean {
  if ('bits' in pattern) return (bits | 0) === (pattern.bits | 0)
  if (pattern.nan === 'canonical') return (bits & 0x7fff_ffff) === 0x7fc0_0000
  return (bits & 0x7fc0_0000) === 0x7fc0_0000
}
function matches64(lo: number, hi: number, pattern: FloatPattern<Bits64>): boolean {
  if ('bits' in pattern) return (lo | 0) === (pattern.bits.lo | 0) && (hi | 0) === (pattern.bits.hi | 0)
  if (pattern.nan === 'canonical') return lo === 0 && (hi & 0x7fff_ffff) === 0x7ff8_0000
  return (hi & 0x7ff8_0000) === 0x7ff8_0000
}

export function matches(value: Value, pattern: ResultPattern): boolean {
  const { type, words, ref } = value
  const [a = 0, b = 0] = words
  switch (pattern.type) {
    case 'i32':
      return type === I32 && (a | 0) === (pattern.bits | 0)
    case 'i64':
      return type === I64 && matches64(a, b, pattern)
    case 'f32':
      return type === F32 && matches32(a, pattern)
    case 'f64':
      return type === F64 && matches64(a, b, pattern)
    case 'v128':
      return type === V128 && matchesVector(words, pattern)
    case 'ref.null':
      return (
        isRef(type) &&
        ref === null &&
        (pattern.heap === undefined ||
          family(pattern.heap) === undefined ||
          family(heapOf(type)) === undefined ||
          family(pattern.heap) === family(heapOf(type)))
      )
    case 'ref.extern':
    case 'ref.host':
      return isRef(type) && ref === hostObject(pattern.value)
    case 'ref':
      return isRef(type) && matchesKind(ref, pattern.heap)
    case 'either':
      return pattern.options.some((option) => matches(value, option))
  }
}

function matchesVector(words: readonly number[], pattern: Extract<ResultPattern, { type: 'v128' }>): boolean {
  switch (pattern.shape) {
    case 'f32x4':
      return pattern.lanes.every((lane, i) => matches32(words[i]!, lane))
    case 'f64x2':
      return pattern.lanes.every((lane, i) => matches64(words[2 * i]!, words[2 * i + 1]!, lane))
    default:
      return lanes(pattern.bytes).every((word, i) => word === words[i])
  }
}

/** Hierarchy of an abstract heap type; undefined for a concrete one, whose module the script does not name. */
function family(heap: HeapType): string | undefined {
  const name = formatHeapType(heap)
  if (/^(no)?func$/.test(name)) return 'func'
  if (/^(no)?extern$/.test(name)) return 'extern'
  if (/^(no)?exn$/.test(name)) return 'exn'
  if (/^(no)?cont$/.test(name)) return 'cont'
  return /^\d+$/.test(name) ? undefined : 'any'
}

/** Whether a reference is of this abstract heap type. */
function matchesKind(ref: unknown, heap: HeapType): boolean {
  if (ref === null || ref === undefined) return false
  const isFunc = ref instanceof FuncClass
  if (heap === HEAP_FUNC) return isFunc
  if (heap === HEAP_EXN) return typeof ref === 'object' && !isFunc && !isHeapObject(ref)
  return !isFunc && isOfType(ref, refType(false, heap))
}

// ---- for the report -------------------------------------------------------------------------------------------------

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
const format32 = (bits: number): string =>
  Number.isNaN(float32(bits)) ? `nan 0x${hex(bits)}` : String(Object.is(float32(bits), -0) ? '-0' : float32(bits))
const format64 = (lo: number, hi: number): string => {
  const value = float64(lo, hi)
  return Number.isNaN(value) ? `nan 0x${hex(hi)}${hex(lo)}` : Object.is(value, -0) ? '-0' : String(value)
}
const formatInt64 = (lo: number, hi: number): string => String((BigInt(hi) << 32n) | BigInt(lo >>> 0))

export function formatValue({ type, words, ref }: Value): string {
  const [a = 0, b = 0] = words
  if (isRef(type)) return formatRef(ref)
  if (type === V128) return `v128 ${words.map(hex).join(' ')}`
  return `${formatValType(type)} ${type === I32 ? a : type === I64 ? formatInt64(a, b) : type === F32 ? format32(a) : format64(a, b)}`
}
function formatRef(ref: unknown): string {
  if (ref === null) return 'ref.null'
  if (ref instanceof HostObject) return `ref.host ${ref.number}`
  if (ref instanceof FuncClass) return `ref.func ${(ref as Func).name ?? ref.funcidx}`
  if (isHeapObject(ref) || isI31(ref)) return formatHeapRef(ref)
  return ref === undefined ? 'no reference (undefined)' : `a ${typeof ref}`
}

export function formatPattern(pattern: ResultPattern): string {
  switch (pattern.type) {
    case 'i32':
      return `i32 ${pattern.bits | 0}`
    case 'i64':
      return `i64 ${formatInt64(pattern.bits.lo, pattern.bits.hi)}`
    case 'f32':
      return `f32 ${'nan' in pattern ? `nan:${pattern.nan}` : format32(pattern.bits)}`
    case 'f64':
      return `f64 ${'nan' in pattern ? `nan:${pattern.nan}` : format64(pattern.bits.lo, pattern.bits.hi)}`
    case 'v128': {
      if (pattern.shape === 'f32x4') return `v128 ${pattern.lanes.map((l) => ('nan' in l ? `nan:${l.nan}` : hex(l.bits))).join(' ')}`
      if (pattern.shape === 'f64x2')
        return `v128 ${pattern.lanes.map((l) => ('nan' in l ? `nan:${l.nan}` : `${hex(l.bits.lo)} ${hex(l.bits.hi)}`)).join(' ')}`
      return `v128 ${lanes(pattern.bytes).map(hex).join(' ')}`
    }
    case 'ref.null':
      return pattern.heap === undefined ? 'ref.null' : `ref.null ${formatHeapType(pattern.heap)}`
    case 'ref.extern':
    case 'ref.host':
      return `${pattern.type} ${pattern.value}`
    case 'ref':
      return `ref.${formatHeapType(pattern.heap)}`
    case 'either':
      return `either ${pattern.options.map(formatPattern).join(' | ')}`
  }
}
export const formatList = (items: readonly string[]): string => (items.length === 0 ? 'nothing' : items.join(', '))
