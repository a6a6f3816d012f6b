/** Counts as lcov, on the text that `vitrine print` makes of the module, and as a summary. Called by `vitrine cover`. */
import { printModuleWithMap } from '../../text/index.ts'
import type { ModuleCounts } from '../counts.ts'

/** Text of a module with, for each line that has instructions, how often the busiest of them ran. */
export interface CoveredText {
  readonly lines: readonly string[]
  /** By line, from 1; lines without instructions are missing. */
  readonly hits: ReadonlyMap<number, number>
  readonly functions: readonly { readonly name: string; readonly line: number; readonly calls: number }[]
  readonly branches: readonly { readonly line: number; readonly block: number; readonly taken: number; readonly passed: number }[]
}

/** One instruction a line, as in the binary, so that a line has one count. */
export function coveredText(counts: ModuleCounts): CoveredText {
  const { text, map } = printModuleWithMap(counts.module, { folded: false })
  const lineOf = (offset: number): number | undefined => map.placeOf(offset)?.line
  const hits = new Map<number, number>()
  const functions: { name: string; line: number; calls: number }[] = []
  for (const f of counts.functions()) {
    const instructions = counts.instructions(f.funcidx)
    for (const { offset, count } of instructions) {
      const line = lineOf(offset)
      if (line !== undefined) hits.set(line, Math.max(hits.get(line) ?? 0, count))
    }
    functions.push({ name: f.name ?? `func ${f.funcidx}`, line: lineOf(instructions[0]!.offset) ?? 1, calls: f.calls })
  }
  const branches = counts.branches().flatMap(({ offset, taken, passed }, block) => {
    const line = lineOf(offset)
    return line === undefined ? [] : [{ line, block, taken, passed }]
  })
  return { lines: text.replace(/\n$/, '').split('\n'), hits, functions, branches }
}

/** An lcov tracefile; `path` is where the printed text is, for genhtml and editors. */
export function toLcov({ hits, functions, branches }: CoveredText, path: string): string {
  const out = ['TN:', `SF:${path}`]
  const names = new Set<string>()
  const unique = functions.map((f) => {
    // A name stands for one function.
    let name = f.name.replace(/[\r\n,]/g, '_')
    while (names.has(name)) name += '_'
    names.add(name)
    return { ...f, name }
  })
  for (const { name, line } of unique) out.push(`FN:${line},${name}`)
  for (const { name, calls } of unique) out.push(`FNDA:${calls},${name}`)
  out.push(`FNF:${unique.length}`, `FNH:${unique.filter(({ calls }) => calls > 0).length}`)
  for (const { line, block, taken, passed } of branches) out.push(`BRDA:${line},${block},0,${taken}`, `BRDA:${line},${block},1,${passed}`)
  if (branches.length > 0)
    out.push(`BRF:${branches.length * 2}`, `BRH:${branches.reduce((n, b) => n + (b.taken > 0 ? 1 : 0) + (b.passed > 0 ? 1 : 0), 0)}`)
  const lines = [...hits].sort(([a], [b]) => a - b)
  for (const [line, count] of lines) out.push(`DA:${line},${count}`)
  out.push(`LF:${lines.length}`, `LH:${lines.filter(([, count]) => count > 0).length}`, 'end_of_record')
  return `${out.join('\n')}\n`
}

const percent = (part: number, whole: number): string => (whole === 0 ? '100.0 %' : `${((part / whole) * 100).toFixed(1)} %`)

/** A table for people: functions with how much of them ran. */
export function toSummary(counts: ModuleCounts): string {
  const functions = counts.functions()
  const size = functions.reduce((n, f) => n + f.size, 0)
  const covered = functions.reduce((n, f) => n + f.covered, 0)
  const called = functions.filter((f) => f.calls > 0)
  const rows = called.map((f) => [
    percent(f.covered, f.size),
    `${f.covered}/${f.size}`,
    String(f.calls),
    String(f.self),
    f.name ?? `func ${f.funcidx}`,
  ])
  rows.unshift(['covered', 'of', 'calls', 'instructions', 'function'])
  const widths = [0, 1, 2, 3].map((c) => Math.max(...rows.map((r) => r[c]!.length)))
  const lines = rows.map((r) => `${[0, 1, 2, 3].map((c) => r[c]!.padStart(widths[c]!)).join('  ')}  ${r[4]!}`)
  lines.push(
    '',
    `functions     ${called.length} of ${functions.length} (${percent(called.length, functions.length)})`,
    `instructions  ${covered} of ${size} (${percent(covered, size)}), carried out ${counts.total} times`,
  )
  return `${lines.join('\n')}\n`
}
