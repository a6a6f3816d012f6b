/** The clock of deadlines, slices and waiting threads: ms, monotonic where the engine has such a clock. */
const host = globalThis as unknown as { performance?: { now: () => number } }

export const now = (): number => (host.performance === undefined ? Date.now() : host.performance.now())
