// hash-wasm: small modules, one for each hash.
import { argon2id, blake3, createSHA256, crc32, md5, sha3, xxhash64 } from 'hash-wasm'

const text = 'The quick brown fox jumps over the lazy dog'
console.log(await md5(text), await crc32(text), await xxhash64(text, 1, 2))
console.log(await sha3(text), await blake3(text))
const sha = await createSHA256()
sha.init()
for (let i = 0; i < 100; i++) sha.update(text)
console.log(sha.digest('hex'))
const options = { password: 'pass', salt: 'saltsaltsaltsalt', iterations: 1, parallelism: 1, memorySize: 32, hashLength: 16 }
console.log(await argon2id({ ...options, outputType: 'encoded' }))
