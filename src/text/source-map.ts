/**
 * Offset ↔ place: where the instructions of a module stand in its text. Made by the parser (of the source) and by the
 * printer (of the printed text), for error messages and for a debugger that shows WAT as source.
 */
import { countUpTo, firstWhere } from '../bytes/search.ts'
import { ByteReader } from '../bytes/reader.ts'
import { readValType } from '../decoder/types.ts'
import { decodeUtf8Lossy } from '../bytes/utf8.ts'
import { bytesOf } from './source.ts'

/** 1-based line and column; columns count characters. */
export interface SourcePlace {
  readonly line: number
  readonly column: number
}

/** An instruction: body number `code` (as in `module.code`), and its offset from the start of the body's instructions. */
export interface CodeOffset {
  readonly code: number
  readonly offset: number
}

/** Where the instructions of a module stand in its text. */
export interface SourceMap {
  /**
   * The place of the instruction at `offset` from the start of the instructions of defined function number `code`, as in
   * `module.code[code]`. Undefined if none begins there.
   */
  place(code: number, offset: number): SourcePlace | undefined
  /** The place of the instruction at a byte offset of the .wasm file: the offset of errors, traps and DWARF. */
  placeOf(fileOffset: number): SourcePlace | undefined
  /** Offsets in the file of the instructions that begin on a line, from left to right: where a breakpoint of that line goes. */
  offsetsOn(line: number): readonly number[]
  /** The file offset as body and offset in it; undefined outside of bodies. */
  locate(fileOffset: number): CodeOffset | undefined
}

/** Per body: offset, line, column of each instruction, and so on, ascending by offset. */
export type PlaceTable = readonly number[]
const ENTRY = 3

/** The map from tables; `starts` tells where the instructions of each body begin in the file, when somebody asks. */
export function sourceMap(tables: (code: number) => PlaceTable, bodies: number, starts: () => readonly number[]): SourceMap {
  let known: readonly number[] | undefined
  let lines: Map<number, number[]> | undefined
  const bases = (): readonly number[] => (known ??= starts())
  const place = (code: number, offset: number): SourcePlace | undefined => {
    if (code < 0 || code >= bodies) return undefined
    const table = tables(code)
    const i = firstWhere(table.length / ENTRY, (k) => table[k * ENTRY]! >= offset)
    return table[i * ENTRY] === offset ? { line: table[i * ENTRY + 1]!, column: table[i * ENTRY + 2]! } : undefined
  }
  const locate = (fileOffset: number): CodeOffset | undefined => {
    const code = countUpTo(bases(), fileOffset) - 1
    if (code < 0) return undefined
    const offset = fileOffset - bases()[code]!
    const table = tables(code)
    return table.length > 0 && offset <= table[table.length - ENTRY]! ? { code, offset } : undefined
  }
  return {
    place,
    locate,
    placeOf: (fileOffset) => {
      const at = locate(fileOffset)
      return at === undefined ? undefined : place(at.code, at.offset)
    },
    offsetsOn: (line) => {
      lines ??= byLine(tables, bodies, bases())
      return lines.get(line) ?? []
    },
  }
}

function byLine(tables: (code: number) => PlaceTable, bodies: number, starts: readonly number[]): Map<number, number[]> {
  const columns = new Map<number, [column: number, offset: number][]>()
  for (let code = 0; code < bodies; code++) {
    const table = tables(code)
    for (let i = 0; i < table.length; i += ENTRY) {
      const line = table[i + 1]!
      const entries = columns.get(line) ?? []
      entries.push([table[i + 2]!, starts[code]! + table[i]!])
      columns.set(line, entries)
    }
  }
  return new Map(
    [...columns].map(([line, entries]): [number, number[]] => [line, entries.sort((a, b) => a[0] - b[0]).map(([, offset]) => offset)]),
  )
}

/** Turns byte offsets of a byte string into places; the lines are found once. */
export class LineTable {
  private readonly source: string
  private readonly starts: number[] = [0]

  constructor(source: string) {
    this.source = source
    for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) this.starts.push(at + 1)
  }

  place(offset: number): SourcePlace {
    const line = countUpTo(this.starts, offset)
    const start = this.starts[line - 1]!
    return { line, column: [...decodeUtf8Lossy(bytesOf(this.source, start, offset))].length + 1 }
  }
}

const CODE_SECTION = 10

/** Where the instructions of each body begin in a .wasm file that is well-formed: behind the declarations of its locals. */
export function bodyStarts(file: Uint8Array): number[] {
  const starts: number[] = []
  const r = new ByteReader(file, 8)
  while (r.pos < r.end) {
    const id = r.byte()
    const size = r.size()
    const end = r.pos + size
    if (id === CODE_SECTION) {
      for (let n = r.u32(); n > 0; n--) {
        const length = r.size()
        const next = r.pos + length
        for (let runs = r.u32(); runs > 0; runs--) {
          r.u32()
          readValType(Object.assign(r, { features: undefined }))
        }
        starts.push(r.pos)
        r.pos = next
      }
    }
    r.pos = end
  }
  return starts
}
