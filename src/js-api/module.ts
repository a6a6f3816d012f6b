/** WebAssembly.Module, and compiling with the options of the JS API (Modules). */
import { type CompiledModule, compile } from '../embedding/module.ts'
import { type ImportOptions, findMisfit, isProvided } from './builtins.ts'
import { compileError, CompileError } from './errors.ts'
import { Slots, copyBytes, defineInterface, dictionary, sequence, toText } from './idl.ts'

export interface ModuleSlots {
  readonly module: CompiledModule
  readonly options: ImportOptions
}
export const modules: Slots<ModuleSlots> = new Slots('Module')

/** What engines run besides Wasm 3.0, so that what is built for them runs here. */
const features = { threads: true, 'legacy-exceptions': true } as const

/** WebAssemblyCompileOptions. Members are read in the order of their names. */
export function readOptions(value: unknown, what: string): ImportOptions {
  const from = dictionary(value, `${what}: compile options`)
  const { builtins } = from
  const names = builtins === undefined ? [] : sequence(builtins, `${what}: builtins`).map(toText)
  const { importedStringConstants: constants } = from
  return { builtins: names, importedStringConstants: constants === undefined || constants === null ? undefined : toText(constants) }
}

/** Compiles bytes that nobody else can change. Throws CompileError. */
export function compileBytes(bytes: Uint8Array, options: ImportOptions, what: string): ModuleSlots {
  let module: CompiledModule
  try {
    module = compile(bytes, { features })
  } catch (error) {
    throw compileError(error, what)
  }
  const misfit = findMisfit(module.data, module.shared.typeIds, options)
  if (misfit !== undefined) throw new CompileError(`WebAssembly.${what}: ${misfit}`)
  return { module, options }
}

export function moduleObject(slots: ModuleSlots): object {
  const object = Object.create(Module.prototype) as object
  modules.set(object, slots)
  return object
}

export class Module {
  constructor(bytes: unknown, ...[options]: unknown[]) {
    const copy = copyBytes(bytes, 'Module()')
    modules.set(this, compileBytes(copy, readOptions(options, 'Module()'), 'Module()'))
  }
}

/** ImportExportKind. */
const kindName = (kind: string): string => (kind === 'func' ? 'function' : kind)

defineInterface(
  Module,
  'Module',
  {},
  {
    exports(moduleObject: unknown): { name: string; kind: string }[] {
      const { module } = modules.get(moduleObject, 'Module.exports(): Argument 0')
      return module.exports.map(({ name, kind }) => ({ name, kind: kindName(kind) }))
    },
    imports(moduleObject: unknown): { module: string; name: string; kind: string }[] {
      const { module, options } = modules.get(moduleObject, 'Module.imports(): Argument 0')
      return module.imports
        .filter((entry) => !isProvided(entry.module, entry.name, options))
        .map(({ module: from, name, kind }) => ({ module: from, name, kind: kindName(kind) }))
    },
    customSections(moduleObject: unknown, sectionName: unknown): ArrayBuffer[] {
      const { module } = modules.get(moduleObject, 'Module.customSections(): Argument 0')
      if (sectionName === undefined) throw new TypeError('WebAssembly.Module.customSections(): Argument 1 is required')
      return module.customSections(toText(sectionName)).map(({ buffer }) => buffer as ArrayBuffer)
    },
  },
)
