/**
 * Brings the frames of a thread from fast code into exact code. Both have the same slots; what the fast code keeps elsewhere, in
 * a local or as a constant, is written to its own slot, as points.ts says. Called by core.ts when there is something to
 * look at: then the thread stands at a function's entry, a loop's start, a tick, a call, or where it landed.
 */
import { RESUME, RESUME_THROW, RESUME_THROW_REF, TICK } from '../ops/numbers.gen.ts'
import { countUpTo } from '../bytes/search.ts'
import type { Entry } from '../compiler/operand-stack.ts'
import { CONST } from '../compiler/operand-stack.ts'
import { translate } from '../compiler/translate.ts'
import { VitrineError } from '../errors.ts'
import { opLengths } from '../ops/op-table.ts'
import { CROSS_PC, type CodeUnit, LEAVE_PC } from '../runtime/code.ts'
import type { SuspendClause } from '../runtime/continuation.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Saved, Thread } from '../runtime/thread.ts'
import { F64, I64, isRef, slotsOf } from '../spec/types.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Module } from '../module/module.ts'
import type { DebugCode } from './code.ts'
import type { Core } from './core.ts'
import type { Points } from './points.ts'
import { translatedAt } from './full-speed.ts'
import { type RawFrame, callOperands, rawFrames } from './frames.ts'

const LOOP = 0x03
/** The clauses are their last operand. */
const RESUMES: ReadonlySet<number> = new Set([RESUME, RESUME_THROW, RESUME_THROW_REF])

/** Instructions that begin at the same pc, or nothing: `else`, `end`, (legacy) catch, delegate, catch_all. Nothing is to be done in them. */
const closing: ReadonlySet<number> = new Set([0x05, 0x0b, 0x07, 0x18, 0x19])

/** Where a frame goes on in exact code, and what its operands are now. */
interface Target {
  readonly pc: number
  readonly entries: readonly Entry[]
}

/** Whether code is not the debugger's. */
const mustMove = (unit: CodeUnit | undefined, core: Core): boolean => unit !== undefined && core.codeOf(unit) === undefined

/**
 * Brings all frames of a thread into exact code. `again`: it stands in an instruction that has not changed anything yet, and is
 * to begin it anew.
 */
export function joinThread(T: Thread, core: Core, again: boolean): void {
  const frames = rawFrames(T)
  const targets = frames.map((frame, i) => (mustMove(frame.unit, core) ? targetOf(frame, T, core, again && i === 0) : undefined))
  frames.forEach((frame, i) => {
    const target = targets[i]
    if (target === undefined) return
    materialize(frame, target.entries)
    putPc(T, frames, i, target.pc, core.moduleOf(frame.instance.shared).code)
  })
  moveUnits(T, (instance, unit) => (mustMove(unit, core) ? core.moduleOf(instance.shared).code.unit : unit))
  T.executor = core.executor
}

/**
 * The other way: brings all frames of a thread out of exact code. It stands at the entry of a function or the start of a loop, and
 * no frame is in a function that is looked at; else, or where that cannot be, nothing happens and the result is false. Values of
 * operands are not moved, but must be what the fast code takes them for: somebody may have changed one.
 */
export function quicken(T: Thread, core: Core): boolean {
  if (T.saved.some(({ entry, resumption }, i) => resumption !== undefined || (entry && i > 0))) return false
  const frames = rawFrames(T, MOST_FRAMES + 1)
  if (frames.length > MOST_FRAMES) return false
  const targets: number[] = []
  for (const [i, frame] of frames.entries()) {
    const target = quickTarget(frame, i === 0, core)
    if (target === undefined) return false
    targets.push(target)
  }
  frames.forEach((frame, i) => putPc(T, frames, i, targets[i]!, core.moduleOf(frame.instance.shared).code))
  moveUnits(T, (instance, unit) => (unit === undefined ? unit : core.moduleOf(instance.shared).fullSpeed.unit))
  T.executor = core.fullSpeed
  return true
}

/** Deeper stacks stay in exact code. */
const MOST_FRAMES = 1000

