/**
 * What references are at run time (spec §4.2.1), and their types (§4.5.2). null is JS null in every hierarchy. An i31 is a JS
 * number; other members of `any` are structures, arrays, and whatever JS value was internalised. Functions are Func objects.
 * An external reference is any JS value; an externalised structure, array or i31 is itself, so that the conversions
 * between `any` and `extern` change nothing.
 */
import { matchesCanonical } from '../spec/canonical.ts'
import {
  type ValType,
  HEAP_ARRAY,
  HEAP_EQ,
  HEAP_I31,
  HEAP_NOEXN,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_NONE,
  HEAP_STRUCT,
  heapOf,
  isAbstract,
  isNullable,
} from '../spec/types.ts'
import { Func } from './func.ts'
import { ArrayObject, Struct, isHeapObject } from './heap.ts'

/** Whether a JS value is an i31: a whole number in [-2^30, 2^30), and not -0, which has no counterpart among integers. */
export const isI31 = (value: unknown): value is number => typeof value === 'number' && Object.is(value, (value << 1) >> 1)

/** Whether a reference of the store has this type. The type has canonical ids in place of typeidxs. */
export function isOfType(ref: unknown, type: ValType): boolean {
  if (ref === null) return isNullable(type)
  const heap = heapOf(type)
  if (!isAbstract(heap)) {
    return (
      (ref instanceof Struct || ref instanceof ArrayObject || ref instanceof Func) &&
      (ref.typeId === heap || matchesCanonical(ref.typeId, heap))
    )
  }
  switch (heap) {
    case HEAP_I31:
      return isI31(ref)
    case HEAP_STRUCT:
      return ref instanceof Struct
    case HEAP_ARRAY:
      return ref instanceof ArrayObject
    case HEAP_EQ:
      return isHeapObject(ref) || isI31(ref)
    case HEAP_NONE:
    case HEAP_NOFUNC:
    case HEAP_NOEXTERN:
    case HEAP_NOEXN:
      return false
    default:
      // The top of its hierarchy, of which validation has seen to it that the reference is a member.
      return true
  }
}
