/**
 * The keywords of the text format that are no instructions (spec §6.3.1). The parser needs the whole set for one purpose:
 * a word that is a keyword in the wrong place is an "unexpected token", one that exists nowhere an "unknown operator".
 */
import { byName } from '../spec/instructions.ts'
import {
  type HeapType,
  type ValType,
  F32,
  F64,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_CONT,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NOCONT,
  HEAP_NOEXN,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_NONE,
  HEAP_STRUCT,
  I32,
  I64,
  V128,
  refType,
} from '../spec/types.ts'

/** Number and vector types, and the one-word reference types. */
export const valTypes: ReadonlyMap<string, ValType> = new Map<string, ValType>([
  ['i32', I32],
  ['i64', I64],
  ['f32', F32],
  ['f64', F64],
  ['v128', V128],
  ...(
    [
      ['anyref', HEAP_ANY],
      ['eqref', HEAP_EQ],
      ['i31ref', HEAP_I31],
      ['structref', HEAP_STRUCT],
      ['arrayref', HEAP_ARRAY],
      ['nullref', HEAP_NONE],
      ['funcref', HEAP_FUNC],
      ['nullfuncref', HEAP_NOFUNC],
      ['externref', HEAP_EXTERN],
      ['nullexternref', HEAP_NOEXTERN],
      ['exnref', HEAP_EXN],
      ['nullexnref', HEAP_NOEXN],
      ['contref', HEAP_CONT],
      ['nullcontref', HEAP_NOCONT],
    ] as [string, HeapType][]
  ).map(([word, heap]): [string, ValType] => [word, refType(true, heap)]),
])

/** Shapes of v128.const: lane count, lane width in bits, floating. */
export const shapes: ReadonlyMap<string, { readonly lanes: number; readonly width: number; readonly float: boolean }> = new Map(
  (['i8x16', 'i16x8', 'i32x4', 'i64x2', 'f32x4', 'f64x2'] as const).map((word) => {
    const [width, lanes] = word.slice(1).split('x').map(Number) as [number, number]
    return [word, { lanes, width, float: word[0] === 'f' }]
  }),
)

/** Words of modules, then those of scripts. */
const ofModules = `
  module type rec sub final func struct array cont field mut param result local global table memory tag import export start elem data declare item offset
  ref null any eq i31 none nofunc extern noextern exn noexn nocont i8 i16 then do on shared unshared pagesize catch_ref catch_all_ref`
const ofScripts = `
  definition instance binary quote register invoke get assert_return assert_trap assert_exhaustion assert_malformed assert_invalid assert_unlinkable
  assert_exception assert_suspension assert_malformed_custom assert_invalid_custom either ref.extern ref.host ref.any ref.struct ref.array ref.exn
  nan:canonical nan:arithmetic thread wait script input output`

/** Words that may stand in a module, instructions included. */
export const moduleWords: readonly string[] = [...byName.keys(), ...valTypes.keys(), ...shapes.keys(), ...(ofModules.match(/\S+/g) ?? [])]
const words: ReadonlySet<string> = new Set([...moduleWords, ...(ofScripts.match(/\S+/g) ?? [])])

/** Whether a word means anything in the text format, numbers aside. */
export const isKeyword = (word: string): boolean => words.has(word) || /^(?:offset|align)=/.test(word)

/** Words that begin a field of a module. */
export const moduleFields: ReadonlySet<string> = new Set([
  'type',
  'rec',
  'func',
  'table',
  'memory',
  'tag',
  'global',
  'import',
  'export',
  'start',
  'elem',
  'data',
])
