/** The pages that `vitrine profile` and `vitrine cover` write about a C++ program, in a headless Chromium, where there is one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type Page, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Store, compile, instantiate } from '../src/index.ts'
import { watToWasm } from '../src/text/index.ts'
import { countInstructions, coverageHtml, coveredText, flameHtml, profile } from '../src/trace/index.ts'
import { run } from '../src/wasi/index.ts'
import { findChromium } from './helpers/chromium.ts'
import { repoRoot } from './helpers/files.ts'

const command = findChromium()
if (command === undefined) console.warn('NOT RUN: flame graph and coverage in a browser, because there is no Chromium')

describe.skipIf(command === undefined)('pages', () => {
  let browser: Browser
  let dir = ''
  const problems: string[] = []
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vitrine-pages-'))
    browser = await chromium.launch({ executablePath: command, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function open(name: string, html: string, width = 1100): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 700 } })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => problems.push(message.text()))
    const path = join(dir, name)
    writeFileSync(path, html)
    await page.goto(`file://${path}`)
    return page
  }
  /** Pictures for people, when they ask. */
  async function shoot(page: Page, name: string): Promise<void> {
    const prefix = process.env['VITRINE_SCREENSHOT']
    if (prefix !== undefined) await page.screenshot({ path: `${prefix}${name}.png` })
  }

  const calc = compile(readFileSync(join(repoRoot, 'examples/guests/cpp/calc.wasm')))
  const guest = (store: Store) => run(calc, { store, stdin: 'x = 2 * (3 + 4)\n' })

  test('a flame graph: hover, search, a closer look and back', { timeout: 60_000 }, async () => {
    const store = new Store()
    const profiled = profile(store)
    await guest(store)
    profiled.stop()
    const page = await open('flame.html', flameHtml(profiled, 'calc.wasm'))
    const said = page.locator('#said')
    const whole = `calc.wasm: ${profiled.total.toLocaleString('en')} instructions (100.0 %), itself 0, 1 call`
    expect(await said.innerText()).toBe(whole)
    const boxes = page.locator('#flame div')
    const count = await boxes.count()
    expect(count).toBeGreaterThan(100)

    // Boxes of a row do not lie over each other.
    const overlaps = await page.evaluate(`(() => {
      const divs = [...document.querySelectorAll('#flame div')].map((d) => d.getBoundingClientRect()).sort((a, b) => a.top - b.top || a.left - b.left)
      return divs.filter((d, i) => i > 0 && divs[i - 1].top === d.top && divs[i - 1].right > d.left + 0.51).length
    })()`)
    expect(overlaps).toBe(0)

    const printf = profiled.functions().find(({ name }) => name === 'printf_core')!
    const box = page.locator('#flame div', { hasText: /^printf_core$/ }).first()
    await box.hover()
    expect(await said.innerText()).toMatch(/^printf_core: [\d,]+ instructions \(\d+\.\d %\), itself [\d,]+, \d+ calls?$/)

    await page.mouse.move(5, 5)
    await page.fill('#find', 'PRINTF_core')
    expect(await said.innerText()).toContain(`PRINTF_core: ${printf.total.toLocaleString('en')} instructions (`)
    expect(await page.locator('#flame .found').count()).toBeGreaterThan(0)
    await shoot(page, 'flame-search')

    await page.fill('#find', '')
    await box.click()
    await page.mouse.move(5, 5)
    expect(await said.innerText()).toMatch(/^printf_core: /)
    expect(await page.locator('#flame .caller').first().innerText()).toBe('calc.wasm')
    expect(await page.evaluate(`document.querySelector('#flame div:not(.caller)').clientWidth`)).toBeGreaterThan(1000)
    await shoot(page, 'flame-close')
    await page.locator('#flame .caller').first().click()
    await page.mouse.move(5, 5)
    expect(await said.innerText()).toBe(whole)
    expect(await boxes.count()).toBe(count)
    await box.click()
    await page.mouse.move(5, 5)
    await page.keyboard.press('Escape')
    expect(await said.innerText()).not.toMatch(/^printf_core/)

    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(21, 24, 28)')
    await shoot(page, 'flame-dark')
    expect(problems).toEqual([])
  })

  test('a flame graph of nothing, and names that mean something in HTML', async () => {
    const name = '</script><b title="&amp;">\\u2028\u2028 ${x}'
    const bytes = watToWasm(`(module (func $"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}" (export "f") nop))`)
    const instance = instantiate(compile(bytes))
    const profiled = profile(instance)
    const empty = await open('empty.html', flameHtml(profiled, 'nothing'))
    expect(await empty.locator('header p').innerText()).toBe('nothing ran')
    expect(await empty.locator('#said').innerText()).toBe('nothing: 0 instructions (0.0 %), itself 0, 1 call')
    instance.exports['f']()
    profiled.stop()
    const page = await open('names.html', flameHtml(profiled, '<i>'))
    expect(await page.locator('#flame div').last().textContent()).toBe(name)
    expect(await page.title()).toBe('<i>')
    expect(problems).toEqual([])
  })

  test('coverage: functions lead to their code', { timeout: 60_000 }, async () => {
    const store = new Store()
    const counter = countInstructions(store)
    await guest(store)
    counter.stop()
    const covered = coveredText(counter.of(calc.data))
    const html = coverageHtml(covered, 'calc.wasm')
    const page = await open('cover.html', html)
    const ran = [...covered.hits.values()].filter((n) => n > 0).length
    expect(await page.locator('header p').innerText()).toContain(`${ran} of ${covered.hits.size} instructions ran`)
    await shoot(page, 'cover')
    const { line, calls } = covered.functions.find((f) => f.name === 'printf_core')!
    const link = page.locator(`nav a[href="#L${line}"]`)
    expect((await link.locator('..').innerText()).split(/\s+/)).toEqual(['printf_core', String(calls)])
    await link.click()
    const row = page.locator(`#L${line}`)
    // The list stays where it is, the instruction is seen, and so is the head of its function.
    expect(await page.evaluate(`[scrollX, document.querySelector('nav').getBoundingClientRect().left]`)).toEqual([0, 0])
    const { y } = (await row.boundingBox())!
    expect(y > 60 && y < 640).toBe(true)
    expect(await row.textContent()).toBe(`${covered.hits.get(line)}${covered.lines[line - 1]}\n`)
    expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true)
    // The browser counts the lines, from the number of its section on.
    const number = `((row) => Number(row.parentNode.style.getPropertyValue('--from')) + [...row.parentNode.children].indexOf(row) + 1)`
    expect(await page.evaluate(`${number}(document.getElementById('L${line}'))`)).toBe(line)
    await shoot(page, 'cover-function')
    const narrow = await open('cover.html', html, 420)
    expect((await narrow.locator('#text').boundingBox())!.x).toBe(0)
    expect(await narrow.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true)
    await shoot(narrow, 'cover-narrow')
    expect(problems).toEqual([])
  })
})
