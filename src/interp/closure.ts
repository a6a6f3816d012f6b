/**
 * The `closure` executor: each op of the register code becomes a closure that has its operands at hand and knows the closure
 * that follows it. For engines that interpret: calling a closure costs them less than decoding an op. A function's closures
 * are made when one of its ops is first run, beside the code, which remains what everybody else looks at.
 */
import { BR, BR_TABLE, ENTER, ENTER_REFS, F64_LOAD, MOV32, MOV64, MOV_F64, NOP } from '../ops/numbers.gen.ts'
import { loopTwin } from '../compiler/tables.ts'
import { FIRST_COLD, byLayout, lengthAt, targetPlaces } from '../ops/op-table.ts'
import { type Closure, type CodeUnit, extend } from '../runtime/code.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { formMakers, makeCold, makeVector, makers, run } from './closure.gen.ts'
import { PAIR_PLACE, RELATION, RESULT, formKey } from './forms.ts'
import { registerExecutor } from './register-executor.ts'

/** A back-edge looks its target up when it is taken. */
const targetAt: Uint8Array = targetPlaces.slice()
for (const twin of loopTwin) if (twin >= 0) targetAt[twin] = 0
/** Closures that call one another before control comes back to the loop of `run`: each of them takes JS stack. */
const MAX_CHAIN = 32

export function runClosures(T: Thread): number {
  for (;;) {
    const status = run(T)
    if (status !== 0) return status
    makeClosures(T.unit!, T.pc)
  }
}

/**
 * Makes the closures of the function around `pc` that can be reached from there and from its start, other than those that are there. The
 * form of each is chosen in the order of the code, so that nothing is made that a better form makes superfluous; they are made last op
 * first, since each needs the one that follows it.
 */
