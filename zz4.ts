import { generate } from './test/fuzz/generate.ts'
let out=''
for (let s=1;s<400;s++){const p=generate(s); if (p.native && p.funcs.some(f=>f.code.some(i=>['try','throw'].includes(i.row.name)))) out+=s+' '}
console.log(out)
