/** WebAssembly.Table (JS API, Tables). */
import { MAX_TABLE } from '../embedding/store.ts'
import { fromRef, toRef } from '../embedding/values.ts'
import { Table as StoreTable } from '../runtime/table.ts'
import { isNullable } from '../spec/types.ts'
import { ObjectCache } from './agent.ts'
import { exportedFunction } from './functions.ts'
import { Slots, addressType, addressValue, defineInterface, descriptor, fromAddress, limits } from './idl.ts'
import { defaultValue, fromValueType, isHidden, toTableKind, toWasm } from './values.ts'

export const tables: Slots<StoreTable> = new Slots('Table')
const cache: ObjectCache<StoreTable> = new ObjectCache((from) => init(Object.create(Table.prototype) as object, from))

function init(object: object, table: StoreTable): object {
  tables.set(object, table)
  cache.set(table, object)
  return object
}

/** The element that a call gives, `rest` being its optional argument; an absent one is the default of the type. */
function element(type: StoreTable['type']['element'], rest: readonly unknown[], what: string): unknown {
  if (rest.length === 0) {
    if (!isNullable(type)) throw new TypeError(`WebAssembly.${what}: the elements have no default, a value is required`)
    return defaultValue(type)
  }
  return toRef(toWasm(rest[0], type), type)
}

export class Table {
  constructor(tableDescriptor: unknown, ...rest: unknown[]) {
    const from = descriptor(tableDescriptor, 'Table()')
    const type = toTableKind(from.element, 'Table()')
    const is64 = addressType(from.address, 'Table()')
    const size = limits(from, is64, 'Table()')
    if (size.min > MAX_TABLE) throw new RangeError(`WebAssembly.Table(): a table has at most ${MAX_TABLE} elements`)
    // Like an absent value: Web IDL makes no difference here, and engines give the default.
    const first = element(type, rest[0] === undefined ? [] : rest, 'Table()')
    const table = new StoreTable({ limits: size, element: type }, MAX_TABLE)
    table.elements.fill(first)
    init(this, table)
  }
}

/** Table and index of an access; the index is checked last, after all conversions. */
function place(receiver: unknown, index: unknown, what: string): { table: StoreTable; at: number } {
  const table = tables.get(receiver, `${what}: Receiver`)
  if (isHidden(table.type.element)) throw new TypeError(`WebAssembly.${what}: the elements are of a type that stays inside Wasm`)
  return { table, at: addressValue(index, table.type.limits.is64, `${what}: Argument 0`) }
}
function checkIndex({ elements }: StoreTable, at: number, what: string): void {
  if (at >= elements.length) throw new RangeError(`WebAssembly.${what}: index ${at} is not below the length ${elements.length}`)
}

interface TableType {
  element: string
  minimum: number | bigint
  maximum?: number | bigint
  address: 'i32' | 'i64'
}

defineInterface(Table, 'Table', {
  grow(delta: unknown, ...rest: unknown[]): number | bigint {
    const table = tables.get(this, 'Table.grow(): Receiver')
    const { limits: size, element: type } = table.type
    const count = addressValue(delta, size.is64, 'Table.grow(): Argument 0')
    const old = table.grow(count, element(type, rest, 'Table.grow()'))
    if (old < 0) throw new RangeError(`WebAssembly.Table.grow(): the table cannot grow by ${count} elements from ${table.elements.length}`)
    return fromAddress(old, size.is64)
  },
  get(index: unknown): unknown {
    const { table, at } = place(this, index, 'Table.get()')
    checkIndex(table, at, 'Table.get()')
    return fromRef(table.elements[at], table.type.element, exportedFunction)
  },
  set(index: unknown, ...rest: unknown[]): void {
    const { table, at } = place(this, index, 'Table.set()')
    const value = element(table.type.element, rest, 'Table.set()')
    checkIndex(table, at, 'Table.set()')
    table.elements[at] = value
  },
  /** JS Type Reflection. */
  type(): TableType {
    const { type, elements } = tables.get(this, 'Table.type(): Receiver')
    const { max, is64 } = type.limits
    const size = { minimum: fromAddress(elements.length, is64), ...(max === undefined ? {} : { maximum: fromAddress(max, is64) }) }
    return { element: fromValueType(type.element), ...size, address: is64 ? 'i64' : 'i32' }
  },
  get length(): number | bigint {
    const { elements, type } = tables.get(this, 'Table.length: Receiver')
    return fromAddress(elements.length, type.limits.is64)
  },
})

export const tableObject = (table: StoreTable): object => cache.get(table)
