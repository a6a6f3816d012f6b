/** WebAssembly.Global (JS API, Globals). */
import { getGlobal, setGlobal } from '../embedding/objects.ts'
import { Global as StoreGlobal } from '../runtime/global.ts'
import { ObjectCache, store } from './agent.ts'
import { exportedFunction } from './functions.ts'
import { Slots, defineInterface, descriptor } from './idl.ts'
import { defaultValue, fromValueType, isHidden, toValueType, toWasm } from './values.ts'

export const globals: Slots<StoreGlobal> = new Slots('Global')
const cache: ObjectCache<StoreGlobal> = new ObjectCache((from) => init(Object.create(Global.prototype) as object, from))

function init(object: object, global: StoreGlobal): object {
  globals.set(object, global)
  cache.set(global, object)
  return object
}

export class Global {
  constructor(globalDescriptor: unknown, ...[value]: unknown[]) {
    const from = descriptor(globalDescriptor, 'Global()')
    const { mutable, value: kind } = from
    const type = toValueType(kind, 'Global()')
    if (isHidden(type)) throw new TypeError('WebAssembly.Global(): JavaScript cannot make a global of this type')
    const global = new StoreGlobal({ type, mutable: Boolean(mutable) })
    setGlobal(global, value === undefined ? defaultValue(type) : toWasm(value, type))
    init(this, global)
  }
}

function read(receiver: unknown, what: string): unknown {
  const global = globals.get(receiver, `${what}: Receiver`)
  if (isHidden(global.type.type)) throw new TypeError(`WebAssembly.${what}: the value is of a type that stays inside Wasm`)
  return getGlobal(global, store.i64, exportedFunction)
}

defineInterface(Global, 'Global', {
  valueOf(): unknown {
    return read(this, 'Global.valueOf()')
  },
  /** JS Type Reflection. */
  type(): { value: string; mutable: boolean } {
    const { type } = globals.get(this, 'Global.type(): Receiver')
    return { value: fromValueType(type.type), mutable: type.mutable }
  },
  get value(): unknown {
    return read(this, 'Global.value')
  },
  set value(value: unknown) {
    const global = globals.get(this, 'Global.value: Receiver')
    if (isHidden(global.type.type)) throw new TypeError('WebAssembly.Global.value: the value is of a type that stays inside Wasm')
    if (!global.type.mutable) throw new TypeError('WebAssembly.Global.value: the global is immutable')
    setGlobal(global, toWasm(value, global.type.type))
  },
})

export const globalObject = (global: StoreGlobal): object => cache.get(global)
