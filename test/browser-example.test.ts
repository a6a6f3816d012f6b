/** examples/browser as built by Vite, in a headless Chromium, where there is one: a person types, a C program answers and writes files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { type InlineConfig, build, createServer } from 'vite'
import { expect, test, vi } from 'vitest'
import { findChromium } from './helpers/chromium.ts'
import { repoRoot } from './helpers/files.ts'
import { type Served, serveFolder } from './helpers/serve.ts'

const command = findChromium()
const example: InlineConfig = { root: join(repoRoot, 'examples/browser'), logLevel: 'error' }

test('the development server translates the page', { timeout: 60_000 }, async () => {
  const server = await createServer({ ...example, server: { middlewareMode: true, hmr: false, ws: false, watch: null }, appType: 'custom' })
  try {
    const page = await server.transformRequest('/page.ts')
    expect(page?.code).toContain('/src/wasi/index.ts')
    expect(page?.code).toContain('notes.wasm')
  } finally {
    await server.close()
  }
})

test.skipIf(command === undefined)('typed lines in, output and files on the page', { timeout: 120_000 }, async () => {
  const dist = mkdtempSync(join(tmpdir(), 'vitrine-browser-'))
  let served: Served | undefined
  let browser: Browser | undefined
  try {
    await build({ ...example, build: { outDir: dist, emptyOutDir: true } })
    served = await serveFolder(dist)
    browser = await chromium.launch({ executablePath: command, args: ['--no-sandbox'] })
    const page = await browser.newPage({ viewport: { width: 1100, height: 860 } })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => (message.type() === 'error' ? problems.push(message.text()) : undefined))
    // Nothing here may lean on the engine's own.
    await page.addInitScript('delete globalThis.WebAssembly')
    await page.goto(`${served.origin}/`)

    // The page's policy forbids the strings that waitForFunction evaluates.
    const until = (element: string, holds: (text: string) => boolean): Promise<void> =>
      vi.waitUntil(async () => holds((await page.locator(element).textContent()) ?? ''), { timeout: 30_000 }).then(() => {})
    const says = (text: string): Promise<void> => until('#screen', (screen) => screen.endsWith(text))
    const type = async (line: string): Promise<void> => {
      await page.keyboard.type(line)
      await page.keyboard.press('Enter')
    }
    const status = page.locator('#status')
    const files = async (): Promise<string[]> => page.locator('#files h3, #files pre').allInnerTexts()

    await says('notebook> ')
    expect(await page.evaluate('typeof WebAssembly')).toBe('undefined')
    expect(await status.innerText()).toBe('waiting for a line')
    await type('shopping: eggs & Käse')
    await says('shopping: eggs & Käse\nnoted in shopping\nnotebook> ')
    await type('ideas: a second note')
    await says('noted in ideas\nnotebook> ')
    await type('shopping')
    await says('shopping\neggs & Käse\nnotebook> ')
    expect((await files()).map((text) => text.trim())).toEqual(['ideas.txt\n14 B', 'a second note', 'shopping.txt\n13 B', 'eggs & Käse'])
    await page.getByRole('button', { name: 'list' }).click()
    await says('shopping.txt\nideas.txt\nnotebook> ')
    expect(await page.locator('#log').innerText()).toContain('path_open(fd=3, "shopping.txt", ')
    await type('missing')
    await says('there is no note missing\nnotebook> ')
    expect(await page.locator('#log .failed').last().innerText()).toContain('NOENT')
    await page.screenshot({ path: process.env['VITRINE_SCREENSHOT'] ?? join(dist, 'page.png') })
    await type('quit')
    await until('#status', (text) => text === 'ended with exit code 0')
    // The directory is the host's: a second run finds it as the first one left it.
    await page.getByRole('button', { name: 'run again' }).click()
    await says('notebook> ')
    await type('ideas')
    await says('ideas\na second note\nnotebook> ')
    expect(problems).toEqual([])
  } finally {
    await browser?.close()
    served?.close()
    rmSync(dist, { recursive: true, force: true })
  }
})
