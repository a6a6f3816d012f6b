/**
 * Runs a program on several engines and compares everything that can be seen: results, traps, the state of the store
 * afterwards; among vitrine's configurations also backtraces and ticks. Says what differs first.
 */
import type { WasmInstance } from '../../src/index.ts'
import type { Coverage } from './coverage.ts'
import { importsOf, type Program, signature } from './program.ts'
import { type Engine, type Outcome, type Running, argumentsFor, native, vitrine } from './engines.ts'
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

/** The engines for a program. Every third one also runs in slices, on a configuration that changes with the seed. */
export function enginesFor(p: Program, coverage?: Coverage): Engine[] {
  const r = new Random(p.seed + 99)
  const started = coverage === undefined ? undefined : (instance: WasmInstance): void => coverage.started(instance)
  const list = [
    ...(p.native ? [native] : []),
    vitrine('fast', fast, { started }),
    vitrine('exact', exact, { started }),
    vitrine('closure fast', closureFast),
    vitrine('closure exact', closureExact),
    vitrine('reference', plain, { makeStore: coverage?.makeStore }),
  ]
  if (p.seed % 3 !== 0) return list
  const slice = r.pick([1, 2, 3, 7, 50])
  const options = r.pick([fast, exact, plain, closureFast, closureExact])
  const name = 'tier' in options ? `${options.executor} ${options.tier}` : options.executor
  return [...list, vitrine(`${name} in slices of ${slice}`, options, { slice })]
}

/** The exported functions to call, with the arguments that each engine gets. */
export function calls(p: Program): { name: string; seed: number }[] {
  const names = p.exports.filter((e) => e.kind === 'func' && e.name.startsWith('run')).map((e) => e.name)
  return [...names, ...names].map((name, i) => ({ name, seed: p.seed * 31 + i }))
}

export interface Trace {
  readonly outcomes: readonly Outcome[]
  readonly state: string
}

/** Calls everything. */
export function observe(p: Program, engine: Engine): Trace {
  const outcomes: Outcome[] = []
  let running: Running
  try {
    running = engine.start(p)
  } catch (error) {
    return {
      outcomes: [{ seen: `not instantiated: ${error instanceof Error ? error.stack : String(error)}`, ended: false, detail: '', ticks: 0 }],
      state: '',
    }
  }
  const imported = importsOf(p, 'func').length
  for (const { name, seed } of calls(p)) {
    const { index } = p.exports.find((e) => e.name === name)!
    const { params } = signature(p.types, p.funcs[index - imported]!.typeidx)
    outcomes.push(running.call(name, argumentsFor(p, params, new Random(seed), running.exports)))
  }
  return { outcomes, state: running.state() }
}

/** The first difference among the engines, if there is one. Programs that exhaust the native stack do not count. */
export function compare(p: Program, engines: readonly Engine[] = enginesFor(p), report?: (trace: Trace) => void): Difference | undefined {
  const traces = engines.map((e) => observe(p, e))
  if (traces.some((t) => t.outcomes.some((o) => o.seen.startsWith('RangeError')))) return undefined
  report?.(traces[traces.length - 1]!)
  for (let i = 1; i < engines.length; i++) {
    const a = traces[i - 1]!
    const b = traces[i]!
    const both = [engines[i - 1]!.name, engines[i]!.name] as const
    const exactly = !engines[i - 1]!.native && !engines[i]!.native
    for (let k = 0; k < Math.max(a.outcomes.length, b.outcomes.length); k++) {
      const [x, y] = [a.outcomes[k], b.outcomes[k]]
      const where = `call ${k}: ${calls(p)[k]?.name}`
      if (x?.seen !== y?.seen) return { engines: both, where, what: [String(x?.seen), String(y?.seen)] }
      if (!exactly) continue
      if (x!.detail !== y!.detail) return { engines: both, where: `backtrace of ${where}`, what: [x!.detail, y!.detail] }
      if (x!.ticks !== y!.ticks) return { engines: both, where: `ticks of ${where}`, what: [String(x!.ticks), String(y!.ticks)] }
    }
    if (a.state !== b.state) return { engines: both, where: 'state', what: [a.state, b.state] }
  }
  return undefined
}

export const sameKind = (a: Difference, b: Difference | undefined): boolean =>
  b !== undefined &&
  a.engines[0] === b.engines[0] &&
  a.engines[1] === b.engines[1] &&
  a.where.split(':')[0]!.replace(/\d+/, '') === b.where.split(':')[0]!.replace(/\d+/, '')
