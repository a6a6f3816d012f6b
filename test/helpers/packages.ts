/** The packages of a folder that has its own package.json and lockfile, and is no part of `npm ci`: installed when somebody asks. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface Packages {
  readonly installed: () => boolean
  /** Installs them unless they are there; no install scripts run. Returns what went wrong, or undefined. */
  readonly install: () => string | undefined
}

export function packagesOf(folder: string): Packages {
  // Holds the hash of the lockfile that was installed.
  const mark = join(folder, 'node_modules/.installed')
  const lockHash = (): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, 'package-lock.json')))
      .digest('hex')
  const installed = (): boolean => existsSync(mark) && readFileSync(mark, 'utf8') === lockHash()
  const install = (): string | undefined => {
    if (installed()) return undefined
    const { status, error, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      timeout: 600_000,
    })
    if (status !== 0) return `npm ci in test/${basename(folder)} failed: ${error?.message ?? (stderr.trim() || `exit code ${status}`)}`
    writeFileSync(mark, lockHash())
    return undefined
  }
  return { installed, install }
}
