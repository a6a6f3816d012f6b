/** The host layer against node:wasi: the same thin guest, the same files. CPU times, as everywhere in this harness. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { watToWasm } from '../../src/text/index.ts'
import { type Bundles, runChild } from '../processes.ts'
import { type Spread, spread } from '../stats.ts'

export interface HostJob {
  readonly wasm: readonly number[]
  readonly megabytes: number
  readonly buffers: readonly number[]
  readonly opens: number
  readonly rounds: number
}
export interface HostResult {
  readonly task: string
  /** CPU ms of each round. */
  readonly vitrine: number[]
  readonly native: number[]
}
export interface HostSpeed {
  readonly task: string
  readonly vitrine: Spread
  readonly native: Spread
}

export function measureHost(runs: number, scale: number, { host }: Bundles, progress: (line: string) => void): HostSpeed[] {
  progress('host layer')
  const source = readFileSync(join(fileURLToPath(new URL('.', import.meta.url)), 'io.wat'), 'utf8')
  const job: HostJob = {
    wasm: [...watToWasm(source)],
    megabytes: Math.max(1, Math.round(256 * scale)),
    buffers: [65536, 4096],
    opens: Math.max(100, Math.round(10_000 * scale)),
    // The first round of each is a warm-up.
    rounds: runs + 1,
  }
  const results = runChild<HostResult[]>(['--no-warnings'], host, job)
  return results.map(({ task, vitrine, native }) => ({ task, vitrine: spread(vitrine.slice(1)), native: spread(native.slice(1)) }))
}
