/**
 * Unpacking for zip mounts. vitrine carries no decompressor of its own: engines have one (`DecompressionStream`), and where
 * they have not, or where it must answer at once, the user hands one over (node:zlib, fflate). Called by `zip.ts`.
 */
import { fail } from '../errno.ts'
import type { Maybe } from '../maybe.ts'

/** Unpacks raw deflate data (RFC 1951) to exactly `size` bytes. */
export type Inflate = (data: Uint8Array, size: number) => Maybe<Uint8Array>

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array }>
  cancel(): Promise<unknown>
}
interface Writer {
  write(data: Uint8Array): Promise<unknown>
  close(): Promise<unknown>
}
type Streams = new (format: string) => { readonly readable: { getReader(): Reader }; readonly writable: { getWriter(): Writer } }

/** The engine's own, which answers later; undefined where there is none. */
export function engineInflate(): Inflate | undefined {
  const DecompressionStream = (globalThis as { DecompressionStream?: Streams }).DecompressionStream
  if (DecompressionStream === undefined) return undefined
  return async (data, size) => {
    const stream = new DecompressionStream('deflate-raw')
    const writer = stream.writable.getWriter()
    // What goes wrong is seen by the reader.
    const written = Promise.all([writer.write(data), writer.close()]).catch(() => {})
    const reader = stream.readable.getReader()
    const out = new Uint8Array(size)
    let at = 0
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done || value === undefined) break
        if (at + value.length > size) {
          await reader.cancel()
          throw fail('io', 'more bytes than the archive says')
        }
        out.set(value, at)
        at += value.length
      }
    } catch {
      throw fail('io', 'the compressed data is damaged')
    }
    await written
    return at === size ? out : out.subarray(0, at)
  }
}

let table: Int32Array | undefined

/** CRC-32 as zip uses it (polynomial 0xedb88320), as an unsigned number. */
export function crc32(data: Uint8Array): number {
  if (table === undefined) {
    table = new Int32Array(256)
    for (let n = 0; n < 256; n++) {
      let c = n
      for (let k = 0; k < 8; k++) c = (c & 1) !== 0 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
      table[n] = c
    }
  }
  let crc = -1
  for (let i = 0; i < data.length; i++) crc = table[(crc ^ data[i]!) & 0xff]! ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}
