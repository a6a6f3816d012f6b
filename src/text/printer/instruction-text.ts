/**
 * One instruction with its immediates as the text format writes it (spec §6.5), without operands: the mirror image of
 * `ImmediateParser`. What the text format leaves out by default is left out. Called by the body printer.
 */
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import { type Instruction, REF_CAST_NULL, REF_TEST_NULL, instructions } from '../../spec/instructions.ts'
import { type ValType, refType } from '../../spec/types.ts'
import { LabelScope } from '../spaces.ts'
import { identifier } from './strings.ts'
import { Identifiers, type ModuleIdentifiers } from './identifiers.ts'
import { formatF32, formatF64, formatLimit, formatS64, formatU64 } from './numbers.ts'
import type { TypeText } from './types.ts'

/** How the immediates of a row are written, for the frequent ones; the others have a case by name. */
const NONE = 0
const LOCAL = 1
const LABEL = 2
const FUNC = 3
const GLOBAL = 4
const CONST32 = 5
const CONST64 = 6
const MEMARG = 7
const BLOCK = 8
const OTHER = 9
const formOf: Record<string, number> = {
  '': NONE,
  zero: NONE,
  localidx: LOCAL,
  labelidx: LABEL,
  funcidx: FUNC,
  globalidx: GLOBAL,
  i32: CONST32,
  i64: CONST64,
  memarg: MEMARG,
  'memarg lane': MEMARG,
  blocktype: BLOCK,
}
const forms: Uint8Array = Uint8Array.from(instructions, (row) => formOf[row.immediates.join(' ')] ?? OTHER)

/** Numbers below this are remembered with their mnemonic. */
const SMALL = 256

/** By row: the mnemonic, and with small numbers behind it. With a parenthesis in front, it is one piece of output and not two. */
interface Spelling {
  readonly words: readonly string[]
  readonly small: string[][]
}
const spelt = (before: string): Spelling => ({ words: instructions.map(({ name }) => before + name), small: [] })
const flat: Spelling = spelt('')
const folded: Spelling = spelt('(')

export class InstructionText {
  /** Identifiers of the locals of the body. */
  locals: Identifiers
  private labels: LabelScope = new LabelScope()
  private depth = 0
  private readonly ids: ModuleIdentifiers
  private readonly types: TypeText
  private readonly fields: Map<number, Identifiers> = new Map()
  private spelling: Spelling = flat

  constructor(ids: ModuleIdentifiers, types: TypeText, locals: Identifiers) {
    this.ids = ids
    this.types = types
    this.locals = locals
  }

  /** Begins with a body, whose own label has no name. With `isFolded` every text has the `(` in front. */
  begin(locals: Identifiers, isFolded: boolean): void {
    this.spelling = isFolded ? folded : flat
    this.locals = locals
    this.labels = new LabelScope()
    this.labels.enter(undefined)
    this.depth = 0
  }

  enter(label: string | undefined): void {
    this.labels.enter(label)
    this.depth++
  }

  leave(): void {
    this.labels.leave()
    this.depth--
  }

  /** The instruction on which the reader stands. A block shows its label: its name, or a comment with its depth. */
  text(r: InstructionReader, label: string | undefined): string {
    const row = r.instruction
    const word = this.spelling.words[row.id]!
    switch (forms[row.id]) {
      case 0: // NONE
        return word
      case 1: // LOCAL
        return this.locals.some ? `${word} ${this.locals.ref(r.index)}` : this.numbered(row, r.index)
      case 2: // LABEL
        return `${word} ${this.label(r.index)}`
      case 3: // FUNC
        return `${word} ${this.ids.funcs.ref(r.index)}`
      case 4: // GLOBAL
        return `${word} ${this.ids.globals.ref(r.index)}`
      case 5: // CONST32
        return this.numbered(row, r.lo)
      case 6: // CONST64
        return `${word} ${formatS64(r.lo, r.hi)}`
      case 7: // MEMARG
        return `${word}${this.memarg(r)}${row.immediates.length > 1 ? ` ${r.lane}` : ''}`
      case 8: // BLOCK
        return `${word}${this.blockHead(r, label)}`
      default:
        return word + this.other(r, row, label)
    }
  }

  /** The mnemonic and a number; those of small numbers are most of a text, and made once. */
  private numbered(row: Instruction, n: number): string {
    const word = this.spelling.words[row.id]!
    if (n < 0 || n >= SMALL) return `${word} ${n}`
    const texts = (this.spelling.small[row.id] ??= [])
    return (texts[n] ??= `${word} ${n}`)
  }

  /** A name where the innermost label of that name is the one that is meant; else the number, with the depth from outside. */
  private label(labelidx: number): string {
    const name = this.labels.at(labelidx)
    if (name !== undefined && this.labels.find(name) === labelidx) return identifier(name)
    // The outermost label is the function's; it and unknown ones have no block to point to.
    return labelidx < this.depth && name === undefined ? `${labelidx} (;@${this.depth - labelidx};)` : String(labelidx)
  }

