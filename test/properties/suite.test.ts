/**
 * Printing and parsing give back every module of the official test suite and of the examples, folded and flat, valid or
 * not, and every canonical file is what decoding and encoding make of it. Scripts: as for `npm run spec`.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { featuresOf, folderOf } from '../../spec-tests/features.ts'
import { findSuite, scriptsBelow } from '../../spec-tests/suite.ts'
import { decode } from '../../src/decoder/decode.ts'
import { encode } from '../../src/encoder/encoder.ts'
import { isVitrineError } from '../../src/errors.ts'
import type { Module } from '../../src/module/module.ts'
import { type FeatureSet, allFeatures } from '../../src/spec/features.ts'
import { type ModuleCommand, type PrintOptions, parseModule, parseModuleCommand, parseScript, printModule } from '../../src/text/index.ts'
import { filesUnder, repoRoot } from '../helpers/files.ts'
import { canonicalBytes, difference } from './canonical.ts'

const styles: readonly PrintOptions[] = [
  {},
  { folded: false },
  { offsets: true, types: true },
  { folded: false, names: false, types: true },
]

/** What is wrong with the round trips of a module; nothing if all is well. */
function roundTrips(module: Module, options: readonly PrintOptions[]): string[] {
  const wrong: string[] = []
  const expected = canonicalBytes(module)
  for (const style of options) {
    const text = printModule(module, style)
    let found: string | undefined
    try {
      found = difference(encode(parseModule(text)), expected)
    } catch (e) {
      if (!isVitrineError(e)) throw e
      found = e.message
    }
    if (found !== undefined) wrong.push(`${JSON.stringify(style)}: ${found}\n${text.slice(0, 2000)}`)
  }
  const decoded = decodeAll(expected)
  if (decoded !== undefined) {
    const found = difference(encode(decoded), expected)
    if (found !== undefined) wrong.push(`encode(decode(file)): ${found}`)
  }
  return wrong
}

/** Undefined for what the decoder refuses: text can say more than a binary may hold. */
function decodeAll(bytes: Uint8Array): Module | undefined {
  try {
    return decode(bytes, { features: allFeatures })
  } catch (e) {
    if (isVitrineError(e)) return undefined
    throw e
  }
}

const suite = findSuite()
if ('missing' in suite) console.warn(`NOT RUN: printing and parsing every module of the test suite. ${suite.missing}`)

describe.runIf('root' in suite)('every module of the test suite', () => {
  const folders = new Map<string, string[]>()
  // The body runs also where the tests do not.
  for (const { path, name } of 'root' in suite ? scriptsBelow(suite.root) : [])
    folders.set(folderOf(name), [...(folders.get(folderOf(name)) ?? []), path])
  test.each([...folders])('%s', (folder, paths) => {
    const set = featuresOf(folder)
    let modules = 0
    const wrong: string[] = []
    for (const path of paths) {
      for (const command of parseScript(readFileSync(path))) {
        const given = moduleOf(command)
        const module = given === undefined ? undefined : load(given, set)
        if (module === undefined) continue
        // All styles for some, two for all.
        const some = modules++ % 8 === 0 ? styles : styles.slice(0, 2)
        for (const problem of roundTrips(module, some)) wrong.push(`${path}:${given!.line}: ${problem}`)
      }
    }
    expect(wrong.slice(0, 5)).toEqual([])
    expect(modules).toBeGreaterThan(0)
  })
})

function moduleOf(command: ReturnType<typeof parseScript>[number]): ModuleCommand | undefined {
  if (command.kind === 'module') return command
  return 'module' in command && typeof command.module === 'object' ? command.module : undefined
}

/** The module of a command, if it is well-formed. */
function load(command: ModuleCommand, set: FeatureSet): Module | undefined {
  try {
    const parsed = parseModuleCommand(command, { features: set })
    return 'module' in parsed ? parsed.module : decodeAll(parsed.binary)
  } catch (e) {
    if (isVitrineError(e)) return undefined
    throw e
  }
}

describe('the programs of the examples', () => {
  const files = filesUnder(`${repoRoot}/examples/guests`, '.wasm')
  test.each(files.filter((path) => !path.endsWith('go/lines.wasm')).map((path) => path.slice(repoRoot.length + 1)))('%s', (name) => {
    const file = new Uint8Array(readFileSync(`${repoRoot}/${name}`))
    const module = decodeAll(file)!
    expect(difference(encode(module), file)).toBeUndefined()
    expect(roundTrips(module, styles.slice(0, 2))).toEqual([])
  })
  test('examples/guests/go/lines.wasm: 2.4 MB', () => {
    const module = decode(new Uint8Array(readFileSync(`${repoRoot}/examples/guests/go/lines.wasm`)))
    expect(difference(encode(parseModule(printModule(module))), canonicalBytes(module))).toBeUndefined()
  })
})
