/**
 * Stack switching (proposal): resume, suspend and switch. Each continuation has a register file of its own; the thread takes
 * up one and lays down another. What stands between two stacks is a `Saved` with a resumption, behind a CROSS_PC link, so that
 * returns, throws and backtraces find their way. Called by the driver.
 */
import { HostError, Trap } from '../errors.ts'
import { CROSS_PC } from '../runtime/code.ts'
import { Continuation, type Resumption, type Stack, type Suspended } from '../runtime/continuation.ts'
import { Func } from '../runtime/func.ts'
import { Registers } from '../runtime/registers.ts'
import type { Saved, Thread } from '../runtime/thread.ts'
import { type ValType, slotsOf } from '../spec/types.ts'
import { goTo } from './frames.ts'
import { type HostCall, takeUp, takeUpResumer } from './stacks.ts'
import { readBits, readParams, writeBits } from './values.ts'

/** Slots of a new stack: most continuations are small, and there may be many. */
const INITIAL_SLOTS = 64

/** What the thread runs on now, to be laid down. */
function currentStack(T: Thread): Stack {
  const { registers, labels, pc, fp, depth, sp, instance, unit } = T
  return { registers, labels, pc, fp, depth, sp, instance, unit }
}

/** The origin of a continuation that is used up by this. Throws Trap when it is null or was used before. */
export function consume(k: Continuation | null): Func | Suspended {
  if (k === null) throw new Trap('null continuation reference')
  const { origin } = k
  if (origin === undefined) throw new Trap('continuation already consumed')
  k.origin = undefined
  return origin
}

/** Values at `base` with those bound before. */
const allBits = (T: Thread, k: Continuation, types: readonly ValType[], base: number): unknown[] => [
  ...k.bound,
  ...readBits(T, types, base),
]

/** resume: goes on with a continuation above the current frame. */
export function resume(T: Thread): HostCall | undefined {
  const { target, base, clauses, types } = T.transfer!
  const k = target!
  const origin = consume(k)
  const bits = allBits(T, k, k.rest, base)
  if (origin instanceof Func && origin.host !== undefined) return { func: origin, args: rawArguments(T, k.params, bits) }
  descend(T, { stack: currentStack(T), maxDepth: T.maxDepth, base, results: types, clauses })
  goOn(T, k, origin, bits)
  return undefined
}

/** resume_throw, resume_throw_ref: the same, to throw something where the continuation stands. One that has not begun never will: then it is thrown here. */
export function resumeToThrow(T: Thread): void {
  const { target, base, clauses, types } = T.transfer!
  const origin = consume(target!)
  if (origin instanceof Func) return
  descend(T, { stack: currentStack(T), maxDepth: T.maxDepth, base, results: types, clauses })
  takeUpSuspended(T, origin)
}

/** Notes who resumes, and leaves room for as many frames as there may still be. */
function descend(T: Thread, resumption: Resumption): void {
  const { instance, unit, fp, depth } = T
  T.saved.push({ instance, unit, pc: T.executor.afterCall(T), entry: false, fp, depth, resumption })
  T.maxDepth -= depth
}

function goOn(T: Thread, k: Continuation, origin: Func | Suspended, bits: readonly unknown[]): void {
  if (origin instanceof Func) begin(T, origin, bits)
  else {
    takeUpSuspended(T, origin)
    T.sp = writeBits(T, k.params, origin.place, bits)
    T.pc = T.executor.afterCall(T)
    T.arrived = true
  }
}

/** Calls the function of a continuation on a stack of its own. */
function begin(T: Thread, f: Func, bits: readonly unknown[]): void {
  const link = f.layout.link * 2
  T.use(new Registers(Math.max(INITIAL_SLOTS, f.layout.link + 1)))
  T.labels = []
  writeBits(T, f.type.params, 0, bits)
  T.R[link] = CROSS_PC
  T.R[link + 1] = 0
  T.fp = 0
  T.depth = 1
  goTo(T, f)
}

/** Takes up the stacks of a suspended continuation. Where one resumed another, less frames may be left than there were. */
function takeUpSuspended(T: Thread, { stack, saved }: Suspended): void {
  for (const s of saved) {
    if (s.resumption === undefined) T.saved.push(s)
    else {
      T.saved.push({ ...s, resumption: { ...s.resumption, maxDepth: T.maxDepth } })
      T.maxDepth -= s.depth
    }
  }
  takeUp(T, stack)
}

/** The innermost resume of this invocation that has a clause for the tag: its index in T.saved and the clause. */
function findClause(T: Thread, kind: 'on' | 'switch'): { at: number; clause: Resumption['clauses'][number] } {
  const { tag } = T.transfer!
  for (let at = T.saved.length - 1; at >= 0; at--) {
    const { entry, instance, resumption } = T.saved[at]!
    if (entry) break
    const clause = resumption?.clauses.find((c) => c.kind === kind && instance.tags[c.tag] === tag)
    if (clause !== undefined) return { at, clause }
  }
  const isCut = T.saved.some(({ resumption }) => resumption !== undefined) && T.saved.some(({ entry }, i) => entry && i > 0)
  throw new Trap(`unhandled tag ${tag!.name ?? '(unnamed)'}${isCut ? ': a continuation cannot be suspended across host functions' : ''}`)
}

/** Lays the stacks above the resume at index `at` down as a continuation that goes on with values of `params` at `place`. */
function capture(T: Thread, at: number, params: readonly ValType[], place: number): Continuation {
  const saved = T.saved.splice(at + 1)
  return new Continuation(params, { stack: currentStack(T), saved, place })
}

/** suspend: lays down what stands above the resume that has a clause for the tag, and goes on at its label. */
export function suspend(T: Thread): void {
  const { base, tag } = T.transfer!
  const { at, clause } = findClause(T, 'on')
  const { params, results } = tag!.type
  const values = { types: params, bits: readBits(T, params, base) }
  const continuation = capture(T, at, results, base)
  const { resumption } = T.saved.pop()!
  takeUpResumer(T, resumption!)
  T.sp = resumption!.base
  T.executor.landAt(T, clause, values, continuation)
}

/** switch: the same, but goes on with another continuation under that resume, which is handed the one that was laid down. */
export function switchTo(T: Thread): void {
  const { target, base, types } = T.transfer!
  const k = target!
  if (k === null) throw new Trap('null continuation reference')
  const { at } = findClause(T, 'switch')
  const origin = consume(k)
  if (origin instanceof Func && origin.host !== undefined) throw new HostError('switch cannot go on with a host function')
  const bits = allBits(T, k, k.rest.slice(0, -1), base)
  const own = capture(T, at, types, base)
  const { resumption, depth } = T.saved[at]!
  T.maxDepth = resumption!.maxDepth - depth
  goOn(T, k, origin, [...bits, own])
}

/** A continuation's function has returned: its results lie where its stack begins. */
export function returnToResumer(T: Thread, { pc, resumption }: Saved): void {
  const { base, results } = resumption!
  const bits = readBits(T, results, 0)
  takeUpResumer(T, resumption!)
  T.sp = writeBits(T, results, base, bits)
  T.pc = pc
}

/** Bits as the raw arguments of a host function. */
function rawArguments(T: Thread, types: readonly ValType[], bits: readonly unknown[]): unknown[] {
  const { registers } = T
  T.use(new Registers(types.reduce((n, t) => n + slotsOf(t), 0)))
  writeBits(T, types, 0, bits)
  const args = readParams(T, types, 0)
  T.use(registers)
  return args
}
