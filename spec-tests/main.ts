/**
 * `npm run spec -- [--executor X] [--tier X] [--verbose] [--timeout MS] [FOLDER | FILE[:LINE]]…`: runs the official test
 * scripts. The last line is `N passed, N failed, N skipped`; the exit code is 1 when something failed. See README.md.
 */
import { parseArgs } from 'node:util'
import { notRun } from './features.ts'
import { Report } from './report.ts'
import { runScript } from './run-suite.ts'
import { type Configuration, configurations } from './runner.ts'
import { type Target, expectedFailures, findSuite, readScript, resolveTargets, scriptsBelow } from './suite.ts'

const usage = 'npm run spec -- [--executor switch|closure|reference] [--tier fast|exact] [--verbose] [--timeout MS] [FOLDER | FILE[:LINE]]…'

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      executor: { type: 'string' },
      tier: { type: 'string' },
      verbose: { type: 'boolean' },
      timeout: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) {
    console.log(usage)
    return 0
  }
  const chosen = configurations.filter((c) => fits(c, values.executor, values.tier))
  if (chosen.length === 0) {
    console.error(`no configuration is called so; there are: ${configurations.map((c) => c.name).join(', ')}\n${usage}`)
    return 2
  }
  const suite = findSuite()
  if ('missing' in suite) {
    console.log(suite.missing)
    console.log('0 passed, 0 failed, 0 skipped')
    return suite.wrong ? 1 : 0
  }
  const targets: Target[] = []
  for (const argument of positionals) {
    const found = resolveTargets(suite.root, argument)
    if (found.length === 0) {
      console.error(`there is no folder or script '${argument}' in the suite`)
      return 2
    }
    targets.push(...found)
  }
  if (positionals.length === 0) targets.push(...scriptsBelow(suite.root))
  return run(targets, chosen, {
    timeout: Number(values.timeout ?? 30_000),
    verbose: values.verbose === true,
    all: positionals.length === 0,
  })
}

/** The reference executor has one tier only: naming a tier leaves it out, unless it is asked for. */
function fits({ executor, tier }: Configuration, wantedExecutor: string | undefined, wantedTier: string | undefined): boolean {
  if (wantedExecutor !== undefined && wantedExecutor !== executor) return false
  return wantedTier === undefined || (wantedTier === tier && (executor !== 'reference' || wantedExecutor === 'reference'))
}

interface Options {
  /** ms that one command may take. */
  readonly timeout: number
  /** Show all failures and the slowest scripts. */
  readonly verbose: boolean
  /** The whole suite is run. */
  readonly all: boolean
}

function run(targets: readonly Target[], chosen: readonly Configuration[], { timeout, verbose, all }: Options): number {
  const started = performance.now()
  const report = new Report()
  const times: [number, string][] = []
  for (const target of targets) {
    const from = performance.now()
    runScript(readScript(target), { configurations: chosen, timeout, line: target.line, expected: expectedFailures }, (result) =>
      report.add(result),
    )
    times.push([performance.now() - from, target.name])
  }
  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) console.log(`${lines.join('\n')}\n`)
  }
  print(report.failureLines(verbose ? Infinity : 5))
  print(report.listedLines())
  if (all) print([...notRun].map(([folder, why]) => `${folder}/ is not run: ${why}`))
  if (verbose) {
    times.sort((a, b) => b[0] - a[0])
    print(['slowest scripts:', ...times.slice(0, 10).map(([ms, name]) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${name}`)])
  }
  print(report.tableLines(chosen.map((c) => c.name)))
  const { passed, failed, skipped } = report.total
  const { user, system } = process.cpuUsage()
  const minutes = (ms: number): string => (ms / 60_000).toFixed(2)
  console.log(`${targets.length} scripts in ${minutes(performance.now() - started)} minutes (${minutes((user + system) / 1000)} of CPU)`)
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  return failed > 0 ? 1 : 0
}

process.exitCode = main()
