/** The `switch` executor: register code of either tier on the generated dispatch loop. */
import { type OperandMap, operandMap } from '../compiler/operand-map.ts'
import { translate, unitOf } from '../compiler/translate.ts'
import { opLengths } from '../ops/ops.gen.ts'
import { type CodeUnit, LEAVE_PC, type Tier } from '../runtime/code.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { run } from './switch.gen.ts'

/**
 * Enters and leaves the loop a few times on a thread that has nothing to do. V8 must have seen the way out before it
 * compiles the loop while it runs; else that code is thrown away at the end of every slice (measured: up to 4 times slower).
 */
let warm = false
function warmUp(T: Thread): void {
  warm = true
  const { pc, unit } = T
  T.pc = LEAVE_PC
  for (let i = 0; i < 32; i++) run(T)
  T.pc = pc
  T.unit = unit
}
function runWarm(T: Thread): number {
  if (!warm) warmUp(T)
  return run(T)
}

function switchExecutor(tier: Tier): Executor {
  return {
    name: 'switch',
    tier,
    unitOf: (shared) => unitOf(shared, tier),
    entry: (unit, func) => unit!.entry[func.funcidx]!,
    run: runWarm,
    translate: (T) => {
      const unit = T.unit!
      // pc stands at the `lazy` stub, whose operand is the function.
      const funcidx = unit.code[T.pc + 1]!
      if (unit.entry[funcidx] === T.pc) translate(T.instance.shared, unit, funcidx)
      T.pc = unit.entry[funcidx]!
    },
    afterCall: (T) => T.pc + opLengths[T.unit!.code[T.pc]!]!,
    frameSize: (T) => T.unit!.code[T.pc + 1]!,
    locate: (instance, unit, pc, returning) => locate(instance.shared, unit!, returning ? pc - 1 : pc),
  }
}

/**
 * The map that was asked for last, of each unit: most frames of a deep backtrace, and most traps of one program, are in the
 * same function.
 */
const lastMap = new WeakMap<CodeUnit, { readonly funcidx: number; readonly map: OperandMap }>()
function mapOf(shared: Parameters<typeof operandMap>[0], unit: CodeUnit, funcidx: number): OperandMap {
  const last = lastMap.get(unit)
  if (last?.funcidx === funcidx) return last.map
  const map = operandMap(shared, unit, funcidx, false)
  lastMap.set(unit, { funcidx, map })
  return map
}

function locate(shared: Parameters<typeof operandMap>[0], unit: CodeUnit, pc: number): { funcidx: number; offset: number } {
  const funcidx = unit.functionAt(pc)
  if (funcidx < 0) {
    // At a `lazy` stub: the function has not begun.
    const called = unit.code[pc + 1]!
    return { funcidx: called, offset: shared.module.code[called - shared.module.imported.func]?.start ?? 0 }
  }
  const start = unit.starts[unit.functions.lastIndexOf(funcidx)]!
  return { funcidx, offset: mapOf(shared, unit, funcidx).offsetAt(pc - start) }
}

export const switchFast: Executor = switchExecutor('fast')
export const switchExact: Executor = switchExecutor('exact')
