/** A compiled module: decoded, validated, ready to be instantiated any number of times. */
import { decode } from '../decoder/decode.ts'
import type { Module } from '../module/module.ts'
import type { SharedModule } from '../runtime/instance.ts'
import { canonicalize } from '../spec/canonical.ts'
import { type Feature, featureSet } from '../spec/features.ts'
import type { ExternKind } from '../spec/types.ts'
import { validate } from '../validator/validate.ts'

export interface ImportDescriptor {
  readonly module: string
  readonly name: string
  readonly kind: ExternKind
}
export interface ExportDescriptor {
  readonly name: string
  readonly kind: ExternKind
}
export interface CompileOptions {
  /** Features to switch on or off, by name: `{ threads: true, gc: false }`. Default: all of Wasm 3.0. */
  readonly features?: Partial<Record<Feature, boolean>>
}

export class CompiledModule {
  /** The module as data: types, functions, sections with their offsets, everything the decoder found. */
  readonly data: Module
  readonly imports: readonly ImportDescriptor[]
  readonly exports: readonly ExportDescriptor[]
  /** Translated code and canonical types, common to all instances. */
  readonly shared: SharedModule

  constructor(data: Module) {
    this.data = data
    this.imports = data.imports.map(({ module, name, type }) => ({ module, name, kind: type.kind }))
    this.exports = data.exports.map(({ name, kind }) => ({ name, kind }))
    this.shared = { module: data, typeIds: canonicalize(data.types), units: { fast: undefined, exact: undefined } }
  }

  /** Contents of all custom sections of that name, in order. */
  customSections(name: string): Uint8Array[] {
    return this.data.customs.filter((c) => c.name === name).map((c) => c.bytes.slice())
  }
}

/**
 * Decodes and validates a binary module (spec appendix Embedding: module_decode, module_validate). Functions are translated when they
 * are first called. Throws MalformedError, InvalidError, UnsupportedError or LimitError, each with the byte offset.
 */
export function compile(bytes: Uint8Array | ArrayBuffer, options: CompileOptions = {}): CompiledModule {
  const features = featureSet(options.features ?? {})
  const data = decode(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), { features })
  validate(data, features)
  return new CompiledModule(data)
}
