/** compileStreaming and instantiateStreaming take a Response (WebAssembly Web API, Streaming Module Compilation and Instantiation). */
import { isObject } from './idl.ts'

/** What is used of a Response. Polyfills have classes of their own, so that these members tell one. */
interface ResponseLike {
  readonly ok: boolean
  readonly type?: string
  readonly headers: { get(name: string): string | null }
  arrayBuffer(): Promise<ArrayBuffer>
}
const isResponse = (value: unknown): value is ResponseLike =>
  isObject(value) && typeof (value as ResponseLike).arrayBuffer === 'function' && isObject((value as ResponseLike).headers)

/** The bytes of a response that may be compiled. The body is read as a whole. */
export async function responseBytes(source: unknown, what: string): Promise<ArrayBuffer> {
  const response = await source
  const refuse = (why: string): never => {
    throw new TypeError(`WebAssembly.${what}: ${why}`)
  }
  if (!isResponse(response)) return refuse('Argument 0 must be a Response or a promise of one')
  const mimeType = response.headers.get('Content-Type')
  // Parameters are not allowed, not even an empty one.
  if (mimeType === null || mimeType.replace(/^[\t ]+|[\t ]+$/g, '').toLowerCase() !== 'application/wasm')
    return refuse(`the response has the MIME type ${JSON.stringify(mimeType)}, not application/wasm`)
  if (response.type === 'opaque' || response.type === 'opaqueredirect') return refuse('the response is opaque')
  if (!response.ok) return refuse('the status of the response is not ok')
  return response.arrayBuffer()
}
