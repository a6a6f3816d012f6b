/**
 * The code that a debugged program runs: a private unit of exact code of each module, in which one instruction is one op, and
 * two patched copies of it. In `patched` a BREAK op stands where somebody wants to stop, in `stepping` at every instruction.
 * A step puts one op back and runs: it is over at the next BREAK. Code that nobody debugs is never touched. Used by core.ts.
 */
import { BREAK, TICK } from '../ops/numbers.gen.ts'
import { countUpTo } from '../bytes/search.ts'
import type { Entry, OperandStack } from '../compiler/operand-stack.ts'
import { createUnit, record, translate } from '../compiler/translate.ts'
import type { Recorder } from '../compiler/translator.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { linkRange } from '../interp/link.ts'
import { switchExact } from '../interp/switch.ts'
import { bodyAt } from '../module/bodies.ts'
import type { Module } from '../module/module.ts'
import { opLengths } from '../ops/op-table.ts'
import type { CodeUnit, LinkedOp } from '../runtime/code.ts'
import type { SharedModule } from '../runtime/instance.ts'
import type { Thread } from '../runtime/thread.ts'
import { type FuncType, slotsOf } from '../spec/types.ts'
import { type Points, pointsOf } from './points.ts'

/** The pc of each instruction of a function that has code, ascending, and its offset in the file. */
export interface FunctionCode {
  readonly funcidx: number
  readonly pcs: readonly number[]
  readonly offsets: readonly number[]
  /** Those of the pcs that have a tick in front. */
  readonly ticked: ReadonlySet<number>
  /** pc behind the last instruction's ops. */
  readonly end: number
}

class Starts implements Recorder {
  readonly pcs: number[] = []
  readonly offsets: number[] = []
  instruction(pc: number, offset: number, _stack: OperandStack): void {
    // What shares its pc with the next instruction has no op: it is dead.
    if (this.pcs[this.pcs.length - 1] === pc) this.offsets[this.offsets.length - 1] = offset
    else {
      this.pcs.push(pc)
      this.offsets.push(offset)
    }
  }
  undone(): void {}
}

export class DebugCode {
  readonly shared: SharedModule
  readonly module: Module
  readonly unit: CodeUnit
  private clean: Int32Array
  private patched: Int32Array
  private stepping: Int32Array
  /** The same two, linked. */
  private readonly patchedOps: (LinkedOp | undefined)[] = []
  private readonly steppingOps: (LinkedOp | undefined)[] = []
  private readonly functions = new Map<number, FunctionCode>()
  /** How many want a BREAK at an offset, also of functions that have no code yet; and the pcs where one is. */
  private readonly wanted = new Map<number, number>()
  private readonly places = new Map<number, number>()
  private readonly onTranslated: (code: DebugCode, funcidx: number) => void
  private lastMap: { readonly funcidx: number; readonly map: Points } | undefined = undefined

  /** `onTranslated` is told of each function that gets code: the place to ask for breaks in it. */
  constructor(shared: SharedModule, onTranslated: (code: DebugCode, funcidx: number) => void) {
    this.shared = shared
    this.module = shared.module
    this.unit = createUnit(shared.module, 'exact')
    this.clean = this.unit.code
    this.patched = this.clean.slice()
    this.stepping = this.clean.slice()
    this.unit.code = this.patched
    this.unit.linked = this.patchedOps
    this.onTranslated = onTranslated
  }

  /** The defined function that the instruction at `offset` belongs to; -1 if it is in none. */
  functionAt(offset: number): number {
    const body = bodyAt(this.module, offset)
    return body < 0 ? -1 : this.module.imported.func + body
  }

  /** Whether an instruction begins at `offset`, dead or not; and where the one around it begins. */
  beginsAt(funcidx: number, offset: number): boolean {
    return this.beginningOf(funcidx, offset) === offset
  }
  beginningOf(funcidx: number, offset: number): number {
    const body = this.module.code[funcidx - this.module.imported.func]!
    const r = new InstructionReader(body.bytes, body.start, body.end)
    while (r.next()) if (r.pos > offset) return r.at
    return body.start
  }

