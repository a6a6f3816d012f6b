/**
 * Reads a body instruction by instruction, driven by the instruction table (spec §5.4). The one place that knows how
 * immediates are laid out: the decoder, validator, compiler, reference executor, printer and tracer all read through it.
 * `next()` leaves the immediates of the current instruction in plain fields; which ones are set depends on the row.
 */
import { ByteReader } from '../bytes/reader.ts'
import { LimitError } from '../errors.ts'
import { type FeatureSet, featureOff } from '../spec/features.ts'
import { type Immediate, type Instruction, oneByte, prefixed } from '../spec/instruction-table.ts'
import { MAX_BR_TABLE_SIZE } from '../spec/limits.ts'
import type { HeapType, ValType } from '../spec/types.ts'
import { readHeapType, readValType } from './types.ts'

/** A clause of try_table (spec §5.4.1) or of resume; `tag` is -1 for catch_all. */
export interface Clause {
  readonly kind: 'catch' | 'catch_ref' | 'catch_all' | 'catch_all_ref' | 'on' | 'switch'
  readonly tag: number
  readonly label: number
}
const clauseKinds: readonly Clause['kind'][] = ['catch', 'catch_ref', 'catch_all', 'catch_all_ref']

/** Block type without parameters and results. */
export const EMPTY = 0x40
const NO_LABELS: readonly number[] = []
const NO_TYPES: readonly ValType[] = []
const NO_CLAUSES: readonly Clause[] = []

/**
 * How the immediates of the one-byte opcodes are read: the frequent layouts have a case of their own in `next`, so that
 * reading an instruction neither loops nor compares strings. LIST goes through the list of the row; so do all rows
 * behind a prefix. The switch has the numbers, since names as labels make no jump table.
 */
const NONE = 0
const INDEX = 1
const CONST32 = 2
const CONST64 = 3
const MEMARG = 4
const BLOCKTYPE = 5
const LIST = 6
const NO_ROW = 7
const layoutOf: Record<string, number> = {
  '': NONE,
  labelidx: INDEX,
  funcidx: INDEX,
  typeidx: INDEX,
  tableidx: INDEX,
  memidx: INDEX,
  globalidx: INDEX,
  localidx: INDEX,
  tagidx: INDEX,
  i32: CONST32,
  i64: CONST64,
  memarg: MEMARG,
  blocktype: BLOCKTYPE,
}
/** The rows and their layouts by opcode byte; empty before there is a reader. */
let rows: readonly (Instruction | undefined)[] = []
let layouts: Uint8Array = new Uint8Array(0)
function readRows(): void {
  rows = oneByte()
  layouts = Uint8Array.from(rows, (row) => (row === undefined ? NO_ROW : (layoutOf[row.immediates.join(' ')] ?? LIST)))
}

export class InstructionReader extends ByteReader {
  /** Row of the current instruction. */
  instruction: Instruction
  /** Offset of its opcode. */
  at = 0
  /** First and second index immediate (labelidx, funcidx, localidx, …), in the order of the binary format. */
  index = 0
  index2 = 0
  /** i32.const, f32.const: `lo`. i64.const, f64.const: `lo` and `hi`. memarg: the offset's halves. */
  lo = 0
  /** memarg: log2 of the alignment, and the memory (else 0); `offset` is below. */
  align = 0
  memory = 0
  lane = 0
  /** blocktype: typeidx or -1; then the single result type or 0. */
  blockTypeidx = -1
  blockResult: ValType = 0
  /** br_table: the labels, the default last. */
  labels: readonly number[] = NO_LABELS
  types: readonly ValType[] = NO_TYPES
  heap: HeapType = 0
  heap2: HeapType = 0
  /** br_on_cast flags: bit 0 source nullable, bit 1 target nullable. */
  flags = 0
  clauses: readonly Clause[] = NO_CLAUSES
  /** v128.const (16 bytes) or the lanes of a shuffle. */
  vector: Uint8Array | undefined
  /** Features that types may use; undefined: all (the bytes were checked before). */
  features: FeatureSet | undefined

