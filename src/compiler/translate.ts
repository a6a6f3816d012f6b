/**
 * Wasm → register code (spec §4.6; why it is as it is: RATIONALE.md): one function, on its first call. The rules of the single
 * instructions are in `rules/`, found by instruction id.
 */
import { ENTER, ENTER_REFS, LAZY, LEAVE, RETURN_CROSS, TICK } from '../ops/numbers.gen.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { UnsupportedError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import type { CodeUnit, FrameShape, Tier } from '../runtime/code.ts'
import { CodeUnit as Unit } from '../runtime/code.ts'
import { layoutOf } from '../runtime/func.ts'
import type { SharedModule } from '../runtime/instance.ts'
import { TickPoints } from '../runtime/ticks.ts'
import { type Instruction, instructionCount } from '../spec/instruction-table.ts'
import { type ValType, isRef, slotsOf } from '../spec/types.ts'
import { callRules } from './rules/calls.ts'
import { type Rule, controlRules } from './rules/control.ts'
import { exceptionRules } from './rules/exceptions.ts'
import { load, memoryRules, store } from './rules/memory.ts'
import { binary, unary } from './rules/numeric.ts'
import { variableRules } from './rules/variables.ts'
import { accessOp, opOf, swapped } from './tables.ts'
import { type FunctionInstrument, type Instrument, InstrumentedUnit, instrumentOf } from './instrument.ts'
import { type Recorder, Translator } from './translator.ts'
import { returnLanding } from './tries.ts'

const named: readonly Readonly<Record<string, Rule>>[] = [controlRules, variableRules, callRules, memoryRules, exceptionRules]
type FindRule = (instruction: Instruction) => Rule | undefined
const provided: FindRule[] = []
/** Adds rules that the core does not bring; called by modules in `src/families`. */
export function provideRules(find: FindRule): void {
  provided.push(find)
}

function find(i: Instruction): Rule {
  for (const some of named) if (some[i.name] !== undefined) return some[i.name]
  for (const findRule of provided) {
    const rule = findRule(i)
    if (rule !== undefined) return rule
  }
  if (accessOp[i.id]! >= 0) return i.type!.results.length > 0 ? load : store
  // A comparison without an op of its own is its mirror image.
  return opOf[i.id]! >= 0 || (swapped[i.id]! >= 0 && opOf[swapped[i.id]!]! >= 0) ? (i.type!.params.length === 1 ? unary : binary) : missing
}
const missing: Rule = ({ reader: { instruction, at } }) => {
  const { name, feature } = instruction
  throw new UnsupportedError(feature, `executing ${name} is not supported yet (feature ${feature})`, { offset: at })
}

const lookUp: Rule = (t) => {
  const { instruction } = t.reader
  const rule = find(instruction)
  rules[instruction.id] = rule
  rule(t)
}
/** By instruction id. Each rule is looked up when its instruction is met first. */
const rules: Rule[] = new Array<Rule>(instructionCount).fill(lookUp)

/** A unit with the two return ops and a lazy stub for each function; with an instrument, of tier `exact`. */
export function createUnit(module: Module, tier: Tier, instrument?: Instrument): CodeUnit {
  const count = module.funcs.length
  const code = new Int32Array(2 + 2 * count + 1024)
  const entry = new Int32Array(count)
  code[0] = LEAVE
  code[1] = RETURN_CROSS
  for (let f = 0; f < count; f++) {
    entry[f] = 2 + 2 * f
    code[2 + 2 * f] = LAZY
    code[3 + 2 * f] = f
  }
  const length = 2 + 2 * count
  return instrument === undefined
    ? new Unit(module, tier, code, length, entry)
    : new InstrumentedUnit(module, instrument, code, length, entry)
}

/** The unit of a tier, made on first use. */
export function unitOf(shared: SharedModule, tier: Tier): CodeUnit {
  return (shared.units[tier] ??= createUnit(shared.module, tier))
}

/** Translates function `funcidx` into the unit and points its entry there. */
export function translate(shared: SharedModule, unit: CodeUnit, funcidx: number): void {
  const start = unit.length
  // References found on the way change how the frame is entered and left: then it is done again, knowing that.
  const instrument = instrumentOf(unit)
  let shape = attempt(shared, unit, funcidx, false, undefined, instrument)
  if (shape === undefined) {
    unit.length = start
    shape = attempt(shared, unit, funcidx, true, undefined, instrument)
  }
  unit.entry[funcidx] = start
  unit.starts.push(start)
  unit.shapes.push(shape!)
}

