/**
 * CompileError, LinkError, RuntimeError and SuspendError, made like TypeError and its relatives (ECMA-262, NativeError
 * Objects), and the engine's errors as these: what leaves an operation of the namespace is never a VitrineError.
 */
import { VitrineError, type TraceFrame, type Trap, isExhaustion, isLimit, isTrap } from '../errors.ts'
import { WasmException } from '../embedding/exception.ts'
import { exportReference } from '../embedding/heap-objects.ts'
import { Exn, jsTag } from '../runtime/exception.ts'
import { defineFixed } from './idl.ts'
import { exceptionOf } from './exception-object.ts'

export interface WasmErrorConstructor {
  new (message?: string, options?: { cause?: unknown }): Error
  (message?: string, options?: { cause?: unknown }): Error
  readonly prototype: Error
}

const { captureStackTrace } = Error as { captureStackTrace?: (error: object, above: unknown) => void }

/** A function, since these may be called without `new`. */
function nativeError(name: string): WasmErrorConstructor {
  const constructor = function (message?: unknown, ...rest: unknown[]): Error {
    const target = new.target ?? constructor
    const error = Reflect.construct(Error, [message, ...rest], target) as Error
    captureStackTrace?.(error, target)
    return error
  } as unknown as WasmErrorConstructor
  Object.setPrototypeOf(constructor, Error)
  const prototype = Object.create(Error.prototype, {
    constructor: { value: constructor, writable: true, configurable: true },
    name: { value: name, writable: true, configurable: true },
    message: { value: '', writable: true, configurable: true },
  }) as Error
  Object.defineProperty(constructor, 'prototype', { value: prototype, writable: false })
  defineFixed(constructor, 'name', name)
  return constructor
}

export const CompileError: WasmErrorConstructor = nativeError('CompileError')
export const LinkError: WasmErrorConstructor = nativeError('LinkError')
export const RuntimeError: WasmErrorConstructor = nativeError('RuntimeError')
export const SuspendError: WasmErrorConstructor = nativeError('SuspendError')

/** What a JS error was made of, so that one that passes through a host function is the same trap again. */
const origins = new WeakMap<object, VitrineError>()
const made = new WeakMap<VitrineError, Error>()

export const originOf = (error: unknown): VitrineError | undefined =>
  typeof error === 'object' && error !== null ? origins.get(error) : undefined

/** What leaves a call: traps as RuntimeErrors, Wasm exceptions as Exceptions; what JS has thrown is left alone. */
export function outward(error: unknown): unknown {
  if (error instanceof Exn) return error.tag === jsTag() ? exportReference(error.values[0]) : exceptionOf(error)
  if (error instanceof WasmException) return exceptionOf(error.exception)
  if (!(error instanceof VitrineError)) return error
  let outer = made.get(error)
  if (outer === undefined) {
    outer = convert(error)
    origins.set(outer, error)
    made.set(error, outer)
  }
  return outer
}

function convert(error: VitrineError): Error {
  // As in JS itself.
  if (isExhaustion(error)) return withFrames(new RangeError('Maximum call stack size exceeded'), error)
  if (isTrap(error)) return withFrames(new RuntimeError(error.message), error)
  if (isLimit(error)) return new RangeError(`WebAssembly: Out of memory: ${error.message}`)
  const { code, message } = error
  if (code === 'unlinkable') return new LinkError(`WebAssembly.Instance(): ${message}`)
  return code === 'host' ? new SuspendError(message) : new RuntimeError(message)
}

/** Web API, Developer-Facing Display Conventions. */
function location({ funcidx, name, offset, module }: TraceFrame): string {
  const place = `wasm://wasm:wasm-function[${funcidx}]${offset === undefined ? '' : `:0x${offset.toString(16)}`}`
  const shown = name === undefined ? module : module === undefined ? name : `${module}.${name}`
  return shown === undefined ? `    at ${place}` : `    at ${shown} (${place})`
}

/** Puts the Wasm frames on top of the JS ones, where the engine writes stacks the way V8 does. */
function withFrames(error: Error, { frames }: Trap): Error {
  const { stack } = error
  const end = stack?.indexOf('\n    at ') ?? -1
  if (stack === undefined || end < 0 || frames.length === 0) return error
  const value = `${stack.slice(0, end)}\n${frames.map(location).join('\n')}${stack.slice(end)}`
  Object.defineProperty(error, 'stack', { value, writable: true, enumerable: false, configurable: true })
  return error
}

/** The CompileError for what the decoder or the validator says of a module. */
export function compileError(error: unknown, what: string): unknown {
  if (!(error instanceof VitrineError)) return error
  const where =
    error.funcidx === undefined ? '' : ` (in function #${error.funcidx}${error.funcName === undefined ? '' : `:"${error.funcName}"`})`
  return new CompileError(`WebAssembly.${what}: ${error.message}${where}${error.offset === undefined ? '' : ` @+${error.offset}`}`)
}
