/** `import 'vitrine/closure'`: the executor `closure`, and with it the choice that `auto` makes. Part of `vitrine`. */
import { runChosen } from '../interp/auto.ts'
import { provideChoice } from '../interp/choosing.ts'
import { closureExact, closureFast } from '../interp/closure.ts'
import { provideExecutor } from '../runtime/executors.ts'

provideExecutor('closure', { fast: closureFast, exact: closureExact })
provideChoice(runChosen)
