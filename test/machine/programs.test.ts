/**
 * The example programs, run under WASI in memory with a virtual clock and seeded random numbers: output, exit code, traps and
 * tick counts are the same on every configuration, and fuel stops them at the same place.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Case, cases } from '../../examples/cases.ts'
import { type CompiledModule, Store, compile, instantiate, isExit, isLimit, isTrap, isWasmException } from '../../src/index.ts'
import { EXTERNREF, I64 } from '../../src/spec/types.ts'
import { WASI, collect, run, memoryFs, seededRandom, virtualClock } from '../../src/wasi/index.ts'
import { filesUnder, repoRoot } from '../helpers/files.ts'
import { type Anything, configurations } from './helper.ts'

/** The reference executor does about a million instructions a second: programs of more ticks are cut off by fuel. */
const MOST_TICKS = 20_000

/** Features that some of the examples need and that are off by default. */
const proposals = { 'legacy-exceptions': true, 'stack-switching': true, threads: true }

const compiled = new Map<string, CompiledModule>()
function moduleOf(wasm: string): CompiledModule {
  let module = compiled.get(wasm)
  if (module === undefined) {
    module = compile(readFileSync(join(repoRoot, 'examples/guests', wasm)), { features: proposals })
    compiled.set(wasm, module)
  }
  return module
}

/** The fixtures as `memoryFs` takes them. */
const fixtures: Record<string, Uint8Array> = {}
for (const path of filesUnder(join(repoRoot, 'examples/fixtures'), ''))
  fixtures[relative(join(repoRoot, 'examples/fixtures'), path)] = readFileSync(path)

interface Seen {
  readonly ended: string
  readonly ticks: number
  readonly stdout: string
  readonly stderr: string
}

const ending = (error: Anything): string => {
  if (isExit(error)) return `exit ${error.exitCode}`
  if (isTrap(error) || isWasmException(error)) return `${error.message} in ${error.frames.map((f) => `${f.funcidx}@${f.offset}`).join(' ')}`
  // Between two ops of the fast tier lie several instructions: only the function can be compared.
  if (isLimit(error)) return `${error.limit} in ${error.funcidx}`
  throw error
}

/** Runs a case, at most `fuel` ticks a call, and notes what can be seen of it. */
function observe(testCase: Case, configuration: Anything, fuel: number): Seen {
  const stdout = collect()
  const stderr = collect()
  const log: string[] = []
  const wasi = new WASI({
    args: testCase.args ?? [],
    env: testCase.env ?? {},
    argv0: 'program',
    fs: Object.fromEntries(
      (testCase.dirs ?? []).map(({ guest, from }) => [guest, memoryFs(from === 'fixtures' ? { files: fixtures } : {})]),
    ),
    stdin: (testCase.stdin ?? '').repeat(testCase.stdinRepeat ?? 1),
    stdout,
    stderr,
    clock: virtualClock(),
    random: seededRandom(7),
  })
  const imports = { ...wasi.imports, env: { log: (x: unknown) => void log.push(String(x)) } }
  const instance = instantiate(moduleOf(testCase.wasm), imports, { store: new Store({ ...configuration, fuel }) })
  let ticks = 0
  const calls = testCase.calls ?? [['_start']]
  for (const [name, ...texts] of calls) {
    const { type } = instance.instance.funcs[instance.module.data.exports.find((e) => e.name === name)!.index]!
    const execution = instance.begin(name!, ...texts.map((text, i) => argument(type.params[i]!, text)))
    try {
      execution.run()
      log.push(`${name!}: ${String(execution.result)}`)
    } catch (error) {
      log.push(`${name!}: ${ending(error)}`)
    }
    ticks += execution.tick
  }
  wasi.close()
  return { ended: log.join('\n'), ticks, stdout: stdout.text(), stderr: stderr.text() }
}

const argument = (type: number, text: string): unknown =>
  type === I64 ? BigInt(text) : type === EXTERNREF ? (text === 'null' ? null : text) : Number(text)

/** Programs with threads import their memory: what starts threads is `run`. */
const importsMemory = ({ wasm }: Case): boolean => moduleOf(wasm).imports.some(({ kind }) => kind === 'memory')
const alone = cases.filter((testCase) => !importsMemory(testCase))

describe('example programs', () => {
  test.each(alone.map((testCase) => [testCase.name, testCase] as const))('%s', (_, testCase) => {
    const [fast, ...others] = configurations
    const whole = observe(testCase, fast![1], MOST_TICKS)
    expect(whole.ticks).toBeGreaterThan(0)
    // Fuel: all of it is used, not a tick more, and the same was done until then.
    const part = Math.floor(whole.ticks / 3)
    const cut = observe(testCase, fast![1], part)
    for (const [name, options] of others) {
      expect(observe(testCase, options, MOST_TICKS), name).toEqual(whole)
      expect(observe(testCase, options, part), `${name}, ${part} ticks`).toEqual(cut)
    }
    if (testCase.calls === undefined) {
      expect(cut.ticks).toBe(part)
      expect(cut.ended).toMatch(/^_start: fuel in /)
    }
  })

  test.each(cases.filter(importsMemory).map((testCase) => [testCase.name, testCase] as const))('with threads: %s', async (_, testCase) => {
    for (const [name, options] of configurations) {
      const stdout = collect()
      const { exitCode } = await run(moduleOf(testCase.wasm), { stdout, store: new Store(options) })
      expect([exitCode, stdout.text()], name).toEqual([0, testCase.stdout])
    }
  })

  test('every built program is in a case', () => {
    const built = readdirSync(join(repoRoot, 'examples/guests'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.wasm'),
    )
    expect([...new Set(cases.map((testCase) => testCase.wasm))].sort()).toEqual(built.map((path) => path.replaceAll('\\', '/')).sort())
  })
})
