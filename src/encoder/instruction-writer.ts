/**
 * Writes instructions, driven by the instruction table (spec §5.4): the mirror image of `InstructionReader`, whose fields
 * `Operands` repeats, so that `writer.write(reader.instruction, reader)` copies an instruction. Used by the text parser
 * and by tools that rewrite bodies.
 */
import type { Clause } from '../decoder/instruction-reader.ts'
import type { Immediate, Instruction } from '../spec/instruction-table.ts'
import type { HeapType, ValType } from '../spec/types.ts'
import { ByteWriter } from './byte-writer.ts'
import { writeHeapType, writeValType, writeValTypes } from './types.ts'

/** Immediates of one instruction; which ones count depends on its row. Meanings as in `InstructionReader`. */
export interface Operands {
  index: number
  index2: number
  lo: number
  hi: number
  align: number
  memory: number
  lane: number
  blockTypeidx: number
  blockResult: ValType
  labels: readonly number[]
  types: readonly ValType[]
  heap: HeapType
  heap2: HeapType
  flags: number
  clauses: readonly Clause[]
  vector: Uint8Array | undefined
}

/** Operands with nothing in them, to be filled. */
export const emptyOperands = (): Operands => ({
  index: 0,
  index2: 0,
  lo: 0,
  hi: 0,
  align: 0,
  memory: 0,
  lane: 0,
  blockTypeidx: -1,
  blockResult: 0,
  labels: [],
  types: [],
  heap: 0,
  heap2: 0,
  flags: 0,
  clauses: [],
  vector: undefined,
})

const clauseCodes: Readonly<Record<Clause['kind'], number>> = { catch: 0, catch_ref: 1, catch_all: 2, catch_all_ref: 3, on: 0, switch: 1 }

export class InstructionWriter extends ByteWriter {
  opcode(row: Instruction): void {
    const code = row.opcode
    if (code < 0x100) this.byte(code)
    else {
      this.byte(code >>> 16)
      this.u32(code & 0xffff)
    }
  }

  write(row: Instruction, operands: Readonly<Operands>): void {
    this.opcode(row)
    const immediates = row.immediates
    // As in the reader: the first index immediate is `index`, a second one `index2`; the same for heap types.
    let indices = 0
    let heaps = 0
    for (let i = 0; i < immediates.length; i++) {
      switch (immediates[i]!) {
        case 'heaptype':
          writeHeapType(this, heaps++ === 0 ? operands.heap : operands.heap2)
          break
        case 'labelidx':
        case 'funcidx':
        case 'typeidx':
        case 'tableidx':
        case 'memidx':
        case 'globalidx':
        case 'localidx':
        case 'tagidx':
        case 'elemidx':
        case 'dataidx':
        case 'fieldidx':
        case 'u32':
          this.u32(indices++ === 0 ? operands.index : operands.index2)
          break
        default:
          this.immediate(immediates[i]!, operands)
      }
    }
  }

  private immediate(kind: Immediate, operands: Readonly<Operands>): void {
    switch (kind) {
      case 'i32':
        this.s32(operands.lo)
        break
      case 'i64':
        this.s64(operands.lo, operands.hi)
        break
      case 'f32':
        this.fixed32(operands.lo)
        break
      case 'f64':
        this.fixed32(operands.lo)
        this.fixed32(operands.hi)
        break
      case 'memarg':
        this.memarg(operands)
        break
      case 'blocktype':
        this.blockType(operands.blockTypeidx, operands.blockResult)
        break
      case 'labels':
        this.u32(operands.labels.length - 1)
        for (const label of operands.labels) this.u32(label)
        break
      case 'lane':
        this.byte(operands.lane)
        break
      case 'lanes':
      case 'v128':
        this.raw(operands.vector!)
        break
      case 'valtypes':
        writeValTypes(this, operands.types)
        break
      case 'castflags':
        this.byte(operands.flags)
        break
      case 'catches':
      case 'handlers':
        this.clauses(operands.clauses)
        break
      case 'zero':
        this.byte(0)
        break
    }
  }

  private memarg(operands: Readonly<Operands>): void {
    // Bit 6 of the flags: a memory index follows. Memory 0 is written without it.
    this.u32(operands.align | (operands.memory === 0 ? 0 : 0x40))
    if (operands.memory !== 0) this.u32(operands.memory)
    this.u64(operands.lo, operands.hi)
  }

  private blockType(typeidx: number, result: ValType): void {
    if (typeidx >= 0) this.s33(typeidx)
    else if (result === 0) this.byte(0x40)
    else writeValType(this, result)
  }

  private clauses(clauses: readonly Clause[]): void {
    this.u32(clauses.length)
    for (const clause of clauses) {
      this.byte(clauseCodes[clause.kind])
      if (clause.tag >= 0) this.u32(clause.tag)
      if (clause.label >= 0) this.u32(clause.label)
    }
  }
}
