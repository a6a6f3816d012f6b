/**
 * What is inside a value: the fields of a structure, the elements of an array, what an exception carries, the lanes of a
 * vector. Each is a variable of its own that can be changed where Wasm code could change it. Called by faces that unfold values.
 */
import { moduleNames } from '../module/names.ts'
import { Exn } from '../runtime/exception.ts'
import { ArrayObject, Struct, arrayLayout, getWord, setWord, structLayout } from '../runtime/heap.ts'
import type { Instance } from '../runtime/instance.ts'
import { canonicalType } from '../spec/canonical.ts'
import { type FieldType, type ValType, F32, F64, I16, I32, I64, I8, V128, formatValType, isRef } from '../spec/types.ts'
import { Variable, canonicalTypeIn } from './values.ts'

export interface Member {
  readonly variable: Variable
  /** Its type as it is declared: `i8`, where the variable is an i32. */
  readonly type: string
}
export interface Members {
  readonly count: number
  /** Whether they are told apart by their names: fields, not elements. */
  readonly named: boolean
  /** Some of them in order. */
  list(start: number, count: number): Member[]
}

/** What is inside the value of a variable; undefined if it has no inside. `instance`: whose names the fields have. */
export function membersOf(variable: Variable, instance: Instance): Members | undefined {
  const { reference } = variable
  if (reference instanceof Struct) return fieldsOf(reference, instance)
  if (reference instanceof ArrayObject) return elementsOf(reference, instance)
  return reference instanceof Exn ? payloadOf(reference, instance) : undefined
}

const ranged = (count: number, named: boolean, at: (i: number) => Member): Members => ({
  count,
  named,
  list: (start, wanted) => {
    const list: Member[] = []
    for (let i = Math.max(0, start); i < Math.min(count, start + wanted); i++) list.push(at(i))
    return list
  },
})

/** Packed values are shown as the i32 that reading them gives. */
const unpacked = (type: ValType): ValType => (type === I8 || type === I16 ? I32 : type)
const wordsOf = (type: ValType): number => (isRef(type) ? 0 : type === I64 || type === F64 ? 2 : type === V128 ? 4 : 1)
const narrowed = (type: ValType, word: number): number => (type === I8 ? (word << 24) >> 24 : type === I16 ? (word << 16) >> 16 : word)

/** A member made of words that lie elsewhere. */
function member(
  instance: Instance,
  name: string | undefined,
  index: number,
  { type, mutable }: FieldType,
  read: (word: number) => unknown,
  write: (word: number, value: unknown) => void,
): Member {
  const count = wordsOf(type)
  const where = (): { ints: Int32Array; refs: unknown[]; at: number; commit: () => void } => {
    const ints = new Int32Array(Math.max(count, 2))
    for (let w = 0; w < count; w++) ints[w] = narrowed(type, read(w) as number)
    const refs = [isRef(type) ? read(0) : null]
    const commit = (): void => {
      if (isRef(type)) write(0, refs[0])
      else for (let w = 0; w < count; w++) write(w, ints[w])
    }
    return { ints, refs, at: 0, commit }
  }
  const shown = canonicalTypeIn(instance, unpacked(type))
  return { variable: new Variable(name, index, shown, where, mutable), type: isRef(type) ? shown.text : formatValType(type) }
}

function fieldsOf(object: Struct, instance: Instance): Members {
  const { shared, module } = instance
  const { fields, at } = structLayout(object.typeId)
  const names = moduleNames(module).fields.get(shared.typeIds.indexOf(object.typeId))
  return ranged(fields.length, true, (i) =>
    member(
      instance,
      names?.get(i),
      i,
      fields[i]!,
      (w) => getWord(object, at[i]! + w),
      (w, value) => setWord(object, at[i]! + w, value),
    ),
  )
}

function elementsOf(array: ArrayObject, instance: Instance): Members {
  const { words } = arrayLayout(array.typeId)
  const { comp } = canonicalType(array.typeId)
  const field = (comp as { field: FieldType }).field
  const data = array.data as unknown[]
  return ranged(array.length, false, (i) =>
    member(
      instance,
      undefined,
      i,
      field,
      (w) => data[i * words + w],
      (w, value) => (data[i * words + w] = value),
    ),
  )
}

function payloadOf({ tag, values }: Exn, instance: Instance): Members {
  const { params } = tag.type
  const starts: number[] = []
  let next = 0
  for (const type of params) {
    starts.push(next)
    next += Math.max(1, wordsOf(type))
  }
  return ranged(params.length, false, (i) =>
    member(
      instance,
      undefined,
      i,
      { type: params[i]!, mutable: false },
      (w) => values[starts[i]! + w],
      () => {},
    ),
  )
}

/** How a vector may be read. */
export const shapes = ['i8x16', 'i16x8', 'i32x4', 'i64x2', 'f32x4', 'f64x2'] as const
export type Shape = (typeof shapes)[number]

/** The lanes of a vector, the lowest first. */
export function lanesOf(vector: Variable, shape: Shape): Members {
  const [word, lanes] = shape.split('x') as [string, string]
  const count = Number(lanes)
  const bits = 128 / count
  const type = word === 'i64' ? I64 : word === 'f32' ? F32 : word === 'f64' ? F64 : I32
  return ranged(count, false, (i) => {
    const where = (): { ints: Int32Array; refs: unknown[]; at: number; commit: () => void } => {
      const view = new DataView(Int32Array.from(vector.words).buffer)
      const at = (i * bits) / 8
      const ints = new Int32Array(2)
      if (bits === 8) ints[0] = view.getInt8(at)
      else if (bits === 16) ints[0] = view.getInt16(at, true)
      else for (let w = 0; w < bits / 32; w++) ints[w] = view.getInt32(at + w * 4, true)
      const commit = (): void => {
        if (bits === 8) view.setInt8(at, ints[0]!)
        else if (bits === 16) view.setInt16(at, ints[0]!, true)
        else for (let w = 0; w < bits / 32; w++) view.setInt32(at + w * 4, ints[w]!, true)
        vector.set([...new Int32Array(view.buffer)])
      }
      return { ints, refs: [null], at: 0, commit }
    }
    return { variable: new Variable(undefined, i, { valtype: type, text: word }, where, vector.canSet), type: word }
  })
}
