/** Typed function references: call_ref, casts away of null, branches on null (spec §4.6.3, §4.6.8). */
import { type ValType, EXTERNREF, FUNCREF, I32, heapOf, isRef, refType } from '../../../src/spec/types.ts'
import { type Body, same, type Family, type Maker, type Statement } from '../body.ts'
import { signature } from '../program.ts'

/** Pushes a reference to a function of that type; in a tame program one that is not null. */
function callee(b: Body, typeidx: number): ValType {
  const type = refType(true, typeidx)
  const f = b.pickOr(b.shape.funcs.flatMap((t, i) => (t === typeidx ? [i] : [])))
  if (f < 0 || b.risk(20)) b.produce(type)
  else b.op('ref.func', [], [type], { index: f })
  return type
}
/** The function types that functions have: in a tame program only those can be called. */
const typesWith = (b: Body, results: readonly ValType[]): number[] =>
  [...new Set(b.shape.funcs)].filter((t) => same(signature(b.shape.types, t).results, results))

const call = (b: Body, typeidx: number): void => {
  const { params, results } = signature(b.shape.types, typeidx)
  b.need(params)
  const type = callee(b, typeidx)
  b.op('call_ref', [...params, type], results, { index: typeidx })
}
const callAny: Statement = (b) => {
  if (b.shape.funcs.length === 0) return false
  call(b, b.r.pick(b.shape.funcs))
  return true
}
const callMaker: Maker = (b, type) => {
  const typeidx = b.pickOr(typesWith(b, [type]))
  if (typeidx < 0) return false
  call(b, typeidx)
  return true
}
const tail: Statement = (b) => {
  const typeidx = b.pickOr(typesWith(b, b.type.results))
  if (typeidx < 0) return false
  b.produce(I32)
  b.op('if', [I32], [])
  b.open([], [], 0)
  const { params } = signature(b.shape.types, typeidx)
  b.need(params)
  const type = callee(b, typeidx)
  b.op('return_call_ref', [...params, type], [], { index: typeidx })
  b.kill()
  b.finish([])
  return true
}

const references = (b: Body): ValType[] => b.shape.values.filter(isRef)
/** Leaves a reference that is not null; a tame program makes sure by a detour over a function of that type. */
const asNonNull: Statement = (b) => {
  const type = b.pickOr(references(b).filter((t) => t !== EXTERNREF || b.shape.wild))
  if (type < 0) return false
  if (b.shape.wild) b.need([type])
  else {
    const fitting = b.shape.funcs.flatMap((t, i) => (type === FUNCREF || heapOf(type) === t ? [i] : []))
    if (fitting.length === 0) return false
    b.op('ref.func', [], [type], { index: b.r.pick(fitting) })
  }
  b.op('ref.as_non_null', [type], [type])
  return true
}
const branchOnNull: Statement = (b) => {
  const type = b.pickOr(references(b))
  if (type < 0) return false
  const index = b.r.below(b.labels.length)
  const { branchTypes } = b.labelAt(index)
  b.need([...branchTypes, type])
  b.op('br_on_null', [...branchTypes, type], [...branchTypes, type], { index })
  return true
}
const branchOnNonNull: Statement = (b) => {
  const index = b.pickOr(
    b.labels.flatMap((_, d) => {
      const { branchTypes } = b.labelAt(d)
      return branchTypes.length > 0 && isRef(branchTypes[branchTypes.length - 1]!) ? [d] : []
    }),
  )
  if (index < 0) return false
  const { branchTypes } = b.labelAt(index)
  b.need(branchTypes)
  b.op('br_on_non_null', branchTypes, branchTypes.slice(0, -1), { index })
  return true
}
/** A function of a known type as a `funcref`: the wider type. */
const upcast: Maker = (b) => {
  const typed = b.pickOr(references(b).filter((t) => b.shape.types[heapOf(t)]?.kind === 'func'))
  if (typed < 0 || b.label.dead) return false
  b.need([typed])
  b.pop([typed])
  b.stack.push(FUNCREF)
  return true
}

export const functionReferences: Family = {
  feature: 'function-references',
  statements: [callAny, tail, asNonNull, branchOnNull, branchOnNull, branchOnNonNull],
  makers: (type) => (type === FUNCREF ? [callMaker, upcast] : [callMaker]),
}
