/** What the child processes measure: the engine as it is published, with the reference executor for comparison. */
import '../src/interp/reference/provide.ts'

export * from '../src/index.ts'
