/** Calls, indirect calls (now and then of the wrong type or of nothing) and tail calls (spec §4.6.8). Callees spend fuel. */
import { type FuncType, FUNCREF, I32 } from '../../../src/spec/types.ts'
import { type Body, same, typeIndex, wideConst, type Family, type Maker, type Statement } from '../body.ts'
import { signature } from '../program.ts'
import { indexType } from './table.ts'

const typeOf = (b: Body, f: number): FuncType => signature(b.shape.types, b.shape.funcs[f]!)

/** A place of table `table` where at the start there is a function of that type; -1 for none. Segments begin at 0. */
function placeOf(b: Body, table: number, typeidx: number): number {
  return b.pickOr(
    b.shape.elems.flatMap((e) =>
      e.mode !== 'active' || e.table !== table ? [] : e.funcs.flatMap((f, i) => (f >= 0 && b.shape.funcs[f] === typeidx ? [i] : [])),
    ),
  )
}

/** Arguments and index for an indirect call of function type `typeidx`; the table, or -1 when there is none. */
function indirect(b: Body, typeidx: number): number {
  const table = b.pickOr(b.shape.tables.flatMap((t, i) => (t.element === FUNCREF ? [i] : [])))
  if (table < 0) return -1
  const place = placeOf(b, table, typeidx)
  if (place < 0 && !b.shape.wild) return -1
  b.need(signature(b.shape.types, typeidx).params)
  const { is64 } = b.shape.tables[table]!.limits
  if (place >= 0 && !b.risk(8)) wideConst(b, is64, place)
  else if (b.r.chance(70)) wideConst(b, is64, b.r.below(12))
  else b.produce(indexType(b, table))
  return table
}

function call(b: Body, f: number): void {
  const { params, results } = typeOf(b, f)
  if (b.r.chance(35)) {
    const typeidx = b.shape.funcs[f]!
    const index2 = indirect(b, typeidx)
    if (index2 >= 0) {
      b.op('call_indirect', [...params, indexType(b, index2)], results, { index: typeidx, index2 })
      return
    }
  }
  b.need(params)
  b.op('call', params, results, { index: f })
}

const any: Statement = (b) => {
  if (b.shape.funcs.length === 0) return false
  call(b, b.r.below(b.shape.funcs.length))
  return true
}
const maker: Maker = (b, type) => {
  const f = b.pickOr(b.shape.funcs.flatMap((_, i) => (same(typeOf(b, i).results, [type]) ? [i] : [])))
  if (f < 0) return false
  call(b, f)
  return true
}
/** A tail call, in a branch of its own most times. */
const tail: Statement = (b) => {
  const f = b.pickOr(b.shape.funcs.flatMap((_, i) => (same(typeOf(b, i).results, b.type.results) ? [i] : [])))
  if (f < 0) return false
  const guarded = b.r.chance(90)
  if (guarded) {
    b.produce(I32)
    b.op('if', [I32], [])
    b.open([], [], 0)
    if (b.r.chance(30)) b.statements(1)
  }
  const { params } = typeOf(b, f)
  const typeidx = typeIndex(b.shape.types, params, b.type.results)
  const index2 = b.r.chance(40) ? indirect(b, typeidx) : -1
  if (index2 >= 0) b.op('return_call_indirect', [...params, indexType(b, index2)], [], { index: typeidx, index2 })
  else {
    b.need(params)
    b.op('return_call', params, [], { index: f })
  }
  b.kill()
  if (guarded) b.finish([])
  return true
}

export const calls: Family = { statements: [any, any, tail], makers: () => [maker] }
