/**
 * The breakpoints of a client. They are kept by kind, each kind is replaced as a whole, and one that the client asks for again stays
 * as it is, with its count. They may be set before there is a program: they are put in when it is there. Called by session.ts.
 */
import {
  type BreakOptions,
  type Breakpoint,
  type Debugger,
  type Hits,
  type Watched,
  type WatchOptions,
  type Watchpoint,
} from '../debug/index.ts'
import { functionsOf, hostPattern } from '../debug/places.ts'
import { isVitrineError } from '../errors.ts'
import { type Arguments, RequestError } from './arguments.ts'
import { codeReference, parseCodeReference } from './disassembly.ts'
import { type ProtocolBreakpoint, exceptionFilters } from './protocol.ts'
import type { SourceQuery, Sources, Text } from './sources.ts'

/** The program that breakpoints are put into. */
export interface Ground {
  readonly dbg: Debugger
  readonly sources: Sources
}
type Point = Breakpoint | Watchpoint
type StopReason = 'breakpoint' | 'function breakpoint' | 'data breakpoint' | 'instruction breakpoint' | 'exception'

/** What a client wants: how to put it into a program, and what to tell about it then. */
interface Wanted {
  /** Equal for the same wish. */
  readonly key: string
  readonly reason: StopReason
  install(ground: Ground): { readonly point: Point; readonly about: Partial<ProtocolBreakpoint> }
}

interface Entry {
  readonly id: number
  readonly wanted: Wanted
  point: Point | undefined
  state: Omit<ProtocolBreakpoint, 'id'>
}

const PENDING = { verified: false, message: 'it is set when the program is there' }

/** How lines and columns are counted by the client. */
export interface Counting {
  readonly lines: 0 | 1
  readonly columns: 0 | 1
}

export class Breakpoints {
  /** By kind; breakpoints on lines by source as well. */
  private readonly groups = new Map<string, Entry[]>()
  private readonly byPoint = new WeakMap<Point, Entry>()
  private nextId = 1
  private ground: Ground | undefined = undefined
  private readonly counting: () => Counting
  private readonly onChange: (breakpoint: ProtocolBreakpoint) => void
  /** Objects that data breakpoints are for; a client has their numbers. */
  private readonly objects: unknown[] = []

  constructor(counting: () => Counting, onChange: (breakpoint: ProtocolBreakpoint) => void) {
    this.counting = counting
    this.onChange = onChange
  }

  /** Puts all into a program, and tells the client what came of it. */
  enter(ground: Ground): void {
    this.ground = ground
    for (const entries of this.groups.values()) {
      for (const entry of entries) {
        this.install(entry)
        if (entry.wanted.reason !== 'exception') this.onChange({ id: entry.id, ...entry.state })
      }
    }
  }
  /** The program is gone. */
  leave(): void {
    this.ground = undefined
    for (const entries of this.groups.values()) for (const entry of entries) entry.point = undefined
  }

  /** The client's number of what stopped the program, and the word for it. */
  about(point: Point | undefined): { readonly id: number; readonly reason: StopReason } | undefined {
    const entry = point === undefined ? undefined : this.byPoint.get(point)
    return entry === undefined ? undefined : { id: entry.id, reason: entry.wanted.reason }
  }
  /** Where a breakpoint stands, for what it logs. */
  placeOf(point: Point): Omit<ProtocolBreakpoint, 'id'> | undefined {
    return this.byPoint.get(point)?.state
  }

  private install(entry: Entry): void {
    if (this.ground === undefined) {
      entry.state = PENDING
      return
    }
    try {
      const { point, about } = entry.wanted.install(this.ground)
      entry.point = point
      this.byPoint.set(point, entry)
      const problem = 'problems' in point ? point.problems[0] : undefined
      entry.state = { verified: true, ...(problem === undefined ? {} : { message: problem }), ...about }
    } catch (error) {
      if (!isVitrineError(error) && !(error instanceof RequestError)) throw error
      entry.state = { verified: false, message: error.message }
    }
  }

  private replace(group: string, wanted: readonly Wanted[]): ProtocolBreakpoint[] {
    const old = new Map<string, Entry[]>()
    for (const entry of this.groups.get(group) ?? []) {
      const list = old.get(entry.wanted.key)
      if (list === undefined) old.set(entry.wanted.key, [entry])
      else list.push(entry)
    }
    const kept = wanted.map((wish) => old.get(wish.key)?.shift())
    // What is not wanted any more goes before anything new comes: both may be at the same place.
    for (const list of old.values()) for (const { point } of list) point?.remove()
    const entries = wanted.map((wish, i): Entry => {
      const entry = kept[i]
      if (entry !== undefined) return entry
      const made: Entry = { id: this.nextId++, wanted: wish, point: undefined, state: PENDING }
      this.install(made)
      return made
    })
    this.groups.set(group, entries)
    return entries.map(({ id, state }) => ({ id, ...state }))
  }

