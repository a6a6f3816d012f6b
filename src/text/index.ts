/**
 * The text format: public entry `vitrine/text`. WAT → Module or bytes, WAST scripts → commands. Errors are MalformedError
 * with line, column and the line of source in question.
 */
export { encode } from '../encoder/encoder.ts'
export { type ParseOptions, type SourceMap, parseModule, parseModule as parseWat, parseModuleWithMap, watToWasm } from './parse-module.ts'
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
