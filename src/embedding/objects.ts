/** Memories, tables and globals as JS sees them: made by the host to be imported, or found among an instance's exports. */
import { HostError, VitrineError } from '../errors.ts'
import { Global } from '../runtime/global.ts'
import { Memory } from '../runtime/memory.ts'
import { Table } from '../runtime/table.ts'
import { type GlobalType, type Limits, F32, F64, I32, I64, isRef } from '../spec/types.ts'
import { type I64Form, type Wrap, fromHalves, fromRef, toHalves, toRef, valType } from './values.ts'
import { wrapFunc } from './functions.ts'

function limits(initial: number, maximum: number | undefined, most: number): Limits {
  for (const n of [initial, maximum ?? initial]) {
    if (!Number.isInteger(n) || n < 0 || n > most)
      throw new VitrineError('usage', `limits must be whole numbers from 0 to ${most}, not ${String(n)}`)
  }
  if (maximum !== undefined && maximum < initial)
    throw new VitrineError('usage', `the maximum ${maximum} is below the initial size ${initial}`)
  return { min: initial, max: maximum, is64: false }
}

/** JS objects of store objects: one each, so that identity holds. */
const wrappers = new WeakMap<object, object>()

/** A linear memory. Sizes are in pages of 64 KiB. */
export class WasmMemory {
  /** The store's object. */
  readonly memory: Memory

  /** `maximum` is optional; without it the memory may grow up to 1 GiB. */
  constructor(init: { initial: number; maximum?: number } | Memory) {
    this.memory =
      init instanceof Memory
        ? init
        : new Memory({ limits: limits(init.initial, init.maximum, 65536), shared: false, pageSizeLog2: 16 }, 2 ** 30)
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
    const old = this.memory.grow(pages)
    if (old < 0) throw new HostError(`memory cannot grow by ${pages} pages from ${this.pages}`)
    return old
  }
}

/** A table of function or external references. */
export class WasmTable {
  readonly table: Table

  constructor(init: { initial: number; maximum?: number; element?: 'funcref' | 'externref' } | Table) {
    if (init instanceof Table) this.table = init
    else {
      const type = { limits: limits(init.initial, init.maximum, 2 ** 32 - 1), element: valType(init.element ?? 'funcref') }
      if (init.initial > 10_000_000) throw new HostError(`a table of ${init.initial} elements is over the limit of 10000000`)
      this.table = new Table(type, 10_000_000)
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
function getGlobal(global: Global, form: I64Form, wrap: Wrap): unknown {
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
    init: { type: 'i32' | 'i64' | 'f32' | 'f64' | 'funcref' | 'externref'; mutable?: boolean; value?: unknown } | Global,
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
