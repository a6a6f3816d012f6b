/**
 * The fields of a text module (spec §6.6), read in the second pass, when every identifier has its index: imports,
 * definitions with their inline imports, exports and contents, segments, exports, start. Fills the arrays of the Module.
 * Base of the module parser.
 */
import { ByteWriter } from '../encoder/byte-writer.ts'
import { writeLocals } from '../encoder/encoder.ts'
import type { DataSegment, ElemSegment, Export, Expr, FuncBody, Import, LocalRun } from '../module/module.ts'
import type { NameMap } from '../module/names.ts'
import { byName } from '../spec/instructions.ts'
import {
  type ExternKind,
  type ExternType,
  type GlobalType,
  type HeapType,
  type MemoryType,
  type TableType,
  type TagType,
  type ValType,
  HEAP_FUNC,
  heapOf,
  refType,
} from '../spec/types.ts'
import type { FuncHints } from './annotations.ts'
import { BodyParser } from './body-parser.ts'
import { EOF, LPAR, type Note, RPAR } from './lexer.ts'
import { Space, type Spaces } from './spaces.ts'
import type { ParamName } from './type-parser.ts'

/** One field, as the first pass leaves it. */
export interface Field {
  readonly word: string
  /** Where its `(` stands. */
  readonly start: number
  /** Its index in its space, for the fields that have one. */
  readonly index: number
}

/** What an element segment holds. */
type Contents = Pick<ElemSegment, 'type' | 'funcs' | 'exprs'>

export const externKinds: ReadonlySet<string> = new Set(['func', 'table', 'memory', 'global', 'tag'])
export const someKind = 'func, table, memory, global or tag'
const FUNC_REF: ValType = refType(false, HEAP_FUNC)
const END = 0x0b

export class FieldParser extends BodyParser {
  protected readonly imports: Import[] = []
  protected readonly funcs: number[] = []
  protected readonly tables: TableType[] = []
  protected readonly memories: MemoryType[] = []
  protected readonly globals: GlobalType[] = []
  protected readonly tags: TagType[] = []
  protected readonly imported: Record<ExternKind, number> = { func: 0, table: 0, memory: 0, global: 0, tag: 0 }
  protected readonly tableInits: (Expr | undefined)[] = []
  protected readonly globalInits: Expr[] = []
  protected readonly code: FuncBody[] = []
  protected readonly exports: Export[] = []
  protected startFunc: number | undefined
  protected readonly elems: ElemSegment[] = []
  protected readonly datas: DataSegment[] = []
  /** By function: names of locals, and of labels by the order of their blocks. */
  protected readonly localNames: Map<number, NameMap> = new Map()
  protected readonly labelsByFunc: Map<number, NameMap> = new Map()
  /** Per body of `code`: offset in the body, offset in the source, and so on, ascending; empty unless asked for. */
  readonly bodyPositions: (readonly number[])[] = []
  protected readonly funcHints: FuncHints[] = []

  protected field(field: Field): void {
    this.advance()
    this.advance()
    switch (field.word) {
      case 'import': {
        const module = this.name()
        const name = this.name()
        const kind = this.listWord() as ExternKind
        this.advance()
        this.advance()
        this.optionalId()
        this.nameNote(kind, field.index)
        this.addImport(module, name, this.externType(kind, field.index), field.start)
        this.close()
        break
      }
      case 'func':
        this.definition('func', field)
        return
      case 'table':
        this.definition('table', field)
        return
      case 'memory':
        this.definition('memory', field)
        return
      case 'global':
        this.definition('global', field)
        return
      case 'tag':
        this.definition('tag', field)
        return
      case 'export':
        this.exportField(field.start)
        break
      case 'start':
        this.startFunc = this.spaces.func.index(this)
        break
      case 'elem':
        this.elemField(field)
        break
      case 'data':
        this.dataField(field)
        break
    }
    this.close()
  }

