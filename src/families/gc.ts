/** `import 'vitrine/gc'`: structures, arrays, i31 and casts (spec §4.6.9). Part of `vitrine`. */
import { heapRules } from '../compiler/rules/heap.ts'
import { provideRules } from '../compiler/translate.ts'
import { provideHeapConstants } from '../embedding/const-expr.ts'
import { makeHeapObject } from '../embedding/const-heap.ts'
import { arrayOps } from '../interp/cold/array.ts'
import { provideColdOps } from '../interp/cold/index.ts'
import { structOps } from '../interp/cold/struct.ts'
import { provideFeatures } from '../spec/features.ts'
import { aggregateRules } from '../validator/rules/aggregate.ts'
import { castRules } from '../validator/rules/cast.ts'
import { provideValidation } from '../validator/rules/index.ts'

provideValidation(aggregateRules)
provideValidation(castRules)
provideRules(({ name }) => heapRules[name])
provideColdOps(structOps)
provideColdOps(arrayOps)
provideHeapConstants(makeHeapObject)
provideFeatures('gc')
