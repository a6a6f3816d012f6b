/** examples/csp in a headless Chromium, where there is one, with and without its JIT: the policy holds, and both programs run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Page, findChromium } from './helpers/chromium.ts'
import { repoRoot } from './helpers/files.ts'
import { installPackages } from './helpers/packages.ts'
import { type Served, serveFolder } from './helpers/serve.ts'

const chromium = findChromium()
const problem = chromium === undefined ? 'there is no Chromium' : installPackages(join(repoRoot, 'examples/csp'))
if (problem !== undefined) console.warn(`NOT RUN: the page of examples/csp, because ${problem}`)

test.skipIf(problem !== undefined).each([
  { flags: [], own: 'refused' },
  { flags: ['--js-flags=--jitless'], own: 'missing' },
])('a WASI program and a wasm-bindgen package without unsafe-eval $flags', { timeout: 240_000 }, async ({ flags, own }) => {
  const dist = mkdtempSync(join(tmpdir(), 'vitrine-csp-'))
  let served: Served | undefined
  let page: Page | undefined
  try {
    execFileSync(process.execPath, [join(repoRoot, 'examples/csp/build.mjs'), dist])
    served = await serveFolder(dist)
    page = await Page.open(chromium!, `${served.origin}/`, { flags: ['--window-size=1000,880', ...flags], keepWebAssembly: true })
    const textOf = (id: string): Promise<unknown> => page!.evaluate(`document.getElementById('${id}')?.textContent`)
    await page.until(`document.getElementById('picture')?.naturalWidth > 0`, 200_000)
    expect([await textOf('own'), await textOf('eval'), await textOf('installed')]).toEqual([own, 'refused', 'vitrine’s'])
    expect(await textOf('calc-status')).toMatch(/^ended with exit code 0 /)
    expect(await textOf('output')).toMatch(/^x = \(2 \* \(3 \+ 4\)\) = 14\n.*\n4 variables, it 666666\.666667, .*\n$/s)
    expect(await page.evaluate(`document.getElementById('picture').naturalWidth`)).toBe(320)
    const picture = await page.screenshot()
    if (process.env['VITRINE_SCREENSHOT'] !== undefined) writeFileSync(`${process.env['VITRINE_SCREENSHOT']}${flags.join('')}.png`, picture)
  } finally {
    await page?.close()
    served?.close()
    rmSync(dist, { recursive: true, force: true })
  }
})
