/**
 * What monitors say is what happened: counts, profiles, memory accesses and recordings of watched runs equal what the reference
 * executor shows instruction by instruction, on the example programs and on generated ones.
 */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cases } from '../../examples/cases.ts'
import { type CompiledModule, Store, compile, instantiate } from '../../src/index.ts'
import { probed } from '../../src/interp/reference/index.ts'
import type { Machine } from '../../src/interp/reference/machine.ts'
import { EXTERNREF, I64 } from '../../src/spec/types.ts'
import { countInstructions, profile, readRecording, record, watchHostCalls, watchMemory } from '../../src/trace/index.ts'
import { accessOf } from '../../src/trace/memory.ts'
import { type TraceEvent, Tracer } from '../../src/trace/tracer.ts'
import { WASI, collect, memoryFs, seededRandom, virtualClock } from '../../src/wasi/index.ts'
import { vitrine } from '../fuzz/engines.ts'
import { generate } from '../fuzz/generate.ts'
import { callAll } from '../fuzz/outcome.ts'
import { toBytes } from '../fuzz/program.ts'
import { filesUnder, repoRoot } from '../helpers/files.ts'

/** What is compared: executions by module and offset, loads and stores, events as text. */
interface Seen {
  readonly counts: Record<string, number>
  readonly total: number
  readonly accesses: number
  readonly hostCalls: number
  readonly events: readonly string[]
}

const line = (e: TraceEvent): string => {
  const values = (list: TraceEvent['operands'] | undefined): string =>
    list === undefined ? '?' : list.map((v) => `${v.type}:${v.value}`).join(' ')
  return `${e.funcidx} ${e.name ?? ''} ${e.offset} ${e.text} @${e.tick}/${e.depth} | ${values(e.operands)} -> ${e.trap ?? e.exception ?? values(e.results)}`
}

/** Numbers for modules in the order in which they are met: a key of `counts` is `module:offset`. */
function numbering(): (module: object) => number {
  const known: object[] = []
  return (module) => (known.includes(module) ? known.indexOf(module) : known.push(module) - 1)
}

const EVENTS = 3000

/** Runs a program, and tells of errors that it ends a call with. */
type Body = (store: Store, failed: (error: unknown) => void) => void

/** Runs `body` on a store that the reference executor steps through. */
function stepped(options: object, body: Body): Seen {
  const counts: Record<string, number> = {}
  const number = numbering()
  let total = 0
  let accesses = 0
  let hostCalls = 0
  let length = 0
  const store = new Store(options)
  store.executor = probed(
    {
      before: ({ T, reader }: Machine) => {
        const key = `${number(T.instance.module)}:${reader.at}`
        counts[key] = (counts[key] ?? 0) + 1
        total++
        length = T.R[T.sp - 2]!
      },
      after: ({ T, reader }, status) => {
        const access = accessOf(reader.instruction)
        if (status === 0 && (access === 'read' || access === 'write')) accesses++
        if (status === 0 && access === 'both') accesses += 2
        if (status === 0 && access === 'bulk' && length !== 0) accesses += reader.instruction.name === 'memory.copy' ? 2 : 1
        if ((status === 6 || status === 7) && T.callee?.host !== undefined) hostCalls++
      },
    },
    () => {},
  )
  body(store, () => {})
  const events: string[] = []
  const tracer = new Tracer({ onEvent: (e) => void (events.length < EVENTS && events.push(line(e))) })
  const traced = new Store(options)
  traced.executor = tracer.executor
  body(traced, (error) => tracer.flush(error))
  tracer.flush()
  return { counts, total, accesses, hostCalls, events }
}

function watched(options: object, body: Body): Seen {
  const store = new Store(options)
  const counter = countInstructions(store)
  const profiled = profile(store)
  const memory = watchMemory(store)
  const host = watchHostCalls(store)
  const chunks: Uint8Array[] = []
  const recorder = record(store, { write: (bytes) => chunks.push(bytes.slice()) })
  body(store, () => {})
  recorder.stop()
  const counts: Record<string, number> = {}
  const number = numbering()
  for (const m of counter.modules) {
    for (const { funcidx } of m.functions())
      for (const { offset, count } of m.instructions(funcidx)) if (count > 0) counts[`${number(m.module)}:${offset}`] = count
  }
  return {
    counts,
    total: profiled.total,
    accesses: memory.totals.reads + memory.totals.writes,
    hostCalls: [...host.counts.values()].reduce((a, b) => a + b, 0),
    events: readRecording(Buffer.concat(chunks)).slice(0, EVENTS).map(line),
  }
}

