/**
 * The oracle: native WebAssembly, in a child process that gets programs in batches. Which features it knows it is asked.
 */
import { spawnSync } from 'node:child_process'
import { serialize } from 'node:v8'
import type { Feature } from '../../src/spec/features.ts'
import { watToWasm } from '../../src/text/index.ts'
import { allFeatures } from '../../src/spec/features.ts'
import { type Batch, type Item, NATIVE } from './native.ts'
import type { OracleCommand } from './oracle-command.ts'
import type { Trace } from './outcome.ts'
import { type Program, toBytes } from './program.ts'

/** A module for each feature that generated programs have beyond the scalar language: the oracle is asked which are valid. */
const probes: Partial<Record<Feature, string>> = {
  threads: '(memory 1) (func (drop (i32.atomic.load (i32.const 0))))',
  'legacy-exceptions': '(tag $e) (func (try (do (throw $e)) (catch $e) (catch_all (rethrow 0))))',
  'extended-const': '(global i32 (i32.add (i32.const 1) (i32.const 2)))',
  'multi-memory': '(memory 1) (memory 1)',
  memory64: '(memory i64 1) (table i64 1 funcref)',
  gc: '(type $s (struct (field i32))) (func (drop (struct.new_default $s)))',
  exceptions: '(tag $e) (func (block (try_table (catch_all 0) (throw $e))))',
  simd: '(func (param v128) (result v128) (i8x16.popcnt (local.get 0)))',
  'relaxed-simd': '(func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))',
  'function-references': '(type $f (func)) (func (param (ref null $f)) (call_ref $f (local.get 0)))',
  'wide-arithmetic': '(func (param i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 0)))',
  'custom-page-sizes': '(memory 10 20 (pagesize 1))',
  'stack-switching': '(type $f (func)) (type $k (cont $f)) (func (param (ref null $k)) (resume $k (local.get 0)))',
}

/** ms for a batch. */
const PATIENCE = 120_000

export class Oracle {
  readonly features: ReadonlySet<Feature>
  /** Programs that brought the engine down, did not come to an end in it, or do something else each time. */
  readonly lost: number[] = []
  private readonly command: OracleCommand
  /** The bundle that has `serve` of native.ts. */
  private readonly bundle: string
  private readonly prepared = new WeakMap<Program, Trace | undefined>()

  constructor(command: OracleCommand, bundle: string) {
    this.command = command
    this.bundle = bundle
    const names = Object.keys(probes) as Feature[]
    const answers = this.ask({ probes: names.map((name) => watToWasm(`(module ${probes[name]!})`, { features: allFeatures })), items: [] })
    if (answers.length !== names.length) throw new Error(`${command.about} does not answer`)
    this.features = new Set(names.filter((_, i) => answers[i] === true))
  }

  /** Whether there is anything to compare with. */
  knows(p: Program): boolean {
    const known = [...p.features].every((feature) => !(feature in probes) || this.features.has(feature))
    return known && !p.open && (p.provider === undefined || this.knows(p.provider))
  }

  /** Runs all those programs in one go; `observe` has their traces then. */
  prepare(programs: readonly Program[]): void {
    for (let rest = programs; rest.length > 0;) {
      const answers = this.ask({ probes: [], items: rest.map(itemOf) }) as Trace[]
      answers.forEach((trace, i) => this.prepared.set(rest[i]!, trace))
      if (answers.length < rest.length) {
        this.prepared.set(rest[answers.length]!, undefined)
        this.lost.push(rest[answers.length]!.seed)
      }
      rest = rest.slice(answers.length + 1)
    }
  }

  /** What the oracle sees, or undefined when it could not run the program to its end. */
  observe(p: Program): Trace | undefined {
    if (!this.prepared.has(p)) this.prepare([p])
    return this.prepared.get(p)
  }

  /**
   * Whether it gives the same answer each time it is asked. V8 14 crashes in some runs of some programs with continuations, and
   * in others has overwritten something.
   */
  isSteady(p: Program): boolean {
    const answer = (): string => JSON.stringify(this.ask({ probes: [], items: [itemOf(p)] })[0])
    const first = JSON.stringify(this.observe(p))
    for (let i = 0; i < 5; i++) if (answer() !== first) return false
    return true
  }

  /** The answers that came, one for each item until the child ended. */
  private ask(batch: Batch): unknown[] {
    const { program, flags } = this.command
    const { stdout, error } = spawnSync(program, [...flags, this.bundle, NATIVE], {
      input: serialize(batch),
      maxBuffer: 2 ** 30,
      timeout: PATIENCE,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    if (error !== undefined && !('code' in error && error.code === 'ETIMEDOUT')) throw error
    const lines = stdout.toString('utf8').split('\n')
    return lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)
  }
}

const itemOf = (p: Program): Item => ({
  seed: p.seed,
  types: p.types,
  imports: p.imports,
  funcs: p.funcs.map(({ typeidx }) => ({ typeidx })),
  tags: p.tags,
  exports: p.exports,
  bytes: toBytes(p),
  provider: p.provider === undefined ? undefined : itemOf(p.provider),
})
