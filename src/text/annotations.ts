/**
 * Custom sections that a text module asks for: `(@custom "name" place? "bytes"*)` and branch hints (spec appendix
 * "Custom Sections"), and the name section made from identifiers. Called at the end of the module parser.
 */
import { ByteWriter } from '../encoder/byte-writer.ts'
import { presentSections, sectionOrder } from '../encoder/encoder.ts'
import type { CustomSection, Module } from '../module/module.ts'
import { Cursor } from './cursor.ts'
import { EOF, LPAR, type Note, STRING } from './lexer.ts'

/** Branch hints of one function, by offset from the start of its body, the locals included. */
export interface FuncHints {
  readonly func: number
  readonly hints: readonly (readonly [number, number])[]
}

/** Names of sections in `(before …)` and `(after …)`, and the id of the section. */
export const sectionWords: ReadonlyMap<string, number> = new Map([
  ['type', 1],
  ['import', 2],
  ['func', 3],
  ['table', 4],
  ['memory', 5],
  ['tag', 13],
  ['global', 6],
  ['export', 7],
  ['start', 8],
  ['elem', 9],
  ['datacount', 12],
  ['code', 10],
  ['data', 11],
])
/** Position behind the last section. */
const LAST = sectionOrder.length

interface Placed {
  readonly place: number
  readonly name: string
  readonly bytes: Uint8Array
  readonly offset: number
}

export function customSections(
  cursor: Cursor,
  module: Module,
  notes: readonly Note[],
  hints: readonly FuncHints[],
  names: Uint8Array | undefined,
): readonly CustomSection[] {
  const placed: Placed[] = []
  let place = LAST
  let position = -1
  for (const note of notes) {
    if (note.id === 'custom') placed.push(readCustom(cursor, note))
    else if (note.id === 'names') {
      place = readCustom(cursor, note, 'name').place
      position = placed.length
    } else if (note.id === 'name') cursor.fail('misplaced @name annotation', note.start)
    else if (note.id !== 'datacount') cursor.fail(`@${note.id} annotation: not in a function`, note.start)
  }
  // A name section that is written out as bytes replaces the one that identifiers make.
  if (names !== undefined && !placed.some((p) => p.name === 'name' && p.bytes.length > 0))
    placed.splice(position < 0 ? placed.length : position, 0, { place, name: 'name', bytes: names, offset: 0 })
  // Branch hints must stand before the code section.
  if (hints.length > 0)
    placed.push({ place: sectionOrder.indexOf(10), name: 'metadata.code.branch_hint', bytes: hintSection(hints), offset: 0 })
  const present = presentSections(module)
  return placed
    .map((p, i) => ({ ...p, i }))
    .sort((a, b) => a.place - b.place || a.i - b.i)
    .map(({ place, name, bytes, offset }) => ({ name, bytes, offset, after: precedingSection(present, place) }))
}

/** The last section that is there before a position in the order of sections. */
function precedingSection(present: readonly number[], place: number): number {
  let after = 0
  for (const id of present) if (sectionOrder.indexOf(id) < place) after = id
  return after
}

/** `"name" (before|after x)? "…"*`; a section whose name is given begins with its place. */
function readCustom(outer: Cursor, note: Note, given?: string): Placed {
  const label = `@${note.id} annotation`
  const inner = new Cursor(outer.source, note.from, note.to)
  const first = inner.kind
  if (given === undefined && first !== STRING) outer.fail(`${label}: missing section name`, note.start)
  let name: string
  try {
    name = given ?? inner.name()
  } catch {
    outer.fail(`${label}: malformed UTF-8 encoding`, note.start)
  }
  let place = LAST
  if (inner.kind === LPAR) {
    const side = inner.listWord()
    inner.advance()
    if (side !== 'before' && side !== 'after') outer.fail(`${label}: malformed placement`, note.start)
    inner.advance()
    const word = inner.word()
    const edge = word === 'first' ? 0 : word === 'last' ? LAST : undefined
    const id = sectionWords.get(word)
    if (edge === undefined && id === undefined) outer.fail(`${label}: malformed section kind`, note.start)
    place = edge ?? sectionOrder.indexOf(id!) + (side === 'after' ? 1 : 0)
    inner.advance()
    inner.close()
  }
  const bytes = inner.strings()
  const rest = inner.kind
  if (rest !== EOF) outer.fail(`${label}: unexpected token`, note.start)
  return { place, name, bytes, offset: note.start }
}

/** Contents of metadata.code.branch_hint: per function a list of offset, length 1 and the hint. */
function hintSection(functions: readonly FuncHints[]): Uint8Array {
  const w = new ByteWriter()
  w.u32(functions.length)
  for (const { func, hints } of functions) {
    w.u32(func)
    w.u32(hints.length)
    for (const [offset, hint] of hints) {
      w.u32(offset)
      w.u32(1)
      w.byte(hint)
    }
  }
  return w.slice()
}
