// resvg (Rust): a picture of 60 shapes.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { loadCommonJs, pathOf, randomOf } from './packages.mjs'

const { Resvg, initWasm } = loadCommonJs('@resvg/resvg-wasm')
await initWasm(readFileSync(pathOf('@resvg/resvg-wasm/index_bg.wasm')))
const random = randomOf(3)
const shapes = Array.from({ length: 60 }, (_, i) =>
  i % 2
    ? `<circle cx="${random(160)}" cy="${random(120)}" r="${random(30) + 2}" fill="hsl(${random(360)},80%,50%)" opacity="0.7"/>`
    : `<path d="M${random(160)} ${random(120)}Q${random(160)} ${random(120)} ${random(160)} ${random(120)}" fill="none" stroke="url(#g)" stroke-width="${random(6) + 1}"/>`,
)
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120"><defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="#00f"/></linearGradient></defs>${shapes.join('')}</svg>`
const image = new Resvg(svg).render()
console.log(image.width, image.height, createHash('sha256').update(image.asPng()).digest('hex'))
