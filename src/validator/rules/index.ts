/**
 * All rules for rows without a static type, as one array by row id: what ../body.ts calls. A dynamic row that has no
 * rule refuses, it never passes.
 */
import { UnsupportedError } from '../../errors.ts'
import { type Instruction, REF_CAST_NULL, REF_TEST_NULL, SELECT_T, instructionCount } from '../../spec/instruction-table.ts'
import type { Rule } from '../body.ts'
import { callRules } from './call.ts'
import { controlRules } from './control.ts'
import { exceptionRules } from './exception.ts'
import { memoryRules } from './memory.ts'
import { referenceRules } from './reference.ts'
import { tableRules } from './table.ts'
import { variableRules } from './variable.ts'

const parts: Readonly<Record<string, Rule>>[] = [
  controlRules,
  callRules,
  variableRules,
  memoryRules,
  tableRules,
  referenceRules,
  exceptionRules,
]

/** Adds rules that the core does not bring, by name; called by modules of `src/families`. */
export function provideValidation(more: Readonly<Record<string, Rule>>): void {
  parts.push(more)
}

/** Names that two rows share are told apart by a suffix (see SELECT_T). */
function keyOf(row: Instruction): string {
  switch (row.opcode) {
    case SELECT_T:
      return 'select t'
    case REF_TEST_NULL:
    case REF_CAST_NULL:
      return `${row.name} null`
    default:
      return row.name
  }
}

const missing: Rule = (_v, r) => {
  const { name, feature } = r.instruction
  throw new UnsupportedError(feature, `the validator has no rule for ${name} yet (feature '${feature}')`, { offset: r.at })
}

function find(row: Instruction): Rule {
  const key = keyOf(row)
  for (const part of parts) if (part[key] !== undefined) return part[key]
  return missing
}

const lookUp: Rule = (v, r) => (rules[r.instruction.id] = find(r.instruction))(v, r)
/** By row id. Each rule is looked up when its row is met first: most modules have few of them, and none has them all. */
export const rules: Rule[] = new Array<Rule>(instructionCount).fill(lookUp)
