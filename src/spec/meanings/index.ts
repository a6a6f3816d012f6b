/**
 * What instructions do, in words: the sentence, the stack type, the traps and the section of the specification of each
 * row of the instruction table. For `vitrine explain` and docs/instructions.md; the engine itself does not need it.
 */
import { type Immediate, type Instruction, ADDR, REF_CAST_NULL, REF_TEST_NULL, SELECT_T } from '../instruction-table.ts'
import { type ValType, formatValType } from '../types.ts'
import { scalarMeaning } from './scalar.ts'
import { vectorMeaning } from './vector.ts'
import { words } from './words.ts'

export interface Meaning {
  readonly text: string
  /** `[i32 i32] -> [i32]`; `at` is the address type of a memory or table. */
  readonly type: string
  /** Messages of the traps that it may end in. */
  readonly traps: readonly string[]
  /** Where the specification has it: validation and execution. */
  readonly section: string
}

/** The second row of a name says in what it differs. */
const seconds: Readonly<Record<number, string>> = {
  [SELECT_T]: ' The type stands in the instruction.',
  [REF_TEST_NULL]: ' Null has the type as well.',
  [REF_CAST_NULL]: ' Null passes as well.',
}

export function meaningOf(row: Instruction): Meaning {
  const word = words[row.name]
  // A test sees to it that every row has a sentence.
  const text = word?.text ?? scalarMeaning(row.name) ?? vectorMeaning(row.name) ?? ''
  return { text: text + (seconds[row.opcode] ?? ''), type: word?.type ?? stackType(row), traps: trapsOf(row), section: sectionOf(row) }
}

function stackType({ type }: Instruction): string {
  const list = (types: readonly ValType[]): string => `[${types.map((t) => (t === ADDR ? 'at' : formatValType(t))).join(' ')}]`
  return type === undefined ? '' : `${list(type.params)} -> ${list(type.results)}`
}

const MEMORY = 'out of bounds memory access'
const TABLE = 'out of bounds table access'
const ARRAY = 'out of bounds array access'
const NULL_ARRAY = 'null array reference'

/** Traps of the instructions that do not belong to a family. */
const traps: Readonly<Record<string, readonly string[]>> = {
  unreachable: ['unreachable'],
  call: ['call stack exhausted'],
  call_indirect: ['undefined element', 'uninitialized element', 'indirect call type mismatch', 'call stack exhausted'],
  return_call_indirect: ['undefined element', 'uninitialized element', 'indirect call type mismatch'],
  call_ref: ['null function reference', 'call stack exhausted'],
  return_call_ref: ['null function reference'],
  throw_ref: ['null exception reference'],
  'table.get': [TABLE],
  'table.set': [TABLE],
  'table.fill': [TABLE],
  'table.copy': [TABLE],
  'table.init': [TABLE],
  'memory.fill': [MEMORY],
  'memory.copy': [MEMORY],
  'memory.init': [MEMORY],
  'ref.as_non_null': ['null reference'],
  'ref.cast': ['cast failure'],
  'i31.get_s': ['null i31 reference'],
  'i31.get_u': ['null i31 reference'],
  'array.new_data': [MEMORY],
  'array.new_elem': [TABLE],
  'array.len': [NULL_ARRAY],
  'array.init_data': [NULL_ARRAY, ARRAY, MEMORY],
  'array.init_elem': [NULL_ARRAY, ARRAY, TABLE],
  'cont.new': ['null function reference'],
  'cont.bind': ['null continuation reference', 'continuation already consumed'],
  suspend: ['unhandled tag'],
  resume: ['null continuation reference', 'continuation already consumed'],
  resume_throw: ['null continuation reference', 'continuation already consumed'],
  resume_throw_ref: ['null exception reference', 'null continuation reference', 'continuation already consumed'],
  switch: ['null continuation reference', 'continuation already consumed', 'unhandled tag'],
}