  private blockHead(r: InstructionReader, label: string | undefined): string {
    const head = label === undefined ? ` (;@${this.depth + 1};)` : ` ${identifier(label)}`
    if (r.blockTypeidx >= 0) return head + this.types.use(r.blockTypeidx)
    return r.blockResult === 0 ? head : `${head} (result ${this.types.val(r.blockResult)})`
  }

  private memarg({ memory, lo, hi, align, instruction }: InstructionReader): string {
    let text = memory === 0 ? '' : ` ${this.ids.memories.ref(memory)}`
    if (lo !== 0 || hi !== 0) text += ` offset=${formatU64(lo, hi)}`
    if (align !== 31 - Math.clz32(instruction.width)) text += ` align=${formatLimit(2 ** align)}`
    return text
  }

  private memory(index: number): string {
    return index === 0 ? '' : ` ${this.ids.memories.ref(index)}`
  }
  private table(index: number): string {
    return index === 0 ? '' : ` ${this.ids.tables.ref(index)}`
  }

  /** The rest, by name: here the order of the text format is not that of the binary, or something is left out. */
  private other(r: InstructionReader, row: Instruction, label: string | undefined): string {
    const { ids, types } = this
    switch (row.name) {
      case 'f32.const':
        return ` ${formatF32(r.lo)}`
      case 'f64.const':
        return ` ${formatF64(r.lo, r.hi)}`
      case 'call_indirect':
      case 'return_call_indirect':
        return `${this.table(r.index2)} (type ${ids.types.ref(r.index)})`
      case 'memory.init':
        return `${this.memory(r.index2)} ${ids.datas.ref(r.index)}`
      case 'table.init':
        return `${this.table(r.index2)} ${ids.elems.ref(r.index)}`
      case 'memory.copy':
        return r.index === 0 && r.index2 === 0 ? '' : ` ${ids.memories.ref(r.index)} ${ids.memories.ref(r.index2)}`
      case 'table.copy':
        return r.index === 0 && r.index2 === 0 ? '' : ` ${ids.tables.ref(r.index)} ${ids.tables.ref(r.index2)}`
      case 'ref.test':
      case 'ref.cast':
        return ` ${types.val(refType(row.opcode === REF_TEST_NULL || row.opcode === REF_CAST_NULL, r.heap))}`
      case 'br_on_cast':
      case 'br_on_cast_fail': {
        const from = refType((r.flags & 1) !== 0, r.heap)
        const to = refType((r.flags & 2) !== 0, r.heap2)
        return ` ${this.label(r.index)} ${types.val(from)} ${types.val(to)}`
      }
      case 'select':
        return ` (result${r.types.map((type: ValType) => ` ${types.val(type)}`).join('')})`
      default:
        return this.byImmediates(r, row, label)
    }
  }

  private byImmediates(r: InstructionReader, row: Instruction, label: string | undefined): string {
    const { ids } = this
    let text = ''
    let indices = 0
    for (const kind of row.immediates) {
      const index = indices === 0 ? r.index : r.index2
      switch (kind) {
        case 'typeidx':
          text += ` ${ids.types.ref(index)}`
          indices++
          break
        case 'tagidx':
          text += ` ${ids.tags.ref(index)}`
          indices++
          break
        case 'elemidx':
          text += ` ${ids.elems.ref(index)}`
          indices++
          break
        case 'dataidx':
          text += ` ${ids.datas.ref(index)}`
          indices++
          break
        case 'memidx':
          text += this.memory(index)
          indices++
          break
        case 'tableidx':
          text += this.table(index)
          indices++
          break
        case 'fieldidx':
          text += ` ${this.field(r.index, index)}`
          indices++
          break
        case 'localidx':
        case 'labelidx':
        case 'funcidx':
        case 'globalidx':
        case 'u32':
          text += ` ${index}`
          indices++
          break
        case 'labels':
          for (const l of r.labels) text += ` ${this.label(l)}`
          break
        case 'blocktype':
          text += this.blockHead(r, label)
          break
        case 'heaptype':
          text += ` ${this.types.heap(r.heap)}`
          break
        case 'lane':
          text += ` ${r.lane}`
          break
        case 'lanes':
          text += ` ${r.vector!.join(' ')}`
          break
        case 'v128':
          text += vector(r.vector!)
          break
        case 'catches':
        case 'handlers':
          for (const { kind: word, tag, label: to } of r.clauses) {
            const target = word === 'switch' ? '' : ` ${this.label(to)}`
            text += word === 'switch' ? ` (on ${ids.tags.ref(tag)} switch)` : ` (${word}${tag < 0 ? '' : ` ${ids.tags.ref(tag)}`}${target})`
          }
          break
      }
    }
    return text
  }

  private field(typeidx: number, index: number): string {
    let fields = this.fields.get(typeidx)
    if (fields === undefined) this.fields.set(typeidx, (fields = this.ids.fields(typeidx)))
    return fields.ref(index)
  }
}

/** Sixteen bytes as four words: short, and no matter what shape they are meant for. */
function vector(bytes: Uint8Array): string {
  let text = ' i32x4'
  for (let i = 0; i < 16; i += 4) {
    const word = (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)) >>> 0
    text += ` 0x${word.toString(16).padStart(8, '0')}`
  }
  return text
}
