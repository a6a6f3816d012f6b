/**
 * Text printed here, flat and folded, for all modules of ./modules.ts: WABT, Binaryen and wasm-tools accept it, and what
 * they read is the module that was printed. Binaryen rewrites what it reads, so of that only validity is checked.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { decode } from '../../src/decoder/decode.ts'
import { encode } from '../../src/encoder/encoder.ts'
import { allFeatures } from '../../src/spec/features.ts'
import { parseModule, printModule } from '../../src/text/index.ts'
import { validate } from '../../src/validator/validate.ts'
import { foreignModules, install } from './modules.ts'
import { firstDifference, firstNameDifference } from './same-module.ts'
import { type TextTool, binaryen, hasWabtCommand, wabtCommand, wasmTools } from './tools.ts'

const everything = allFeatures

/** What a tool does not accept, by tool, form and module. One that is accepted must leave the list. */
const known: Readonly<Record<string, RegExp>> = {
  // Identifiers in quotes are newer than WABT.
  'wabt, flat: yosys.core3': /unexpected token "\$"/,
  'wabt, folded: yosys.core3': /unexpected token "\$"/,
  // The first exceptions proposal it reads only unfolded.
  'wasm-tools, folded: vips': /snippet: "\s+\(do"/,
  'wasm-tools, folded: vips-heif': /snippet: "\s+\(do"/,
  'wasm-tools, folded: vips-resvg': /snippet: "\s+\(do"/,
}

const problem = install()
if (problem !== undefined) console.warn(`NOT RUN: our text in other tools, because ${problem}`)
else if (!hasWabtCommand) console.warn('NOT RUN: our text in WABT, because its command wat2wasm is not installed')

describe.skipIf(problem !== undefined)('our text in other tools', () => {
  const tools = new Map<string, Pick<TextTool, 'parse'>>()
  beforeAll(async () => {
    for (const tool of [wabtCommand, await binaryen(), await wasmTools()]) tools.set(tool.name, tool)
  })

  for (const { name, path } of foreignModules) {
    for (const form of ['flat', 'folded']) {
      test(`ourselves, ${form}: ${name}`, () => {
        const bytes = new Uint8Array(readFileSync(path))
        const module = decode(bytes, { features: everything })
        const again = parseModule(printModule(module, { folded: form === 'folded' }), { features: everything })
        expect(firstDifference(module, again)).toBeUndefined()
        expect(firstNameDifference(module, again)).toBeUndefined()
        expect(firstDifference(module, decode(encode(again), { features: everything }))).toBeUndefined()
      })
      for (const tool of [...(hasWabtCommand ? ['wabt'] : []), 'binaryen', 'wasm-tools']) {
        const title = `${tool}, ${form}: ${name}`
        test(title, async () => {
          const all = decode(new Uint8Array(readFileSync(path)), { features: everything })
          // WABT knows no `(before first)`, and the other two read only some custom sections: names are enough here.
          const module = { ...all, customs: all.customs.filter((c) => c.name === 'name') }
          const text = printModule(module, { folded: form === 'folded' })
          const wanted = known[title]
          if (wanted !== undefined) return expect(tools.get(tool)!.parse(text)).rejects.toThrow(wanted)
          const back = decode(await tools.get(tool)!.parse(text), { features: everything })
          if (tool === 'binaryen') validate(back, everything)
          else expect(firstDifference(module, back)).toBeUndefined()
        })
      }
    }
  }
})
