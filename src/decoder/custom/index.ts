/**
 * Public entry `vitrine/custom`: what custom sections say. Nothing is read before somebody asks, and a section that is
 * ill-formed never spoils its module (spec §5.5.3): the reader throws MalformedError with the offset in the file. Only
 * `readNames` does not: it takes what can be read and lists what is wrong in `problems`.
 */
import { SectionReader } from '../../bytes/section-reader.ts'
import type { BranchHint, CodeMetadata, Dylink, Linking, Producers, Relocations, TargetFeature } from '../../module/custom.ts'
import type { CustomSection, Module } from '../../module/module.ts'
import { type ModuleNames, moduleNames } from '../../module/names.ts'
import { METADATA, branchHints, codeMetadata } from './code-metadata.ts'
import { dylink } from './dylink.ts'
import { linking, relocations } from './linking.ts'
import { buildId, producers, targetFeatures, url } from './simple.ts'

export type {
  BranchHint,
  CodeMetadata,
  Comdat,
  Dylink,
  LinkSegment,
  LinkSymbol,
  Linking,
  Producers,
  Relocation,
  Relocations,
  SymbolKind,
  TargetFeature,
  VersionedName,
} from '../../module/custom.ts'
export type { CustomSection } from '../../module/module.ts'
export type { IndirectNameMap, ModuleNames, NameMap } from '../../module/names.ts'

/** A compiled module, or its data. */
export type ModuleSource = Module | { readonly data: Module }
const dataOf = (source: ModuleSource): Module => ('data' in source ? source.data : source)

const RELOCATIONS = 'reloc.'
const reader = (section: CustomSection): SectionReader => new SectionReader(section.bytes, section.offset)

/** The first section of a name, read; undefined if there is none. */
function first<T>(source: ModuleSource, name: string, read: (r: SectionReader, module: Module) => T): T | undefined {
  const module = dataOf(source)
  const section = module.customs.find((custom) => custom.name === name)
  return section === undefined ? undefined : read(reader(section), module)
}

/** All custom sections of a module, as bytes with their places. */
export const customSections = (source: ModuleSource): readonly CustomSection[] => dataOf(source).customs

/** Names of functions, locals, types, … Functions that the name section leaves out are called as they are exported or imported. */
export const readNames = (source: ModuleSource): ModuleNames => moduleNames(dataOf(source))
/** Languages and tools that made the module. */
export const readProducers = (source: ModuleSource): Producers | undefined => first(source, 'producers', producers)
/** Features that the toolchain used. */
export const readTargetFeatures = (source: ModuleSource): readonly TargetFeature[] | undefined =>
  first(source, 'target_features', targetFeatures)
/** Bytes that identify the build. */
export const readBuildId = (source: ModuleSource): Uint8Array | undefined => first(source, 'build_id', buildId)
/** Where the source map is. */
export const readSourceMappingURL = (source: ModuleSource): string | undefined => first(source, 'sourceMappingURL', url)
/** Where the DWARF of the module is, if it is in another file. */
export const readExternalDebugInfo = (source: ModuleSource): string | undefined => first(source, 'external_debug_info', url)
/** Code metadata of a type: of the section `metadata.code.<type>`. */
export const readCodeMetadata = (source: ModuleSource, type: string): CodeMetadata | undefined =>
  first(source, METADATA + type, (r) => codeMetadata(r, type))
/** Which way branches mostly go. */
export const readBranchHints = (source: ModuleSource): readonly BranchHint[] | undefined =>
  first(source, `${METADATA}branch_hint`, (r, module) => branchHints(codeMetadata(r, 'branch_hint'), r, module))
/** The symbols and the rest of what an object file tells the linker. */
export const readLinking = (source: ModuleSource): Linking | undefined => first(source, 'linking', linking)
/** Relocations of an object file: one entry for each section `reloc.*`. */
export const readRelocations = (source: ModuleSource): readonly Relocations[] =>
  dataOf(source)
    .customs.filter(({ name }) => name.startsWith(RELOCATIONS))
    .map((section) => relocations(reader(section)))
/** What the loader of a dynamic library needs. */
export const readDylink = (source: ModuleSource): Dylink | undefined => first(source, 'dylink.0', dylink)

/** What a custom section says, by kind. */
export type CustomContents =
  | { readonly kind: 'names'; readonly value: ModuleNames }
  | { readonly kind: 'producers'; readonly value: Producers }
  | { readonly kind: 'target features'; readonly value: readonly TargetFeature[] }
  | { readonly kind: 'build id'; readonly value: Uint8Array }
  | { readonly kind: 'url'; readonly value: string }
  | { readonly kind: 'code metadata'; readonly value: CodeMetadata }
  | { readonly kind: 'branch hints'; readonly value: readonly BranchHint[] }
  | { readonly kind: 'linking'; readonly value: Linking }
  | { readonly kind: 'relocations'; readonly value: Relocations }
  | { readonly kind: 'dylink'; readonly value: Dylink }

/**
 * Reads one custom section by its name; undefined for a section that vitrine does not know. Throws MalformedError, also for a
 * name section whose `problems` are not empty.
 */
export function readCustomSection(source: ModuleSource, section: CustomSection): CustomContents | undefined {
  const module = dataOf(source)
  const r = reader(section)
  switch (section.name) {
    case 'name': {
      const value = moduleNames(module)
      if (value.problems.length > 0) throw value.problems[0]!
      return { kind: 'names', value }
    }
    case 'producers':
      return { kind: 'producers', value: producers(r) }
    case 'target_features':
      return { kind: 'target features', value: targetFeatures(r) }
    case 'build_id':
      return { kind: 'build id', value: buildId(r) }
    case 'sourceMappingURL':
    case 'external_debug_info':
      return { kind: 'url', value: url(r) }
    case 'linking':
      return { kind: 'linking', value: linking(r, module) }
    case 'dylink.0':
      return { kind: 'dylink', value: dylink(r) }
    case `${METADATA}branch_hint`:
      return { kind: 'branch hints', value: branchHints(codeMetadata(r, 'branch_hint'), r, module) }
    default:
      if (section.name.startsWith(METADATA)) return { kind: 'code metadata', value: codeMetadata(r, section.name.slice(METADATA.length)) }
      return section.name.startsWith(RELOCATIONS) ? { kind: 'relocations', value: relocations(r) } : undefined
  }
}
