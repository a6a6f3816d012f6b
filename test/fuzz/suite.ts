/**
 * The campaigns of the fuzzer, for fuzz.test.ts and hostile.test.ts. Environment: VITRINE_FUZZ_SEED is the first seed,
 * VITRINE_FUZZ_COUNT the number of programs; VITRINE_LONG makes the tests long.
 */
import type { Feature } from '../../src/spec/features.ts'
import { executed } from '../../spec-tests/features.ts'
import { type Instruction, instructions } from '../../src/spec/instructions.ts'
import { Coverage } from './coverage.ts'
import { type Difference, compare, enginesFor, sameKind } from './differential.ts'
import { generate } from './generate.ts'
import { type Fate, type Verdict, probeBinary, probeText } from './hostile.ts'
import { mutateBinary, skeletonOf } from './mutate-binary.ts'
import { asBytes, mutateText, tokensOf } from './mutate-text.ts'
import { type Program, list, toBytes } from './program.ts'
import { Random } from './random.ts'
import { binarySeeds, texts } from './seeds.ts'
import { shrink } from './shrink.ts'

export const long: boolean = Boolean(process.env.VITRINE_LONG)
export const firstSeed: number = Number(process.env.VITRINE_FUZZ_SEED ?? 1)
export const programs = (otherwise: number): number => Number(process.env.VITRINE_FUZZ_COUNT ?? otherwise)

/** What the generator should reach: every instruction of these features. Some have no instructions, only types and limits. */
// oxfmt-ignore
export const generated: ReadonlySet<Feature> = new Set<Feature>([
  'mvp', 'sign-extension', 'saturating-float-to-int', 'multi-value', 'bulk-memory', 'reference-types', 'tail-call', 'multi-memory',
  'extended-const', 'memory64', 'function-references', 'simd', 'relaxed-simd', 'threads', 'wide-arithmetic', 'gc', 'exceptions', 'legacy-exceptions',
])
export const reachable: readonly Instruction[] = instructions.filter((i) => generated.has(i.feature) && executed.has(i.feature))

/** Ops that the scalar language does not reach: other features, and twins that translation never asks for. */
const BEYOND = [
  // Only in code that is watched.
  // Only instrumented and debugged code has these.
  /^(count|weigh|probe|break)$/,
  // Never in the code.
  /^not_linked$/,
  /v128|[if]\d+x\d+/,
  // Continuations have no generator yet.
  /^(cont|suspend|resume|switch)/,
  // Only a branch forward is negated, but for `i32.eqz`.
  /^br_if_not_(i32\.and_k|i64\.eqz|f64\..*)_loop$/,
]
/** What of the reachable ops is missing. */
export const missingOps = (coverage: Coverage): string[] =>
  coverage.missingOps().filter((name) => !BEYOND.some((pattern) => pattern.test(name)))

export interface Campaign {
  readonly coverage: Coverage
  readonly programs: number
  readonly ticks: number
  /** Programs that native WebAssembly ran too, and programs in which nothing trapped. */
  readonly natives: number
  readonly clean: number
  /** Texts to print, one for each program that differs (at most three, shrunk). */
  readonly failures: readonly string[]
}

/** Runs `count` programs; what they reach is noted of the first `measured`. */
export function differential(count: number, measured: number = count): Campaign {
  const coverage = new Coverage()
  const failures: string[] = []
  let [programs, ticks, natives, clean] = [0, 0, 0, 0]
  for (; programs < count && failures.length < 3; programs++) {
    const program = generate(firstSeed + programs)
    const engines = enginesFor(program, programs < measured ? coverage : undefined)
    const found = compare(program, engines, ({ outcomes }) => {
      ticks += outcomes.reduce((n, o) => n + o.ticks, 0)
      if (outcomes.every((o) => o.ended)) clean++
    })
    coverage.programEnded()
    if (program.native) natives++
    if (found !== undefined) failures.push(explain(program, found))
  }
  return { coverage, programs, ticks, natives, clean, failures }
}

/** The difference on the smallest program that shows it. */
export function explain(program: Program, found: Difference): string {
  const small = shrink(program, (p) => sameKind(found, compare(p)))
  const { engines, where, what } = compare(small) ?? found
  const bytes = [...toBytes(small)].map((b) => b.toString(16).padStart(2, '0')).join('')
  return `seed ${program.seed}, ${where}: ${engines[0]} and ${engines[1]} differ\n  ${what[0]}\n  ${what[1]}\n${list(small)}\n${bytes.length < 4000 ? bytes : ''}`
}

export interface HostileCampaign {
  readonly inputs: number
  readonly fates: Readonly<Record<Fate, number>>
  /** Growth of the process while it ran, at its highest, in MB. */
  readonly grown: number
  readonly slowest: number
  readonly failures: readonly string[]
}

/** An input may take this many ms. */
const PATIENCE = 5000

/** Makes inputs from their numbers and looks at what comes of them. */
function hostile(count: number, make: (r: Random) => Uint8Array, probe: (input: Uint8Array) => Verdict): HostileCampaign {
  const fates: Record<Fate, number> = { malformed: 0, invalid: 0, 'not supported': 0, 'not linked': 0, ran: 0 }
  const failures: string[] = []
  let slowest = 0
  let inputs = 0
  // In kB; it never falls.
  const before = process.resourceUsage().maxRSS
  for (; inputs < count && failures.length < 5; inputs++) {
    const input = make(new Random((firstSeed + inputs) * 7 + 3))
    const started = performance.now()
    const verdict = probe(input)
    const ms = performance.now() - started
    slowest = Math.max(slowest, ms)
    const what = `input ${inputs} of seed ${firstSeed}`
    if (typeof verdict === 'string') fates[verdict]++
    else
      failures.push(
        `${what}, ${verdict.step}: ${verdict.error instanceof Error ? verdict.error.stack : String(verdict.error)}\n${shown(input)}`,
      )
    if (ms > PATIENCE) failures.push(`${what} took ${ms} ms\n${shown(input)}`)
  }
  const grown = Math.round((process.resourceUsage().maxRSS - before) / 1024)
  return { inputs, fates, grown, slowest: Math.round(slowest), failures }
}

export function hostileBinaries(count: number): HostileCampaign {
  const skeletons = binarySeeds(count > 10_000).map(skeletonOf)
  return hostile(count, (r) => mutateBinary(r.pick(skeletons), r.pick(skeletons), r), probeBinary)
}
export function hostileTexts(count: number): HostileCampaign {
  const tokens = texts.map(tokensOf)
  return hostile(count, (r) => asBytes(mutateText(r.pick(tokens), r.pick(tokens), r), r), probeText)
}

/** A text as it is, a binary as hexadecimal numbers. */
function shown(input: Uint8Array): string {
  const text = Buffer.from(input).toString(input[0] === 0 ? 'hex' : 'latin1')
  return text.length < 20_000 ? text : `${text.slice(0, 20_000)}…`
}
