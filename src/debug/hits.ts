/** When a breakpoint or watchpoint stops, by how often it was hit. Called by breakpoints.ts. */

/** Stops from the hit of that number on; or is asked whether to stop at the hit of a number. */
export type Hits = number | ((count: number) => boolean)

/** Whether the hit number `count` is one to stop at. */
export function isHit(count: number, hits: Hits | undefined): boolean {
  return typeof hits === 'function' ? hits(count) : count >= (hits ?? 1)
}
