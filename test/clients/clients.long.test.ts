/**
 * Real packages with Wasm inside, unchanged: each program of programs/ prints the same under Node's own WebAssembly and under
 * `node --jitless`, which has none, with the classic script of the JS API loaded first. `npm run long -- test/clients` installs
 * the packages (150 MB; no install scripts run) and prints the times.
 */
import { build } from 'esbuild'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPackages } from '../helpers/packages.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const programs = readdirSync(join(here, 'programs'))
const exec = promisify(execFile)

const problem = installPackages(here)
if (problem !== undefined) console.warn(`NOT RUN: clients of the JS API, because ${problem}`)

const dir = mkdtempSync(join(tmpdir(), 'vitrine-clients-'))
const script = join(dir, 'auto.cjs')
beforeAll(() =>
  build({
    entryPoints: [fileURLToPath(new URL('../../src/js-api/auto.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    target: 'es2020',
    outfile: script,
  }),
)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function run(program: string, flags: readonly string[]): Promise<{ output: string; seconds: string }> {
  const start = performance.now()
  const { stdout } = await exec(process.execPath, [...flags, join(here, 'programs', program)], { cwd: here, timeout: 600_000 })
  return { output: stdout, seconds: ((performance.now() - start) / 1000).toFixed(1) }
}

test.skipIf(problem !== undefined).each(programs)('%s prints what it prints natively', async (program) => {
  const native = await run(program, [])
  const ours = await run(program, ['--jitless', '--require', script])
  expect(native.output).not.toBe('')
  expect(ours.output).toBe(native.output)
  console.log(`${program}: ${native.seconds} s natively, ${ours.seconds} s without JIT and WebAssembly`)
})
