/**
 * Structures and arrays as JS sees them (JS API, Exported GC Objects): opaque. Each is stood for by one object without
 * prototype and properties, so that identity holds and nobody reaches the fields. Called by values.ts and js-api.
 */
import { type HeapObject, isHeapObject } from '../runtime/heap.ts'

/** Both ways, weakly: neither side keeps the other alive by itself. */
const standIns = new WeakMap<HeapObject, object>()
const originals = new WeakMap<object, HeapObject>()

const refuse = (): never => {
  throw new TypeError('WebAssembly objects are opaque')
}
/** As the JS API has them: writing and deleting throws also in sloppy mode, and nothing can be made of the object. */
const opaque: ProxyHandler<object> = {
  set: refuse,
  deleteProperty: refuse,
  defineProperty: () => false,
  setPrototypeOf: () => false,
  preventExtensions: () => false,
}
function makeStandIn(): object {
  const empty = Object.freeze(Object.create(null) as object)
  return typeof Proxy === 'undefined' ? empty : new Proxy(empty, opaque)
}

/** What JS gets for a member of the `any` or `extern` hierarchy: the value itself unless it is a structure or an array. */
export function exportReference(ref: unknown): unknown {
  if (!isHeapObject(ref)) return ref
  let standIn = standIns.get(ref)
  if (standIn === undefined) {
    standIn = makeStandIn()
    standIns.set(ref, standIn)
    originals.set(standIn, ref)
  }
  return standIn
}

/** The structure or array that a JS value stands for; any other value is itself. */
export function importReference(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (originals.get(value) ?? value) : value
}
