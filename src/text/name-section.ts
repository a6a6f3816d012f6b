/**
 * Builds the contents of the name section (spec appendix, with the subsections of the extended-name-section proposal) from
 * the identifiers of a text module, so that backtraces and the printer show them. Called at the end of the module parser.
 */
import { ByteWriter } from '../encoder/byte-writer.ts'
import type { Spaces } from './spaces.ts'

type NameMap = readonly (readonly [number, string])[]

/** What the module parser collects besides the index spaces. */
export interface Names {
  module: string | undefined
  /** Per function: names of locals, and of labels by the order of blocks. */
  readonly locals: [number, NameMap][]
  readonly labels: [number, NameMap][]
  /** Per structure type: names of fields. */
  fields: readonly [number, NameMap][]
  /** Names that `(@name …)` gives, by `kind index`; they win over identifiers. */
  readonly given: Map<string, string>
}

/** Subsection id of each space. */
const spaceIds: readonly (readonly [keyof Spaces, number])[] = [
  ['func', 1],
  ['type', 4],
  ['table', 5],
  ['memory', 6],
  ['global', 7],
  ['elem', 8],
  ['data', 9],
  ['tag', 11],
]

/** The contents of the section; undefined if there is not one name. */
export function nameSection(spaces: Spaces, names: Names): Uint8Array | undefined {
  const parts: Subsection[] = []
  if (names.module !== undefined) {
    const w = new ByteWriter()
    w.name(names.module)
    parts.push({ id: 0, contents: w.slice() })
  }
  for (const [kind, id] of spaceIds) {
    const map = spaceNames(spaces, kind, names.given)
    if (map.length > 0) parts.push({ id, contents: mapOf(map) })
  }
  addIndirect(parts, 2, names.locals)
  addIndirect(parts, 3, names.labels)
  addIndirect(parts, 10, names.fields)
  if (parts.length === 0) return undefined
  const w = new ByteWriter()
  for (const { id, contents } of parts.sort((a, b) => a.id - b.id)) {
    w.byte(id)
    w.sized(contents)
  }
  return w.slice()
}

interface Subsection {
  readonly id: number
  readonly contents: Uint8Array
}

function mapOf(map: NameMap): Uint8Array {
  const w = new ByteWriter()
  writeMap(w, map)
  return w.slice()
}

/** A map of maps, if any of them has a name. */
function addIndirect(parts: Subsection[], id: number, list: readonly (readonly [number, NameMap])[]): void {
  const named = list.filter(([, map]) => map.length > 0)
  if (named.length === 0) return
  const w = new ByteWriter()
  writeIndirect(w, named)
  parts.push({ id, contents: w.slice() })
}

function spaceNames(spaces: Spaces, kind: keyof Spaces, given: ReadonlyMap<string, string>): NameMap {
  const map = new Map<number, string>()
  for (const [name, index] of spaces[kind].indices) map.set(index, name)
  for (const [key, name] of given) {
    const [of, index] = key.split(' ')
    if (of === kind) map.set(Number(index), name)
  }
  return sorted([...map])
}

const sorted = <T>(entries: readonly (readonly [number, T])[]): readonly (readonly [number, T])[] =>
  [...entries].sort((a, b) => a[0] - b[0])

function writeMap(w: ByteWriter, map: NameMap): void {
  w.u32(map.length)
  for (const [index, name] of sorted(map)) {
    w.u32(index)
    w.name(name)
  }
}

function writeIndirect(w: ByteWriter, list: readonly (readonly [number, NameMap])[]): void {
  w.u32(list.length)
  for (const [index, map] of sorted(list)) {
    w.u32(index)
    writeMap(w, map)
  }
}
