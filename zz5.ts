import { generate } from './test/fuzz/generate.ts'
import { observe } from './test/fuzz/differential.ts'
import { native } from './test/fuzz/engines.ts'
import { instr, list } from './test/fuzz/program.ts'
import { writeFileSync } from 'node:fs'
const [seed, what] = process.argv.slice(2)
const p = generate(Number(seed))
const map = (i: any) => what==='delegate' && i.row.name==='delegate' ? instr('end') : what==='rethrow' && i.row.name==='rethrow' ? instr('unreachable') : what==='tail' && i.row.name.startsWith('return_call') ? instr('unreachable'): i
const q = { ...p, funcs: p.funcs.map(f=>({...f, code: f.code.map(map)})), provider: p.provider && {...p.provider, funcs: p.provider.funcs.map(f=>({...f, code: f.code.map(map)}))} }
observe(q as any, native)
console.log('ok', what)
