import { generate } from './test/fuzz/generate.ts'
import { list, toBytes } from './test/fuzz/program.ts'
import { writeFileSync } from 'node:fs'
const p = generate(Number(process.argv[2]))
const t=list(p); console.log(t.length, p.provider!==undefined, (t.match(/delegate/g)||[]).length, (t.match(/rethrow/g)||[]).length,(t.match(/return_call/g)||[]).length)
writeFileSync('/tmp/exc/p.wasm', toBytes(p)); writeFileSync('/tmp/exc/p.txt', t)
