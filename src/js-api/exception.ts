/** Members of WebAssembly.Exception (JS API, Exceptions). */
import { fromBits } from '../embedding/exception.ts'
import { store } from './agent.ts'
import { Exception, exceptions } from './exception-object.ts'
import { exportedFunction } from './functions.ts'
import { defineInterface, unsignedLong } from './idl.ts'
import { tags } from './tag.ts'
import { isHidden } from './values.ts'

defineInterface(Exception, 'Exception', {
  getArg(exceptionTag: unknown, index: unknown): unknown {
    const { exn } = exceptions.get(this, 'Exception.getArg(): Receiver')
    const tag = tags.get(exceptionTag, 'Exception.getArg(): Argument 0')
    const at = unsignedLong(index, 'Exception.getArg(): Argument 1')
    if (exn.tag !== tag) throw new TypeError('WebAssembly.Exception.getArg(): the exception has another tag')
    const { params } = tag.type
    if (at >= params.length) throw new RangeError(`WebAssembly.Exception.getArg(): there is no value ${at}, only ${params.length}`)
    if (isHidden(params[at]!)) throw new TypeError(`WebAssembly.Exception.getArg(): value ${at} has a type that JavaScript cannot see`)
    return fromBits(exn, store.i64, exportedFunction)[at]
  },
  is(exceptionTag: unknown): boolean {
    const { exn } = exceptions.get(this, 'Exception.is(): Receiver')
    return exn.tag === tags.get(exceptionTag, 'Exception.is(): Argument 0')
  },
  get stack(): string | undefined {
    return exceptions.get(this, 'Exception.stack: Receiver').stack
  },
})

export { Exception }
