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
import { allFeatures } from '../../src/spec/features.ts'
import { parseModule } from '../../src/text/parse-module.ts'
import { validate } from '../../src/validator/validate.ts'
import { type ForeignModule, foreignModules, install } from './modules.ts'
import { firstDifference, firstNameDifference } from './same-module.ts'
import { type TextTool, binaryen, wabt, wasmTools } from './tools.ts'

const everything = allFeatures

/** WABT walks over folded code by recursion, and its own Wasm build has a small stack. */
const overflows = /memory access out of bounds|null function|function signature mismatch/
/** Binaryen's form of legacy exception handling: what a `catch` finds on the stack is a word `pop`, which is no instruction. */
const pops = /unknown operator pop/
const overflowing =
  'js-component-bindgen-component.core wasm-tools.core sql-wasm sql-wasm-debug tree-sitter-bash tree-sitter-c tree-sitter-cpp tree-sitter-css tree-sitter-c_sharp tree-sitter-dart tree-sitter-elisp tree-sitter-elixir tree-sitter-elm tree-sitter-go tree-sitter-java tree-sitter-javascript tree-sitter-kotlin tree-sitter-python tree-sitter-ruby tree-sitter-rust tree-sitter-solidity tree-sitter-swift tree-sitter-tsx tree-sitter-zig'
/** What a tool cannot do or does not do in the text format, by tool and module. One that works again must leave the list. */
const known: Readonly<Record<string, RegExp>> = {
  'wabt: yosys.core2': /function name count/,
  'wabt, folded: yosys.core2': /function name count/,
  ...Object.fromEntries(overflowing.split(' ').map((name) => [`wabt, folded: ${name}`, overflows])),
  'binaryen: vips': pops,
  'binaryen: vips-heif': pops,
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
  // Exports that are written with what they export come in its order.
  const differ =
    tool.name === 'wabt, folded' ? firstDifference(sortedExports(original), sortedExports(parsed)) : firstDifference(original, parsed)
  expect(differ).toBeUndefined()
  if (names) expect(firstNameDifference(original, parsed)).toBeUndefined()
}

const sortedExports = (m: Module): Module => ({ ...m, exports: [...m.exports].sort((a, b) => (a.name < b.name ? -1 : 1)) })

/** Comments of Binaryen on what it found in custom sections. */
const withoutNotes = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith(' ;; '))

async function printsAgain(tool: TextTool, bytes: Uint8Array): Promise<void> {
  // Without custom sections: Binaryen escapes names on the way out that it does not unescape on the way in.
  const bare = encode({ ...decode(bytes, { features: everything }), customs: [] })
  const text = withoutNotes(await tool.print(bare))
  const parsed: Module = parseModule(text.join('\n'), { features: everything })
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
