/**
 * Text printed by other tools, for all modules of ./modules.ts: it parses here and gives the module that was printed.
 * WABT and wasm-tools print what they read, so the result is compared with the original. Binaryen prints its own form of
 * it; there the judge is Binaryen, which must print the same text again for what was made of its text here.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { decode } from '../../src/decoder/decode.ts'
import { encode } from '../../src/encoder/encoder.ts'
import type { Module } from '../../src/module/module.ts'
import { featureSet, features } from '../../src/spec/features.ts'
import { parseModule } from '../../src/text/parse-module.ts'
import { validate } from '../../src/validator/validate.ts'
import { type ForeignModule, foreignModules, install } from './modules.ts'
import { firstDifference, firstNameDifference } from './same-module.ts'
import { type TextTool, binaryen, wabt, wasmTools } from './tools.ts'

const everything = featureSet(Object.fromEntries(features.map((f) => [f.name, true])))

/** What a tool cannot do or does not do in the text format, by tool and module. One that works again must leave the list. */
const known: Readonly<Record<string, RegExp>> = {
  'wabt: yosys.core2': /function name count/,
}

const problem = install()
if (problem !== undefined) console.warn(`NOT RUN: text of other tools, because ${problem}`)

/** Fails unless `work` does what the list says about it. */
async function expecting(key: string, work: () => Promise<void>): Promise<void> {
  const wanted = known[key]
  if (wanted === undefined) return work()
  await expect(work(), `${key} is listed as known to fail`).rejects.toThrow(wanted)
}

const bytesOf = ({ path }: ForeignModule): Uint8Array => new Uint8Array(readFileSync(path))

/** A tool that keeps instructions, types and names as they are. */
async function keepsAll(tool: TextTool, bytes: Uint8Array, names: boolean): Promise<void> {
  const original = decode(bytes, { features: everything })
  const parsed = parseModule(await tool.print(bytes), { features: everything })
  expect(firstDifference(original, parsed)).toBeUndefined()
  if (names) expect(firstNameDifference(original, parsed)).toBeUndefined()
}

/** Comments of Binaryen on what it found in custom sections. */
const withoutNotes = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith(' ;; '))

async function printsAgain(tool: TextTool, bytes: Uint8Array): Promise<void> {
  // Without custom sections: Binaryen escapes names on the way out that it does not unescape on the way in.
  const bare = encode({ ...decode(bytes, { features: everything }), customs: [] })
  const text = withoutNotes(await tool.print(bare))
  const parsed: Module = parseModule(text.join('\n'), { features: everything, names: false })
  const mine = encode(parsed)
  validate(decode(mine, { features: everything }), everything)
  const again = withoutNotes(await tool.print(mine))
  const line = again.findIndex((l, i) => l !== text[i])
  expect([line, again[line]]).toEqual([-1, undefined])
  expect(again.length).toBe(text.length)
}

describe.skipIf(problem !== undefined)('text of other tools', () => {
  const tools = new Map<string, TextTool>()
  beforeAll(async () => {
    for (const tool of [wabt(false), wabt(true), await binaryen(), await wasmTools()]) tools.set(tool.name, tool)
  })

  for (const module of foreignModules) {
    for (const name of ['wabt', 'wabt, folded', 'wasm-tools']) {
      test(`${name}: ${module.name}`, () =>
        expecting(`${name}: ${module.name}`, () => keepsAll(tools.get(name)!, bytesOf(module), name === 'wasm-tools')))
    }
    test(`binaryen: ${module.name}`, () =>
      expecting(`binaryen: ${module.name}`, () => printsAgain(tools.get('binaryen')!, bytesOf(module))))
  }
})