/** Bits of a NaN that arithmetic makes, which the specification leaves open. */
const anyNaN = (text: string): string => text.replace(/-?nan(:0x\w+)?/g, 'nan').replace(/v128:0x\w+/g, 'v128')

function compare(options: object, body: Body, shown: (text: string) => string = (text) => text): void {
  const truth = stepped(options, body)
  expect(truth.total).toBeGreaterThan(0)
  const seen = watched(options, body)
  const [expected, events] = [truth.events.map(shown), seen.events.map(shown)]
  expect(seen.counts).toEqual(truth.counts)
  const different = expected.findIndex((e, i) => e !== events[i])
  if (different >= 0) expect(events.slice(different - 2, different + 2)).toEqual(expected.slice(different - 2, different + 2))
  expect(events.length).toBe(expected.length)
  expect({ ...seen, counts: {}, events: [] }).toEqual({ ...truth, counts: {}, events: [] })
}

/** Features that some of the examples need and that are off by default. */
const proposals = { 'legacy-exceptions': true, 'stack-switching': true, threads: true }
const fixtures: Record<string, Uint8Array> = {}
for (const path of filesUnder(join(repoRoot, 'examples/fixtures'), ''))
  fixtures[relative(join(repoRoot, 'examples/fixtures'), path)] = readFileSync(path)
const compiled = new Map<string, CompiledModule>()
function moduleOf(wasm: string): CompiledModule {
  let module = compiled.get(wasm)
  if (module === undefined)
    compiled.set(wasm, (module = compile(readFileSync(join(repoRoot, 'examples/guests', wasm)), { features: proposals })))
  return module
}

describe('example programs', () => {
  // A program that imports its memory runs in several threads, as `wasi-threads` starts them: not here.
  const alone = cases.filter(({ wasm }) => moduleOf(wasm).imports.every(({ kind }) => kind !== 'memory'))
  test.each(alone.map((testCase) => [testCase.name, testCase] as const))('%s', (_, testCase) => {
    const module = moduleOf(testCase.wasm)
    compare({ fuel: 150 }, (store, failed) => {
      const wasi = new WASI({
        args: testCase.args ?? [],
        env: testCase.env ?? {},
        argv0: 'program',
        fs: Object.fromEntries(
          (testCase.dirs ?? []).map(({ guest, from }) => [guest, memoryFs(from === 'fixtures' ? { files: fixtures } : {})]),
        ),
        stdin: (testCase.stdin ?? '').repeat(testCase.stdinRepeat ?? 1),
        stdout: collect(),
        stderr: collect(),
        clock: virtualClock(),
        random: seededRandom(7),
      })
      const instance = instantiate(module, { ...wasi.imports, env: { log: () => {} } }, { store })
      for (const [name, ...texts] of testCase.calls ?? [['_start']]) {
        const { type } = instance.instance.funcs[instance.module.data.exports.find((e) => e.name === name)!.index]!
        const args = texts.map((text, i) =>
          type.params[i] === I64 ? BigInt(text) : type.params[i] === EXTERNREF ? (text === 'null' ? null : text) : Number(text),
        )
        try {
          instance.invoke(name!, ...args)
        } catch (error) {
          failed(error)
        }
      }
      wasi.close()
    })
  })
})

/** A few of the generated programs are not valid. */
const isValid = (bytes: Uint8Array): boolean => {
  try {
    compile(bytes, { features: { ...proposals, 'wide-arithmetic': true } })
    return true
  } catch {
    return false
  }
}

test('generated programs', () => {
  let ran = 0
  for (let seed = 1; seed <= 40; seed++) {
    const p = generate(seed)
    if (!isValid(toBytes(p))) continue
    ran++
    compare(
      { fuel: 500 },
      (store, failed) => {
        for (const { error } of callAll(p, vitrine('', {}, { makeStore: () => store }).start(p))) failed(error)
      },
      anyNaN,
    )
  }
  expect(ran).toBeGreaterThan(30)
})
