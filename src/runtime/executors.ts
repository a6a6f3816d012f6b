/**
 * Executors by name. The core brings `switch`; others are modules of their own, which provide themselves when
 * they are imported, so that only those who use one load it.
 */
import type { Tier } from './code.ts'
import type { Executor } from './thread.ts'

const provided = new Map<string, Readonly<Record<Tier, Executor>>>()

/** Makes an executor known under a name, for each tier. */
export function provideExecutor(name: string, tiers: Readonly<Record<Tier, Executor>>): void {
  provided.set(name, tiers)
}
export const providedExecutor = (name: string, tier: Tier): Executor | undefined => provided.get(name)?.[tier]
