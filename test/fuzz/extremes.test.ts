/**
 * Inputs that are extreme in one way (extremes.ts), in a process with a small heap and the usual JS stack: depth, lengths and
 * claims of any size end in an answer or in a VitrineError, soon, and without taking memory for what is only claimed.
 */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { repoRoot } from '../helpers/files.ts'
import { type Report, extremes } from './extremes.ts'

/** MB; what the longest inputs take when they are valid. */
const MEMORY = 250
const PATIENCE = 20_000

/** The longest inputs have ten million bytes: memory that is claimed only, or copied again and again, does not fit. */
function inChild(): Report[] {
  const file = new URL(`file://${repoRoot}/test/fuzz/extremes.ts`).href
  const script = `import(${JSON.stringify(file)}).then(({ runExtremes }) => console.log(JSON.stringify(runExtremes())))`
  const output = execFileSync(process.execPath, ['--max-old-space-size=256', '--import', 'tsx', '-e', script], {
    cwd: repoRoot,
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  })
  return JSON.parse(output) as Report[]
}

describe('extreme inputs', () => {
  test(`${extremes.length} of them`, { timeout: 300_000 }, () => {
    const reports = inChild()
    expect(reports.map((r) => r.name)).toEqual(extremes.map((e) => e.name))
    expect(reports.filter((r) => r.outcome.startsWith('CRASH'))).toEqual([])
    expect(reports.filter((r) => r.expected !== undefined && r.outcome !== r.expected)).toEqual([])
    expect(reports.filter((r) => r.ms > PATIENCE || r.grown > MEMORY)).toEqual([])
  })
})