  private externType(kind: ExternKind, index: number): ExternType {
    switch (kind) {
      case 'func': {
        const use = this.typeUse(true)
        this.localNames.set(index, this.localSpace(use.paramNames, use.paramNames.length).names())
        return { kind, typeidx: use.typeidx }
      }
      case 'table':
        return { kind, type: this.tableType(this.addressType()) }
      case 'memory':
        return { kind, type: this.memoryType(this.addressType()) }
      case 'global':
        return { kind, type: this.globalType() }
      case 'tag':
        return { kind, type: { typeidx: this.typeUse(true).typeidx } }
    }
  }

  private addImport(module: string, name: string, type: ExternType, offset: number): void {
    this.imports.push({ module, name, type, offset })
    this.imported[type.kind]++
    switch (type.kind) {
      case 'func':
        this.funcs.push(type.typeidx)
        break
      case 'table':
        this.tables.push(type.type)
        break
      case 'memory':
        this.memories.push(type.type)
        break
      case 'global':
        this.globals.push(type.type)
        break
      case 'tag':
        this.tags.push(type.type)
        break
    }
  }

  private definition(kind: ExternKind, { index, start }: Field): void {
    this.optionalId()
    this.nameNote(kind, index)
    while (this.isList('export')) {
      const offset = this.start
      this.open('export')
      this.exports.push({ name: this.name(), kind, index, offset })
      this.close()
    }
    if (this.open('import')) {
      const module = this.name()
      const name = this.name()
      this.close()
      this.addImport(module, name, this.externType(kind, index), start)
    } else {
      switch (kind) {
        case 'func':
          this.func(index)
          break
        case 'table':
          this.table(index, start)
          break
        case 'memory':
          this.memory(index, start)
          break
        case 'global':
          this.globals.push(this.globalType())
          this.globalInits.push(this.expr())
          break
        case 'tag':
          this.tags.push({ typeidx: this.typeUse(true).typeidx })
          break
      }
    }
    this.close()
  }

  private func(index: number): void {
    const { typeidx, paramNames } = this.typeUse(true)
    this.funcs.push(typeidx)
    const comp = this.types[typeidx]?.comp
    this.locals = this.localSpace(paramNames, comp?.kind === 'func' ? comp.params.length : 0)
    const runs = this.localRuns()
    this.beginBody()
    this.writer.length = 0
    this.instructions()
    if (this.positions !== undefined) this.bodyPositions.push([...this.positions, this.writer.length, this.start])
    this.writer.byte(END)
    const bytes = this.writer.slice()
    this.code.push({ bytes, start: 0, end: bytes.length, locals: runs })
    this.localNames.set(index, this.locals.names())
    if (this.labelNames.length > 0) this.labelsByFunc.set(index, new Map(this.labelNames))
    if (this.hints.length > 0) {
      // Their offsets count from the start of the body, with the declaration of locals in front.
      const shift = localsLength(runs)
      this.funcHints.push({ func: index, hints: this.hints.map(([offset, hint]): [number, number] => [offset + shift, hint]) })
    }
  }

  /** The index space of locals with the `count` parameters in it. */
  private localSpace(names: readonly (ParamName | undefined)[], count: number): Space {
    const locals = new Space('local')
    for (let i = 0; i < count; i++) {
      const name = names[i]
      locals.add(this, name?.id, name?.at ?? 0)
      if (name?.given !== undefined) locals.given.set(i, name.given)
    }
    return locals
  }

  /** `(local …)*`, neighbours of one type joined. */
  private localRuns(): LocalRun[] {
    const runs: { count: number; type: ValType }[] = []
    const add = (type: ValType): void => {
      const last = runs[runs.length - 1]
      if (last !== undefined && last.type === type) last.count++
      else runs.push({ count: 1, type })
    }
    while (this.open('local')) {
      const at = this.start
      const id = this.optionalId()
      const given = this.givenName()
      if (given !== undefined) this.locals.given.set(this.locals.count, given)
      if (id !== undefined) {
        this.locals.add(this, id, at)
        add(this.valType())
      } else {
        for (let type = this.optionalValType(); type !== undefined; type = this.optionalValType()) {
          this.locals.add(this, undefined, at)
          add(type)
        }
      }
      this.close()
    }
    return runs
  }

