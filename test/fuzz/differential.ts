/**
 * Runs a program on several engines and compares everything that can be seen: results, traps, the state of the store
 * afterwards; among vitrine's configurations also backtraces and ticks. Says what differs first.
 */
import type { WasmInstance } from '../../src/index.ts'
import type { Coverage } from './coverage.ts'
import { type Engine, native, vitrine } from './engines.ts'
import type { Oracle } from './oracle.ts'
import { type Outcome, type Trace, calls } from './outcome.ts'
import type { Program } from './program.ts'
import { Random } from './random.ts'

export interface Difference {
  readonly engines: readonly [string, string]
  /** The call, or `instantiate` or `state`. */
  readonly where: string
  readonly what: readonly [string, string]
}

const fast = { executor: 'switch', tier: 'fast' } as const
const exact = { executor: 'switch', tier: 'exact' } as const
const closureFast = { executor: 'closure', tier: 'fast' } as const
const closureExact = { executor: 'closure', tier: 'exact' } as const
const plain = { executor: 'reference' } as const

/**
 * The engines for a program: the oracle if it knows what is in it, the reference executor, and both other executors, one on
 * each tier; which on which changes with the seed. `every`: both on both tiers. Every third program also runs in slices, on a
 * configuration that changes with the seed.
 */
export function enginesFor(p: Program, oracle: Oracle, coverage?: Coverage, every: boolean = coverage !== undefined): Engine[] {
  const r = new Random(p.seed + 99)
  const started = coverage === undefined ? undefined : (instance: WasmInstance): void => coverage.started(instance)
  const [first, second] = p.seed % 2 === 0 ? [true, false] : [false, true]
  const list = [
    ...(oracle.knows(p) ? [native(oracle)] : []),
    ...(first || every ? [vitrine('fast', fast, { started }), vitrine('closure exact', closureExact, { started })] : []),
    ...(second || every ? [vitrine('exact', exact, { started }), vitrine('closure fast', closureFast, { started })] : []),
    vitrine('reference', plain, { makeStore: coverage?.makeStore }),
  ]
  if (p.seed % 3 !== 0) return list
  const slice = r.pick([1, 2, 3, 7, 50])
  const options = r.pick([fast, exact, plain, closureFast, closureExact])
  const name = 'tier' in options ? `${options.executor} ${options.tier}` : options.executor
  return [...list, vitrine(`${name} in slices of ${slice}`, options, { slice })]
}

/** The first difference among the engines, if there is one. Programs that exhaust the native stack do not count. */
export function compare(p: Program, engines: readonly Engine[], report?: (trace: Trace) => void): Difference | undefined {
  const seen = engines.flatMap((engine) => {
    const trace = engine.observe(p)
    return trace === undefined ? [] : [{ engine, trace }]
  })
  if (seen.some(({ trace }) => trace.outcomes.some((o) => o.seen.startsWith('RangeError')))) return undefined
  report?.(seen[seen.length - 1]!.trace)
  for (let i = 1; i < seen.length; i++) {
    const found = difference(p, seen[i - 1]!, seen[i]!)
    if (found !== undefined) return found
  }
  return undefined
}

interface Seen {
  readonly engine: Engine
  readonly trace: Trace
}
/**
 * A suspension that nobody handles ends the call: in the reference interpreter of the proposal it passes handlers of exceptions.
 * In V8 14 it is an error of JS, which catch_all catches: a difference after that is not counted.
 */
const UNHANDLED = 'trap unhandled'
/** Native code, which has no fuel, goes on for as long as it takes. */
const OUT_OF_FUEL = 'LimitError all fuel consumed by WebAssembly'

function difference(p: Program, a: Seen, b: Seen): Difference | undefined {
  const engines = [a.engine.name, b.engine.name] as const
  const exactly = !a.engine.native && !b.engine.native
  const mayCatch = p.features.has('exceptions') || p.features.has('legacy-exceptions')
  const ends = (o: Outcome | undefined): boolean => o?.seen === OUT_OF_FUEL || (mayCatch && o?.seen === UNHANDLED)
  let excused = false
  for (let k = 0; k < Math.max(a.trace.outcomes.length, b.trace.outcomes.length); k++) {
    const [x, y] = [a.trace.outcomes[k], b.trace.outcomes[k]]
    const where = `call ${k}: ${calls(p)[k]?.name}`
    excused ||= !exactly && (ends(x) || ends(y))
    if (x?.seen !== y?.seen) {
      if (excused) return undefined
      return { engines, where, what: [`${x?.seen} ${x?.detail}`, `${y?.seen} ${y?.detail}`] }
    }
    if (!exactly) continue
    if (x!.detail !== y!.detail) return { engines, where: `backtrace of ${where}`, what: [x!.detail, y!.detail] }
    if (x!.ticks !== y!.ticks) return { engines, where: `ticks of ${where}`, what: [String(x!.ticks), String(y!.ticks)] }
  }
  if (a.trace.state !== b.trace.state && !excused) return { engines, where: 'state', what: [a.trace.state, b.trace.state] }
  return undefined
}

export const sameKind = (a: Difference, b: Difference | undefined): boolean =>
  b !== undefined &&
  a.engines[0] === b.engines[0] &&
  a.engines[1] === b.engines[1] &&
  a.where.split(':')[0]!.replace(/\d+/, '') === b.where.split(':')[0]!.replace(/\d+/, '')
