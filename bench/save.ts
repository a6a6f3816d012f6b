/**
 * `--save`: results are kept in docs/performance/results.json, where those of a part, program and executor replace what was
 * there. `--draw`, which saving does too, makes the tables and plots of docs/performance.md out of them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repoRoot } from '../test/helpers/files.ts'
import { partNames } from './parts.ts'
import type { Results } from './results.ts'

export const docsFolder: string = join(repoRoot, 'docs/performance')
const file: string = join(docsFolder, 'results.json')

export const savedResults = (): Results => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : {})

/** What makes two results the same measurement: names in them, of which a spread or a number has none. */
const keys = ['mode', 'engine', 'kernel', 'executor', 'program', 'task', 'module', 'pair'] as const
const keyOf = (entry: unknown): string => JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[key]))

/** Lists are merged entry by entry, objects member by member; everything else is replaced. */
function merge(old: unknown, now: unknown): unknown {
  if (Array.isArray(old) && Array.isArray(now) && now.every((entry) => typeof entry === 'object' && !Array.isArray(entry))) {
    const replaced = new Map(now.map((entry) => [keyOf(entry), entry]))
    const kept = old.map((entry: unknown): unknown => {
      const newer: unknown = replaced.get(keyOf(entry))
      replaced.delete(keyOf(entry))
      return newer ?? entry
    })
    return [...kept, ...replaced.values()]
  }
  if (typeof old === 'object' && old !== null && typeof now === 'object' && now !== null && !Array.isArray(now)) {
    const merged: Record<string, unknown> = { ...old }
    for (const [key, value] of Object.entries(now)) merged[key] = merge(merged[key], value)
    return merged
  }
  return now
}

/** Four digits are more than the measurement has; single rounds are not kept. */
const rounded = (key: string, value: unknown): unknown =>
  key === 'rounds' ? undefined : typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value

/** An entry of a list on a line. */
const text = (results: Results): string =>
  `${JSON.stringify(results, rounded).replace(/([[,])(\{"(?:mode|engine|program|pair|task)")/g, '$1\n$2')}\n`

export function save(results: Results): void {
  const saved = savedResults() as Record<string, { found: unknown }>
  for (const name of partNames) {
    const now = results[name]
    if (now === undefined) continue
    const old = saved[name]
    saved[name] = { about: now.about, found: old === undefined ? now.found : merge(old.found, now.found) } as { found: unknown }
  }
  mkdirSync(docsFolder, { recursive: true })
  writeFileSync(file, text(saved as Results))
}
