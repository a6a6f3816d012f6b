/** The `switch` executor: register code of either tier on the generated dispatch loop. */
import { operandMap } from '../compiler/operand-map.ts'
import { translate, unitOf } from '../compiler/translate.ts'
import { opLengths } from '../ops/ops.gen.ts'
import type { CodeUnit, Tier } from '../runtime/code.ts'
import type { Executor } from '../runtime/thread.ts'
import { run } from './switch.gen.ts'

function switchExecutor(tier: Tier): Executor {
  return {
    name: 'switch',
    tier,
    unitOf: (shared) => unitOf(shared, tier),
    entry: (unit, func) => unit!.entry[func.funcidx]!,
    run,
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

function locate(shared: Parameters<typeof operandMap>[0], unit: CodeUnit, pc: number): { funcidx: number; offset: number } {
  const funcidx = unit.functionAt(pc)
  if (funcidx < 0) return { funcidx: unit.code[pc + 1] ?? -1, offset: 0 }
  const start = unit.starts[unit.functions.lastIndexOf(funcidx)]!
  return { funcidx, offset: operandMap(shared, unit, funcidx).offsetAt(pc - start) }
}

export const switchFast: Executor = switchExecutor('fast')
export const switchExact: Executor = switchExecutor('exact')
