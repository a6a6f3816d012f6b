/** Tables and references (spec §4.6.2, §4.6.7). */
import { type ValType, EXTERNREF, FUNCREF, I32 } from '../../../src/spec/types.ts'
import type { Body } from '../body.ts'
import type { Maker, Statement } from './index.ts'

function tableOf(b: Body, element: ValType): number {
  return b.pickOr(b.shape.tables.flatMap((t, i) => (t.element === element ? [i] : [])))
}
function anyTable(b: Body): number {
  return b.shape.tables.length === 0 ? -1 : b.r.below(b.shape.tables.length)
}
function place(b: Body): void {
  if (b.r.chance(60)) b.op('i32.const', [], [I32], { lo: b.r.below(b.r.chance(90) ? 6 : 14) })
  else {
    b.produce(I32)
    b.op('i32.const', [], [I32], { lo: 7 })
    b.op('i32.and', [I32, I32], [I32])
  }
}
const count = (b: Body): void => b.op('i32.const', [], [I32], { lo: b.r.chance(90) ? b.r.below(4) : b.r.pick([5, 9, -1]) })

const get: Maker = (b, type) => {
  const index = tableOf(b, type)
  if (index < 0) return false
  place(b)
  b.op('table.get', [I32], [type], { index })
  return true
}
const isNull: Maker = (b) => {
  const type = b.r.pick([FUNCREF, EXTERNREF])
  b.need([type])
  b.op('ref.is_null', [type], [I32])
  return true
}
const size: Maker = (b) => {
  const index = anyTable(b)
  if (index < 0) return false
  b.op('table.size', [], [I32], { index })
  return true
}
const grow: Maker = (b) => {
  const index = anyTable(b)
  if (index < 0 || b.r.chance(50)) return false
  const { element } = b.shape.tables[index]!
  b.need([element])
  if (b.r.chance(80)) b.op('i32.const', [], [I32], { lo: b.r.pick([0, 1, 2, 3, -1, 100]) })
  else b.produce(I32)
  b.op('table.grow', [element, I32], [I32], { index })
  return true
}

const set: Statement = (b) => {
  const index = anyTable(b)
  if (index < 0) return false
  const { element } = b.shape.tables[index]!
  place(b)
  b.produce(element)
  b.op('table.set', [I32, element], [], { index })
  return true
}
const fill: Statement = (b) => {
  const index = anyTable(b)
  if (index < 0 || b.r.chance(60)) return false
  const { element } = b.shape.tables[index]!
  place(b)
  b.produce(element)
  count(b)
  b.op('table.fill', [I32, element, I32], [], { index })
  return true
}
const copy: Statement = (b) => {
  const index = anyTable(b)
  if (index < 0 || b.r.chance(60)) return false
  const index2 = tableOf(b, b.shape.tables[index]!.element)
  place(b)
  place(b)
  count(b)
  b.op('table.copy', [I32, I32, I32], [], { index, index2 })
  return true
}
const init: Statement = (b) => {
  const index = tableOf(b, FUNCREF)
  if (index < 0 || b.r.chance(60)) return false
  const elem = b.pickOr(b.shape.elems.flatMap((e, i) => (e.mode === 'passive' || b.r.chance(20) ? [i] : [])))
  if (elem < 0) return false
  place(b)
  b.op('i32.const', [], [I32], { lo: b.r.below(3) })
  b.op('i32.const', [], [I32], { lo: b.r.chance(70) ? b.r.below(2) : b.r.below(4) })
  b.op('table.init', [I32, I32, I32], [], { index: elem, index2: index })
  return true
}
const elemDrop: Statement = (b) => {
  if (b.shape.elems.length === 0 || b.r.chance(80)) return false
  b.raw('elem.drop', { index: b.r.below(b.shape.elems.length) })
  return true
}

export const referenceMakers: readonly Maker[] = [get, get]
export const tableNumbers: readonly Maker[] = [isNull, size, grow]
export const tableStatements: readonly Statement[] = [set, fill, copy, init, elemDrop]
