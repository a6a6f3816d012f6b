/**
 * What the known custom sections say, as data (tool conventions, https://github.com/WebAssembly/tool-conventions). Read
 * on demand by src/decoder/custom/; the Module itself keeps all custom sections as bytes. Names are in ./names.ts.
 */

/** A tool or language with its version, as `producers` lists them. */
export interface VersionedName {
  readonly name: string
  readonly version: string
}
/** Section `producers`: what the module was made with. The fields in use are `language`, `processed-by` and `sdk`. */
export interface Producers {
  readonly fields: readonly { readonly name: string; readonly values: readonly VersionedName[] }[]
}

/** An entry of `target_features`: `+` the module uses the feature, `-` it must not be linked with it, `=` (old) it is required. */
export interface TargetFeature {
  readonly prefix: '+' | '-' | '='
  readonly name: string
}

/** A section `metadata.code.<type>`: bytes attached to places in functions. */
export interface CodeMetadata {
  readonly type: string
  readonly functions: readonly {
    readonly funcidx: number
    /** `position` counts from the start of the body, its locals included. */
    readonly items: readonly { readonly position: number; readonly data: Uint8Array }[]
  }[]
}
/** A hint of `metadata.code.branch_hint`. */
export interface BranchHint {
  readonly funcidx: number
  readonly position: number
  /** Byte offset of the `if` or `br_if` in the file; undefined where there is no such function or no file. */
  readonly offset: number | undefined
  readonly likely: boolean
}

/** Kinds of symbols, in the order of their numbers. */
export type SymbolKind = 'function' | 'data' | 'global' | 'section' | 'tag' | 'table'
/** A symbol of an object file. */
export interface LinkSymbol {
  readonly kind: SymbolKind
  /** Undefined only for section symbols. An imported one is called as its import. */
  readonly name: string | undefined
  /** Index of what it stands for: function, global, tag, table, section, data segment. Undefined for undefined data. */
  readonly index: number | undefined
  /** Of defined data: place in the segment and size in bytes. */
  readonly offset: number | undefined
  readonly size: number | undefined
  readonly flags: number
  readonly binding: 'global' | 'weak' | 'local'
  readonly hidden: boolean
  readonly undefined: boolean
  readonly exported: boolean
}
export interface LinkSegment {
  readonly name: string
  /** log2 of the alignment in bytes. */
  readonly alignment: number
  readonly flags: number
}
export interface Comdat {
  readonly name: string
  readonly flags: number
  readonly entries: readonly { readonly kind: 'data' | 'function' | 'global' | 'tag' | 'table' | 'section'; readonly index: number }[]
}
/** Section `linking` of an object file. */
export interface Linking {
  readonly version: number
  readonly segments: readonly LinkSegment[]
  /** Functions to be called at the start, by symbol. */
  readonly initFuncs: readonly { readonly priority: number; readonly symbol: number }[]
  readonly comdats: readonly Comdat[]
  readonly symbols: readonly LinkSymbol[]
}

export interface Relocation {
  /** The convention's name without `R_WASM_`: `FUNCTION_INDEX_LEB`. */
  readonly type: string
  /** Where to write, from the start of the target section's contents. */
  readonly offset: number
  /** A symbol, or a typeidx for TYPE_INDEX_LEB. */
  readonly index: number
  readonly addend: number | undefined
}
/** A section `reloc.*`. */
export interface Relocations {
  /** Index of the section that it changes, in the order of the file, custom sections included. */
  readonly section: number
  readonly entries: readonly Relocation[]
}

/** Section `dylink.0` of a dynamic library. */
export interface Dylink {
  /** Sizes in bytes and elements; alignments are powers of 2. */
  readonly memorySize: number
  readonly memoryAlignment: number
  readonly tableSize: number
  readonly tableAlignment: number
  /** Libraries to be loaded before. */
  readonly needed: readonly string[]
  readonly exports: readonly { readonly name: string; readonly flags: number }[]
  readonly imports: readonly { readonly module: string; readonly name: string; readonly flags: number }[]
  readonly runtimePath: readonly string[]
}
