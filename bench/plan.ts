/**
 * What is measured: the fixed list of programs, their sizes for each configuration, and the configurations. The sizes are
 * fixed numbers, not found at run time, so that two runs of the harness do the same work.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Engine } from './jobs.ts'

export type Mode = 'jit' | 'jitless'
export const modes: readonly Mode[] = ['jit', 'jitless']

/** Ways of running that can be asked for with --executors. */
export const executors: readonly string[] = ['switch/fast', 'switch/exact', 'closure/fast', 'closure/exact', 'auto', 'reference']

export function engineOf(executor: string): Engine {
  const [name, tier = 'auto'] = executor.split('/')
  return { kind: 'vitrine', executor: name, tier }
}

export const nodeFlags: Readonly<Record<Mode | 'native', readonly string[]>> = {
  jit: [],
  jitless: ['--jitless'],
  // Every function is compiled by TurboFan when it is first called: no baseline code, no tiering while we measure.
  native: ['--no-liftoff'],
}

interface Listed {
  readonly n: number
  readonly checksum: number
}
export interface Kernel {
  readonly name: string
  readonly about: string
  readonly small: Listed
  readonly large: Listed
}

export const kernelsWasm: string = fileURLToPath(new URL('kernels/kernels.wasm', import.meta.url))
export const kernels: readonly Kernel[] = JSON.parse(readFileSync(new URL('kernels/kernels.json', import.meta.url), 'utf8')) as Kernel[]

/** The size at which a kernel takes machine code about 1 ms. A kernel that is not listed here gets its `large` size / 10. */
const oneMs: Readonly<Record<string, number>> = {
  fib: 25,
  sieve: 4,
  xorshift: 400_000,
  splitmix64: 600_000,
  fnv64: 600,
  powmod: 57_000,
  nbody: 6700,
  matmul: 35,
  mandelbrot: 105,
  sha256: 2000,
  crc32: 260,
  base64: 455,
  vm: 10_500,
  calls: 45_000,
  indirect: 85_000,
  quicksort: 17,
  strings: 790,
  hashmap: 41_000,
}

/** How many of these ms of work a call gets, so that it takes 0.1 to 0.5 s where it runs. */
const work: Readonly<Record<Mode, Readonly<Record<string, number>>>> = {
  jit: { 'switch/fast': 8, 'switch/exact': 2, 'closure/fast': 4, 'closure/exact': 1, auto: 8, reference: 0.06 },
  jitless: { 'switch/fast': 0.08, 'switch/exact': 0.04, 'closure/fast': 0.16, 'closure/exact': 0.06, auto: 0.16, reference: 0.006 },
}

const PHI = (1 + Math.sqrt(5)) / 2

/** Size of a kernel for a configuration; `scale` shrinks all of them for smoke tests. */
export function sizeFor({ name, large }: Kernel, mode: Mode, executor: string, scale: number): number {
  const unit = oneMs[name] ?? large.n / 10
  const factor = work[mode][executor] * scale
  // fib is the one whose time is not linear in its size.
  const n = name === 'fib' ? unit + Math.log(factor) / Math.log(PHI) : unit * factor
  return Math.max(1, Math.round(n))
}

/** Two sizes whose executed instructions are counted, and how instructions grow from them to any size. */
export const countSizes = ({ name, small }: Kernel): readonly [number, number] => [small.n, name === 'fib' ? small.n + 1 : 2 * small.n]

export function instructionsAt(kernel: Kernel, counts: readonly number[], n: number): number {
  const [n1, n2] = countSizes(kernel)
  const x = kernel.name === 'fib' ? (size: number) => PHI ** size : (size: number) => size
  const slope = (counts[1] - counts[0]) / (x(n2) - x(n1))
  return counts[0] + slope * (x(n) - x(n1))
}

/** The listed checksum of a size, if it is one of the listed sizes. */
export function listedChecksum({ small, large }: Kernel, n: number): number | undefined {
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