  constructor(bytes: Uint8Array, start: number, end: number) {
    super(bytes, start, end)
    if (rows.length === 0) readRows()
    this.instruction = rows[0x01]!
    this.vector = undefined
    this.features = undefined
  }

  /** memarg: the offset as a number; exact to 2^53, beyond it always out of bounds. Valid until the next 64-bit value is read. */
  get offset(): number {
    return (this.hi >>> 0) * 0x1_0000_0000 + (this.lo >>> 0)
  }

  /** Goes on with another stretch of the same bytes. */
  move(start: number, end: number): void {
    this.pos = start
    this.end = end
  }

  /** Moves to the next instruction; false at the end of the body. */
  next(): boolean {
    const { bytes, end } = this
    const at = this.pos
    if (at >= end) return false
    this.at = at
    const first = bytes[at]!
    const pos = at + 1
    this.pos = pos
    const layout = layouts[first]!
    if (layout === NO_ROW) {
      const row = this.prefixedRow(first)
      this.instruction = row
      this.readImmediates(row.immediates)
      return true
    }
    this.instruction = rows[first]!
    if (layout === NONE) return true
    // Most immediates are one byte: no call for those.
    const b = pos < end ? bytes[pos]! : 0x80
    switch (layout) {
      case 1: // INDEX
        if (b < 0x80) {
          this.pos = pos + 1
          this.index = b
        } else this.index = this.u32()
        break
      case 2: // CONST32
        if (b < 0x80) {
          this.pos = pos + 1
          this.lo = (b << 25) >> 25
        } else this.lo = this.s32()
        break
      case 3: // CONST64
        this.lo = this.s64()
        break
      case 4: // MEMARG
        this.readMemarg()
        break
      case 5: // BLOCKTYPE
        if (b === EMPTY) {
          this.pos = pos + 1
          this.blockTypeidx = -1
          this.blockResult = 0
        } else this.readBlockType()
        break
      default:
        this.readImmediates(this.instruction.immediates)
    }
    return true
  }

  private prefixedRow(first: number): Instruction {
    const family = prefixed(first)
    if (family === undefined) this.fail(`illegal opcode ${hex(first)}`, this.at)
    const sub = this.u32()
    const row = family[sub]
    if (row === undefined) this.fail(`illegal opcode ${hex(first)} ${hex(sub)}`, this.at)
    return row
  }

  private readImmediates(immediates: readonly Immediate[]): void {
    let indices = 0
    let heaps = 0
    for (let i = 0; i < immediates.length; i++) {
      switch (immediates[i]) {
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
        case 'u32': {
          const value = this.u32()
          if (indices++ === 0) this.index = value
          else this.index2 = value
          break
        }
        case 'i32':
          this.lo = this.s32()
          break
        case 'i64':
          this.lo = this.s64()
          break
        case 'f32':
          this.lo = this.fixed32()
          break
        case 'f64':
          this.lo = this.fixed32()
          this.hi = this.fixed32()
          break
        case 'memarg':
          this.readMemarg()
          break
        case 'blocktype':
          this.readBlockType()
          break
        case 'labels':
          this.labels = this.readLabels()
          break
        case 'lane':
          this.lane = this.byte()
          break
        case 'lanes':
        case 'v128':
          this.vector = this.slice(16)
          break
        case 'heaptype':
          if (heaps++ === 0) this.heap = readHeapType(this)
          else this.heap2 = readHeapType(this)
          break
        case 'valtypes':
          this.types = this.readTypes()
          break
        case 'castflags':
          this.flags = this.byte()
          if (this.flags > 3) this.fail('malformed br_on_cast flags', this.pos - 1)
          break
        case 'catches':
          this.clauses = this.readCatches()
          break
        case 'handlers':
          this.clauses = this.readHandlers()
          break
        case 'zero':
          if (this.byte() !== 0) this.fail('zero byte expected', this.pos - 1)
          break
      }
    }
  }

