/** Locals, globals, drop, select, and the patterns that make translation remember where values lie (spec §4.6.3). */
import { SELECT_T } from '../../../src/spec/instructions.ts'
import { type ValType, I32, isRef } from '../../../src/spec/types.ts'
import type { Body, Family, Maker, Statement } from '../body.ts'
import { constant } from './constant.ts'

const get: Maker = (b, type) => {
  const local = b.localOf(type)
  if (local < 0) return false
  b.op('local.get', [], [type], { index: local })
  return true
}
const tee: Maker = (b, type) => {
  const local = b.localOf(type)
  if (local < 0) return false
  b.need([type])
  b.op('local.tee', [type], [type], { index: local })
  return true
}
const globalsOf = (b: Body, type: ValType, mutable: boolean): number =>
  b.pickOr(
    b.shape.globals.flatMap((g, i) =>
      g.type === type && i !== b.shape.fuel && i !== b.shape.sum && i !== b.shape.handled && (g.mutable || !mutable) ? [i] : [],
    ),
  )
const globalGet: Maker = (b, type) => {
  const index = globalsOf(b, type, false)
  if (index < 0) return false
  b.op('global.get', [], [type], { index })
  return true
}
const select: Maker = (b, type) => {
  b.need([type, type, I32])
  if (isRef(type) || b.r.chance(30)) b.op(SELECT_T, [type, type, I32], [type], { types: [type] })
  else b.op('select', [type, type, I32], [type])
  return true
}

const set: Statement = (b) => {
  const type = b.r.pick(b.shape.values)
  const local = b.localOf(type)
  if (local < 0) return false
  b.need([type])
  b.op(b.r.chance(70) ? 'local.set' : 'local.tee', [type], [], { index: local })
  if (b.code[b.code.length - 1]!.row.name === 'local.tee') b.stack.push(type)
  return true
}
const globalSet: Statement = (b) => {
  const type = b.r.pick(b.shape.values)
  const index = globalsOf(b, type, true)
  if (index < 0) return false
  b.need([type])
  b.op('global.set', [type], [], { index })
  return true
}
/** Leaves values lying on the stack for later. */
const pile: Statement = (b) => {
  for (let n = b.r.between(1, 3); n > 0; n--) {
    const type = b.r.pick(b.shape.values)
    if (!(b.r.chance(50) ? get(b, type) : b.r.chance(50) && constant(b, type))) b.produce(type)
  }
  return true
}
/** get x, get y, …, set x: the values on the stack must stay what they were. */
const alias: Statement = (b) => {
  const type = b.r.pick(b.shape.values)
  const x = b.localOf(type)
  if (x < 0) return false
  b.op('local.get', [], [type], { index: x })
  if (b.r.chance(50)) b.op('local.get', [], [type], { index: b.localOf(type) })
  const c = b.r.below(4)
  if (c < 2) b.produce(type)
  else if (c < 3) constant(b, type)
  else get(b, type)
  b.op('local.set', [type], [], { index: b.r.chance(70) ? x : b.localOf(type) })
  return true
}
/** Two locals change places. */
const swap: Statement = (b) => {
  const type = b.r.pick(b.shape.values)
  const [x, y] = [b.localOf(type), b.localOf(type)]
  if (x < 0) return false
  b.op('local.get', [], [type], { index: x })
  b.op('local.get', [], [type], { index: y })
  b.op('local.set', [type], [], { index: x })
  b.op('local.set', [type], [], { index: y })
  return true
}
/** A local counts, as loops do. */
const count: Statement = (b) => {
  const x = b.localOf(I32)
  if (x < 0) return false
  b.op('local.get', [], [I32], { index: x })
  b.op('i32.const', [], [I32], { lo: b.r.pick([1, -1, 4, 8]) })
  b.op(b.r.chance(80) ? 'i32.add' : 'i32.sub', [I32, I32], [I32])
  b.op(b.r.chance(70) ? 'local.set' : 'local.tee', [I32], [], { index: x })
  if (b.code[b.code.length - 1]!.row.name === 'local.tee') b.stack.push(I32)
  return true
}
const drop: Statement = (b) => {
  if (b.available.length === 0) return false
  b.op('drop', [b.stack[b.stack.length - 1]!], [])
  return true
}
const nop: Statement = (b) => {
  if (b.r.chance(70)) return false
  b.raw('nop')
  return true
}

export const variables: Family = {
  statements: [set, set, set, globalSet, pile, pile, alias, alias, swap, count, drop, nop],
  makers: () => [get, get, get, tee, globalGet, select],
}
