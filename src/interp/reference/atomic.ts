/** Atomic memory instructions (threads proposal) and wide arithmetic (proposal). What they do is defined with the cold ops and in ops/semantics. */
import { wideArithmetic } from '../../ops/semantics/wide-arithmetic.ts'
import type { Memory } from '../../runtime/memory.ts'
import * as STATUS from '../../runtime/status.ts'
import { type Instruction, instructions } from '../../spec/instructions.ts'
import { accessOf, atomicAddress, atomicLoad, atomicRmw, atomicStore, notify, wait } from '../cold/atomic.ts'
import type { Machine, Rule } from './machine.ts'

/** Does the access at address `e`; the operands stand at places a, a + 2, a + 4, and the result goes to a. */
type Body = (m: Machine, memory: Memory, e: number, a: number) => number | void

const bodies: Readonly<Record<string, Body>> = {
  load: (m, memory, e, a) => atomicLoad(memory, accessOf(m.reader.instruction.id), e, m.T.R, a),
  store: (m, memory, e, a) => atomicStore(memory, accessOf(m.reader.instruction.id), e, m.T.R, a + 2),
  rmw: (m, memory, e, a) => atomicRmw(memory, accessOf(m.reader.instruction.id), e, m.T.R, a, a + 2, a + 4),
  notify: (m, memory, e, a) => {
    m.T.R[a] = notify(memory, e, m.T.R[a + 2]! >>> 0)
  },
  wait: (m, memory, e, a) => wait(m.T, memory, accessOf(m.reader.instruction.id), e, a, a + 2, a + 4),
}

function atomic({ name, width, type }: Instruction): Rule {
  const body = bodies[/\.(rmw|load|store|notify|wait)/.exec(name)![1]!]!
  const { params, results } = type!
  return (m) => {
    const { T, reader } = m
    const memory = T.instance.memories[reader.memory]!
    const a = T.sp - params.length * 2
    const e = atomicAddress(memory, width, T.R, a, reader.offset)
    if (e < 0) return -e
    T.sp = a + results.length * 2
    return body(m, memory, e, a) ?? STATUS.next
  }
}

function wide({ name, type }: Instruction): Rule {
  const compute = wideArithmetic[name]!
  return ({ T }) => {
    const first = T.sp - type!.params.length * 2
    compute(
      T.R,
      first,
      type!.params.map((_, i) => first + i * 2),
    )
    T.sp = first + 4
  }
}

export const atomicRules: Record<string, Rule> = { 'atomic.fence': () => {} }
for (const instruction of instructions) {
  const { feature, width } = instruction
  if (feature === 'threads' && width > 0) atomicRules[instruction.name] = atomic(instruction)
  else if (feature === 'wide-arithmetic') atomicRules[instruction.name] = wide(instruction)
}