function quickTarget(frame: RawFrame, isTop: boolean, core: Core): number | undefined {
  const { code, fullSpeed } = core.moduleOf(frame.instance.shared)
  const { funcidx, pc, instance } = frame
  const { unit } = fullSpeed
  if (core.codeOf(frame.unit) !== code || fullSpeed.isWatched(funcidx)) return undefined
  if (isTop && pc === code.unit.entry[funcidx]) return unit.entry[funcidx]!
  if (translatedAt(unit, funcidx) === undefined) translate(instance.shared, unit, funcidx)
  const start = translatedAt(unit, funcidx)!
  if (unit.tier === 'exact') return start + pc - code.unit.entry[funcidx]!
  const { pcs, offsets, stacks, inside } = fullSpeed.points(funcidx)
  const offset = code.offsetOf(isTop ? pc : pc - 1)
  const i = offsets.indexOf(offset)
  if (i < 0 || inside.has(i)) return undefined
  if (isTop) {
    const { module } = code
    const at = code.pcOf(offset)
    const isTicked = code.functionCode(funcidx).ticked.has(at)
    if (!isBehindLoop(module, funcidx, offset) || (pc !== at && !(isTicked && pc === at - 1))) return undefined
    return sameValues(frame, stacks[i]!) ? start + pcs[i]! + (isTicked && pc === at ? 1 : 0) : undefined
  }
  // Behind the op that is the call.
  const number = code.opAt(lastOp(code, rangeOf(code, offset), () => true))
  let next = i
  while (next < pcs.length && pcs[next] === pcs[i]) next++
  let found = -1
  for (let op = start + pcs[i]!; op < start + (pcs[next] ?? Infinity) && op < unit.length; op += opLengths[unit.code[op]!]!) {
    if (unit.code[op] !== number) continue
    found = op + opLengths[number]!
    break
  }
  const stack = stacks[i]!
  const below = stack.slice(0, stack.length - callOperands(code.module, offset))
  return found >= 0 && sameValues(frame, below) ? found : undefined
}

function isBehindLoop(module: Module, funcidx: number, offset: number): boolean {
  const body = module.code[funcidx - module.imported.func]!
  const r = new InstructionReader(body.bytes, body.start, body.end)
  while (r.next()) if (r.pos >= offset) return r.pos === offset && r.instruction.opcode === LOOP
  return false
}

/** Whether what is not at home has the value that is there. */
function sameValues({ registers, fp }: RawFrame, entries: readonly Entry[]): boolean {
  const { R, refs } = registers
  return entries.every(({ type, slot, home, lo, hi }) => {
    if (slot === home) return true
    const at = fp + home * 2
    if (isRef(type)) return refs[at >> 1] === (slot === CONST ? null : refs[(fp >> 1) + slot])
    const isWide = type === I64 || type === F64
    if (slot === CONST) return R[at] === lo && (!isWide || R[at + 1] === hi)
    for (let i = 0; i < (isWide ? 2 : slotsOf(type) > 1 ? 4 : 1); i++) if (R[at + i] !== R[fp + slot * 2 + i]) return false
    return true
  })
}

/** Brings all frames of a thread into the debugger's copies of their code, where they stand at the same places. */
export function useUnits(T: Thread, core: Core): void {
  if (core.isOwn(T.unit)) return
  moveUnits(T, (instance, unit) => (unit === undefined || core.isOwn(unit) ? unit : core.moduleOf(instance.shared).fullSpeed.unit))
}

/** Writes the return pc of frame `i` where it is kept: in the thread, the link of the frame above, or a `Saved`. */
function putPc(T: Thread, frames: readonly RawFrame[], i: number, pc: number, code: DebugCode): void {
  if (i === 0) {
    T.pc = pc
    return
  }
  const above = frames[i - 1]!
  const link = above.fp + above.instance.funcs[above.funcidx]!.layout.link * 2
  const { R } = above.registers
  if (R[link] === LEAVE_PC || R[link] === CROSS_PC) {
    // Each such link has a `Saved`, from the innermost outwards.
    let s = T.saved.length - 1
    for (const frame of frames.slice(0, i - 1)) {
      const at = frame.fp + frame.instance.funcs[frame.funcidx]!.layout.link * 2
      if (frame.registers.R[at] === LEAVE_PC || frame.registers.R[at] === CROSS_PC) s--
    }
    const draft = T.saved[s] as { -readonly [K in keyof Saved]: Saved[K] }
    draft.pc = pc
    if (draft.resumption !== undefined) draft.resumption = { ...draft.resumption, clauses: clausesBefore(code, pc) }
  } else R[link] = pc
}

