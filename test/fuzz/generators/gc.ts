/**
 * Structures, arrays, i31 and casts (spec §4.6.3 – §4.6.6). A program has the types of `gcTypes`, a subtype among them. In tame
 * programs references are replaced when they are null, and every array has at least LEAST elements.
 */
import {
  type ValType,
  EXTERNREF,
  F64,
  FUNCREF,
  HEAP_ANY,
  HEAP_EQ,
  HEAP_I31,
  I16,
  I32,
  I64,
  I8,
  V128,
  heapOf,
  isRef,
  refType,
} from '../../../src/spec/types.ts'
import { ANYREF, EQREF, I31REF, gcTypes, gcValues } from './gc-types.ts'
import { REF_CAST_NULL, REF_TEST_NULL } from '../../../src/spec/instructions.ts'
import type { Body, Family, Maker, Statement } from '../body.ts'

const LEAST = 4
const unpacked = (t: ValType): ValType => (t === I8 || t === I16 ? I32 : t)
const isPacked = (t: ValType): boolean => t !== unpacked(t)
const bytesOf = (t: ValType): number => (t === I8 ? 1 : t === I16 ? 2 : t === V128 ? 16 : t === I64 || t === F64 ? 8 : 4)

/** A new object of type `index` as a `pushes`. */
function create(b: Body, index: number, pushes: ValType): void {
  const comp = gcTypes[index]!
  if (comp.kind === 'struct') {
    if (b.small || b.r.chance(30)) return b.op('struct.new_default', [], [pushes], { index })
    const types = comp.fields.map((f) => unpacked(f.type))
    for (const t of types) b.produce(t)
    b.op('struct.new', types, [pushes], { index })
    return
  }
  if (comp.kind !== 'array') throw new Error('no such type')
  const { type } = comp.field
  const length = (): void => b.op('i32.const', [], [I32], { lo: b.r.between(LEAST, 9) })
  const c = b.small ? 0 : b.r.below(6)
  if (c < 2) {
    length()
    b.op('array.new_default', [I32], [pushes], { index })
  } else if (c < 3) {
    b.produce(unpacked(type))
    length()
    b.op('array.new', [unpacked(type), I32], [pushes], { index })
  } else if (c < 4 || (isRef(type) && type !== FUNCREF)) {
    const n = b.r.between(LEAST, 6)
    const types = Array.from({ length: n }, () => unpacked(type))
    for (const t of types) b.produce(t)
    b.op('array.new_fixed', types, [pushes], { index, index2: n, lo: n })
  } else {
    const [segment, there] = segmentFor(b, type)
    const n = Math.min(there, LEAST)
    if (n < LEAST && !b.shape.wild) return create(b, index, pushes)
    b.op('i32.const', [], [I32], { lo: b.risk(20) ? 3 : 0 })
    b.op('i32.const', [], [I32], { lo: n })
    b.op(isRef(type) ? 'array.new_elem' : 'array.new_data', [I32, I32], [pushes], { index, index2: segment })
  }
}
/** A passive segment for elements of that type, and how many it has. */
function segmentFor(b: Body, type: ValType): [number, number] {
  if (isRef(type)) {
    const i = b.shape.elems.findIndex((e) => e.mode === 'passive')
    return [i, b.shape.elems[i]!.funcs.length]
  }
  const i = b.shape.datas.findIndex((d) => d.mode === 'passive')
  return [i, Math.floor(b.shape.datas[i]!.bytes.length / bytesOf(type))]
}

/** A value of a reference type that is not null. */
export function gcConstant(b: Body, type: ValType): void {
  const heap = heapOf(type)
  if (heap < gcTypes.length) return create(b, heap, type)
  b.op('i32.const', [], [I32], { lo: b.r.bits() })
  b.op('ref.i31', [I32], [type])
}

/** An object of type `index` to work on: in a tame program not null. */
function object(b: Body, index: number): ValType {
  const type = refType(true, index)
  if (b.shape.wild) b.produce(type)
  else if (b.r.chance(30) || b.small) create(b, index, type)
  else {
    const sure = refType(false, index)
    b.op('block', [], [], { blockResult: sure })
    b.open([sure], [sure], 0)
    b.produce(type)
    b.op('br_on_non_null', [type], [], { index: 0 })
    create(b, index, sure)
    b.finish([sure])
    b.pop([sure])
    b.stack.push(type)
  }
  return type
}
/** An index of an array. */
function place(b: Body, most: number): void {
  b.op('i32.const', [], [I32], { lo: b.risk(20) ? b.r.between(0, 10) : b.r.below(most) })
}

interface Place {
  readonly index: number
  readonly field: number
  readonly type: ValType
  readonly mutable: boolean
}
const places: readonly Place[] = gcTypes.flatMap((comp, index): Place[] =>
  comp.kind === 'struct'
    ? comp.fields.map((f, i) => ({ index, field: i, ...f }))
    : comp.kind === 'array'
      ? [{ index, field: -1, ...comp.field }]
      : [],
)
const read: Maker = (b, type) => {
  const fitting = places.filter((p) => unpacked(p.type) === type)
  if (fitting.length === 0) return false
  readPlace(b, b.r.pick(fitting))
  return true
}
function readPlace(b: Body, p: Place): void {
  const type = unpacked(p.type)
  const from = object(b, p.index)
  const sign = isPacked(p.type) ? b.r.pick(['_s', '_u']) : ''
  if (p.field < 0) {
    place(b, LEAST)
    b.op(`array.get${sign}`, [from, I32], [type], { index: p.index })
  } else b.op(`struct.get${sign}`, [from], [type], { index: p.index, index2: p.field })
}
const look: Statement = (b) => {
  readPlace(b, b.r.pick(places))
  b.observe()
  return true
}
const write: Statement = (b) => {
  const p = b.r.pick(places.filter((x) => x.mutable))
  const to = object(b, p.index)
  if (p.field < 0) place(b, LEAST)
  b.produce(unpacked(p.type))
  if (p.field < 0) b.op('array.set', [to, I32, unpacked(p.type)], [], { index: p.index })
  else b.op('struct.set', [to, unpacked(p.type)], [], { index: p.index, index2: p.field })
  return true
}

