/**
 * What an instruction takes from the operand stack and puts there, as types: from its row where the row says it, else
 * from the module and the function around it (spec §3.3). Called by the tracer, which reads the values themselves.
 */
import type { OperandStack } from '../compiler/operand-stack.ts'
import { record } from '../compiler/translate.ts'
import type { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Module } from '../module/module.ts'
import type { SharedModule } from '../runtime/instance.ts'
import { ADDR } from '../spec/instruction-table.ts'
import { heapSignature } from './heap-signature.ts'
import { type FuncType, type ValType, EXNREF, FUNCREF, I32, I64, refType } from '../spec/types.ts'

export interface Signature {
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}

/** Instructions whose operand types follow from the stack alone: drop, select, ref.is_null, ref.as_non_null, br_on_null, br_on_non_null. */
const polymorphic: ReadonlySet<number> = new Set([0x1a, 0x1b, 0xd1, 0xd4, 0xd5, 0xd6])

/** Types of the topmost operands before each polymorphic instruction of a function; found by translating it once more. */
class StackTypes {
  readonly tops: Map<number, readonly (ValType | undefined)[]> = new Map()
  private readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  instruction(_: number, offset: number, { types, height }: OperandStack): void {
    if (polymorphic.has(this.bytes[offset]!)) this.tops.set(offset, [types[height - 1], types[height - 2]])
  }
  undone(): void {}
}

/** Signatures of the instructions of one function. */
export class Signatures {
  private readonly shared: SharedModule
  private readonly module: Module
  private readonly funcidx: number
  private readonly type: FuncType
  private readonly locals: readonly { readonly type: ValType }[]
  private stackTypes: StackTypes | undefined = undefined

  constructor(shared: SharedModule, funcidx: number, type: FuncType, locals: readonly { readonly type: ValType }[]) {
    this.shared = shared
    this.module = shared.module
    this.funcidx = funcidx
    this.type = type
    this.locals = locals
  }

  /** `returns`: the instruction is an `end` or `br` that leaves the function. */
  of(reader: InstructionReader, returns: boolean): Signature {
    const { type } = reader.instruction
    if (type === undefined) return this.special(reader, returns)
    if (!type.params.includes(ADDR)) return type
    return { params: type.params.map((t) => (t === ADDR ? this.address(reader.memory) : t)), results: type.results }
  }

  private address(memidx: number): ValType {
    return this.module.memories[memidx]?.limits.is64 === true ? I64 : I32
  }
  private tableAddress(tableidx: number): ValType {
    return this.module.tables[tableidx]!.limits.is64 ? I64 : I32
  }
  private funcType(typeidx: number): FuncType {
    return this.module.types[typeidx]!.comp as FuncType
  }
  /** The topmost operand type, or the one `below` it. */
  private top(reader: InstructionReader, below = 0): ValType {
    this.stackTypes ??= record(this.shared, 'exact', this.funcidx, () => new StackTypes(this.module.bytes)) as StackTypes
    return this.stackTypes.tops.get(reader.at)?.[below] ?? I32
  }

  private special(reader: InstructionReader, returns: boolean): Signature {
    const { index, index2 } = reader
    const { module } = this
    switch (reader.instruction.name) {
      case 'local.get':
        return { params: [], results: [this.locals[index]!.type] }
      case 'local.set':
        return { params: [this.locals[index]!.type], results: [] }
      case 'local.tee':
        return { params: [this.locals[index]!.type], results: [this.locals[index]!.type] }
      case 'global.get':
        return { params: [], results: [module.globals[index]!.type] }
      case 'global.set':
        return { params: [module.globals[index]!.type], results: [] }
      case 'call':
        return this.funcType(module.funcs[index]!)
      case 'return_call':
        return { params: this.funcType(module.funcs[index]!).params, results: [] }
      case 'call_indirect':
      case 'return_call_indirect': {
        const { params, results } = this.funcType(index)
        return { params: [...params, this.tableAddress(index2)], results: reader.instruction.name === 'call_indirect' ? results : [] }
      }
      case 'call_ref':
      case 'return_call_ref': {
        const { params, results } = this.funcType(index)
        return { params: [...params, FUNCREF], results: reader.instruction.name === 'call_ref' ? results : [] }
      }
      case 'throw':
        return { params: this.funcType(module.tags[index]!.typeidx).params, results: [] }
      case 'throw_ref':
        return { params: [EXNREF], results: [] }
      case 'if':
      case 'br_if':
      case 'br_table':
        return { params: [I32], results: [] }
      case 'return':
        return { params: this.type.results, results: [] }
      case 'end':
      case 'br':
        return { params: returns ? this.type.results : [], results: [] }
      case 'drop':
        return { params: [this.top(reader)], results: [] }
      case 'select': {
        const type = reader.instruction.immediates.length > 0 ? reader.types[0]! : this.top(reader, 1)
        return { params: [type, type, I32], results: [type] }
      }
      case 'ref.null':
        return { params: [], results: [refType(true, reader.heap)] }
      case 'ref.func':
        return { params: [], results: [FUNCREF] }
      case 'ref.is_null':
        return { params: [this.top(reader)], results: [I32] }
      case 'ref.as_non_null':
        return { params: [this.top(reader)], results: [this.top(reader)] }
      case 'br_on_null':
      case 'br_on_non_null':
        return { params: [this.top(reader)], results: [] }
      default:
        return this.bulk(reader) ?? heapSignature(reader, module) ?? { params: [], results: [] }
    }
  }

  /** Instructions on whole memories and tables. */
  private bulk({ instruction: { name }, index, index2 }: InstructionReader): Signature | undefined {
    const [space, action] = name.split('.')
    if (space !== 'memory' && space !== 'table') return undefined
    const at = (i: number): ValType => (space === 'memory' ? this.address(i) : this.tableAddress(i))
    const item = (): ValType => (space === 'memory' ? I32 : this.module.tables[index]!.element)
    switch (action) {
      case 'size':
        return { params: [], results: [at(index)] }
      case 'grow':
        return { params: space === 'memory' ? [at(index)] : [item(), at(index)], results: [at(index)] }
      case 'get':
        return { params: [at(index)], results: [item()] }
      case 'set':
        return { params: [at(index), item()], results: [] }
      case 'fill':
        return { params: [at(index), item(), at(index)], results: [] }
      case 'copy':
        return { params: [at(index), at(index2), at(index) === I64 && at(index2) === I64 ? I64 : I32], results: [] }
      // The first index is the segment's.
      case 'init':
        return { params: [at(index2), I32, I32], results: [] }
      default:
        return undefined
    }
  }
}
