// zstd: Emscripten, with the .wasm read from a file.
import { compress, decompress, init } from '@bokuweb/zstd-wasm'
import { createHash } from 'node:crypto'

await init()
const text = new TextEncoder().encode('behind glass '.repeat(20_000) + Array.from({ length: 5000 }, (_, i) => (i * i) % 977).join())
for (const level of [1, 9]) {
  const small = compress(text, level)
  console.log(level, text.length, small.length, createHash('sha256').update(small).digest('hex'))
  console.log(Buffer.compare(Buffer.from(decompress(small)), Buffer.from(text)))
}
