/**
 * The test scripts in a JS engine that has no file system and perhaps no WebAssembly: bundled by main.ts with the scripts
 * inside, run as one file. Prints the table of the report; the last line is `N passed, N failed, N skipped`.
 */
import { featuresOf, folderOf } from '../../spec-tests/features.ts'
import { Report } from '../../spec-tests/report.ts'
import { runScript } from '../../spec-tests/run-suite.ts'
import { configurations } from '../../spec-tests/runner.ts'
import { Script } from '../../spec-tests/script.ts'

/** Name and bytes (a character each) of the scripts; written into the bundle. */
declare const SCRIPTS: readonly (readonly [name: string, bytes: string])[]
declare const print: ((line: string) => void) | undefined

const say: (line: string) => void = typeof print === 'function' ? print : (line) => console.log(line)
const none: ReadonlyMap<string, string> = new Map()

const report = new Report()
for (const [name, bytes] of SCRIPTS) {
  const source = Uint8Array.from(bytes, (character) => character.charCodeAt(0))
  const script = new Script(name, source, featuresOf(folderOf(name)))
  runScript(script, { configurations, timeout: Infinity, expected: () => none }, (result) => report.add(result))
}
for (const line of [...report.failureLines(5), ...report.skippedLines(), ...report.tableLines(configurations.map((c) => c.name))]) say(line)
const { passed, failed, skipped } = report.total
say(`${passed} passed, ${failed} failed, ${skipped} skipped`)