  /** A constant expression: instructions up to the `)` of the surrounding list, or one folded instruction. */
  private expr(single = false): Expr {
    this.locals = new Space('local')
    this.beginBody()
    this.writer.length = 0
    this.instructions(single)
    this.writer.byte(END)
    return this.asExpr()
  }

  private asExpr(): Expr {
    const bytes = this.writer.slice()
    return { bytes, start: 0, end: bytes.length }
  }

  /** `t.const 0`: where inline contents begin. */
  private zero(is64: boolean): Expr {
    this.writer.length = 0
    this.writer.opcode(byName.get(is64 ? 'i64.const' : 'i32.const')!)
    this.writer.byte(0)
    this.writer.byte(END)
    return this.asExpr()
  }

  private table(index: number, offset: number): void {
    const is64 = this.addressType()
    if (this.isNat()) {
      this.tables.push(this.tableType(is64))
      this.tableInits.push(this.kind === RPAR ? undefined : this.expr())
      return
    }
    const element = this.refType()
    if (!this.open('elem')) this.unexpected('(elem')
    // Function indices have the compact form only where the element type is a type of all functions.
    let contents: Contents
    if (this.isIndex() || this.kind === RPAR) contents = this.indexList(heapOf(element), element)
    else contents = { type: element, funcs: undefined, exprs: this.itemList() }
    this.close()
    const size = (contents.funcs ?? contents.exprs!).length
    this.tables.push({ element, limits: { min: size, max: size, is64 } })
    this.tableInits.push(undefined)
    this.elems.push({ mode: 'active', ...contents, table: index, start: this.zero(is64), offset })
  }

  private indexList(heap: HeapType, element: ValType): Contents {
    const funcs: number[] = []
    while (this.isIndex()) funcs.push(this.spaces.func.index(this))
    if (heap === HEAP_FUNC) return { type: FUNC_REF, funcs, exprs: undefined }
    const exprs = funcs.map((index) => {
      this.writer.length = 0
      this.operands.index = index
      this.writer.write(byName.get('ref.func')!, this.operands)
      this.writer.byte(END)
      return this.asExpr()
    })
    return { type: element, funcs: undefined, exprs }
  }

  private memory(index: number, offset: number): void {
    const is64 = this.addressType()
    if (this.isNat()) {
      this.memories.push(this.memoryType(is64))
      return
    }
    const pageSizeLog2 = this.pageSize()
    if (!this.open('data')) this.unexpected('a size or (data')
    const bytes = this.strings()
    this.close()
    const size = Math.ceil(bytes.length / 2 ** pageSizeLog2)
    this.memories.push({ limits: { min: size, max: size, is64 }, shared: false, pageSizeLog2 })
    this.datas.push({ mode: 'active', memory: index, start: this.zero(is64), bytes, offset })
  }

  private exportField(offset: number): void {
    const name = this.name()
    const kind = this.listWord()
    if (this.kind !== LPAR) this.unexpected('(')
    this.advance()
    if (!externKinds.has(kind)) this.unexpected(someKind)
    this.advance()
    this.exports.push({ name, kind: kind as ExternKind, index: this.spaces[kind as ExternKind].index(this), offset })
    this.close()
  }

  /** `(offset …)`, or one folded instruction for short. */
  private offset(): Expr {
    if (!this.open('offset')) return this.expr(true)
    const expr = this.expr()
    this.close()
    return expr
  }

