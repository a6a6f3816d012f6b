/** Arguments and results of `--invoke`: text ↔ JS values, by the function's types. Called by guest.ts. */
import { importReference } from '../embedding/heap-objects.ts'
import {
  EXTERNREF,
  F32,
  F64,
  HEAP_ANY,
  HEAP_EQ,
  HEAP_I31,
  type HeapType,
  I32,
  I64,
  type ValType,
  formatValType,
  heapOf,
} from '../spec/types.ts'
import { formatFloat, formatRef } from '../trace/values.ts'
import { UsageError } from './args.ts'

const takesI31: ReadonlySet<HeapType> = new Set([HEAP_ANY, HEAP_EQ, HEAP_I31])

/**
 * Integers are decimal or hexadecimal, signed or unsigned; floats may be nan, inf, -inf; references null (externref: any
 * text; anyref, eqref, i31ref: a number).
 */
export function parseArgument(type: ValType, text: string): unknown {
  switch (type) {
    case I32:
      return Number(integer(type, text, 32n))
    case I64:
      return integer(type, text, 64n)
    case F32:
    case F64:
      return float(type, text)
    default:
      if (text === 'null') return null
      if (type === EXTERNREF) return text
      if (takesI31.has(heapOf(type))) return Number(integer(type, text, 31n))
      throw new UsageError(`'${text}' cannot be given for ${formatValType(type)}`, 'references: null')
  }
}

function integer(type: ValType, text: string, width: bigint): bigint {
  const [, sign, digits] = /^([+-]?)(\d[\d_]*|0x[\da-f][\da-f_]*)$/i.exec(text) ?? []
  if (digits !== undefined) {
    const value = BigInt(digits.replaceAll('_', '')) * (sign === '-' ? -1n : 1n)
    if (value >= -(1n << (width - 1n)) && value < 1n << width) return BigInt.asIntN(Number(width), value)
  }
  throw new UsageError(`'${text}' is not an ${formatValType(type)}`, `whole numbers from -2^${width - 1n} to 2^${width}-1, decimal or 0x…`)
}

function float(type: ValType, text: string): number {
  const [, sign, word] = /^([+-]?)(nan|inf|infinity)$/i.exec(text) ?? []
  if (word !== undefined) return word.toLowerCase() === 'nan' ? NaN : sign === '-' ? -Infinity : Infinity
  const value = text.trim() === '' ? NaN : Number(text.replaceAll('_', ''))
  if (Number.isNaN(value)) throw new UsageError(`'${text}' is not an ${formatValType(type)}`, 'numbers such as 1.5, -2e10, nan, inf, -inf')
  return value
}

export function formatResult(type: ValType, value: unknown): string {
  if (type === F32 || type === F64) return formatFloat(value as number, type)
  if (value === null) return 'null'
  if (takesI31.has(heapOf(type)) || importReference(value) !== value) return formatRef(importReference(value))
  if (typeof value === 'function') return `func:${value.name}`
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value as number | bigint | string)
}
