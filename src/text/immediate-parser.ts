/**
 * Immediates of instructions in the text format (spec §6.5), driven by the instruction table: each kind of immediate is
 * read into `operands`, from which `InstructionWriter` writes the binary form. The text format differs from the binary
 * order or leaves indices out for a handful of instructions; those have a case of their own.
 */
import type { Clause } from '../decoder/instruction-reader.ts'
import { type Operands, InstructionWriter, emptyOperands } from '../encoder/instruction-writer.ts'
import { type Immediate, type Instruction, REF_CAST_NULL, REF_TEST_NULL, SELECT_T, byOpcode } from '../spec/instruction-table.ts'
import { type ValType, heapOf, isNullable } from '../spec/types.ts'
import { parseF32, parseF64 } from './floats.ts'
import { isNat, isNumber, parseInt32, parseInt64, parseNat, parseU64 } from './integers.ts'
import { isKeyword, shapes } from './keywords.ts'
import { ID, WORD } from './lexer.ts'
import { LabelScope, Space } from './spaces.ts'
import { TypeParser } from './type-parser.ts'

const SELECT = 0x1b
const CALL_INDIRECT = 0x11
const RETURN_CALL_INDIRECT = 0x13
const REF_TEST = 0xfb_0014
const REF_CAST = 0xfb_0016
const ARRAY_NEW_DATA = 0xfb_0009
const ARRAY_INIT_DATA = 0xfb_0012
const BR_ON_CAST = 0xfb_0018
const BR_ON_CAST_FAIL = 0xfb_0019
const MEMORY_INIT = 0xfc_0008
const DATA_DROP = 0xfc_0009
const MEMORY_COPY = 0xfc_000a
const TABLE_INIT = 0xfc_000c
const TABLE_COPY = 0xfc_000e

export class ImmediateParser extends TypeParser {
  readonly writer: InstructionWriter = new InstructionWriter(1024)
  protected readonly operands: Operands = emptyOperands()
  /** Labels in scope. The body's own label counts, but has no name. */
  protected labels: LabelScope = new LabelScope()
  protected locals: Space = new Space('local')
  /** A body names a data segment, so the module needs a data count section. */
  protected needsDataCount = false

  /** Reads what follows the mnemonic of `row`. Returns the row that is meant: `select` and casts have two. */
  protected immediates(row: Instruction): Instruction {
    const o = this.operands
    switch (row.opcode) {
      case SELECT: {
        if (!this.isList('result')) return row
        const types: ValType[] = []
        while (this.open('result')) {
          for (let type = this.optionalValType(); type !== undefined; type = this.optionalValType()) types.push(type)
          this.close()
        }
        o.types = types
        return byOpcode(SELECT_T)!
      }
      case CALL_INDIRECT:
      case RETURN_CALL_INDIRECT:
        o.index2 = this.isIndex() ? this.spaces.table.index(this) : 0
        o.index = this.typeUse(false).typeidx
        return row
      case MEMORY_INIT:
      case TABLE_INIT: {
        // The text format puts the memory or table first and lets it be left out.
        const data = row.opcode === MEMORY_INIT
        o.index2 = this.isIndex2() ? (data ? this.spaces.memory : this.spaces.table).index(this) : 0
        o.index = (data ? this.spaces.data : this.spaces.elem).index(this)
        if (data) this.needsDataCount = true
        return row
      }
      case MEMORY_COPY:
      case TABLE_COPY: {
        const space = row.opcode === MEMORY_COPY ? this.spaces.memory : this.spaces.table
        const given = this.isIndex()
        o.index = given ? space.index(this) : 0
        o.index2 = given ? space.index(this) : 0
        return row
      }
      case REF_TEST:
      case REF_CAST: {
        const type = this.refType()
        o.heap = heapOf(type)
        if (!isNullable(type)) return row
        return byOpcode(row.opcode === REF_TEST ? REF_TEST_NULL : REF_CAST_NULL)!
      }
      case BR_ON_CAST:
      case BR_ON_CAST_FAIL: {
        o.index = this.label()
        const from = this.refType()
        const to = this.refType()
        o.heap = heapOf(from)
        o.heap2 = heapOf(to)
        o.flags = (isNullable(from) ? 1 : 0) | (isNullable(to) ? 2 : 0)
        return row
      }
      case DATA_DROP:
      case ARRAY_NEW_DATA:
      case ARRAY_INIT_DATA:
        this.needsDataCount = true
        break
    }
    let indices = 0
    const { immediates } = row
    for (let i = 0; i < immediates.length; i++) {
      const kind = immediates[i]!
      const index = this.indexOf(kind)
      if (index !== undefined) {
        if (indices++ === 0) o.index = index
        else o.index2 = index
      } else if (kind === 'memarg') this.memarg(row.width, immediates.length > i + 1)
      else this.other(kind)
    }
    return row
  }