/** Translates again, into a unit of its own, telling the recorder about each instruction. For maps from code to instructions. */
export function record(shared: SharedModule, tier: Tier, funcidx: number, makeRecorder: () => Recorder, instrument?: Instrument): Recorder {
  const unit = new Unit(shared.module, tier, new Int32Array(256), 0, new Int32Array(0))
  let recorder = makeRecorder()
  if (attempt(shared, unit, funcidx, false, recorder, instrument) === undefined) {
    unit.length = 0
    recorder = makeRecorder()
    attempt(shared, unit, funcidx, true, recorder, instrument)
  }
  return recorder
}

/** Slots of the frame of function `funcidx`, the same in both tiers: for executors that run without register code. */
export function frameSlots(shared: SharedModule, funcidx: number, recorder: Recorder): number {
  const unit = new Unit(shared.module, 'exact', new Int32Array(256), 0, new Int32Array(0))
  return attempt(shared, unit, funcidx, true, recorder)!.size / 2
}

/** One translation; undefined when it must be repeated with `hasRefs`. */
function attempt(
  shared: SharedModule,
  unit: CodeUnit,
  funcidx: number,
  hasRefs: boolean,
  recorder: Recorder | undefined,
  instrument?: Instrument,
): FrameShape | undefined {
  const { module } = shared
  const body = module.code[funcidx - module.imported.func]!
  const { comp } = module.types[module.funcs[funcidx]!]!
  if (comp.kind !== 'func') throw new Error('not a function type')
  const layout = layoutOf(comp)

  const localSlots: number[] = []
  const localTypes: ValType[] = []
  let slot = 0
  const declare = (type: ValType): void => {
    localSlots.push(slot)
    localTypes.push(type)
    slot += slotsOf(type)
  }
  for (const type of comp.params) declare(type)
  const firstLocal = layout.link + 1
  slot = firstLocal
  for (const { count, type } of body.locals) for (let i = 0; i < count; i++) declare(type)

  const reader = new InstructionReader(body.bytes, body.start, body.end)
  const refs = hasRefs || localTypes.some(isRef) || layout.hasRefs
  const t = new Translator(module, shared.typeIds, unit, reader, comp, localSlots, localTypes, slot, refs, recorder)
  const enter = t.out.pos
  // Operands are written before they are read; only locals have to begin as null.
  const localRefs = localTypes.some((type, i) => i >= comp.params.length && isRef(type))
  t.out.emit(localRefs ? ENTER_REFS : ENTER, 0, firstLocal * 2, (slot - firstLocal) * 2)
  t.out.barrier()
  localTypes.forEach((type, i) => {
    if (isRef(type)) t.holdsRef(localSlots[i]!)
  })
  const outermost = t.open('func', { params: [], results: comp.results })
  run(t, instrument?.begin(funcidx))
  returnLanding(t, outermost)
  const size = (Math.max(t.stack.high, t.high, slot) + 1) * 2
  t.out.code[enter + 1] = size
  t.fixClears()
  t.out.finish()
  if (t.handlers !== undefined) unit.handlers.set(funcidx, t.handlers)
  if (t.sawRefs && !t.hasRefs) return undefined
  return { funcidx, size, link: layout.link * 2, mayCatch: t.handlers !== undefined }
}

/** Translates the body; dead code is read but makes no ops. */
function run(t: Translator, instrument: FunctionInstrument | undefined): void {
  const { reader, out, recorder } = t
  const ticks = new TickPoints()
  let skipped = 0
  for (let i = 0; reader.next(); i++) {
    const { instruction } = reader
    const tick = i >= ticks.next && ticks.before(i, instruction)
    if (t.innermost!.dead) {
      const { opcode } = instruction
      // block, loop, if, (legacy) try and try_table open; end closes; else belongs to the innermost.
      if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0x06 || opcode === 0x1f) skipped++
      if (skipped > 0) {
        // end, and the delegate that ends a legacy try
        if (opcode === 0x0b || opcode === 0x18) skipped--
        continue
      }
      // else and (legacy) catch, catch_all begin live code; end and delegate close.
      if (opcode !== 0x05 && opcode !== 0x0b && opcode !== 0x07 && opcode !== 0x19 && opcode !== 0x18) continue
      if (opcode === 0x0b) t.revive(t.innermost!)
    }
    recorder?.instruction(out.pos, reader.at, t.stack)
    if (tick) {
      out.emit(TICK)
      out.barrier()
    }
    instrument?.before(t, tick)
    rules[instruction.id]!(t)
  }
}
