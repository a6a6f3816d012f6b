/**
 * What runs in each engine of the matrix: bundled by bundle.ts with its data, run as one classic script. Prints what went
 * wrong, a line for each part, and last `N passed, N failed, N skipped`.
 */
import { surroundings } from './programs/surroundings.ts'
import '../../src/js-api/auto.ts'
import { WebAssembly as ours } from '../../src/js-api/index.ts'
import { type Data, fromBase64 } from './data.ts'
import { Checks, equal } from './programs/checks.ts'
import { clients } from './programs/clients.mjs'
import { namespaceChecks } from './programs/namespace.ts'
import { runScripts } from './programs/scripts.ts'
import { wasiChecks } from './programs/wasi.ts'

interface Shell {
  readonly DATA: Data
  readonly print?: (line: string) => void
  readonly console?: { log(line: string): void }
  readonly WebAssembly?: unknown
  readonly performance?: { now(): number }
}
const shell = globalThis as unknown as Shell
const say = (line: string): void => (typeof shell.print === 'function' ? shell.print(line) : shell.console!.log(line))
const seconds = (): number => (shell.performance === undefined ? Date.now() : shell.performance.now()) / 1000

// What es-module-lexer takes from its host, besides WebAssembly.
if (!('atob' in globalThis)) Object.assign(globalThis, { atob: (text: string) => String.fromCharCode(...fromBase64(text)) })

const total = { passed: 0, failed: 0, skipped: 0 }
function book(part: string, { passed, failed, skipped }: typeof total, since: number): void {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  say(`${part}: ${passed} passed, ${failed} failed, ${skipped} skipped (${(seconds() - since).toFixed(1)} s)`)
}

async function part(name: string, fill: (checks: Checks) => Promise<void>): Promise<void> {
  const since = seconds()
  const checks = new Checks()
  try {
    await fill(checks)
  } catch (error) {
    checks.failures.push(String(error))
  }
  for (const failure of checks.failures) say(`FAIL ${name}: ${failure}`)
  book(name, { passed: checks.passed, failed: checks.failures.length, skipped: 0 }, since)
}

async function main({ DATA: data }: Shell): Promise<void> {
  say(`the engine's own: WebAssembly ${surroundings.WebAssembly}, eval ${surroundings.eval}`)
  await part('js-api', async (checks) => {
    await checks.run('the global is ours', () => equal(shell.WebAssembly === ours, true))
    await namespaceChecks(checks)
  })
  await part('clients', async (checks) => {
    for (const [name, output] of Object.entries(data.clients)) await checks.run(name, async () => equal(await clients[name]!(), output))
  })
  await part('wasi', (checks) => wasiChecks(checks, data.wasi))
  const since = seconds()
  book('scripts', runScripts(data, say), since)
  say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
}
/** For hosts that have to know. */
const { finished } = Object.assign(globalThis, { finished: main(shell) })
finished.then(undefined, (error: unknown) => say(`${String(error)}\n${(error as Error).stack}`))
