/**
 * `npm run engines -- [NAME… | all] [--quick] [--pattern REGEXP] [--configurations a,b] [--jobs N] [--table]`: runs vitrine in
 * other JS engines. One file holds the engine, the checks and their data: the JS API, WASI programs, packages from npm, our
 * own scripts, and those of the official suite whose names match (default: the scalar language). `--quick` is what CI runs: the
 * float scripts, scalar and vector, where engines differ most, since several make NaNs canonical when they pass through a JS
 * number. Without a name it lists the engines.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findSuite } from '../../spec-tests/suite.ts'
import { installPackages } from '../helpers/packages.ts'
import { makeBundle, runNatively } from './bundle.ts'
import { type Engine, engines } from './engines.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pattern: { type: 'string' },
    quick: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    // Both executors and both tiers.
    configurations: { type: 'string', default: 'switch/fast,closure/exact' },
    table: { type: 'boolean', default: false },
  },
})

const scalar = /^core\/(?!simd|relaxed-simd)/
/** Arithmetic, comparison, conversion, literals, and floats in memory and through calls. */
const floats = /^core\/(f32|f64|float_|conversions|const|call_indirect|select|simd\/simd_(f32x4|f64x2|const|conversions|splat|lane))/
const scalarFloats = /^core\/(f32|f64|conversions)\.wast/

interface Row {
  readonly about: string
  readonly version: string
  readonly passed: number
  readonly failed: number
  /** Of the run, in seconds. */
  readonly time: number
}

async function runIn(name: string, engine: Engine, version: string, script: string): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-engine-'))
  const started = performance.now()
  try {
    writeFileSync(join(folder, 'script.js'), script)
    const { output, problem } = await engine.run(folder, 'script.js')
    const last = /(\d+) passed, (\d+) failed, \d+ skipped\s*$/.exec(output)
    const wanted = `WebAssembly ${engine.surroundings.WebAssembly}, eval ${engine.surroundings.eval}`
    const wrong = [
      ...(last === null ? ['it did not come to the end'] : []),
      ...(problem === undefined ? [] : [problem]),
      ...(output.includes(`the engine's own: ${wanted}\n`) ? [] : [`expected of the engine's own: ${wanted}`]),
    ]
    console.log(`== ${name}: ${engine.about}, ${version}\n${output.trimEnd()}`)
    for (const line of wrong) console.log(`FAIL ${name}: ${line}`)
    return {
      about: engine.about,
      version,
      passed: Number(last?.[1] ?? 0),
      failed: Number(last?.[2] ?? 0) + wrong.length,
      time: (performance.now() - started) / 1000,
    }
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 })
  }
}

async function main(): Promise<number> {
  const names = positionals.includes('all') ? Object.keys(engines) : positionals
  if (names.length === 0) {
    for (const [key, { about, from }] of Object.entries(engines)) console.log(`${key.padEnd(17)} ${about}; ${from}`)
    return 0
  }
  const unknown = names.filter((name) => engines[name] === undefined)
  if (unknown.length > 0) {
    console.log(`unknown: ${unknown.join(', ')}`)
    return 2
  }
  const suite = findSuite()
  if ('missing' in suite) {
    console.log(suite.missing)
    if (suite.wrong) return 1
  }
  const problem = installPackages(fileURLToPath(new URL('.', import.meta.url)))
  if (problem !== undefined) console.log(`NOT RUN: what comes from npm, because ${problem}`)
  const parts = {
    suite: 'root' in suite ? suite.root : undefined,
    pattern: flags.pattern === undefined ? (flags.quick ? floats : scalar) : new RegExp(flags.pattern),
    configurations: flags.configurations.split(','),
  }
  const native = await runNatively({ quick: flags.quick, clients: problem === undefined })
  const bundle = await makeBundle(parts, native)
  const short = flags.quick && flags.pattern === undefined ? await makeBundle({ ...parts, pattern: scalarFloats }, native) : bundle
  const rows = new Map<string, Row>()
  const absent: string[] = []
  const waiting = [...names]
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const engine = engines[name]!
      const version = engine.version()
      if (version === undefined) {
        absent.push(name)
        console.log(`== ${name}: NOT RUN: ${engine.about} is not installed (${engine.from})`)
      } else {
        const { plain, lowered } = engine.slow === true ? short : bundle
        rows.set(name, await runIn(name, engine, version, engine.lowered === true ? lowered() : plain))
      }
    }
  }
  await Promise.all(Array.from({ length: Number(flags.jobs) }, work))
  if (flags.table) {
    console.log('\n| engine | version | passed | failed | seconds |\n|---|---|---|---|---|')
    for (const name of names) {
      const row = rows.get(name)
      if (row === undefined) continue
      const { about, version, passed, failed, time } = row
      console.log(`| ${about} | ${version} | ${passed.toLocaleString('en')} | ${failed} | ${time.toFixed(0)} |`)
    }
  }
  if (absent.length > 0) console.log(`not run: ${absent.join(', ')}`)
  const sum = (of: (row: Row) => number): number => [...rows.values()].reduce((n, row) => n + of(row), 0)
  const [passed, failed] = [sum((row) => row.passed), sum((row) => row.failed)]
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

process.exitCode = await main()
