/**
 * Any module that is well-formed, valid or not, as a fast-check arbitrary: every kind of type, import, definition, segment,
 * custom section and name, bodies of all rows of the instruction table with all their immediates, blocks in blocks.
 */
import fc from 'fast-check'
import { InstructionWriter, type Operands, emptyOperands } from '../../src/encoder/instruction-writer.ts'
import { encodeNames } from '../../src/encoder/names.ts'
import { sectionOrder } from '../../src/encoder/encoder.ts'
import type { Clause } from '../../src/decoder/instruction-reader.ts'
import type { CustomSection, DataSegment, ElemSegment, Export, Expr, FuncBody, Import, Module } from '../../src/module/module.ts'
import type { SectionNames } from '../../src/module/names.ts'
import { type Instruction, byName, instructions } from '../../src/spec/instructions.ts'
import {
  type CompType,
  type ExternKind,
  type ExternType,
  type FieldType,
  type GlobalType,
  type HeapType,
  type Limits,
  type MemoryType,
  type SubType,
  type TableType,
  type ValType,
  F32,
  F64,
  HEAP_FUNC,
  I16,
  I32,
  I64,
  I8,
  V128,
  heapTypeByName,
  refType,
} from '../../src/spec/types.ts'

/** Names of every kind: of identifiers, empty, with characters that text must escape. */
const name: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'f', 'a#1', 'std::vector<int, char>', '"\\', '\u202e\n', 'name', 'é'),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 40 })
const index: fc.Arbitrary<number> = fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.nat(0xffff_ffff) })
const int32: fc.Arbitrary<number> = fc.oneof(fc.integer(), fc.integer({ min: -130, max: 130 }), fc.constant(0))

const heap: fc.Arbitrary<HeapType> = fc.oneof(fc.constantFrom(...heapTypeByName.values()), fc.nat(4))
const ref: fc.Arbitrary<ValType> = fc.tuple(fc.boolean(), heap).map(([nullable, h]) => refType(nullable, h))
const valType: fc.Arbitrary<ValType> = fc.oneof(fc.constantFrom(I32, I64, F32, F64, V128), ref)
const valTypes: fc.Arbitrary<ValType[]> = fc.array(valType, { maxLength: 4 })
const field: fc.Arbitrary<FieldType> = fc.record({ type: fc.oneof(valType, fc.constantFrom(I8, I16)), mutable: fc.boolean() })

const comp: fc.Arbitrary<CompType> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('func' as const), params: valTypes, results: valTypes }) },
  fc.record({ kind: fc.constant('struct' as const), fields: fc.array(field, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('array' as const), field }),
  fc.record({ kind: fc.constant('cont' as const), typeidx: fc.nat(4) }),
)
const group = fc.array(fc.record({ final: fc.boolean(), supers: fc.array(fc.nat(4), { maxLength: 2 }), comp }), {
  minLength: 1,
  maxLength: 3,
})
const types: fc.Arbitrary<SubType[]> = fc.array(group, { maxLength: 4 }).map((groups) => {
  const all: SubType[] = []
  for (const one of groups) {
    const recStart = all.length
    for (const type of one) all.push({ ...type, recStart, recLength: one.length })
  }
  return all
})

const size: fc.Arbitrary<number> = fc.oneof(fc.nat(5), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64), fc.maxSafeNat())
const limits: fc.Arbitrary<Limits> = fc.record({ min: size, max: fc.option(size, { nil: undefined }), is64: fc.boolean() })
const pageSize = fc.oneof({ weight: 3, arbitrary: fc.constant(16) }, { weight: 1, arbitrary: fc.nat(63) })
const memory: fc.Arbitrary<MemoryType> = fc.record({ limits, shared: fc.boolean(), pageSizeLog2: pageSize })
const table: fc.Arbitrary<TableType> = fc.record({ limits, element: ref })
const global: fc.Arbitrary<GlobalType> = fc.record({ type: valType, mutable: fc.boolean() })
const externType: fc.Arbitrary<ExternType> = fc.oneof(
  fc.record({ kind: fc.constant('func' as const), typeidx: index }),
  fc.record({ kind: fc.constant('table' as const), type: table }),
  fc.record({ kind: fc.constant('memory' as const), type: memory }),
  fc.record({ kind: fc.constant('global' as const), type: global }),
  fc.record({ kind: fc.constant('tag' as const), type: fc.record({ typeidx: index }) }),
)

// Instructions

const structure = new Set(['block', 'loop', 'if', 'try', 'try_table', 'else', 'end', 'catch', 'catch_all', 'delegate'])
const plainRows: readonly Instruction[] = instructions.filter((row) => !structure.has(row.name))
/** Frequent ones, so that operands are folded. */
const common = ['i32.const', 'i32.add', 'local.get', 'local.set', 'drop', 'call', 'br_if', 'select', 'f64.const', 'i32.load'].map((n) =>
  byName.get(n)!,
)

