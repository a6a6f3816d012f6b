/**
 * The frames of a stopped thread as a person sees them: function, instruction, locals, operand stack. Nothing is copied:
 * values are read from the register file, and written there. Called by core.ts and whoever shows a stop.
 */
import type { Entry } from '../compiler/operand-stack.ts'
import { CONST } from '../compiler/operand-stack.ts'
import { pointsOf } from './points.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { VitrineError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { CROSS_PC, type CodeUnit, LEAVE_PC } from '../runtime/code.ts'
import { layoutOf } from '../runtime/func.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Registers } from '../runtime/registers.ts'
import type { Thread } from '../runtime/thread.ts'
import { type FuncType, type ValType, slotsOf } from '../spec/types.ts'
import { instructionText } from '../trace/text.ts'
import type { DebugCode } from './code.ts'
import { type Store, Variable, type Variables, typeIn, variables } from './values.ts'

/** A frame as it lies on the thread. */
export interface RawFrame {
  readonly instance: Instance
  readonly unit: CodeUnit | undefined
  readonly pc: number
  /** Whether pc is where a call returns to. */
  readonly returning: boolean
  readonly fp: number
  readonly registers: Registers
  /** Frames on the thread, this one included. */
  readonly depth: number
  readonly funcidx: number
}

/** Frames on the thread, those that wait on other stacks included. */
export function depthOf(T: Thread): number {
  let { depth } = T
  for (const { resumption, depth: below } of T.saved) if (resumption !== undefined) depth += below
  return depth
}

/** The frames of a thread, innermost first, at most `limit`. */
export function rawFrames(T: Thread, limit: number = Infinity): RawFrame[] {
  const frames: RawFrame[] = []
  let { instance, unit, pc, fp, registers } = T
  let returning = false
  let depth = depthOf(T)
  let s = T.saved.length - 1
  while (frames.length < limit) {
    const funcidx = T.executor.functionAt(instance, unit, pc, returning)
    const func = instance.funcs[funcidx]
    if (func === undefined) break
    frames.push({ instance, unit, pc, returning, fp, registers, depth: depth--, funcidx })
    const link = fp + func.layout.link * 2
    pc = registers.R[link]!
    fp = registers.R[link + 1]!
    returning = true
    if (pc === LEAVE_PC || pc === CROSS_PC) {
      const saved = T.saved[s--]
      if (saved === undefined || (saved.entry && s < 0)) break
      ;({ instance, unit, pc } = saved)
      if (saved.resumption !== undefined) {
        ;({ fp } = saved)
        ;({ registers } = saved.resumption.stack)
      }
      // Below an entry frame stands a caller in the middle of its host call.
      if (saved.entry) returning = false
    }
  }
  return frames
}

/** Types of all locals of a function, and their slots in the frame (see runtime/func.ts). */
export function localsOf(module: Module, funcidx: number): { readonly type: ValType; readonly slot: number }[] {
  const type = module.types[module.funcs[funcidx]!]!.comp as FuncType
  const locals: { type: ValType; slot: number }[] = []
  let slot = 0
  const declare = (valtype: ValType): void => {
    locals.push({ type: valtype, slot })
    slot += slotsOf(valtype)
  }
  type.params.forEach(declare)
  slot = layoutOf(type).link + 1
  for (const run of module.code[funcidx - module.imported.func]!.locals) for (let i = 0; i < run.count; i++) declare(run.type)
  return locals
}

/** How many operands a call takes, the index or reference of an indirect one included; or an instruction that goes on with a continuation. */
export function callOperands(module: Module, offset: number): number {
  const r = new InstructionReader(module.bytes, offset, module.bytes.length)
  r.next()
  const params = (typeidx: number): number => {
    const { comp } = module.types[typeidx]!
    return comp.kind === 'cont' ? params(comp.typeidx) : (comp as FuncType).params.length
  }
  switch (r.instruction.name) {
    case 'call':
      return params(module.funcs[r.index]!)
    case 'call_indirect':
    case 'call_ref':
    case 'resume':
      return params(r.index) + 1
    case 'resume_throw':
      return params(module.tags[r.index2]!.typeidx) + 1
    case 'resume_throw_ref':
      return 2
    case 'suspend':
      return params(module.tags[r.index]!.typeidx)
    case 'switch':
      return params(r.index)
    default:
      return 0
  }
}