  // ---- translation ------------------------------------------------------------------------------------------------

  /** The code of a function, translated if it is not yet. */
  functionCode(funcidx: number): FunctionCode {
    return this.functions.get(funcidx) ?? this.translate(funcidx)
  }

  private translate(funcidx: number): FunctionCode {
    const { unit } = this
    unit.code = this.clean
    const start = unit.length
    try {
      translate(this.shared, unit, funcidx)
    } finally {
      if (this.clean !== unit.code) this.grow(unit.code)
      unit.code = this.patched
    }
    const recorded = record(this.shared, 'exact', funcidx, () => new Starts()) as Starts
    const ticked = new Set<number>()
    const pcs = recorded.pcs.map((pc) => {
      if (this.clean[start + pc] !== TICK || start + pc >= unit.length) return start + pc
      ticked.add(start + pc + 1)
      return start + pc + 1
    })
    // The end of a function whose last instruction is dead: nothing comes there, or only what is caught by the function as a whole.
    const landing = unit.handlers.get(funcidx)?.returnLanding ?? -1
    const end = landing < 0 ? unit.length : landing
    while (pcs.length > 0 && pcs[pcs.length - 1]! >= end) pcs.pop()
    const code = { funcidx, pcs, offsets: recorded.offsets.slice(0, pcs.length), ticked, end }
    this.functions.set(funcidx, code)
    const added = this.clean.subarray(start, unit.length)
    this.patched.set(added, start)
    this.stepping.set(added, start)
    for (const linked of [this.patchedOps, this.steppingOps]) linkRange(this.clean, linked, start, unit.length)
    for (const pc of pcs) this.setStepping(pc, BREAK)
    this.onTranslated(this, funcidx)
    code.offsets.forEach((offset, i) => {
      if (this.wanted.has(offset)) this.patch(pcs[i]!)
    })
    return code
  }

  private grow(code: Int32Array): void {
    const copy = (from: Int32Array): Int32Array => {
      const to = new Int32Array(code.length)
      to.set(from)
      return to
    }
    this.clean = code
    this.patched = copy(this.patched)
    this.stepping = copy(this.stepping)
  }

  /** The thread stands at a `lazy` stub. */
  enterLazy(T: Thread): void {
    const funcidx = this.clean[T.pc + 1]!
    if (this.unit.entry[funcidx] === T.pc) this.functionCode(funcidx)
    T.pc = this.unit.entry[funcidx]!
  }

  // ---- places -----------------------------------------------------------------------------------------------------

  /** Whether an instruction begins at this pc. */
  isStart(pc: number): boolean {
    return this.stepping[pc] === BREAK
  }
  opAt(pc: number): number {
    return this.clean[pc]!
  }
  lengthAt(pc: number): number {
    return opLengths[this.clean[pc]!]!
  }

  /** The instruction that the op at `pc` belongs to. At the entry of a function that is the first one. */
  offsetOf(pc: number): number {
    let funcidx = this.unit.functionAt(pc)
    if (funcidx < 0) funcidx = this.clean[pc + 1]!
    const body = this.module.code[funcidx - this.module.imported.func]
    const code = this.functions.get(funcidx)
    if (code === undefined) return body?.start ?? 0
    if (pc >= code.end) return body!.end - 1
    return code.offsets[Math.max(0, countUpTo(code.pcs, pc) - 1)] ?? body?.start ?? 0
  }

  /** The pc of the instruction at `offset`; -1 for one that is never executed. Its function is translated. */
  pcOf(offset: number): number {
    const funcidx = this.functionAt(offset)
    if (funcidx < 0) return -1
    const { offsets, pcs } = this.functionCode(funcidx)
    const i = countUpTo(offsets, offset) - 1
    return offsets[i] === offset ? pcs[i]! : -1
  }