const catchClause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ kind: fc.constantFrom('catch' as const, 'catch_ref' as const), tag: index, label: index }),
  fc.record({ kind: fc.constantFrom('catch_all' as const, 'catch_all_ref' as const), tag: fc.constant(-1), label: index }),
)
const handler: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ kind: fc.constant('on' as const), tag: index, label: index }),
  fc.record({ kind: fc.constant('switch' as const), tag: index, label: fc.constant(-1) }),
)
const anyOperands: fc.Arbitrary<Partial<Operands>> = fc.record({
  index,
  index2: index,
  lo: int32,
  hi: int32,
  align: fc.oneof(fc.nat(3), fc.nat(63)),
  memory: fc.oneof(fc.constant(0), index),
  lane: fc.nat(255),
  labels: fc.array(index, { minLength: 1, maxLength: 4 }),
  types: fc.oneof(fc.tuple(valType), valTypes),
  heap,
  heap2: heap,
  flags: fc.nat(3),
  vector: fc.uint8Array({ minLength: 16, maxLength: 16 }),
})
const blockOperands: fc.Arbitrary<Partial<Operands>> = fc.record({
  blockTypeidx: fc.oneof(fc.constant(-1), fc.constant(-1), index),
  blockResult: fc.oneof(fc.constant(0), valType),
  clauses: fc.array(catchClause, { maxLength: 3 }),
})

/** Writes an instruction or a block with everything in it. */
type Piece = (w: InstructionWriter) => void
const write = (w: InstructionWriter, row: string | Instruction, operands: Partial<Operands> = {}): void =>
  w.write(typeof row === 'string' ? byName.get(row)! : row, { ...emptyOperands(), ...operands })

const plain: fc.Arbitrary<Piece> = fc
  .tuple(fc.oneof(fc.constantFrom(...plainRows), fc.constantFrom(...common)), anyOperands, fc.array(handler, { maxLength: 2 }))
  .map(
    ([row, operands, clauses]): Piece =>
      (w) =>
        write(w, row, { ...operands, clauses }),
  )

const { pieces } = fc.letrec<{ pieces: Piece[]; piece: Piece; block: Piece }>((tie) => ({
  pieces: fc.array(tie('piece'), { maxLength: 8 }),
  piece: fc.oneof({ maxDepth: 4, depthIdentifier: 'piece' }, { weight: 5, arbitrary: plain }, { weight: 1, arbitrary: tie('block') }),
  block: fc
    .tuple(
      fc.constantFrom('block', 'loop', 'try_table', 'if', 'else', 'try', 'catch', 'delegate'),
      blockOperands,
      tie('pieces'),
      tie('pieces'),
      index,
    )
    .map(([kind, operands, first, second, n]): Piece => (w) => {
      const open = kind === 'else' ? 'if' : kind === 'catch' || kind === 'delegate' ? 'try' : kind
      // A block type is an index or a type, not both.
      const type = operands.blockTypeidx! >= 0 ? { ...operands, blockResult: 0 } : operands
      write(w, open, type)
      for (const piece of first) piece(w)
      if (kind === 'delegate') return write(w, 'delegate', { index: n })
      if (kind === 'else') write(w, 'else')
      if (kind === 'catch') write(w, n % 2 === 0 ? 'catch' : 'catch_all', { index: n })
      if (kind === 'else' || kind === 'catch') for (const piece of second) piece(w)
      write(w, 'end')
    }),
}))
const expr: fc.Arbitrary<Expr> = pieces.map((all) => {
  const w = new InstructionWriter()
  for (const piece of all) piece(w)
  write(w, 'end')
  return { bytes: w.slice(), start: 0, end: w.length }
})
const body: fc.Arbitrary<FuncBody> = fc
  .tuple(expr, fc.array(fc.record({ count: fc.nat(3), type: valType }), { maxLength: 4 }))
  .map(([code, locals]) => ({ ...code, locals }))

// Segments, names, custom sections

const elem: fc.Arbitrary<ElemSegment> = fc
  .record({
    mode: fc.constantFrom('active' as const, 'passive' as const, 'declarative' as const),
    type: ref,
    funcs: fc.option(fc.array(index, { maxLength: 5 }), { nil: undefined }),
    exprs: fc.array(expr, { maxLength: 3 }),
    table: index,
    start: expr,
  })
  .map(({ mode, type, funcs, exprs, table: t, start }) => ({
    mode,
    type: funcs === undefined ? type : refType(false, HEAP_FUNC),
    funcs,
    exprs: funcs === undefined ? exprs : undefined,
    table: mode === 'active' ? t : 0,
    start: mode === 'active' ? start : undefined,
    offset: 0,
  }))
