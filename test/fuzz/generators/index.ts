/**
 * The families of the generator. A statement does something to the stack or the store; a maker pushes one value of a type.
 * Each says whether it found what it needs. A new feature adds its lists here.
 */
import { type ValType, EXNREF, I32, isRef } from '../../../src/spec/types.ts'
import type { Body } from '../body.ts'
import { callMakers, callStatements } from './call.ts'
import { blockMakers, controlStatements } from './control.ts'
import { exceptionMakers, exceptionStatements, exnMaker } from './exception.ts'
import { memoryStatements, memoryNumbers, loadMakers } from './memory.ts'
import { constant, numericMakers, numericStatements } from './numeric.ts'
import { referenceMakers, tableNumbers, tableStatements } from './table.ts'
import { variableMakers, variableStatements } from './variable.ts'

export type Statement = (b: Body) => boolean
export type Maker = (b: Body, type: ValType) => boolean

export const statements: readonly Statement[] = [
  ...variableStatements,
  ...numericStatements,
  ...memoryStatements,
  ...controlStatements,
  ...callStatements,
  ...tableStatements,
  ...exceptionStatements,
]

const common = [...variableMakers, ...blockMakers, ...callMakers, ...exceptionMakers]
const lists = new Map<string, readonly Maker[]>([
  ['ref', [constant, ...common, ...referenceMakers]],
  ['i32', [constant, ...common, ...numericMakers, ...numericMakers, ...loadMakers, ...memoryNumbers, ...tableNumbers]],
  ['number', [constant, ...common, ...numericMakers, ...numericMakers, ...loadMakers]],
])
/** Makers of a type; the first always succeeds. */
export function makers(type: ValType): readonly Maker[] {
  if (type === EXNREF) return [exnMaker]
  return lists.get(isRef(type) ? 'ref' : type === I32 ? 'i32' : 'number')!
}
