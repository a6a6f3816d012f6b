// Checks the example guests against Node's own engine: every case must end with
// the exit code that cases.json states, and print the same on a second run.
//   npx tsx examples/check-native.ts [part of a name]
import { cases, differences, runNative } from './cases.ts'

const wanted: string = process.argv[2] ?? ''
let failures = 0
let skipped = 0
const selected = cases.filter((testCase) => testCase.name.includes(wanted))
for (const testCase of selected) {
  if (testCase.native === false) {
    console.log(`skip ${testCase.name}: not supported natively`)
    skipped++
    continue
  }
  const first = runNative(testCase)
  const problems = differences(testCase, first, runNative(testCase)).map((line) => `second run: ${line}`)
  if (first.exitCode !== (testCase.exit ?? 0))
    problems.unshift(`exit code ${first.exitCode}, not ${testCase.exit ?? 0}: ${Buffer.from(first.stderr)}`)
  console.log(`${problems.length > 0 ? 'FAIL' : 'ok  '} ${testCase.name}`)
  for (const problem of problems) console.log(`     ${problem}`)
  if (problems.length > 0) failures++
}
console.log(`${selected.length - failures - skipped} of ${selected.length} passed, ${skipped} skipped`)
process.exitCode = failures > 0 ? 1 : 0
