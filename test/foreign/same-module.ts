/**
 * Whether two modules are the same but for how they are written: encodes both in one canonical form (shortest LEB128, no
 * custom sections, one spelling of each block type) and names the first place where they differ. Used by the long tests.
 */
import { InstructionReader } from '../../src/decoder/instruction-reader.ts'
import { ByteWriter } from '../../src/encoder/byte-writer.ts'
import { encode } from '../../src/encoder/encoder.ts'
import { type Operands, InstructionWriter } from '../../src/encoder/instruction-writer.ts'
import type { Expr, FuncBody, LocalRun, Module } from '../../src/module/module.ts'
import { moduleNames } from '../../src/module/names.ts'
import { type SubType, type ValType, BOT } from '../../src/spec/types.ts'

/** The module with every expression written anew, and nothing of what text cannot carry. */
function canonical(m: Module): Module {
  const block = blockTypes(m.types)
  const expr = (e: Expr): Expr => rewrite(e, block)
  return {
    ...m,
    tableInits: m.tableInits.map((e) => e && expr(e)),
    globalInits: m.globalInits.map(expr),
    code: m.code.map((body): FuncBody => ({ ...expr(body), locals: mergeRuns(body.locals) })),
    elems: m.elems.map((e) => ({ ...e, start: e.start && expr(e.start), exprs: e.exprs?.map(expr) })),
    datas: m.datas.map((d) => ({ ...d, start: d.start && expr(d.start), bytes: d.bytes })),
    dataCount: undefined,
    customs: [],
  }
}

function rewrite({ bytes, start, end }: Expr, block: (typeidx: number) => BlockType): Expr {
  const r = new InstructionReader(bytes, start, end)
  const w = new InstructionWriter(end - start + 16)
  while (r.next()) {
    const row = r.instruction
    const operands: Operands = r
    if (row.immediates[0] === 'blocktype' && r.blockTypeidx >= 0)
      w.write(row, { ...operands, clauses: r.clauses, ...block(r.blockTypeidx) })
    else w.write(row, operands)
  }
  return { bytes: w.bytes, start: 0, end: w.length }
}

type BlockType = Pick<Operands, 'blockTypeidx' | 'blockResult'>

/** A type index in a block type: the short form where there is one, else the first equal type. */
function blockTypes(types: readonly SubType[]): (typeidx: number) => BlockType {
  const first = new Map<string, number>()
  return (typeidx) => {
    const { comp } = types[typeidx]!
    if (comp.kind !== 'func') return { blockTypeidx: typeidx, blockResult: BOT }
    if (comp.params.length === 0 && comp.results.length <= 1) return { blockTypeidx: -1, blockResult: comp.results[0] ?? BOT }
    const key = JSON.stringify(comp)
    if (first.size === 0) types.forEach((t, i) => first.set(JSON.stringify(t.comp), first.get(JSON.stringify(t.comp)) ?? i))
    return { blockTypeidx: first.get(key)!, blockResult: BOT }
  }
}

/** `(local i32) (local i32)` and `(local i32 i32)` are the same locals. */
function mergeRuns(runs: readonly LocalRun[]): readonly LocalRun[] {
  const merged: { count: number; type: ValType }[] = []
  for (const { count, type } of runs) {
    const last = merged[merged.length - 1]
    if (last?.type === type) last.count += count
    else if (count > 0) merged.push({ count, type })
  }
  return merged
}

const parts = [
  'types',
  'imports',
  'funcs',
  'tables',
  'memories',
  'globals',
  'tags',
  'tableInits',
  'globalInits',
  'exports',
  'start',
  'elems',
  'datas',
] as const

/** The first difference between two modules, in words; undefined if there is none. */
export function firstDifference(a: Module, b: Module): string | undefined {
  const one = canonical(a)
  const two = canonical(b)
  const bodies = differentBody(one, two)
  if (bodies !== undefined) return bodies
  if (same(encode(one), encode(two))) return undefined
  for (const part of parts) {
    // One section at a time, over what it needs to be encoded.
    const [x, y] = [one, two].map((m) => encode({ ...empty, imported: m.imported, [part]: m[part], ...context(part, m) }))
    if (!same(x!, y!)) return `${part} differ`
  }
  return 'the modules differ'
}

const empty: Module = {
  types: [],
  imports: [],
  funcs: [],
  tables: [],
  memories: [],
  globals: [],
  tags: [],
  imported: { func: 0, table: 0, memory: 0, global: 0, tag: 0 },
  tableInits: [],
  globalInits: [],
  code: [],
  exports: [],
  start: undefined,
  elems: [],
  datas: [],
  dataCount: undefined,
  customs: [],
  sections: [],
  bytes: new Uint8Array(0),
}
/** Initialisers are written with their globals and tables. */
function context(part: (typeof parts)[number], m: Module): Partial<Module> {
  if (part === 'globals' || part === 'globalInits') return { globals: m.globals, globalInits: m.globalInits }
  if (part === 'tables' || part === 'tableInits') return { tables: m.tables, tableInits: m.tableInits }
  return {}
}

function differentBody(a: Module, b: Module): string | undefined {
  if (a.code.length !== b.code.length) return `${a.code.length} and ${b.code.length} bodies`
  for (let i = 0; i < a.code.length; i++) {
    const x = a.code[i]!
    const y = b.code[i]!
    const where = `function ${a.imported.func + i}`
    if (!same(bytesOfLocals(x), bytesOfLocals(y))) return `${where}: locals differ`
    if (!same(x.bytes.subarray(x.start, x.end), y.bytes.subarray(y.start, y.end))) return `${where}: ${differentInstruction(x, y)}`
  }
  return undefined
}

function bytesOfLocals({ locals }: FuncBody): Uint8Array {
  const w = new ByteWriter()
  for (const { count, type } of locals) {
    w.u32(count)
    w.u32(type)
  }
  return w.slice()
}

function differentInstruction(x: Expr, y: Expr): string {
  const a = new InstructionReader(x.bytes, x.start, x.end)
  const b = new InstructionReader(y.bytes, y.start, y.end)
  for (let i = 0; ; i++) {
    const more = [a.next(), b.next()]
    const spelled = [a, b].map((r, k) =>
      more[k] ? `${r.instruction.name} [${[...r.bytes.subarray(r.at, r.pos)].map((n) => n.toString(16)).join(' ')}]` : 'nothing',
    )
    if (spelled[0] !== spelled[1] || !more[0]) return `instruction ${i} is ${spelled[0]} and ${spelled[1]}`
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** The first function whose name differs between the modules' name sections. */
export function firstNameDifference(a: Module, b: Module): string | undefined {
  const one = moduleNames(a).funcs
  const two = moduleNames(b).funcs
  for (let i = 0; i < a.funcs.length; i++) {
    if (one.get(i) !== two.get(i)) return `function ${i} is called ${one.get(i)} and ${two.get(i)}`
  }
  return undefined
}
