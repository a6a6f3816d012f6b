/** WebAssembly.Exception objects: how they are made, by JS and for exceptions that leave Wasm (JS API, Exceptions). Members: exception.ts. */
import { toBits } from '../embedding/exception.ts'
import { bindError } from '../interp/exceptions.ts'
import { Exn, jsTag } from '../runtime/exception.ts'
import { Slots, dictionary, sequence } from './idl.ts'
import { tags } from './tag.ts'
import { isHidden, toWasm } from './values.ts'

export interface ExceptionSlots {
  readonly exn: Exn
  /** Text of the JS stack, when the constructor was asked for it. */
  readonly stack: string | undefined
}
export const exceptions: Slots<ExceptionSlots> = new Slots('Exception')

function init(object: object, exn: Exn, stack: string | undefined): object {
  exceptions.set(object, { exn, stack })
  bindError(object, exn)
  return object
}

export class Exception {
  constructor(exceptionTag: unknown, payload: unknown, ...[options]: unknown[]) {
    const tag = tags.get(exceptionTag, 'Exception(): Argument 0')
    const values = sequence(payload, 'Exception(): Argument 1')
    const { traceStack } = dictionary(options, 'Exception(): Argument 2')
    if (tag === jsTag()) throw new TypeError('WebAssembly.Exception(): Argument 0 cannot be WebAssembly.JSTag')
    const { params } = tag.type
    if (values.length !== params.length)
      throw new TypeError(`WebAssembly.Exception(): the tag takes ${params.length} values, the payload has ${values.length}`)
    const bits = params.flatMap((type, i) => {
      if (isHidden(type)) throw new TypeError(`WebAssembly.Exception(): value ${i} has a type that JavaScript cannot give`)
      return toBits(type, toWasm(values[i], type))
    })
    init(this, new Exn(tag, bits), traceStack ? new Error().stack : undefined)
  }
}

/** The JS object of an exception, always the same one. */
export function exceptionOf(exn: Exn): object {
  const { error } = exn
  return error !== undefined && exceptions.find(error)?.exn === exn
    ? error
    : init(Object.create(Exception.prototype) as object, exn, undefined)
}
