// @chainsafe/as-sha256: AssemblyScript, with a path of its own that uses SIMD.
import { byteArrayToHashObject, digest, digest64HashObjects, SHA256 } from '@chainsafe/as-sha256'

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const text = new TextEncoder().encode('The quick brown fox jumps over the lazy dog')
console.log(hex(digest(text)))
const sha = new SHA256().init()
for (let i = 0; i < 100; i++) sha.update(text)
console.log(hex(sha.final()))
const half = byteArrayToHashObject(digest(text), 0)
console.log(digest64HashObjects(half, half))
