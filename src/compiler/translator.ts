/**
 * State and common moves of the translation of one function: operands, labels, branches. The rules of the single
 * instructions stand in `rules/`; `translate.ts` drives them. Translation is a pure function of module, function and tier.
 *
 * Frame, in slots: [params / results] [link] [other locals] [operands]. See `Layout` in runtime/func.ts.
 */
import {
  BR,
  BR_COPY,
  BR_IF_COPY,
  BR_IF_I32,
  BR_IF_I32_AND_K,
  BR_IF_NOT_I32,
  BR_IF_NOT_I32_AND_K,
  BR_LOOP,
  CONST32,
  CONST64,
  CONST_F64,
  I32_AND_K,
  MOV128,
  MOV32,
  MOV64,
  MOV_F64,
  MOV_REF,
  NOP,
  NULL,
  RETURN,
  RETURN_COPY,
  RETURN_REFS,
} from '../ops/numbers.gen.ts'
import type { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Module } from '../module/module.ts'
import { opLengths } from '../ops/op-table.ts'
import type { Catch, CodeUnit, HandlerTable } from '../runtime/code.ts'
import { type Layout, layoutOf } from '../runtime/func.ts'
import { type FuncType, type ValType, F64, I64, V128, isRef, slotsOf } from '../spec/types.ts'
import { Emitter } from './emitter.ts'
import { CONST, type Entry, OperandStack } from './operand-stack.ts'
import { branchIf, branchIfNot, inverseSwaps, loopTwin } from './tables.ts'

export interface Label {
  readonly kind: 'func' | 'block' | 'loop' | 'if'
  /** Types that a branch to this label carries: a loop's parameters, else the results. */
  readonly branchTypes: readonly ValType[]
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
  /** Operand stack height below the parameters, and the home of the first value above it. */
  readonly height: number
  readonly home: number
  /** pc of a loop. */
  readonly start: number
  /** Places in the code that wait for the pc of the end, and the one that waits for `else`. */
  readonly fixups: number[]
  elseFixup: number
  /** exact: the place of the jump of `else`, which waits for the pc of the op of `end`; -1 for none. */
  elseJump: number
  /** Code after a jump up to `else` or `end` is dead. */
  dead: boolean
  /** The try that this label opened, while its guarded part lasts, and the one around the label; -1 for none. See tries.ts. */
  ownTry: number
  readonly outerTry: number
  /** Catches that go on at the end of this label. */
  readonly landings: Catch[]
  /** Legacy try: its catches, and the one whose body is being translated. */
  catches: Catch[]
  caught: Catch | undefined
}

/** Told about each instruction, in order, when a translation is recorded for a map from code to instructions. */
export interface Recorder {
  instruction(pc: number, offset: number, stack: OperandStack): void
  /** The code from `pc` on was taken back. */
  undone(pc: number): void
}

/** The halves of a type that a move needs: 1 word, 2 words or a reference. */
export const isWide = (t: ValType): boolean => t === I64 || t === F64

const isNaNBits = (lo: number, hi: number): boolean => (hi & 0x7ff0_0000) === 0x7ff0_0000 && ((hi & 0xf_ffff) | lo) !== 0

export class Translator {
  readonly module: Module
  readonly reader: InstructionReader
  readonly out: Emitter
  readonly exact: boolean
  readonly type: FuncType
  readonly layout: Layout
  readonly typeIds: Int32Array
  /** Slot and type of each local. */
  readonly localSlots: readonly number[]
  readonly localTypes: readonly ValType[]
  readonly stack: OperandStack
  readonly labels: Label[] = []
  /** The last of them; undefined behind the end of the function. */
  innermost: Label | undefined = undefined
  /** The function's tries, if it has any, and the innermost one around the current instruction, or -1. */
  handlers: HandlerTable | undefined
  innermostTry = -1
  /** By catch that goes on at the end of a label: that label. */
  landingLabels: Map<Catch, Label> | undefined = undefined
  /** Whether there was a legacy try, of which the catches are not known before its end. */
  hasLegacyTry = false
  /** One past the highest slot that a callee's arguments, results or link may touch. */
  high = 0
  /** Whether the function's frame holds references. Known for sure only after a translation: see translate.ts. */
  hasRefs: boolean
  sawRefs: boolean
  /** The slots that may hold references lie between these. */
  private refLow = Infinity
  private refHigh = 0
  readonly recorder: Recorder | undefined

