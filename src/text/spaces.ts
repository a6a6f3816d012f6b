/**
 * Index spaces of the text format (spec §6.1.3): how many entries there are and which identifiers name them.
 * Filled by the module parser's first pass, asked by everything that reads an index.
 */
import type { ExternKind } from '../spec/types.ts'
import type { Cursor } from './cursor.ts'
import { ID } from './lexer.ts'
import { didYouMean, slipsOf } from './spelling.ts'

/** Among more names than these no similar one is looked for. */
const MANY = 10_000

export class Space {
  /** What the suite calls an entry when its name occurs twice, and when it is unknown. */
  readonly duplicateWord: string
  readonly unknownWord: string
  count = 0
  readonly indices: Map<string, number> = new Map()
  /** Names that `(@name "…")` gives; they win over identifiers. */
  readonly given: Map<number, string> = new Map()

  constructor(duplicateWord: string, unknownWord: string = duplicateWord) {
    this.duplicateWord = duplicateWord
    this.unknownWord = unknownWord
  }

  /** Adds an entry, named or not; `at` is where the identifier stands. */
  add(cursor: Cursor, id: string | undefined, at: number): number {
    const index = this.count++
    if (id !== undefined) {
      if (this.indices.has(id)) cursor.fail(`duplicate ${this.duplicateWord} $${id}`, at)
      this.indices.set(id, index)
    }
    return index
  }

  /** The names of the entries, for the name section. */
  names(): ReadonlyMap<number, string> {
    const names = new Map<number, string>()
    for (const [name, index] of this.indices) names.set(index, name)
    for (const [index, name] of this.given) names.set(index, name)
    return names
  }

  private nearest(id: string): string {
    return this.indices.size > MANY ? '' : didYouMean(slipsOf(id, [...this.indices.keys()]).map((name) => `$${name}`))
  }

  /** Reads an index: a number, or an identifier that must be known. */
  index(cursor: Cursor): number {
    if (cursor.kind !== ID) return cursor.u32(`the index or the $name of a ${this.unknownWord}`)
    const at = cursor.start
    const id = cursor.optionalId()!
    const index = this.indices.get(id)
    if (index === undefined) cursor.fail(`unknown ${this.unknownWord} $${id}${this.nearest(id)}`, at)
    return index
  }
}

/** Labels, which nest: an identifier stands for the innermost block of that name. Looked up in constant time, however deep. */
export class LabelScope {
  private readonly open: (string | undefined)[] = []
  private readonly depths: Map<string, number[]> = new Map()

  enter(id: string | undefined): void {
    if (id !== undefined) {
      const depths = this.depths.get(id)
      if (depths === undefined) this.depths.set(id, [this.open.length])
      else depths.push(this.open.length)
    }
    this.open.push(id)
  }

  leave(): void {
    const id = this.open.pop()
    if (id !== undefined) this.depths.get(id)!.pop()
  }

  /** The name of the label that a labelidx means. */
  at(labelidx: number): string | undefined {
    return this.open[this.open.length - 1 - labelidx]
  }

  /** How many blocks lie between here and the block, which is what a labelidx is; -1 if there is none. */
  find(id: string): number {
    const depths = this.depths.get(id)
    return depths === undefined || depths.length === 0 ? -1 : this.open.length - 1 - depths[depths.length - 1]!
  }
}

export interface Spaces extends Record<ExternKind, Space> {
  readonly type: Space
  readonly elem: Space
  readonly data: Space
}

export const newSpaces = (): Spaces => ({
  type: new Space('type'),
  func: new Space('func', 'function'),
  table: new Space('table'),
  memory: new Space('memory'),
  global: new Space('global'),
  tag: new Space('tag'),
  elem: new Space('elem', 'elem segment'),
  data: new Space('data', 'data segment'),
})
