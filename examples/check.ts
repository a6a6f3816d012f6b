// Runs every case of cases.json under vitrine, in a process of its own, and compares what can be seen from outside with
// Node's own engine and node:wasi, byte by byte. The npm script `examples`; CI runs it with several flags of Node.
//   npm run examples -- [--node-flag=--jitless]... [--executor NAME] [--tier NAME] [--jobs=N] [part of a name]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Case, type Outcome, cases, differences, runCommand, runNative } from './cases.ts'

const root: string = fileURLToPath(new URL('..', import.meta.url))
const nodeFlags: string[] = []
const runFlags: string[] = []
let wanted = ''
let jobs = Math.min(8, availableParallelism())
/** Set in the processes that share the work: which of them this is. */
let share: number | undefined
for (let i = 2; i < process.argv.length; i++) {
  const word = process.argv[i]
  if (word.startsWith('--node-flag=')) nodeFlags.push(word.slice('--node-flag='.length))
  else if (word.startsWith('--jobs=')) jobs = Number(word.slice('--jobs='.length))
  else if (word.startsWith('--share=')) share = Number(word.slice('--share='.length))
  else if (word === '--executor' || word === '--tier') runFlags.push(word, process.argv[++i])
  else if (word.startsWith('--')) {
    console.error(`unknown option ${word}`)
    process.exit(2)
  } else wanted = word
}

/** Time of the latest change below a directory. */
function changed(dir: string): number {
  let latest = 0
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? changed(path) : statSync(path).mtimeMs)
  }
  return latest
}

/** The build if there is one that is up to date, else the sources through tsx. */
const built: string = join(root, 'dist/cli/main.cjs')
const useBuild: boolean = existsSync(built) && statSync(built).mtimeMs >= changed(join(root, 'src'))
const node: string[] = [process.execPath, ...nodeFlags, ...(useBuild ? [] : ['--import', import.meta.resolve('tsx')])]
const main: string = useBuild ? built : join(root, 'src/cli/main.ts')
const entry: string = join(root, useBuild ? 'dist/index.js' : 'src/index.ts')

/** What Node itself says about its flags (V8 warns of --jitless), before any program speaks. */
const preamble: Uint8Array = nodeFlags.length === 0 ? new Uint8Array(0) : spawnSync(process.execPath, [...nodeFlags, '-e', '']).stderr

function runVitrine(testCase: Case): Outcome {
  // node:wasi says nothing about what it refuses, so neither does vitrine here.
  const command = testCase.calls === undefined ? [main, 'run', '--quiet', ...runFlags] : [join(root, 'examples/run-calls.mjs'), entry]
  const outcome = runCommand(testCase, [...node, ...command])
  const says = Buffer.from(outcome.stderr).subarray(0, preamble.length)
  return Buffer.from(preamble).equals(says) ? { ...outcome, stderr: outcome.stderr.subarray(preamble.length) } : outcome
}

/** What Node would show where its own engine lacks a feature: the case says it. */
const stated = (testCase: Case): Outcome => ({
  stdout: Buffer.from(testCase.stdout ?? ''),
  stderr: new Uint8Array(0),
  exitCode: testCase.exit ?? 0,
  files: {},
})

/** Runs this process's share of the cases. */
function work(selected: readonly Case[]): { passed: number; failed: number } {
  let passed = 0
  let failed = 0
  for (const testCase of selected) {
    const started = performance.now()
    const oracle = testCase.native === false ? stated(testCase) : runNative(testCase)
    const native = performance.now() - started
    const outcome = runVitrine(testCase)
    const took = performance.now() - started - native
    const problems = differences(testCase, oracle, outcome)
    const expected = testCase.exit ?? 0
    if (oracle.exitCode !== expected) problems.push(`cases.json says exit code ${expected}, Node's engine ends with ${oracle.exitCode}`)
    if (problems.length === 0) passed++
    else failed++
    console.log(`${problems.length > 0 ? 'FAIL' : 'ok  '} ${testCase.name} (${Math.round(took)} ms, native ${Math.round(native)} ms)`)
    for (const problem of problems) console.log(`     ${problem}`)
    if (problems.length > 0 && outcome.stderr.length > 0)
      console.log(`     stderr: ${Buffer.from(outcome.stderr).toString().slice(0, 500)}`)
  }
  return { passed, failed }
}

/** Runs this script once more for each job, with a share of the cases each, and adds up what they print last. */
async function shareOut(): Promise<{ passed: number; failed: number }> {
  const total = { passed: 0, failed: 0 }
  const one = async (i: number): Promise<void> => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1), `--jobs=${jobs}`, `--share=${i}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (chunk: string) => (text += chunk))
    const code = await new Promise((resolve) => child.on('close', resolve))
    const last = /(\d+) passed, (\d+) failed\n$/.exec(text)
    process.stdout.write(last === null ? text : text.slice(0, last.index))
    total.passed += Number(last?.[1] ?? 0)
    total.failed += Number(last?.[2] ?? 0)
    if (last === null) {
      console.log(`FAIL job ${i} ended with ${String(code)}`)
      total.failed++
    }
  }
  await Promise.all(Array.from({ length: jobs }, (_, i) => one(i)))
  return total
}

const selected: Case[] = cases.filter(({ name }) => name.includes(wanted))
jobs = Math.max(1, Math.min(jobs, selected.length))
if (share === undefined) console.log(`${[...nodeFlags, ...runFlags].join(' ') || 'no flags'}, ${useBuild ? 'dist' : 'src through tsx'}`)
const { passed, failed } =
  share !== undefined ? work(selected.filter((_, i) => i % jobs === share)) : jobs === 1 ? work(selected) : await shareOut()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
