/** The rows of the instruction table as lists, for tools: printer, text parser, reference executor, traces, docs. */
import { type Instruction, allInstructions, instructionsByName } from './instruction-table.ts'

/** All rows; `instructions[i].id === i`. */
export const instructions: readonly Instruction[] = allInstructions()
/** Rows by mnemonic; of two rows of one name the first (see SELECT_T). */
export const byName: ReadonlyMap<string, Instruction> = instructionsByName()

export * from './instruction-table.ts'
