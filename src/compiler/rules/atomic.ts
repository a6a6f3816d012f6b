/** Translation of atomic memory instructions (threads proposal): all of them are cold ops. */
import { ATOMIC_CMPXCHG, ATOMIC_LOAD, ATOMIC_NOTIFY, ATOMIC_RMW, ATOMIC_STORE, ATOMIC_WAIT } from '../../ops/numbers.gen.ts'
import type { Instruction } from '../../spec/instruction-table.ts'
import { type Rule, popWords } from './control.ts'

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
    const operands = popWords(t, params.length)
    const place = [instruction.id, memory, lo, hi] as const
    if (results.length === 0) t.out.emit(number, ...place, ...operands)
    else t.out.emit(number, t.push(results[0]!) * 2, ...place, ...operands)
  }
}

/** The rule of an instruction of that proposal; undefined for others. */
export function atomicRule(instruction: Instruction): Rule | undefined {
  const { feature, width } = instruction
  if (feature !== 'threads') return undefined
  return width > 0 ? atomic(instruction) : (t) => t.nop()
}
