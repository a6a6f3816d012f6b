/** Structures and arrays made by constant expressions (spec §3.4 constant instructions). Provided to const-expr.ts. */
import type { InstructionReader } from '../decoder/instruction-reader.ts'
import { Trap } from '../errors.ts'
import { type ArrayObject, allocateArray, arrayLayout, fillArray, newDefaultStruct, newStruct, structLayout } from '../runtime/heap.ts'
import { type ValType, isRef, slotsOf } from '../spec/types.ts'
import type { ConstValue, HeapMachine } from './const-expr.ts'

const names: ReadonlySet<string> = new Set(['struct.new', 'struct.new_default', 'array.new', 'array.new_default', 'array.new_fixed'])

/** Values laid out as in a register file, which is where the heap takes them from. */
interface Slots {
  readonly R: Int32Array
  readonly refs: unknown[]
}
function layOut(values: readonly ConstValue[], types: readonly ValType[]): Slots {
  const slots = types.reduce((n, t) => n + slotsOf(t), 0)
  const R = new Int32Array(slots * 2)
  const refs: unknown[] = new Array<unknown>(slots).fill(null)
  let slot = 0
  types.forEach((type, i) => {
    const { lo, hi, ref, words } = values[i]!
    if (isRef(type)) refs[slot] = ref
    else R.set(words ?? [lo, hi], slot * 2)
    slot += slotsOf(type)
  })
  return { R, refs }
}

/** The object that the current instruction makes of the values on the stack; undefined when it makes none. */
export function makeHeapObject(
  { instance, arrayBytes, stack }: HeapMachine,
  { instruction: { name }, index, index2 }: InstructionReader,
): unknown {
  if (!names.has(name)) return undefined
  const typeId = instance.shared.typeIds[index]!
  const take = (count: number): ConstValue[] => stack.splice(stack.length - count, count)
  if (name === 'struct.new_default') return newDefaultStruct(typeId)
  if (name === 'struct.new') {
    const types = structLayout(typeId).fields.map((f) => f.type)
    const { R, refs } = layOut(take(types.length), types)
    return newStruct(typeId, R, refs, 0)
  }
  const { type } = arrayLayout(typeId)
  const length = name === 'array.new_fixed' ? index2 : stack.pop()!.lo >>> 0
  const array = allocateArray(typeId, length, arrayBytes)
  if (array === undefined) throw new Trap(`array over the limit in bytes: ${arrayBytes}`)
  if (name === 'array.new_fixed') take(length).forEach((value, i) => fill(array, i, 1, value, type))
  else if (name === 'array.new') fill(array, 0, length, take(1)[0]!, type)
  else if (isRef(type)) fillArray(array, 0, length, new Int32Array(0), 0, null)
  return array
}

function fill(array: ArrayObject, at: number, count: number, value: ConstValue, type: ValType): void {
  const { R, refs } = layOut([value], [type])
  fillArray(array, at, count, R, 0, refs[0])
}
