/**
 * `npm run engines -- [NAME… | all] [--pattern REGEXP] [--configurations a,b] [--table]`: runs vitrine in other JS engines. One
 * file holds the engine, the checks and their data: the JS API, WASI programs, packages from npm, our own scripts, and those
 * of the official suite whose names match (default: the scalar language). Without a name it lists the engines.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findSuite } from '../../spec-tests/suite.ts'
import { installPackages } from '../helpers/packages.ts'
import { makeBundle } from './bundle.ts'
import { type Engine, engines } from './engines.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pattern: { type: 'string', default: '^core/(?!simd|relaxed-simd)' },
    // Both executors and both tiers.
    configurations: { type: 'string', default: 'switch/fast,closure/exact' },
    table: { type: 'boolean', default: false },
  },
})

interface Row {
  readonly name: string
  readonly about: string
  readonly version: string
  readonly passed: number
  readonly failed: number
  /** Of the run, in seconds. */
  readonly time: number
}

async function runIn(name: string, engine: Engine, version: string, script: string): Promise<Row> {
  console.log(`== ${name}: ${engine.about}, ${version}`)
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-engine-'))
  const started = performance.now()
  try {
    writeFileSync(join(folder, 'script.js'), script)
    const { output, problem } = await engine.run(folder, 'script.js')
    process.stdout.write(output)
    const last = /(\d+) passed, (\d+) failed, \d+ skipped\s*$/.exec(output)
    let [passed, failed] = [Number(last?.[1] ?? 0), Number(last?.[2] ?? 0)]
    const wanted = `WebAssembly ${engine.surroundings.WebAssembly}, eval ${engine.surroundings.eval}`
    const wrong = [
      ...(last === null ? ['it did not come to the end'] : []),
      ...(problem === undefined ? [] : [problem]),
      ...(output.includes(`the engine's own: ${wanted}\n`) ? [] : [`expected of the engine's own: ${wanted}`]),
    ]
    for (const line of wrong) console.log(`FAIL ${name}: ${line}`)
    failed += wrong.length
    return { name, about: engine.about, version, passed, failed, time: (performance.now() - started) / 1000 }
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
  if (problem !== undefined) {
    // The clients are among them, so that nothing runs without.
    console.log(`NOT RUN: ${names.join(', ')}, because ${problem}`)
    return 1
  }
  const bundle = await makeBundle({
    suite: 'root' in suite ? suite.root : undefined,
    pattern: new RegExp(flags.pattern),
    configurations: flags.configurations.split(','),
  })
  const rows: Row[] = []
  const absent: string[] = []
  for (const name of names) {
    const engine = engines[name]!
    const version = engine.version()
    if (version === undefined) {
      absent.push(name)
      console.log(`== ${name}: NOT RUN: ${engine.about} is not installed (${engine.from})`)
    } else rows.push(await runIn(name, engine, version, engine.lowered === true ? bundle.lowered() : bundle.plain))
  }
  if (flags.table) {
    console.log('\n| engine | version | passed | failed | seconds |\n|---|---|---|---|---|')
    for (const { about, version, passed, failed, time } of rows)
      console.log(`| ${about} | ${version} | ${passed.toLocaleString('en')} | ${failed} | ${time.toFixed(0)} |`)
  }
  if (absent.length > 0) console.log(`not run: ${absent.join(', ')}`)
  const sum = (of: (row: Row) => number): number => rows.reduce((n, row) => n + of(row), 0)
  const [passed, failed] = [sum((row) => row.passed), sum((row) => row.failed)]
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

process.exitCode = await main()
