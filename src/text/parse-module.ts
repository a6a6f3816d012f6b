/** `parseModule` and `watToWasm`: one module of the text format. Called by the command line, tests and everything that takes .wat. */
import { encode } from '../encoder/encoder.ts'
import type { Module } from '../module/module.ts'
import type { FeatureSet } from '../spec/features.ts'
import { ModuleParser } from './module-parser.ts'
import { byteString, placeOf } from './source.ts'

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

/** Where the instructions of a text module stand. */
export interface SourceMap {
  /**
   * The place of the instruction at `offset` (from the start of the instructions of defined function number `code`, as
   * in `module.code[code]`): 1-based line and column, and the byte offset in the source. Undefined if none begins there.
   */
  place(code: number, offset: number): { readonly line: number; readonly column: number; readonly offset: number } | undefined
}

/**
 * Parses `(module …)`, or the fields of a module without the word (spec §6.6). Bytes need not be UTF-8: where they are not,
 * the error says so. Throws MalformedError with line and column. The module is not validated.
 */
export function parseModule(source: Uint8Array | string, options: ParseOptions = {}): Module {
  const text = byteString(source)
  return new ModuleParser(text, options.start ?? 0, options.end ?? text.length).parse(options)
}

/** Like `parseModule`, and keeps where each instruction came from. */
export function parseModuleWithMap(source: Uint8Array | string, options: ParseOptions = {}): { module: Module; map: SourceMap } {
  const text = byteString(source)
  const parser = new ModuleParser(text, options.start ?? 0, options.end ?? text.length)
  const module = parser.parse({ ...options, positions: true })
  const { bodyPositions } = parser
  return {
    module,
    map: {
      place(code, offset) {
        const positions = bodyPositions[code] ?? []
        let low = 0
        let high = positions.length / 2
        while (low < high) {
          const middle = (low + high) >> 1
          if (positions[middle * 2]! < offset) low = middle + 1
          else high = middle
        }
        if (positions[low * 2] !== offset) return undefined
        const at = positions[low * 2 + 1]!
        const { line, column } = placeOf(text, at)
        return { line, column, offset: at }
      },
    },
  }
}

/** Text → the bytes of a .wasm file; not validated. */
export function watToWasm(source: Uint8Array | string, options: ParseOptions = {}): Uint8Array {
  return encode(parseModule(source, options))
}
