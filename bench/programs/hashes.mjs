// hash-wasm (C): five hashes of 64 KB, and a key made of a password.
import { load, randomOf } from './packages.mjs'

const { argon2id, blake3, md5, sha256, sha3, xxhash64 } = await load('hash-wasm')
const random = randomOf(5)
const data = Uint8Array.from({ length: 65536 }, () => random(256))
for (const hash of [md5, sha256, sha3, blake3, xxhash64]) console.log(await hash(data))
const options = { password: 'pass', salt: 'saltsaltsaltsalt', iterations: 1, parallelism: 1, memorySize: 64, hashLength: 16 }
console.log(await argon2id({ ...options, outputType: 'encoded' }))
