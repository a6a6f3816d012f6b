/** Each bundle by itself, in a context without the globals that some engines lack; and that lowering keeps the switches. */
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundles, makeBundle } from '../scripts/bundles.ts'
import { lower } from '../scripts/lower.ts'
import { repoRoot } from './helpers/files.ts'

const dir = mkdtempSync(join(tmpdir(), 'vitrine-bundles-'))
const checks = join(dir, 'checks.js')
beforeAll(() =>
  build({
    entryPoints: [join(repoRoot, 'test/engines/programs/namespace-only.ts')],
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    target: 'es2020',
    outfile: checks,
  }),
)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test.each(bundles)('$file works where much is missing', async (bundle) => {
  const file = join(dir, bundle.file)
  writeFileSync(file, await makeBundle(bundle))
  const kind = bundle.format === 'esm' ? 'module' : 'script'
  const helper = join(repoRoot, 'test/helpers/bare-context.mjs')
  const output = execFileSync(process.execPath, ['--experimental-vm-modules', helper, kind, file, checks], { encoding: 'utf8' })
  const { passed, failures } = JSON.parse(output) as { passed: number; failures: readonly string[] }
  expect(failures).toEqual([])
  expect(passed).toBeGreaterThan(15)
})

/** Labels of the switch with the most of them: that of the loop. */
function labels(script: string): readonly number[] {
  let most: readonly number[] = []
  for (const body of script.split(/\bswitch ?\(/)) {
    const found = [...body.matchAll(/\bcase ([^:]{1,40}):/g)].map(([, label]) => Number(label))
    if (found.length > most.length) most = found
  }
  return most
}

test('the lowered bundle has no classes, and the literal labels of the loop', async () => {
  const [plain, lowered] = await Promise.all(bundles.slice(1).map(makeBundle))
  const aClass = /\bclass\b(?=[^'"`\n]{0,40}\{)/
  expect(plain).toMatch(aClass)
  expect(lowered).not.toMatch(aClass)
  const loop = labels(lowered!)
  expect(loop).toEqual(labels(plain!))
  expect(loop.length).toBeGreaterThan(300)
  expect(loop.every((label) => Number.isSafeInteger(label))).toBe(true)
  // V8 makes a jump table of labels that are spread over less than three times their number.
  expect(Math.max(...loop) - Math.min(...loop)).toBeLessThan(3 * loop.length)
})

test('what one round of a loop closes over is its own', () => {
  const text = lower('(() => { const fs = []; for (let i = 0; i < 3; i++) { const k = i * 2; fs.push(() => k + i) } return fs })')
  expect(text).not.toMatch(/\b(let|const) /)
  // oxlint-disable-next-line no-eval -- made here
  const make = (0, eval)(text) as () => (() => number)[]
  expect(make().map((f) => f())).toEqual([0, 3, 6])
})
