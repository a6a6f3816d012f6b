/**
 * Names → contents of the name section (spec appendix "Custom Sections", with the subsections of the extended-name-section
 * proposal), in canonical form: subsections and entries ascending, nothing empty. Mirror of `module/names.ts`. Called by
 * the text parser, and by the printer to see whether identifiers say all that a module's section says.
 */
import type { IndirectNameMap, SectionNames, NameMap } from '../module/names.ts'
import { ByteWriter } from './byte-writer.ts'

type Part = NameMap | IndirectNameMap
/** Subsections by id; the module's own name comes first, as 0. */
const order: readonly (readonly [number, (names: SectionNames) => Part])[] = [
  [1, (n) => n.funcs],
  [2, (n) => n.locals],
  [3, (n) => n.labels],
  [4, (n) => n.types],
  [5, (n) => n.tables],
  [6, (n) => n.memories],
  [7, (n) => n.globals],
  [8, (n) => n.elems],
  [9, (n) => n.datas],
  [10, (n) => n.fields],
  [11, (n) => n.tags],
]

/** The contents of the section; undefined if there is not one name. */
export function encodeNames(names: SectionNames): Uint8Array | undefined {
  const w = new ByteWriter()
  const { module } = names
  if (module !== undefined) {
    w.byte(0)
    w.block((b) => b.name(module))
  }
  for (const [id, select] of order) {
    const part = select(names)
    const entries = ascending(part).filter(([, entry]) => typeof entry === 'string' || entry.size > 0)
    if (entries.length === 0) continue
    w.byte(id)
    w.block((b) => writeEntries(b, entries))
  }
  return w.length === 0 ? undefined : w.slice()
}

type Entry = readonly [number, string | NameMap]

const ascending = (part: Part): readonly Entry[] => [...part].sort((a, b) => a[0] - b[0])

function writeEntries(w: ByteWriter, entries: readonly Entry[]): void {
  w.u32(entries.length)
  for (const [index, entry] of entries) {
    w.u32(index)
    if (typeof entry === 'string') w.name(entry)
    else writeEntries(w, ascending(entry))
  }
}
