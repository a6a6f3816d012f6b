/** Results as they are kept: each part with the circumstances it was measured in. */
import { loadavg } from 'node:os'
import { type Context, type Findings, type PartName, partNames, parts } from './parts.ts'

/** When, where and how often. */
export interface About {
  readonly date: string
  readonly node: string
  readonly v8: string
  readonly arch: string
  readonly runs: number
  readonly scale: number
  /** Load of the machine before and after. */
  readonly load: readonly [number, number]
}
export type Results = { [Name in PartName]?: { readonly about: About; readonly found: Findings[Name] } }

async function measurePart<Name extends PartName>(results: Results, name: Name, context: Context): Promise<void> {
  const before = loadavg()[0]
  const found: Findings[Name] = await parts[name].measure(context)
  const { node, v8 } = process.versions
  const about: About = {
    date: new Date().toISOString().slice(0, 10),
    node,
    v8,
    arch: process.arch,
    runs: context.runs,
    scale: context.scale,
    load: [before, loadavg()[0]],
  }
  results[name] = { about, found } as Results[Name]
}

/** `keep` gets the results so far after each part: those of an hour are not lost when the next part fails. */
export async function measureParts(names: readonly PartName[], context: Context, keep: (results: Results) => void): Promise<Results> {
  const results: Results = {}
  for (const name of names) {
    await measurePart(results, name, context)
    keep(results)
  }
  return results
}

export function aboutLine({ date, node, v8, arch, runs, load }: About): string {
  const rounds = runs === 1 ? 'one round' : `medians of ${runs} rounds (min–max)`
  return `Node ${node} (V8 ${v8}, ${arch}), ${date}, ${rounds}, CPU time; load of the machine ${load[0].toFixed(1)} at the start, ${load[1].toFixed(1)} at the end`
}

/** Markdown of one part, with the circumstances before it; nothing if it was not measured. */
export function partReport<Name extends PartName>(name: Name, results: Results): string[] {
  const result = results[name] as { readonly about: About; readonly found: Findings[Name] } | undefined
  return result === undefined ? [] : [aboutLine(result.about), ...parts[name].report(result.found)]
}

/** Markdown of all that was measured. */
export const reportOf = (results: Results): string => partNames.flatMap((name) => partReport(name, results)).join('\n\n')
