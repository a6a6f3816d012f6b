/** `import 'vitrine/threads'`: atomic instructions (threads proposal). Part of `vitrine`. */
import { atomicRule } from '../compiler/rules/atomic.ts'
import { provideRules } from '../compiler/translate.ts'
import { atomicOps } from '../interp/cold/atomic.ts'
import { provideColdOps } from '../interp/cold/index.ts'
import { provideFeatures } from '../spec/features.ts'

provideRules(atomicRule)
provideColdOps(atomicOps)
provideFeatures('threads')
