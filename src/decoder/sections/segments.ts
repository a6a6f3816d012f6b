/** Element and data sections (spec §5.5.12, §5.5.14). Called by `decode`. */
import type { DataSegment, ElemSegment, Expr } from '../../module/module.ts'
import { MAX_DATA_SEGMENTS, MAX_ELEMENT_SEGMENTS, MAX_TABLE_INIT_ENTRIES } from '../../spec/limits.ts'
import { type ValType, FUNCREF, HEAP_FUNC, refType } from '../../spec/types.ts'
import type { Draft } from '../draft.ts'
import { readRefType } from '../types.ts'
import { need } from './types.ts'

/** Bits of an element segment's kind. Without PASSIVE the middle bit says that a table is named; with it, that it is declarative. */
const PASSIVE = 1
const EXPLICIT = 2
const EXPRESSIONS = 4

/** A list of function indices holds no null. */
const FUNC_NON_NULL: ValType = refType(false, HEAP_FUNC)

export function elemSection(d: Draft): void {
  const n = d.count('element segments', MAX_ELEMENT_SEGMENTS)
  for (let i = 0; i < n; i++) d.elems.push(elemSegment(d))
}

function elemSegment(d: Draft): ElemSegment {
  const { r } = d
  const offset = r.pos
  d.entry()
  const kind = r.u32()
  if (kind > 7) r.fail('malformed elements segment kind', offset)
  const mode = (kind & PASSIVE) === 0 ? 'active' : (kind & EXPLICIT) === 0 ? 'passive' : 'declarative'
  if (mode === 'passive') need(d, 'bulk-memory', 'a passive element segment', offset)
  else if (mode === 'declarative') need(d, 'reference-types', 'a declarative element segment', offset)
  // Tables by number and elements by expression came with either proposal.
  else if (kind !== 0 && !d.features.has('reference-types')) need(d, 'bulk-memory', 'this form of element segment', offset)
  let table = 0
  let start: Expr | undefined
  if (mode === 'active') {
    if ((kind & EXPLICIT) !== 0) table = r.u32()
    start = d.expression()
  }
  const withExpressions = (kind & EXPRESSIONS) !== 0
  // The two shortest forms (0 and 4) leave the type out.
  let type: ValType = withExpressions ? FUNCREF : FUNC_NON_NULL
  if ((kind & (PASSIVE | EXPLICIT)) !== 0) {
    if (withExpressions) type = readRefType(r)
    else if (r.byte() !== 0) r.fail('malformed element kind', r.pos - 1)
  }
  const n = d.count('table entries', MAX_TABLE_INIT_ENTRIES)
  if (withExpressions) {
    const exprs: Expr[] = []
    for (let i = 0; i < n; i++) exprs.push(d.expression())
    return { mode, type, funcs: undefined, exprs, table, start, offset }
  }
  const funcs: number[] = []
  for (let i = 0; i < n; i++) funcs.push(r.u32())
  return { mode, type, funcs, exprs: undefined, table, start, offset }
}

export function dataSection(d: Draft): void {
  const { r } = d
  const n = d.count('data segments', MAX_DATA_SEGMENTS)
  for (let i = 0; i < n; i++) {
    const offset = r.pos
    d.entry()
    // 0: active in memory 0; 1: passive; 2: active in a named memory.
    const kind = r.u32()
    if (kind > 2) r.fail('malformed data segment kind', offset)
    if (kind !== 0) need(d, 'bulk-memory', 'this form of data segment', offset)
    const memory = kind === 2 ? r.u32() : 0
    const start = kind === 1 ? undefined : d.expression()
    const length = r.u32()
    r.skip(length)
    d.datas.push(new FileData(kind === 1 ? 'passive' : 'active', memory, start, offset, r.bytes, r.pos - length, r.pos))
  }
}

/**
 * A data segment in the file. Its `bytes` are made when somebody asks: a view takes 104 bytes in V8, and Go's linker writes
 * a segment for every few bytes between zeros, 98,000 of them in esbuild. Spreading one leaves `bytes` behind.
 */
class FileData implements DataSegment {
  readonly mode: DataSegment['mode']
  readonly memory: number
  readonly start: Expr | undefined
  readonly offset: number
  private readonly file: Uint8Array
  private readonly from: number
  private readonly to: number

  constructor(
    mode: DataSegment['mode'],
    memory: number,
    start: Expr | undefined,
    offset: number,
    file: Uint8Array,
    from: number,
    to: number,
  ) {
    this.mode = mode
    this.memory = memory
    this.start = start
    this.offset = offset
    this.file = file
    this.from = from
    this.to = to
  }

  get bytes(): Uint8Array {
    return this.file.subarray(this.from, this.to)
  }
}
