/**
 * The Module while it is being decoded: the arrays that the section readers fill, and what they share.
 * Made by `decode`, handed to every file in sections/.
 */
import { LimitError } from '../errors.ts'
import type { CustomSection, DataSegment, ElemSegment, Export, Expr, FuncBody, Import, SectionRange } from '../module/module.ts'
import type { FeatureSet } from '../spec/features.ts'
import type { ExternKind, GlobalType, MemoryType, SubType, TableType, TagType } from '../spec/types.ts'
import { InstructionReader } from './instruction-reader.ts'
import { Skimmer } from './skim.ts'

export class Draft {
  /** Over the whole file: like the reference interpreter, an entry may run past its section and is then caught by the size. */
  readonly r: InstructionReader
  readonly features: FeatureSet
  readonly skimmer: Skimmer
  types: SubType[] = []
  imports: Import[] = []
  funcs: number[] = []
  tables: TableType[] = []
  memories: MemoryType[] = []
  globals: GlobalType[] = []
  tags: TagType[] = []
  imported: Record<ExternKind, number> = { func: 0, table: 0, memory: 0, global: 0, tag: 0 }
  tableInits: (Expr | undefined)[] = []
  globalInits: Expr[] = []
  code: FuncBody[] = []
  exports: Export[] = []
  start: number | undefined = undefined
  elems: ElemSegment[] = []
  datas: DataSegment[] = []
  dataCount: number | undefined = undefined
  customs: CustomSection[] = []
  sections: SectionRange[] = []
  /** When set, where each entry of a section begins, for `entryOffset`. */
  marks: number[] | undefined = undefined

  constructor(bytes: Uint8Array, features: FeatureSet) {
    this.r = new InstructionReader(bytes, 0, bytes.length)
    this.r.features = features
    this.features = features
    this.skimmer = new Skimmer(features)
  }

  /** Reads a constant expression and keeps where it lies. */
  expression(): Expr {
    const { r, skimmer } = this
    const start = r.pos
    const { needsDataCount } = skimmer
    skimmer.expression(r)
    // Only bodies need the data count section: what names a segment here is not constant, the validator says so.
    skimmer.needsDataCount = needsDataCount
    return { bytes: r.bytes, start, end: r.pos }
  }

  /** Every section reader calls this at the start of an entry. */
  entry(): void {
    if (this.marks !== undefined) this.marks.push(this.r.pos)
  }
  /** Length of a vector of entries that go on top of `have` earlier ones. */
  count(limit: string, max: number, have = 0): number {
    const at = this.r.pos
    const n = this.r.count()
    checkLimit(limit, have + n, max, at)
    return n
  }
}

/** Implementation limits (spec appendix "Implementation Limitations"). */
export function checkLimit(limit: string, n: number, max: number, at: number): void {
  if (n > max) throw new LimitError(limit, `too many ${limit}: ${n}, the limit is ${max}`, { offset: at })
}