  constructor(
    module: Module,
    typeIds: Int32Array,
    unit: CodeUnit,
    reader: InstructionReader,
    type: FuncType,
    localSlots: readonly number[],
    localTypes: readonly ValType[],
    operandBase: number,
    hasRefs: boolean,
    recorder: Recorder | undefined,
  ) {
    this.module = module
    this.typeIds = typeIds
    this.reader = reader
    this.out = new Emitter(unit)
    this.exact = unit.tier === 'exact'
    this.type = type
    this.layout = layoutOf(type)
    this.localSlots = localSlots
    this.localTypes = localTypes
    this.stack = new OperandStack(operandBase)
    this.hasRefs = hasRefs
    this.sawRefs = hasRefs
    this.recorder = recorder
    this.handlers = undefined
  }

  // ---- operands ---------------------------------------------------------------------------------------------------

  /** Notes that `slot` may hold a reference: when the frame is left, those slots are cleared. */
  holdsRef(slot: number): void {
    this.sawRefs = true
    this.refLow = Math.min(this.refLow, slot)
    this.refHigh = Math.max(this.refHigh, slot + 1)
  }

  /** Pushes a value whose home the next op writes; returns the home. */
  push(type: ValType): number {
    const home = this.stack.push(type)
    if (isRef(type)) this.holdsRef(home)
    return home
  }

  /** Operand word for a slot: references and f64 are counted in slots, everything else in i32 units. */
  operand(e: Entry): number {
    return e.type === F64 || isRef(e.type) ? e.slot : e.slot * 2
  }

  /** The entry in a slot: a constant is written to its home first. */
  inSlot(e: Entry): Entry {
    if (e.slot !== CONST) return e
    this.writeConst(e, e.home)
    return { ...e, slot: e.home }
  }

  /** Pops the top as a slot. */
  popSlot(): Entry {
    return this.inSlot(this.stack.pop())
  }

  writeConst(e: Entry, slot: number): void {
    if (isRef(e.type)) this.out.emit(NULL, slot)
    else if (e.type === F64 && !isNaNBits(e.lo, e.hi)) this.out.emit(CONST_F64, slot, this.out.unit.constant(e.lo, e.hi))
    else if (isWide(e.type)) this.out.emit(CONST64, slot * 2, e.lo, e.hi)
    else this.out.emit(CONST32, slot * 2, e.lo)
  }

  /** Copies a value of `type` between slots. */
  move(type: ValType, to: number, from: number): void {
    if (isRef(type)) {
      this.holdsRef(to)
      this.out.emit(MOV_REF, to, from)
    } else if (type === F64) this.out.emit(MOV_F64, to, from)
    else if (isWide(type)) this.out.emit(MOV64, to * 2, from * 2)
    else if (type === V128) this.out.emit(MOV128, to * 2, from * 2)
    else this.out.emit(MOV32, to * 2, from * 2)
  }

  /** Brings entry `i` home. */
  settle(i: number): void {
    const { stack } = this
    const home = stack.homes[i]!
    const slot = stack.slots[i]!
    if (slot === home) return
    if (slot === CONST) this.writeConst(stack.at(i), home)
    else this.move(stack.types[i]!, home, slot)
    stack.slots[i] = home
  }
  /** Brings the top `count` entries home, takes them off and gives the slot of the first: where a callee's frame begins, or an operation's values. */
  takeHome(count: number): number {
    this.settleTop(count)
    return this.stack.drop(count)
  }
  /** Brings the top `count` entries home. */
  settleTop(count: number): void {
    for (let i = this.stack.height - count; i < this.stack.height; i++) this.settle(i)
  }
  /** Brings home every entry that is an alias of a local: before code that may run more often, or less, than this point. */
  settleAliases(): void {
    for (let i = 0; i < this.stack.height; i++) if (this.stack.slots[i] !== CONST) this.settle(i)
  }
  /** Before local `slot` is overwritten: entries that still mean its old value go home. */
  settleAliasesOf(slot: number): void {
    const { slots, height } = this.stack
    for (let i = 0; i < height; i++) if (slots[i] === slot) this.settle(i)
  }

  /** Moves a popped entry to `slot`, as the result of the op that made it where that is possible. */
  store(e: Entry, slot: number): void {
    if (e.slot === CONST) this.writeConst(e, slot)
    else if (e.slot === slot) return
    else if (!this.exact && e.slot === e.home && this.out.lastWrites(e.slot)) this.out.retarget(slot)
    else this.move(e.type, slot, e.slot)
  }

  /** Types of the values that exceptions of a tag carry. */
  tagParams(tag: number): readonly ValType[] {
    return (this.module.types[this.module.tags[tag]!.typeidx]!.comp as FuncType).params
  }

  // ---- labels and branches ----------------------------------------------------------------------------------------

  /** Label `depth` counted from the innermost. */
  label(depth: number): Label {
    return this.labels[this.labels.length - 1 - depth]!
  }