  private readMemarg(): void {
    // Bit 6 of the flags says that a memory index follows (multi-memory); higher bits are malformed.
    const flags = this.u32()
    if (flags >= 0x80) this.fail('malformed memop flags', this.pos - 1)
    this.align = flags & 0x3f
    this.memory = (flags & 0x40) !== 0 ? this.readMemory() : 0
    // Offsets are u64, nearly always of one or two bytes.
    const { bytes, pos } = this
    if (pos + 2 <= this.end) {
      const a = bytes[pos]!
      if (a < 0x80) {
        this.pos = pos + 1
        this.lo = a
        this.hi = 0
        return
      }
      const b = bytes[pos + 1]!
      if (b < 0x80) {
        this.pos = pos + 2
        this.lo = (a & 0x7f) | (b << 7)
        this.hi = 0
        return
      }
    }
    this.lo = this.u64()
  }

  private readMemory(): number {
    if (this.features !== undefined && !this.features.has('multi-memory')) {
      throw featureOff('multi-memory', 'an access that names its memory', { offset: this.at }, 'malformed memop flags')
    }
    return this.u32()
  }
  private readBlockType(): void {
    const b = this.pos < this.end ? this.bytes[this.pos]! : this.byte()
    if (b === EMPTY) {
      this.pos++
      this.blockTypeidx = -1
      this.blockResult = 0
      return
    }
    // A single byte with bit 6 set is a negative s33: a value type. Anything else is a typeidx.
    if ((b & 0xc0) === 0x40) {
      this.blockTypeidx = -1
      this.blockResult = readValType(this)
      return
    }
    const at = this.pos
    const typeidx = this.s33()
    if (typeidx < 0) this.fail('malformed block type', at)
    if (this.features !== undefined && !this.features.has('multi-value')) {
      throw featureOff('multi-value', 'a block type with parameters or several results', { offset: at })
    }
    this.blockTypeidx = typeidx
    this.blockResult = 0
  }

  /** The number of labels of a br_table, the default apart. */
  labelCount(): number {
    const at = this.pos
    const n = this.count(1)
    if (n > MAX_BR_TABLE_SIZE) {
      throw new LimitError('br_table', `too many labels in br_table: ${n}, the limit is ${MAX_BR_TABLE_SIZE}`, { offset: at })
    }
    return n
  }

  private readLabels(): readonly number[] {
    const n = this.labelCount()
    // Of its final length at once: an array that grows leaves several times its size behind.
    const labels: number[] = new Array<number>(n + 1)
    for (let i = 0; i <= n; i++) labels[i] = this.u32()
    return labels
  }

  private readTypes(): readonly ValType[] {
    const n = this.count(1)
    const types: ValType[] = []
    for (let i = 0; i < n; i++) types.push(readValType(this))
    return types
  }

  private readCatches(): readonly Clause[] {
    const n = this.count(2)
    const clauses: Clause[] = []
    for (let i = 0; i < n; i++) {
      const kind = clauseKinds[this.byte()]
      if (kind === undefined) this.fail('malformed catch clause', this.pos - 1)
      const tag = kind === 'catch' || kind === 'catch_ref' ? this.u32() : -1
      clauses.push({ kind, tag, label: this.u32() })
    }
    return clauses
  }

  private readHandlers(): readonly Clause[] {
    const n = this.count(2)
    const clauses: Clause[] = []
    for (let i = 0; i < n; i++) {
      const kind = this.byte()
      if (kind > 1) this.fail('malformed handler clause', this.pos - 1)
      const tag = this.u32()
      clauses.push(kind === 0 ? { kind: 'on', tag, label: this.u32() } : { kind: 'switch', tag, label: -1 })
    }
    return clauses
  }
}

const hex = (n: number): string => n.toString(16).padStart(2, '0')