function trapsOf({ name, width }: Instruction): readonly string[] {
  const own = traps[name]
  if (own !== undefined) return own
  if (width !== 0) {
    if (name.startsWith('memory.atomic.wait')) return [MEMORY, 'unaligned atomic', 'expected shared memory']
    return name.includes('atomic') ? [MEMORY, 'unaligned atomic'] : [MEMORY]
  }
  if (/^i\d+\.div_s$/.test(name)) return ['integer divide by zero', 'integer overflow']
  if (/^i\d+\.(div|rem)_/.test(name)) return ['integer divide by zero']
  if (/^i\d+\.trunc_f/.test(name)) return ['integer overflow', 'invalid conversion to integer']
  if (/^struct\.(get|set)/.test(name)) return ['null structure reference']
  return /^array\.(get|set|fill|copy)/.test(name) ? [NULL_ARRAY, ARRAY] : []
}

/** Subsections of §3.4 (validation) and §4.6 (execution) of version 3.0, by how a name begins; the first that fits counts. */
const sections: readonly (readonly [RegExp, string])[] = [
  [/^(nop|unreachable|drop|select)$/, '§3.4.1 and §4.6.1, parametric instructions'],
  [/^(local|global)\./, '§3.4.3 and §4.6.6, variable instructions'],
  [/^(table|elem)\./, '§3.4.4 and §4.6.7, table instructions'],
  [/^(memory|data)\./, '§3.4.5 and §4.6.8, memory instructions'],
  [/^(ref\.i31|i31\.)/, '§3.4.8 and §4.6.9, scalar reference instructions'],
  [/^(struct|array)\./, '§3.4.7 and §4.6.9, aggregate reference instructions'],
  [/^(any|extern)\./, '§3.4.9 and §4.6.9, external reference instructions'],
  [/^ref\./, '§3.4.6 and §4.6.9, reference instructions'],
  [/^(v128|[if]\d+x\d+)\./, '§3.4.11 and §4.6.11, vector instructions'],
  [/^[if]\d+\./, '§3.4.10 and §4.6.10, numeric instructions'],
]

const proposals: Partial<Record<Instruction['feature'], string>> = {
  threads: 'the threads proposal',
  'legacy-exceptions': 'the first exceptions proposal (appendix)',
  'wide-arithmetic': 'the wide-arithmetic proposal',
  'stack-switching': 'the stack-switching proposal',
}

function sectionOf({ name, feature, width }: Instruction): string {
  const proposal = proposals[feature]
  if (proposal !== undefined) return proposal
  if (width !== 0) return '§3.4.5 and §4.6.8, memory instructions'
  return sections.find(([pattern]) => pattern.test(name))?.[1] ?? '§3.4.2 and §4.6.2 to §4.6.5, control instructions'
}

/** What each kind of immediate is, for readers. */
// oxfmt-ignore
export const immediates: Readonly<Record<Immediate, string>> = {
  blocktype: 'type of a block: nothing, one value type, or the index of a function type',
  labelidx: 'label: how many enclosing blocks further out, 0 is the innermost',
  funcidx: 'function', typeidx: 'type', tableidx: 'table', memidx: 'memory', globalidx: 'global', localidx: 'local or parameter', tagidx: 'tag',
  elemidx: 'element segment', dataidx: 'data segment', fieldidx: 'field of the structure type',
  labels: 'list of labels, then the default label',
  memarg: 'alignment, offset that is added to the address, and the memory if it is not the first',
  lane: 'number of a lane', lanes: '16 numbers of bytes, each below 32',
  i32: 'the constant', i64: 'the constant', f32: 'the constant', f64: 'the constant', v128: 'the constant, 16 bytes',
  u32: 'number of operands',
  heaptype: 'heap type: abstract, or the index of a type',
  valtypes: 'list of one value type',
  castflags: 'whether source and target may be null',
  catches: 'list of clauses: kind, tag, label', handlers: 'list of clauses: tag, label',
  zero: 'a zero byte',
}

/** The bytes of the opcode: a byte, or a prefix and a LEB128 number. */
export function opcodeBytes({ opcode }: Instruction): readonly number[] {
  if (opcode < 0x100) return [opcode]
  const sub = opcode & 0xffff
  return sub < 0x80 ? [opcode >>> 16, sub] : [opcode >>> 16, (sub & 0x7f) | 0x80, sub >>> 7]
}
