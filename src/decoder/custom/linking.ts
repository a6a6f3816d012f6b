/**
 * Object files: `linking` with its symbol table, and `reloc.*` (tool conventions, "WebAssembly Object File Linking").
 * Only read, never acted upon: vitrine is no linker. Called through ./index.ts.
 */
import type { SectionReader } from '../../bytes/section-reader.ts'
import type { Comdat, LinkSegment, LinkSymbol, Linking, Relocation, Relocations, SymbolKind } from '../../module/custom.ts'
import type { Module } from '../../module/module.ts'
import type { ExternKind } from '../../spec/types.ts'

const VERSION = 2
const SEGMENT_INFO = 5
const INIT_FUNCS = 6
const COMDAT_INFO = 7
const SYMBOL_TABLE = 8

const symbolKinds: readonly SymbolKind[] = ['function', 'data', 'global', 'section', 'tag', 'table']
const comdatKinds: readonly Comdat['entries'][number]['kind'][] = ['data', 'function', 'global', 'tag', 'table', 'section']

/** Flags of a symbol. */
const WEAK = 0x01
const LOCAL = 0x02
const HIDDEN = 0x04
const UNDEFINED = 0x10
const EXPORTED = 0x20
const EXPLICIT_NAME = 0x40
const ABSOLUTE = 0x200

export function linking(r: SectionReader, module: Module): Linking {
  const at = r.pos
  const version = r.u32()
  if (version !== VERSION) r.fail(`linking version ${version} is not known; known is ${VERSION}`, at)
  let segments: readonly LinkSegment[] = []
  let initFuncs: Linking['initFuncs'] = []
  let comdats: readonly Comdat[] = []
  let symbols: readonly LinkSymbol[] = []
  r.subsections((id, part) => {
    switch (id) {
      case SEGMENT_INFO:
        segments = part.vec(() => ({ name: part.name(), alignment: part.u32(), flags: part.u32() }), 3)
        break
      case INIT_FUNCS:
        initFuncs = part.vec(() => ({ priority: part.u32(), symbol: part.u32() }), 2)
        break
      case COMDAT_INFO:
        comdats = part.vec(() => comdat(part), 3)
        break
      case SYMBOL_TABLE:
        symbols = part.vec(() => symbol(part, module), 2)
        break
      default:
        // Later versions of the convention may add some.
        part.pos = part.end
    }
  })
  return { version, segments, initFuncs, comdats, symbols }
}

function comdat(r: SectionReader): Comdat {
  const name = r.name()
  const flags = r.u32()
  const entries = r.vec(() => {
    const at = r.pos
    const kind = comdatKinds[r.byte()]
    if (kind === undefined) r.fail('malformed comdat kind', at)
    return { kind, index: r.u32() }
  }, 2)
  return { name, flags, entries }
}

const externKinds: Partial<Record<SymbolKind, ExternKind>> = { function: 'func', global: 'global', tag: 'tag', table: 'table' }

function symbol(r: SectionReader, module: Module): LinkSymbol {
  const at = r.pos
  const kind = symbolKinds[r.byte()]
  if (kind === undefined) r.fail('malformed symbol kind', at)
  const flags = r.u32()
  const isUndefined = (flags & UNDEFINED) !== 0
  let name: string | undefined
  let index: number | undefined
  let offset: number | undefined
  let size: number | undefined
  if (kind === 'section') index = r.u32()
  else if (kind === 'data') {
    name = r.name()
    if (!isUndefined) {
      index = r.u32()
      offset = r.u64AsNumber()
      size = r.u64AsNumber()
      // An absolute address belongs to no segment.
      if ((flags & ABSOLUTE) !== 0) index = undefined
    }
  } else {
    index = r.u32()
    name = isUndefined && (flags & EXPLICIT_NAME) === 0 ? importName(module, externKinds[kind]!, index) : r.name()
  }
  return {
    kind,
    name,
    index,
    offset,
    size,
    flags,
    binding: (flags & WEAK) !== 0 ? 'weak' : (flags & LOCAL) !== 0 ? 'local' : 'global',
    hidden: (flags & HIDDEN) !== 0,
    undefined: isUndefined,
    exported: (flags & EXPORTED) !== 0,
  }
}

function importName(module: Module, kind: ExternKind, index: number): string | undefined {
  let n = index
  for (const { type, name } of module.imports) if (type.kind === kind && n-- === 0) return name
  return undefined
}

/** Names of the relocation types, by number. */
// oxfmt-ignore
const relocationTypes: readonly string[] = [
  'FUNCTION_INDEX_LEB', 'TABLE_INDEX_SLEB', 'TABLE_INDEX_I32', 'MEMORY_ADDR_LEB', 'MEMORY_ADDR_SLEB', 'MEMORY_ADDR_I32', 'TYPE_INDEX_LEB',
  'GLOBAL_INDEX_LEB', 'FUNCTION_OFFSET_I32', 'SECTION_OFFSET_I32', 'TAG_INDEX_LEB', 'MEMORY_ADDR_REL_SLEB', 'TABLE_INDEX_REL_SLEB',
  'GLOBAL_INDEX_I32', 'MEMORY_ADDR_LEB64', 'MEMORY_ADDR_SLEB64', 'MEMORY_ADDR_I64', 'MEMORY_ADDR_REL_SLEB64', 'TABLE_INDEX_SLEB64',
  'TABLE_INDEX_I64', 'TABLE_NUMBER_LEB', 'MEMORY_ADDR_TLS_SLEB', 'FUNCTION_OFFSET_I64', 'MEMORY_ADDR_LOCREL_I32', 'TABLE_INDEX_REL_SLEB64',
  'MEMORY_ADDR_TLS_SLEB64', 'FUNCTION_INDEX_I32',
]

export function relocations(r: SectionReader): Relocations {
  const section = r.u32()
  const entries = r.vec(() => relocation(r), 3)
  r.done('the relocations')
  return { section, entries }
}

function relocation(r: SectionReader): Relocation {
  const at = r.pos
  const number = r.byte()
  const type = relocationTypes[number]
  // What follows depends on it, so there is no going on.
  if (type === undefined) r.fail(`relocation type ${number} is not known`, at)
  const offset = r.u32()
  const index = r.u32()
  // Addresses and offsets have an addend.
  const withAddend = /^MEMORY_ADDR|_OFFSET_/.test(type)
  return { type, offset, index, addend: withAddend ? (type.endsWith('64') ? r.s64AsNumber() : r.s32()) : undefined }
}
