/** Memories, tables and globals as JS sees them: made by the host to be imported, or found among an instance's exports. */
import { HostError, LimitError, VitrineError } from '../errors.ts'
import { Global } from '../runtime/global.ts'
import { Memory } from '../runtime/memory.ts'
import { Table } from '../runtime/table.ts'
import { type GlobalType, type Limits, type MemoryType, F32, F64, I32, I64, isRef } from '../spec/types.ts'
import { type I64Form, type Wrap, fromHalves, fromRef, toHalves, toRef, valType } from './values.ts'
import { wrapFunc } from './functions.ts'
import { MAX_MEMORY, MAX_TABLE } from './store.ts'

/** Reference types that the host can name, all nullable. */
export type RefTypeName = 'funcref' | 'externref' | 'anyref' | 'eqref' | 'i31ref' | 'structref' | 'arrayref'

function limits(initial: number, maximum: number | undefined, most: number): Limits {
  for (const n of [initial, maximum ?? initial]) {
    if (!Number.isInteger(n) || n < 0 || n > most)
      throw new VitrineError('usage', `limits must be whole numbers from 0 to ${most}, not ${String(n)}`)
  }
  if (maximum !== undefined && maximum < initial)
    throw new VitrineError('usage', `the maximum ${maximum} is below the initial size ${initial}`)
  return { min: initial, max: maximum, is64: false }
}

/** A memory within the limit, or LimitError that says which it is. */
export function makeMemory(name: string, type: MemoryType, most: number): Memory {
  const bytes = type.limits.min * 2 ** type.pageSizeLog2
  if (bytes > most) throw new LimitError('memory', `${name} wants ${bytes} bytes at the start; the limit is ${most}`)
  try {
    return new Memory(type, most)
  } catch (error) {
    if (error instanceof RangeError) throw new LimitError('memory', `${name} cannot be allocated: ${error.message}`)
    throw error
  }
}

/** How far something grows: only whole numbers make sense. */
function checkDelta(delta: number): void {
  if (!Number.isInteger(delta) || delta < 0)
    throw new VitrineError('usage', `cannot grow by ${String(delta)}: a whole number of at least 0`)
}

/** JS objects of store objects: one each, so that identity holds. */
const wrappers = new WeakMap<object, object>()

/** A linear memory. Sizes are in pages of 64 KiB. */
export class WasmMemory {
  /** The store's object. */
  readonly memory: Memory

  /**
   * `maximum` is optional; the memory may grow up to it, and in any case not beyond 1 GiB. A `shared` one needs a maximum; it is
   * a plain buffer for the threads of one store until `share()` is called. `buffer`: what `share()` gave in another agent.
   */
  constructor(init: { initial: number; maximum?: number; shared?: boolean; buffer?: SharedArrayBuffer } | Memory) {
    if (init instanceof Memory) this.memory = init
    else {
      const { buffer, initial, maximum, shared = buffer !== undefined } = init
      if (shared && maximum === undefined) throw new VitrineError('usage', 'a shared memory needs a maximum')
      const type = { limits: limits(initial, maximum, 65536), shared, pageSizeLog2: 16 }
      this.memory = makeMemory('a memory', type, buffer?.byteLength ?? MAX_MEMORY)
      if (buffer !== undefined) this.memory.shareWithAgents(buffer)
    }
    wrappers.set(this.memory, this)
  }
  static of(memory: Memory): WasmMemory {
    return (wrappers.get(memory) as WasmMemory | undefined) ?? new WasmMemory(memory)
  }
  get pages(): number {
    return this.memory.pages
  }
  get byteLength(): number {
    return this.memory.byteLength
  }
  /**
   * Moves a shared memory into a SharedArrayBuffer, reserved at its maximum, for other agents (workers): there it is the
   * `buffer` of a WasmMemory. Atomic instructions are the engine's Atomics from then on. Views taken before are stale. A grow
   * is seen by the agent that made it only.
   */
  share(): SharedArrayBuffer {
    if (!this.memory.type.shared) throw new HostError('only a shared memory can be given to other agents')
    return this.memory.shareWithAgents()
  }
  /** The bytes themselves, not a copy. Valid until the memory grows. */
  view(): Uint8Array {
    return this.memory.bytes
  }
  /** The same as a DataView. Valid until the memory grows. */
  dataView(): DataView {
    return this.memory.view
  }
  /** Grows by `pages`; gives the old size. Throws when the maximum or the engine refuses. */
  grow(pages: number): number {
    checkDelta(pages)
    const old = this.memory.grow(pages)
    if (old < 0) throw new HostError(`memory cannot grow by ${pages} pages from ${this.pages}`)
    return old
  }
}

