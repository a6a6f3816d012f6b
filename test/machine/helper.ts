/**
 * Shared by the tests of the machine: every test runs on every configuration, that is executor × tier. What can be seen of
 * a run from outside (results, ticks, memory, globals) must not depend on the configuration.
 */
import { execFileSync } from 'node:child_process'
import { describe, expect } from 'vitest'
import { type Imports, type InstantiateOptions, type RawHostFunction, type WasmInstance, compile, instantiate } from '../../src/index.ts'
import type { CompileOptions, CompiledModule } from '../../src/index.ts'
import { featureSet } from '../../src/spec/features.ts'
import { type ValType } from '../../src/spec/types.ts'
import { watToWasm } from '../../src/text/index.ts'
import { repoRoot } from '../helpers/files.ts'

export const configurations: readonly (readonly [name: string, options: InstantiateOptions])[] = [
  ['switch fast', { executor: 'switch', tier: 'fast' }],
  ['switch exact', { executor: 'switch', tier: 'exact' }],
  ['closure fast', { executor: 'closure', tier: 'fast' }],
  ['closure exact', { executor: 'closure', tier: 'exact' }],
  ['reference', { executor: 'reference' }],
]

/** A group of tests, once for each configuration. */
export function onEach(title: string, body: (options: InstantiateOptions) => void): void {
  for (const [name, options] of configurations) describe(`${title} [${name}]`, () => body(options))
}

export const wat = (source: string, features?: CompileOptions['features']): CompiledModule =>
  compile(watToWasm(source, { features: featureSet(features) }), { features })

/** Exports with types loose enough for a test. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Anything = any

export interface Guest {
  readonly instance: WasmInstance
  readonly exports: Record<string, Anything>
}

/** Instantiates WAT. */
export function guest(source: string | CompiledModule, options: InstantiateOptions, imports: Imports = {}): Guest {
  const instance = instantiate(typeof source === 'string' ? wat(source) : source, imports, options)
  return { instance, exports: instance.exports }
}

/** A raw host function, as WASI has them. */
export function raw(params: ValType[], results: ValType[], call: RawHostFunction['call']): RawHostFunction {
  return { type: { kind: 'func', params, results }, suspending: false, call }
}

/** Runs a call `slice` ticks at a time. */
export function inSlices(
  instance: WasmInstance,
  slice: number,
  name: string,
  ...args: unknown[]
): { result: unknown; ticks: number; stops: number } {
  const execution = instance.begin(name, ...args)
  let stops = 0
  while (!execution.run(slice)) stops++
  return { result: execution.result, ticks: execution.tick, stops }
}

/** The error that `f` throws, for tests that look at more than its message. */
export function thrown(f: () => unknown): Anything {
  try {
    f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

/** The same for a promise. */
export async function rejected(promise: Promise<unknown>): Promise<Anything> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

/** Runs a script in a Node process of its own, with flags; gives the JSON that it logs. `vitrine` and `text` are in scope. */
export function inChild(flags: readonly string[], script: string): Anything {
  const file = (path: string): string => JSON.stringify(new URL(`file://${repoRoot}/${path}`).href)
  const source = `(async () => {
    const vitrine = await import(${file('src/index.ts')})
    await import(${file('src/families/reference.ts')})
    const text = await import(${file('src/text/index.ts')})
    const wat = (source) => vitrine.compile(text.watToWasm(source))
    const configurations = ${JSON.stringify(configurations)}
    ${script}
  })()`
  const output = execFileSync(process.execPath, [...flags, '--import', 'tsx', '-e', source], { cwd: repoRoot, encoding: 'utf8' })
  return JSON.parse(output.trim().split('\n').at(-1)!)
}