  private elemField({ start: at, index }: Field): void {
    this.optionalId()
    this.nameNote('elem', index)
    let mode: ElemSegment['mode'] = 'passive'
    let table = 0
    let start: Expr | undefined
    let short = false
    if (this.accept('declare')) mode = 'declarative'
    else if (this.isNat()) {
      // `(elem 0 (offset) …)` and `(data 0 (offset) …)` are how texts of 1.0 wrote the table and memory.
      mode = 'active'
      table = this.u32()
      start = this.offset()
      short = true
    } else if (this.open('table')) {
      mode = 'active'
      table = this.spaces.table.index(this)
      this.close()
      start = this.offset()
    } else if (this.kind === LPAR && !this.isList('ref')) {
      mode = 'active'
      start = this.offset()
      // Without a table use, `func` may be left out.
      short = true
    }
    let contents: Contents
    if (this.accept('func') || (short && (this.isIndex() || this.kind === RPAR))) contents = this.indexList(HEAP_FUNC, FUNC_REF)
    else contents = { type: this.refType(), funcs: undefined, exprs: this.itemList() }
    this.elems.push({ mode, ...contents, table, start, offset: at })
  }

  /** `(item …)`, or one folded instruction each. */
  private itemList(): Expr[] {
    const exprs: Expr[] = []
    while (this.kind === LPAR) {
      if (this.open('item')) {
        exprs.push(this.expr())
        this.close()
      } else exprs.push(this.expr(true))
    }
    return exprs
  }

  private dataField({ start: at, index }: Field): void {
    this.optionalId()
    this.nameNote('data', index)
    let memory = 0
    let start: Expr | undefined
    if (this.isNat()) {
      memory = this.u32()
      start = this.offset()
    } else if (this.open('memory')) {
      memory = this.spaces.memory.index(this)
      this.close()
      start = this.offset()
    } else if (this.kind === LPAR) start = this.offset()
    this.datas.push({ mode: start === undefined ? 'passive' : 'active', memory, start, bytes: this.strings(), offset: at })
  }

  // Annotations

  /** Takes the annotations of one kind before the current token. */
  protected takeNotes(id: string): readonly Note[] {
    if (this.notes.length === 0) return this.notes
    const taken = this.notes.filter((note) => note.id === id && note.start < this.start)
    this.notes = this.notes.filter((note) => !taken.includes(note))
    return taken
  }

  /** Nobody took an annotation that stands inside the field just read. */
  protected checkNotes(): void {
    for (const note of this.notes) if (note.start < this.last) this.fail(`misplaced @${note.id} annotation`, note.start)
  }

  protected noteName(note: Note): string {
    const inner = new BodyParser(this.source, note.from, note.to)
    const name = inner.name()
    if (inner.kind !== EOF) this.fail('@name annotation: unexpected token', note.start)
    return name
  }

  override nameNote(kind: keyof Spaces, index: number): void {
    const name = this.givenName()
    if (name !== undefined) this.spaces[kind].given.set(index, name)
  }

  override givenName(): string | undefined {
    const notes = this.takeNotes('name')
    if (notes.length > 1) this.fail('misplaced @name annotation', notes[1]!.start)
    return notes.length === 0 ? undefined : this.noteName(notes[0]!)
  }

  protected override hintNote(before: number): number {
    const taken = this.notes.filter((note) => note.id === 'metadata.code.branch_hint' && note.start < before)
    if (taken.length === 0) return -1
    const label = '@metadata.code.branch_hint annotation'
    if (taken.length > 1) this.fail(`${label}: duplicate annotation`, taken[1]!.start)
    this.notes = this.notes.filter((note) => note !== taken[0])
    const word = this.kind === LPAR ? this.listWord() : this.word()
    if (word !== 'if' && word !== 'br_if') this.fail(`${label}: invalid target`, taken[0]!.start)
    const value = new BodyParser(this.source, taken[0]!.from, taken[0]!.to).string()
    if (value.length !== 1 || value[0]! > 1) this.fail(`${label}: invalid value`, taken[0]!.start)
    return value[0]!
  }
}

/** Bytes that the declaration of locals takes in front of the instructions. */
function localsLength(runs: readonly LocalRun[]): number {
  const w = new ByteWriter()
  writeLocals(w, runs)
  return w.length
}
