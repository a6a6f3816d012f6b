/**
 * V8's optimising compilers. They take up a function once it has run for a millisecond or so, on a thread of their own; a program that
 * has ended by then pays for code that never runs, a C hello a quarter of its time. So they wait until a program has run for longer.
 */

/**
 * Validating what is larger is work for which compiled code comes in time; what is smaller takes less time than node:v8, which has to be
 * loaded to tell V8 anything (5 ms).
 */
const MOST_BYTES = 64 * 1024
const LEAST_BYTES = 4 * 1024

/** V8's own default of `max-optimized-bytecode-size`. */
const DEFAULT_MAX_BYTES = 60 * 1024

let postponed: 'not yet' | 'now' | 'over' = 'not yet'

/**
 * Called when a file is read. For one of this size no function is optimised until `optimize` is called or the event loop has its next turn,
 * which it has when a program is done, waits, or has run for a few milliseconds. Not where node was told to do without a JIT, or has this
 * very option.
 */
export function postponeOptimizing(fileBytes: number): void {
  if (postponed !== 'not yet' || fileBytes > MOST_BYTES || fileBytes < LEAST_BYTES || isChosen()) return
  postponed = 'now'
  setMaxOptimized(1)
  setImmediate(optimize)
}

export function optimize(): void {
  if (postponed === 'now') setMaxOptimized(DEFAULT_MAX_BYTES)
  postponed = 'over'
}

/** Whether node's options leave nothing to decide. */
const isChosen = (): boolean => /jitless|max[-_]optimized/.test(`${process.execArgv.join(' ')} ${process.env['NODE_OPTIONS']}`)

/** Functions of more bytecode than that are left as they are. V8 looks at it whenever it considers a function. */
function setMaxOptimized(bytes: number): void {
  try {
    process.getBuiltinModule('node:v8').setFlagsFromString(`--max-optimized-bytecode-size=${bytes}`)
  } catch {
    // Another engine under the same names.
  }
}
