/**
 * `import 'vitrine/reference'`: loads the reference executor, for the option `executor: 'reference'`. Slow and readable, it runs
 * the bytes of a module as they stand; it is there to compare with and to learn from.
 */
import { provideExecutor } from '../runtime/executors.ts'
import { reference } from '../interp/reference/index.ts'

provideExecutor('reference', { fast: reference, exact: reference })
