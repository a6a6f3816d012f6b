/**
 * Functions of the store (spec §4.2.7): a Wasm function of an instance, or a host function. One class for both, so that
 * tables and call sites stay monomorphic.
 */
import { type FuncType, type ValType, F64, I32, I64, isRef, slotsOf } from '../spec/types.ts'
import type { RawHostFunction } from './host-function.ts'
import type { Instance } from './instance.ts'

const slots = (types: readonly ValType[]): number => types.reduce((n, t) => n + slotsOf(t), 0)

/** Where things lie in a frame of a function type, in slots of 8 bytes: `[max(params, results)] [link] …`. */
export interface Layout {
  readonly paramSlots: number
  readonly resultSlots: number
  /** Slot of the link (return pc, caller's fp). */
  readonly link: number
  /** Whether a parameter or result is a reference. */
  readonly hasRefs: boolean
}
export function layoutOf(type: FuncType): Layout {
  const paramSlots = slots(type.params)
  const resultSlots = slots(type.results)
  return { paramSlots, resultSlots, link: Math.max(paramSlots, resultSlots), hasRefs: type.params.some(isRef) || type.results.some(isRef) }
}

/** Places of raw arguments that are all integers (in i32 units from the first one) or all f64 (in slots), if those are few. */
function placesOf(params: readonly ValType[], areDoubles: boolean): readonly number[] | undefined {
  if (!areDoubles && params.some((t) => t !== I32 && t !== I64)) return undefined
  const places = params.flatMap((t, i) => (areDoubles ? [i] : t === I64 ? [i * 2, i * 2 + 1] : [i * 2]))
  return places.length > 4 ? undefined : places
}

export class Func {
  readonly type: FuncType
  /** Canonical id of the type: equal ids are equal types, in every module. */
  readonly typeId: number
  readonly layout: Layout
  /** The instance and the index in its module's function space; undefined and -1 for a host function. */
  readonly instance: Instance | undefined
  readonly funcidx: number
  readonly host: RawHostFunction | undefined
  /** For host functions: whether they take f64 only, and where executors find the arguments without reading the types. */
  readonly takesDoubles: boolean
  readonly places: readonly number[] | undefined
  /** For host functions: `module.name` of the import that it was given for; shown in errors and backtraces. */
  name: string | undefined
  /** The JS function that this function is exported as, made once so that identity holds. */
  exported: unknown

  constructor(
    type: FuncType,
    typeId: number,
    instance: Instance | undefined,
    funcidx: number,
    host: RawHostFunction | undefined,
    name?: string,
  ) {
    this.type = type
    this.typeId = typeId
    this.layout = layoutOf(type)
    this.instance = instance
    this.funcidx = funcidx
    this.host = host
    const { params } = type
    this.takesDoubles = host !== undefined && params.length > 0 && params.every((t) => t === F64)
    this.places = host && placesOf(params, this.takesDoubles)
    this.name = name
    this.exported = undefined
  }
}
