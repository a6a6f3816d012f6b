/**
 * The public API of `vitrine` without vector instructions, garbage collection, proposals that have code of their own and the closure
 * executor: entry point `vitrine/core`. What it leaves out are imports of their own (`src/families`). Everything here is documented where it is defined.
 */
export { type CompileOptions, CompiledModule, type ExportDescriptor, type ImportDescriptor, compile } from './embedding/module.ts'
export { type Exports, type InstantiateOptions, WasmInstance, instantiate, instantiateAsync } from './embedding/instantiate.ts'
export { type ThreadOptions, WasmThread } from './embedding/green-thread.ts'
export { type AsyncOptions, Execution } from './embedding/invoke.ts'
export { WasmException, WasmTag, isWasmException } from './embedding/exception.ts'
export type { Imports } from './embedding/link.ts'
export { type HostFunction, suspending } from './embedding/functions.ts'
export { type RefTypeName, WasmGlobal, WasmMemory, WasmTable } from './embedding/objects.ts'
export { type Limits, Store, type StoreOptions } from './embedding/store.ts'
export type { I64Form } from './embedding/values.ts'
export type { Feature } from './spec/features.ts'
export type { AbortSignalLike } from './runtime/abort-signal.ts'
export type { Caller, RawHostFunction } from './runtime/host-function.ts'
export {
  type ErrorCode,
  type ErrorPlace,
  type TraceFrame,
  ExhaustionError,
  ExitError,
  HostError,
  InvalidError,
  LimitError,
  LinkError,
  MalformedError,
  Trap,
  UnsupportedError,
  VitrineError,
  isExhaustion,
  isExit,
  isInvalid,
  isLimit,
  isLinkError,
  isMalformed,
  isTrap,
  isUnsupported,
  isVitrineError,
} from './errors.ts'
