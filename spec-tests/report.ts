/** Counts verdicts and prints them: failures by file, failures that are on a list, the table folder × configuration. */
import type { Result } from './run-suite.ts'
import { STATIC } from './run-suite.ts'
import { folderOf } from './features.ts'

interface Count {
  passed: number
  failed: number
  skipped: number
}
const zero = (): Count => ({ passed: 0, failed: 0, skipped: 0 })

export class Report {
  readonly total: Count = zero()
  private readonly cells = new Map<string, Map<string, Count>>()
  private readonly failures = new Map<string, Result[]>()
  private readonly kinds = new Map<string, number>()
  private readonly listed: Result[] = []

  add(result: Result): void {
    const { verdict, column, file } = result
    const folder = folderOf(file) === '' ? '.' : folderOf(file)
    let row = this.cells.get(folder)
    if (row === undefined) this.cells.set(folder, (row = new Map()))
    let cell = row.get(column)
    if (cell === undefined) row.set(column, (cell = zero()))
    cell[verdict.status]++
    this.total[verdict.status]++
    if (verdict.status === 'failed') {
      const list = this.failures.get(file)
      if (list === undefined) this.failures.set(file, [result])
      else list.push(result)
      this.kinds.set(verdict.kind, (this.kinds.get(verdict.kind) ?? 0) + 1)
    } else if (verdict.status === 'skipped') this.listed.push(result)
  }

  /** Failures grouped by file; one that is the same in several columns is shown once. At most `limit` a file. */
  failureLines(limit: number): string[] {
    const lines: string[] = []
    for (const [file, results] of this.failures) {
      lines.push(`${file}: ${results.length} failed`)
      const shown = merge(results)
      for (const { line, columns, command, kind, expected, got } of shown.slice(0, limit)) {
        const what = kind === 'message' ? 'wrong message' : kind === 'result' ? '' : kind
        lines.push(`  ${file}:${line} [${columns.join(' ')}]${what === '' ? '' : ` ${what}`} ${command}`)
        lines.push(`    expected ${expected}`, `    got      ${got}`)
      }
      if (shown.length > limit) lines.push(`  … and ${shown.length - limit} more places (--verbose shows all)`)
    }
    if (this.kinds.size > 0)
      lines.push('', `failures: ${[...this.kinds].map(([kind, n]) => `${n} ${kind === 'message' ? 'wrong message' : kind}`).join(', ')}`)
    return lines
  }

  /** Every failure that is on a list. */
  listedLines(): string[] {
    return this.listed.flatMap(({ file, line, column, command, verdict }) =>
      verdict.status === 'skipped'
        ? [`expected to fail: ${file}:${line} [${column}] ${command}: ${verdict.reason}`, `    got ${verdict.got}`]
        : [],
    )
  }

  tableLines(columns: readonly string[]): string[] {
    const used = [STATIC, ...columns]
    const text = (count: Count | undefined): string => (count === undefined ? '-' : `${count.passed}/${count.failed}/${count.skipped}`)
    const rows = [...this.cells].map(([folder, row]) => [folder, ...used.map((column) => text(row.get(column)))])
    const sums = used.map((column) => {
      const sum = zero()
      for (const row of this.cells.values()) {
        const cell = row.get(column)
        if (cell === undefined) continue
        sum.passed += cell.passed
        sum.failed += cell.failed
        sum.skipped += cell.skipped
      }
      return text(sum)
    })
    const all = [['passed/failed/skipped', ...used], ...rows, ['all', ...sums]]
    const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)))
    return all.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
  }
}

interface Shown {
  readonly line: number
  readonly columns: string[]
  readonly command: string
  readonly kind: string
  readonly expected: string
  readonly got: string
}

function merge(results: readonly Result[]): Shown[] {
  const shown = new Map<string, Shown>()
  for (const { line, column, command, verdict } of results) {
    if (verdict.status !== 'failed') continue
    const { kind, expected, got } = verdict
    const key = `${line} ${kind} ${expected} ${got}`
    const found = shown.get(key)
    if (found !== undefined) {
      if (!found.columns.includes(column)) found.columns.push(column)
    } else shown.set(key, { line, columns: [column], command, kind, expected, got })
  }
  return [...shown.values()].sort((a, b) => a.line - b.line)
}