  /** The operand stack before the instruction at `pc`, bottom first. */
  stackAt(pc: number): readonly Entry[] {
    const funcidx = this.unit.functionAt(pc)
    if (funcidx < 0) return []
    if (this.lastMap?.funcidx !== funcidx) this.lastMap = { funcidx, map: pointsOf(this.shared, this.unit, funcidx) }
    const { offsets, pcs, end } = this.functions.get(funcidx)!
    if (pc >= end) return this.resultsOf(funcidx)
    const i = Math.max(0, countUpTo(pcs, pc) - 1)
    return this.lastMap.map.stackBefore(offsets[i]!)
  }

  /** Results that lie where a frame begins: of a function that has caught an exception as a whole, and is about to return. */
  private resultsOf(funcidx: number): readonly Entry[] {
    const { results } = this.module.types[this.module.funcs[funcidx]!]!.comp as FuncType
    let slot = 0
    return results.map((type) => {
      const entry: Entry = { type, slot, home: slot, lo: 0, hi: 0 }
      slot += slotsOf(type)
      return entry
    })
  }

  // ---- breaks -----------------------------------------------------------------------------------------------------

  /** Wants a BREAK at an instruction. */
  addBreak(offset: number): void {
    this.wanted.set(offset, (this.wanted.get(offset) ?? 0) + 1)
    const pc = this.existing(offset)
    if (pc >= 0) this.patch(pc)
  }
  removeBreak(offset: number): void {
    const count = (this.wanted.get(offset) ?? 0) - 1
    if (count > 0) {
      this.wanted.set(offset, count)
      return
    }
    this.wanted.delete(offset)
    const pc = this.existing(offset)
    if (pc >= 0 && !this.places.has(pc)) this.patch(pc, this.clean[pc])
  }
  private existing(offset: number): number {
    const code = this.functions.get(this.functionAt(offset))
    if (code === undefined) return -1
    const i = countUpTo(code.offsets, offset) - 1
    return code.offsets[i] === offset ? code.pcs[i]! : -1
  }
  private patch(pc: number, op = BREAK): void {
    this.patched[pc] = op
    const linked = this.patchedOps[pc]
    if (linked !== undefined) linked.op = op
  }
  private setStepping(pc: number, op: number): void {
    this.stepping[pc] = op
    this.steppingOps[pc]!.op = op
  }

  /** A BREAK at a pc for the time of a step: where a call returns to. */
  addTemporary(pc: number): void {
    this.places.set(pc, (this.places.get(pc) ?? 0) + 1)
    this.patch(pc)
  }
  removeTemporary(pc: number): void {
    const count = this.places.get(pc)! - 1
    if (count > 0) this.places.set(pc, count)
    else {
      this.places.delete(pc)
      if (!this.wanted.has(this.offsetOf(pc))) this.patch(pc, this.clean[pc])
    }
  }
  /** Whether the thread would stop at once. */
  hasBreak(pc: number): boolean {
    return this.patched[pc] === BREAK
  }

  // ---- running ----------------------------------------------------------------------------------------------------

  /** Runs up to the next wanted BREAK. */
  go(T: Thread): number {
    return switchExact.run(T)
  }

  /** Carries out the instruction at the thread's pc: STATUS.breakpoint when it is at the start of the next one. */
  step(T: Thread): number {
    const { unit, stepping } = this
    const { pc } = T
    const isStart = stepping[pc] === BREAK
    unit.code = stepping
    unit.linked = this.steppingOps
    if (isStart) this.setStepping(pc, this.clean[pc]!)
    try {
      return switchExact.run(T)
    } finally {
      if (isStart) this.setStepping(pc, BREAK)
      unit.code = this.patched
      unit.linked = this.patchedOps
    }
  }
}
