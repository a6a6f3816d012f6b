/** `import 'vitrine/stack-switching'`: continuations (proposal). Part of `vitrine`. */
import { continuationRules } from '../compiler/rules/continuation.ts'
import { provideRules } from '../compiler/translate.ts'
import { continuationOps } from '../interp/cold/continuation.ts'
import { provideColdOps } from '../interp/cold/index.ts'
import { resume, resumeToThrow, returnToResumer, suspend, switchTo } from '../interp/continuations.ts'
import { provideStackSwitching } from '../interp/stacks.ts'
import { provideFeatures } from '../spec/features.ts'
import { continuationRules as validation } from '../validator/rules/continuation.ts'
import { provideValidation } from '../validator/rules/index.ts'

provideValidation(validation)
provideRules(({ name }) => continuationRules[name])
provideColdOps(continuationOps)
provideStackSwitching({ resume, resumeToThrow, returnToResumer, suspend, switchTo })
provideFeatures('stack-switching')