/** Points the thread and what it has saved at other units. */
function moveUnits(T: Thread, to: (instance: Instance, unit: CodeUnit | undefined) => CodeUnit | undefined): void {
  T.unit = to(T.instance, T.unit)
  for (const saved of T.saved) {
    const draft = saved as { -readonly [K in keyof Saved]: Saved[K] }
    draft.unit = to(saved.instance, saved.unit)
    if (saved.resumption !== undefined) {
      const stack = saved.resumption.stack as { unit: CodeUnit | undefined; instance: Instance }
      stack.unit = to(stack.instance, stack.unit)
    }
  }
}

function materialize({ registers, fp }: RawFrame, entries: readonly Entry[]): void {
  const { R, refs } = registers
  for (const { type, slot, home, lo, hi } of entries) {
    if (slot === home) continue
    const to = fp + home * 2
    if (isRef(type)) refs[to >> 1] = slot === CONST ? null : refs[(fp >> 1) + slot]
    else if (slot === CONST) {
      R[to] = lo
      R[to + 1] = hi
    } else for (let i = 0; i < slotsOf(type) * 2; i++) R[to + i] = R[fp + slot * 2 + i]!
  }
}

function targetOf(frame: RawFrame, T: Thread, core: Core, again: boolean): Target {
  const { code } = core.moduleOf(frame.instance.shared)
  const { unit, pc, funcidx } = frame
  const fast = unit!
  if (fast.functionAt(pc) < 0 && !frame.returning) {
    // At a `lazy` stub: those lie at the same pcs.
    return { pc: code.unit.entry[funcidx]!, entries: [] }
  }
  const [start] = fast.rangeAt(pc)
  code.functionCode(funcidx)
  if (pc === start) return { pc: code.unit.entry[funcidx]!, entries: [] }
  // The same code at another place.
  if (fast.tier === 'exact') return { pc: code.unit.entry[funcidx]! + pc - start, entries: [] }
  const points = core.moduleOf(frame.instance.shared).fullSpeed.points(funcidx)
  if (again) {
    const point = countUpTo(points.pcs, pc - start) - 1
    return { pc: code.pcOf(points.offsets[point]!), entries: points.stacks[point]! }
  }
  // A frame above a host call stands at the call; so does a bulk operation that is half done.
  const isTop = frame.registers === T.registers && frame.fp === T.fp && !frame.returning
  if (frame.returning) return afterCall(code, points, pc - start)
  const inCall = isTop ? T.pending !== undefined || T.progress !== 0 || T.partial !== undefined : true
  if (inCall) return atOp(code, fast, points, pc, start)
  return (
    atLanding(T, code, fast, points, start, funcidx) ??
    atClause(code, fast, points, pc, start) ??
    atInstruction(code, fast, points, pc, start, T.arrived === true)
  )
}

/** The thread has landed where a catch goes on, of which both tiers have the same in the same order; undefined if that is not so. */
function atLanding(T: Thread, code: DebugCode, fast: CodeUnit, points: Points, start: number, funcidx: number): Target | undefined {
  if (typeof T.arrived === 'boolean') return undefined
  const exact = code.unit.handlers.get(funcidx)
  for (const [i, catches] of fast.handlers.get(funcidx)?.catches.entries() ?? []) {
    for (const [k, landing] of catches.entries()) {
      if (landing !== T.arrived || landing.pc !== T.pc) continue
      const to = exact!.catches[i]![k]!.pc
      // Behind the last instruction, with the results in place.
      if (to === exact!.returnLanding) return { pc: to, entries: [] }
      const offset = code.offsetOf(to)
      const point = points.offsets.findIndex((o, n) => o === offset && points.pcs[n] === T.pc - start)
      if (point >= 0) return { pc: to, entries: points.stacks[point]! }
    }
  }
  return undefined
}

