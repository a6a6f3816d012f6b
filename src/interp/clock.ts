/**
 * The clock of deadlines, slices and waiting threads: ms, monotonic where the engine has such a clock. Node has `hrtime` at hand, but
 * makes `performance` when somebody looks at it, of ten modules of its own.
 */
const host = globalThis as unknown as {
  readonly process?: { readonly hrtime?: () => readonly [seconds: number, nanos: number] }
  readonly performance?: { now: () => number }
}

export function now(): number {
  const hrtime = host.process?.hrtime
  if (typeof hrtime !== 'function') return host.performance === undefined ? Date.now() : host.performance.now()
  const [seconds, nanos] = hrtime()
  return seconds * 1e3 + nanos / 1e6
}
