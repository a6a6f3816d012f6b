/**
 * What a program looks like as source: its own .wat file; else the printed module, made when somebody asks; of a large module, whose
 * text would fill the client's memory, one text for each function that is looked at. Called by session.ts and what belongs to it.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { realpathSync } from 'node:fs'
import type { Source } from '../debug/index.ts'
import { bodyAt } from '../module/bodies.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { type SourceMap, type SourcePlace, functionPrinter, printModuleWithMap } from '../text/index.ts'
import type { ProtocolSource } from './protocol.ts'

/** Bytes of code up to which a module is one text. A text has about 20 characters for each. */
const MAX_WHOLE = 2 ** 20
/** References of the texts of functions begin behind that of the module. */
const WHOLE = 1

/** One text, and the instructions in it. Lines and columns are counted from 1. */
export interface Text {
  readonly source: ProtocolSource
  readonly content: string
  readonly lineCount: number
  /** Offsets of the instructions that begin on a line, from left to right. */
  offsetsOn(line: number): readonly number[]
  /** Of an instruction without a place of its own, such as the `end` of a folded block: that of the one before. */
  placeOf(offset: number): SourcePlace | undefined
}

/** What a client calls a source. */
export interface SourceQuery {
  readonly path: string | undefined
  readonly reference: number | undefined
}

export class Sources {
  private readonly module: Module
  private readonly path: string
  private readonly isLarge: boolean
  /** Paths of files are URIs. */
  private readonly uris: boolean
  private readonly file: string | undefined
  private readonly given: Source | undefined
  private whole: Text | undefined
  private readonly functions = new Map<number, Text>()
  private printer: ReturnType<typeof functionPrinter> | undefined
  /** Told of a text that is shown for the first time. */
  onLoaded: (text: Text) => void = () => {}

  /** `path`: of the program. `file`: where its text lies, if that is a file; `given`: its text. */
  constructor(module: Module, path: string, { file, given, uris = false }: { file?: string; given?: Source; uris?: boolean } = {}) {
    this.module = module
    this.path = path
    this.file = file
    this.given = given
    this.uris = uris
    const last = module.code[module.code.length - 1]
    this.isLarge = file === undefined && last !== undefined && last.end - module.code[0]!.start > MAX_WHOLE
  }

  /** Places of instructions for the debugger. */
  get map(): SourceMap {
    if (!this.isLarge) return this.text().map
    return {
      place: (code, offset) => this.placeOf(this.module.code[code]!.start + offset)?.place,
      placeOf: (offset) => this.placeOf(offset)?.place,
      offsetsOn: () => [],
      locate: (offset) => {
        const code = bodyAt(this.module, offset)
        return code < 0 ? undefined : { code, offset: offset - this.module.code[code]!.start }
      },
    }
  }

  /** Where an instruction stands. Nothing of the text is made but what it takes to tell. */
  placeOf(offset: number): { readonly text: Text; readonly place: SourcePlace } | undefined {
    const body = bodyAt(this.module, offset)
    if (body < 0) return undefined
    const text = this.isLarge ? this.functionText(body) : this.wholeText()
    const place = text.placeOf(offset)
    return place === undefined ? undefined : { text, place }
  }

  /** All texts that there are: of a large module those that were shown. */
  get texts(): readonly Text[] {
    return this.isLarge ? [...this.functions.values()] : [this.wholeText()]
  }

  /** The text that a client means; undefined if it is none of this program's. */
  find({ path, reference }: SourceQuery): Text | undefined {
    if (reference !== undefined && reference > 0) {
      if (!this.isLarge) return reference === WHOLE && this.file === undefined ? this.wholeText() : undefined
      return reference > WHOLE && reference - WHOLE <= this.module.code.length ? this.functionText(reference - WHOLE - 1) : undefined
    }
    if (path === undefined) return undefined
    return this.texts.find(({ source }) => source.path === path || samePath(this.file, path))
  }

  private text(): { text: string; map: SourceMap } {
    return (this.made ??= this.given ?? printModuleWithMap(this.module, { folded: false }))
  }
  private made: { text: string; map: SourceMap } | undefined

  private wholeText(): Text {
    if (this.whole !== undefined) return this.whole
    const text = (): { text: string; map: SourceMap } => this.text()
    const start = (offset: number): number => this.module.code[bodyAt(this.module, offset)]?.start ?? offset
    const name = `${baseName(this.file ?? this.path)}${this.file === undefined ? '.wat' : ''}`
    const source: ProtocolSource =
      this.file === undefined
        ? { name, path: `${this.path}.wat`, sourceReference: WHOLE, origin: 'printed' }
        : { name, path: this.uris ? pathToFileURL(this.file).href : this.file }
    let lines = 0
    this.whole = {
      source,
      get content() {
        return text().text
      },
      get lineCount() {
        return (lines ||= text().text.split('\n').length)
      },
      offsetsOn: (line) => text().map.offsetsOn(line),
      placeOf: (offset) => nearest((at) => text().map.placeOf(at), offset, start(offset)),
    }
    return this.whole
  }

  private functionText(code: number): Text {
    const known = this.functions.get(code)
    if (known !== undefined) return known
    this.printer ??= functionPrinter(this.module, { folded: false })
    const { text, places } = this.printer(code)
    const { start } = this.module.code[code]!
    const funcidx = this.module.imported.func + code
    const name = `${moduleNames(this.module).funcs.get(funcidx) ?? `function ${funcidx}`}.wat`
    const byOffset = new Map<number, SourcePlace>()
    const byLine = new Map<number, number[]>()
    for (let i = 0; i < places.length; i += 3) {
      const offset = start + places[i]!
      const line = places[i + 1]!
      byOffset.set(offset, { line, column: places[i + 2]! })
      byLine.set(line, [...(byLine.get(line) ?? []), offset])
    }
    const made: Text = {
      source: { name, path: `${this.path}/${funcidx}.wat`, sourceReference: WHOLE + 1 + code, origin: 'printed' },
      content: text,
      lineCount: text.split('\n').length,
      offsetsOn: (line) => byLine.get(line) ?? [],
      placeOf: (offset) => nearest((at) => byOffset.get(at), offset, start),
    }
    this.functions.set(code, made)
    this.onLoaded(made)
    return made
  }
}

function nearest(placeOf: (offset: number) => SourcePlace | undefined, offset: number, start: number): SourcePlace | undefined {
  for (let at = offset; at >= start; at--) {
    const place = placeOf(at)
    if (place !== undefined) return place
  }
  return undefined
}

/** Name of a file, whose path may be one of another system. */
export const baseName = (path: string): string => path.replace(/^.*[/\\]/s, '')

/** Whether two paths lead to the same file. */
function samePath(a: string | undefined, b: string): boolean {
  if (a === undefined) return false
  const real = (path: string): string => {
    try {
      return realpathSync.native(resolve(path))
    } catch {
      return resolve(path)
    }
  }
  return real(a) === real(b)
}