/** The thread has landed where a clause of a resume goes on, behind that: with the values of the suspension in place. */
function atClause(code: DebugCode, fast: CodeUnit, points: Points, pc: number, start: number): Target | undefined {
  for (const clauses of fast.clauses) {
    const k = clauses.findIndex((clause) => clause.kind === 'on' && clause.pc === pc)
    if (k < 0) continue
    const point = countUpTo(points.pcs, pc - start) - 1
    const offset = points.offsets[point]!
    const stack = points.stacks[point]!
    return { pc: clausesAt(code, offset)[k]!.pc, entries: stack.slice(0, stack.length - callOperands(code.module, offset)) }
  }
  return undefined
}

/** The clauses of the resume at an offset; and of the one that goes on at `pc`. */
function clausesAt(code: DebugCode, offset: number): readonly SuspendClause[] {
  const at = lastOp(code, rangeOf(code, offset), (number) => RESUMES.has(number))
  return code.unit.clauses[code.opAt(at + code.lengthAt(at) - 1)]!
}
const clausesBefore = (code: DebugCode, pc: number): readonly SuspendClause[] => clausesAt(code, code.offsetOf(pc - 1))

/** The frame waits for a call: its operands below those of the call stay, and it goes on behind the call's op. */
function afterCall(code: DebugCode, points: Points, pc: number): Target {
  const i = countUpTo(points.pcs, pc - 1) - 1
  const offset = points.offsets[i]!
  const at = lastOp(code, rangeOf(code, offset), () => true)
  const stack = points.stacks[i]!
  // The operands of the call lie where its callee's frame is now.
  return { pc: at + code.lengthAt(at), entries: stack.slice(0, stack.length - callOperands(code.module, offset)) }
}

/** The thread stands at an op in the middle of an instruction, which it has begun. */
function atOp(code: DebugCode, fast: CodeUnit, points: Points, pc: number, start: number): Target {
  const i = countUpTo(points.pcs, pc - start) - 1
  const number = fast.code[pc]!
  const at = lastOp(code, rangeOf(code, points.offsets[i]!), (n) => n === number)
  return { pc: at, entries: points.stacks[i]! }
}

/** The thread stands between two instructions, or behind the tick in front of one. */
function atInstruction(code: DebugCode, fast: CodeUnit, points: Points, pc: number, start: number, behindCall: boolean): Target {
  const at = pc - start
  const { pcs, offsets, stacks } = points
  const { bytes } = code.module
  let first = pcs.indexOf(at)
  if (first < 0) {
    const ticked = pcs.lastIndexOf(at - 1)
    if (ticked < 0 || fast.code[pc - 1] !== TICK)
      throw new VitrineError('internal', `a thread stands at pc ${pc}, between no two instructions`)
    return { pc: code.pcOf(offsets[ticked]!), entries: stacks[ticked]! }
  }
  // What comes next, be it the end of a block.
  if (behindCall) return inFrontOf(code, offsets[first]!, stacks[first]!)
  // Behind the header of a loop rather than in front of it, and not at the dead end of a block.
  let last = first
  while (pcs[last + 1] === at) last++
  for (let i = first; i < last; i++) if (bytes[offsets[i]!] === LOOP) first = i + 1
  while (first < last && closing.has(bytes[offsets[first]!]!)) first++
  while (first < last && code.pcOf(offsets[first]!) < 0) first++
  return inFrontOf(code, offsets[first]!, stacks[first]!)
}

/** In front of the instruction at an offset, and of the tick before it, which is still to be taken. */
function inFrontOf(code: DebugCode, offset: number, entries: readonly Entry[]): Target {
  const found = code.pcOf(offset)
  const { ticked } = code.functionCode(code.functionAt(offset))
  return { pc: ticked.has(found) ? found - 1 : found, entries }
}

/** The ops of the instruction at `offset`, from..to. */
function rangeOf(code: DebugCode, offset: number): { readonly from: number; readonly to: number } {
  const funcidx = code.functionAt(offset)
  const { pcs, end } = code.functionCode(funcidx)
  const from = code.pcOf(offset)
  const i = countUpTo(pcs, from)
  return { from, to: pcs[i] ?? end }
}

/** The last op of a stretch that is asked for. */
function lastOp(
  code: DebugCode,
  { from, to }: { readonly from: number; readonly to: number },
  wanted: (number: number) => boolean,
): number {
  let found = from
  for (let pc = from; pc < to; pc += opLengths[code.opAt(pc)]!) if (wanted(code.opAt(pc)) && code.opAt(pc) !== TICK) found = pc
  return found
}
