/**
 * Over generated modules: decoding and encoding are inverse to each other, and so are parsing and printing, in every style;
 * the printer's map is that of its text. More runs: VITRINE_LONG, or VITRINE_FUZZ_COUNT for the number.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decoder/decode.ts'
import { encode } from '../../src/encoder/encoder.ts'
import type { Module } from '../../src/module/module.ts'
import { allFeatures } from '../../src/spec/features.ts'
import { type PrintOptions, parseModule, parseModuleWithMap, printModule, printModuleWithMap } from '../../src/text/index.ts'
import { generate } from '../fuzz/generate.ts'
import { toBytes } from '../fuzz/program.ts'
import { canonical, content, difference } from './canonical.ts'
import { anyModule } from './module-arbitrary.ts'

const long = Boolean(process.env.VITRINE_LONG)
const numRuns = Number(process.env.VITRINE_FUZZ_COUNT ?? (long ? 20_000 : 150))
const options: fc.Arbitrary<PrintOptions> = fc.record({
  folded: fc.boolean(),
  names: fc.boolean(),
  offsets: fc.boolean(),
  types: fc.boolean(),
})

describe('any well-formed module', () => {
  test('decode(encode(m)) is m, encode(decode(file)) is the file', () => {
    fc.assert(
      fc.property(anyModule, (m) => {
        const kept = canonical(m)
        const file = encode(kept)
        const decoded = decode(file, { features: allFeatures })
        expect(content(decoded)).toEqual(content(kept))
        expect(difference(encode(decoded), file)).toBeUndefined()
      }),
      { numRuns },
    )
  })

  test('parse(print(m)) is m', () => {
    fc.assert(
      fc.property(anyModule, options, (m, style) => {
        expect(content(parseModule(printModule(m, style)))).toEqual(content(canonical(m)))
      }),
      { numRuns },
    )
  })

  test('printing again what was parsed gives the same text, and the map of the text', () => {
    fc.assert(
      fc.property(anyModule, options, (m, style) => {
        const first = parseModule(printModule(m, style))
        const { text, map } = printModuleWithMap(first, style)
        const { module, map: parsed } = parseModuleWithMap(text)
        expect(printModule(module, style)).toBe(text)
        for (const [code, { end }] of first.code.entries())
          for (let offset = 0; offset < end; offset++) expect(map.place(code, offset)).toEqual(parsed.place(code, offset))
      }),
      { numRuns: Math.ceil(numRuns / 2) },
    )
  })
})

test('valid programs: the same bytes come back', () => {
  const count = long ? 2000 : 25
  for (let seed = 1; seed <= count; seed++) {
    const file = toBytes(generate(seed))
    const module: Module = decode(file, { features: allFeatures })
    const expected = encode(canonical(module))
    for (const style of [{}, { folded: false }])
      expect(difference(encode(parseModule(printModule(module, style))), expected), `seed ${seed}`).toBeUndefined()
  }
})
