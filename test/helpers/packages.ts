/** Packages that no `npm ci` installs: folders with a package.json and a lockfile of their own, for benchmarks and long tests. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { repoRoot } from './files.ts'

/** Installs a folder's packages unless they are there; no install scripts run. Returns what went wrong, or undefined. */
export function installPackages(folder: string): string | undefined {
  // Holds the hash of the lockfile that was installed.
  const mark = join(folder, 'node_modules/.installed')
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === hash) return undefined
  const { status, error, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 600_000,
  })
  if (status !== 0) return `npm ci in ${relative(repoRoot, folder)} failed: ${error?.message ?? (stderr.trim() || `exit code ${status}`)}`
  writeFileSync(mark, hash)
  return undefined
}