function makeClosures(unit: CodeUnit, pc: number): void {
  const { code, closures } = unit
  extend(closures, unit.length)
  // Outside of functions there are ops that stand alone: the two where outermost frames return to, and lazy stubs.
  const [start, end] = unit.rangeAt(pc)
  const operandBase = code[start] === ENTER || code[start] === ENTER_REFS ? code[start + 2]! + code[start + 3]! : Infinity
  // Functions of a million ops are known: what is kept for each op are bytes in typed arrays.
  let count = 0
  const indexAt = new Int32Array(end - start)
  for (let at = start; at < end; at += lengthAt(code, at)) indexAt[at - start] = count++
  const starts = new Int32Array(count)
  for (let at = start, i = 0; at < end; at += lengthAt(code, at)) starts[i++] = at
  /** How each op uses what the one before it writes, and nothing for what is behind the last. */
  const relations = new Uint8Array(count + 2)
  for (let i = 1; i < count; i++) relations[i] = relationOf(code, starts[i - 1]!, starts[i]!, operandBase)

  /** By index of the op: the numbers of the form that reads registers, and of the one that takes a value from the op before; 0 for none. */
  const plain = new Uint16Array(count)
  const taking = new Uint16Array(count)
  const waiting: number[] = []
  const want = (at: number): void => {
    const i = indexAt[at - start]!
    if (plain[i] !== 0 || closures[at] !== undefined) return
    plain[i] = UNKNOWN.number
    waiting.push(i)
  }

  /** The best form of op `i` that takes its operand at place `from` from the op before it, after `run` values that were handed on. */
  const choose = (i: number, from: number, run: number): Form | undefined => {
    const at = starts[i]!
    const forms = formsOf[code[at]!]
    // Those of `enter` are for functions with at most one slot of locals.
    if (forms === undefined || (code[at] === ENTER && code[at + 3]! > 2)) return undefined
    const used = relations[i + 1]!
    // Two ops are better than one.
    if (i + 1 < count) {
      const second = code[starts[i + 1]!]!
      if (used > 0) {
        const form = withResult(forms, second, i + 1, from, used, run)
        if (form !== undefined) return form
      }
      const form = withResult(forms, second, i + 1, from, RELATION.apart, run)
      if (form !== undefined) return form
    }
    return withResult(forms, 0, i, from, RELATION.alone, run)
  }

  /** The form of those ops, the last of which has index `last`, that hands its result to the op behind it, if that can take it; or stores it. */
  const withResult = (forms: Forms, second: number, last: number, from: number, relation: number, run: number): Form | undefined => {
    const key = formKey(0, second, from, RESULT.stored, relation)
    const used = relations[last + 1]!
    if (used > 0 && run < MAX_RUN) {
      const isKept = used > RELATION.shared
      const place = used - (isKept ? RELATION.shared : RELATION.usedUp)
      for (const to of isKept ? KEPT : GIVEN) {
        const maker = forms.get(key + formKey(0, 0, 0, to, 0))
        if (maker === undefined) continue
        // The low word of a pair is enough for who wants one.
        const isTaken = (to === RESULT.givenPair && take(last + 1, place + PAIR_PLACE, run)) || take(last + 1, place, run)
        if (isTaken) return formWith(maker, relation, true)
      }
    }
    const maker = forms.get(key)
    return maker === undefined ? undefined : formWith(maker, relation, false)
  }

  /** Whether op `i` has a form that takes its operand at that place. */
  const take = (i: number, from: number, run: number): boolean => {
    const form = choose(i, from, run + 1)
    if (form === undefined) return false
    taking[i] = form.number
    needs(i, form)
    return true
  }

  /** What else has to be made for a form. */
  const needs = (i: number, { isPair, hands }: Form): void => {
    const last = isPair ? i + 1 : i
    const at = starts[last]!
    const op = code[at]!
    if (targetPlaces[op]! > 0) want(code[at + targetPlaces[op]!]!)
    if (op === BR_TABLE) for (let i = at + 3; i < at + lengthAt(code, at); i++) want(code[i]!)
    if (!hands && last + 1 < count && op !== BR) want(starts[last + 1]!)
  }

  want(start)
  want(pc)
  while (waiting.length > 0) {
    const i = waiting.pop()!
    const at = starts[i]!
    const form = choose(i, 0, 0) ?? formWith(makerOf(code[at]!), RELATION.alone, false)
    plain[i] = form.number
    needs(i, form)
  }

  /** How far the chain goes that begins at each op, and of the one that is being made. */
  const chains = new Uint8Array(end - start)
  let chain = 0
  const follow = (to: number): Closure => {
    const length = chains[to - start]!
    const closure = closures[to]!
    // The chain of one that was there before is not known.
    if (length === 0 || length >= MAX_CHAIN) return () => closure
    chain = Math.max(chain, length)
    return closure
  }
  /** Of the ops one and two places further on, by the lowest bits of their indices. */
  const takers: [Closure, Closure, Closure, Closure] = [none, none, none, none]
  const takerChains = new Uint8Array(4)
  const build = (i: number, { maker, isPair, hands }: Form): Closure => {
    const last = isPair ? i + 1 : i
    const [first, final] = [starts[i]!, starts[last]!]
    const after = starts[last + 1] ?? end
    const op = code[final]!
    const taker = (last + 1) & 3
    chain = hands ? takerChains[taker]! : 0
    const next = hands ? takers[taker]! : after < end && op !== BR ? follow(after) : none
    const go = targetAt[op] === 0 ? none : follow(code[final + targetAt[op]!]!)
    if (op === NOP && !isPair) return next
    if (op === BR && !isPair) return go
    if (!isPair) {
      const { [final + 1]: a, [final + 2]: b, [final + 3]: c, [final + 4]: d, [final + 5]: e, [final + 6]: f, [final + 7]: g } = code
      return maker(next, go, final, a!, b!, c!, d!, e!, f!, g!)
    }
    const words: number[] = []
    for (let at = first + 1; at < after; at++) if (at !== final) words.push(code[at]!)
    return maker(next, go, final, ...words)
  }
  for (let i = count - 1; i >= 0; i--) {
    if (taking[i] !== 0) {
      takers[i & 3] = build(i, allForms[taking[i]!]!)
      takerChains[i & 3] = chain + 1
    }
    if (plain[i] === 0) continue
    closures[starts[i]!] = build(i, allForms[plain[i]!]!)
    chains[starts[i]! - start] = chain + 1
  }
}

