/** `parseModule` and `watToWasm`: one module of the text format. Called by the command line, tests and everything that takes .wat. */
import { encode } from '../encoder/encoder.ts'
import type { Module } from '../module/module.ts'
import type { FeatureSet } from '../spec/features.ts'
import { ModuleParser } from './module-parser.ts'
import { byteString } from './source.ts'
import { LineTable, type PlaceTable, type SourceMap, bodyStarts, sourceMap } from './source-map.ts'

export interface ParseOptions {
  /** Write a name section from the identifiers (default true), so that backtraces show names. */
  readonly names?: boolean
  /**
   * Only what changes the grammar itself counts here (without memory64, limits are u32). Everything else that a feature
   * set leaves out is refused by the decoder and the validator.
   */
  readonly features?: FeatureSet
  /** Only this part of the source, in bytes; positions in errors still refer to the whole. */
  readonly start?: number
  readonly end?: number
}

/**
 * Parses `(module …)`, or the fields of a module without the word (spec §6.6). Bytes need not be UTF-8: where they are not,
 * the error says so. Throws MalformedError with line and column. The module is not validated.
 */
export function parseModule(source: Uint8Array | string, options: ParseOptions = {}): Module {
  const text = byteString(source)
  return new ModuleParser(text, options.start ?? 0, options.end ?? text.length).parse(options)
}

/** Like `parseModule`, and keeps where each instruction came from. File offsets of the map are those of `encode(module)`. */
export function parseModuleWithMap(source: Uint8Array | string, options: ParseOptions = {}): { module: Module; map: SourceMap } {
  const text = byteString(source)
  const parser = new ModuleParser(text, options.start ?? 0, options.end ?? text.length)
  const module = parser.parse({ ...options, positions: true })
  return { module, map: mapOf(text, parser.bodyPositions, () => bodyStarts(encode(module))) }
}

/** Text → the bytes of a .wasm file; not validated. */
export function watToWasm(source: Uint8Array | string, options: ParseOptions = {}): Uint8Array {
  return encode(parseModule(source, options))
}

/** Like `watToWasm`, and keeps where each instruction came from: `map.placeOf(offset)` takes offsets in `bytes`. */
export function watToWasmWithMap(source: Uint8Array | string, options: ParseOptions = {}): { bytes: Uint8Array; map: SourceMap } {
  const text = byteString(source)
  const parser = new ModuleParser(text, options.start ?? 0, options.end ?? text.length)
  const bytes = encode(parser.parse({ ...options, positions: true }))
  return { bytes, map: mapOf(text, parser.bodyPositions, () => bodyStarts(bytes)) }
}

/** Positions become lines and columns body by body, when somebody asks. */
function mapOf(text: string, positions: readonly (readonly number[])[], starts: () => readonly number[]): SourceMap {
  let lines: LineTable | undefined
  const tables: (PlaceTable | undefined)[] = []
  const table = (code: number): PlaceTable => {
    const known = tables[code]
    if (known !== undefined) return known
    lines ??= new LineTable(text)
    const found: number[] = []
    const pairs = positions[code]!
    for (let i = 0; i < pairs.length; i += 2) {
      const { line, column } = lines.place(pairs[i + 1]!)
      found.push(pairs[i]!, line, column)
    }
    tables[code] = found
    return found
  }
  return sourceMap(table, positions.length, starts)
}