  /** A jump target for `label`, to be written at `place` in the code now or when the label's end is known. */
  target(label: Label, place: number): void {
    if (label.kind === 'loop') this.out.code[place] = label.start
    else label.fixups.push(place)
  }

  /** Everything from here to the next `else` or `end` is dead. */
  die(): void {
    const label = this.innermost!
    label.dead = true
    this.stack.height = label.height
  }

  /** Whether the values for `label` are where it wants them already. */
  private inPlace(label: Label): boolean {
    const { stack } = this
    let slot = this.destination(label)
    for (let i = 0; i < label.branchTypes.length; i++) {
      if (stack.slots[stack.height - label.branchTypes.length + i] !== slot) return false
      slot += slotsOf(label.branchTypes[i]!)
    }
    return true
  }
  /** Slot of the first value that a branch to `label` carries. */
  destination(label: Label): number {
    return label.kind === 'func' ? 0 : label.home
  }

  /**
   * Moves the top entries to where `label` wants them. Homes lie at or above their destinations, so going upwards never
   * overwrites a value that is still to be read, except that a return may overwrite a parameter that another result aliases.
   */
  moveResults(label: Label): void {
    const { stack } = this
    const count = label.branchTypes.length
    const first = stack.height - count
    if (label.kind === 'func' && count > 1) {
      for (let i = first; i < stack.height; i++) if (stack.slots[i] !== CONST && stack.slots[i]! < this.layout.resultSlots) this.settle(i)
    }
    let slot = this.destination(label)
    for (let i = 0; i < count; i++) {
      const e = stack.at(first + i)
      if (i === count - 1) this.store(e, slot)
      else if (e.slot === CONST) this.writeConst(e, slot)
      else if (e.slot !== slot) this.move(e.type, slot, e.slot)
      slot += slotsOf(e.type)
    }
  }

  slotCount(types: readonly ValType[]): number {
    return types.reduce((n, t) => n + slotsOf(t), 0)
  }

  /** Start of the values that a branch in the exact tier copies, and how many i32 units they are. */
  private branchSource(label: Label): number {
    return this.stack.homes[this.stack.height - label.branchTypes.length]!
  }

  emitReturn(): void {
    const { link } = this.layout
    if (!this.hasRefs) return this.out.emit(RETURN, link * 2)
    this.clearNumericResults()
    this.out.emit(RETURN_REFS, link * 2, 0, 0)
    this.clears.push(this.out.last + 3)
  }
  /** Slots of this frame from here on must not keep a reference when it returns. */
  private firstToClear(): number {
    return this.type.results.some(isRef) ? this.layout.resultSlots : 0
  }
  /** Where results with and without references mix, the slots of the others are cleared one by one. */
  private clearNumericResults(): void {
    if (this.firstToClear() === 0) return
    let slot = 0
    for (const type of this.type.results) {
      if (!isRef(type)) for (let i = 0; i < slotsOf(type); i++) this.out.emit(NULL, slot + i)
      slot += slotsOf(type)
    }
  }
  /** Places in the code that wait for the last slot to clear, and (not in tail calls) have the first one just before: known at the end only. */
  readonly clears: number[] = []
  readonly tailClears: number[] = []
  fixClears(): void {
    const { code } = this.out
    const end = this.refHigh
    for (const place of this.tailClears) code[place] = end
    for (const place of this.clears) {
      code[place - 1] = Math.min(Math.max(this.firstToClear(), this.refLow), end)
      code[place] = end
    }
  }

  /** An unconditional branch with the values on top. Leaves the stack as it is. */
  branch(label: Label): void {
    // References move one by one, in either tier.
    if (this.exact && !label.branchTypes.some(isRef)) return this.branchExact(label)
    this.moveResults(label)
    if (label.kind === 'func') this.emitReturn()
    else this.jump(label)
  }

  private branchExact(label: Label): void {
    const units = this.slotCount(label.branchTypes) * 2
    if (label.kind === 'func') {
      if (units === 0) return this.emitReturn()
      this.out.emit(RETURN_COPY, this.branchSource(label) * 2, units, this.layout.link * 2, 0, 0)
      if (this.hasRefs) this.clears.push(this.out.last + 5)
    } else if (units === 0 || this.inPlace(label)) this.jump(label)
    else {
      this.out.emit(this.twin(BR_COPY, label), 0, label.home * 2, this.branchSource(label) * 2, units)
      this.target(label, this.out.last + 1)
    }
  }

  private twin(branchOp: number, label: Label): number {
    return label.kind === 'loop' ? loopTwin[branchOp]! : branchOp
  }

  jump(label: Label): void {
    this.out.emit(label.kind === 'loop' ? BR_LOOP : BR, 0)
    this.target(label, this.out.last + 1)
  }

