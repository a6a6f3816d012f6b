/**
 * What is measured: the fixed list of programs, their sizes for each configuration, and the configurations. The sizes are
 * fixed numbers, not found at run time, so that two runs of the harness do the same work.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Feature } from '../src/index.ts'
import type { Call } from './jobs.ts'

export type Mode = 'jit' | 'jitless'
export const modes: readonly Mode[] = ['jit', 'jitless']

export const nodeFlags: Readonly<Record<Mode | 'native', readonly string[]>> = {
  jit: [],
  jitless: ['--jitless'],
  // Every function is compiled by TurboFan when it is first called: no baseline code, no tiering while we measure.
  native: ['--no-liftoff'],
}

/** A number, or what `String` makes of a result that is none. */
export type Checksum = number | string
interface Listed {
  readonly n: number
  readonly checksum: Checksum
}
/** An exported function whose time grows with its size, from a size to a checksum. */
export interface Kernel {
  readonly name: string
  /** Path of the module without `.wasm`: in kernels/, or for features in examples/guests/. */
  readonly module: string
  /** What the export is called if not as the kernel. */
  readonly export?: string
  /** Arguments of the export; "n" is the size. Without them the size is the only one. */
  readonly args?: readonly (number | 'n')[]
  readonly about: string
  /** For tests of correctness, and for measuring. */
  readonly small: Listed
  readonly large: Listed
  /** The size at which machine code takes about 1 ms. */
  readonly ms: number
  /** How many Wasm instructions are executed at two sizes. `npm run bench -- --count` counts them anew. */
  readonly counted: readonly [readonly [n: number, instructions: number], readonly [n: number, instructions: number]]
  /** What the module needs to be asked for. */
  readonly features?: readonly Feature[]
  /** Work multiplies by this when the size grows by one. Without it work is in proportion to the size. */
  readonly growth?: number
}

const read = (url: URL): Kernel[] => JSON.parse(readFileSync(url, 'utf8')) as Kernel[]
const kernelsFolder = new URL('kernels/', import.meta.url)
const guestsFolder = new URL('../examples/guests/', import.meta.url)

const allKernels: readonly Kernel[] = read(new URL('kernels.json', kernelsFolder))
/** The C programs: scalar WebAssembly 2.0 at most. */
export const kernels: readonly Kernel[] = allKernels.filter((k) => k.module !== 'simd')
/** Programs on vectors with their plain twins, on the heap, with exceptions and continuations. */
export const featureKernels: readonly Kernel[] = [
  ...allKernels.filter((k) => k.module === 'simd'),
  ...read(new URL('features/features.json', import.meta.url)),
]

/** Whether this Node's own engine may lack what the module needs. */
export const needsNewest = ({ module }: Kernel): boolean => module.includes('/')

export const wasmOf = ({ module }: Kernel): string =>
  fileURLToPath(new URL(`${module}.wasm`, module.includes('/') ? guestsFolder : kernelsFolder))

/** How many of these ms of work a call gets, so that it takes 0.1 to 0.5 s where it runs. */
const work: Readonly<Record<Mode, Readonly<Record<string, number>>>> = {
  jit: {
    'switch/fast': 8,
    'switch/exact': 2,
    'closure/fast': 4,
    'closure/exact': 1,
    auto: 8,
    reference: 0.06,
    polywasm: 8,
    wasm2js: 16,
    webassemblyjs: 0.003,
  },
  jitless: {
    'switch/fast': 0.08,
    'switch/exact': 0.04,
    'closure/fast': 0.16,
    'closure/exact': 0.06,
    auto: 0.16,
    reference: 0.006,
    polywasm: 1,
    wasm2js: 1,
    webassemblyjs: 0.0005,
  },
}

/** Size of a kernel for `factor` ms of machine code. */
export function sizeOf({ ms, growth }: Kernel, factor: number): number {
  return Math.max(1, Math.round(growth === undefined ? ms * factor : ms + Math.log(factor) / Math.log(growth)))
}

/** Size of a kernel for a configuration; `scale` shrinks all of them for smoke tests. */
export const sizeFor = (kernel: Kernel, mode: Mode, executor: string, scale: number): number => sizeOf(kernel, work[mode][executor] * scale)

/** Executed instructions at any size, from those that were counted. */
export function instructionsAt({ counted, growth }: Kernel, n: number): number {
  const [[n1, instructions1], [n2, instructions2]] = counted
  const x = growth === undefined ? (size: number) => size : (size: number) => growth ** size
  const slope = (instructions2 - instructions1) / (x(n2) - x(n1))
  return instructions1 + slope * (x(n) - x(n1))
}

/** How a kernel is called. */
export const callOf = (kernel: Kernel): Call => ({
  name: kernel.export ?? kernel.name,
  args: kernel.args ?? ['n'],
  features: kernel.features ?? [],
})

/** The listed checksum of a size, if it is one of the listed sizes. */
export function listedChecksum({ small, large }: Kernel, n: number): Checksum | undefined {
  return n === small.n ? small.checksum : n === large.n ? large.checksum : undefined
}

export interface Budget {
  readonly warmMs: number
  readonly measureMs: number
  readonly calls: number
}
/** CPU time for warming up and for measuring. Without a JIT there is nothing to warm up. */
export const budgets: Readonly<Record<Mode | 'native', Budget>> = {
  jit: { warmMs: 500, measureMs: 250, calls: 3 },
  jitless: { warmMs: 0, measureMs: 150, calls: 1 },
  native: { warmMs: 20, measureMs: 40, calls: 3 },
}
