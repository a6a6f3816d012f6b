/**
 * The `reference` executor: slow and readable. It runs the bytes of the .wasm file as they stand, instruction by instruction,
 * as chapter 4.6 of the spec describes it. It serves as documentation, and tests compare every other executor with it:
 * results, traps, ticks and exhaustion are the same. Called by the driver through `Executor`.
 */
import { UnsupportedError } from '../../errors.ts'
import { CROSS_PC, LEAVE_PC } from '../../runtime/code.ts'
import * as STATUS from '../../runtime/status.ts'
import type { Executor, Thread } from '../../runtime/thread.ts'
import { instructions } from '../../spec/instructions.ts'
import { atomicRules } from './atomic.ts'
import { callRules, enterFunction } from './calls.ts'
import { continuationRules, landAt } from './continuation.ts'
import { controlRules } from './control.ts'
import { exceptionRules, handlerIn, land } from './exceptions.ts'
import { heapRules } from './heap.ts'
import { Machine, type Rule, dropLabels } from './machine.ts'
import { memoryRules } from './memory.ts'
import { numericRules } from './numeric.ts'
import { entryOf, functionAt, instructionBefore, outlineAt } from './outline.ts'
import { referenceRules } from './reference.ts'
import { tableRules } from './table.ts'
import { variableRules } from './variables.ts'
import { vectorRules } from './vector.ts'

const named: Record<string, Rule> = {
  ...controlRules,
  ...callRules,
  ...variableRules,
  ...tableRules,
  ...memoryRules,
  ...referenceRules,
  ...heapRules,
  ...numericRules,
  ...atomicRules,
  ...vectorRules,
  ...exceptionRules,
  ...continuationRules,
}
/** Rule by instruction id; undefined where execution is not built yet. */
const rules: readonly (Rule | undefined)[] = instructions.map(({ name }) => named[name])

/** `T.progress` of a thread that stopped at a tick point: the tick before the instruction at pc has been taken. */
const TICKED = -1

/** Watches execution: told about each instruction when it has been read, and again when it has been carried out. */
export interface Probe {
  before(m: Machine): void
  after(m: Machine, status: number): void
}

/** Runs a thread until something needs the driver. Between any two instructions all its state is in the thread. */
function run(T: Thread, probe?: Probe): number {
  dropLabels(T, T.depth)
  for (let m: Machine | undefined; ;) {
    if (T.pc === LEAVE_PC) return STATUS.leave
    if (T.pc === CROSS_PC) return STATUS.returnCross
    m ??= new Machine(T)
    const status = step(m, probe)
    if (status !== STATUS.next) return status
  }
}

/** One instruction, or the entry of a function. */
function step(m: Machine, probe: Probe | undefined): number {
  const { T } = m
  m.locate()
  if (T.pc === m.outline.entry) return enterFunction(m)
  if (m.outline.tickPoints.has(T.pc) && !passTickPoint(T)) return STATUS.tick

  m.read()
  const { instruction, at } = m.reader
  const rule = rules[instruction.id]
  if (rule === undefined) {
    const { name, feature } = instruction
    throw new UnsupportedError(feature, `executing ${name} is not supported yet (feature ${feature})`, { offset: at })
  }
  probe?.before(m)
  const status = rule(m) ?? STATUS.next
  probe?.after(m, status)
  if (status === STATUS.next || status === STATUS.tick) T.pc = m.next
  return status
}

/** Takes the tick before the instruction at pc, unless that was done before the thread stopped here. False to stop. */
function passTickPoint(T: Thread): boolean {
  if (T.progress === TICKED) T.progress = 0
  else if (T.progress === 0 && --T.ticks === 0) {
    T.progress = TICKED
    return false
  }
  return true
}

export const reference: Executor = {
  name: 'reference',
  tier: 'exact',
  isWatched: false,
  unitOf: () => undefined,
  entry: (_, func) => entryOf(func.instance!.module, func.funcidx),
  run: (T) => run(T),
  translate: () => {},
  afterCall: (T) => {
    const m = new Machine(T)
    m.read()
    return m.next
  },
  locate: ({ module }, _, pc, returning) => {
    const funcidx = functionAt(module, pc)
    const body = module.code[funcidx - module.imported.func]
    if (body === undefined) return { funcidx: -1, offset: 0 }
    return { funcidx, offset: returning ? instructionBefore(body, pc) : Math.max(pc, body.start) }
  },
  functionAt: ({ module }, _, pc) => functionAt(module, pc),
  shapeAt: ({ shared, funcs }, _, pc) => {
    const funcidx = functionAt(shared.module, pc)
    const { layout } = funcs[funcidx]!
    return { funcidx, size: outlineAt(shared, entryOf(shared.module, funcidx)).size, link: layout.link * 2, mayCatch: true }
  },
  handlerIn,
  land: (T, handler) => land(new Machine(T), handler),
  landAt: (T, clause, values, continuation) => landAt(new Machine(T), clause, values, continuation),
}

/** The same with a probe. `enter` is called each time a thread comes (back) from the driver. */
export function probed(probe: Probe, enter: (T: Thread) => void): Executor {
  return {
    ...reference,
    name: 'inspect',
    run: (T) => {
      enter(T)
      return run(T, probe)
    },
  }
}