  private indexOf(kind: Immediate): number | undefined {
    switch (kind) {
      case 'localidx':
        return this.locals.index(this)
      case 'labelidx':
        return this.label()
      case 'funcidx':
        return this.spaces.func.index(this)
      case 'globalidx':
        return this.spaces.global.index(this)
      case 'typeidx':
        return this.spaces.type.index(this)
      case 'tagidx':
        return this.spaces.tag.index(this)
      case 'elemidx':
        return this.spaces.elem.index(this)
      case 'dataidx':
        return this.spaces.data.index(this)
      case 'fieldidx':
        return this.fieldIndex(this.operands.index)
      case 'u32':
        return this.u32()
      // The only memory or table may be left out.
      case 'memidx':
        return this.isIndex() ? this.spaces.memory.index(this) : 0
      case 'tableidx':
        return this.isIndex() ? this.spaces.table.index(this) : 0
      default:
        return undefined
    }
  }

  private other(kind: Immediate): void {
    const o = this.operands
    switch (kind) {
      case 'i32':
        o.lo = this.number((word) => parseInt32(word))
        break
      case 'i64': {
        const value = this.number(parseInt64)
        o.lo = value.lo
        o.hi = value.hi
        break
      }
      case 'f32':
        o.lo = this.number(parseF32)
        break
      case 'f64': {
        const value = this.number(parseF64)
        o.lo = value.lo
        o.hi = value.hi
        break
      }
      case 'heaptype':
        o.heap = this.heapType()
        break
      case 'labels':
        o.labels = this.labelList()
        break
      case 'lane':
        o.lane = this.lane()
        break
      case 'lanes':
        o.vector = this.shuffleLanes()
        break
      case 'v128':
        o.vector = this.vectorConstant()
        break
      case 'handlers':
        o.clauses = this.handlers()
        break
    }
  }

  /** A number literal in the range of its type. */
  protected number<T>(parse: (word: string) => T | undefined): T {
    const word = this.kind === WORD ? this.word() : this.unexpected('a number')
    const value = parse(word)
    if (value === undefined) {
      if (!isNumber(word)) this.unexpected('a number')
      this.fail(`constant out of range ${word}`)
    }
    this.advance()
    return value
  }

  /** A label: a number, or a name that is looked up from the inside. */
  protected label(): number {
    if (this.kind !== ID) return this.u32('a label')
    const at = this.start
    const id = this.optionalId()!
    const label = this.labels.find(id)
    if (label === -1) this.fail(`unknown label $${id}`, at)
    return label
  }

  /** br_table: the last one is the default. */
  private labelList(): readonly number[] {
    const labels = [this.label()]
    while (this.isIndex()) labels.push(this.label())
    return labels
  }

  private fieldIndex(typeidx: number): number {
    const names = this.fields.get(typeidx)
    if (names !== undefined) return names.index(this)
    if (this.kind !== ID) return this.u32('a field')
    this.fail(`unknown field $${this.optionalId()!}`, this.start)
  }

  /** `memidx? offset=N? align=N?`. Before a lane a lone number is the lane, not a memory. */
  private memarg(width: number, lane: boolean): void {
    const o = this.operands
    const memory =
      this.isIndex() &&
      (!lane || this.kind === ID || this.isIndex2() || /^(?:offset|align)=/.test(this.source.slice(this.start2, this.stop2)))
    o.memory = memory ? this.spaces.memory.index(this) : 0
    o.lo = 0
    o.hi = 0
    o.align = 31 - Math.clz32(width)
    const offset = this.assignment('offset=')
    if (offset !== undefined) {
      const value = parseU64(offset)
      if (value === undefined) this.fail('i64 constant out of range', this.last - offset.length)
      o.lo = value.lo
      o.hi = value.hi
    }
    const align = this.assignment('align=')
    if (align !== undefined) {
      const value = parseNat(align, 64) ?? 0
      const log2 = Math.round(Math.log2(value))
      if (value === 0 || 2 ** log2 !== value) this.fail('alignment must be a power of two', this.last - align.length)
      o.align = log2
    }
  }

