// @resvg/resvg-wasm: renders SVG; Rust through wasm-bindgen.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Resvg, initWasm } from '@resvg/resvg-wasm'

const require = createRequire(import.meta.url)
await initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')))
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="#00f"/></linearGradient></defs>
<circle cx="30" cy="24" r="20" fill="url(#g)" stroke="black" stroke-width="3"/><path d="M2 2 Q 40 60 62 4" fill="none" stroke="green" stroke-width="2.5"/></svg>`
const image = new Resvg(svg, { fitTo: { mode: 'width', value: 96 } }).render()
console.log(image.width, image.height, createHash('sha256').update(image.asPng()).digest('hex'))
try {
  new Resvg('<svg')
} catch (error) {
  console.log(String(error))
}
