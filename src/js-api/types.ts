/** The namespace as TypeScript sees it. Not those of lib.dom: this must compile where there is no DOM. */
import type { WasmErrorConstructor } from './errors.ts'

type BufferSource = ArrayBufferView | ArrayBuffer | SharedArrayBuffer
/** Modules of imports by name. */
export type ImportObject = Record<string, Record<string, unknown>>
/** What an instance exports. */
// oxlint-disable-next-line typescript/no-explicit-any -- as in lib.dom: what a name stands for is known to the caller only
export type ExportsObject = Readonly<Record<string, any>>
export type AddressType = 'i32' | 'i64'
type Address = number | bigint

export interface WasmCompileOptions {
  readonly builtins?: Iterable<string>
  readonly importedStringConstants?: string | null
}
export interface ModuleObject {
  readonly [Symbol.toStringTag]: string
}
export interface InstanceObject {
  readonly exports: ExportsObject
}
export interface MemoryObject {
  readonly buffer: ArrayBuffer
  grow(delta: Address): Address
  toFixedLengthBuffer(): ArrayBuffer
  toResizableBuffer(): ArrayBuffer
  type(): { minimum: Address; maximum?: Address; shared: boolean; address: AddressType }
}
export interface TableObject {
  readonly length: Address
  get(index: Address): unknown
  set(index: Address, value?: unknown): void
  grow(delta: Address, value?: unknown): Address
  type(): { element: string; minimum: Address; maximum?: Address; address: AddressType }
}
export interface GlobalObject {
  value: unknown
  valueOf(): unknown
  type(): { value: string; mutable: boolean }
}
export interface TagObject {
  type(): { parameters: string[] }
}
export interface ExceptionObject {
  readonly stack: string | undefined
  is(tag: TagObject): boolean
  getArg(tag: TagObject, index: number): unknown
}
export interface InstantiatedSource {
  readonly module: ModuleObject
  readonly instance: InstanceObject
}
/** What is used of a Response. */
export interface ResponseLike {
  readonly ok: boolean
  readonly headers: { get(name: string): string | null }
  arrayBuffer(): Promise<ArrayBuffer>
}
type Source = ResponseLike | PromiseLike<ResponseLike>

export interface WebAssemblyNamespace {
  validate(bytes: BufferSource, options?: WasmCompileOptions): boolean
  compile(bytes: BufferSource, options?: WasmCompileOptions): Promise<ModuleObject>
  instantiate(bytes: BufferSource, importObject?: ImportObject, options?: WasmCompileOptions): Promise<InstantiatedSource>
  instantiate(module: ModuleObject, importObject?: ImportObject): Promise<InstanceObject>
  compileStreaming(source: Source, options?: WasmCompileOptions): Promise<ModuleObject>
  instantiateStreaming(source: Source, importObject?: ImportObject, options?: WasmCompileOptions): Promise<InstantiatedSource>
  /** JavaScript Promise Integration: a call of the exported function that imports made with Suspending may suspend. */
  promising(exported: (...args: never[]) => unknown): (...args: unknown[]) => Promise<unknown>
  readonly JSTag: TagObject
  readonly Module: {
    new (bytes: BufferSource, options?: WasmCompileOptions): ModuleObject
    exports(module: ModuleObject): { name: string; kind: string }[]
    imports(module: ModuleObject): { module: string; name: string; kind: string }[]
    customSections(module: ModuleObject, sectionName: string): ArrayBuffer[]
  }
  readonly Instance: new (module: ModuleObject, importObject?: ImportObject) => InstanceObject
  readonly Memory: new (descriptor: { initial: Address; maximum?: Address; shared?: boolean; address?: AddressType }) => MemoryObject
  readonly Table: new (
    descriptor: { element: string; initial: Address; maximum?: Address; address?: AddressType },
    value?: unknown,
  ) => TableObject
  readonly Global: new (descriptor: { value: string; mutable?: boolean }, value?: unknown) => GlobalObject
  readonly Tag: new (type: { parameters: Iterable<string> }) => TagObject
  readonly Exception: new (tag: TagObject, payload: Iterable<unknown>, options?: { traceStack?: boolean }) => ExceptionObject
  readonly Suspending: new (fn: (...args: never[]) => unknown) => object
  readonly CompileError: WasmErrorConstructor
  readonly LinkError: WasmErrorConstructor
  readonly RuntimeError: WasmErrorConstructor
  readonly SuspendError: WasmErrorConstructor
}
