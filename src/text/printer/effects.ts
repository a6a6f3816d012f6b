/**
 * How many operands each instruction takes and gives, and of which types (spec §3.4), as far as a module's definitions tell:
 * what folding needs, and what `types: true` shows. No validation: where an index leads nowhere, the effect is unknown.
 * Called by the body printer.
 */
import { countUpTo } from '../../bytes/search.ts'
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { FuncBody, Module } from '../../module/module.ts'
import { REF_CAST_NULL, instructions } from '../../spec/instructions.ts'
import {
  type FieldType,
  type FuncType,
  type HeapType,
  type SubType,
  type ValType,
  BOT,
  EXNREF,
  HEAP_ANY,
  HEAP_EXTERN,
  I16,
  I32,
  I64,
  I8,
  heapOf,
  isAbstract,
  isRef,
  refType,
} from '../../spec/types.ts'

const NO_TYPES: readonly ValType[] = []
/** `extra` where there is none. ADDR is -1. */
export const NOTHING: ValType = -2
/** A type that depends on the operands. */
const ANY: ValType = BOT

type Rule = (e: Effects, r: InstructionReader) => void

const unpacked = (type: ValType): ValType => (type === I8 || type === I16 ? I32 : type)

export class Effects {
  readonly module: Module
  /** Operands, the last on top; `extra` comes on top of them, unless it is NOTHING. */
  params: readonly ValType[] = NO_TYPES
  extra: ValType = NOTHING
  results: readonly ValType[] = NO_TYPES
  /** Types that a branch to each open label takes, the innermost last; undefined: unknown. */
  private readonly labels: (readonly ValType[] | undefined)[] = []
  private returns: readonly ValType[] = NO_TYPES
  private paramTypes: readonly ValType[] = NO_TYPES
  private body: FuncBody | undefined = undefined
  /** One past the last local of each run. */
  private readonly runEnds: number[] = []
  private known = true
  /** Lists of one type, shared. */
  private readonly singles: Map<ValType, readonly ValType[]> = new Map()

  constructor(module: Module) {
    this.module = module
  }

  /** Begins with a function body, or with a constant expression. */
  begin(typeidx: number | undefined, body: FuncBody | undefined): void {
    const type = typeidx === undefined ? undefined : this.funcType(typeidx)
    this.paramTypes = type?.params ?? NO_TYPES
    this.returns = type?.results ?? NO_TYPES
    this.body = body
    this.runEnds.length = 0
    let end = this.paramTypes.length
    for (const run of body?.locals ?? []) this.runEnds.push((end += run.count))
    this.labels.length = 0
    this.labels.push(this.returns)
  }

  /** A block opens: of the instruction on which the reader stands. */
  enter(r: InstructionReader): void {
    const type = this.blockType(r)
    this.labels.push(r.instruction.name === 'loop' ? type?.params : type?.results)
  }
  leave(): void {
    this.labels.pop()
  }

  /** Finds `params`, `extra` and `results` of the instruction on which the reader stands. False if they are not known. */
  find(r: InstructionReader): boolean {
    const { type, id } = r.instruction
    this.extra = NOTHING
    if (type !== undefined) {
      this.params = type.params
      this.results = type.results
      return true
    }
    this.params = NO_TYPES
    this.results = NO_TYPES
    this.known = true
    const rule = byId[id]
    if (rule === undefined) return false
    rule(this, r)
    return this.known
  }

  set(params: readonly ValType[], extra: ValType, results: readonly ValType[]): void {
    this.params = params
    this.extra = extra
    this.results = results
  }

  single(type: ValType): readonly ValType[] {
    let list = this.singles.get(type)
    if (list === undefined) this.singles.set(type, (list = [type]))
    return list
  }

  /** The definition that is asked for does not exist. */
  unknown(): void {
    this.known = false
  }