  /**
   * The branch op for a popped condition: fused with the comparison that made it, or a test of its slot.
   * Its words are in `words`, the target is the last one; nothing is emitted yet.
   */
  readonly words: number[] = []
  condition(e: Entry, negate: boolean): void {
    const { out, words } = this
    words.length = 0
    if (!this.exact && e.slot === e.home && out.lastWrites(e.slot)) {
      const last = out.lastOp()
      const fused = last === I32_AND_K ? (negate ? BR_IF_NOT_I32_AND_K : BR_IF_I32_AND_K) : (negate ? branchIfNot : branchIf)[last]!
      if (fused >= 0) {
        words.push(fused)
        for (let i = 2; i < opLengths[last]!; i++) words.push(out.code[out.last + i]!)
        if (negate && inverseSwaps[last]! > 0) words.push(words.splice(1, 1)[0]!)
        out.undo()
        this.recorder?.undone(out.pos)
        return
      }
    }
    const c = this.inSlot(e)
    words.push(negate ? BR_IF_NOT_I32 : BR_IF_I32, c.slot * 2)
  }

  /** Emits the branch prepared by `condition`; returns the place of its target. */
  emitCondition(loop: boolean): number {
    const [branchOp, a, b, c] = this.words
    this.out.emit(loop ? loopTwin[branchOp!]! : branchOp!, a, b, c)
    return this.out.pos - 1
  }

  /** br_if on a popped condition. */
  branchIf(e: Entry, label: Label): void {
    if (this.exact && !label.branchTypes.some(isRef)) return this.branchIfExact(e, label)
    if (label.kind !== 'func' && this.inPlace(label)) {
      this.condition(e, false)
      this.target(label, this.emitCondition(label.kind === 'loop'))
      this.out.barrier()
      return
    }
    // The values have to move first: branch around that.
    this.condition(e, true)
    this.around(() => this.branch(label))
  }

  /** Emits the prepared condition as a jump over `body`. What `body` brings home counts only inside it. */
  around(body: () => void): void {
    const place = this.emitCondition(false)
    this.out.barrier()
    this.stack.keeping(body)
    this.out.code[place] = this.out.pos
    this.out.barrier()
  }

  private branchIfExact(e: Entry, label: Label): void {
    const units = this.slotCount(label.branchTypes) * 2
    if (label.kind !== 'func' && (units === 0 || this.inPlace(label))) {
      this.out.emit(this.twin(BR_IF_I32, label), e.slot * 2, 0)
      this.target(label, this.out.last + 2)
    } else if (label.kind !== 'func') {
      this.out.emit(this.twin(BR_IF_COPY, label), e.slot * 2, 0, label.home * 2, this.branchSource(label) * 2, units)
      this.target(label, this.out.last + 2)
    } else {
      // A conditional return is two ops of one instruction.
      this.out.emit(BR_IF_NOT_I32, e.slot * 2, 0)
      const place = this.out.last + 2
      this.branch(label)
      this.out.code[place] = this.out.pos
    }
    this.out.barrier()
  }

  /** exact: the op that stands for an instruction that does nothing by itself. */
  nop(): void {
    if (this.exact) this.out.emit(NOP)
  }

  /** exact: the `end` of an `if` whose second arm is dead is still reached from `else`, with the results at home. */
  revive(label: Label): void {
    if (label.elseJump < 0) return
    label.dead = false
    this.pushHome(label.results)
  }

  // ---- blocks -----------------------------------------------------------------------------------------------------

  /** Opens a block whose parameters are on the stack and home. */
  open(kind: Label['kind'], type: { params: readonly ValType[]; results: readonly ValType[] }): Label {
    const height = this.stack.height - type.params.length
    const label: Label = {
      kind,
      branchTypes: kind === 'loop' ? type.params : type.results,
      params: type.params,
      results: type.results,
      height,
      home: this.stack.homes[height]!,
      start: this.out.pos,
      fixups: [],
      elseFixup: -1,
      elseJump: -1,
      dead: false,
      ownTry: -1,
      outerTry: this.innermostTry,
      landings: [],
      catches: [],
      caught: undefined,
    }
    this.labels.push(label)
    this.innermost = label
    return label
  }
  /** Closes the innermost block. */
  close(): void {
    this.labels.pop()
    this.innermost = this.labels[this.labels.length - 1]
  }

  /** Pushes values that are at home, as at the start of `else` and after `end`. */
  pushHome(types: readonly ValType[]): void {
    for (const t of types) this.push(t)
  }

  /** Binds every waiting jump to the current pc. */
  bind(label: Label): void {
    for (const place of label.fixups) this.out.code[place] = this.out.pos
    for (const landing of label.landings) landing.pc = this.out.pos
    if (label.fixups.length > 0 || label.landings.length > 0) this.out.barrier()
  }
}
