/** One Wasm value that a person looks at and may change: a local, an operand, a global. Made by frames.ts and state.ts. */
import { describeValue, fromRef, toHalves, toRef } from '../embedding/values.ts'
import { wrapFunc } from '../embedding/functions.ts'
import { VitrineError } from '../errors.ts'
import { moduleNames } from '../module/names.ts'
import type { Instance } from '../runtime/instance.ts'
import { canonicalValType } from '../spec/canonical.ts'
import { type ValType, F32, F64, I32, I64, V128, formatValType, heapOf, isAbstract, isNullable, isRef } from '../spec/types.ts'
import { formatBits, formatRef, formatV128 } from '../trace/values.ts'

/** Where a value is: `at` in i32 units, references at half of it. */
export interface Store {
  readonly ints: Int32Array
  readonly refs: unknown[]
  readonly at: number
  /** Called when `ints` or `refs`, which are copies then, have been changed. */
  readonly commit?: () => void
}

const wide = (type: ValType): boolean => type === I64 || type === F64
const scratch = new DataView(new ArrayBuffer(8))

/** A type by what it is in a module, whose types it names by their indices; `text`: as the module's text has it. */
export interface VariableType {
  readonly valtype: ValType
  readonly text: string
}
export function typeIn({ module, shared }: Instance, type: ValType): VariableType {
  if (!isRef(type) || isAbstract(heapOf(type))) return { valtype: type, text: formatValType(type) }
  return { valtype: canonicalValType(type, shared.typeIds), text: typeText(type, heapOf(type), moduleNames(module).types) }
}
/** The same for a type that has the canonical id of another type in place of its index. */
export function canonicalTypeIn({ module, shared }: Instance, type: ValType): VariableType {
  if (!isRef(type) || isAbstract(heapOf(type))) return { valtype: type, text: formatValType(type) }
  return { valtype: type, text: typeText(type, shared.typeIds.indexOf(heapOf(type)), moduleNames(module).types) }
}
/** A type of another module has no index here. */
function typeText(type: ValType, index: number, names: ReadonlyMap<number, string>): string {
  const name = names.get(index)
  return `(ref ${isNullable(type) ? 'null ' : ''}${name === undefined ? (index < 0 ? 'of another module' : index) : `$${name}`})`
}

export class Variable {
  /** Of the name section; undefined for a value without a name. */
  readonly name: string | undefined
  /** Number of the local or global, place of the operand from the bottom. */
  readonly index: number
  /** With canonical ids in place of type indices. */
  readonly valtype: ValType
  /** In the spelling of the text format: `i32`, `funcref`, `(ref null $node)`. */
  readonly type: string
  private readonly where: () => Store
  private readonly mutable: boolean

  constructor(name: string | undefined, index: number, { valtype, text }: VariableType, where: () => Store, mutable = true) {
    this.name = name
    this.index = index
    this.valtype = valtype
    this.type = text
    this.where = where
    this.mutable = mutable
  }

  /** Decimal numbers; `nan:0x…`, `inf`; a v128 in hexadecimal; `null`, `func:3`, `struct{1 2}`. */
  get text(): string {
    const { ints, refs, at } = this.where()
    if (isRef(this.valtype)) return formatRef(refs[at >> 1])
    if (this.valtype === V128) return formatV128(ints.subarray(at, at + 4))
    return formatBits(this.valtype, ints[at]!, ints[at + 1]!)
  }

  /** As the JS API has it: number, bigint, reference; of a v128 its four words as int32, the lowest first. */
  get value(): unknown {
    const { ints, refs, at } = this.where()
    switch (this.valtype) {
      case I32:
        return ints[at]
      case I64:
        return (BigInt(ints[at + 1]!) << BigInt(32)) | BigInt(ints[at]! >>> 0)
      case F32:
        scratch.setInt32(0, ints[at]!)
        return scratch.getFloat32(0)
      case F64:
        scratch.setInt32(0, ints[at + 1]!)
        scratch.setInt32(4, ints[at]!)
        return scratch.getFloat64(0)
      case V128:
        return [...ints.subarray(at, at + 4)]
      default:
        return fromRef(refs[at >> 1], this.valtype, wrapFunc)
    }
  }

  /** A reference as the store holds it; undefined for a value of another type. */
  get reference(): unknown {
    const { refs, at } = this.where()
    return isRef(this.valtype) ? refs[at >> 1] : undefined
  }
  /** The four words of a v128 as int32, the lowest first; of other numbers their one or two. */
  get words(): readonly number[] {
    const { ints, at } = this.where()
    return [...ints.subarray(at, at + (isRef(this.valtype) ? 0 : this.valtype === V128 ? 4 : wide(this.valtype) ? 2 : 1))]
  }
  /** Whether `set` is allowed. */
  get canSet(): boolean {
    return this.mutable
  }

  /** Replaces the value. Throws a `usage` error for a value of another type; nothing is changed then. */
  set(value: unknown): void {
    if (!this.mutable) throw new VitrineError('usage', `${this.name ?? 'the value'} is immutable`)
    const { ints, refs, at, commit } = this.where()
    if (isRef(this.valtype)) refs[at >> 1] = this.toReference(value)
    else ints.set(this.bits(value), at)
    commit?.()
  }

  private refuse(value: unknown): never {
    throw new VitrineError('usage', `${describeValue(value)} is not a value of type ${this.type}`)
  }

  private toReference(value: unknown): unknown {
    try {
      return toRef(value, this.valtype)
    } catch {
      return this.refuse(value)
    }
  }

  private bits(value: unknown): number[] {
    switch (this.valtype) {
      case I32: {
        const number = typeof value === 'bigint' ? Number(value) : value
        if (typeof number !== 'number' || !Number.isInteger(number) || number < -0x8000_0000 || number > 0xffff_ffff) this.refuse(value)
        return [(number as number) | 0]
      }
      case I64:
        if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) this.refuse(value)
        if (typeof value === 'bigint' && (value < -(BigInt(1) << BigInt(63)) || value >= BigInt(1) << BigInt(64))) this.refuse(value)
        return [...toHalves(value)]
      case F32:
      case F64:
        if (typeof value !== 'number') this.refuse(value)
        if (this.valtype === F32) {
          scratch.setFloat32(0, value as number)
          return [scratch.getInt32(0)]
        }
        scratch.setFloat64(0, value as number)
        return [scratch.getInt32(4), scratch.getInt32(0)]
      case V128:
        if (!Array.isArray(value) || value.length !== 4 || !value.every((word) => Number.isInteger(word))) this.refuse(value)
        return (value as number[]).map((word) => word | 0)
      default:
        return this.refuse(value)
    }
  }
}

/** Variables in order, and by name where they have one. */
// oxlint-disable-next-line typescript/no-explicit-any -- which names there are is known to the caller only; `unknown` would make every use a cast
export type Variables = readonly Variable[] & Readonly<Record<string, any>>

export function variables(list: Variable[]): Variables {
  for (const variable of list) {
    const { name } = variable
    // A local may be called `length`.
    if (name !== undefined && !(name in list)) Object.defineProperty(list, name, { value: variable })
  }
  return list as unknown as Variables
}
