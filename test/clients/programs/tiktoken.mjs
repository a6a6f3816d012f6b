// tiktoken: a tokenizer; Rust through wasm-bindgen.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Tiktoken } from 'tiktoken/lite'

const require = createRequire(import.meta.url)
const r50k = JSON.parse(readFileSync(require.resolve('tiktoken/encoders/r50k_base.json'), 'utf8'))
const encoder = new Tiktoken(r50k.bpe_ranks, r50k.special_tokens, r50k.pat_str)
const tokens = encoder.encode('Hello wörld, this is WebAssembly behind glass: 12345 🙂')
console.log([...tokens].join(' '))
console.log(new TextDecoder().decode(encoder.decode(tokens)))
encoder.free()
