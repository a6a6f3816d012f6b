/** Blocks, branches with values, code that nobody reaches (spec §4.6.8). Loops spend fuel at their head. */
import { type ValType, I32 } from '../../../src/spec/types.ts'
import { type Body, same, type Family, type Maker, type Statement } from '../body.ts'
import { constant } from './constant.ts'
import { numerics } from './numeric.ts'

/** What leads to the next part of a branch: perhaps a jump. */
function inside(b: Body, most: number): void {
  b.statements(most)
  if (!b.label.dead && b.r.chance(12)) jump(b)
}

function block(b: Body, params: readonly ValType[], results: readonly ValType[]): void {
  b.need(params)
  b.op('block', params, params, b.blockType(params, results))
  b.open(results, results, params.length)
  inside(b, 3)
  b.finish(results)
}

function loop(b: Body, params: readonly ValType[], results: readonly ValType[]): void {
  b.need(params)
  b.op('loop', params, params, b.blockType(params, results))
  b.open(params, results, params.length)
  b.spendFuel()
  inside(b, 3)
  if (b.r.chance(80)) {
    b.need(b.label.branchTypes)
    again(b)
    b.op('br_if', [...params, I32], params, { index: 0 })
  }
  b.finish(results)
}

function choice(b: Body, params: readonly ValType[], results: readonly ValType[]): void {
  b.need(params)
  condition(b)
  b.op('if', [...params, I32], params, b.blockType(params, results))
  b.open(results, results, params.length)
  inside(b, 3)
  if (same(params, results) && b.r.chance(50)) {
    b.finish(results)
    return
  }
  b.finish(results, 'else')
  b.label.dead = false
  b.stack.push(...params)
  inside(b, 3)
  b.finish(results)
}

const COMPARISONS = numerics.filter((n) => n.type!.results[0] === I32 && /^...\.(eqz|eq|ne|[lg][te](_[su])?)$/.test(n.name))

/** A condition, mostly one that fuses with the branch: a comparison (with a constant), a masked bit, a negation. */
function condition(b: Body): void {
  const c = b.r.below(10)
  if (c < 3) return b.produce(I32)
  const row = b.r.pick(COMPARISONS)
  const { params } = row.type!
  b.simple(params[0]!)
  if (c < 5) {
    if (params[0] === I32) {
      b.op('i32.const', [], [I32], { lo: b.r.pick([1, 2, 255]) })
      b.op('i32.and', [I32, I32], [I32])
    }
    if (params[0] === I32 && b.r.chance(60)) return
  }
  if (params.length > 1) {
    if (b.r.chance(50)) constant(b, params[1]!)
    else b.simple(params[1]!)
  }
  b.op(row.name, params, [I32])
  for (let n = b.r.below(8); n > 5; n--) b.op('i32.eqz', [I32], [I32])
}
/** The condition of a back-edge: often one that holds a few times, as long as the fuel is no multiple of a power of 2. */
function again(b: Body): void {
  if (b.r.chance(35)) return condition(b)
  b.op('global.get', [], [I32], { index: b.shape.fuel })
  b.op('i32.const', [], [I32], { lo: b.r.pick([1, 3, 3, 7]) })
  b.op('i32.and', [I32, I32], [I32])
}
const structures = [block, loop, loop, choice, choice]

const structure: Statement = (b) => {
  const params = b.r.chance(30) ? b.available.slice(Math.max(0, b.available.length - b.r.below(4))) : b.r.chance(70) ? [] : b.someTypes(3)
  b.r.pick(structures)(b, params, b.r.chance(60) ? [] : b.r.chance(40) ? params : b.someTypes(3))
  return true
}
const structureMaker: Maker = (b, type) => {
  b.r.pick(structures)(b, b.r.chance(75) ? [] : b.someTypes(2), [type])
  return true
}

/** A value that a loop changes the origin of: what was read before it must stay what it was. */
const acrossLoop: Statement = (b) => {
  const type = b.r.pick(b.shape.values)
  const local = b.localOf(type)
  if (local < 0 || b.label.dead) return false
  b.op('local.get', [], [type], { index: local })
  b.op('loop', [], [])
  b.open([], [], 0)
  b.spendFuel()
  if (b.r.chance(40)) b.statements(1)
  if (!b.label.dead) {
    b.produce(type)
    b.op('local.set', [type], [], { index: local })
    again(b)
    b.op('br_if', [I32], [], { index: 0 })
  }
  b.finish([])
  b.observe()
  return true
}

const branchIf: Statement = (b) => {
  const index = b.r.below(b.labels.length)
  const { branchTypes } = b.labelAt(index)
  b.need(branchTypes)
  condition(b)
  b.op('br_if', [...branchTypes, I32], branchTypes, { index })
  return true
}
/** br_if that hands its operand on, when it stays. */
const branchIfMaker: Maker = (b, type) => {
  const index = b.pickOr(b.labels.flatMap((_, d) => (same(b.labelAt(d).branchTypes, [type]) ? [d] : [])))
  if (index < 0) return false
  b.need([type])
  condition(b)
  b.op('br_if', [type, I32], [type], { index })
  return true
}

/** An unconditional end of the current block. */
function jump(b: Body): void {
  switch (b.r.below(6)) {
    case 0:
      if (b.risk(30)) b.raw('unreachable')
      else return jump(b)
      break
    case 1:
      b.need(b.type.results)
      b.raw('return')
      break
    case 2:
    case 3: {
      const like = b.labelAt(b.r.below(b.labels.length)).branchTypes
      const fitting = b.labels.flatMap((_, d) => (same(b.labelAt(d).branchTypes, like) ? [d] : []))
      b.need(like)
      if (b.r.chance(60)) {
        const local = b.localOf(I32)
        if (local >= 0) b.op('local.get', [], [I32], { index: local })
        else b.produce(I32)
        b.op('i32.const', [], [I32], { lo: 3 })
        b.op('i32.and', [I32, I32], [I32])
      } else b.produce(I32)
      b.raw('br_table', { labels: Array.from({ length: b.r.between(1, 6) }, () => b.r.pick(fitting)) })
      break
    }
    default: {
      const index = b.r.below(b.labels.length)
      b.need(b.labelAt(index).branchTypes)
      b.raw('br', { index })
    }
  }
  b.kill()
}

/** A jump inside an `if` or a block, so that the function goes on; seldom here and now. */
const jumpSomewhere: Statement = (b) => {
  if (b.r.chance(10)) {
    jump(b)
    return true
  }
  const results = b.r.chance(60) ? [] : b.someTypes(2)
  const plain = b.r.chance(40)
  if (plain) b.op('block', [], [], b.blockType([], results))
  else {
    condition(b)
    b.op('if', [I32], [], results.length === 0 ? {} : b.blockType([], results))
  }
  b.open(results, results, 0)
  if (b.r.chance(50)) b.statements(2)
  if (!b.label.dead) jump(b)
  if (b.r.chance(30)) b.statements(2)
  if (!plain && results.length > 0) {
    b.finish(results, 'else')
    b.label.dead = false
  }
  b.finish(results)
  return true
}

export const control: Family = {
  statements: [structure, structure, structure, acrossLoop, branchIf, branchIf, jumpSomewhere, jumpSomewhere],
  makers: () => [structureMaker, branchIfMaker],
}
