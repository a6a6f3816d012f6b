/**
 * Tables and references (spec §4.6.2, §4.6.7). The first FIXED elements of a table of functions are for indirect calls: tame
 * programs write only behind them.
 */
import { type TableType, type ValType, EXTERNREF, FUNCREF, I32, I64 } from '../../../src/spec/types.ts'
import { type Body, wideConst, type Family, type Maker, type Statement } from '../body.ts'

/** Every table begins with more than this. */
export const FIXED = 8

const of = (b: Body, table: number): TableType => b.shape.tables[table]!
const is64 = (b: Body, table: number): boolean => of(b, table).limits.is64
export const indexType = (b: Body, table: number): ValType => (is64(b, table) ? I64 : I32)

function tableOf(b: Body, element: ValType): number {
  return b.pickOr(b.shape.tables.flatMap((t, i) => (t.element === element ? [i] : [])))
}
function anyTable(b: Body): number {
  return b.shape.tables.length === 0 ? -1 : b.r.below(b.shape.tables.length)
}

/** Pushes an index, to read from or to write to, and gives how many elements there are from it on. */
function place(b: Body, table: number, use: 'read' | 'write'): number {
  const { limits } = of(b, table)
  if (b.shape.wild) {
    if (b.r.chance(60)) wideConst(b, limits.is64, b.r.below(b.r.chance(90) ? 6 : 14))
    else {
      b.produce(I32)
      b.op('i32.const', [], [I32], { lo: 7 })
      b.op('i32.and', [I32, I32], [I32])
      if (limits.is64) b.op('i64.extend_i32_u', [I32], [I64])
    }
    return 0
  }
  const from = use === 'write' ? FIXED : 0
  if (b.r.chance(50)) {
    const at = b.r.between(from, limits.min - 1)
    wideConst(b, limits.is64, at)
    return limits.min - at
  }
  b.produce(I32)
  const mask = use === 'write' ? 1 : 7
  b.op('i32.const', [], [I32], { lo: mask })
  b.op('i32.and', [I32, I32], [I32])
  b.op('i32.const', [], [I32], { lo: from })
  b.op('i32.or', [I32, I32], [I32])
  if (limits.is64) b.op('i64.extend_i32_u', [I32], [I64])
  return limits.min - from - mask
}
/** A number of elements. */
function count(b: Body, wide: boolean, most: number): void {
  if (!b.shape.wild) wideConst(b, wide, b.r.below(Math.min(most, 4) + 1))
  else wideConst(b, wide, b.r.chance(90) ? b.r.below(4) : b.r.pick([5, 9, -1]))
}

const get: Maker = (b, type) => {
  const index = tableOf(b, type)
  if (index < 0) return false
  place(b, index, 'read')
  b.op('table.get', [indexType(b, index)], [type], { index })
  return true
}
const isNull: Maker = (b) => {
  const type = b.r.pick([FUNCREF, EXTERNREF])
  b.need([type])
  b.op('ref.is_null', [type], [I32])
  return true
}
const ofIndexType = (b: Body, type: ValType): number => b.pickOr(b.shape.tables.flatMap((_, i) => (indexType(b, i) === type ? [i] : [])))
const size: Maker = (b, type) => {
  const index = ofIndexType(b, type)
  if (index < 0) return false
  b.op('table.size', [], [type], { index })
  return true
}
const grow: Maker = (b, type) => {
  const index = ofIndexType(b, type)
  if (index < 0 || b.r.chance(50)) return false
  const { element } = of(b, index)
  b.need([element])
  if (b.r.chance(80)) wideConst(b, is64(b, index), b.r.pick([0, 1, 2, 3, -1, 100]))
  else b.produce(type)
  b.op('table.grow', [element, type], [type], { index })
  return true
}

const set: Statement = (b) => {
  const index = anyTable(b)
  if (index < 0) return false
  const { element } = of(b, index)
  place(b, index, 'write')
  b.produce(element)
  b.op('table.set', [indexType(b, index), element], [], { index })
  return true
}
const fill: Statement = (b) => {
  const index = anyTable(b)
  if (index < 0 || b.r.chance(60)) return false
  const { element } = of(b, index)
  const type = indexType(b, index)
  const most = place(b, index, 'write')
  b.produce(element)
  count(b, is64(b, index), most)
  b.op('table.fill', [type, element, type], [], { index })
  return true
}
const copy: Statement = (b) => {
  const index = anyTable(b)
  if (index < 0 || b.r.chance(60)) return false
  const index2 = tableOf(b, of(b, index).element)
  const most = Math.min(place(b, index, 'write'), place(b, index2, 'read'))
  const wide = is64(b, index) && is64(b, index2)
  count(b, wide, most)
  b.op('table.copy', [indexType(b, index), indexType(b, index2), wide ? I64 : I32], [], { index, index2 })
  return true
}
const init: Statement = (b) => {
  const index = tableOf(b, FUNCREF)
  if (index < 0 || b.r.chance(60)) return false
  const elem = b.pickOr(b.shape.elems.flatMap((e, i) => (e.mode === 'passive' || b.r.chance(20) ? [i] : [])))
  if (elem < 0) return false
  const { mode, funcs } = b.shape.elems[elem]!
  const there = mode === 'passive' ? funcs.length : 0
  const most = place(b, index, 'write')
  const from = b.shape.wild ? b.r.below(3) : b.r.below(there + 1)
  b.op('i32.const', [], [I32], { lo: from })
  const n = b.shape.wild ? (b.r.chance(70) ? b.r.below(2) : b.r.below(4)) : b.r.below(Math.min(there - from, most) + 1)
  b.op('i32.const', [], [I32], { lo: n })
  b.op('table.init', [indexType(b, index), I32, I32], [], { index: elem, index2: index })
  return true
}
/** One element, or none, of a segment that is no longer there. */
const afterDrop: Statement = (b) => {
  const table = tableOf(b, FUNCREF)
  if (table < 0 || !b.risk(25)) return false
  const index = b.r.below(b.shape.elems.length)
  b.raw('elem.drop', { index })
  wideConst(b, is64(b, table), 1)
  b.op('i32.const', [], [I32], { lo: 0 })
  b.op('i32.const', [], [I32], { lo: b.r.pick([0, 1, 1]) })
  b.op('table.init', [indexType(b, table), I32, I32], [], { index, index2: table })
  return true
}
const elemDrop: Statement = (b) => {
  const elem = b.pickOr(b.shape.elems.flatMap((e, i) => (b.shape.wild || e.mode !== 'passive' ? [i] : [])))
  if (elem < 0 || b.r.chance(80)) return false
  b.raw('elem.drop', { index: elem })
  return true
}

export const tables: Family = {
  statements: [set, fill, copy, init, elemDrop, afterDrop],
  makers: (type) =>
    type === I32 ? [isNull, size, grow] : type === I64 ? [size, grow] : type === FUNCREF || type === EXTERNREF ? [get, get] : [],
}
