/**
 * A program of the fuzzer: a module as lists of instructions, which the generator makes, the shrinker cuts down and the
 * encoder turns into bytes. Indices are those of the module, imports first.
 */
import { encode } from '../../src/encoder/encoder.ts'
import { type Operands, InstructionWriter, emptyOperands } from '../../src/encoder/instruction-writer.ts'
import type { Expr, Module } from '../../src/module/module.ts'
import type { Feature } from '../../src/spec/features.ts'
import { type Instruction, byName, byOpcode } from '../../src/spec/instructions.ts'
import { gcSuper, gcTypes } from './generators/gc-types.ts'
import {
  type CompType,
  type ExternType,
  type FuncType,
  type GlobalType,
  type MemoryType,
  type TableType,
  type ValType,
  FUNCREF,
  HEAP_FUNC,
  formatFuncType,
  formatHeapType,
  formatValType,
} from '../../src/spec/types.ts'

export interface Instr {
  readonly row: Instruction
  readonly operands: Partial<Operands>
}
export interface Func {
  readonly typeidx: number
  readonly locals: readonly ValType[]
  readonly code: readonly Instr[]
}
export interface Elem {
  readonly mode: 'active' | 'passive' | 'declarative'
  readonly table: number
  readonly start: readonly Instr[]
  /** Function indices; -1 is null (then the segment is written with expressions). */
  readonly funcs: readonly number[]
}
export interface Data {
  readonly mode: 'active' | 'passive'
  readonly memory: number
  /** The offset, as a constant expression; unused when passive. */
  readonly start: readonly Instr[]
  readonly bytes: Uint8Array
}
export interface ImportEntry {
  /** `host`: the harness makes it; `provider`: an export of the provider. */
  readonly module: 'host' | 'provider'
  readonly name: string
  readonly type: ExternType
}
/** What those who run a program must know of it; what it does is in its bytes. */
export interface Subject {
  readonly seed: number
  readonly types: readonly CompType[]
  readonly imports: readonly ImportEntry[]
  readonly funcs: readonly { readonly typeidx: number }[]
  /** Types of its own tags. */
  readonly tags: readonly number[]
  /** Exported functions to be called (`run…`), to read floats of globals (`get…`), raw ones for importers (`f…`); memories, tables, globals. */
  readonly exports: readonly {
    readonly name: string
    readonly kind: 'func' | 'memory' | 'table' | 'global' | 'tag'
    readonly index: number
  }[]
  /** Whose exports it imports. */
  readonly provider: Subject | undefined
}

export interface Program extends Subject {
  /** What it uses beyond the scalar language: decides which engines run it. */
  readonly features: ReadonlySet<Feature>
  /** Does what native engines do otherwise or not at all (see `Shape`): only vitrine's configurations can be compared. */
  readonly open: boolean
  readonly types: CompType[]
  readonly funcs: readonly Func[]
  readonly memories: readonly MemoryType[]
  readonly tables: readonly TableType[]
  /** Globals of its own, with their initialisers. */
  readonly globals: readonly (GlobalType & { readonly init: readonly Instr[] })[]
  readonly elems: readonly Elem[]
  readonly datas: readonly Data[]
  readonly provider: Program | undefined
}

/** An instruction by name; typed select and its like by opcode. */
export function instr(name: string | number, operands: Partial<Operands> = {}): Instr {
  const row = typeof name === 'number' ? byOpcode(name) : byName.get(name)
  if (row === undefined) throw new Error(`no instruction ${name}`)
  return { row, operands }
}

/** A function type by its index. */
export function signature(types: readonly CompType[], typeidx: number): FuncType {
  const type = types[typeidx]
  if (type?.kind !== 'func') throw new Error(`type ${typeidx} is not a function type`)
  return type
}

export const importsOf = (p: Subject, kind: ExternType['kind']): ImportEntry[] => p.imports.filter((i) => i.type.kind === kind)

/** An expression of these instructions; bodies carry their own `end`. */
function expr(code: readonly Instr[], ends = true): Expr {
  const w = new InstructionWriter()
  for (const { row, operands } of code) w.write(row, { ...emptyOperands(), ...operands })
  if (ends) w.byte(0x0b)
  return { bytes: w.bytes, start: 0, end: w.length }
}

/** Only the types of the heap have subtypes. A program that merely imports from one with the feature `gc` does not have them. */
function subtyping(p: Program, typeidx: number): { final: boolean; supers: number[] } {
  const heap = typeidx < gcTypes.length && p.types[typeidx] === gcTypes[typeidx]
  const above = heap ? gcSuper(typeidx) : -1
  return { final: !heap, supers: above < 0 ? [] : [above] }
}

