/** Translation of atomic memory instructions (threads proposal) and of wide arithmetic: all of them are cold ops. */
import { op } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { I64 } from '../../spec/types.ts'
import { type Instruction, instructions } from '../../spec/instructions.ts'
import type { Rule } from './control.ts'

/** Pops `count` operands as slots, in i32 units; the first one was pushed first. */
function slots(t: Translator, count: number): number[] {
  const words = new Array<number>(count)
  for (let i = count - 1; i >= 0; i--) words[i] = t.popSlot().slot * 2
  return words
}

/** The op of an atomic access: by what it does, or an op of its own. */
function opOf({ name }: Instruction): number {
  const kind = name.includes('cmpxchg') ? 'cmpxchg' : /\.(rmw|load|store|notify|wait)/.exec(name)![1]!
  return op(`atomic.${kind}`)
}

function atomic(instruction: Instruction): Rule {
  const number = opOf(instruction)
  const { params, results } = instruction.type!
  return (t) => {
    const { memory, lo, hi } = t.reader
    const operands = slots(t, params.length)
    const place = [instruction.id, memory, lo, hi] as const
    if (results.length === 0) t.out.emit(number, ...place, ...operands)
    else t.out.emit(number, t.push(results[0]!) * 2, ...place, ...operands)
  }
}

function wide(instruction: Instruction): Rule {
  const number = op(instruction.name)
  return (t) => {
    const operands = slots(t, instruction.type!.params.length)
    const home = t.push(I64)
    t.push(I64)
    t.out.emit(number, home * 2, ...operands)
  }
}

export const atomicRules: Record<string, Rule> = { 'atomic.fence': (t) => t.nop() }
for (const instruction of instructions) {
  const { feature, width } = instruction
  if (feature === 'threads' && width > 0) atomicRules[instruction.name] = atomic(instruction)
  else if (feature === 'wide-arithmetic') atomicRules[instruction.name] = wide(instruction)
}
