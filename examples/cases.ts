// The acceptance cases of the example guests (cases.json), and what a test needs
// to run one: a fresh copy of its directories, its stdin, and a comparison of
// everything that can be seen from outside. check-native.ts shows how to use it.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One run of one guest. Defaults: no arguments, no environment, no directories, empty stdin, exit code 0. */
export interface Case {
  name: string
  /** Relative to examples/guests. */
  wasm: string
  args?: string[]
  env?: Record<string, string>
  /** Each is a fresh temporary directory: a copy of examples/fixtures, or empty. */
  dirs?: { guest: string; from: 'fixtures' | 'empty' }[]
  stdin?: string
  /** How many times stdin is repeated; default 1. */
  stdinRepeat?: number
  /**
   * For modules without _start: exports to call one after the other on one
   * instance, name first, then arguments as decimal text. The import env.log
   * prints `log N`; a call prints `name(arg, arg) -> result result`, or `-> trap`.
   */
  calls?: string[][]
  exit?: number
  /** The guest ends with a trap: exit code 134, and the host adds to stderr. */
  trap?: boolean
  /** False where Node 20's own engine lacks a feature; `stdout` is then the expected text. */
  native?: boolean
  stdout?: string
  /** False if two runs may print different bytes: then only exit code and files are compared. */
  deterministic: boolean
}

/** What a run shows to the outside. */
export interface Outcome {
  stdout: Uint8Array
  stderr: Uint8Array
  exitCode: number | null
  /** What each granted directory holds afterwards: 'directory', 'link TARGET' or 'file BASE64' by guest path. */
  files: Record<string, string>
}

/** The world of one case, on the disk. */
export interface Prepared {
  program: string
  argv0: string
  dirs: { host: string; guest: string }[]
  stdin: Uint8Array
  files(): Record<string, string>
  dispose(): void
}

const here: string = fileURLToPath(new URL('.', import.meta.url))

export const cases: Case[] = JSON.parse(readFileSync(join(here, 'cases.json'), 'utf8')) as Case[]

export function prepare(testCase: Case): Prepared {
  const root = mkdtempSync(join(tmpdir(), 'vitrine-case-'))
  const dirs = (testCase.dirs ?? []).map(({ guest, from }, i) => {
    const host = join(root, String(i), 'granted')
    mkdirSync(host, { recursive: true })
    if (from === 'fixtures') cpSync(join(here, 'fixtures'), host, { recursive: true })
    return { host, guest }
  })
  return {
    program: join(here, 'guests', testCase.wasm),
    argv0: basename(testCase.wasm),
    dirs,
    stdin: Buffer.from((testCase.stdin ?? '').repeat(testCase.stdinRepeat ?? 1)),
    // From the parent of the granted directory, so that an escape shows too.
    files: () => {
      const found: Record<string, string> = {}
      dirs.forEach(({ guest }, i) => list(join(root, String(i)), guest, found))
      return found
    },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  }
}

function list(host: string, guest: string, found: Record<string, string>): void {
  for (const entry of readdirSync(host, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const from = join(host, entry.name)
    const to = `${guest}/${entry.name}`
    if (entry.isSymbolicLink()) found[to] = `link ${readlinkSync(from)}`
    else if (entry.isFile()) found[to] = `file ${readFileSync(from, 'base64')}`
    else if (entry.isDirectory()) {
      found[to] = 'directory'
      list(from, to, found)
    } else found[to] = 'other'
  }
}

/**
 * Runs a case in a process of its own: `command`, then the options --dir, --env
 * and --call, then the program and its arguments. Both run-native.mjs and
 * `vitrine run` read --dir and --env; only the former reads --call.
 */
export function runCommand(testCase: Case, command: string[]): Outcome {
  const prepared = prepare(testCase)
  try {
    const options = [
      ...prepared.dirs.flatMap(({ host, guest }) => ['--dir', `${host}::${guest}`]),
      ...Object.entries(testCase.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...(testCase.calls ?? []).flatMap((words) => ['--call', words.join(' ')]),
    ]
    const [file, ...before] = command
    const result = spawnSync(file, [...before, ...options, prepared.program, ...(testCase.args ?? [])], {
      input: prepared.stdin,
      maxBuffer: 64 << 20,
    })
    if (result.error) throw result.error
    return { stdout: result.stdout, stderr: result.stderr, exitCode: result.status, files: prepared.files() }
  } finally {
    prepared.dispose()
  }
}

/** Runs a case under Node's own engine: the oracle. */
export function runNative(testCase: Case): Outcome {
  return runCommand(testCase, [process.execPath, join(here, 'run-native.mjs')])
}

/** How an outcome differs from the oracle's: one line for each thing, none if it does not. */
export function differences(testCase: Case, oracle: Outcome, outcome: Outcome): string[] {
  const found: string[] = []
  if (outcome.exitCode !== oracle.exitCode) found.push(`exit code ${outcome.exitCode}, not ${oracle.exitCode}`)
  const names = new Set([...Object.keys(oracle.files), ...Object.keys(outcome.files)])
  for (const name of names) {
    if (outcome.files[name] !== oracle.files[name])
      found.push(`${name}: ${outcome.files[name] ?? 'absent'}, not ${oracle.files[name] ?? 'absent'}`)
  }
  if (!testCase.deterministic) return found
  if (text(outcome.stdout) !== text(oracle.stdout)) found.push(firstDifference('stdout', outcome.stdout, oracle.stdout))
  if (testCase.trap) {
    // The oracle's last line is its own; what the guest wrote stands before it.
    const guests = text(oracle.stderr).replace(/trap: .*\n$/, '')
    if (!text(outcome.stderr).startsWith(guests)) found.push(firstDifference('stderr', outcome.stderr, oracle.stderr))
  } else if (text(outcome.stderr) !== text(oracle.stderr)) {
    found.push(firstDifference('stderr', outcome.stderr, oracle.stderr))
  }
  return found
}

// One character for each byte, so that comparing text compares bytes.
function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function firstDifference(what: string, actual: Uint8Array, expected: Uint8Array): string {
  let at = 0
  while (at < actual.length && actual[at] === expected[at]) at++
  const near = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes.subarray(Math.max(0, at - 20), at + 40)).toString())
  return `${what} differs at byte ${at}: ${near(actual)}, not ${near(expected)}`
}
