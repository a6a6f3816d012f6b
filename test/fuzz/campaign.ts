/**
 * The campaigns of the fuzzer, as they run in a process of their own (fuzzer.ts): programs that are compared on all engines, and
 * tampered binaries and texts. Their reports are plain data.
 */
import type { Feature } from '../../src/spec/features.ts'
import { Coverage, type Reach } from './coverage.ts'
import { type Difference, compare, enginesFor, sameKind } from './differential.ts'
import type { Engine } from './engines.ts'
import { generate } from './generate.ts'
import { type Fate, type Ran, type Verdict, probeBinary, probeText } from './hostile.ts'
import { mutateBinary, skeletonOf } from './mutate-binary.ts'
import { asBytes, mutateText, tokensOf } from './mutate-text.ts'
import type { Oracle } from './oracle.ts'
import { type Program, list, toBytes } from './program.ts'
import { Random } from './random.ts'
import { binarySeeds, texts } from './seeds.ts'
import { shrink } from './shrink.ts'

/** Seeds, or numbers of inputs: `count` of them from `first` on, in steps. */
export interface Range {
  readonly first: number
  readonly count: number
  readonly step: number
}
const numbers = ({ first, count, step }: Range): number[] => Array.from({ length: count }, (_, i) => first + i * step)

export interface Campaign {
  /** Of the programs that were measured. */
  readonly reach: Reach
  readonly programs: number
  readonly ticks: number
  /** Programs that native WebAssembly ran too; of those that it knows, the ones that it did not survive, or does otherwise each time; and programs in which nothing trapped. */
  readonly natives: number
  readonly lost: readonly number[]
  readonly clean: number
  /** Texts to print, one for each program that differs (at most three, shrunk). */
  readonly failures: readonly string[]
}

/** Programs that the oracle gets at once. */
const BATCH = 250

/** Runs the programs of those seeds; what they reach is noted for those below `measured`, which run on every configuration. */
export function differential(range: Range, measured: number, oracle: Oracle, progress: (text: string) => void): Campaign {
  const coverage = new Coverage()
  const failures: string[] = []
  let [programs, ticks, natives, clean] = [0, 0, 0, 0]
  const seeds = numbers(range)
  const { stackTraceLimit } = Error
  // Every trap is an error: the backtraces of JS take time, and are wanted only of crashes.
  Error.stackTraceLimit = 0
  while (programs < seeds.length && failures.length < 3) {
    const batch = seeds.slice(programs, programs + BATCH).map((seed) => generate(seed))
    const known = batch.filter((p) => oracle.knows(p))
    oracle.prepare(known)
    natives += known.length
    for (const program of batch) {
      if (failures.length >= 3) break
      const isMeasured = program.seed < measured
      const engines = enginesFor(program, oracle, isMeasured ? coverage : undefined)
      const found = compare(program, engines, ({ outcomes }) => {
        ticks += outcomes.reduce((n, o) => n + o.ticks, 0)
        if (outcomes.every((o) => o.ended)) clean++
      })
      if (isMeasured) coverage.programEnded()
      programs++
      if (found === undefined) continue
      if (found.engines.includes('native') && !oracle.isSteady(program)) {
        oracle.lost.push(program.seed)
        continue
      }
      Error.stackTraceLimit = stackTraceLimit
      failures.push(explain(program, found, (p) => enginesFor(p, oracle, undefined, isMeasured)))
      Error.stackTraceLimit = 0
      progress(failures[failures.length - 1]!)
    }
    if (programs % (10 * BATCH) === 0) progress(`${programs} programs, ${natives} also native, ${clean} clean, ${failures.length} differ`)
  }
  return { reach: coverage.reach, programs, ticks, natives, lost: oracle.lost, clean, failures }
}

/** Runs of a program on native WebAssembly that shrinking may take: each is a process. */
const NATIVE_RUNS = 150

/** The difference on the smallest program that shows it. */
function explain(program: Program, found: Difference, enginesOf: (p: Program) => Engine[]): string {
  const again = (p: Program): Difference | undefined =>
    compare(
      p,
      enginesOf(p).filter(({ name }) => found.engines.includes(name)),
    )
  const small = shrink(program, (p) => sameKind(found, again(p)), found.engines.includes('native') ? NATIVE_RUNS : undefined)
  const { engines, where, what } = again(small) ?? found
  const bytes = [...toBytes(small)].map((b) => b.toString(16).padStart(2, '0')).join('')
  return `seed ${program.seed}, ${where}: ${engines[0]} and ${engines[1]} differ\n  ${what[0]}\n  ${what[1]}\n${list(small)}\n${bytes.length < 4000 ? bytes : ''}`
}

export interface HostileCampaign {
  readonly inputs: number
  readonly fates: Readonly<Record<Fate, number>>
  /** How many of those that ran use each feature. */
  readonly features: Readonly<Partial<Record<Feature, number>>>
  /** Growth of the process while it ran, at its highest, in MB. */
  readonly grown: number
  readonly slowest: number
  readonly failures: readonly string[]
}

/** An input may take this many ms. */
const PATIENCE = 5000

/** Makes inputs from their numbers and looks at what comes of them. */
function hostile(range: Range, make: (r: Random) => Uint8Array, probe: (input: Uint8Array, ran: Ran) => Verdict): HostileCampaign {
  const fates: Record<Fate, number> = { malformed: 0, invalid: 0, 'not supported': 0, 'not linked': 0, ran: 0 }
  const features: Partial<Record<Feature, number>> = {}
  const failures: string[] = []
  let slowest = 0
  // In kB; it never falls.
  const before = process.resourceUsage().maxRSS
  let inputs = 0
  for (const number of numbers(range)) {
    if (failures.length >= 5) break
    inputs++
    const input = make(new Random(number * 7 + 3))
    const started = performance.now()
    const verdict = probe(input, (used) => {
      for (const feature of used) features[feature] = (features[feature] ?? 0) + 1
    })
    const ms = performance.now() - started
    slowest = Math.max(slowest, ms)
    const what = `input ${number}`
    if (typeof verdict === 'string') fates[verdict]++
    else
      failures.push(
        `${what}, ${verdict.step}: ${verdict.error instanceof Error ? verdict.error.stack : String(verdict.error)}\n${shown(input)}`,
      )
    if (ms > PATIENCE) failures.push(`${what} took ${ms} ms\n${shown(input)}`)
  }
  const grown = Math.round((process.resourceUsage().maxRSS - before) / 1024)
  return { inputs, fates, features, grown, slowest: Math.round(slowest), failures }
}

export function hostileBinaries(range: Range, withSuite: boolean): HostileCampaign {
  const skeletons = binarySeeds(withSuite).map(skeletonOf)
  return hostile(range, (r) => mutateBinary(r.pick(skeletons), r.pick(skeletons), r), probeBinary)
}
export function hostileTexts(range: Range): HostileCampaign {
  const tokens = texts.map(tokensOf)
  return hostile(range, (r) => asBytes(mutateText(r.pick(tokens), r.pick(tokens), r), r), probeText)
}

/** A text as it is, a binary as hexadecimal numbers. */
function shown(input: Uint8Array): string {
  const text = Buffer.from(input).toString(input[0] === 0 ? 'hex' : 'latin1')
  return text.length < 20_000 ? text : `${text.slice(0, 20_000)}…`
}
