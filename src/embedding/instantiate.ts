/** Instantiation (spec §4.7.2): allocate, link, fill tables and memories, run the start function. */
import { HostError, LimitError, Trap, VitrineError } from '../errors.ts'
import type { Expr } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { Tag } from '../runtime/exception.ts'
import { Func } from '../runtime/func.ts'
import { Global } from '../runtime/global.ts'
import { Instance } from '../runtime/instance.ts'
import { Table } from '../runtime/table.ts'
import { canonicalType, canonicalValType } from '../spec/canonical.ts'
import { type ExternKind, type FuncType, V128, isRef } from '../spec/types.ts'
import { evaluate } from './const-expr.ts'
import { WasmTag } from './exception.ts'
import { bindStore, wrapFunc } from './functions.ts'
import { type ThreadOptions, WasmThread } from './green-thread.ts'
import { type AsyncOptions, Execution, invoke, invokeAsync } from './invoke.ts'
import { type Extern, type Imports, resolveImports } from './link.ts'
import { CompiledModule } from './module.ts'
import { WasmGlobal, WasmMemory, WasmTable, makeMemory } from './objects.ts'
import { Store, type StoreOptions } from './store.ts'

export interface InstantiateOptions extends StoreOptions {
  /** Puts the instance into an existing store: its executor, limits and threads are shared. The other options are then ignored. */
  readonly store?: Store
}

/** What an instance exports: functions, WasmMemory, WasmTable, WasmGlobal, WasmTag. */
// oxlint-disable-next-line typescript/no-explicit-any -- what a name stands for is known to the caller only; `unknown` would make every call a cast
export type Exports = Readonly<Record<string, any>>

export class WasmInstance {
  readonly module: CompiledModule
  /** Frozen; exported functions are plain functions with no \`this\`. */
  readonly exports: Exports
  /** The store's object: for tools that look inside. */
  readonly instance: Instance
  readonly store: Store

  constructor(module: CompiledModule, instance: Instance, store: Store) {
    this.module = module
    this.instance = instance
    this.store = store
    const exports = Object.create(null) as Record<string, unknown>
    for (const { name, kind, index } of module.data.exports) exports[name] = exported(instance, kind, index, store)
    this.exports = Object.freeze(exports)
  }

  private func(name: string): Func {
    const found = this.module.data.exports.find((e) => e.name === name)
    if (found === undefined || found.kind !== 'func') {
      const names = this.module.data.exports.filter((e) => e.kind === 'func').map((e) => e.name)
      throw new HostError(`there is no exported function "${name}"; there are: ${names.join(', ') || 'none'}`)
    }
    return this.instance.funcs[found.index]!
  }

  /** Calls an exported function, as `exports[name](...args)` does. */
  invoke(name: string, ...args: unknown[]): unknown {
    return invoke(this.store, this.func(name), args, wrapFunc)
  }

  /**
   * Calls an exported function on a thread of its own: suspending host functions park it, and long runs let the event loop
   * have a turn every few milliseconds. Rejects with the trap, the host's error, or the signal's reason.
   */
  invokeAsync(name: string, ...args: unknown[]): Promise<unknown> {
    return this.invokeWith({}, name, ...args)
  }

  /** `invokeAsync` with options. */
  async invokeWith(options: AsyncOptions, name: string, ...args: unknown[]): Promise<unknown> {
    return invokeAsync(this.store, this.func(name), args, wrapFunc, options)
  }

  /**
   * Starts an exported function as a green thread. It takes turns with the other threads of the store whenever one of them
   * runs: during a call, `join()` or `await finished()`. Turns are counted in ticks, so a program runs the same way each time.
   */
  spawn(name: string, ...args: unknown[]): WasmThread {
    return new WasmThread(this.store, this.func(name), args, wrapFunc)
  }
  /** `spawn` with options. */
  spawnWith(options: ThreadOptions, name: string, ...args: unknown[]): WasmThread {
    return new WasmThread(this.store, this.func(name), args, wrapFunc, options)
  }

  /** Prepares a call that is then run in pieces: `const e = instance.begin('run', 10); while (!e.run(1000)) …; e.result`. */
  begin(name: string, ...args: unknown[]): Execution {
    return new Execution(this.store, this.func(name), args, wrapFunc)
  }
}

function exported(instance: Instance, kind: ExternKind, index: number, store: Store): unknown {
  switch (kind) {
    case 'func':
      return wrapFunc(instance.funcs[index]!)
    case 'memory':
      return WasmMemory.of(instance.memories[index]!)
    case 'table':
      return WasmTable.of(instance.tables[index]!)
    case 'global':
      return WasmGlobal.of(instance.globals[index]!, store.i64)
    case 'tag':
      return WasmTag.of(instance.tags[index]!)
  }
}

/**
 * Instantiates a module and runs its start function. Throws LinkError for imports, LimitError for sizes over the limits,
 * Trap when a segment does not fit or the start function traps, WasmException when that throws.
 */
export function instantiate(module: CompiledModule, imports: Imports = {}, options: InstantiateOptions = {}): WasmInstance {
  const { created, start } = prepare(module, imports, options)
  if (start !== undefined) invoke(created.store, start, [], wrapFunc)
  return created
}

/** The same, where the start function may call suspending host functions. */
export async function instantiateAsync(
  module: CompiledModule,
  imports: Imports = {},
  options: InstantiateOptions & AsyncOptions = {},
): Promise<WasmInstance> {
  const { created, start } = prepare(module, imports, options)
  if (start !== undefined) await invokeAsync(created.store, start, [], wrapFunc, options)
  return created
}

