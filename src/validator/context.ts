/**
 * What validation knows about the module around an instruction (spec §3.1, contexts): index spaces with their types,
 * and lookups that turn an index out of range into the suite's `unknown …`. Made by `validate`, used by every rule.
 */
import { InvalidError } from '../errors.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import type { Expr, Module } from '../module/module.ts'
import type { FeatureSet } from '../spec/features.ts'
import {
  type ArrayType,
  type ContType,
  type FuncType,
  type GlobalType,
  type HeapType,
  type MemoryType,
  type StructType,
  type SubType,
  type TableType,
  type ValType,
  I32,
  I64,
  heapOf,
  isAbstract,
  isRef,
} from '../spec/types.ts'

/** Opcode. */
const REF_FUNC = 0xd2

export class Context {
  readonly module: Module
  readonly types: readonly SubType[]
  readonly features: FeatureSet
  /** Types that may be used: while the type section itself is checked, those up to the current recursion group. */
  typeLimit: number
  /** Globals that a constant expression may read: the imported ones, and under GC those defined before it. */
  globalLimit: number
  /** `declared[f]` is 1 when function f occurs outside of bodies, so that `ref.func f` is allowed in them (C.REFS). */
  readonly declared: Uint8Array

  constructor(module: Module, features: FeatureSet) {
    this.module = module
    this.types = module.types
    this.features = features
    this.typeLimit = module.types.length
    this.globalLimit = module.imported.global
    this.declared = declaredFunctions(module)
  }

  /** Throws for an index beyond `length`; `what` completes `unknown …`. */
  check(what: string, index: number, length: number, offset: number | undefined): void {
    if (index >= length) {
      const have = length === 0 ? 'there are none' : length === 1 ? 'there is only 0' : `there are 0 to ${length - 1}`
      throw new InvalidError(`unknown ${what} ${index}`, have, { offset })
    }
  }

  funcType(typeidx: number, offset: number | undefined): FuncType {
    this.check('type', typeidx, this.typeLimit, offset)
    const { comp } = this.types[typeidx]!
    if (comp.kind !== 'func') throw new InvalidError(`non-function type ${typeidx}`, `it is ${article(comp.kind)} type`, { offset })
    return comp
  }
  structType(typeidx: number, offset: number | undefined): StructType {
    this.check('type', typeidx, this.typeLimit, offset)
    const { comp } = this.types[typeidx]!
    if (comp.kind !== 'struct') throw new InvalidError(`non-structure type ${typeidx}`, `it is ${article(comp.kind)} type`, { offset })
    return comp
  }
  arrayType(typeidx: number, offset: number | undefined): ArrayType {
    this.check('type', typeidx, this.typeLimit, offset)
    const { comp } = this.types[typeidx]!
    if (comp.kind !== 'array') throw new InvalidError(`non-array type ${typeidx}`, `it is ${article(comp.kind)} type`, { offset })
    return comp
  }
  contType(typeidx: number, offset: number | undefined): ContType {
    this.check('type', typeidx, this.typeLimit, offset)
    const { comp } = this.types[typeidx]!
    if (comp.kind !== 'cont') throw new InvalidError(`non-continuation type ${typeidx}`, `it is ${article(comp.kind)} type`, { offset })
    return comp
  }
  /** Function type behind a function index. */
  func(funcidx: number, offset: number | undefined): FuncType {
    const { funcs } = this.module
    this.check('function', funcidx, funcs.length, offset)
    return this.types[funcs[funcidx]!]!.comp as FuncType
  }
  table(tableidx: number, offset: number | undefined): TableType {
    const { tables } = this.module
    if (tableidx >= tables.length) this.check('table', tableidx, tables.length, offset)
    return tables[tableidx]!
  }
  memory(memidx: number, offset: number | undefined): MemoryType {
    const { memories } = this.module
    if (memidx >= memories.length) this.check('memory', memidx, memories.length, offset)
    return memories[memidx]!
  }
  global(globalidx: number, offset: number | undefined): GlobalType {
    const { globals } = this.module
    if (globalidx >= globals.length) this.check('global', globalidx, globals.length, offset)
    return globals[globalidx]!
  }
  /** Parameters of a tag: its type as a function type. */
  tag(tagidx: number, offset: number | undefined): FuncType {
    const { tags } = this.module
    this.check('tag', tagidx, tags.length, offset)
    return this.types[tags[tagidx]!.typeidx]!.comp as FuncType
  }
  /** Element type of a segment. */
  elem(elemidx: number, offset: number | undefined): ValType {
    const { elems } = this.module
    this.check('elem segment', elemidx, elems.length, offset)
    return elems[elemidx]!.type
  }
  data(dataidx: number, offset: number | undefined): void {
    const { dataCount, datas } = this.module
    this.check('data segment', dataidx, dataCount ?? datas.length, offset)
  }

  /** Address type of a memory or table: i32, or i64 under memory64. */
  address(type: MemoryType | TableType): ValType {
    return type.limits.is64 ? I64 : I32
  }

  checkHeapType(h: HeapType, offset: number | undefined): void {
    if (!isAbstract(h)) this.check('type', h, this.typeLimit, offset)
  }
  checkValType(t: ValType, offset: number | undefined): void {
    if (isRef(t)) this.checkHeapType(heapOf(t), offset)
  }
  checkValTypes(types: readonly ValType[], offset: number | undefined): void {
    for (let i = 0; i < types.length; i++) this.checkValType(types[i]!, offset)
  }
}

/**
 * Function indices that occur in the module outside of its bodies (spec §3.5: `refs`). Offsets of segments are numbers: one that has a
 * reference in it is not valid, so that nobody asks.
 */
function declaredFunctions(module: Module): Uint8Array {
  const declared = new Uint8Array(module.funcs.length)
  const mark = (funcidx: number): void => {
    if (funcidx < declared.length) declared[funcidx] = 1
  }
  let r = new InstructionReader(module.bytes, 0, 0)
  const scan = (expr: Expr | undefined): void => {
    // Nearly all are numbers: only what has the byte of ref.func anywhere is read.
    if (expr === undefined || !hasByte(expr, REF_FUNC)) return
    if (r.bytes === expr.bytes) r.move(expr.start, expr.end)
    else r = new InstructionReader(expr.bytes, expr.start, expr.end)
    while (r.next()) if (r.instruction.opcode === REF_FUNC) mark(r.index)
  }
  for (const e of module.exports) if (e.kind === 'func') mark(e.index)
  module.globalInits.forEach(scan)
  module.tableInits.forEach(scan)
  for (const elem of module.elems) {
    elem.funcs?.forEach(mark)
    elem.exprs?.forEach(scan)
  }
  return declared
}

function hasByte(expr: Expr, byte: number): boolean {
  for (let i = expr.start; i < expr.end; i++) if (expr.bytes[i] === byte) return true
  return false
}

const article = (kind: string): string => (kind === 'array' ? 'an array' : `a ${kind}`)
