/**
 * Watchpoints: which instructions may touch what is watched, and what one of them did. Such instructions get a BREAK; what
 * they touch is looked at before and after. Called by core.ts.
 */
import type { Entry } from '../compiler/operand-stack.ts'
import type { InstructionReader } from '../decoder/instruction-reader.ts'
import { importReference } from '../embedding/heap-objects.ts'
import { VitrineError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { type HeapObject, Struct, isHeapObject } from '../runtime/heap.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Memory } from '../runtime/memory.ts'
import type { Thread } from '../runtime/thread.ts'
import { I64, isRef } from '../spec/types.ts'
import { formatRef } from '../trace/values.ts'
import type { Hits } from './hits.ts'
import { functionsOf } from './places.ts'
import { localsOf } from './frames.ts'
import { Variable, canonicalTypeIn, typeIn } from './values.ts'

/** What to watch. */
export type Watched =
  /** Bytes of a memory (index). */
  | { readonly memory: number; readonly addr: number; readonly size: number }
  | { readonly global: string | number }
  /** A local of a function, in every activation. */
  | { readonly local: string | number; readonly func: string | number }
  | { readonly table: number; readonly index: number }
  /** A structure or array of the heap, as a local or global holds it: any of its members. */
  | { readonly object: unknown }

export interface WatchOptions {
  /** Default `change`. `read` and `access` (reading or writing) are for memory only. */
  readonly on?: 'change' | 'write' | 'read' | 'access'
  /** Stops only if this holds afterwards; `$old` and `$new` are the values of a global or local. */
  readonly when?: string
  /** Stops from the hit of that number on; or asks whether to stop at the hit of a number. */
  readonly hits?: Hits
}

/** What an instruction did. */
export interface Touch {
  readonly message: string
  readonly old: unknown
  readonly new: unknown
}
/** To be called when the instruction has been carried out. */
export type Finish = () => Touch | undefined

/** An instruction that may touch something. */
export interface Toucher {
  /** Looks at the state before the instruction; undefined when it touches something else. */
  before(T: Thread): Finish | undefined
}

export interface Watcher {
  /** How it is shown. */
  readonly text: string
  /** The instruction that the reader stands on as one that may touch what is watched, or undefined. `stack`: the operands before it. */
  toucher(module: Module, funcidx: number, reader: InstructionReader, stack: () => readonly Entry[]): Toucher | undefined
  /** Whether the host has changed it since the last look. */
  hostChange?(): Touch | undefined
  /** A person has written these bytes: that is no change by the host. */
  edited?(memory: Memory, addr: number, bytes: Uint8Array): void
}

const hex = (n: number): string => `0x${n.toString(16)}`

/** Bytes in hexadecimal, at most 16. */
const bytesText = (bytes: Uint8Array): string =>
  `${[...bytes.subarray(0, 16)].map((b) => b.toString(16).padStart(2, '0')).join(' ')}${bytes.length > 16 ? ' …' : ''}`

/** Bytes that are copied and compared at most, for one instruction. */
const MAX_COMPARED = 1 << 16

class MemoryWatcher implements Watcher {
  readonly text: string
  private readonly memory: Memory
  private readonly from: number
  private readonly to: number
  private readonly on: string
  /** The bytes at the last look, if they are few: what the host writes is found by them. */
  private last: Uint8Array | undefined

  constructor(memory: Memory, { memory: memidx, addr, size }: { memory: number; addr: number; size: number }, on: string) {
    this.memory = memory
    this.from = addr
    this.to = addr + size
    this.on = on
    this.text = `${size} byte${size === 1 ? '' : 's'} at ${hex(addr)}${memidx === 0 ? '' : ` of memory ${memidx}`}`
    this.last = size <= 4096 ? this.copy(addr, addr + size) : undefined
  }

  private copy(from: number, to: number): Uint8Array {
    return this.memory.bytes.slice(Math.min(from, this.memory.byteLength), Math.min(to, this.memory.byteLength))
  }

  toucher(_module: Module, _funcidx: number, r: InstructionReader, stack: () => readonly Entry[]): Toucher | undefined {
    const { name, immediates, width, type } = r.instruction
    const { on } = this
    const wantsRead = on === 'read' || on === 'access'
    const wantsWrite = on !== 'read'
    if (immediates.includes('memarg')) {
      const writes = /store|rmw/.test(name) && wantsWrite
      const reads = /load|rmw|wait/.test(name) && wantsRead
      if (!writes && !reads) return undefined
      const { memory: memidx } = r
      const offset = (r.hi >>> 0) * 0x1_0000_0000 + (r.lo >>> 0)
      const entries = stack()
      const address = entries[entries.length - type!.params.length]!
      return this.range(
        memidx,
        (T) => place(T, address) + offset,
        () => width,
        writes,
      )
    }
    if (name !== 'memory.fill' && name !== 'memory.copy' && name !== 'memory.init') return undefined
    const entries = stack()
    const [to, from, size] = entries.slice(entries.length - 3) as [Entry, Entry, Entry]
    const memidx = name === 'memory.init' ? r.index2 : r.index
    const range = (memory: number, start: Entry, writes: boolean): Toucher =>
      this.range(
        memory,
        (T) => place(T, start),
        (T) => place(T, size),
        writes,
      )
    const write = wantsWrite ? range(memidx, to, true) : undefined
    const read = wantsRead && name === 'memory.copy' ? range(r.index2, from, false) : undefined
    return write === undefined || read === undefined ? (write ?? read) : { before: (T) => write.before(T) ?? read.before(T) }
  }

  private range(memidx: number, address: (T: Thread) => number, size: (T: Thread) => number, writes: boolean): Toucher {
    return {
      before: (T) => {
        if (T.instance.memories[memidx] !== this.memory) return undefined
        const start = address(T)
        const from = Math.max(start, this.from)
        const to = Math.min(start + size(T), this.to)
        if (from >= to) return undefined
        const compared = Math.min(to, from + MAX_COMPARED)
        const old = this.copy(from, compared)
        return () => {
          this.last = this.last === undefined ? undefined : this.copy(this.from, this.to)
          const now = this.copy(from, compared)
          const changed = now.some((byte, i) => byte !== old[i])
          if (this.on === 'change' && !changed) return undefined
          const what = `${hex(from)}: ${bytesText(old)}`
          return { message: writes ? `${what} → ${bytesText(now)}` : `${what} read`, old: undefined, new: undefined }
        }
      },
    }
  }

  edited(memory: Memory, addr: number, bytes: Uint8Array): void {
    const from = Math.max(addr, this.from)
    const to = Math.min(addr + bytes.length, this.to)
    if (memory === this.memory && from < to) this.last?.set(bytes.subarray(from - addr, to - addr), from - this.from)
  }

  hostChange(): Touch | undefined {
    const { last } = this
    if (last === undefined || this.on === 'read') return undefined
    const now = this.copy(this.from, this.to)
    if (now.length === last.length && now.every((byte, i) => byte === last[i])) return undefined
    this.last = now
    return { message: `${hex(this.from)}: ${bytesText(last)} → ${bytesText(now)}, by the host`, old: undefined, new: undefined }
  }
}

/** An address or size among the operands. In exact code every operand is at home. */
function place(T: Thread, entry: Entry): number {
  const at = T.fp + entry.home * 2
  return entry.type === I64 ? (T.R[at + 1]! >>> 0) * 0x1_0000_0000 + (T.R[at]! >>> 0) : T.R[at]! >>> 0
}

/** Watches one value by looking at it before and after certain instructions. */
class ValueWatcher implements Watcher {
  readonly text: string
  private readonly on: string
  private readonly matches: (module: Module, funcidx: number, r: InstructionReader) => ((T: Thread) => Variable | undefined) | undefined

  constructor(text: string, on: string, matches: ValueWatcher['matches']) {
    this.text = text
    this.on = on
    this.matches = matches
  }

  toucher(module: Module, funcidx: number, r: InstructionReader): Toucher | undefined {
    const find = this.matches(module, funcidx, r)
    if (find === undefined) return undefined
    return {
      before: (T) => {
        const variable = find(T)
        if (variable === undefined) return undefined
        const { text, value } = variable
        return () => {
          const { text: after, value: now } = variable
          return this.on === 'change' && Object.is(value, now) && text === after
            ? undefined
            : { message: `${this.text}: ${text} → ${after}`, old: plain(value), new: plain(now) }
        }
      },
    }
  }
}
const plain = (value: unknown): unknown => (Array.isArray(value) ? undefined : value)

/** Watches something that only its text tells apart. */
class TextWatcher implements Watcher {
  readonly text: string
  private readonly instructions: RegExp
  private readonly read: () => readonly unknown[]
  private readonly show: () => string

  constructor(text: string, instructions: RegExp, read: () => readonly unknown[], show: () => string) {
    this.text = text
    this.instructions = instructions
    this.read = read
    this.show = show
  }

  toucher(_module: Module, _funcidx: number, r: InstructionReader): Toucher | undefined {
    if (!this.instructions.test(r.instruction.name)) return undefined
    return {
      before: () => {
        const old = this.read().slice()
        const shown = this.show()
        return () => {
          const now = this.read()
          const changed = now.length !== old.length || now.some((value, i) => !Object.is(value, old[i]))
          // Which object an instruction writes is not known here: one that changes nothing may be about another.
          return changed ? { message: `${this.text}: ${shown} → ${this.show()}`, old: undefined, new: undefined } : undefined
        }
      },
    }
  }
}

/** The watcher for something of an instance. Throws a `usage` error for what is not there. */
export function watcherFor(instance: Instance, what: Watched, on: NonNullable<WatchOptions['on']>): Watcher {
  const { module } = instance
  if (!('memory' in what) && (on === 'read' || on === 'access')) throw new VitrineError('usage', `only memory can be watched for ${on}`)
  if ('memory' in what) return memoryWatcher(instance, what, on)
  if ('global' in what) return globalWatcher(instance, what.global, on)
  if ('local' in what) return localWatcher(module, what.local, what.func, on)
  if ('table' in what) {
    const table = instance.tables[what.table]
    if (table === undefined) throw new VitrineError('usage', `there is no table ${what.table}`)
    if (!(what.index >= 0 && what.index < table.elements.length))
      throw new VitrineError('usage', `table ${what.table} has ${table.elements.length} elements, none at ${what.index}`)
    const read = (): unknown => table.elements[what.index]
    return new TextWatcher(
      `table ${what.table}[${what.index}]`,
      /^table\.(set|fill|copy|init)$/,
      () => [read()],
      () => formatRef(read()),
    )
  }
  return objectWatcher(what.object)
}

function memoryWatcher(instance: Instance, what: { memory: number; addr: number; size: number }, on: string): Watcher {
  const memory = instance.memories[what.memory]
  if (memory === undefined) throw new VitrineError('usage', `there is no memory ${what.memory}`)
  const { addr, size } = what
  if (!(Number.isSafeInteger(addr) && addr >= 0 && Number.isSafeInteger(size) && size > 0 && addr + size <= memory.maxBytes))
    throw new VitrineError(
      'usage',
      `memory ${what.memory} can never have ${size} bytes at ${hex(addr)}: it ends at ${hex(memory.maxBytes)} at the latest`,
    )
  return new MemoryWatcher(memory, what, on)
}

/** The number of the global of that name, export or number; -1 if there is none. */
export function globalIndex(module: Module, global: string | number): number {
  if (typeof global === 'number') return global < module.globals.length ? global : -1
  const bare = global.replace(/^\$/, '')
  for (const [index, name] of moduleNames(module).globals) if (name === bare) return index
  return module.exports.find((e) => e.kind === 'global' && e.name === global)?.index ?? -1
}

function globalWatcher(instance: Instance, which: string | number, on: string): Watcher {
  const index = globalIndex(instance.module, which)
  const global = instance.globals[index]
  if (global === undefined) throw new VitrineError('usage', `there is no global ${which}`)
  const variable = globalVariable(instance, index)
  return new ValueWatcher(`global ${which}`, on, (_module, _funcidx, r) => {
    if (r.instruction.name !== 'global.set') return undefined
    const number = r.index
    return (T) => (T.instance.globals[number] === global ? variable : undefined)
  })
}

/** A global as a variable. */
export function globalVariable(instance: Instance, index: number): Variable {
  const { type, ints, refs, at } = instance.globals[index]!
  const name = moduleNames(instance.module).globals.get(index)
  // References are counted in elements there.
  const where = isRef(type.type) ? { ints, refs, at: at * 2 } : { ints, refs, at }
  return new Variable(name, index, canonicalTypeIn(instance, type.type), () => where, type.mutable)
}

/** An element of a table as a variable; undefined where there is none. */
export function elementVariable(instance: Instance, table: number, index: number): Variable | undefined {
  const { elements, type } = instance.tables[table] ?? {}
  if (elements === undefined || index >= elements.length) return undefined
  const where = { ints: new Int32Array(2), refs: elements, at: index * 2 }
  return new Variable(undefined, index, canonicalTypeIn(instance, type!.element), () => where)
}

function localWatcher(module: Module, which: string | number, func: string | number, on: string): Watcher {
  const functions = functionsOf(module, { func }).filter((funcidx) => funcidx >= module.imported.func)
  const found = new Map<number, { readonly index: number; readonly slot: number; readonly type: number }>()
  for (const funcidx of functions) {
    const names = moduleNames(module).locals.get(funcidx)
    localsOf(module, funcidx).forEach((local, index) => {
      if (which === index || names?.get(index) === which) found.set(funcidx, { ...local, index })
    })
  }
  if (found.size === 0) throw new VitrineError('usage', `there is no local ${which} in ${func}`)
  const [first] = functions
  const owner = functions.length === 1 ? (moduleNames(module).funcs.get(first!) ?? `function ${first}`) : func
  return new ValueWatcher(`local ${which} of ${owner}`, on, (m, funcidx, r) => {
    const local = m === module ? found.get(funcidx) : undefined
    const { name } = r.instruction
    if (local === undefined || (name !== 'local.set' && name !== 'local.tee') || r.index !== local.index) return undefined
    return (T) => {
      const at = T.fp + local.slot * 2
      return new Variable(undefined, local.index, typeIn(T.instance, local.type), () => ({ ints: T.R, refs: T.refs, at }))
    }
  })
}

function objectWatcher(value: unknown): Watcher {
  const object = importReference(value)
  if (!isHeapObject(object)) throw new VitrineError('usage', 'only structures and arrays can be watched')
  const show = (): string => formatRef(object)
  const instructions = /^(struct\.set|array\.(set|fill|copy|init_data|init_elem))$/
  return new TextWatcher(show().replace(/\{.*/s, ''), instructions, () => membersOf(object), show)
}

/** All words of an object. */
function membersOf(object: HeapObject): readonly unknown[] {
  if (!(object instanceof Struct)) return Array.from(object.data as ArrayLike<unknown>)
  const { w0, w1, w2, w3, w4, w5, more } = object
  return [w0, w1, w2, w3, w4, w5, ...(more ?? [])]
}
