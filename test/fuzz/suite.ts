/**
 * The two campaigns of the fuzzer, for fuzz.test.ts (CI size) and fuzz.long.test.ts. Environment: VITRINE_FUZZ_SEED is the
 * first seed, VITRINE_FUZZ_COUNT the number of programs; VITRINE_LONG makes the CI test long as well.
 */
import type { InstantiateOptions } from '../../src/index.ts'
import { type Instruction, instructions } from '../../src/spec/instructions.ts'
import { Coverage } from './coverage.ts'
import { type Difference, compare, enginesFor, sameKind } from './differential.ts'
import { generate } from './generate.ts'
import { mutate, probe } from './hostile.ts'
import { type Program, list, toBytes } from './program.ts'
import { Random } from './random.ts'
import { shrink } from './shrink.ts'

export const long: boolean = Boolean(process.env.VITRINE_LONG)
export const firstSeed: number = Number(process.env.VITRINE_FUZZ_SEED ?? 1)
export const programs = (otherwise: number): number => Number(process.env.VITRINE_FUZZ_COUNT ?? otherwise)

/** What the generator should reach: everything of the scalar language, which Wasm 2.0 had with tail calls and two memories. */
const FEATURES = ['mvp', 'sign-extension', 'saturating-float-to-int', 'multi-value', 'bulk-memory', 'reference-types', 'tail-call']
export const scalar: readonly Instruction[] = instructions.filter((i) => FEATURES.includes(i.feature))

/** Ops that the scalar language does not reach: other features, and twins that translation never asks for. */
const BEYOND = [
  /^br_if_(not_)?null/,
  /^(return_)?call_ref/,
  /^ref\.(eq|as_non_null)/,
  /^index64$/,
  /v128|[if]\d+x\d+/,
  /^(struct|array|i31|any|extern|cont|atomic)/,
  /atomic/,
  // Only a branch forward is negated, but for `i32.eqz`.
  /^br_if_not_(i32\.and_k|i64\.eqz|f64\..*)_loop$/,
]
/** What of the reachable ops is missing. */
export const missingOps = (coverage: Coverage): string[] =>
  coverage.missingOps().filter((name) => !BEYOND.some((pattern) => pattern.test(name)))

export interface Campaign {
  readonly coverage: Coverage
  readonly ticks: number
  readonly natives: number
  /** Texts to print, one for each program that differs (at most three, shrunk). */
  readonly failures: readonly string[]
}

export function differential(count: number, measured: number = count): Campaign {
  const coverage = new Coverage()
  const failures: string[] = []
  let ticks = 0
  let natives = 0
  for (let seed = firstSeed; seed < firstSeed + count && failures.length < 3; seed++) {
    const program = generate(seed)
    const measure = seed - firstSeed < measured
    const instances: Parameters<Coverage['see']>[0][] = []
    const found = compare(
      program,
      enginesFor(program, (instance) => measure && instances.push(instance)),
      (n) => (ticks += n),
    )
    for (const instance of instances) coverage.see(instance)
    if (measure) coverage.run(program)
    if (program.native) natives++
    if (found !== undefined) failures.push(explain(program, found))
  }
  return { coverage, ticks, natives, failures }
}

/** The difference on the smallest program that shows it. */
export function explain(program: Program, found: Difference): string {
  const small = shrink(program, (p) => sameKind(found, compare(p)))
  const { engines, where, what } = compare(small) ?? found
  const bytes = [...toBytes(small)].map((b) => b.toString(16).padStart(2, '0')).join('')
  return `seed ${program.seed}, ${where}: ${engines[0]} and ${engines[1]} differ\n  ${what[0]}\n  ${what[1]}\n${list(small)}\n${bytes.length < 4000 ? bytes : ''}`
}

const CONFIGURATIONS: readonly InstantiateOptions[] = [
  { executor: 'switch', tier: 'fast' },
  { executor: 'switch', tier: 'exact' },
  { executor: 'reference' },
]

/** Tampers with `count` binaries. Gives how many were refused, not linked and run, and what went wrong. */
export function hostile(count: number): { fates: Record<string, number>; failures: string[] } {
  const fates: Record<string, number> = { refused: 0, 'not linked': 0, ran: 0 }
  const failures: string[] = []
  let valid: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < count && failures.length < 5; i++) {
    const seed = firstSeed + i
    if (i % 20 === 0) valid = toBytes(generate(seed, { funcs: 2, body: 30 }))
    const bytes = mutate(valid, new Random(seed * 7 + 3))
    const started = performance.now()
    const fate = probe(bytes, CONFIGURATIONS[i % 3]!)
    const ms = performance.now() - started
    if (typeof fate === 'string') fates[fate]!++
    else
      failures.push(
        `input ${i} of seed ${firstSeed}, ${fate.step}: ${fate.error instanceof Error ? fate.error.stack : String(fate.error)}\n${hex(bytes)}`,
      )
    if (ms > 10_000) failures.push(`input ${i} of seed ${firstSeed} took ${ms} ms\n${hex(bytes)}`)
  }
  return { fates, failures }
}

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
