/** examples/csp in a headless Chromium, where there is one, with and without its JIT: the policy holds, and both programs run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { findChromium } from './helpers/chromium.ts'
import { repoRoot } from './helpers/files.ts'
import { installPackages } from './helpers/packages.ts'
import { type Served, serveFolder } from './helpers/serve.ts'

const command = findChromium()
const problem = command === undefined ? 'there is no Chromium' : installPackages(join(repoRoot, 'examples/csp'))
if (problem !== undefined) console.warn(`NOT RUN: the page of examples/csp, because ${problem}`)

test.skipIf(problem !== undefined).each([
  { flags: [], own: 'refused' },
  { flags: ['--js-flags=--jitless'], own: 'missing' },
])('a WASI program and a wasm-bindgen package without unsafe-eval $flags', { timeout: 240_000 }, async ({ flags, own }) => {
  const dist = mkdtempSync(join(tmpdir(), 'vitrine-csp-'))
  let served: Served | undefined
  let browser: Browser | undefined
  try {
    execFileSync(process.execPath, [join(repoRoot, 'examples/csp/build.mjs'), dist])
    served = await serveFolder(dist)
    browser = await chromium.launch({ executablePath: command, args: ['--no-sandbox', ...flags] })
    const page = await browser.newPage({ viewport: { width: 1000, height: 880 } })
    await page.goto(`${served.origin}/`)
    const textOf = (id: string): Promise<string | null> => page.locator(`#${id}`).textContent()
    const width = (): Promise<unknown> => page.evaluate(`document.getElementById('picture')?.naturalWidth`)
    await vi.waitUntil(async () => Number(await width()) > 0, { timeout: 200_000 })
    expect([await textOf('own'), await textOf('eval'), await textOf('installed')]).toEqual([own, 'refused', 'vitrine’s'])
    expect(await textOf('calc-status')).toMatch(/^ended with exit code 0 /)
    expect(await textOf('output')).toMatch(/^x = \(2 \* \(3 \+ 4\)\) = 14\n.*\n4 variables, it 666666\.666667, .*\n$/s)
    expect(await width()).toBe(320)
    const shot = process.env['VITRINE_SCREENSHOT']
    await page.screenshot(shot === undefined ? {} : { path: `${shot}${flags.join('')}.png` })
  } finally {
    await browser?.close()
    served?.close()
    rmSync(dist, { recursive: true, force: true })
  }
})
