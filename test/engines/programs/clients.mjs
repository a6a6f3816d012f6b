/**
 * Packages from npm that bring Wasm, unchanged, on the global WebAssembly. Each result is text that bundle.ts also makes with
 * Node's own engine. Hashes are taken of bytes, since several engines have no TextEncoder.
 */
import { blake3, createSHA256, crc32, md5, sha3, xxhash64 } from 'hash-wasm'
import { init, parse } from 'es-module-lexer'

const ascii = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0))

export const clients = {
  async 'es-module-lexer'() {
    await Promise.resolve(init)
    const texts = [
      "import a, { b as c } from './a.js'",
      "export * as ns from 'x'",
      "export const d = import('y'), e = import.meta.url",
      'import {',
    ]
    return texts
      .map((text) => {
        try {
          return JSON.stringify(parse(text))
        } catch (error) {
          return error.message
        }
      })
      .join('\n')
  },
  async 'hash-wasm'() {
    const text = ascii('The quick brown fox jumps over the lazy dog')
    const sha = await createSHA256()
    sha.init()
    for (let i = 0; i < 20; i++) sha.update(text)
    return [await md5(text), await crc32(text), await xxhash64(text, 1, 2), await sha3(text), await blake3(text), sha.digest('hex')].join(
      '\n',
    )
  },
}
