/**
 * Names for people: the name section (spec appendix "Custom Sections", with its extended subsections), read when
 * somebody asks for it. Whatever is wrong in it only means fewer names: it never makes a module malformed.
 * Called by errors, backtraces, the printer and the debugger.
 */
import { SectionReader } from '../bytes/section-reader.ts'
import { MalformedError } from '../errors.ts'
import type { Module } from './module.ts'

/** Index → name. */
export type NameMap = ReadonlyMap<number, string>
/** Index → index → name: locals and labels by function, fields by type. */
export type IndirectNameMap = ReadonlyMap<number, NameMap>

export interface ModuleNames {
  readonly module: string | undefined
  /** Function names of the name section, else the name of an export or import. */
  readonly funcs: NameMap
  readonly locals: IndirectNameMap
  readonly labels: IndirectNameMap
  readonly types: NameMap
  readonly tables: NameMap
  readonly memories: NameMap
  readonly globals: NameMap
  readonly elems: NameMap
  readonly datas: NameMap
  readonly fields: IndirectNameMap
  readonly tags: NameMap
  /** How many functions the section itself names. */
  readonly namedFuncs: number
  /** What is wrong in the section, with offsets in the file; empty nearly always. */
  readonly problems: readonly MalformedError[]
}

type Names = Map<number, string>
type Indirect = Map<number, Names>
interface Draft {
  module: string | undefined
  funcs: Names
  locals: Indirect
  labels: Indirect
  types: Names
  tables: Names
  memories: Names
  globals: Names
  elems: Names
  datas: Names
  fields: Indirect
  tags: Names
  namedFuncs: number
  problems: MalformedError[]
}

/** Subsections by their id. */
const subsections: readonly ((d: Draft, r: SectionReader) => void)[] = [
  (d, r) => {
    d.module = r.name()
  },
  (d, r) => names(r, d.funcs),
  (d, r) => indirect(r, d.locals),
  (d, r) => indirect(r, d.labels),
  (d, r) => names(r, d.types),
  (d, r) => names(r, d.tables),
  (d, r) => names(r, d.memories),
  (d, r) => names(r, d.globals),
  (d, r) => names(r, d.elems),
  (d, r) => names(r, d.datas),
  (d, r) => indirect(r, d.fields),
  (d, r) => names(r, d.tags),
]

const known = new WeakMap<Module, ModuleNames>()

/** The names of a module; read once. */
export function moduleNames(module: Module): ModuleNames {
  let found = known.get(module)
  if (found === undefined) {
    found = readNames(module)
    known.set(module, found)
  }
  return found
}

function readNames(module: Module): ModuleNames {
  const d: Draft = {
    module: undefined,
    funcs: new Map(),
    locals: new Map(),
    labels: new Map(),
    types: new Map(),
    tables: new Map(),
    memories: new Map(),
    globals: new Map(),
    elems: new Map(),
    datas: new Map(),
    fields: new Map(),
    tags: new Map(),
    namedFuncs: 0,
    problems: [],
  }
  const section = module.customs.find((custom) => custom.name === 'name')
  if (section !== undefined) tolerate(d, () => nameSection(d, new SectionReader(section.bytes, section.offset)))
  d.namedFuncs = d.funcs.size
  fallback(d, module)
  return d
}

function nameSection(d: Draft, r: SectionReader): void {
  r.subsections((id, part) => {
    const read = subsections[id]
    // A broken subsection does not spoil the next one.
    tolerate(d, () => {
      if (read === undefined) return
      read(d, part)
      part.done(`name subsection ${id}`)
    })
    part.pos = part.end
  })
}

function tolerate(d: Draft, read: () => void): void {
  try {
    read()
  } catch (e) {
    if (!(e instanceof MalformedError)) throw e
    d.problems.push(e)
  }
}

function names(r: SectionReader, into: Names): void {
  const n = r.count(2)
  for (let i = 0; i < n; i++) {
    const index = r.u32()
    into.set(index, r.name())
  }
}

function indirect(r: SectionReader, into: Indirect): void {
  const n = r.count(2)
  for (let i = 0; i < n; i++) {
    const outer = r.u32()
    const inner: Names = into.get(outer) ?? new Map<number, string>()
    into.set(outer, inner)
    names(r, inner)
  }
}

/** Functions without a name in the section are called what they are exported or imported as. */
function fallback(d: Draft, module: Module): void {
  for (const { kind, index, name } of module.exports) if (kind === 'func' && !d.funcs.has(index)) d.funcs.set(index, name)
  let funcidx = 0
  for (const { type, module: from, name } of module.imports) {
    if (type.kind !== 'func') continue
    if (!d.funcs.has(funcidx)) d.funcs.set(funcidx, `${from}.${name}`)
    funcidx++
  }
}
