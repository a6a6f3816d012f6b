import { generate } from './test/fuzz/generate.ts'
import { compare, enginesFor } from './test/fuzz/differential.ts'
import { explain } from './test/fuzz/suite.ts'
import { writeFileSync } from 'node:fs'
const [a,b,mode]=process.argv.slice(2)
let fails=0, n=0, nat=0
for (let s=Number(a); s<Number(b)&&fails<3; s++) {
  writeFileSync('/tmp/exc/seed'+a, String(s))
  const p=generate(s)
  const es = enginesFor(p).filter(e=>mode!=='novm'||!e.native)
  const f=compare(p, es)
  n++; if(p.native) nat++
  if (f) { fails++; console.log(mode==='short'? `seed ${s} ${f.where} ${f.engines} \n  ${f.what[0].slice(0,600)}\n  ${f.what[1].slice(0,600)}`: explain(p,f)) }
}
console.log(n,'programs',nat,'native',fails,'fails')