const data: fc.Arbitrary<DataSegment> = fc
  .record({ mode: fc.constantFrom('active' as const, 'passive' as const), memory: index, start: expr, bytes })
  .map((d) => (d.mode === 'active' ? { ...d, offset: 0 } : { mode: d.mode, memory: 0, start: undefined, bytes: d.bytes, offset: 0 }))
const exported: fc.Arbitrary<Export> = fc.record({
  name,
  kind: fc.constantFrom<ExternKind>('func', 'table', 'memory', 'global', 'tag'),
  index,
  offset: fc.constant(0),
})
const imported: fc.Arbitrary<Import> = fc.record({ module: name, name, type: externType, offset: fc.constant(0) })

const nameMap = fc.array(fc.tuple(fc.nat(5), name), { maxLength: 4 }).map((entries) => new Map(entries))
const nameMaps = fc.array(fc.tuple(fc.nat(4), nameMap), { maxLength: 3 }).map((entries) => new Map(entries))
const names: fc.Arbitrary<SectionNames> = fc.record({
  module: fc.option(name, { nil: undefined }),
  funcs: nameMap,
  locals: nameMaps,
  labels: nameMaps,
  types: nameMap,
  tables: nameMap,
  memories: nameMap,
  globals: nameMap,
  elems: nameMap,
  datas: nameMap,
  fields: nameMaps,
  tags: nameMap,
})
const nameSection = names.map((n) => ({ name: 'name', bytes: encodeNames(n) ?? new Uint8Array(0) }))
const custom: fc.Arbitrary<CustomSection> = fc
  .tuple(
    fc.oneof(
      { weight: 2, arbitrary: nameSection },
      fc.record({ name, bytes }),
      fc.record({ name: fc.constantFrom('name', 'metadata.code.branch_hint', 'producers'), bytes }),
    ),
    fc.constantFrom(0, ...sectionOrder, 11, 11),
  )
  .map(([section, after]) => ({ ...section, after, offset: 0 }))
const customs = fc
  .array(custom, { maxLength: 4 })
  .map((list) => list.sort((a, b) => sectionOrder.indexOf(a.after) - sectionOrder.indexOf(b.after)))

const few = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength: 4 })

/** A well-formed module, as the text parser makes them: not encoded yet. */
export const anyModule: fc.Arbitrary<Module> = fc
  .record({
    types,
    imports: few(imported),
    funcs: few(fc.tuple(index, body)),
    // An initialiser without instructions is no initialiser in the text format.
    tables: few(
      fc.tuple(
        table,
        fc.option(
          expr.filter((e) => e.end > 1),
          { nil: undefined },
        ),
      ),
    ),
    memories: few(memory),
    tags: few(fc.record({ typeidx: index })),
    globals: few(fc.tuple(global, expr)),
    exports: few(exported),
    start: fc.option(index, { nil: undefined }),
    elems: few(elem),
    datas: few(data),
    counted: fc.boolean(),
    customs,
  })
  .map((m) => {
    const of = <K extends ExternKind>(kind: K): Extract<ExternType, { kind: K }>[] =>
      m.imports.map((i) => i.type).filter((type): type is Extract<ExternType, { kind: K }> => type.kind === kind)
    // Instructions may name data segments, and then the count must be there.
    const needed = [m.funcs, m.tables, m.globals, m.elems, m.datas].some((list) => list.length > 0)
    const module: Module = {
      types: m.types,
      imports: m.imports,
      funcs: [...of('func').map((t) => t.typeidx), ...m.funcs.map(([typeidx]) => typeidx)],
      tables: [...of('table').map((t) => t.type), ...m.tables.map(([type]) => type)],
      memories: [...of('memory').map((t) => t.type), ...m.memories],
      tags: [...of('tag').map((t) => t.type), ...m.tags],
      globals: [...of('global').map((t) => t.type), ...m.globals.map(([type]) => type)],
      imported: {
        func: of('func').length,
        table: of('table').length,
        memory: of('memory').length,
        global: of('global').length,
        tag: of('tag').length,
      },
      tableInits: m.tables.map(([, init]) => init),
      globalInits: m.globals.map(([, init]) => init),
      code: m.funcs.map(([, code]) => code),
      exports: m.exports,
      start: m.start,
      elems: m.elems,
      datas: m.datas,
      dataCount: m.counted || needed ? m.datas.length : undefined,
      customs: m.customs,
      sections: [],
      bytes: new Uint8Array(0),
    }
    return module
  })
