/**
 * The text format: public entry `vitrine/text`. WAT → Module or bytes, Module → WAT, WAST scripts → commands. Errors are MalformedError
 * with line, column and the line of source in question.
 */
export { encode } from '../encoder/encoder.ts'
export { type ParseOptions, parseModule, parseModule as parseWat, parseModuleWithMap, watToWasm, watToWasmWithMap } from './parse-module.ts'
export { functionPrinter, type PrintOptions, printChunks, printModule, printModuleWithMap } from './printer/printer.ts'
export type { CodeOffset, SourceMap, SourcePlace } from './source-map.ts'
export { parseModuleCommand, parseScript } from './script.ts'
export type { ModuleOptions } from './module-parser.ts'
export type { Bits64 } from './integers.ts'
export type {
  Action,
  Command,
  FloatPattern,
  ModuleAssertion,
  ModuleCommand,
  ResultPattern,
  ScriptRange,
  ScriptValue,
} from './script-types.ts'
