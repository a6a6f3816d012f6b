/**
 * Every WebAssembly instruction, once (spec appendix "Index of Instructions" plus the flagged proposals): this file unpacks
 * the rows, which are written in the files of instructions/, and looks them up. The decoder, validator and compiler are derived from
 * these rows; tools find them as lists in instructions.ts. They are unpacked when the first is asked for: an import costs nothing.
 */
import { readSteps } from '../bytes/steps.ts'
import type { Feature } from './features.ts'
import { type Instruction, immediatesOf, typeOf } from './instructions/row.ts'
import * as packed from './instructions.gen.ts'

export { ADDR } from './instructions/row.ts'
export type { Immediate, Instruction } from './instructions/row.ts'

/**
 * Three names occur twice, told apart by their immediates in the text format: untyped and typed `select`, and `ref.test`
 * and `ref.cast` to a non-null and to a nullable type. `byName` gives the first; these are the opcodes of the second.
 */
export const SELECT_T = 0x1c
export const REF_TEST_NULL = 0xfb_0015
export const REF_CAST_NULL = 0xfb_0017

/** Number of rows. */
export const instructionCount: number = packed.featureOfRow.length

interface Table {
  readonly all: readonly Instruction[]
  /** By subopcode, as long as the proposals need; of no prefix: by opcode. */
  readonly plain: readonly (Instruction | undefined)[]
  readonly fb: readonly (Instruction | undefined)[]
  readonly fc: readonly (Instruction | undefined)[]
  readonly fd: readonly (Instruction | undefined)[]
  readonly fe: readonly (Instruction | undefined)[]
}
let table: Table | undefined
let names: Map<string, Instruction> | undefined

/** All rows; the row at `i` has the id `i`. */
export function allInstructions(): readonly Instruction[] {
  return (table ??= unpack()).all
}

/** Rows by mnemonic; of two rows of one name the first (see SELECT_T). */
export function instructionsByName(): ReadonlyMap<string, Instruction> {
  if (names === undefined) {
    names = new Map()
    for (const row of allInstructions()) if (!names.has(row.name)) names.set(row.name, row)
  }
  return names
}

/** Rows of the one-byte opcodes: 256 entries. Prefixes and free opcodes are undefined. */
export function oneByte(): readonly (Instruction | undefined)[] {
  return (table ??= unpack()).plain
}

/** Rows behind a prefix byte, by subopcode; undefined if the byte is no prefix. */
export function prefixed(prefix: number): readonly (Instruction | undefined)[] | undefined {
  const { fb, fc, fd, fe } = (table ??= unpack())
  switch (prefix) {
    case 0xfb:
      return fb
    case 0xfc:
      return fc
    case 0xfd:
      return fd
    case 0xfe:
      return fe
    default:
      return undefined
  }
}

/** The row of an opcode as the table writes it: one byte, or `prefix << 16 | subopcode`. */
export function byOpcode(opcode: number): Instruction | undefined {
  return opcode < 0x1_0000 ? oneByte()[opcode] : prefixed(opcode >>> 16)?.[opcode & 0xffff]
}

/** Atomic accesses must state exactly their natural alignment; all others at most that. */
export function isAtomic(instruction: Instruction): boolean {
  return instruction.opcode >>> 16 === 0xfe
}

/** Few different texts occur in the columns: each is read once, and the rows share what it gives. */
function unpack(): Table {
  const immediates = packed.immediates.split(',').map(immediatesOf)
  const types = packed.types.split(',').map(typeOf)
  const features = packed.features.split(',') as Feature[]
  const opcodes = readSteps(instructionCount, packed.opcodes)
  const all: Instruction[] = []
  const [plain, fb, fc, fd, fe] = [empty(0x100), empty(0x1f), empty(0x17), empty(0x114), empty(0x4f)]
  let before = ''
  for (const word of packed.names.split(' ')) {
    if (word.endsWith('.')) {
      before = word === '.' ? '' : word
      continue
    }
    const id = all.length
    const opcode = opcodes[id]!
    const { list, width } = immediates[packed.immediatesOfRow.charCodeAt(id) - 35]!
    const type = types[packed.typeOfRow.charCodeAt(id) - 35]
    const feature = features[packed.featureOfRow.charCodeAt(id) - 35]!
    const row: Instruction = { id, name: before + word, opcode, immediates: list, type, feature, width }
    all.push(row)
    const prefix = opcode >>> 16
    const place = prefix === 0 ? plain : prefix === 0xfd ? fd : prefix === 0xfe ? fe : prefix === 0xfc ? fc : fb
    place[opcode & 0xffff] = row
  }
  return { all, plain, fb, fc, fd, fe }
}
/** A filled array is dense for the engine; holes would not be. */
function empty(size: number): (Instruction | undefined)[] {
  return new Array<Instruction | undefined>(size).fill(undefined)
}
