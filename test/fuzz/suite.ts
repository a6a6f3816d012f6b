/**
 * The fuzzer's campaigns, for fuzz.test.ts and hostile.test.ts: each is a process, or several that share the work (fuzzer.ts).
 * Environment: VITRINE_LONG makes them long; VITRINE_FUZZ_SEED is the first seed, VITRINE_FUZZ_COUNT the number of programs or
 * inputs, VITRINE_FUZZ_PROCESSES the number of processes.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Feature } from '../../src/spec/features.ts'
import { opNames } from '../../src/ops/op-names.gen.ts'
import { type Instruction, instructions } from '../../src/spec/instructions.ts'
import { repoRoot } from '../helpers/files.ts'
import { FLAGS, bundleFuzzer } from './bundle.ts'
import type { Campaign, HostileCampaign, Range } from './campaign.ts'
import { type Reach, joined } from './coverage.ts'
import type { Reports, Task } from './fuzzer.ts'
import { type OracleCommand, findOracle } from './oracle-command.ts'

export const long: boolean = Boolean(process.env.VITRINE_LONG)
export const firstSeed: number = Number(process.env.VITRINE_FUZZ_SEED ?? 1)
export const inputs = (otherwise: number): number => Number(process.env.VITRINE_FUZZ_COUNT ?? otherwise)
const processes = Number(process.env.VITRINE_FUZZ_PROCESSES ?? 2)

/** What the generator should reach: every instruction of these features. Some have no instructions, only types and limits. */
// oxfmt-ignore
export const generated: ReadonlySet<Feature> = new Set<Feature>([
  'mvp', 'sign-extension', 'saturating-float-to-int', 'multi-value', 'bulk-memory', 'reference-types', 'tail-call', 'multi-memory',
  'extended-const', 'memory64', 'function-references', 'simd', 'relaxed-simd', 'threads', 'wide-arithmetic', 'gc', 'exceptions', 'legacy-exceptions',
  'custom-page-sizes', 'stack-switching',
])
export const reachable: readonly Instruction[] = instructions.filter((i) => generated.has(i.feature))

/** Ops that the scalar language does not reach: other features, and twins that translation never asks for. */
const BEYOND = [
  // Only in code that is watched.
  // Only instrumented and debugged code has these.
  /^(count|weigh|probe|break)$/,
  // Never in the code.
  /^not_linked$/,
  /v128|[if]\d+x\d+/,
  // Only a branch forward is negated, but for `i32.eqz`.
  /^br_if_not_(i32\.and_k|i64\.eqz|f64\..*)_loop$/,
]
/** What of the reachable ops is missing. */
export const missingOps = ({ ops }: Reach): string[] =>
  opNames.filter((name) => !ops.includes(name) && !BEYOND.some((pattern) => pattern.test(name)))

/** Runs a task in as many processes as there are ranges. */
async function run<K extends 'differential' | 'binaries' | 'texts'>(
  ranges: readonly Range[],
  task: (range: Range) => Task & { kind: K },
): Promise<Reports[K][]> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-fuzz-'))
  try {
    const bundle = join(folder, 'fuzzer.mjs')
    bundleFuzzer(repoRoot, bundle)
    return await Promise.all(ranges.map(async (range) => child(bundle, task(range)) as Promise<Reports[K]>))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
async function child(bundle: string, task: Task): Promise<unknown> {
  const running = spawn(process.execPath, [...FLAGS, bundle], { stdio: ['pipe', 'pipe', 'inherit'] })
  running.stdin.end(JSON.stringify(task))
  const chunks: Buffer[] = []
  for await (const chunk of running.stdout) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  if (text === '') throw new Error('the process of the fuzzer came to no end of its own')
  return JSON.parse(text) as unknown
}

/** The numbers from the first seed on, dealt out to processes. */
const dealt = (count: number): Range[] =>
  Array.from({ length: Math.max(1, Math.min(processes, count)) }, (_, i) => ({
    first: firstSeed + i,
    count: Math.ceil((count - i) / processes),
    step: processes,
  }))

const sum = <T>(list: readonly T[], of: (item: T) => number): number => list.reduce((n, item) => n + of(item), 0)

/** Runs `count` programs; what they reach is noted of the first `measured`. */
export async function differential(count: number, measured: number = count): Promise<Campaign & { readonly oracle: OracleCommand }> {
  const oracle = findOracle()
  const parts = await run(dealt(count), (range) => ({ kind: 'differential', range, measured: firstSeed + measured, oracle }))
  return {
    oracle,
    reach: parts.map((p) => p.reach).reduce(joined),
    programs: sum(parts, (p) => p.programs),
    ticks: sum(parts, (p) => p.ticks),
    natives: sum(parts, (p) => p.natives),
    lost: parts.flatMap((p) => p.lost),
    clean: sum(parts, (p) => p.clean),
    failures: parts.flatMap((p) => p.failures),
  }
}

/** Counts of the same things added up. */
function added<K extends string>(parts: readonly Readonly<Partial<Record<K, number>>>[]): Record<K, number> {
  const total = {} as Record<K, number>
  for (const part of parts) for (const [key, n] of Object.entries(part) as [K, number][]) total[key] = (total[key] ?? 0) + n
  return total
}
const together = (parts: readonly HostileCampaign[]): HostileCampaign => ({
  inputs: sum(parts, (p) => p.inputs),
  fates: added(parts.map((p) => p.fates)),
  features: added(parts.map((p) => p.features)),
  grown: Math.max(...parts.map((p) => p.grown)),
  slowest: Math.max(...parts.map((p) => p.slowest)),
  failures: parts.flatMap((p) => p.failures),
})
export const hostileBinaries = async (count: number): Promise<HostileCampaign> =>
  together(await run(dealt(count), (range) => ({ kind: 'binaries', range, withSuite: long })))
export const hostileTexts = async (count: number): Promise<HostileCampaign> =>
  together(await run(dealt(count), (range) => ({ kind: 'texts', range })))
