/**
 * Exceptions (spec §4.6.4): try_table with clauses to any label that fits, throw, throw_ref; or, in programs that native
 * engines of today run as well, the legacy try, catch, rethrow and delegate. A tame program throws only where it catches.
 */
import type { Clause } from '../../../src/decoder/instruction-reader.ts'
import { type ValType, EXNREF, HEAP_EXN, I32 } from '../../../src/spec/types.ts'
import { type Body, same, type Family, type Maker, type Statement } from '../body.ts'
import { signature } from '../program.ts'

const paramsOf = (b: Body, tag: number): readonly ValType[] => signature(b.shape.types, b.shape.tags[tag]!).params
const someTag = (b: Body): number => b.r.below(b.shape.tags.length)

function throwSome(b: Body): void {
  const catches = b.labels.flatMap((_, d) => (b.labelAt(d).isCatch ? [d] : []))
  if (catches.length > 0 && b.r.chance(50)) b.raw('rethrow', { index: b.r.pick(catches) })
  else {
    const tag = someTag(b)
    b.need(paramsOf(b, tag))
    b.raw('throw', { index: tag })
  }
  b.kill()
}

/** A throw that may or may not happen. */
const throwStatement: Statement = (b) => {
  if (b.shape.tags.length === 0 || (!b.shape.wild && b.protectedBy === 0)) return false
  b.produce(I32)
  b.op('if', [I32], [])
  b.open([], [], 0)
  throwSome(b)
  b.finish([])
  return true
}

/** Part of a try; `safe`: whatever is thrown there is caught in this function. */
function part(b: Body, safe: boolean): void {
  if (safe) b.protectedBy++
  b.statements(3)
  if (!b.label.dead && b.r.chance(35) && (b.shape.wild || b.protectedBy > 0)) throwSome(b)
  if (safe) b.protectedBy--
}

function legacyTry(b: Body, params: readonly ValType[], results: readonly ValType[]): void {
  const all = b.r.chance(70)
  b.need(params)
  b.op('try', params, params, b.blockType(params, results))
  b.open(results, results, params.length)
  part(b, all)
  if (b.r.chance(15) && (!all || b.protectedBy > 0)) {
    b.finish(results, 'delegate', { index: b.r.below(b.labels.length - 1) })
    return
  }
  for (let n = b.r.below(3); n > 0; n--) {
    const tag = someTag(b)
    b.finish(results, 'catch', { index: tag })
    b.label.isCatch = true
    b.stack.push(...paramsOf(b, tag))
    part(b, false)
  }
  if (all) {
    b.finish(results, 'catch_all')
    b.label.isCatch = true
    part(b, false)
  }
  b.finish(results)
}

/** What a clause hands to its label. */
const carried = (b: Body, { kind, tag }: Clause): ValType[] => [
  ...(tag < 0 ? [] : paramsOf(b, tag)),
  ...(kind === 'catch_ref' || kind === 'catch_all_ref' ? [EXNREF] : []),
]
function someClause(b: Body): Clause {
  const kind = b.r.pick(['catch', 'catch', 'catch_ref', 'catch_all', 'catch_all_ref'] as const)
  return { kind, tag: kind === 'catch' || kind === 'catch_ref' ? someTag(b) : -1, label: 0 }
}

/** Blocks that receive what the clauses catch, and in them the try_table. */
function tryTable(b: Body, params: readonly ValType[], results: readonly ValType[]): void {
  const own = someClause(b)
  const received = carried(b, own)
  const all = b.r.chance(70)
  if (all) {
    b.op('block', [], [])
    b.open([], [], 0)
  }
  b.op('block', [], [], b.blockType([], received))
  b.open(received, received, 0)
  b.need(params)
  const clauses: Clause[] = [own]
  for (let n = b.r.below(3); n > 0; n--) {
    const clause = someClause(b)
    const types = carried(b, clause)
    const label = b.pickOr(b.labels.flatMap((_, d) => (same(b.labelAt(d).branchTypes, types) ? [d] : [])))
    if (label >= 0) clauses.splice(b.r.below(clauses.length + 1), 0, { ...clause, label })
  }
  if (all) clauses.push({ kind: 'catch_all', tag: -1, label: 1 })
  b.op('try_table', params, params, { ...b.blockType(params, results), clauses })
  b.open(results, results, params.length)
  part(b, all)
  b.finish(results)
  b.finish(received)
  if (received[received.length - 1] === EXNREF) again(b)
  if (all) b.finish([])
}
/** Throws what was caught once more, or lets go of it. */
function again(b: Body): void {
  if (!(b.shape.wild || b.protectedBy > 0) || b.r.chance(40)) {
    b.discard()
    return
  }
  b.produce(I32)
  b.op('if', [EXNREF, I32], [EXNREF], b.blockType([EXNREF], []))
  b.open([], [], 1)
  b.op('throw_ref', [EXNREF], [])
  b.kill()
  b.finish([], 'else')
  b.stack.push(EXNREF)
  b.finish([])
}

const legacy = (b: Body): boolean => b.shape.features.has('legacy-exceptions')

function throwNow(b: Body): void {
  const tag = someTag(b)
  for (const type of paramsOf(b, tag)) b.simple(type)
  b.op('throw', paramsOf(b, tag), [], { index: tag })
  b.kill()
}
/** What is thrown is caught, thrown again, and caught by what stands around that. */
const twice: Statement = (b) => {
  if (b.shape.tags.length === 0 || b.label.dead) return false
  const all: Clause = { kind: 'catch_all', tag: -1, label: 0 }
  if (legacy(b)) {
    b.op('try', [], [])
    b.open([], [], 0)
    b.op('try', [], [])
    b.open([], [], 0)
    throwNow(b)
    b.finish([], 'catch_all')
    b.raw('rethrow', { index: 0 })
    b.kill()
    b.finish([])
    b.finish([], 'catch_all')
    b.finish([])
    return true
  }
  b.op('block', [], [])
  b.open([], [], 0)
  b.op('try_table', [], [], { clauses: [all] })
  b.open([], [], 0)
  b.op('block', [], [], { blockResult: EXNREF })
  b.open([EXNREF], [EXNREF], 0)
  b.op('try_table', [], [], { clauses: [{ ...all, kind: 'catch_all_ref' }] })
  b.open([], [], 0)
  throwNow(b)
  b.finish([])
  b.op('ref.null', [], [EXNREF], { heap: HEAP_EXN })
  b.finish([EXNREF])
  b.op('throw_ref', [EXNREF], [])
  b.kill()
  b.finish([])
  b.finish([])
  return true
}

const tryStatement: Statement = (b) => {
  if (b.shape.tags.length === 0) return false
  const [params, results] = [b.r.chance(70) ? [] : b.someTypes(2), b.r.chance(60) ? [] : b.someTypes(2)]
  if (legacy(b)) legacyTry(b, params, results)
  else tryTable(b, params, results)
  return true
}
const tryMaker: Maker = (b, type) => {
  if (b.shape.tags.length === 0) return false
  legacyTry(b, [], [type])
  return true
}

export const exceptions: Family = {
  feature: 'exceptions',
  preludes: [twice],
  statements: [throwStatement, twice, tryStatement, tryStatement, tryStatement],
  makers: () => [],
}
export const legacyExceptions: Family = {
  feature: 'legacy-exceptions',
  preludes: [twice],
  statements: [throwStatement, twice, tryStatement, tryStatement, tryStatement],
  makers: () => [tryMaker],
}
