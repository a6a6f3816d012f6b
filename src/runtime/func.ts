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

/** Where the raw arguments of a host function lie that are all in one view of the register file: up to four, in units of that view from the first one. */
export interface NumberArguments {
  readonly view: 'R' | 'F'
  readonly places: readonly number[]
}
function numberArguments(params: readonly ValType[]): NumberArguments | undefined {
  if (params.length > 4) return undefined
  if (params.length > 0 && params.every((t) => t === F64)) return { view: 'F', places: params.map((_, i) => i) }
  if (!params.every((t) => t === I32 || t === I64)) return undefined
  const places = params.flatMap((t, i) => (t === I64 ? [i * 2, i * 2 + 1] : [i * 2]))
  return places.length > 4 ? undefined : { view: 'R', places }
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
  readonly numbers: NumberArguments | undefined
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
    this.numbers = host === undefined ? undefined : numberArguments(type.params)
    this.name = name
    this.exported = undefined
  }
}
