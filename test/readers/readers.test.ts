/**
 * What vitrine writes about a real program, a C++ calculator, in the hands of those whom it is written for: genhtml and a package
 * read the lcov file, speedscope's page and its schema the profiles, the engine of Chrome's DevTools the timeline and the
 * .cpuprofile. Each reader must find the numbers that vitrine has. Installs the packages of this folder (30 MB).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Store, compile } from '../../src/index.ts'
import {
  type CoveredText,
  type Profile,
  countInstructions,
  coveredText,
  profile,
  toChromeTrace,
  toCpuProfile,
  toFolded,
  toLcov,
  toSpeedscope,
} from '../../src/trace/index.ts'
import { run } from '../../src/wasi/index.ts'
import { findChromium } from '../helpers/chromium.ts'
import { repoRoot } from '../helpers/files.ts'
import { installPackages } from '../helpers/packages.ts'
import { type Served, serve } from '../helpers/serve.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const packages = join(here, 'node_modules')
const load = (path: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(join(packages, path)).href)

const problem = installPackages(here)
if (problem !== undefined) console.warn(`NOT RUN: files in the readers of other projects, because ${problem}`)
const genhtml = spawnSync('genhtml', ['--version']).status === 0
if (!genhtml) console.warn('NOT RUN: lcov in genhtml, because it is not installed (package lcov)')
const command = findChromium()
if (command === undefined) console.warn('NOT RUN: profiles on speedscope’s page, because there is no Chromium')

const NAME = 'calc.wasm'
const module = compile(readFileSync(join(repoRoot, 'examples/guests/cpp', NAME)))
const input = 'x = 2 * (3 + 4)\ny = x ^ 2 / 3\n1 / 0\n'

let profiled: Profile
let covered: CoveredText
let dir = ''
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vitrine-readers-'))
  const store = new Store()
  profiled = profile(store, { events: 1_000_000 })
  await run(module, { store, stdin: input })
  profiled.stop()
  const other = new Store()
  const counter = countInstructions(other)
  await run(module, { store: other, stdin: input })
  counter.stop()
  covered = coveredText(counter.of(module.data))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Functions that vitrine knows by one number only: a reader that goes by names adds up those of the same name. */
const expected = (): Map<string, { self: number; total: number }> => {
  const all = profiled.functions()
  return new Map(all.filter(({ name }) => all.filter((f) => f.name === name).length === 1).map((f) => [f.name, f]))
}

