/** Signatures of the instructions on structures, arrays and references of the `any` hierarchy (spec §3.4.7, §3.4.8). Called by signature.ts. */
import type { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Module } from '../module/module.ts'
import { topOf } from '../spec/matching.ts'
import { type ValType, HEAP_ANY, HEAP_EXTERN, I16, I32, I8, refType } from '../spec/types.ts'
import type { Signature } from './signature.ts'

const unpacked = (t: ValType): ValType => (t === I8 || t === I16 ? I32 : t)
const repeat = (type: ValType, count: number): ValType[] => new Array<ValType>(count).fill(type)

/** Undefined for any other instruction. */
export function heapSignature(reader: InstructionReader, module: Module): Signature | undefined {
  const { name, opcode } = reader.instruction
  const { index, index2, heap, flags } = reader
  const made = (...params: ValType[]): Signature => ({ params, results: [refType(false, index)] })
  const ref = refType(true, index)
  switch (name) {
    case 'struct.new':
      return made(...fieldsOf(module, index))
    case 'struct.new_default':
      return made()
    case 'struct.get':
    case 'struct.get_s':
    case 'struct.get_u':
      return { params: [ref], results: [fieldsOf(module, index)[index2]!] }
    case 'struct.set':
      return { params: [ref, fieldsOf(module, index)[index2]!], results: [] }
    case 'array.new':
      return made(elementOf(module, index), I32)
    case 'array.new_default':
      return made(I32)
    case 'array.new_fixed':
      return made(...repeat(elementOf(module, index), index2))
    case 'array.new_data':
    case 'array.new_elem':
      return made(I32, I32)
    case 'array.get':
    case 'array.get_s':
    case 'array.get_u':
      return { params: [ref, I32], results: [elementOf(module, index)] }
    case 'array.set':
      return { params: [ref, I32, elementOf(module, index)], results: [] }
    case 'array.fill':
      return { params: [ref, I32, elementOf(module, index), I32], results: [] }
    case 'array.copy':
      return { params: [ref, I32, refType(true, index2), I32, I32], results: [] }
    case 'array.init_data':
    case 'array.init_elem':
      return { params: [ref, I32, I32, I32], results: [] }
    // The second opcode of a test or cast is for the nullable type.
    case 'ref.test':
      return { params: [refType(true, topOf(heap, module.types))], results: [I32] }
    case 'ref.cast':
      return { params: [refType(true, topOf(heap, module.types))], results: [refType((opcode & 1) !== 0, heap)] }
    case 'br_on_cast':
    case 'br_on_cast_fail':
      return { params: [refType((flags & 1) !== 0, heap)], results: [] }
    case 'any.convert_extern':
      return { params: [refType(true, HEAP_EXTERN)], results: [refType(true, HEAP_ANY)] }
    case 'extern.convert_any':
      return { params: [refType(true, HEAP_ANY)], results: [refType(true, HEAP_EXTERN)] }
    default:
      return undefined
  }
}

/** Types of the fields of a structure as they are on the stack. */
function fieldsOf(module: Module, typeidx: number): ValType[] {
  const { comp } = module.types[typeidx]!
  return comp.kind === 'struct' ? comp.fields.map((f) => unpacked(f.type)) : []
}
function elementOf(module: Module, typeidx: number): ValType {
  const { comp } = module.types[typeidx]!
  return comp.kind === 'array' ? unpacked(comp.field.type) : I32
}
