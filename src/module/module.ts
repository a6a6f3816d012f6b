/**
 * The Module data model (spec §2.5): what the decoder and the text parser produce and what everything else reads.
 * Index spaces are whole arrays with the imports first, so `module.tables[tableidx]` is always the type of that table.
 */
import type { ExternKind, ExternType, GlobalType, MemoryType, SubType, TableType, TagType, ValType } from '../spec/types.ts'

/** A stretch of instructions in the binary format, ending with `end` (0x0b). Read with `InstructionReader`. */
export interface Expr {
  /** The buffer that holds it: the whole module file, or a buffer of the text parser. */
  readonly bytes: Uint8Array
  /** First byte, and one past the final `end`; offsets into `bytes`, which for a decoded module are file offsets. */
  readonly start: number
  readonly end: number
}

/** A run of `count` locals of one type, as in the binary format. */
export interface LocalRun {
  readonly count: number
  readonly type: ValType
}
/** The code of one defined function (spec §5.5.14). */
export interface FuncBody extends Expr {
  /** Locals after the parameters, run-length encoded: a body may declare 50,000 of them in three bytes. */
  readonly locals: readonly LocalRun[]
}
export interface Import {
  readonly module: string
  readonly name: string
  readonly type: ExternType
  /** Byte offset of the import entry. */
  readonly offset: number
}
export interface Export {
  readonly name: string
  readonly kind: ExternKind
  readonly index: number
  readonly offset: number
}
export interface ElemSegment {
  readonly mode: 'active' | 'passive' | 'declarative'
  readonly type: ValType
  /** Either function indices (the compact form) or one constant expression an element; never both. */
  readonly funcs: readonly number[] | undefined
  readonly exprs: readonly Expr[] | undefined
  /** Table and start, when active. */
  readonly table: number
  readonly start: Expr | undefined
  readonly offset: number
}
export interface DataSegment {
  readonly mode: 'active' | 'passive'
  readonly memory: number
  readonly start: Expr | undefined
  /** The contents; of a decoded module a view of the file, made anew at each reading. */
  readonly bytes: Uint8Array
  readonly offset: number
}
export interface CustomSection {
  readonly name: string
  readonly bytes: Uint8Array
  /** Offset of the section's contents in the file. */
  readonly offset: number
  /** Id of the known section that precedes it, 0 if none: enough to write it back in its place. */
  readonly after: number
}
/** Where a section of the binary lies. For `inspect`. */
export interface SectionRange {
  readonly id: number
  readonly name: string
  readonly start: number
  readonly end: number
}

export interface Module {
  readonly types: readonly SubType[]
  readonly imports: readonly Import[]
  /** Function index space: the typeidx of each function, imports first. */
  readonly funcs: readonly number[]
  readonly tables: readonly TableType[]
  readonly memories: readonly MemoryType[]
  readonly globals: readonly GlobalType[]
  readonly tags: readonly TagType[]
  /** How many of each index space are imported; `code[i]` belongs to function `imported.func + i`. */
  readonly imported: Readonly<Record<ExternKind, number>>
  /** Initialisers of the defined tables (undefined: null) and globals. */
  readonly tableInits: readonly (Expr | undefined)[]
  readonly globalInits: readonly Expr[]
  readonly code: readonly FuncBody[]
  readonly exports: readonly Export[]
  readonly start: number | undefined
  readonly elems: readonly ElemSegment[]
  readonly datas: readonly DataSegment[]
  /** Of the data count section, when there is one. */
  readonly dataCount: number | undefined
  readonly customs: readonly CustomSection[]
  readonly sections: readonly SectionRange[]
  /** The file, or an empty array for a module that came from text and was not encoded yet. */
  readonly bytes: Uint8Array
}
