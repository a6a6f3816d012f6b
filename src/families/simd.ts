/** `import 'vitrine/simd'`: vector instructions (spec §4.3.5, §4.4.5), relaxed ones too. Part of `vitrine`. */
import { provideRules } from '../compiler/translate.ts'
import { simdRule } from '../compiler/rules/simd.ts'
import { provideColdOps } from '../interp/cold/index.ts'
import { vectorOps } from '../interp/cold/vector.ts'
import { runVectors } from '../interp/vector.gen.ts'
import { provideVectors } from '../interp/vectors.ts'
import { provideFeatures } from '../spec/features.ts'

provideRules(simdRule)
provideColdOps(vectorOps)
provideVectors(runVectors)
provideFeatures('simd', 'relaxed-simd')
