/** `import 'vitrine/wide-arithmetic'`: arithmetic on pairs of i64 (proposal). Part of `vitrine`. */
import { wideArithmeticRule } from '../compiler/rules/wide-arithmetic.ts'
import { provideRules } from '../compiler/translate.ts'
import { provideColdOps } from '../interp/cold/index.ts'
import { wideArithmeticOps } from '../interp/cold/wide-arithmetic.ts'
import { provideFeatures } from '../spec/features.ts'

provideRules(wideArithmeticRule)
provideColdOps(wideArithmeticOps)
provideFeatures('wide-arithmetic')