/** Everything but the start function. */
function prepare(
  module: CompiledModule,
  imports: Imports,
  options: InstantiateOptions,
): { created: WasmInstance; start: Func | undefined } {
  if (!(module instanceof CompiledModule)) throw new VitrineError('usage', 'instantiate takes a module: what compile(bytes) returns')
  if (typeof imports !== 'object' || imports === null) throw new VitrineError('usage', 'imports must be an object of objects')
  const store = options.store ?? new Store(options)
  const { instance, start } = link(module, resolveImports(store, module, imports), store)
  return { created: new WasmInstance(module, instance, store), start }
}

/** An instance of store objects that are given for its imports: with its segments copied, its start function not called yet. */
export function link(
  module: CompiledModule,
  externs: readonly Extern[],
  store: Store,
): { readonly instance: Instance; readonly start: Func | undefined } {
  const instance = new Instance(module.shared, store.reentrant)
  bindStore(instance, store)
  for (const extern of externs) {
    if (extern.kind === 'func') instance.funcs.push(extern.value)
    else if (extern.kind === 'table') instance.tables.push(extern.value)
    else if (extern.kind === 'memory') instance.memories.push(extern.value)
    else if (extern.kind === 'global') instance.globals.push(extern.value)
    else instance.tags.push(extern.value)
  }
  allocate(module, instance, store)
  fill(module, instance, store)
  const { start } = module.data
  return { instance, start: start === undefined ? undefined : instance.funcs[start]! }
}

/** Functions, tags, memories, globals and tables of the module's own (spec §4.7.1). */
function allocate({ data, shared }: CompiledModule, instance: Instance, store: Store): void {
  for (let f = data.imported.func; f < data.funcs.length; f++) {
    const typeId = shared.typeIds[data.funcs[f]!]!
    instance.funcs.push(new Func(canonicalType(typeId).comp as FuncType, typeId, instance, f, undefined))
  }
  for (let t = data.imported.tag; t < data.tags.length; t++) {
    const { typeidx } = data.tags[t]!
    const typeId = shared.typeIds[typeidx]!
    const name = moduleNames(data).tags.get(t) ?? data.exports.find((e) => e.kind === 'tag' && e.index === t)?.name
    instance.tags.push(new Tag(canonicalType(typeId).comp as FuncType, typeId, name))
  }
  for (let m = data.imported.memory; m < data.memories.length; m++) {
    const type = data.memories[m]!
    instance.memories.push(makeMemory(`memory ${m}`, type, store.maxMemory))
  }
  if (instance.memories.length > 0) instance.memory0 = instance.memories[0]!
  data.globalInits.forEach((init, i) => {
    const index = data.imported.global + i
    const type = { ...data.globals[index]!, type: canonicalValType(data.globals[index]!.type, shared.typeIds) }
    const value = evaluate(instance, init, store.stack.arrayBytes)
    if (isRef(type.type)) {
      instance.globalRefs[index] = value.ref
      instance.globals.push(new Global(type, undefined, instance.globalRefs, index))
    } else {
      // A v128 does not fit into the two words of its place.
      const own = type.type !== V128
      const global = own ? new Global(type, instance.globalInts, undefined, 2 * index) : new Global(type)
      global.ints.set(value.words ?? [value.lo, value.hi], global.at)
      instance.globals.push(global)
    }
  })
  data.tableInits.forEach((init, i) => {
    const index = data.imported.table + i
    // With canonical ids for typeidxs, so that other modules can compare it.
    const type = { ...data.tables[index]!, element: canonicalValType(data.tables[index]!.element, shared.typeIds) }
    if (type.limits.min > store.maxTable)
      throw new LimitError('table', `table ${index} wants ${type.limits.min} elements at the start; the limit is ${store.maxTable}`)
    instance.tables.push(new Table(type, store.maxTable, init === undefined ? null : evaluate(instance, init, store.stack.arrayBytes).ref))
  })
}

/** Segments (spec §4.7.2): active ones are copied and dropped, in order; a trap leaves what came before. */
function fill({ data }: CompiledModule, instance: Instance, { stack: { arrayBytes } }: Store): void {
  for (const elem of data.elems) {
    instance.elems.push(
      elem.funcs !== undefined
        ? elem.funcs.map((f) => instance.funcs[f])
        : elem.exprs!.map((expr) => evaluate(instance, expr, arrayBytes).ref),
    )
  }
  for (const segment of data.datas) instance.datas.push(segment.bytes)
  data.elems.forEach((elem, i) => {
    if (elem.mode === 'active') {
      const { elements, type } = instance.tables[elem.table]!
      const to = address(instance, elem.start!, type.limits.is64, arrayBytes)
      const items = instance.elems[i]!
      if (to + items.length > elements.length) throw new Trap('out of bounds table access')
      for (let k = 0; k < items.length; k++) elements[to + k] = items[k]
    }
    if (elem.mode !== 'passive') instance.elems[i] = undefined
  })
  data.datas.forEach((segment, i) => {
    if (segment.mode !== 'active') return
    const memory = instance.memories[segment.memory]!
    memory.write(address(instance, segment.start!, memory.is64, arrayBytes), segment.bytes)
    instance.datas[i] = undefined
  })
}

function address(instance: Instance, start: Expr, is64: boolean, arrayBytes: number): number {
  const { lo, hi } = evaluate(instance, start, arrayBytes)
  return is64 ? (hi >>> 0) * 0x1_0000_0000 + (lo >>> 0) : lo >>> 0
}