const arrays = places.filter((p) => p.field < 0)
const fill: Statement = (b) => {
  const p = b.r.pick(arrays)
  const to = object(b, p.index)
  place(b, 2)
  b.produce(unpacked(p.type))
  place(b, 3)
  b.op('array.fill', [to, I32, unpacked(p.type), I32], [], { index: p.index })
  return true
}
const copy: Statement = (b) => {
  const p = b.r.pick(arrays)
  const to = object(b, p.index)
  place(b, 2)
  const from = object(b, p.index)
  place(b, 2)
  place(b, 3)
  b.op('array.copy', [to, I32, from, I32, I32], [], { index: p.index, index2: p.index })
  return true
}
const init: Statement = (b) => {
  const p = b.r.pick(arrays.filter((x) => !isRef(x.type) || x.type === FUNCREF))
  const [segment, there] = segmentFor(b, p.type)
  const to = object(b, p.index)
  place(b, 2)
  b.op('i32.const', [], [I32], { lo: b.risk(10) ? 2 : 0 })
  b.op('i32.const', [], [I32], { lo: Math.min(there, b.r.below(3)) })
  b.op(isRef(p.type) ? 'array.init_elem' : 'array.init_data', [to, I32, I32, I32], [], { index: p.index, index2: segment })
  return true
}
const length: Maker = (b) => {
  const from = object(b, b.r.pick(arrays).index)
  b.op('array.len', [from], [I32])
  return true
}
const small: Maker = (b) => {
  if (b.shape.wild) b.produce(I31REF)
  else gcConstant(b, I31REF)
  b.op(b.r.pick(['i31.get_s', 'i31.get_u']), [I31REF], [I32])
  return true
}
const isSame: Maker = (b) => {
  for (let n = 0; n < 2; n++) b.produce(b.r.chance(50) ? EQREF : refType(true, 0))
  b.pop([b.stack[b.stack.length - 1]!])
  b.pop([b.stack[b.stack.length - 1]!])
  b.op('ref.eq', [], [I32])
  return true
}

const HEAPS = [0, 1, 2, 3, 5, HEAP_EQ, HEAP_I31]
const test: Maker = (b) => {
  b.produce(ANYREF)
  b.op(b.r.chance(50) ? REF_TEST_NULL : 'ref.test', [ANYREF], [I32], { heap: b.r.pick(HEAPS) })
  return true
}
/** A cast of something that is known to fit, and in wild programs of anything. */
const cast: Maker = (b, type) => {
  const nullable = b.r.chance(50)
  if (b.shape.wild) b.produce(ANYREF)
  else if (nullable) {
    b.produce(type)
    b.pop([type])
    b.stack.push(ANYREF)
  } else gcConstant(b, type)
  b.pop([b.stack[b.stack.length - 1]!])
  b.op(nullable ? REF_CAST_NULL : 'ref.cast', [], [type], { heap: heapOf(type) })
  return true
}
/** Something of a wider type, or an external reference that was an internal one, or the other way round. */
const wider: Maker = (b, type) => {
  if (type === EXTERNREF || b.r.chance(30)) {
    const from = type === EXTERNREF ? ANYREF : EXTERNREF
    if (type !== EXTERNREF && type !== ANYREF) return false
    b.produce(from)
    b.op(type === EXTERNREF ? 'extern.convert_any' : 'any.convert_extern', [from], [type])
    return true
  }
  if (type !== ANYREF && type !== EQREF) return false
  const narrow = b.r.pick(gcValues.filter((t) => t !== ANYREF && t !== EQREF))
  b.produce(narrow)
  b.pop([narrow])
  b.stack.push(type)
  return true
}
/** Branches on casts: whatever it is, a value of the type comes out. */
const branch: Maker = (b, type) => {
  const fails = b.r.chance(50)
  const out = fails ? ANYREF : type
  if (fails && type !== ANYREF) return false
  const heap = fails ? b.r.pick(HEAPS) : heapOf(type)
  b.op('block', [], [], { blockResult: out })
  b.open([out], [out], 0)
  b.produce(ANYREF)
  b.op(fails ? 'br_on_cast_fail' : 'br_on_cast', [ANYREF], [fails ? refType(true, heap) : ANYREF], {
    index: 0,
    heap: HEAP_ANY,
    heap2: heap,
    flags: 3,
  })
  b.observe()
  b.produce(out)
  b.finish([out])
  return true
}

const isGc = (type: ValType): boolean => gcValues.includes(type)

export const gc: Family = {
  feature: 'gc',
  preludes: [write, look, look, fill, copy, init],
  statements: [write, write, look, look, fill, copy, init],
  makers(type) {
    if (type === I32) return [read, read, length, small, isSame, test]
    if (type === EXTERNREF) return [wider]
    if (!isGc(type)) return [read]
    return [read, cast, branch, wider, (b, t) => (gcConstant(b, t), true)]
  },
}
