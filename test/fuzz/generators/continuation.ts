/**
 * Stack switching (proposal): functions run as continuations, which suspend, are gone on with, bound, switched or ended by an
 * exception. A tame program suspends only where a handler is, which the global `handled` counts, and goes on with each
 * continuation at most once: it lies on the operand stack, or in a local that is used between two instructions only.
 */
import type { Clause } from '../../../src/decoder/instruction-reader.ts'
import { type FuncType, type ValType, HEAP_EXN, EXNREF, I32, heapOf, isRef, refType } from '../../../src/spec/types.ts'
import { type Body, type Family, type Statement, contIndex, typeIndex } from '../body.ts'
import { type Instr, instr, signature } from '../program.ts'

/** Adds `n` to the number of handlers around what runs now. */
function handle(b: Body, n: 1 | -1): void {
  const index = b.shape.handled
  b.op('global.get', [], [I32], { index })
  b.op('i32.const', [], [I32], { lo: n })
  b.op('i32.add', [I32, I32], [I32])
  b.op('global.set', [I32], [], { index })
}

/** Functions of the program's own modules: host functions have no stack to suspend. */
const ownFuncs = (b: Body): number[] => b.shape.funcs.flatMap((_, f) => (f < b.shape.importedFuncs ? [] : [f]))
const typeOf = (b: Body, f: number): FuncType => signature(b.shape.types, b.shape.funcs[f]!)

/** Pushes the first operands of function `f` and a continuation of it that has them bound, or all operands and one that has none. */
function fresh(b: Body, f: number): { cont: number; operands: readonly ValType[] } {
  const { params, results } = typeOf(b, f)
  const whole = contIndex(b.shape.types, b.shape.funcs[f]!)
  const bound = params.length > 0 && b.r.chance(40) ? b.r.between(0, params.length) : -1
  const operands = bound < 0 ? params : params.slice(bound)
  const cont = bound < 0 ? whole : contIndex(b.shape.types, typeIndex(b.shape.types, operands, results))
  // What is bound lies below the continuation, what the rest takes below that.
  for (const type of operands) b.produce(type)
  if (bound > 0) for (const type of params.slice(0, bound)) b.produce(type)
  b.op('ref.func', [], [refType(true, b.shape.funcs[f]!)], { index: f })
  b.op('cont.new', [refType(true, b.shape.funcs[f]!)], [refType(true, whole)], { index: whole })
  if (bound >= 0)
    b.op('cont.bind', [...params.slice(0, bound), refType(true, whole)], [refType(true, cont)], { index: whole, index2: cont })
  return { cont, operands }
}

/** A block that receives what suspends, with `run` in it, which leaves `results` and jumps out of the block `out` labels above. */
function catching(b: Body, received: readonly ValType[], results: readonly ValType[], out: number, run: (clause: Clause) => void): void {
  b.op('block', [], [], b.blockType([], received))
  b.open(received, received, 0)
  run({ kind: 'on', tag: b.shape.suspension, label: 0 })
  handle(b, -1)
  b.need(results)
  b.raw('br', { index: out })
  b.kill()
  b.finish(received)
  handle(b, -1)
}

/** Runs a function as a continuation, and goes on with it as often as it suspends; or lets it lie, or throws into it. */
const session: Statement = (b) => {
  const { suspension } = b.shape
  const f = b.pickOr(ownFuncs(b))
  if (f < 0 || suspension < 0 || b.label.dead || b.small) return false
  const tag = signature(b.shape.types, b.shape.suspensionType)
  const { results } = typeOf(b, f)
  const rest = contIndex(b.shape.types, typeIndex(b.shape.types, tag.results, results))
  const later = refType(true, rest)
  const received = [...tag.params, later]
  const scratch = b.scratchLocal(later)
  b.op('block', [], [], b.blockType([], results))
  b.open(results, results, 0)
  catching(b, received, results, 1, (clause) => {
    const { cont, operands } = fresh(b, f)
    handle(b, 1)
    b.op('resume', [...operands, refType(true, cont)], results, { index: cont, clauses: [clause] })
  })
  /** Looks at what was handed out; the continuation stays on top. */
  const look = (): void => {
    b.op('local.set', [later], [], { index: scratch })
    for (const _ of tag.params) b.observe()
    b.op('local.get', [], [later], { index: scratch })
  }
  look()
  const c = b.r.below(10)
  if (c < 2) b.op('drop', [later], [])
  else if (c < 4 && b.shape.tags.length > 0) throwInto(b, rest, scratch, results)
  else {
    b.op('loop', [later], [later], b.blockType([later], results))
    b.open([later], results, 1)
    b.spendFuel()
    b.op('block', [], [])
    b.open([], [], 0)
    b.statements(1)
    b.finish([])
    b.op('local.set', [later], [], { index: scratch })
    catching(b, received, results, 2, (clause) => {
      for (const type of tag.results) b.simple(type)
      b.op('local.get', [], [later], { index: scratch })
      handle(b, 1)
      b.op('resume', [...tag.results, later], results, { index: rest, clauses: [clause] })
    })
    look()
    b.raw('br', { index: 0 })
    b.kill()
    b.finish(results)
  }
  b.finish(results)
  return true
}

