/**
 * Every WebAssembly instruction, once (spec appendix "Index of Instructions" plus the flagged proposals): this file joins
 * the rows of the files in instructions/ and looks them up. The decoder, validator, printer, WAT parser, reference
 * executor and docs are derived from these rows.
 */
import { atomicRows } from './instructions/atomic.ts'
import { controlRows } from './instructions/control.ts'
import { referenceRows } from './instructions/reference.ts'
import type { Instruction, Row } from './instructions/row.ts'
import { scalarRows } from './instructions/scalar.ts'
import { simdRows } from './instructions/simd.ts'

export { ADDR } from './instructions/row.ts'
export type { Immediate, Instruction } from './instructions/row.ts'

/**
 * Three names occur twice, told apart by their immediates in the text format: untyped and typed `select`, and `ref.test`
 * and `ref.cast` to a non-null and to a nullable type. `byName` gives the first; these are the opcodes of the second.
 */
export const SELECT_T = 0x1c
export const REF_TEST_NULL = 0xfb_0015
export const REF_CAST_NULL = 0xfb_0017

const all: Instruction[] = []
const names = new Map<string, Instruction>()
// Indexed by subopcode, as long as the proposals need. A filled array is dense for the engine; holes would not be.
const plain = empty(0x100)
const fb = empty(0x1f)
const fc = empty(0x17)
const fd = empty(0x114)
const fe = empty(0x4f)
for (const rows of [controlRows, scalarRows, referenceRows, simdRows, atomicRows]) add(rows)

/** All rows; `instructions[i].id === i`. */
export const instructions: readonly Instruction[] = all
/** Rows by mnemonic; of two rows of one name the first (see SELECT_T). */
export const byName: ReadonlyMap<string, Instruction> = names
/** Rows of the one-byte opcodes: 256 entries. Prefixes and free opcodes are undefined. */
export const oneByte: readonly (Instruction | undefined)[] = plain

/** Rows behind a prefix byte, by subopcode; undefined if the byte is no prefix. */
export function prefixed(prefix: number): readonly (Instruction | undefined)[] | undefined {
  switch (prefix) {
    case 0xfb: return fb
    case 0xfc: return fc
    case 0xfd: return fd
    case 0xfe: return fe
    default: return undefined
  }
}

/** The row of an opcode as the table writes it: one byte, or `prefix << 16 | subopcode`. */
export function byOpcode(opcode: number): Instruction | undefined {
  return opcode < 0x1_0000 ? plain[opcode] : prefixed(opcode >>> 16)?.[opcode & 0xffff]
}

/** Atomic accesses must state exactly their natural alignment; all others at most that. */
export function isAtomic(instruction: Instruction): boolean {
  return instruction.opcode >>> 16 === 0xfe
}

function empty(size: number): (Instruction | undefined)[] {
  return new Array<Instruction | undefined>(size).fill(undefined)
}
/** Gives the rows their ids and enters them into the lookups, in one pass: this runs at every import. */
function add(rows: readonly Row[]): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    row.id = all.length
    all.push(row)
    if (!names.has(row.name)) names.set(row.name, row)
    const prefix = row.opcode >>> 16
    const place = prefix === 0 ? plain : prefix === 0xfd ? fd : prefix === 0xfe ? fe : prefix === 0xfc ? fc : fb
    place[row.opcode & 0xffff] = row
  }
}