/** A table of references. */
export class WasmTable {
  readonly table: Table

  constructor(init: { initial: number; maximum?: number; element?: RefTypeName } | Table) {
    if (init instanceof Table) this.table = init
    else {
      const type = { limits: limits(init.initial, init.maximum, 2 ** 32 - 1), element: valType(init.element ?? 'funcref') }
      if (init.initial > MAX_TABLE) throw new LimitError('table', `a table of ${init.initial} elements is over the limit of ${MAX_TABLE}`)
      this.table = new Table(type, MAX_TABLE)
    }
    wrappers.set(this.table, this)
  }
  static of(table: Table): WasmTable {
    return (wrappers.get(table) as WasmTable | undefined) ?? new WasmTable(table)
  }
  get length(): number {
    return this.table.elements.length
  }
  private check(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new HostError(`table index ${String(index)} is not below ${this.length}`)
  }
  get(index: number): unknown {
    this.check(index)
    return fromRef(this.table.elements[index], this.table.type.element, wrapFunc)
  }
  set(index: number, value: unknown): void {
    this.check(index)
    this.table.elements[index] = toRef(value, this.table.type.element)
  }
  grow(count: number, value: unknown = null): number {
    checkDelta(count)
    const old = this.table.grow(count, toRef(value, this.table.type.element))
    if (old < 0) throw new HostError(`table cannot grow by ${count} elements from ${this.length}`)
    return old
  }
}

const halves = new DataView(new ArrayBuffer(8))

/** Writes a JS value into a global. */
export function setGlobal(global: Global, value: unknown): void {
  const { ints, at } = global
  const { type } = global.type
  if (isRef(type)) global.refs[at] = toRef(value, type)
  else if (type === I64) [ints[at], ints[at + 1]] = toHalves(value) as [number, number]
  else if (type === F64) {
    halves.setFloat64(0, Number(value), true)
    ints[at] = halves.getInt32(0, true)
    ints[at + 1] = halves.getInt32(4, true)
  } else if (type === F32) {
    halves.setFloat32(0, Number(value), true)
    ints[at] = halves.getInt32(0, true)
  } else if (type === I32) ints[at] = Number(value)
  else throw new HostError('a v128 global cannot be set from JavaScript')
}
/** What JS sees of a global. */
export function getGlobal(global: Global, form: I64Form, wrap: Wrap): unknown {
  const { ints, at } = global
  const { type } = global.type
  if (isRef(type)) return fromRef(global.refs[at], type, wrap)
  const lo = ints[at]!
  if (type === I32) return lo
  if (type === I64) return fromHalves(lo, ints[at + 1]!, form)
  halves.setInt32(0, lo, true)
  if (type === F32) return halves.getFloat32(0, true)
  halves.setInt32(4, ints[at + 1]!, true)
  if (type === F64) return halves.getFloat64(0, true)
  throw new HostError('a v128 global cannot be read from JavaScript')
}

export class WasmGlobal {
  readonly global: Global
  private readonly form: I64Form

  constructor(
    init: { type: 'i32' | 'i64' | 'f32' | 'f64' | RefTypeName; mutable?: boolean; value?: unknown } | Global,
    form: I64Form = 'bigint',
  ) {
    this.form = form
    if (init instanceof Global) this.global = init
    else {
      const type: GlobalType = { type: valType(init.type), mutable: init.mutable ?? false }
      this.global = new Global(type)
      if (init.value !== undefined) setGlobal(this.global, init.value)
    }
    wrappers.set(this.global, this)
  }
  static of(global: Global, form: I64Form): WasmGlobal {
    return (wrappers.get(global) as WasmGlobal | undefined) ?? new WasmGlobal(global, form)
  }
  get value(): unknown {
    return getGlobal(this.global, this.form, wrapFunc)
  }
  set value(value: unknown) {
    if (!this.global.type.mutable) throw new HostError('global is immutable')
    setGlobal(this.global, value)
  }
}
