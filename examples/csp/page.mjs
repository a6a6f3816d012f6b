// The script of the page. `vitrine/js-api/auto` stands in for the browser's WebAssembly, which refuses to compile here, so that
// the package works as it is; `vitrine/wasi` runs the C++ program. `node build.mjs` bundles both, with this, into dist/page.js.
import { own, ownEval, ownWebAssembly } from './own.mjs'
import '../../src/js-api/auto.ts'
import { run } from '../../src/wasi/index.ts'
import { Resvg, initWasm } from '@resvg/resvg-wasm'

const element = (id) => document.getElementById(id)
element('own').textContent = ownWebAssembly
element('eval').textContent = ownEval
element('installed').textContent = WebAssembly === own ? 'the browser’s' : 'vitrine’s'

/** Lets the page be drawn. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 50))
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

const calculator = fetch('./calc.wasm').then((response) => response.arrayBuffer())
async function calculate() {
  const output = element('output')
  output.textContent = ''
  element('calc-status').textContent = 'running …'
  const program = await calculator
  await turn()
  const started = performance.now()
  const decoder = new TextDecoder()
  const show = (chunk) => output.append(decoder.decode(chunk, { stream: true }))
  const { exitCode } = await run(program, { argv0: 'calc', stdin: element('input').value, stdout: show, stderr: show })
  element('calc-status').textContent = `ended with exit code ${exitCode} after ${seconds(started)}`
}
element('input').value = 'x = 2 * (3 + 4)\nx ^ 2 - 1\n2 ^ 3 ^ 2\ny = -pi / 4\n17 % 5 * 1000000 / 3'
element('calc').addEventListener('submit', (event) => {
  event.preventDefault()
  void calculate()
})

/** A window of coloured glass. */
function glass() {
  const colours = ['#c0392b', '#e08e2b', '#f2d16b', '#3f8f5b', '#2f6fa7', '#6a4c93', '#b34d7b', '#5aa9a3']
  let panes = ''
  for (let ring = 3; ring >= 1; ring--) {
    for (let i = 0; i < 12; i++) {
      const [a, b, r] = [(i + (ring % 2) / 2) * 30, (i + 1 + (ring % 2) / 2) * 30, ring * 66]
      const at = (degrees) =>
        `${(Math.cos((degrees * Math.PI) / 180) * r).toFixed(1)} ${(Math.sin((degrees * Math.PI) / 180) * r).toFixed(1)}`
      panes += `<path d="M0 0 L${at(a)} A${r} ${r} 0 0 1 ${at(b)} Z" fill="${colours[(i * 3 + ring * 2) % colours.length]}"/>`
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-160 -120 320 240">
    <defs><radialGradient id="light"><stop stop-color="#fff" stop-opacity=".75"/><stop offset="1" stop-color="#000" stop-opacity=".35"/></radialGradient></defs>
    <rect x="-160" y="-120" width="320" height="240" fill="#20242c"/>
    <g stroke="#20242c" stroke-width="5" stroke-linejoin="round">${panes}</g>
    <circle r="20" fill="#f8efd0" stroke="#20242c" stroke-width="5"/>
    <rect x="-160" y="-120" width="320" height="240" fill="url(#light)"/></svg>`
}

async function draw() {
  const status = element('picture-status')
  status.textContent = 'compiling …'
  await turn()
  const started = performance.now()
  await initWasm(fetch('./resvg.wasm'))
  status.textContent = 'rendering …'
  const compiled = performance.now()
  await turn()
  const rendering = performance.now()
  const image = new Resvg(glass(), { fitTo: { mode: 'width', value: 320 } }).render()
  const png = image.asPng()
  element('picture').src = URL.createObjectURL(new Blob([png], { type: 'image/png' }))
  status.textContent = `${image.width} × ${image.height}, ${png.length.toLocaleString('en')} bytes of PNG; compiled in ${((compiled - started) / 1000).toFixed(1)} s, rendered in ${seconds(rendering)}`
}

await calculate()
await draw()
