/**
 * What the reference executor knows about a function besides its bytes: where its values lie in the frame, where its blocks
 * end, and where straight-line code takes a tick. Found by one scan on the first call; keeps no state of any execution.
 * A pc of this executor is the byte offset of an instruction in the .wasm file.
 */
import { frameSlots } from '../../compiler/translate.ts'
import type { OperandStack } from '../../compiler/operand-stack.ts'
import { InstructionReader } from '../../decoder/instruction-reader.ts'
import { VitrineError } from '../../errors.ts'
import { bodyEndingBehind } from '../../module/bodies.ts'
import type { FuncBody, Module } from '../../module/module.ts'
import { type Layout, layoutOf } from '../../runtime/func.ts'
import type { SharedModule } from '../../runtime/instance.ts'
import { TickPoints } from '../../runtime/ticks.ts'
import { SELECT_T } from '../../spec/instruction-table.ts'
import { type FuncType, type ValType, V128, slotsOf } from '../../spec/types.ts'
import type { Guard } from './exceptions.ts'

export interface Outline {
  readonly body: FuncBody
  readonly type: FuncType
  readonly layout: Layout
  /** pc before the frame is set up. */
  readonly entry: number
  /** Each local, parameters included: its type, and its place in i32 units from the start of the frame. */
  readonly locals: readonly { readonly type: ValType; readonly place: number }[]
  /** In i32 units from the start of the frame: the first local that is no parameter, the first operand, the frame's end. */
  readonly firstLocal: number
  readonly firstOperand: number
  readonly size: number
  /** Offset of each `block`, `loop`, `if`, `else`, `try_table` and `try` → offset of its `end` (of a `delegate`, its last byte). */
  readonly ends: ReadonlyMap<number, number>
  /** Offset of each `if` that has an `else` → offset of that. */
  readonly elses: ReadonlyMap<number, number>
  /** Offset of each legacy `try` → its catches, or what it delegates to. */
  readonly guards: ReadonlyMap<number, Guard>
  /** Offsets of the instructions that have a tick before them. */
  readonly tickPoints: ReadonlySet<number>
  /** Offsets of each `drop` and `select` whose operand is a vector. */
  readonly onVectors: ReadonlySet<number>
}

/**
 * pc of a function that has been called but has no frame yet: the last byte of its declaration of locals. That is in the
 * body (§5.5.13), and no instruction begins there.
 */
export function entryOf(module: Module, funcidx: number): number {
  if (module.bytes.length === 0)
    throw new VitrineError('usage', 'the reference executor runs the bytes of a .wasm file: encode this module first')
  return module.code[funcidx - module.imported.func]!.start - 1
}

/** The function that the instruction at `pc` belongs to, or -1. The bodies lie in the file in the order of their indices. */
export function functionAt(module: Module, pc: number): number {
  const { code } = module
  const body = bodyEndingBehind(module, pc)
  return body < code.length && code[body]!.start - 1 <= pc ? module.imported.func + body : -1
}

const DROP = 0x1a
const SELECT = 0x1b

const outlines = new WeakMap<FuncBody, Outline>()

/** The outline of the function that `pc` is in. */
export function outlineAt(shared: SharedModule, pc: number): Outline {
  const { module } = shared
  const funcidx = functionAt(module, pc)
  const body = module.code[funcidx - module.imported.func]
  if (body === undefined) throw new VitrineError('internal', `no function at offset ${pc}`)
  let outline = outlines.get(body)
  if (outline === undefined) {
    outline = { ...frameOf(shared, funcidx, body), ...scan(body), body, entry: entryOf(module, funcidx) }
    outlines.set(body, outline)
  }
  return outline
}

/** Looks at the operand stack before each instruction of a translation, which knows its types. */
class VectorOperands {
  readonly offsets: Set<number> = new Set()
  private readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  instruction(_: number, offset: number, { types, height }: OperandStack): void {
    const opcode = this.bytes[offset]!
    if (opcode === DROP && types[height - 1] === V128) this.offsets.add(offset)
    if ((opcode === SELECT || opcode === SELECT_T) && types[height - 2] === V128) this.offsets.add(offset)
  }
  undone(): void {}
}

/** Lays out the frame: `[max(params, results)] [link] [other locals] [operands]`, the same on every executor. */
function frameOf(
  shared: SharedModule,
  funcidx: number,
  body: FuncBody,
): Pick<Outline, 'type' | 'layout' | 'locals' | 'firstLocal' | 'firstOperand' | 'size' | 'onVectors'> {
  const { types, funcs } = shared.module
  const type = types[funcs[funcidx]!]!.comp as FuncType
  const layout = layoutOf(type)
  const locals: { type: ValType; place: number }[] = []
  let place = 0
  const declare = (local: ValType): void => {
    locals.push({ type: local, place })
    place += slotsOf(local) * 2
  }
  type.params.forEach(declare)
  const firstLocal = (layout.link + 1) * 2
  place = firstLocal
  for (const run of body.locals) for (let i = 0; i < run.count; i++) declare(run.type)
  // How high the operands grow is left to the compiler, so that the stack is exhausted at the same call everywhere.
  const vectors = new VectorOperands(body.bytes)
  const size = frameSlots(shared, funcidx, vectors) * 2
  return { type, layout, locals, firstLocal, firstOperand: place, size, onVectors: vectors.offsets }
}

/** A legacy catch: its tag (-1: any), and the pc of its body. */
export interface CatchPart {
  readonly kind: 'legacy'
  readonly tag: number
  readonly next: number
}

const opens = new Set(['block', 'loop', 'if', 'try_table', 'try'])

/** Matches the brackets of a body, and finds its legacy catches and its tick points. */
function scan(body: FuncBody): Pick<Outline, 'ends' | 'elses' | 'guards' | 'tickPoints'> {
  const ends = new Map<number, number>()
  const elses = new Map<number, number>()
  const guards = new Map<number, { clauses: CatchPart[]; delegate: number }>()
  const tickPoints = new Set<number>()
  const ticks = new TickPoints()
  /** Offsets of the blocks that are open, each with that of its `else`. */
  const open: number[][] = []
  const reader = new InstructionReader(body.bytes, body.start, body.end)
  for (let i = 0; reader.next(); i++) {
    const { at, instruction } = reader
    if (i >= ticks.next && ticks.before(i, instruction)) tickPoints.add(at)
    if (instruction.name === 'try') guards.set(at, { clauses: [], delegate: -1 })
    if (opens.has(instruction.name)) open.push([at])
    else if (instruction.name === 'catch' || instruction.name === 'catch_all') {
      const tag = instruction.name === 'catch' ? reader.index : -1
      guards.get(open[open.length - 1]![0]!)!.clauses.push({ kind: 'legacy', tag, next: reader.pos })
    } else if (instruction.name === 'delegate') {
      const start = open.pop()![0]!
      guards.get(start)!.delegate = reader.index
      ends.set(start, reader.pos - 1)
    } else if (instruction.name === 'else') {
      const block = open[open.length - 1]!
      elses.set(block[0]!, at)
      block.push(at)
    } else if (instruction.name === 'end') for (const start of open.pop() ?? []) ends.set(start, at)
  }
  return { ends, elses, guards, tickPoints }
}

/** Offset of the instruction that ends where `pc` is: the call that a frame with this return address waits for. */
export function instructionBefore(body: FuncBody, pc: number): number {
  const reader = new InstructionReader(body.bytes, body.start, body.end)
  while (reader.next()) if (reader.pos >= pc) break
  return reader.at
}
