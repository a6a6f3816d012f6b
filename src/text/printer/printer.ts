/**
 * Module → text (spec §6): every field in the order of the binary's sections, so that parsing the text gives the same module
 * again, custom sections and names included. What the text format cannot say is kept by annotations, which other tools pass
 * over: names that are no identifiers, branch hints, custom sections, a data count section that nothing needs.
 * Not kept are differences without meaning: integers longer than they must be, locals declared in more runs than
 * needed, empty sections, the `flags` form of a segment. Called by `vitrine print` and the API of `vitrine/text`.
 */
import { encode, presentSections } from '../../encoder/encoder.ts'
import { LimitError } from '../../errors.ts'
import type { CustomSection, ElemSegment, Expr, Import, Module } from '../../module/module.ts'
import { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { ExternKind, ExternType } from '../../spec/types.ts'
import { sectionWords } from '../annotations.ts'
import { type PlaceTable, type SourceMap, bodyStarts, sourceMap } from '../source-map.ts'
import { BodyPrinter, type Hints } from './body-printer.ts'
import { branchHints } from './branch-hints.ts'
import { type Identifiers, ModuleIdentifiers } from './identifiers.ts'
import { Output } from './output.ts'
import { dataStrings, quoted } from './strings.ts'
import { TypeText } from './types.ts'

export interface PrintOptions {
  /** Operands inside their instruction, `(i32.add (local.get 0) (i32.const 1))` (default); false: one instruction a line, as in the binary. */
  readonly folded?: boolean
  /** Identifiers from the name section (default true); false: indices, and the section as bytes. */
  readonly names?: boolean
  /** In front of each instruction its offset in the file, as a comment (default false). */
  readonly offsets?: boolean
  /** Behind each instruction what it takes and gives, as a comment (default false). */
  readonly types?: boolean
}

/** Characters of the longest string that every engine has. */
const MAX_TEXT = 2 ** 29 - 25

/** The text of a module. Throws LimitError if it would be longer than a string may be: `printChunks` has no such limit. */
export function printModule(module: Module, options: PrintOptions = {}): string {
  const chunks: string[] = []
  let length = 0
  printChunks(module, options, (chunk) => {
    length += chunk.length
    if (length > MAX_TEXT) throw new LimitError('text', `the text is longer than a string may be, ${MAX_TEXT} characters`)
    chunks.push(chunk)
  })
  return chunks.join('')
}

/** The text piece by piece, for modules of any size. */
export function printChunks(module: Module, options: PrintOptions, write: (chunk: string) => void): void {
  new ModulePrinter(module, options, write).print()
}

/** Like `printModule`, and tells where in the text each instruction stands. */
export function printModuleWithMap(module: Module, options: PrintOptions = {}): { text: string; map: SourceMap } {
  const chunks: string[] = []
  const printer = new ModulePrinter(module, options, (chunk) => chunks.push(chunk))
  const tables: PlaceTable[] = []
  printer.print(tables)
  const starts = (): readonly number[] => (module.bytes.length > 0 ? module.code.map((body) => body.start) : bodyStarts(encode(module)))
  return { text: chunks.join(''), map: sourceMap((code) => tables[code]!, tables.length, starts) }
}

/**
 * Prints functions one by one, each when it is asked for: for modules whose whole text would be too long. `code` counts defined
 * functions, as in `module.code`; `places` has offset in the expression, line and column of each instruction, and so on.
 */
export function functionPrinter(module: Module, options: PrintOptions = {}): (code: number) => { text: string; places: PlaceTable } {
  let chunks: string[] = []
  const printer = new ModulePrinter(module, options, (chunk) => chunks.push(chunk))
  return (code) => {
    chunks = []
    const places = printer.printFunction(code)
    return { text: chunks.join(''), places }
  }
}

/** Columns up to which lists of indices go on one line. */
const LIST_WIDTH = 100
const sectionWordOf: ReadonlyMap<number, string> = new Map([...sectionWords].map(([word, id]) => [id, word]))

class ModulePrinter {
  private readonly module: Module
  private readonly ids: ModuleIdentifiers
  private readonly types: TypeText
  private readonly out: Output
  private readonly bodies: BodyPrinter
  private readonly flat: boolean

  constructor(module: Module, options: PrintOptions, write: (chunk: string) => void) {
    const { folded = true, names = true, offsets = false, types = false } = options
    this.module = module
    this.ids = new ModuleIdentifiers(module, names)
    this.types = new TypeText(module, this.ids)
    const last = module.code[module.code.length - 1]?.end ?? 0
    this.out = new Output(write, offsets ? last.toString(16).length : 0)
    this.bodies = new BodyPrinter(module, this.ids, this.types, this.out, { folded, apart: offsets || types, types })
    this.flat = !folded
  }

  print(tables?: PlaceTable[]): void {
    const { module, out, ids } = this
    out.add(`(module${ids.module}`)
    this.typeSection()
    const counts: Record<ExternKind, number> = { func: 0, table: 0, memory: 0, global: 0, tag: 0 }
    for (const entry of module.imports) this.field(this.importField(entry, counts[entry.type.kind]++))
    this.defined('table', module.tables, (type, i) => this.types.table(type) + this.withSpace(module.tableInits[i]))
    this.defined('memory', module.memories, (type) => this.types.memory(type))
    this.defined('tag', module.tags, ({ typeidx }) => this.types.use(typeidx).slice(1))
    this.defined('global', module.globals, (type, i) => this.types.global(type) + this.withSpace(module.globalInits[i]))
    for (const { name, kind, index } of module.exports) this.field(`(export ${quoted(name)} (${kind} ${this.space(kind).ref(index)}))`)
    if (module.start !== undefined) this.field(`(start ${ids.funcs.ref(module.start)})`)
    module.elems.forEach((elem, i) => this.elem(elem, i))
    if (module.dataCount !== undefined && !needsDataCount(module)) this.field('(@datacount)')
    const hints = branchHints(module)
    for (let i = 0; i < module.code.length; i++) {
      if (tables !== undefined) out.positions = []
      this.func(i, hints?.byFunc)
      if (tables !== undefined) tables.push(ascending(out.positions!))
      out.positions = undefined
    }
    module.datas.forEach((_, i) => this.data(i))
    for (const custom of module.customs) if (custom !== hints?.section) this.custom(custom)
    out.newline(0)
    out.add(')')
    out.end()
  }

  /** One function as a text of its own, which begins with a comment on the first line. */
  printFunction(code: number): PlaceTable {
    const { out, module } = this
    const before = out.line - 1
    out.add(`;; function ${module.imported.func + code}`)
    out.positions = []
    this.func(code, branchHints(module)?.byFunc)
    const places = ascending(out.positions)
    out.positions = undefined
    out.end()
    return places.map((n, i) => (i % 3 === 1 ? n - before : n))
  }

  private field(text: string): void {
    this.out.newline(1)
    this.out.add(text)
  }

  private space(kind: ExternKind): Identifiers {
    const { ids } = this
    switch (kind) {
      case 'func':
        return ids.funcs
      case 'table':
        return ids.tables
      case 'memory':
        return ids.memories
      case 'global':
        return ids.globals
      case 'tag':
        return ids.tags
    }
  }

  private typeSection(): void {
    const { types } = this.module
    for (let i = 0; i < types.length;) {
      const { recLength } = types[i]!
      const group = recLength > 1
      if (group) this.field('(rec')
      for (const end = i + Math.max(recLength, 1); i < end && i < types.length; i++) {
        this.out.newline(group ? 2 : 1)
        this.out.add(`(type${this.ids.types.define(i)} ${this.types.sub(types[i]!, i)})`)
      }
      if (group) this.field(')')
    }
  }

  private importField({ module, name, type }: Import, index: number): string {
    const head = `(${type.kind}${this.space(type.kind).define(index)}`
    return `(import ${quoted(module)} ${quoted(name)} ${head}${this.externType(type, index)}))`
  }

  private externType(type: ExternType, index: number): string {
    switch (type.kind) {
      case 'func':
        return this.types.use(type.typeidx, this.ids.locals(index))
      case 'table':
        return ` ${this.types.table(type.type)}`
      case 'memory':
        return ` ${this.types.memory(type.type)}`
      case 'global':
        return ` ${this.types.global(type.type)}`
      case 'tag':
        return this.types.use(type.type.typeidx)
    }
  }

  /** The definitions of a kind, behind the imports. */
  private defined<T>(kind: ExternKind, types: readonly T[], text: (type: T, i: number) => string): void {
    const imported = this.module.imported[kind]
    for (let i = imported; i < types.length; i++) this.field(`(${kind}${this.space(kind).define(i)} ${text(types[i]!, i - imported)})`)
  }

  private withSpace(expr: Expr | undefined): string {
    if (expr === undefined) return ''
    const { text } = this.constant(expr)
    return text === '' ? '' : ` ${text}`
  }

  private constant(expr: Expr): { text: string; single: boolean } {
    return this.flat ? this.bodies.flatConstant(expr) : this.bodies.constant(expr)
  }

  /** `(i32.const 0)`, `(item …)`: an expression that may stand alone, or with the keyword. */
  private operand(expr: Expr, word: string): string {
    const { text, single } = this.constant(expr)
    return single ? text : `(${word}${text === '' ? '' : ` ${text}`})`
  }

  private elem(elem: ElemSegment, index: number): void {
    const { mode, type, funcs, exprs, table, start } = elem
    let head = `(elem${this.ids.elems.define(index)}`
    if (mode === 'declarative') head += ' declare'
    if (mode === 'active') head += `${table === 0 ? '' : ` (table ${this.ids.tables.ref(table)})`} ${this.operand(start!, 'offset')}`
    this.field(`${head} ${exprs === undefined ? 'func' : this.types.val(type)}`)
    if (exprs !== undefined) this.list(exprs, (item) => this.operand(item, 'item'))
    else this.list(funcs ?? [], (funcidx) => this.ids.funcs.ref(funcidx))
    this.out.add(')')
  }

  private list<T>(items: readonly T[], text: (item: T) => string): void {
    const { out } = this
    for (const item of items) {
      const word = text(item)
      if (out.width() + word.length >= LIST_WIDTH) {
        out.newline(2)
        out.add(word)
      } else out.add(` ${word}`)
    }
  }

  private func(i: number, hints: ReadonlyMap<number, Hints> | undefined): void {
    const { module, ids } = this
    const body = module.code[i]!
    const index = module.imported.func + i
    const typeidx = module.funcs[index]!
    const names = ids.locals(index)
    this.field(`(func${ids.funcs.define(index)}${this.types.use(typeidx, names)}`)
    const comp = module.types[typeidx]?.comp
    const params = comp?.kind === 'func' ? comp.params.length : 0
    const locals = this.types.declarations('local', body.locals, names, params)
    if (locals.length > 0) {
      this.out.newline(2)
      this.out.add(locals[0]!)
      this.list(locals.slice(1), (text) => text)
    }
    this.bodies.body(body, index, typeidx, names, hints?.get(index))
  }

  private data(index: number): void {
    const { memory, start, bytes } = this.module.datas[index]!
    const place =
      start === undefined ? '' : `${memory === 0 ? '' : ` (memory ${this.ids.memories.ref(memory)})`} ${this.operand(start, 'offset')}`
    this.field(`(data${this.ids.datas.define(index)}${place}`)
    this.bytes(bytes)
  }

  /** Strings, on lines of their own if they are several, and the `)` behind them. */
  private bytes(bytes: Uint8Array): void {
    const { out } = this
    const strings = dataStrings(bytes)
    if (strings.length === 1 && out.width() + strings[0]!.length < LIST_WIDTH) out.add(` ${strings[0]!})`)
    else {
      for (const text of strings) {
        out.newline(2)
        out.add(text)
      }
      if (strings.length > 0) out.newline(1)
      out.add(')')
    }
  }

  /**
   * A custom section as bytes, in its place. The name section that identifiers turn into comes last by itself; elsewhere
   * an annotation keeps its place.
   */
  private custom(custom: CustomSection): void {
    const { module, ids } = this
    const implied = custom.name === 'name' && ids.complete && custom.bytes.length > 0
    if (implied) {
      const present = presentSections(module)
      const last = module.customs[module.customs.length - 1] === custom && custom.after === (present[present.length - 1] ?? 0)
      if (last) return
    }
    const place = custom.after === 0 ? '(before first)' : `(after ${sectionWordOf.get(custom.after) ?? 'last'})`
    if (implied) this.field(`(@names ${place})`)
    else {
      this.field(`(@custom ${quoted(custom.name)} ${place}`)
      this.bytes(custom.bytes)
    }
  }
}

/** Whether an instruction names a data segment, so that the parser knows by itself. */
function needsDataCount(module: Module): boolean {
  return module.code.some((body) => {
    const r = new InstructionReader(body.bytes, body.start, body.end)
    while (r.next()) if (r.instruction.immediates.includes('dataidx')) return true
    return false
  })
}

/** The places of a body by offset: folded operands stand behind their instruction. */
function ascending(places: readonly number[]): PlaceTable {
  const order = Array.from({ length: places.length / 3 }, (_, i) => i * 3).sort((a, b) => places[a]! - places[b]!)
  return order.flatMap((i) => [places[i]!, places[i + 1]!, places[i + 2]!])
}
