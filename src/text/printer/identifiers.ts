/**
 * Identifiers for the entries of a module's index spaces, from the names of its name section (spec §6.3.5): unique within
 * their space, quoted where they must be. Where an identifier cannot be the name itself, `(@name "…")` keeps the name.
 * Called by the printer.
 */
import { encodeNames } from '../../encoder/names.ts'
import { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { FuncBody, Module } from '../../module/module.ts'
import { type IndirectNameMap, type NameMap, type SectionNames, sectionNames } from '../../module/names.ts'
import { identifier, quoted } from './strings.ts'

const NO_NAMES: NameMap = new Map()
const NO_LISTS: IndirectNameMap = new Map()
const nothing: SectionNames = {
  module: undefined,
  funcs: NO_NAMES,
  locals: NO_LISTS,
  labels: NO_LISTS,
  types: NO_NAMES,
  tables: NO_NAMES,
  memories: NO_NAMES,
  globals: NO_NAMES,
  elems: NO_NAMES,
  datas: NO_NAMES,
  fields: NO_LISTS,
  tags: NO_NAMES,
}

/** The identifiers of one index space. */
export class Identifiers {
  /** By index: `$x`, where there is one. */
  private readonly words: ReadonlyMap<number, string>
  /** Names that differ from the identifier. */
  private readonly given: ReadonlyMap<number, string>

  constructor(names: NameMap) {
    const words = new Map<number, string>()
    const given = new Map<number, string>()
    const taken = new Set<string>()
    const again: [number, string][] = []
    for (const entry of names) {
      const [index, name] = entry
      if (name === '') given.set(index, name)
      else if (taken.has(name)) again.push(entry)
      else {
        taken.add(name)
        words.set(index, identifier(name))
      }
    }
    // Counted per name: thousands of functions may have the same.
    const counts = new Map<string, number>()
    for (const [index, name] of again) {
      let n = counts.get(name) ?? 1
      while (taken.has(`${name}#${n}`)) n++
      counts.set(name, n + 1)
      taken.add(`${name}#${n}`)
      words.set(index, identifier(`${name}#${n}`))
      given.set(index, name)
    }
    this.words = words
    this.given = given
  }

  /** Whether there are any. */
  get some(): boolean {
    return this.words.size > 0
  }

  /** How an instruction or field refers to the entry. */
  ref(index: number): string {
    return this.words.get(index) ?? String(index)
  }

  /** The identifier alone, with a space in front, and the name if it is another; empty if there is none. */
  bind(index: number): string {
    const word = this.words.get(index)
    return `${word === undefined ? '' : ` ${word}`}${this.note(index)}`
  }

  /** The same with the index as a comment, for the spaces of the module. */
  define(index: number): string {
    const word = this.words.get(index)
    return `${word === undefined ? '' : ` ${word}`} (;${index};)${this.note(index)}`
  }

  private note(index: number): string {
    const name = this.given.get(index)
    return name === undefined ? '' : ` (@name ${quoted(name)})`
  }
}

const NO_IDENTIFIERS = new Identifiers(NO_NAMES)

export class ModuleIdentifiers {
  readonly module: string
  readonly funcs: Identifiers
  readonly types: Identifiers
  readonly tables: Identifiers
  readonly memories: Identifiers
  readonly globals: Identifiers
  readonly tags: Identifiers
  readonly elems: Identifiers
  readonly datas: Identifiers
  /** The identifiers say everything that the module's name section says. */
  readonly complete: boolean
  private readonly names: SectionNames

  constructor(module: Module, withNames: boolean) {
    const names = withNames ? existing(module, sectionNames(module)) : nothing
    this.names = names
    const given = names.module
    this.module = given === undefined ? '' : given === '' ? ' (@name "")' : ` ${identifier(given)}`
    this.funcs = new Identifiers(names.funcs)
    this.types = new Identifiers(names.types)
    this.tables = new Identifiers(names.tables)
    this.memories = new Identifiers(names.memories)
    this.globals = new Identifiers(names.globals)
    this.tags = new Identifiers(names.tags)
    this.elems = new Identifiers(names.elems)
    this.datas = new Identifiers(names.datas)
    this.complete = sayAll(module, names)
  }

  locals(funcidx: number): Identifiers {
    const names = this.names.locals.get(funcidx)
    return names === undefined ? NO_IDENTIFIERS : new Identifiers(names)
  }

  fields(typeidx: number): Identifiers {
    const names = this.names.fields.get(typeidx)
    return names === undefined ? NO_IDENTIFIERS : new Identifiers(names)
  }

  /** Names of labels by the order of their blocks. */
  labels(funcidx: number): NameMap {
    return this.names.labels.get(funcidx) ?? NO_NAMES
  }
}

/** Whether the name section that identifiers turn into is the one that is there. */
function sayAll(module: Module, names: SectionNames): boolean {
  const sections = module.customs.filter((custom) => custom.name === 'name')
  const [section, ...others] = sections
  if (section === undefined) return true
  // The first counts; a second one with contents could not be told from a replacement.
  if (others.some((other) => other.bytes.length > 0)) return false
  const expected = encodeNames(names)
  return expected !== undefined && same(expected, section.bytes)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Names of entries that exist; others have no place in the text. */
function existing(module: Module, names: SectionNames): SectionNames {
  return {
    module: names.module,
    funcs: below(names.funcs, module.funcs.length),
    locals: inner(names.locals, (funcidx) => localCount(module, funcidx)),
    labels: inner(names.labels, (funcidx) => blockCount(module.code[funcidx - module.imported.func]), false),
    types: below(names.types, module.types.length),
    tables: below(names.tables, module.tables.length),
    memories: below(names.memories, module.memories.length),
    globals: below(names.globals, module.globals.length),
    elems: below(names.elems, module.elems.length),
    datas: below(names.datas, module.datas.length),
    fields: inner(names.fields, (typeidx) => fieldCount(module, typeidx)),
    tags: below(names.tags, module.tags.length),
  }
}

/** In the order of the indices, so that the first bearer of a name gets it as its identifier. */
function below(names: NameMap, count: number, empty = true): NameMap {
  return new Map([...names].filter(([index, name]) => index < count && (empty || name !== '')).sort((a, b) => a[0] - b[0]))
}

function inner(names: IndirectNameMap, count: (index: number) => number, empty = true): IndirectNameMap {
  return new Map([...names].map(([index, map]): [number, NameMap] => [index, below(map, count(index), empty)]))
}

function localCount(module: Module, funcidx: number): number {
  const comp = module.types[module.funcs[funcidx] ?? -1]?.comp
  let count = comp?.kind === 'func' ? comp.params.length : 0
  for (const run of module.code[funcidx - module.imported.func]?.locals ?? []) count += run.count
  return count
}

function fieldCount(module: Module, typeidx: number): number {
  const comp = module.types[typeidx]?.comp
  return comp?.kind === 'struct' ? comp.fields.length : 0
}

function blockCount(body: FuncBody | undefined): number {
  if (body === undefined) return 0
  const r = new InstructionReader(body.bytes, body.start, body.end)
  let count = 0
  while (r.next()) if (r.instruction.immediates[0] === 'blocktype') count++
  return count
}
