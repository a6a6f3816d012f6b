/** Translation of wide arithmetic (proposal): 128-bit numbers as pairs of i64. Cold ops of the instructions' names. */
import type { Instruction } from '../../spec/instruction-table.ts'
import { I64 } from '../../spec/types.ts'
import { opOf } from '../tables.ts'
import { type Rule, popWords } from './control.ts'

/** The rule of an instruction of that proposal; undefined for others. */
export function wideArithmeticRule({ id, feature, type }: Instruction): Rule | undefined {
  if (feature !== 'wide-arithmetic') return undefined
  return (t) => {
    const operands = popWords(t, type!.params.length)
    const home = t.push(I64)
    t.push(I64)
    t.out.emit(opOf[id]!, home * 2, ...operands)
  }
}