describe('lcov', () => {
  const ran = (): number => [...covered.hits.values()].filter((count) => count > 0).length

  test.skipIf(!genhtml)('genhtml makes pages of it', { timeout: 120_000 }, () => {
    writeFileSync(join(dir, 'calc.wat'), `${covered.lines.join('\n')}\n`)
    writeFileSync(join(dir, 'lcov.info'), toLcov(covered, join(dir, 'calc.wat')))
    const { status, stdout, stderr } = spawnSync('genhtml', ['--branch-coverage', '-o', join(dir, 'pages'), join(dir, 'lcov.info')], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`(${ran()} of ${covered.hits.size} lines)`)
    expect(stdout).toContain(`(${covered.functions.filter(({ calls }) => calls > 0).length} of ${covered.functions.length} functions)`)
    const taken = covered.branches.reduce((n, b) => n + (b.taken > 0 ? 1 : 0) + (b.passed > 0 ? 1 : 0), 0)
    expect(stdout).toContain(`(${taken} of ${covered.branches.length * 2} branches)`)
    const page = readdirSync(join(dir, 'pages'), { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('calc.wat.gcov.html'))
    expect(readFileSync(join(dir, 'pages', page!), 'utf8')).toContain('(func $printf_core')
  })

  test.skipIf(problem !== undefined)('a package reads it', async () => {
    interface Section {
      readonly path: string
      readonly lines: { readonly hit: number; readonly instrumented: number; readonly details: { line: number; hit: number }[] }
      readonly functions: { readonly hit: number; readonly instrumented: number; readonly details: { name: string; hit: number }[] }
      readonly branches: { readonly instrumented: number }
    }
    const { default: parse } = (await load('@friedemannsommer/lcov-parser/dist/index.mjs')) as {
      default: (options: { from: string }) => Promise<Section[]>
    }
    const [section, ...others] = await parse({ from: toLcov(covered, 'calc.wat') })
    expect(others).toEqual([])
    expect(section!.path).toBe('calc.wat')
    expect(section!.lines).toMatchObject({ hit: ran(), instrumented: covered.hits.size })
    expect(new Map(section!.lines.details.map(({ line, hit }) => [line, hit]))).toEqual(covered.hits)
    expect(section!.functions.instrumented).toBe(covered.functions.length)
    const calls = covered.functions.find(({ name }) => name === 'printf_core')!.calls
    expect(section!.functions.details.find(({ name }) => name === 'printf_core')!.hit).toBe(calls)
    expect(section!.branches.instrumented).toBe(covered.branches.length * 2)
  })
})

describe.skipIf(problem !== undefined)('profiles', () => {
  test('speedscope’s schema', async () => {
    const { default: Ajv } = (await load('ajv/dist/ajv.js')) as {
      default: { default: new (options: object) => { compile(schema: object): ((data: unknown) => boolean) & { errors?: unknown } } }
    }
    const text = readFileSync(join(packages, 'speedscope/dist/release/file-format-schema.json'), 'utf8')
    const validate = new Ajv.default({ strict: false }).compile(JSON.parse(text) as object)
    const file = JSON.parse(toSpeedscope(profiled, NAME)) as Record<string, unknown>
    validate(file)
    expect(validate.errors ?? null).toBeNull()
    expect(validate({ ...file, shared: {} })).toBe(false)
  })

  test('the timeline in the engine of DevTools', async () => {
    interface Entry {
      readonly entry: { readonly name: string }
      readonly selfTime: number
      readonly depth: number
    }
    const { analyzeEvents } = (await load('@paulirish/trace_engine/analyze-trace.mjs')) as {
      analyzeEvents: (events: unknown) => Promise<{ parsedTrace: { data: { Renderer: { entryToNode: Map<unknown, Entry> } } } }>
    }
    const { traceEvents } = JSON.parse(toChromeTrace(profiled, NAME)) as { traceEvents: unknown }
    const { parsedTrace } = await analyzeEvents(traceEvents)
    const nodes = [...parsedTrace.data.Renderer.entryToNode.values()]
    expect(profiled.truncated).toBe(false)
    expect(nodes).toHaveLength(profiled.events.length)
    expect(nodes.filter(({ depth }) => depth === 0).map(({ entry }) => entry.name)).toEqual(['_start.command_export'])
    for (const [name, { self }] of expected())
      expect(
        nodes.filter(({ entry }) => entry.name === name).reduce((n, { selfTime }) => n + selfTime, 0),
        name,
      ).toBe(self)
  })

  test('the .cpuprofile in the model of DevTools', async () => {
    interface Node {
      readonly functionName: string
    }
    const { CPUProfileDataModel } = (await load('@paulirish/trace_engine/models/cpu_profile/CPUProfileDataModel.js')) as {
      CPUProfileDataModel: new (file: unknown) => {
        forEachFrame(
          open: () => void,
          close: (depth: number, node: Node, sample: number, start: number, duration: number, self: number) => void,
        ): void
      }
    }
    const model = new CPUProfileDataModel(JSON.parse(toCpuProfile(profiled, NAME)))
    const selfs = new Map<string, number>()
    // In milliseconds.
    model.forEachFrame(
      () => {},
      (_depth, { functionName }, _sample, _start, _duration, self) => selfs.set(functionName, (selfs.get(functionName) ?? 0) + self * 1000),
    )
    for (const [name, { self }] of expected()) expect(selfs.get(name) ?? 0, name).toBeCloseTo(self, 3)
  })

  test.skipIf(command === undefined)('speedscope’s page opens them all', { timeout: 120_000 }, async () => {
    const files: Readonly<Record<string, string>> = {
      'a.speedscope.json': toSpeedscope(profiled, NAME),
      'b.cpuprofile': toCpuProfile(profiled, NAME),
      'c.json': toChromeTrace(profiled, NAME),
      'd.folded': toFolded(profiled),
    }
    const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' }
    let served: Served | undefined
    let browser: Browser | undefined
    try {
      served = await serve(({ url = '/' }, response) => {
        const name = url === '/' ? 'index.html' : url.slice(1)
        try {
          const body = files[name] ?? readFileSync(join(packages, 'speedscope/dist/release', name))
          response.setHeader('content-type', types[name.split('.').at(-1)!] ?? 'text/plain').end(body)
        } catch {
          response.writeHead(404).end()
        }
      })
      browser = await chromium.launch({ executablePath: command, args: ['--no-sandbox', '--enable-unsafe-swiftshader'] })
      const largest = profiled.functions().slice(0, 5)
      for (const name of Object.keys(files)) {
        const page = await browser.newPage({ viewport: { width: 1200, height: 700 } })
        await page.goto(`${served.origin}/#profileURL=${encodeURIComponent(`${served.origin}/${name}`)}&title=${name}`)
        await page.getByText('Sandwich').click({ timeout: 60_000 })
        const table = page.locator('table')
        // Its rows: "23,403 (22%) 17,762 (17%) printf_core", or in milliseconds.
        await table
          .getByText(largest[0]!.name, { exact: name !== 'c.json' })
          .first()
          .waitFor()
        const rows = (await table.locator('tr').allInnerTexts()).map((row) => row.replace(/\s+/g, ' '))
        const share = (n: number): string => `${n >= 10 ? n.toFixed(0) : n.toFixed(1)}%`
        for (const { name: func, self } of largest) {
          const text = /^[bc]\./.test(name) ? `${(self / 1000).toFixed(2)}ms` : self.toLocaleString('en')
          const row = rows.find((r) => r.includes(` ${func}`))
          expect(row, `${func} in ${name}`).toContain(`${text} (${share((self / profiled.total) * 100)})`)
        }
        const shot = process.env['VITRINE_SCREENSHOT']
        if (shot !== undefined) await page.screenshot({ path: `${shot}${name}.png` })
        await page.close()
      }
    } finally {
      await browser?.close()
      served?.close()
    }
  })
})
