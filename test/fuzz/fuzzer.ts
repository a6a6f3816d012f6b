/**
 * The fuzzer as a program, bundled by bundle.ts: reads a task as JSON from standard input and writes its report as JSON to
 * standard output, what goes on meanwhile to standard error. With the argument `native` it is the oracle's child.
 */
import { readFileSync } from 'node:fs'
import { type Campaign, type HostileCampaign, type Range, differential, hostileBinaries, hostileTexts } from './campaign.ts'
import { compare, enginesFor } from './differential.ts'
import { generate } from './generate.ts'
import { NATIVE, serve } from './native.ts'
import type { OracleCommand } from './oracle-command.ts'
import { Oracle } from './oracle.ts'

export type Task =
  | { readonly kind: 'differential'; readonly range: Range; readonly measured: number; readonly oracle: OracleCommand }
  | { readonly kind: 'binaries'; readonly range: Range; readonly withSuite: boolean }
  | { readonly kind: 'texts'; readonly range: Range }
  | { readonly kind: 'first difference'; readonly count: number; readonly oracle: OracleCommand }
export interface Reports {
  readonly differential: Campaign
  readonly binaries: HostileCampaign
  readonly texts: HostileCampaign
  readonly 'first difference': FirstDifference
}
/** The number of the first program that differs, or 0. */
export interface FirstDifference {
  readonly found: number
  readonly what: string
}

const self = process.argv[1]!
const progress = (text: string): void => void process.stderr.write(`${text}\n`)

/** Programs given to the oracle at once: few at first, since a fault is mostly found soon. */
const BATCHES = [20, 50, 130, 300]

function firstDifference(count: number, oracle: Oracle): FirstDifference {
  for (let [first, n] = [1, 0]; first <= count; n++) {
    const size = BATCHES[n] ?? 500
    const programs = Array.from({ length: Math.min(size, count - first + 1) }, (_, i) => generate(first + i))
    first += programs.length
    oracle.prepare(programs.filter((p) => oracle.knows(p)))
    for (const p of programs) {
      try {
        const difference = compare(p, enginesFor(p, oracle, undefined, true))
        if (difference !== undefined) return { found: p.seed, what: `${difference.engines.join(' / ')}: ${difference.where}` }
      } catch (error) {
        return { found: p.seed, what: String(error).slice(0, 300) }
      }
    }
  }
  return { found: 0, what: '' }
}

function report(task: Task): Reports[Task['kind']] {
  switch (task.kind) {
    case 'differential':
      return differential(task.range, task.measured, new Oracle(task.oracle, self), progress)
    case 'binaries':
      return hostileBinaries(task.range, task.withSuite)
    case 'texts':
      return hostileTexts(task.range)
    case 'first difference':
      return firstDifference(task.count, new Oracle(task.oracle, self))
  }
}

if (process.argv[2] === NATIVE) serve()
else process.stdout.write(JSON.stringify(report(JSON.parse(readFileSync(0, 'utf8')) as Task)))
