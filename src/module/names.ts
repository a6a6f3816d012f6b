/**
 * Names for people: the name section (spec appendix "Custom Sections", with its extended subsections), read when
 * somebody asks for it. Whatever is wrong in it only means fewer names: it never makes a module malformed.
 * Called by errors, backtraces, the printer and the debugger.
 */
import { ByteReader } from '../bytes/reader.ts'
import { isMalformed } from '../errors.ts'
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
}

/** Subsections by their id. */
const subsections: readonly ((d: Draft, r: ByteReader) => void)[] = [
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
  }
  const section = module.customs.find((custom) => custom.name === 'name')
  if (section !== undefined) tolerate(() => nameSection(d, section.bytes))
  fallback(d, module)
  return d
}

function nameSection(d: Draft, bytes: Uint8Array): void {
  const r = new ByteReader(bytes)
  while (r.pos < bytes.length) {
    const id = r.byte()
    const size = r.size()
    const end = r.pos + size
    const read = subsections[id]
    // A broken subsection does not spoil the next one.
    if (read !== undefined) tolerate(() => read(d, new ByteReader(bytes, r.pos, end)))
    r.pos = end
  }
}

function tolerate(read: () => void): void {
  try {
    read()
  } catch (e) {
    if (!isMalformed(e)) throw e
  }
}

function names(r: ByteReader, into: Names): void {
  const n = r.count(2)
  for (let i = 0; i < n; i++) {
    const index = r.u32()
    into.set(index, r.name())
  }
}

function indirect(r: ByteReader, into: Indirect): void {
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
