/** `vitrine/js-api`: the standard WebAssembly namespace, without putting it anywhere. Everything is documented where it is defined. */
export { WebAssembly } from './namespace.ts'
export type {
  AddressType,
  ExceptionObject,
  ExportsObject,
  GlobalObject,
  ImportObject,
  InstanceObject,
  InstantiatedSource,
  MemoryObject,
  ModuleObject,
  ResponseLike,
  TableObject,
  TagObject,
  WasmCompileOptions,
  WebAssemblyNamespace,
} from './types.ts'
export type { WasmErrorConstructor } from './errors.ts'
