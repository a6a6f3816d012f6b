/** WebAssembly.Instance, and instantiation (JS API, Instances). */
import { link } from '../embedding/instantiate.ts'
import { invoke } from '../embedding/invoke.ts'
import type { Extern } from '../embedding/link.ts'
import type { Instance as StoreInstance } from '../runtime/instance.ts'
import type { ExternKind } from '../spec/types.ts'
import { store } from './agent.ts'
import { outward } from './errors.ts'
import { exportedFunction } from './functions.ts'
import { globalObject } from './global.ts'
import { Slots, defineInterface, optionalObject } from './idl.ts'
import { checkImports, readImports } from './imports.ts'
import { memoryObject } from './memory.ts'
import { type ModuleSlots, modules } from './module.ts'
import { tableObject } from './table.ts'
import { tagObject } from './tag.ts'

const instances: Slots<{ readonly exports: object }> = new Slots('Instance')

/** "Instantiate the core of a WebAssembly module", and the exports object of what comes out. */
function instantiateCore(slots: ModuleSlots, externs: readonly Extern[], what: string): object {
  checkImports(slots, externs, what)
  const { module } = slots
  try {
    const { instance, start } = link(module, externs, store)
    if (start !== undefined) invoke(store, start, [], exportedFunction)
    const exports = Object.create(null) as Record<string, unknown>
    for (const { name, kind, index } of module.data.exports) {
      Object.defineProperty(exports, name, { value: exported(instance, kind, index), enumerable: true })
    }
    return Object.freeze(exports)
  } catch (error) {
    throw outward(error)
  }
}

function exported(instance: StoreInstance, kind: ExternKind, index: number): unknown {
  switch (kind) {
    case 'func':
      return exportedFunction(instance.funcs[index]!)
    case 'memory':
      return memoryObject(instance.memories[index]!)
    case 'table':
      return tableObject(instance.tables[index]!)
    case 'global':
      return globalObject(instance.globals[index]!)
    case 'tag':
      return tagObject(instance.tags[index]!)
  }
}

/** An Instance of imports that were read before. */
export function instanceObject(slots: ModuleSlots, externs: readonly Extern[], what: string): object {
  const object = Object.create(Instance.prototype) as object
  instances.set(object, { exports: instantiateCore(slots, externs, what) })
  return object
}

export class Instance {
  constructor(module: unknown, ...[importObject]: unknown[]) {
    const slots = modules.get(module, 'Instance(): Argument 0')
    const imports = optionalObject(importObject, 'Instance(): Argument 1')
    instances.set(this, { exports: instantiateCore(slots, readImports(slots, imports, 'Instance()'), 'Instance()') })
  }
}

defineInterface(Instance, 'Instance', {
  get exports(): object {
    return instances.get(this, 'Instance.exports: Receiver').exports
  },
})
