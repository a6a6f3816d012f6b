/** examples/browser in a headless Chromium, where there is one: a person types, a C program answers and writes files. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Page, findChromium } from './helpers/chromium.ts'
import { repoRoot } from './helpers/files.ts'
import { type Served, serveFolder } from './helpers/serve.ts'

const chromium = findChromium()

test.skipIf(chromium === undefined)('typed lines in, output and files on the page', { timeout: 60_000 }, async () => {
  const dist = mkdtempSync(join(tmpdir(), 'vitrine-browser-'))
  let page: Page | undefined
  let served: Served | undefined
  try {
    execFileSync(process.execPath, [join(repoRoot, 'examples/browser/build.mjs'), dist])
    served = await serveFolder(dist)
    page = await Page.open(chromium!, `${served.origin}/`)
    const screen = (text: string): Promise<void> =>
      page!.until(`document.getElementById('screen').textContent.endsWith(${JSON.stringify(text)})`)
    await screen('notebook> ')
    expect(await page.evaluate('typeof WebAssembly')).toBe('undefined')
    await page.type('shopping: eggs & Käse')
    await screen('shopping: eggs & Käse\nnoted in shopping\nnotebook> ')
    await page.type('ideas: a second note')
    await screen('noted in ideas\nnotebook> ')
    await page.type('shopping')
    await screen('shopping\neggs & Käse\nnotebook> ')
    const shown = await page.evaluate(`[...document.getElementById('files').children].map((e) => e.textContent)`)
    expect(shown).toEqual(['ideas.txt', 'a second note\n', 'shopping.txt', 'eggs & Käse\n'])
    const picture = await page.screenshot()
    if (process.env['VITRINE_SCREENSHOT'] !== undefined) writeFileSync(process.env['VITRINE_SCREENSHOT'], picture)
    expect(picture.length).toBeGreaterThan(5000)
    await page.type('quit')
    await page.until(`document.getElementById('status').textContent === 'ended with exit code 0'`)
  } finally {
    await page?.close()
    served?.close()
    rmSync(dist, { recursive: true, force: true })
  }
})
