/** Translation of atomic memory instructions (threads proposal) and of wide arithmetic: all of them are cold ops. */
import { ATOMIC_CMPXCHG, ATOMIC_LOAD, ATOMIC_NOTIFY, ATOMIC_RMW, ATOMIC_STORE, ATOMIC_WAIT } from '../../ops/numbers.gen.ts'
import { opOf } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { I64 } from '../../spec/types.ts'
import type { Instruction } from '../../spec/instructions.ts'
import type { Rule } from './control.ts'

/** Pops `count` operands as slots, in i32 units; the first one was pushed first. */
function slots(t: Translator, count: number): number[] {
  const words = new Array<number>(count)
  for (let i = count - 1; i >= 0; i--) words[i] = t.popSlot().slot * 2
  return words
}

const kinds: Readonly<Record<string, number>> = {
  load: ATOMIC_LOAD,
  store: ATOMIC_STORE,
  rmw: ATOMIC_RMW,
  cmpxchg: ATOMIC_CMPXCHG,
  notify: ATOMIC_NOTIFY,
  wait: ATOMIC_WAIT,
}
/** The op of an atomic access. */
const kindOf = (name: string): number =>
  name.includes('cmpxchg') ? ATOMIC_CMPXCHG : kinds[/\.(rmw|load|store|notify|wait)/.exec(name)![1]!]!

function atomic(instruction: Instruction): Rule {
  const number = kindOf(instruction.name)
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
  const number = opOf[instruction.id]!
  return (t) => {
    const operands = slots(t, instruction.type!.params.length)
    const home = t.push(I64)
    t.push(I64)
    t.out.emit(number, home * 2, ...operands)
  }
}

/** The rule of an instruction of these two proposals, if it is one. */
export function atomicRule(instruction: Instruction): Rule | undefined {
  const { feature, width } = instruction
  if (feature === 'wide-arithmetic') return wide(instruction)
  if (feature !== 'threads') return undefined
  return width > 0 ? atomic(instruction) : (t) => t.nop()
}
