/**
 * Hostile input: what comes of tampered binaries and texts (mutate-binary.ts, mutate-text.ts). Through whichever function they
 * go, only VitrineErrors may be thrown, nothing may take long or much memory, and what turns out valid runs, with fuel,
 * alike on all configurations.
 */
import {
  type InstantiateOptions,
  WasmGlobal,
  WasmMemory,
  WasmTable,
  instantiate,
  isMalformed,
  isTrap,
  isVitrineError,
} from '../../src/index.ts'
import { featuresUsed } from '../../src/cli/features.ts'
import { decode } from '../../src/decoder/decode.ts'
import { CompiledModule } from '../../src/embedding/module.ts'
import type { Module } from '../../src/module/module.ts'
import { moduleNames } from '../../src/module/names.ts'
import type { Feature } from '../../src/spec/features.ts'
import { instructions } from '../../src/spec/instructions.ts'
import { formatValType, isRef } from '../../src/spec/types.ts'
import { parseModule, watToWasm } from '../../src/text/index.ts'
import { validate } from '../../src/validator/validate.ts'
import { InstructionReader } from '../../src/decoder/instruction-reader.ts'
import { allFeatures } from '../../src/spec/features.ts'

/** How far an input came. */
export type Fate = 'malformed' | 'invalid' | 'not supported' | 'not linked' | 'ran'
/** What must not be. */
export interface Failure {
  readonly step: string
  readonly error: unknown
}
export type Verdict = Fate | Failure

/** Is told what features a module that has run uses. */
export type Ran = (features: readonly Feature[]) => void

/** Carries out a step; anything but a VitrineError becomes a failure. */
class Wrong extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.step)
    this.failure = failure
  }
}
function attempt<T>(step: string, f: () => T): T {
  try {
    return f()
  } catch (error) {
    if (error instanceof Wrong || isVitrineError(error)) throw error
    throw new Wrong({ step, error })
  }
}
function verdict(f: () => Fate): Verdict {
  try {
    return f()
  } catch (error) {
    if (error instanceof Wrong) return error.failure
    throw error
  }
}

const FUEL = 300
const options = {
  fuel: FUEL,
  timeout: 5000,
  limits: { memory: 2 ** 22, table: 10_000, frames: 200, stack: 2 ** 17 },
} as const
const configurations: readonly (readonly [string, InstantiateOptions])[] = [
  ['fast', { ...options, executor: 'switch', tier: 'fast' }],
  ['exact', { ...options, executor: 'switch', tier: 'exact' }],
  ['closure fast', { ...options, executor: 'closure', tier: 'fast' }],
  ['closure exact', { ...options, executor: 'closure', tier: 'exact' }],
  ['reference', { ...options, executor: 'reference' }],
]

/** Something for every import that a module may ask for; what does not fit is refused with a LinkError. */
function importsOf(data: Module): Record<string, Record<string, unknown>> {
  const spaces: Record<string, Record<string, unknown>> = Object.create(null) as Record<string, Record<string, unknown>>
  for (const { module, name, type } of data.imports) {
    const space = (spaces[module] ??= Object.create(null) as Record<string, unknown>)
    if (type.kind === 'func') space[name] = () => 1
    else if (type.kind === 'memory') space[name] = new WasmMemory({ initial: 1, maximum: 4 })
    else if (type.kind === 'table') space[name] = new WasmTable({ initial: 8, maximum: 12 })
    else if (type.kind === 'global') {
      const word = formatValType(type.type.type)
      if (['i32', 'i64', 'f32', 'f64', 'funcref', 'externref'].includes(word)) {
        const value = isRef(type.type.type) ? null : word === 'i64' ? 1n : 1
        space[name] = new WasmGlobal({ type: word as 'i32', mutable: type.type.mutable, value })
      }
    }
  }
  return spaces
}

/** Arguments of the kinds that functions take; what does not fit is refused. */
const ARGUMENTS: readonly (readonly unknown[])[] = [
  [1, 2, 3, 4],
  [9n, -9n, 3n, 4n],
  [null, null, null, null],
]

const show = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(show).join()
    : typeof value === 'bigint'
      ? `${value}n`
      : typeof value === 'function'
        ? 'function'
        : typeof value === 'object' && value !== null
          ? 'object'
          : String(value)