/** How an op is done, with the one behind it or alone. */
interface Form {
  readonly number: number
  readonly maker: MakeClosure
  readonly isPair: boolean
  /** Whether the result is handed to the op behind. */
  readonly hands: boolean
}
type MakeClosure = (typeof makers)[number]
/** By their numbers, from 1 on. */
const allForms: (Form | undefined)[] = [undefined]
function addForm(maker: MakeClosure, isPair: boolean, hands: boolean): Form {
  const form = { number: allForms.length, maker, isPair, hands }
  allForms.push(form)
  return form
}
/** The forms of each maker, without and with a result that is handed on: a function of a million ops has few different ones. */
const formsMade: Map<MakeClosure, Form[]> = new Map()
function formWith(maker: MakeClosure, relation: number, hands: boolean): Form {
  let made = formsMade.get(maker)
  if (made === undefined) formsMade.set(maker, (made = []))
  return (made[hands ? 1 : 0] ??= addForm(maker, relation !== RELATION.alone, hands))
}
type Forms = ReadonlyMap<number, MakeClosure>
/** By number of the first op: its forms by the rest of their keys. */
const formsOf: (Map<number, MakeClosure> | undefined)[] = []
for (const [text, maker] of Object.entries(formMakers)) {
  const key = Number(text)
  const first = key & 1023
  ;(formsOf[first] ??= new Map()).set(key - first, maker)
}
const UNKNOWN: Form = addForm(() => none, false, false)
/** Values that are handed on one after the other: nothing in between can return to the loop of `run`. */
const MAX_RUN = 16
const KEPT = [RESULT.kept]
const GIVEN = [RESULT.given, RESULT.givenPair]

/** The RELATION of two ops in a row, with the operand's place; 0 if the second one does not use what the first one writes. */
function relationOf(code: Int32Array, first: number, second: number, operandBase: number): number {
  const kind = written[code[first]!]!
  if (kind === 0) return 0
  const op = code[second]!
  const places = (kind === WRITES_R ? readPlacesR : readPlacesF)[op]!
  if (places === 0) return 0
  const register = code[first + 1]!
  let place = 0
  for (let i = 1; i <= PAIR_PLACE; i++) {
    if ((places & (1 << i)) === 0 || code[second + i] !== register) continue
    // Who takes it twice reads the register.
    if (place > 0) return 0
    place = i
  }
  if (place === 0) return 0
  // An operand is used up by what reads it, unless that only copies it: it may be there for a `local.tee`. Locals stay.
  const isOperand = (kind === WRITES_R ? register : 2 * register) >= operandBase
  return (isOperand && op !== MOV32 && op !== MOV64 && op !== MOV_F64 ? RELATION.usedUp : RELATION.shared) + place
}

const WRITES_R = 1
const WRITES_F = 2
/** By op: which registers it writes. */
const written: Uint8Array = byLayout((layout) => (layout[0] === 'R' ? WRITES_R : layout[0] === 'F' ? WRITES_F : 0))
written[F64_LOAD] = WRITES_F
/** By op: at which places it reads such registers, a bit for each place. */
const placesOf = (letter: string): Uint8Array =>
  byLayout((layout) => [1, 2, 3, 4].reduce((bits, place) => (layout[place - 1] === letter ? bits | (1 << place) : bits), 0))
const readPlacesR: Uint8Array = placesOf('r')
const readPlacesF: Uint8Array = placesOf('f')

/** Stands for what an op never comes to. */
const none: Closure = () => {
  throw new Error('unreachable')
}

const coldMakers: (MakeClosure | undefined)[] = []
const vectorMaker: MakeClosure = (_next, _go, at) => makeVector(at)
function makerOf(op: number): MakeClosure {
  if (op >= FIRST_COLD) return (coldMakers[op] ??= (next, _go, at) => makeCold(op, next, at))
  return op >= makers.length ? vectorMaker : makers[op]!
}

export const closureFast: Executor = registerExecutor('closure', 'fast', runClosures)
export const closureExact: Executor = registerExecutor('closure', 'exact', runClosures)
