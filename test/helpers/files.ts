/**
 * Lists the repository's files for the repo-level tests. Works without git: a published source archive has none.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repoRoot: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/** Directories that are never part of the sources. */
const skipped = new Set(['node_modules', 'dist', '.git', 'target'])

/** All files below `dir` (absolute paths, sorted), optionally only those ending in `suffix`. */
export function filesUnder(dir: string, suffix = ''): string[] {
  const found: string[] = []
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name)) found.push(...filesUnder(path, suffix))
    } else if (entry.isFile() && entry.name.endsWith(suffix)) found.push(path)
  }
  return found
}
