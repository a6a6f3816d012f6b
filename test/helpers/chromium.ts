/** The Chromium that tests of pages run in, where there is one: playwright-core drives it and downloads none. */
import { spawnSync } from 'node:child_process'

/** The first of the usual commands that there is; undefined without any. CHROMIUM names another one. */
export function findChromium(): string | undefined {
  const names = [process.env['CHROMIUM'], 'chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
  for (const name of names) {
    if (name === undefined || name === '' || spawnSync(name, ['--version'], { timeout: 20_000 }).status !== 0) continue
    const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim()
    return found === '' ? name : found
  }
  return undefined
}
