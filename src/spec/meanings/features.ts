/** What each feature has, in one line: for help texts and docs. */
import type { Feature } from '../features.ts'

export const featureMeanings: Readonly<Record<Feature, string>> = {
  mvp: 'the instructions and sections of Wasm 1.0',
  'sign-extension': 'i32.extend8_s and its relatives',
  'saturating-float-to-int': 'float to integer conversions that saturate instead of trapping',
  'multi-value': 'functions and blocks with several results, blocks with parameters',
  'bulk-memory': 'memory.copy, memory.fill, passive segments, table.copy, table.init',
  'reference-types': 'externref, several tables, table.get, table.set, typed select',
  'tail-call': 'return_call and its relatives',
  'multi-memory': 'more than one memory in a module',
  'extended-const': 'add, sub and mul of integers in constant expressions',
  simd: '128-bit vectors',
  'relaxed-simd': 'vector instructions whose results may differ between hosts (here: one fixed choice)',
  'function-references': 'typed function references, call_ref, non-nullable references',
  gc: 'structs, arrays, i31 and casts; recursive types with subtyping',
  exceptions: 'tags, throw, throw_ref, try_table, exnref',
  memory64: 'memories and tables with 64-bit addresses',
  threads: 'shared memories and atomic instructions',
  'legacy-exceptions': 'try, catch, rethrow and delegate of the first exceptions proposal',
  'wide-arithmetic': '128-bit addition, subtraction and multiplication on pairs of i64',
  'custom-page-sizes': 'memories with pages of one byte',
  'stack-switching': 'continuations: cont.new, suspend, resume, switch',
}