/** Ends the continuation on top by an exception, which it may catch; and catches it if it does not. */
function throwInto(b: Body, cont: number, scratch: number, results: readonly ValType[]): void {
  const type = refType(true, cont)
  const tag = b.r.below(b.shape.tags.length)
  const { params } = signature(b.shape.types, b.shape.tags[tag]!)
  b.op('local.set', [type], [], { index: scratch })
  const all: Clause = { kind: 'catch_all', tag: -1, label: 0 }
  b.op('block', [], [])
  b.open([], [], 0)
  b.op('try_table', [], [], { clauses: [all] })
  b.open([], [], 0)
  const byReference = b.shape.open && b.r.chance(70)
  if (byReference) {
    b.op('block', [], [], { blockResult: EXNREF })
    b.open([EXNREF], [EXNREF], 0)
    b.op('try_table', [], [], { clauses: [{ ...all, kind: 'catch_all_ref' }] })
    b.open([], [], 0)
  }
  for (const t of params) b.simple(t)
  if (byReference) {
    b.op('throw', params, [], { index: tag })
    b.kill()
    b.finish([])
    b.op('ref.null', [], [EXNREF], { heap: HEAP_EXN })
    b.finish([EXNREF])
  }
  b.op('local.get', [], [type], { index: scratch })
  if (byReference) b.op('resume_throw_ref', [EXNREF, type], results, { index: cont })
  else b.op('resume_throw', [...params, type], results, { index: cont, index2: tag })
  for (const _ of results) b.observe()
  b.finish([])
  b.finish([])
}

/** Throws into a continuation that has not begun. */
const ended: Statement = (b) => {
  const f = b.pickOr(ownFuncs(b))
  if (f < 0 || b.shape.tags.length === 0 || b.label.dead) return false
  const type = b.shape.funcs[f]!
  const cont = contIndex(b.shape.types, type)
  b.op('ref.func', [], [refType(true, type)], { index: f })
  b.op('cont.new', [refType(true, type)], [refType(true, cont)], { index: cont })
  throwInto(b, cont, b.scratchLocal(refType(true, cont)), typeOf(b, f).results)
  return true
}

/** Suspends if somebody handles it. */
const suspend: Statement = (b) => {
  const { suspension } = b.shape
  if (suspension < 0) return false
  const { params, results } = signature(b.shape.types, b.shape.suspensionType)
  const guarded = !b.risk(20)
  if (guarded) {
    b.op('global.get', [], [I32], { index: b.shape.handled })
    b.op('if', [I32], [])
    b.open([], [], 0)
  }
  b.need(params)
  b.op('suspend', params, results, { index: suspension })
  if (!guarded) return true
  for (let n = results.length; n > 0; n--) b.observe()
  b.finish([])
  return true
}

/** Goes on with any continuation there is; it may be null, or used up. */
const resumeAny: Statement = (b) => {
  const type = b.pickOr(b.shape.values.filter((t) => isRef(t) && b.shape.types[heapOf(t)]?.kind === 'cont'))
  if (type < 0 || !b.risk(40)) return false
  const comp = b.shape.types[heapOf(type)]!
  if (comp.kind !== 'cont') return false
  const { params, results } = signature(b.shape.types, comp.typeidx)
  b.need(params)
  b.produce(type)
  b.op('resume', [...params, type], results, { index: heapOf(type) })
  return true
}

/** Runs the function that switches (`switchers`), on a stack of its own. */
const switching: Statement = (b) => {
  const { switches } = b.shape
  if (switches === undefined || b.label.dead) return false
  const { tag, cont, first, type } = switches
  b.op('ref.func', [], [refType(true, type)], { index: first })
  b.op('cont.new', [refType(true, type)], [refType(true, cont)], { index: cont })
  b.op('resume', [refType(true, cont)], [], { index: cont, clauses: [{ kind: 'switch', tag, label: -1 }] })
  return true
}

/** What programs that switch have: a function that switches to another one, which gets its continuation. */
export interface Switches {
  /** A tag without values. */
  readonly tag: number
  /** The function type [] → [] and its continuation type; those of the other function, which takes such a continuation. */
  readonly type: number
  readonly cont: number
  readonly otherType: number
  readonly otherCont: number
  readonly first: number
  readonly other: number
}
/** The bodies of those two functions; `back`: the other one goes on with the first. */
export function switchers({ tag, cont, otherCont, other }: Switches, sum: number, back: boolean): Instr[][] {
  const count = (lo: number): Instr[] => [
    instr('global.get', { index: sum }),
    instr('i64.const', { lo, hi: 0 }),
    instr('i64.add'),
    instr('global.set', { index: sum }),
  ]
  const going = back ? [instr('local.get', { index: 0 }), instr('resume', { index: cont })] : []
  return [
    [
      ...count(3),
      instr('ref.func', { index: other }),
      instr('cont.new', { index: otherCont }),
      instr('switch', { index: otherCont, index2: tag }),
      ...count(5),
      instr('end'),
    ],
    [...count(7), ...going, ...count(11), instr('end')],
  ]
}

export const continuations: Family = {
  feature: 'stack-switching',
  preludes: [session, session, suspend, switching, ended],
  statements: [session, session, suspend, suspend, suspend, suspend, resumeAny, switching, ended],
  makers: () => [],
}