  // ---- lines ------------------------------------------------------------------------------------------------------

  setLines(query: SourceQuery, list: readonly Arguments[]): ProtocolBreakpoint[] {
    const { lines, columns } = this.counting()
    const wanted = list.map((item): Wanted => {
      const line = item.integer('line') + 1 - lines
      const given = item.maybeInteger('column')
      const column = given === undefined ? undefined : given + 1 - columns
      const options = optionsOf(item)
      const log = item.maybeString('logMessage')
      return {
        key: JSON.stringify([line, column, keyOf(item), log]),
        reason: 'breakpoint',
        install: ({ dbg, sources }) => {
          const text = sources.find(query)
          if (text === undefined) throw new RequestError('this file is no source of the program')
          const offset = offsetAt(text, line, column)
          if (offset === undefined) throw new RequestError(`no instruction begins on line ${line} or behind it`)
          return { point: dbg.break({ offset }, { ...options, log }), about: this.placeAt(sources, offset) }
        },
      }
    })
    return this.replace(`lines of ${query.reference ?? 0} ${query.path ?? ''}`, wanted)
  }

  /** Where in a text breakpoints can be, from a line and column to others. */
  locations(text: Text, args: Arguments): { line: number; column: number }[] {
    const { lines, columns } = this.counting()
    const from = args.integer('line') + 1 - lines
    const to = Math.min(args.has('endLine') ? args.integer('endLine') + 1 - lines : from, text.lineCount)
    const first = args.has('column') ? args.integer('column') + 1 - columns : 1
    const last = args.has('endColumn') ? args.integer('endColumn') + 1 - columns : Infinity
    const found: { line: number; column: number }[] = []
    for (let line = Math.max(1, from); line <= to; line++) {
      for (const offset of text.offsetsOn(line)) {
        const { column } = text.placeOf(offset)!
        if ((line > from || column >= first) && (line < to || column <= last))
          found.push({ line: line - 1 + lines, column: column - 1 + columns })
      }
    }
    return found
  }

  private placeAt(sources: Sources, offset: number): Partial<ProtocolBreakpoint> {
    const { lines, columns } = this.counting()
    const at = sources.placeOf(offset)
    return {
      instructionReference: codeReference(offset),
      ...(at === undefined ? {} : { source: at.text.source, line: at.place.line - 1 + lines, column: at.place.column - 1 + columns }),
    }
  }

  // ---- functions, instructions --------------------------------------------------------------------------------------

  setFunctions(list: readonly Arguments[]): ProtocolBreakpoint[] {
    const wanted = list.map((item): Wanted => {
      const name = item.string('name').trim()
      const options = optionsOf(item)
      return {
        key: JSON.stringify([name, keyOf(item)]),
        reason: 'function breakpoint',
        install: ({ dbg, sources }) => {
          const point = dbg.break(functionPlace(dbg, name), options)
          const offset = point.places[0]?.offset
          // The text of a large module is not printed for this.
          return { point, about: offset === undefined ? {} : this.placeAt(sources, offset) }
        },
      }
    })
    return this.replace('functions', wanted)
  }

  setInstructions(list: readonly Arguments[]): ProtocolBreakpoint[] {
    const wanted = list.map((item): Wanted => {
      const reference = item.string('instructionReference')
      const shift = item.maybeInteger('offset') ?? 0
      const options = optionsOf(item)
      return {
        key: JSON.stringify([reference, shift, keyOf(item)]),
        reason: 'instruction breakpoint',
        install: ({ dbg, sources }) => {
          const point = dbg.break({ offset: parseCodeReference(reference) + shift }, options)
          return { point, about: this.placeAt(sources, point.places[0]!.offset) }
        },
      }
    })
    return this.replace('instructions', wanted)
  }

  // ---- exceptions ---------------------------------------------------------------------------------------------------

  setExceptions(filters: readonly string[], options: readonly Arguments[]): ProtocolBreakpoint[] {
    const wishes = [
      ...filters.map((filter) => ({ filter, tag: undefined as string | undefined })),
      ...options.map((option) => ({ filter: option.string('filterId'), tag: option.maybeString('condition')?.trim() })),
    ]
    const wanted = wishes.map(({ filter, tag }): Wanted => {
      if (!exceptionFilters.some((known) => known.filter === filter)) throw new RequestError(`there is no exception filter '${filter}'`)
      const isTag = tag !== undefined && tag !== ''
      if (isTag && filter !== 'throw') throw new RequestError(`the exception filter '${filter}' takes no condition`)
      return {
        key: JSON.stringify([filter, tag]),
        reason: 'exception',
        install: ({ dbg }) => ({
          point: dbg.break(filter === 'trap' ? { trap: true } : filter === 'uncaught' ? { uncaught: true } : { throw: isTag ? tag : true }),
          about: {},
        }),
      }
    })
    return this.replace('exceptions', wanted)
  }

  // ---- data -----------------------------------------------------------------------------------------------------------

