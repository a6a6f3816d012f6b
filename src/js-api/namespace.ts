/** The namespace object WebAssembly (JS API, The WebAssembly Namespace; Web API; JavaScript Promise Integration). */
import '../families/all.ts'
import { Exception } from './exception.ts'
import { CompileError, LinkError, RuntimeError, SuspendError } from './errors.ts'
import { Suspending, promising } from './functions.ts'
import { Global } from './global.ts'
import { copyBytes, defineMembers, optionalObject } from './idl.ts'
import { readImports } from './imports.ts'
import { Instance, instanceObject } from './instance.ts'
import { Memory } from './memory.ts'
import { Module, type ModuleSlots, compileBytes, moduleObject, modules, readOptions } from './module.ts'
import { responseBytes } from './streaming.ts'
import { Table } from './table.ts'
import { JSTag, Tag } from './tag.ts'
import type { WebAssemblyNamespace } from './types.ts'

interface InstantiatedSource {
  module: object
  instance: object
}

/** "Asynchronously instantiate": imports are read at once, the rest happens in a task of its own. */
async function instantiateModule(slots: ModuleSlots, importObject: object | undefined): Promise<object> {
  const externs = readImports(slots, importObject, 'instantiate()')
  await Promise.resolve()
  return instanceObject(slots, externs, 'instantiate()')
}

async function instantiateSource(slots: ModuleSlots, importObject: object | undefined): Promise<InstantiatedSource> {
  const module = moduleObject(slots)
  return { module, instance: await instantiateModule(slots, importObject) }
}

// Arguments are converted before anything is awaited; as in any operation that returns a promise, errors reject it.
const operations = {
  validate(bytes: unknown, ...[options]: unknown[]): boolean {
    const copy = copyBytes(bytes, 'validate()')
    const read = readOptions(options, 'validate()')
    try {
      compileBytes(copy, read, 'validate()')
      return true
    } catch (error) {
      if (error instanceof CompileError) return false
      throw error
    }
  },
  async compile(bytes: unknown, ...[options]: unknown[]): Promise<object> {
    const copy = copyBytes(bytes, 'compile()')
    const read = readOptions(options, 'compile()')
    await Promise.resolve()
    return moduleObject(compileBytes(copy, read, 'compile()'))
  },
  async instantiate(source: unknown, ...[importObject, options]: unknown[]): Promise<object> {
    const slots = modules.find(source)
    if (slots !== undefined) return instantiateModule(slots, optionalObject(importObject, 'instantiate(): Argument 1'))
    const copy = copyBytes(source, 'instantiate()')
    const imports = optionalObject(importObject, 'instantiate(): Argument 1')
    const read = readOptions(options, 'instantiate()')
    await Promise.resolve()
    return instantiateSource(compileBytes(copy, read, 'instantiate()'), imports)
  },
  async compileStreaming(source: unknown, ...[options]: unknown[]): Promise<object> {
    const read = readOptions(options, 'compileStreaming()')
    const bytes = await responseBytes(source, 'compileStreaming()')
    return moduleObject(compileBytes(copyBytes(bytes, 'compileStreaming()'), read, 'compileStreaming()'))
  },
  async instantiateStreaming(source: unknown, ...[importObject, options]: unknown[]): Promise<object> {
    const imports = optionalObject(importObject, 'instantiateStreaming(): Argument 1')
    const read = readOptions(options, 'instantiateStreaming()')
    const bytes = await responseBytes(source, 'instantiateStreaming()')
    return instantiateSource(compileBytes(copyBytes(bytes, 'instantiateStreaming()'), read, 'instantiateStreaming()'), imports)
  },
  promising(fn: unknown): (...args: unknown[]) => unknown {
    return promising(fn)
  },
}

const namespace: object = {}
Object.defineProperty(namespace, Symbol.toStringTag, { value: 'WebAssembly', configurable: true })
defineMembers(namespace, operations)
const interfaces = {
  Module,
  Instance,
  Memory,
  Table,
  Global,
  Tag,
  Exception,
  CompileError,
  LinkError,
  RuntimeError,
  SuspendError,
  Suspending,
}
for (const name of Object.keys(interfaces) as (keyof typeof interfaces)[]) {
  Object.defineProperty(namespace, name, { value: interfaces[name], writable: true, enumerable: false, configurable: true })
}
defineMembers(namespace, {
  get JSTag(): object {
    return JSTag
  },
})

/** The standard namespace. It has nothing to do with the engine's own, and both can be used side by side. */
export const WebAssembly: WebAssemblyNamespace = namespace as WebAssemblyNamespace
