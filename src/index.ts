/** The public API of `vitrine`: the core (core.ts) with everything that it leaves out. */
import './families/all.ts'
export * from './core.ts'
