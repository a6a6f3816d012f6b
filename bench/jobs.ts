/**
 * What the harness asks of a child process, and what comes back: one JSON object each way (argument, last line of stdout).
 * All times are CPU time of the whole child process (user + system, V8's background threads included) in ms.
 */
import type { Feature } from '../src/index.ts'
import type { Rival } from './rivals/index.ts'
import type { Checksum } from './plan.ts'

/** The JS engine's own WebAssembly, or vitrine. */
export type OwnEngine = { readonly kind: 'native' } | { readonly kind: 'vitrine'; readonly executor: string; readonly tier: string }
/** What can run a Wasm function. */
export type Engine =
  | OwnEngine
  /** `file`: URL or path of what runs the module. */
  | { readonly kind: Rival; readonly file: string }

/** The exported function that a kernel is, and its arguments; "n" stands for the size. */
export interface Call {
  readonly name: string
  readonly args: readonly (number | 'n')[]
  readonly features: readonly Feature[]
}

/** Runs one kernel at some sizes, in a process that has run nothing else. */
export interface KernelJob {
  readonly job: 'kernel'
  readonly engine: Engine
  /** URL of the bundle of `src/index.ts`: two commits can be measured side by side. */
  readonly core: string
  readonly wasm: string
  readonly call: Call
  readonly sizes: readonly number[]
  /** A size that is run afterwards, untimed, for its checksum alone. */
  readonly check: number
  /** CPU ms after the first call that count as warming up, then CPU ms to measure, in at least `calls` calls. */
  readonly warmMs: number
  readonly measureMs: number
  readonly calls: number
}
export interface SizeResult {
  readonly n: number
  readonly checksum: Checksum
  /** The first call in the process: with lazy translation and all that the JS engine does to get warm. */
  readonly first: number
  /** Median of the calls after warming up. */
  readonly steady: number
  readonly calls: number
}
export interface KernelResult {
  readonly sizes: readonly SizeResult[]
  /** Checksum at `check`. */
  readonly check: Checksum
}

/** Imports a bundle. */
export interface ImportJob {
  readonly job: 'import'
  readonly core: string
}
export interface ImportResult {
  readonly cpu: number
  readonly wall: number
}

/** Decodes and validates a module again and again: vitrine's `compile`, or `WebAssembly.validate`. */
export interface ValidateJob {
  readonly job: 'validate'
  readonly engine: Engine['kind']
  readonly core: string
  readonly wasm: string
  readonly measureMs: number
}
export interface ValidateResult {
  readonly bytes: number
  readonly first: number
  readonly steady: number
}

/** Decodes and validates a large module, in turns with `WebAssembly.validate` where there is one. */
export interface LargeJob {
  readonly job: 'large'
  readonly core: string
  readonly wasm: string
  readonly rounds: number
}
export interface LargeResult {
  readonly ours: readonly number[]
  /** Empty without a JIT. */
  readonly native: readonly number[]
}

/** Decodes and validates a module once, in a process that has done nothing else, for what it takes of memory. */
export interface PeakJob {
  readonly job: 'peak'
  readonly core: string
  readonly wasm: string
}
/** Bytes. */
export interface PeakResult {
  /** Largest resident set of the process beyond the one that it had with the file read. */
  readonly peak: number
  /** What the module keeps on the JS heap. */
  readonly kept: number
}

/** Parses a text module and encodes the result. */
export interface TextJob {
  readonly job: 'text'
  /** URL of the bundle of `src/text/index.ts`. */
  readonly text: string
  readonly wat: string
  readonly rounds: number
}
export interface TextResult {
  readonly parse: readonly number[]
  readonly encode: readonly number[]
  /** As in PeakResult, of the first round. */
  readonly peak: number
}

/** Executed instructions of kernels, counted by the reference executor. */
export interface CountJob {
  readonly kernels: readonly { readonly kernel: string; readonly wasm: string; readonly call: Call; readonly sizes: readonly number[] }[]
}
export type CountResult = Readonly<Record<string, readonly number[]>>

/** Micro measurements (micro-tasks.ts) of several engines, one after the other in one process. */
export interface MicroJob {
  readonly core: string
  readonly engines: readonly OwnEngine[]
  /** Time for each task, in ms. */
  readonly ms: number
}
export interface MicroResult {
  readonly engine: OwnEngine
  readonly task: string
  /** Median CPU time of one operation. */
  readonly ns: number
}

/** Child jobs that child.ts does. */
export type Job = KernelJob | ImportJob | ValidateJob | LargeJob | PeakJob | TextJob
