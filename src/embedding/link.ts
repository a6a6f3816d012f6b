/** Resolves and checks imports (spec §4.7.2, external typing §3.3): a JS object of objects becomes store objects. */
import { LinkError } from '../errors.ts'
import type { Import } from '../module/module.ts'
import type { Tag } from '../runtime/exception.ts'
import { Func } from '../runtime/func.ts'
import { Global } from '../runtime/global.ts'
import type { Memory } from '../runtime/memory.ts'
import type { Table } from '../runtime/table.ts'
import { canonicalExternType, canonicalFuncType, canonicalType, canonicalValType, matchesCanonical } from '../spec/canonical.ts'
import { matchesExternType } from '../spec/matching.ts'
import { type ExternType, type FuncType, I64, isRef } from '../spec/types.ts'
import { WasmTag } from './exception.ts'
import { type HostFunction, hostFunction, isRaw } from './functions.ts'
import type { CompiledModule } from './module.ts'
import { WasmGlobal, WasmMemory, WasmTable, setGlobal } from './objects.ts'
import type { Store } from './store.ts'
import { funcOf } from './values.ts'

/** Imports by module name and name: functions, exports of other instances, WasmMemory, WasmTable, WasmGlobal, WasmTag, numbers and bigints for immutable globals. */
export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export type Extern =
  | { kind: 'func'; value: Func }
  | { kind: 'table'; value: Table }
  | { kind: 'memory'; value: Memory }
  | { kind: 'global'; value: Global }
  | { kind: 'tag'; value: Tag }

/** The store object for each import, in order. Throws LinkError `unknown import` or `incompatible import type`. */
export function resolveImports(store: Store, module: CompiledModule, imports: Imports): Extern[] {
  return module.data.imports.map((entry) => resolve(store, module, entry, imports))
}

function resolve(store: Store, module: CompiledModule, entry: Import, imports: Imports): Extern {
  const name = `${entry.module}.${entry.name}`
  const place = { offset: entry.offset }
  const space = property(imports, entry.module)
  if ((typeof space !== 'object' && typeof space !== 'function') || space === null)
    throw new LinkError(`unknown import: there is no import module "${entry.module}" (for ${name})`, place)
  const value = property(space, entry.name)
  if (value === undefined) throw new LinkError(`unknown import: ${name} is not given`, place)
  const { typeIds } = module.shared
  const found = extern(store, typeIds, entry, value, name)
  const wanted = canonicalExternType(entry.type, typeIds)
  if (found === undefined) throw new LinkError(`incompatible import type: ${name} must be a ${entry.type.kind}`, place)
  if (!matches(found, wanted))
    throw new LinkError(`incompatible import type: ${name} does not match the type that the module declares`, place)
  return found
}

const hasOwn = (o: object, name: string): boolean => Object.prototype.hasOwnProperty.call(o, name)

/**
 * A property that somebody put there: of the object, or of its class. A guest chooses the names of its imports; with
 * `constructor` and `assign` it must not reach what every JS object inherits.
 */
function property(of: object, name: string): unknown {
  for (let o: object | null = of; o !== null; o = Object.getPrototypeOf(o) as object | null) {
    if (o !== of && (name === 'constructor' || hasOwn(o, 'isPrototypeOf'))) return undefined
    if (hasOwn(o, name)) return (of as Record<string, unknown>)[name]
  }
  return undefined
}

/** Whether a store object is of the wanted type, which has canonical ids (spec §3.3.12 to §3.3.17). */
export function matches(found: Extern, wanted: ExternType): boolean {
  switch (found.kind) {
    case 'func':
      return wanted.kind === 'func' && matchesCanonical(found.value.typeId, wanted.typeidx)
    case 'table': {
      const { value } = found
      return matchesExternType(
        { kind: 'table', type: { ...value.type, limits: { ...value.type.limits, min: value.elements.length } } },
        wanted,
      )
    }
    case 'memory': {
      const { value } = found
      return matchesExternType({ kind: 'memory', type: { ...value.type, limits: { ...value.type.limits, min: value.pages } } }, wanted)
    }
    case 'global':
      return matchesExternType({ kind: 'global', type: found.value.type }, wanted)
    // §3.3.12: a tag is used in both directions.
    case 'tag':
      return wanted.kind === 'tag' && found.value.typeId === wanted.type.typeidx
  }
}

/** The store object behind a JS value, undefined when it is none of the wanted kind. */
function extern(store: Store, ids: Int32Array, { type }: Import, value: unknown, name: string): Extern | undefined {
  switch (type.kind) {
    case 'func': {
      const own = value instanceof Func ? value : funcOf(value)
      if (own !== undefined) return { kind: 'func', value: own }
      if (isRaw(value)) return { kind: 'func', value: new Func(value.type, canonicalFuncType(value.type), undefined, -1, value, name) }
      if (typeof value !== 'function') return undefined
      const typeId = ids[type.typeidx]!
      const comp = canonicalType(typeId).comp as FuncType
      const host = hostFunction(value as HostFunction, comp, store.i64, name)
      return { kind: 'func', value: new Func(comp, typeId, undefined, -1, host, name) }
    }
    case 'table':
      return value instanceof WasmTable ? { kind: 'table', value: value.table } : undefined
    case 'memory':
      return value instanceof WasmMemory ? { kind: 'memory', value: value.memory } : undefined
    case 'global': {
      if (value instanceof WasmGlobal) return { kind: 'global', value: value.global }
      const t = canonicalValType(type.type.type, ids)
      const fits = isRef(t) || (t === I64 ? typeof value === 'bigint' || Array.isArray(value) : typeof value === 'number')
      if (type.type.mutable || !fits) return undefined
      const global = new Global({ type: t, mutable: false })
      setGlobal(global, value)
      return { kind: 'global', value: global }
    }
    case 'tag':
      return value instanceof WasmTag ? { kind: 'tag', value: value.tag } : undefined
  }
}
