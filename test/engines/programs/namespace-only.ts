/** The checks of namespace.ts by themselves, for bare contexts: leaves a promise of the failures in the global `outcome`. */
import { Checks } from './checks.ts'
import { namespaceChecks } from './namespace.ts'

const checks = new Checks()
const global = globalThis as unknown as { outcome: Promise<{ passed: number; failures: readonly string[] }> }
global.outcome = namespaceChecks(checks).then(() => ({ passed: checks.passed, failures: checks.failures }))
