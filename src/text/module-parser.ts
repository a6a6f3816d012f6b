/**
 * Modules of the text format (spec §6.6). Two passes over the fields: the first gives every entry of every index space its
 * index and passes over the rest, the second reads types, then everything else in the order of the text, so that an
 * identifier may be used before it is bound. Called by `parseModule` and, for parts of a script, by the script runner.
 */
import { encodeNames } from '../encoder/names.ts'
import type { Module } from '../module/module.ts'
import type { NameMap } from '../module/names.ts'
import type { FeatureSet } from '../spec/features.ts'
import type { ExternKind } from '../spec/types.ts'
import { customSections } from './annotations.ts'
import { type Field, FieldParser, externKinds, someKind } from './field-parser.ts'
import { moduleFields } from './keywords.ts'
import { EOF, LPAR, type Note } from './lexer.ts'
import type { Spaces } from './spaces.ts'

export interface ModuleOptions {
  /** Write a name section from the identifiers (default true). */
  readonly names?: boolean
  /** Only what changes the grammar itself counts here (without memory64 limits are u32); the decoder and validator refuse the rest. */
  readonly features?: FeatureSet
  /** Keep where each instruction stands in the source (default false): `bodyPositions` of the parser. */
  readonly positions?: boolean
}

export class ModuleParser extends FieldParser {
  private readonly module: { id: string | undefined; name: string | undefined } = { id: undefined, name: undefined }
  /** Annotations between the fields. */
  private readonly fieldNotes: Note[] = []
  /** The kind of the last definition that is no import: no import may follow. */
  private defined: ExternKind | undefined

  /** `(module id? field*)`, or the fields alone, up to the end of the text. */
  parse(options: ModuleOptions = {}): Module {
    if (options.positions === true) this.positions = []
    this.wideLimits = options.features === undefined || options.features.has('memory64')
    if (this.kind === EOF && this.notes.length === 0) return this.finish(options)
    const wrapped = this.open('module')
    const fields: Field[] = []
    if (wrapped) {
      // Only in scripts: compiled, not instantiated.
      this.accept('definition')
      this.module.id = this.optionalId()
      const given = this.takeNotes('name')
      if (given.length > 1) this.fail('@name annotation: multiple module', given[1]!.start)
      if (given.length === 1) this.module.name = this.noteName(given[0]!)
    }
    while (this.kind === LPAR) fields.push(this.scanField())
    if (wrapped) {
      if (this.isWord('binary') || this.isWord('quote')) this.fail(`unexpected token ${this.word()}: such modules belong to scripts`)
      this.close()
    }
    if (this.kind !== EOF) this.unexpected(wrapped ? 'the end: a text holds one module' : 'a field of a module')
    this.keepFieldNotes()
    for (const field of fields) {
      if (field.word !== 'type' && field.word !== 'rec') continue
      this.seek(field.start)
      this.typeField()
      this.checkNotes()
    }
    for (const field of fields) {
      if (field.word === 'type' || field.word === 'rec') continue
      this.seek(field.start)
      this.field(field)
      this.checkNotes()
    }
    return this.finish(options)
  }

  // First pass

  private scanField(): Field {
    this.keepFieldNotes()
    const { start } = this
    const word = this.listWord()
    this.advance()
    if (!moduleFields.has(word)) this.unexpected('a field of a module')
    this.advance()
    let index = -1
    switch (word) {
      case 'type':
        this.scanId('type')
        break
      case 'rec':
        while (this.open('type')) {
          this.scanId('type')
          this.skipRest()
        }
        break
      case 'import':
        this.string()
        this.string()
        if (this.kind === LPAR) {
          const kind = this.listWord()
          this.advance()
          if (!externKinds.has(kind)) this.unexpected(someKind)
          this.advance()
          index = this.scanId(kind as ExternKind)
          this.checkImportOrder(start)
          this.skipRest()
        } else this.unexpected('(')
        break
      case 'func':
      case 'table':
      case 'memory':
      case 'global':
      case 'tag':
        index = this.scanId(word)
        this.scanDefinition(word, start)
        break
      case 'elem':
      case 'data':
        index = this.scanId(word)
        break
      case 'start':
        if (this.startFunc !== undefined) this.fail('multiple start sections', start)
        this.startFunc = 0
        break
    }
    this.skipRest()
    // What lies inside the field is for the second pass; the token ahead may have passed notes behind it.
    this.notes = this.notes.filter((note) => note.start >= this.last)
    return { word, start, index }
  }

  private scanId(kind: keyof Spaces): number {
    const at = this.start
    const id = this.optionalId()
    return this.spaces[kind].add(this, id, at)
  }

  /** Inline imports count as imports; inline contents of tables and memories are segments of their own. */
  private scanDefinition(kind: ExternKind, start: number): void {
    while (this.isList('export')) this.skipList()
    if (this.isList('import')) {
      this.checkImportOrder(start)
      return
    }
    this.defined = kind
    if (kind === 'memory') {
      this.addressType()
      if (this.isList('pagesize')) this.skipList()
      if (this.isList('data')) this.spaces.data.add(this, undefined, start)
    } else if (kind === 'table') {
      this.addressType()
      if (this.isNat()) return
      if (this.kind === LPAR) this.skipList()
      else this.advance()
      if (this.isList('elem')) this.spaces.elem.add(this, undefined, start)
    }
  }

  private checkImportOrder(at: number): void {
    if (this.defined !== undefined) this.fail(`import after ${this.spaces[this.defined].unknownWord} definition`, at)
  }

  private keepFieldNotes(): void {
    if (this.notes.length === 0) return
    this.fieldNotes.push(...this.notes.filter((note) => note.start < this.start))
    this.notes = this.notes.filter((note) => note.start >= this.start)
  }

  private finish(options: ModuleOptions): Module {
    const module: Module = {
      types: this.types,
      imports: this.imports,
      funcs: this.funcs,
      tables: this.tables,
      memories: this.memories,
      globals: this.globals,
      tags: this.tags,
      imported: this.imported,
      tableInits: this.tableInits,
      globalInits: this.globalInits,
      code: this.code,
      exports: this.exports,
      start: this.startFunc,
      elems: this.elems,
      datas: this.datas,
      // `(@datacount)` asks for the section where no instruction needs it, so that it survives printing.
      dataCount: this.needsDataCount || this.fieldNotes.some((note) => note.id === 'datacount') ? this.datas.length : undefined,
      customs: [],
      sections: [],
      bytes: new Uint8Array(0),
    }
    const names = options.names === false ? undefined : this.nameSection()
    return { ...module, customs: customSections(this, module, this.fieldNotes, this.funcHints, names) }
  }

  private nameSection(): Uint8Array | undefined {
    const { spaces } = this
    return encodeNames({
      module: this.module.name ?? this.module.id,
      funcs: spaces.func.names(),
      locals: this.localNames,
      labels: this.labelsByFunc,
      types: spaces.type.names(),
      tables: spaces.table.names(),
      memories: spaces.memory.names(),
      globals: spaces.global.names(),
      elems: spaces.elem.names(),
      datas: spaces.data.names(),
      fields: new Map([...this.fields].map(([typeidx, space]): [number, NameMap] => [typeidx, space.names()])),
      tags: spaces.tag.names(),
    })
  }
}
