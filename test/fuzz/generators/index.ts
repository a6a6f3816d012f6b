/**
 * The families of the generator, one file each. A statement does something to the stack or the store; a maker pushes one
 * value of a type. Each says whether it found what it needs. A family beyond the scalar language names its feature, and is
 * used in programs that have it. A new feature is a new file, and a line here.
 */
import type { Feature } from '../../../src/spec/features.ts'
import type { ValType } from '../../../src/spec/types.ts'
import type { Family, Kit, Maker, Statement } from '../body.ts'
import { atomics } from './atomic.ts'
import { calls } from './call.ts'
import { constant } from './constant.ts'
import { continuations } from './continuation.ts'
import { control } from './control.ts'
import { exceptions, legacyExceptions } from './exception.ts'
import { functionReferences } from './function-references.ts'
import { gc } from './gc.ts'
import { memory } from './memory.ts'
import { numeric } from './numeric.ts'
import { relaxedSimd, simd } from './simd.ts'
import { tables } from './table.ts'
import { variables } from './variable.ts'
import { wideArithmetic } from './wide.ts'

const families: readonly Family[] = [
  variables,
  numeric,
  memory,
  control,
  calls,
  tables,
  functionReferences,
  simd,
  relaxedSimd,
  atomics,
  wideArithmetic,
  gc,
  exceptions,
  legacyExceptions,
  continuations,
]

const inUse = (features: ReadonlySet<Feature>): readonly Family[] =>
  families.filter((f) => f.feature === undefined || features.has(f.feature))

const statementLists = new Map<string, readonly Statement[]>()
const preludeLists = new Map<string, readonly Statement[]>()
const makerLists = new Map<string, readonly Maker[]>()
function cached<T>(map: Map<string, readonly T[]>, key: string, make: () => readonly T[]): readonly T[] {
  let list = map.get(key)
  if (list === undefined) map.set(key, (list = make()))
  return list
}

function statementsFor(features: ReadonlySet<Feature>): readonly Statement[] {
  return cached(statementLists, [...features].join(), () => inUse(features).flatMap((f) => f.statements))
}
function preludesFor(features: ReadonlySet<Feature>): readonly Statement[] {
  return cached(preludeLists, [...features].join(), () => inUse(features).flatMap((f) => f.preludes ?? []))
}
/** Makers of a type; `constant` is among them, and always succeeds. */
function makersFor(features: ReadonlySet<Feature>, type: ValType): readonly Maker[] {
  return cached(makerLists, `${[...features].join()} ${type}`, () => [constant, ...inUse(features).flatMap((f) => f.makers(type))])
}

export const kit: Kit = { constant, statementsFor, preludesFor, makersFor }