  /** The text by which a client asks for a data breakpoint. */
  dataId(watched: Watched): string {
    if (!('object' in watched)) return JSON.stringify(watched)
    let number = this.objects.indexOf(watched.object)
    if (number < 0) number = this.objects.push(watched.object) - 1
    return JSON.stringify({ object: number })
  }

  setData(list: readonly Arguments[]): ProtocolBreakpoint[] {
    const wanted = list.map((item): Wanted => {
      const dataId = item.string('dataId')
      const access = item.maybeString('accessType') ?? 'write'
      const on = ({ write: 'change', read: 'read', readWrite: 'access' } as const)[access]
      if (on === undefined) throw new RequestError(`there is no access type '${access}': read, write or readWrite`)
      const options: WatchOptions = { ...optionsOf(item), on }
      return {
        key: JSON.stringify([dataId, on, keyOf(item)]),
        reason: 'data breakpoint',
        install: ({ dbg }) => ({ point: dbg.watch(this.watchedOf(dataId), options), about: {} }),
      }
    })
    return this.replace('data', wanted)
  }

  private watchedOf(dataId: string): Watched {
    let value: unknown
    try {
      value = JSON.parse(dataId)
    } catch {
      throw new RequestError(`'${dataId}' is no dataId of vitrine`)
    }
    const { memory, addr, size, global, local, func, table, index, object } = (value ?? {}) as Record<string, unknown>
    const are = (...numbers: unknown[]): boolean => numbers.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
    if (are(memory, addr, size)) return { memory, addr, size } as Watched
    const names = (value: unknown): boolean => typeof value === 'string' || are(value)
    if (names(global)) return { global } as Watched
    if (names(local) && names(func)) return { local, func } as Watched
    if (are(table, index)) return { table, index } as Watched
    if (are(object) && (object as number) < this.objects.length) return { object: this.objects[object as number] }
    throw new RequestError(`'${dataId}' is no dataId of vitrine`)
  }
}

/** The instruction for a breakpoint: on the line, from the column on; else on the next line that has one. */
function offsetAt(text: Text, line: number, column: number | undefined): number | undefined {
  const here = text.offsetsOn(line)
  if (here.length > 0) {
    const from = column === undefined ? undefined : here.find((offset) => text.placeOf(offset)!.column >= column)
    // The line's first instruction to be executed is not always its leftmost.
    return from ?? (column === undefined ? Math.min(...here) : here[here.length - 1])
  }
  for (let next = Math.max(1, line + 1); next <= text.lineCount; next++) {
    const offsets = text.offsetsOn(next)
    if (offsets.length > 0) return Math.min(...offsets)
  }
  return undefined
}

/** `fac`, `fac*`, `#3`, `0x…` of no use here; an import, by its name in the module or its own. */
function functionPlace(dbg: Debugger, name: string): Parameters<Debugger['break']>[0] {
  const { module } = dbg.instance
  const number = /^#(\d+)$/.exec(name)?.[1]
  const place = { func: number === undefined ? name : Number(number) }
  const found = functionsOf(module, place)
  const imports = module.imports.filter(({ type }) => type.kind === 'func')
  if (found.length > 0 && found.every((funcidx) => funcidx < module.imported.func)) {
    const { module: from, name: imported } = imports[found[0]!]!
    return { host: `${from}.${imported}` }
  }
  if (found.length === 0 && imports.some((entry) => hostPattern(name)(`${entry.module}.${entry.name}`))) return { host: name }
  return place
}

const optionsOf = (item: Arguments): Pick<BreakOptions, 'when' | 'hits'> => {
  const when = item.maybeString('condition')?.trim()
  const hits = item.maybeString('hitCondition')?.trim()
  return { when: when === '' ? undefined : when, hits: hits === undefined || hits === '' ? undefined : parseHits(hits) }
}
const keyOf = (item: Arguments): unknown[] => [item.maybeString('condition'), item.maybeString('hitCondition')]

const counts: Readonly<Record<string, (n: number) => Hits>> = {
  '>': (n) => n + 1,
  '>=': (n) => Math.max(1, n),
  '<': (n) => (count) => count < n,
  '<=': (n) => (count) => count <= n,
  '=': (n) => (count) => count === n,
  '==': (n) => (count) => count === n,
  '%': (n) => (count) => count % n === 0,
}

/** `5` and `>= 5`: from the fifth hit on; `> 5`, `< 5`, `<= 5`, `== 5`; `% 5`: each fifth. */
export function parseHits(text: string): Hits {
  const found = /^(>=?|<=?|==?|%)?\s*(\d{1,15})$/.exec(text)
  if (found === null || (found[1] === '%' && Number(found[2]) === 0))
    throw new RequestError(`'${text}' is no hit condition: write 5, > 5, >= 5, == 5, < 5, <= 5 or % 5`)
  return counts[found[1] ?? '>=']!(Number(found[2]))
}
