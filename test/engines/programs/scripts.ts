/** The scripts of the specification's suite and our own, as `npm run spec` runs them. */
import { featuresOf, folderOf } from '../../../spec-tests/features.ts'
import { Report } from '../../../spec-tests/report.ts'
import { runScript } from '../../../spec-tests/run-suite.ts'
import { configurations } from '../../../spec-tests/runner.ts'
import { Script } from '../../../spec-tests/script.ts'
import { type Data, fromBase64 } from '../data.ts'

/** Millions of calls and deep recursion: not an engine's concern on every executor, and most of the time of those without a JIT. */
const long = /return_call|skip-stack-guard-page/

const none: ReadonlyMap<string, string> = new Map()

export function runScripts(data: Data, say: (line: string) => void): Report['total'] {
  const report = new Report()
  const columns = configurations.filter(({ name }) => data.configurations.includes(name))
  for (const [name, bytes] of data.scripts) {
    const chosen = long.test(name) ? columns.slice(-1) : columns
    const script = new Script(name, fromBase64(bytes), featuresOf(folderOf(name)))
    runScript(script, { configurations: chosen, timeout: Infinity, expected: () => none }, (result) => report.add(result))
  }
  for (const line of [...report.failureLines(5), ...report.tableLines(columns.map((c) => c.name))]) say(line)
  return report.total
}