export class Frame {
  private readonly raw: RawFrame
  private readonly code: DebugCode | undefined
  readonly funcidx: number
  /** Frames on the thread, this one included: part of the time coordinate. */
  readonly depth: number
  /** Byte offset of the instruction in the .wasm file: the one that comes next, or of a caller its call. */
  readonly offset: number
  /** Whether it waits for a call. */
  readonly calling: boolean
  private readonly names: ReturnType<typeof moduleNames>

  constructor(T: Thread, raw: RawFrame, code: DebugCode | undefined) {
    this.raw = raw
    this.code = code
    this.funcidx = raw.funcidx
    this.depth = raw.depth
    this.calling = raw.returning
    this.names = moduleNames(raw.instance.module)
    this.offset =
      code === undefined
        ? T.executor.locate(raw.instance, raw.unit, raw.pc, raw.returning).offset
        : code.offsetOf(raw.returning ? raw.pc - 1 : raw.pc)
  }

  /** Name of the function: of the name section, or of its export. */
  get func(): string | undefined {
    return this.names.funcs.get(this.funcidx)
  }
  get module(): Module {
    return this.raw.instance.module
  }
  get instance(): Instance {
    return this.raw.instance
  }

  get registers(): Registers {
    return this.raw.registers
  }
  /** Where the frame begins in the registers, in i32 units. */
  get fp(): number {
    return this.raw.fp
  }

  /** The original instruction with its immediates. */
  get instruction(): string {
    const { module } = this
    const r = new InstructionReader(module.bytes, this.offset, module.bytes.length)
    r.next()
    return instructionText(r, module, this.funcidx)
  }

  /** How many operands the instruction takes, if that stands in its row or is a call's; undefined for others. */
  get operandCount(): number | undefined {
    const r = new InstructionReader(this.module.bytes, this.offset, this.module.bytes.length)
    r.next()
    const { name, type } = r.instruction
    if (type !== undefined) return type.params.length
    return name.startsWith('call') ? callOperands(this.module, this.offset) : undefined
  }

  /** Parameters and locals. At a function's entry, before its first instruction, locals that are no parameters mean nothing yet. */
  get locals(): Variables {
    const { registers, fp } = this.raw
    const names = this.names.locals.get(this.funcidx)
    return variables(
      localsOf(this.module, this.funcidx).map(
        ({ type, slot }, i) =>
          new Variable(names?.get(i), i, typeIn(this.instance, type), () => ({
            ints: registers.R,
            refs: registers.refs,
            at: fp + slot * 2,
          })),
      ),
    )
  }

  /** The operand stack, bottom first; of a caller what lies below the operands of its call. */
  get stack(): readonly Variable[] {
    const { registers, fp } = this.raw
    const entries = this.entries()
    return entries.map((entry, i) => {
      const { type, slot, lo, hi } = entry
      const place = (): Store =>
        slot === CONST
          ? { ints: Int32Array.of(lo, hi), refs: [null], at: 0 }
          : { ints: registers.R, refs: registers.refs, at: fp + slot * 2 }
      return new Variable(undefined, i, typeIn(this.instance, type), place, slot === entry.home)
    })
  }

  private entries(): readonly Entry[] {
    const { unit, pc, returning, instance } = this.raw
    const at = returning ? pc - 1 : pc
    let entries: readonly Entry[] = []
    if (this.code !== undefined) entries = this.code.stackAt(at)
    else if (unit !== undefined && unit.functionAt(at) >= 0)
      entries = pointsOf(instance.shared, unit, this.funcidx).stackBefore(this.offset)
    return returning ? entries.slice(0, Math.max(0, entries.length - callOperands(this.module, this.offset))) : entries
  }

  /** The local of that name or number. Throws a `usage` error if there is none. */
  local(name: string | number): Variable {
    const { locals } = this
    const found = typeof name === 'number' ? locals[name] : locals.find((variable) => variable.name === name)
    if (found === undefined) throw new VitrineError('usage', `${this.func ?? `function ${this.funcidx}`} has no local ${name}`)
    return found
  }
}