  funcType(typeidx: number): FuncType | undefined {
    const comp = this.module.types[typeidx]?.comp
    return comp?.kind === 'func' ? comp : undefined
  }
  contFunc(typeidx: number): FuncType | undefined {
    const comp = this.module.types[typeidx]?.comp
    return comp?.kind === 'cont' ? this.funcType(comp.typeidx) : undefined
  }
  func(funcidx: number): FuncType | undefined {
    const typeidx = this.module.funcs[funcidx]
    return typeidx === undefined ? undefined : this.funcType(typeidx)
  }
  tag(tagidx: number): FuncType | undefined {
    const tag = this.module.tags[tagidx]
    return tag === undefined ? undefined : this.funcType(tag.typeidx)
  }
  fieldsOf(typeidx: number): readonly FieldType[] | undefined {
    const comp = this.module.types[typeidx]?.comp
    return comp?.kind === 'struct' ? comp.fields : undefined
  }
  element(typeidx: number): ValType {
    const comp = this.module.types[typeidx]?.comp
    return comp?.kind === 'array' ? unpacked(comp.field.type) : ANY
  }
  label(labelidx: number): readonly ValType[] {
    const types = this.labels[this.labels.length - 1 - labelidx]
    if (types === undefined) this.unknown()
    return types ?? NO_TYPES
  }
  returned(): readonly ValType[] {
    return this.returns
  }
  blockType(r: InstructionReader): { params: readonly ValType[]; results: readonly ValType[] } | undefined {
    if (r.blockTypeidx >= 0) return this.funcType(r.blockTypeidx)
    return { params: NO_TYPES, results: r.blockResult === 0 ? NO_TYPES : this.single(r.blockResult) }
  }
  local(index: number): ValType {
    if (index < this.paramTypes.length) return this.paramTypes[index]!
    // The first run that ends behind the local.
    return this.body?.locals[countUpTo(this.runEnds, index)]?.type ?? ANY
  }
  address(space: 'tables' | 'memories', index: number): ValType {
    return this.module[space][index]?.limits.is64 === true ? I64 : I32
  }
  elementOf(table: number): ValType {
    return this.module.tables[table]?.element ?? ANY
  }
}

/** A call: operands of the type, what is called on top. */
function call(e: Effects, type: FuncType | undefined, extra: ValType, returns = false): void {
  if (type === undefined) e.unknown()
  else e.set(type.params, extra, returns ? NO_TYPES : type.results)
}
function resume(e: Effects, r: InstructionReader, params: readonly ValType[] | undefined): void {
  const type = e.contFunc(r.index)
  if (type === undefined || params === undefined) e.unknown()
  else e.set(params, refType(true, r.index), type.results)
}
const nullable = (heap: HeapType): ValType => refType(true, heap)
const object = (typeidx: number): ValType => refType(false, typeidx)

const getField: Rule = (e, r) => {
  const field = e.fieldsOf(r.index)?.[r.index2]
  e.set(NO_TYPES, nullable(r.index), e.single(field === undefined ? ANY : unpacked(field.type)))
}
const getElement: Rule = (e, r) => e.set(e.single(nullable(r.index)), I32, e.single(e.element(r.index)))
const allocate: Rule = (e, r) => e.set(e.single(I32), I32, e.single(object(r.index)))
const initialise: Rule = (e, r) => e.set([nullable(r.index), I32, I32], I32, NO_TYPES)
/** The two differ in what goes on: what the branch does not take. */
function castBranch(e: Effects, r: InstructionReader, rest: ValType): void {
  const types = e.label(r.index).slice(0, -1)
  e.set(types, refType((r.flags & 1) !== 0, r.heap), [...types, rest])
}
const block: Rule = (e, r) => {
  const type = e.blockType(r)
  if (type === undefined) e.unknown()
  else e.set(type.params, NOTHING, type.results)
}

