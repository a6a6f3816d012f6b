/** i31, casts and conversions of references (spec §3.4.7, §3.4.10). Collected by ./index.ts. */
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import { differenceOf, topOf } from '../../spec/matching.ts'
import { type HeapType, type ValType, HEAP_ANY, HEAP_CONT, HEAP_EXTERN, I32, formatValType, isNullable, refType } from '../../spec/types.ts'
import type { BodyValidator, Rule } from '../body.ts'
import { labelWithRef } from './reference.ts'

/** The most general type of the hierarchy that a cast goes down. Continuations carry no type at run time. */
function castSource(v: BodyValidator, heap: HeapType): ValType {
  v.heap(heap)
  const top = topOf(heap, v.c.types)
  if (top === HEAP_CONT) v.fail('invalid cast', 'continuations cannot be cast')
  return refType(true, top)
}

function test(v: BodyValidator, r: InstructionReader): void {
  v.pop(castSource(v, r.heap))
  v.push(I32)
}
function cast(v: BodyValidator, r: InstructionReader, nullable: boolean): void {
  v.pop(castSource(v, r.heap))
  v.push(refType(nullable, r.heap))
}

function brOnCast(v: BodyValidator, r: InstructionReader, onFail: boolean): void {
  castSource(v, r.heap)
  castSource(v, r.heap2)
  const source = refType((r.flags & 1) !== 0, r.heap)
  const target = refType((r.flags & 2) !== 0, r.heap2)
  if (!v.matches(target, source))
    v.fail('type mismatch', `a cast from ${formatValType(source)} to ${formatValType(target)} can never succeed`)
  const types = labelWithRef(v, r.index)
  // On success the value has the target type, else what is left of the source type.
  const rest = differenceOf(source, target)
  v.pop(source)
  v.push(onFail ? rest : target)
  v.popAll(types)
  v.pushAll(types)
  v.popAny()
  v.push(onFail ? target : rest)
}

/** any ↔ extern keeps whether the reference may be null. */
function convert(v: BodyValidator, from: HeapType, to: HeapType): void {
  const { sp } = v
  const ref = v.popRef()
  // Put back as it was, with the instruction that pushed it.
  v.sp = sp
  v.pop(refType(true, from))
  v.push(refType(isNullable(ref), to))
}

export const castRules: Record<string, Rule> = {
  'ref.test': test,
  'ref.test null': test,
  'ref.cast': (v, r) => cast(v, r, false),
  'ref.cast null': (v, r) => cast(v, r, true),
  br_on_cast: (v, r) => brOnCast(v, r, false),
  br_on_cast_fail: (v, r) => brOnCast(v, r, true),
  'any.convert_extern': (v) => convert(v, HEAP_EXTERN, HEAP_ANY),
  'extern.convert_any': (v) => convert(v, HEAP_ANY, HEAP_EXTERN),
}