/** Calls everything and looks at everything: what was seen, as text. */
function behaviour(module: CompiledModule, config: InstantiateOptions, deterministic: boolean): string {
  const { exports } = attempt('instantiate', () => instantiate(module, importsOf(module.data), config))
  const seen: string[] = []
  const note = (text: string): void => void (deterministic && seen.push(text))
  for (const [name, e] of Object.entries(exports)) {
    if (typeof e !== 'function') continue
    for (const args of ARGUMENTS) {
      try {
        note(`${name}: ${show(e(...args))}`)
      } catch (error) {
        if (!isVitrineError(error)) throw new Wrong({ step: `call of ${name}`, error })
        note(`${name}: ${isTrap(error) ? error.message : error.name}`)
      }
    }
  }
  for (const [name, e] of Object.entries(exports)) {
    if (e instanceof WasmGlobal) note(`${name}: ${attempt('global', () => reading(() => show(e.value)))}`)
    if (e instanceof WasmTable)
      note(
        `${name}: ${attempt('table', () => Array.from({ length: Math.min(20, e.length) }, (_, i) => reading(() => show(e.get(i)))).join())}`,
      )
    if (e instanceof WasmMemory) note(`${name}: ${e.byteLength} ${checksum(e.view())}`)
  }
  return seen.join('\n')
}
/** Some values cannot be shown to JS (v128). */
function reading(f: () => string): string {
  try {
    return f()
  } catch (error) {
    if (!isVitrineError(error)) throw error
    return 'not for JS'
  }
}
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < Math.min(bytes.length, 70_000); i++) sum = (Math.imul(sum, 31) + bytes[i]!) | 0
  return sum
}

/** The bits of a NaN that arithmetic made are left open (§4.3.3): where they can be seen, configurations may differ. */
const makesNaN = new Set(
  instructions
    .filter((i) => /^f(32|64)(x\d)?\..*(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote|promote|madd|nmadd)/.test(i.name))
    .map((i) => i.id),
)
const relaxed = new Set(instructions.filter((i) => i.feature === 'relaxed-simd').map((i) => i.id))
function isDeterministic({ code }: Module): boolean {
  return !code.some(({ bytes, start, end }) => {
    const reader = new InstructionReader(bytes, start, end)
    while (reader.next()) if (makesNaN.has(reader.instruction.id) || relaxed.has(reader.instruction.id)) return true
    return false
  })
}

/** Decodes, looks at what can be read of any module, validates, and runs on all configurations. */
function through(bytes: Uint8Array, ran: Ran): Fate {
  let data: Module
  try {
    data = attempt('decode', () => decode(bytes, { features: allFeatures }))
  } catch (error) {
    if (error instanceof Wrong) throw error
    return isMalformed(error) ? 'malformed' : 'not supported'
  }
  attempt('names', () => moduleNames(data))
  let module: CompiledModule
  try {
    attempt('validate', () => validate(data, allFeatures))
    module = attempt('compile', () => new CompiledModule(data))
  } catch (error) {
    if (error instanceof Wrong) throw error
    return 'invalid'
  }
  const used = attempt('inspect', () => featuresUsed(data))
  for (const { name } of data.customs) attempt('customSections', () => module.customSections(name))
  const deterministic = isDeterministic(data)
  const seen: string[] = []
  for (const [, config] of configurations) {
    try {
      seen.push(behaviour(module, config, deterministic))
    } catch (error) {
      if (error instanceof Wrong) throw error
      // A module that is not linked on one configuration is not linked on any.
      seen.push(`not linked: ${isVitrineError(error) ? error.message : ''}`)
    }
  }
  const different = seen.findIndex((s) => s !== seen[0])
  if (different > 0)
    throw new Wrong({
      step: `${configurations[0]![0]} and ${configurations[different]![0]}`,
      error: new Error(`differ:\n${firstDifference(seen[0]!, seen[different]!)}`),
    })
  if (seen[0]!.startsWith('not linked')) return 'not linked'
  ran(used)
  return 'ran'
}
function firstDifference(a: string, b: string): string {
  const [left, right] = [a.split('\n'), b.split('\n')]
  const i = left.findIndex((line, k) => line !== right[k])
  return `${left[i]}\n${right[i]}`
}

export const probeBinary = (bytes: Uint8Array, ran: Ran): Verdict => verdict(() => through(bytes, ran))

export const probeText = (source: Uint8Array, ran: Ran): Verdict =>
  verdict(() => {
    let bytes: Uint8Array
    try {
      attempt('parse', () => parseModule(source, { features: allFeatures }))
      bytes = attempt('encode', () => watToWasm(source, { features: allFeatures }))
    } catch (error) {
      if (error instanceof Wrong) throw error
      return 'malformed'
    }
    return through(bytes, ran)
  })