const rules: Record<string, Rule> = {
  unreachable: () => {},
  block,
  loop: block,
  try: block,
  try_table: block,
  if: (e, r) => {
    block(e, r)
    e.extra = I32
  },
  br: (e, r) => e.set(e.label(r.index), NOTHING, NO_TYPES),
  br_if: (e, r) => e.set(e.label(r.index), I32, e.label(r.index)),
  br_table: (e, r) => e.set(e.label(r.labels[r.labels.length - 1]!), I32, NO_TYPES),
  return: (e) => e.set(e.returned(), NOTHING, NO_TYPES),
  call: (e, r) => call(e, e.func(r.index), NOTHING),
  return_call: (e, r) => call(e, e.func(r.index), NOTHING, true),
  call_indirect: (e, r) => call(e, e.funcType(r.index), e.address('tables', r.index2)),
  return_call_indirect: (e, r) => call(e, e.funcType(r.index), e.address('tables', r.index2), true),
  call_ref: (e, r) => call(e, e.funcType(r.index), nullable(r.index)),
  return_call_ref: (e, r) => call(e, e.funcType(r.index), nullable(r.index), true),
  throw: (e, r) => call(e, e.tag(r.index), NOTHING, true),
  throw_ref: (e) => e.set(NO_TYPES, EXNREF, NO_TYPES),
  rethrow: () => {},
  drop: (e) => e.set(NO_TYPES, ANY, NO_TYPES),
  select: (e, r) => {
    const type = r.instruction.immediates.length > 0 && r.types.length === 1 ? r.types[0]! : ANY
    e.set([type, type], I32, e.single(type))
  },
  br_on_null: (e, r) => e.set(e.label(r.index), ANY, [...e.label(r.index), ANY]),
  br_on_non_null: (e, r) => {
    const types = e.label(r.index).slice(0, -1)
    e.set(types, ANY, types)
  },
  'cont.new': (e, r) => {
    const comp: SubType['comp'] | undefined = e.module.types[r.index]?.comp
    e.set(NO_TYPES, comp?.kind === 'cont' ? nullable(comp.typeidx) : ANY, e.single(object(r.index)))
  },
  'cont.bind': (e, r) => {
    const from = e.contFunc(r.index)
    const to = e.contFunc(r.index2)
    if (from === undefined || to === undefined || from.params.length < to.params.length) e.unknown()
    else e.set(from.params.slice(0, from.params.length - to.params.length), nullable(r.index), e.single(object(r.index2)))
  },
  suspend: (e, r) => call(e, e.tag(r.index), NOTHING),
  resume: (e, r) => resume(e, r, e.contFunc(r.index)?.params),
  resume_throw: (e, r) => resume(e, r, e.tag(r.index2)?.params),
  resume_throw_ref: (e, r) => resume(e, r, e.single(EXNREF)),
  switch: (e, r) => {
    const own = e.contFunc(r.index)
    const last = own?.params[own.params.length - 1]
    const next = last !== undefined && isRef(last) && !isAbstract(heapOf(last)) ? e.contFunc(heapOf(last)) : undefined
    if (own === undefined || next === undefined) e.unknown()
    else e.set(own.params.slice(0, -1), nullable(r.index), next.params)
  },
  'local.get': (e, r) => e.set(NO_TYPES, NOTHING, e.single(e.local(r.index))),
  'local.set': (e, r) => e.set(NO_TYPES, e.local(r.index), NO_TYPES),
  'local.tee': (e, r) => e.set(NO_TYPES, e.local(r.index), e.single(e.local(r.index))),
  'global.get': (e, r) => e.set(NO_TYPES, NOTHING, e.single(e.module.globals[r.index]?.type ?? ANY)),
  'global.set': (e, r) => e.set(NO_TYPES, e.module.globals[r.index]?.type ?? ANY, NO_TYPES),
  'memory.size': (e, r) => e.set(NO_TYPES, NOTHING, e.single(e.address('memories', r.index))),
  'memory.grow': (e, r) => e.set(NO_TYPES, e.address('memories', r.index), e.single(e.address('memories', r.index))),
  'memory.init': (e, r) => e.set([e.address('memories', r.index2), I32], I32, NO_TYPES),
  'data.drop': () => {},
  'memory.copy': (e, r) => copy(e, e.address('memories', r.index), e.address('memories', r.index2)),
  'memory.fill': (e, r) => e.set([e.address('memories', r.index), I32], e.address('memories', r.index), NO_TYPES),
  'table.get': (e, r) => e.set(NO_TYPES, e.address('tables', r.index), e.single(e.elementOf(r.index))),
  'table.set': (e, r) => e.set(e.single(e.address('tables', r.index)), e.elementOf(r.index), NO_TYPES),
  'table.init': (e, r) => e.set([e.address('tables', r.index2), I32], I32, NO_TYPES),
  'elem.drop': () => {},
  'table.copy': (e, r) => copy(e, e.address('tables', r.index), e.address('tables', r.index2)),
  'table.grow': (e, r) => e.set(e.single(e.elementOf(r.index)), e.address('tables', r.index), e.single(e.address('tables', r.index))),
  'table.size': (e, r) => e.set(NO_TYPES, NOTHING, e.single(e.address('tables', r.index))),
  'table.fill': (e, r) => e.set([e.address('tables', r.index), e.elementOf(r.index)], e.address('tables', r.index), NO_TYPES),
  'ref.null': (e, r) => e.set(NO_TYPES, NOTHING, e.single(nullable(r.heap))),
  'ref.is_null': (e) => e.set(NO_TYPES, ANY, e.single(I32)),
  'ref.func': (e, r) => {
    const typeidx = e.module.funcs[r.index]
    e.set(NO_TYPES, NOTHING, e.single(typeidx === undefined ? ANY : object(typeidx)))
  },
  'ref.as_non_null': (e) => e.set(NO_TYPES, ANY, e.single(ANY)),
  'struct.new': (e, r) => {
    const fields = e.fieldsOf(r.index)
    if (fields === undefined) e.unknown()
    else
      e.set(
        fields.map((field) => unpacked(field.type)),
        NOTHING,
        e.single(object(r.index)),
      )
  },
  'struct.new_default': (e, r) => e.set(NO_TYPES, NOTHING, e.single(object(r.index))),
  'struct.get': getField,
  'struct.get_s': getField,
  'struct.get_u': getField,
  'struct.set': (e, r) => {
    const field = e.fieldsOf(r.index)?.[r.index2]
    e.set(e.single(nullable(r.index)), field === undefined ? ANY : unpacked(field.type), NO_TYPES)
  },
  'array.new': (e, r) => e.set(e.single(e.element(r.index)), I32, e.single(object(r.index))),
  'array.new_default': (e, r) => e.set(NO_TYPES, I32, e.single(object(r.index))),
  'array.new_fixed': (e, r) => {
    // More than any module may have: not worth a list.
    if (r.index2 > 10_000) e.unknown()
    else e.set(new Array<ValType>(r.index2).fill(e.element(r.index)), NOTHING, e.single(object(r.index)))
  },
  'array.new_data': allocate,
  'array.new_elem': allocate,
  'array.get': getElement,
  'array.get_s': getElement,
  'array.get_u': getElement,
  'array.set': (e, r) => e.set([nullable(r.index), I32], e.element(r.index), NO_TYPES),
  'array.fill': (e, r) => e.set([nullable(r.index), I32, e.element(r.index)], I32, NO_TYPES),
  'array.copy': (e, r) => e.set([nullable(r.index), I32, nullable(r.index2), I32], I32, NO_TYPES),
  'array.init_data': initialise,
  'array.init_elem': initialise,
  'ref.test': (e) => e.set(NO_TYPES, ANY, e.single(I32)),
  'ref.cast': (e, r) => e.set(NO_TYPES, ANY, e.single(refType(r.instruction.opcode === REF_CAST_NULL, r.heap))),
  br_on_cast: (e, r) => castBranch(e, r, refType(r.flags === 1, r.heap)),
  br_on_cast_fail: (e, r) => castBranch(e, r, refType((r.flags & 2) !== 0, r.heap2)),
  'any.convert_extern': (e) => e.set(NO_TYPES, nullable(HEAP_EXTERN), e.single(nullable(HEAP_ANY))),
  'extern.convert_any': (e) => e.set(NO_TYPES, nullable(HEAP_ANY), e.single(nullable(HEAP_EXTERN))),
}

/** Lengths of copies between a 32-bit and a 64-bit space are i32. */
function copy(e: Effects, to: ValType, from: ValType): void {
  e.set([to, from], to === I64 && from === I64 ? I64 : I32, NO_TYPES)
}

const byId: readonly (Rule | undefined)[] = instructions.map((row) => rules[row.name])