  /** The number in a word like `offset=8`. */
  private assignment(prefix: string): string | undefined {
    if (this.kind !== WORD || !this.source.startsWith(prefix, this.start) || this.stop - this.start < prefix.length) return undefined
    const number = this.source.slice(this.start + prefix.length, this.stop)
    if (!isNat(number)) this.fail(`unknown operator ${this.word()}`)
    this.advance()
    return number
  }

  private lane(): number {
    if (!this.isNat() || !isNat(this.word())) this.unexpected('the number of a lane')
    const lane = parseNat(this.word(), 32)
    if (lane === undefined || lane > 0xff) this.fail('i8 constant out of range')
    this.advance()
    return lane
  }

  /** Number literals up to something else; reserved words among them are unknown operators. */
  protected numbers(): readonly string[] {
    const words: string[] = []
    while (this.kind === WORD) {
      const word = this.word()
      if (!isNumber(word)) {
        if (!isKeyword(word)) this.unexpected()
        break
      }
      words.push(word)
      this.advance()
    }
    return words
  }

  private shuffleLanes(): Uint8Array {
    const at = this.start
    const words = this.numbers()
    if (words.length !== 16) this.fail(`invalid lane length: ${words.length} lanes, not 16`, at)
    return Uint8Array.from(words, (word) => {
      const lane = parseNat(word, 32)
      if (lane === undefined || lane > 0xff) this.fail('i8 constant out of range', at)
      return lane
    })
  }

  /** `i32x4 1 2 3 4`: sixteen bytes, the first lane first. */
  private vectorConstant(): Uint8Array {
    const at = this.start
    const shape = this.kind === WORD ? shapes.get(this.word()) : undefined
    if (shape === undefined) this.unexpected([...shapes.keys()].join(', '))
    this.advance()
    const words = this.numbers()
    if (words.length !== shape.lanes) this.fail(`wrong number of lane literals: ${words.length}, not ${shape.lanes}`, at)
    const bytes = new Uint8Array(16)
    words.forEach((word, i) => {
      const lane = laneBits(word, shape)
      if (lane === undefined) this.fail(`constant out of range ${word}`, at)
      writeLane(bytes, i, shape.width, lane.lo, lane.hi)
    })
    return bytes
  }

  /** `(catch x l)*` of try_table. Labels count from outside the block. */
  protected catches(): readonly Clause[] {
    const clauses: Clause[] = []
    for (;;) {
      const kind = this.listWord()
      if (kind !== 'catch' && kind !== 'catch_ref' && kind !== 'catch_all' && kind !== 'catch_all_ref') return clauses
      this.advance()
      this.advance()
      const tag = kind === 'catch' || kind === 'catch_ref' ? this.spaces.tag.index(this) : -1
      clauses.push({ kind, tag, label: this.label() })
      this.close()
    }
  }

  /** `(on x l)*` and `(on x switch)*` of resume. */
  private handlers(): readonly Clause[] {
    const clauses: Clause[] = []
    while (this.open('on')) {
      const tag = this.spaces.tag.index(this)
      clauses.push(this.accept('switch') ? { kind: 'switch', tag, label: -1 } : { kind: 'on', tag, label: this.label() })
      this.close()
    }
    return clauses
  }
}

/** Bits of one lane literal; undefined out of range. */
export function laneBits(word: string, shape: { width: number; float: boolean }): { lo: number; hi: number } | undefined {
  if (shape.width === 64) return shape.float ? parseF64(word) : parseInt64(word)
  const lo = shape.float ? parseF32(word) : parseInt32(word, shape.width as 8 | 16 | 32)
  return lo === undefined ? undefined : { lo, hi: 0 }
}

/** Puts lane `i` of `width` bits into the sixteen bytes, little-endian. */
export function writeLane(bytes: Uint8Array, i: number, width: number, lo: number, hi: number): void {
  const start = (i * width) / 8
  for (let k = 0; k < width / 8; k++) bytes[start + k] = (k < 4 ? lo >>> (8 * k) : hi >>> (8 * (k - 4))) & 0xff
}