export function toModule(p: Program): Module {
  const of = <K extends ExternType['kind']>(kind: K): Extract<ExternType, { kind: K }>[] =>
    importsOf(p, kind).map((i) => i.type as Extract<ExternType, { kind: K }>)
  const imported = {
    func: of('func').length,
    table: of('table').length,
    memory: of('memory').length,
    global: of('global').length,
    tag: of('tag').length,
  }
  return {
    types: p.types.map((comp, i) => ({ ...subtyping(p, i), comp, recStart: i, recLength: 1 })),
    imports: p.imports.map(({ module, name, type }) => ({ module, name, type, offset: 0 })),
    funcs: [...of('func').map((i) => i.typeidx), ...p.funcs.map((f) => f.typeidx)],
    tables: [...of('table').map((i) => i.type), ...p.tables],
    memories: [...of('memory').map((i) => i.type), ...p.memories],
    globals: [...of('global').map((i) => i.type), ...p.globals],
    tags: [...of('tag').map((i) => i.type), ...p.tags.map((typeidx) => ({ typeidx }))],
    imported,
    tableInits: p.tables.map(() => undefined),
    globalInits: p.globals.map((g) => expr(g.init)),
    code: p.funcs.map((f) => ({ ...expr(f.code, false), locals: f.locals.map((type) => ({ count: 1, type })) })),
    exports: p.exports.map((e) => ({ ...e, offset: 0 })),
    start: undefined,
    elems: p.elems.map((e) => {
      const nulls = e.funcs.includes(-1)
      const item = (f: number): Expr => expr([f < 0 ? instr('ref.null', { heap: HEAP_FUNC }) : instr('ref.func', { index: f })])
      return {
        mode: e.mode,
        type: FUNCREF,
        funcs: nulls ? undefined : e.funcs,
        exprs: nulls ? e.funcs.map(item) : undefined,
        table: e.table,
        start: e.mode === 'active' ? expr(e.start) : undefined,
        offset: 0,
      }
    }),
    datas: p.datas.map((d) => ({
      mode: d.mode,
      memory: d.memory,
      start: d.mode === 'active' ? expr(d.start) : undefined,
      bytes: d.bytes,
      offset: 0,
    })),
    dataCount: p.datas.length,
    customs: [],
    sections: [],
    bytes: new Uint8Array(0),
  }
}

export const toBytes = (p: Program): Uint8Array => encode(toModule(p))

const hex = (n: number | undefined): string => `0x${((n ?? 0) >>> 0).toString(16)}`

function format({ row, operands: o }: Instr): string {
  let indices = 0
  const words = row.immediates.map((kind) => {
    switch (kind) {
      case 'i32':
        return String((o.lo ?? 0) | 0)
      case 'i64':
        return `0x${(o.hi! >>> 0).toString(16)}_${(o.lo! >>> 0).toString(16).padStart(8, '0')}`
      case 'f32':
        return `bits:${hex(o.lo)}`
      case 'f64':
        return `bits:${hex(o.hi)}_${(o.lo! >>> 0).toString(16).padStart(8, '0')}`
      case 'memarg':
        return `${o.memory ? `${o.memory} ` : ''}offset=${(o.lo ?? 0) >>> 0} align=${2 ** (o.align ?? 0)}`
      case 'blocktype':
        return (o.blockTypeidx ?? -1) >= 0 ? `(type ${o.blockTypeidx})` : o.blockResult ? `(result ${formatValType(o.blockResult)})` : ''
      case 'catches':
        return o.clauses!.map((c) => `(${c.kind}${c.tag < 0 ? '' : ` ${c.tag}`} ${c.label})`).join(' ')
      case 'labels':
        return o.labels!.join(' ')
      case 'valtypes':
        return `(result ${o.types!.map(formatValType).join(' ')})`
      case 'lane':
        return String(o.lane ?? 0)
      case 'v128':
      case 'lanes':
        return [...(o.vector ?? [])].join(' ')
      case 'heaptype':
        return formatHeapType(o.heap ?? 0)
      default:
        return String(indices++ === 0 ? (o.index ?? 0) : (o.index2 ?? 0))
    }
  })
  return [row.name, ...words].filter((w) => w !== '').join(' ')
}

const OPENING = new Set(['block', 'loop', 'if', 'else', 'try', 'try_table', 'catch', 'catch_all'])
const CLOSING = new Set(['end', 'else', 'catch', 'catch_all', 'delegate'])

/** A listing that a person can read (close to WAT). */
export function list(p: Program): string {
  const lines: string[] = p.provider === undefined ? [] : [';; provider:', list(p.provider), ';; program:']
  p.types.forEach((t, i) => lines.push(`(type ${i} ${t.kind === 'func' ? formatFuncType(t) : JSON.stringify(t)})`))
  p.imports.forEach((i) => lines.push(`(import "${i.module}" "${i.name}" ${JSON.stringify(i.type)})`))
  p.tags.forEach((typeidx) => lines.push(`(tag (type ${typeidx}))`))
  p.memories.forEach((m) => lines.push(`(memory ${m.limits.is64 ? 'i64 ' : ''}${m.limits.min} ${m.limits.max})`))
  p.tables.forEach((t) => lines.push(`(table ${t.limits.is64 ? 'i64 ' : ''}${t.limits.min} ${t.limits.max} ${formatValType(t.element)})`))
  p.globals.forEach((g, i) =>
    lines.push(`(global ${i} ${g.mutable ? 'mut ' : ''}${formatValType(g.type)} (${g.init.map(format).join(' ')}))`),
  )
  p.elems.forEach((e) =>
    lines.push(
      `(elem ${e.mode} ${e.mode === 'active' ? `table ${e.table} at ${e.start.map(format).join(' ')} ` : ''}${e.funcs.join(' ')})`,
    ),
  )
  p.datas.forEach((d) =>
    lines.push(
      `(data ${d.mode} ${d.mode === 'active' ? `memory ${d.memory} at ${d.start.map(format).join(' ')} ` : ''}${d.bytes.length} bytes)`,
    ),
  )
  p.exports.forEach((e) => lines.push(`(export "${e.name}" ${e.kind} ${e.index})`))
  const first = importsOf(p, 'func').length
  p.funcs.forEach((f, i) => {
    lines.push(
      `(func ${first + i} (type ${f.typeidx}) ${formatFuncType(signature(p.types, f.typeidx))} (local ${f.locals.map(formatValType).join(' ')})`,
    )
    let indent = 1
    for (const one of f.code) {
      const { name } = one.row
      if (CLOSING.has(name)) indent--
      lines.push('  '.repeat(Math.max(1, indent)) + format(one))
      if (OPENING.has(name)) indent++
    }
    lines.push(')')
  })
  return lines.join('\n')
}
