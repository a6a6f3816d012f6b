/** An instruction as text, with names where the name section has them. Called by the tracer; follows the text format (spec §6.5). */
import type { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Module } from '../module/module.ts'
import { type NameMap, moduleNames } from '../module/names.ts'
import type { Immediate } from '../spec/instruction-table.ts'
import { F32, F64, formatHeapType, formatValType, isAbstract } from '../spec/types.ts'
import { formatBits, formatI64 } from './values.ts'

/** Which names an index immediate has. */
const spaces: Partial<Record<Immediate, 'funcs' | 'types' | 'tables' | 'memories' | 'globals' | 'tags' | 'elems' | 'datas'>> = {
  funcidx: 'funcs',
  typeidx: 'types',
  tableidx: 'tables',
  memidx: 'memories',
  globalidx: 'globals',
  tagidx: 'tags',
  elemidx: 'elems',
  dataidx: 'datas',
}

const named = (map: NameMap | undefined, index: number): string => {
  const name = map?.get(index)
  return name === undefined ? String(index) : `$${name}`
}

/** The text of the instruction that the reader stands on, in function `funcidx`. */
export function instructionText(reader: InstructionReader, module: Module, funcidx: number): string {
  const { instruction } = reader
  const words = [instruction.name]
  let indices = 0
  let heaps = 0
  for (const immediate of instruction.immediates) {
    const text =
      immediate === 'heaptype' ? heapTypeText(reader, module, heaps++) : immediateText(immediate, reader, module, funcidx, indices)
    if (immediate.endsWith('idx') || immediate === 'u32') indices++
    if (text !== '') words.push(text)
  }
  return words.join(' ')
}

function immediateText(immediate: Immediate, reader: InstructionReader, module: Module, funcidx: number, position: number): string {
  const index = position === 0 ? reader.index : reader.index2
  const names = moduleNames(module)
  switch (immediate) {
    case 'localidx':
      return named(names.locals.get(funcidx), index)
    case 'funcidx':
    case 'globalidx':
    case 'tagidx':
    case 'elemidx':
    case 'dataidx':
      return named(names[spaces[immediate]!], index)
    case 'typeidx':
      return `(type ${named(names.types, index)})`
    // The first table or memory goes without saying.
    case 'tableidx':
    case 'memidx':
      return index === 0 ? '' : named(names[spaces[immediate]!], index)
    case 'labelidx':
    case 'fieldidx':
    case 'u32':
      return String(index)
    case 'blocktype':
      if (reader.blockTypeidx >= 0) return `(type ${named(names.types, reader.blockTypeidx)})`
      return reader.blockResult === 0 ? '' : `(result ${formatValType(reader.blockResult)})`
    case 'labels':
      return reader.labels.join(' ')
    case 'memarg':
      return memargText(reader, named(names.memories, reader.memory))
    case 'i32':
      return String(reader.lo)
    case 'i64':
      return formatI64(reader.lo, reader.hi)
    case 'f32':
      return formatBits(F32, reader.lo, 0)
    case 'f64':
      return formatBits(F64, reader.lo, reader.hi)
    case 'lane':
      return String(reader.lane)
    case 'lanes':
      return [...reader.vector!].join(' ')
    case 'v128': {
      const { buffer, byteOffset } = reader.vector!
      const view = new DataView(buffer, byteOffset, 16)
      return `i32x4 ${[0, 4, 8, 12].map((i) => `0x${view.getUint32(i, true).toString(16).padStart(8, '0')}`).join(' ')}`
    }
    case 'valtypes':
      return `(result ${reader.types.map(formatValType).join(' ')})`
    case 'catches':
    case 'handlers':
      return reader.clauses.map(({ kind, tag, label }) => `(${kind}${tag < 0 ? '' : ` ${named(names.tags, tag)}`} ${label})`).join(' ')
    // The former is written by heapTypeText, with the flags.
    case 'heaptype':
    case 'castflags':
    case 'zero':
      return ''
  }
}

/** The first or second heap type: bare for ref.null, of casts the reference type (spec §6.5.5). */
function heapTypeText({ instruction, heap, heap2, flags }: InstructionReader, module: Module, position: number): string {
  const type = position === 0 ? heap : heap2
  const text = isAbstract(type) ? formatHeapType(type) : named(moduleNames(module).types, type)
  if (instruction.name === 'ref.null') return text
  const nullable = instruction.immediates.includes('castflags') ? (flags >> position) & 1 : instruction.opcode & 1
  return `(ref ${nullable === 1 ? 'null ' : ''}${text})`
}

/** Memory, offset and alignment, each only if it is not what it is by default. */
function memargText({ memory, lo, hi, align, instruction }: InstructionReader, name: string): string {
  const words: string[] = []
  if (memory !== 0) words.push(name)
  if (lo !== 0 || hi !== 0) words.push(`offset=${hi === 0 ? lo >>> 0 : formatI64(lo, hi)}`)
  if (2 ** align !== instruction.width) words.push(`align=${2 ** align}`)
  return words.join(' ')
}
