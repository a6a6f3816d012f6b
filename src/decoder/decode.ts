/**
 * Binary format → Module (spec §5). Checks well-formedness only; whether the module is valid is the validator's business.
 * Error texts are those of the test suite. Called by the embedding.
 */
import { MalformedError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { type FeatureSet, allFeatures, defaultFeatures } from '../spec/features.ts'
import { MAX_MODULE_SIZE } from '../spec/limits.ts'
import { Draft, checkLimit } from './draft.ts'
import { codeSection } from './sections/code.ts'
import {
  dataCountSection,
  functionSection,
  globalSection,
  memorySection,
  startSection,
  tableSection,
  tagSection,
} from './sections/definitions.ts'
import { exportSection, importSection } from './sections/externs.ts'
import { dataSection, elemSection } from './sections/segments.ts'
import { typeSection } from './sections/types.ts'

export interface DecodeOptions {
  /** What the module may use; default: everything of the current standard. */
  readonly features?: FeatureSet
}

interface SectionKind {
  readonly id: number
  readonly name: string
  readonly read: (d: Draft) => void
}
/** The sections in the order they must come in (spec §5.5.18): their ids do not tell it. */
const order: readonly SectionKind[] = [
  { id: 1, name: 'type', read: typeSection },
  { id: 2, name: 'import', read: importSection },
  { id: 3, name: 'function', read: functionSection },
  { id: 4, name: 'table', read: tableSection },
  { id: 5, name: 'memory', read: memorySection },
  { id: 13, name: 'tag', read: tagSection },
  { id: 6, name: 'global', read: globalSection },
  { id: 7, name: 'export', read: exportSection },
  { id: 8, name: 'start', read: startSection },
  { id: 9, name: 'element', read: elemSection },
  { id: 12, name: 'data count', read: dataCountSection },
  { id: 10, name: 'code', read: codeSection },
  { id: 11, name: 'data', read: dataSection },
]
const MAX_ID = 13
const rankOf: number[] = new Array<number>(MAX_ID + 1).fill(0)
order.forEach(({ id }, rank) => (rankOf[id] = rank))

/** Decodes a module. Throws MalformedError, LimitError, or UnsupportedError for a feature that is off. */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): Module {
  checkLimit('bytes in a module', bytes.length, MAX_MODULE_SIZE, 0)
  const d = new Draft(bytes, options.features ?? defaultFeatures)
  header(d)
  sections(d)
  return finish(d)
}

/** `\0asm` and version 1. */
function header(d: Draft): void {
  const { r } = d
  if (r.fixed32() !== 0x6d73_6100) r.fail('magic header not detected', 0)
  const version = r.fixed32()
  if (version === 1) return
  // Version 0x0d, layer 1: what the component model uses.
  r.fail(version === 0x1_000d ? 'unknown binary version: this is a component, not a core module' : 'unknown binary version', 4)
}

function sections(d: Draft): void {
  const { r } = d
  let rank = 0
  let after = 0
  while (r.pos < r.end) {
    const at = r.pos
    const id = r.bytes[r.pos++]!
    if (id > MAX_ID) r.fail(`malformed section id: ${id}`, at)
    const size = r.size()
    const start = r.pos
    if (id === 0) {
      customSection(d, start + size, after)
      continue
    }
    if (rankOf[id]! < rank) r.fail(`unexpected content after last section: a ${order[rankOf[id]!]!.name} section cannot come here`, at)
    const kind = order[rankOf[id]!]!
    rank = rankOf[id]! + 1
    after = id
    kind.read(d)
    if (r.pos !== start + size)
      r.fail(`section size mismatch: the ${kind.name} section takes ${r.pos - start} bytes, its size says ${size}`, at)
    d.sections.push({ id, name: kind.name, start, end: r.pos })
  }
}

/** Custom sections are kept as they are; the ones we know are parsed when somebody asks (src/module/names.ts). */
function customSection(d: Draft, end: number, after: number): void {
  const { r } = d
  const start = r.pos
  const name = r.name()
  if (r.pos > end) r.fail('unexpected end of section or function', start)
  d.customs.push({ name, bytes: r.bytes.subarray(r.pos, end), offset: r.pos, after })
  d.sections.push({ id: 0, name, start, end })
  r.pos = end
}

/**
 * Where each entry of a section begins in the file (of the code section: its size), found by reading the section again.
 * For errors and tools; empty when there is no such section or the module came from text.
 */
export function entryOffsets(module: Module, id: number): readonly number[] {
  const section = module.sections.find((s) => s.id === id)
  const kind = order.find((k) => k.id === id)
  if (section === undefined || kind === undefined) return []
  const d = new Draft(module.bytes, allFeatures)
  d.marks = []
  d.r.move(section.start, section.end)
  kind.read(d)
  return d.marks
}

/** Rules across sections (spec §5.5.18). */
function finish(d: Draft): Module {
  const { skimmer } = d
  const defined = d.funcs.length - d.imported.func
  const end = d.r.end
  if (defined !== d.code.length) {
    throw new MalformedError(`function and code section have inconsistent lengths: ${defined} and ${d.code.length}`, { offset: end })
  }
  if (d.dataCount !== undefined && d.dataCount !== d.datas.length) {
    throw new MalformedError(`data count and data section have inconsistent lengths: ${d.dataCount} and ${d.datas.length}`, { offset: end })
  }
  if (d.dataCount === undefined && skimmer.needsDataCount >= 0) {
    throw new MalformedError('data count section required', { offset: skimmer.needsDataCount })
  }
  return {
    types: d.types,
    imports: d.imports,
    funcs: d.funcs,
    tables: d.tables,
    memories: d.memories,
    globals: d.globals,
    tags: d.tags,
    imported: d.imported,
    tableInits: d.tableInits,
    globalInits: d.globalInits,
    code: d.code,
    exports: d.exports,
    start: d.start,
    elems: d.elems,
    datas: d.datas,
    dataCount: d.dataCount,
    customs: d.customs,
    sections: d.sections,
    bytes: d.r.bytes,
  }
}
