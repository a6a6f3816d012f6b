/** Pages that need nothing else: coverage of the printed text, and a flame graph. Called by `vitrine cover` and `vitrine profile`. */
import type { Profile, ProfileNode } from '../profile.ts'
import type { CoveredText } from './coverage.ts'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c]!)

const page = (title: string, style: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
:root { color-scheme: light dark; --back: #fff; --ink: #1c2024; --soft: #6b7280; --line: #e3e6ea }
@media (prefers-color-scheme: dark) { :root { --back: #15181c; --ink: #e4e7eb; --soft: #8b94a0; --line: #2a2f36 } }
body { margin: 0; background: var(--back); color: var(--ink); font: 14px/1.45 system-ui, sans-serif }
header { padding: 16px 20px; border-bottom: 1px solid var(--line) }
h1 { font-size: 18px; margin: 0 0 4px } p { margin: 0; color: var(--soft) }
${style}</style>
${body}
</html>
`

/** The text with counts beside it: green ran, red did not. */
export function coverageHtml(text: CoveredText, title: string): string {
  const { lines, hits, functions } = text
  let most = 1
  let ran = 0
  for (const count of hits.values()) {
    most = Math.max(most, count)
    if (count > 0) ran++
  }
  const rows = lines.map((line, i) => {
    const count = hits.get(i + 1)
    const kind = count === undefined ? '' : count > 0 ? ' class="y"' : ' class="n"'
    // Shades by the logarithm: from one execution to the most.
    const heat =
      count === undefined || count === 0 ? '' : ` style="--h:${(0.15 + 0.6 * (Math.log(count) / Math.log(most + 1))).toFixed(2)}"`
    return `<tr id="L${i + 1}"${kind}${heat}><td>${i + 1}<td>${count ?? ''}<td>${escape(line)}`
  })
  const list = [...functions]
    .sort((a, b) => b.calls - a.calls)
    .map((f) => `<li${f.calls === 0 ? ' class="never"' : ''}><a href="#L${f.line}">${escape(f.name)}</a> <span>${f.calls}</span>`)
  return page(
    title,
    `main { display: flex; align-items: flex-start } nav { position: sticky; top: 0; max-height: 100vh; overflow: auto; flex: 0 0 240px; padding: 8px 0 }
ol { list-style: none; margin: 0; padding: 0 } li { display: flex; justify-content: space-between; gap: 8px; padding: 1px 20px }
li a { color: inherit; text-decoration: none; overflow: hidden; text-overflow: ellipsis; white-space: nowrap } .never { opacity: .45 } li span { color: var(--soft) }
table { border-collapse: collapse; font: 12.5px/1.5 ui-monospace, monospace; flex: 1 } td { padding: 0 10px; white-space: pre } td:first-child, td:nth-child(2) { text-align: right; color: var(--soft); width: 1% }
.y td:nth-child(2) { background: rgb(34 160 90 / var(--h, .3)); color: var(--ink) } .n td:nth-child(2), .n td:nth-child(3) { background: rgb(220 60 60 / .22) } :target td { outline: 1px solid var(--soft) }
`,
    `<header><h1>${escape(title)}</h1><p>${ran} of ${hits.size} instructions ran (${hits.size === 0 ? 100 : Math.round((ran / hits.size) * 1000) / 10} %); numbers are how often</p></header>
<main><nav><ol>${list.join('\n')}</ol></nav>
<table>${rows.join('\n')}</table></main>`,
  )
}

/** Boxes: a caller above what it calls, as wide as its share. A click looks closer; typing finds functions. */
export function flameHtml(profile: Profile, title: string): string {
  type Box = readonly [name: string, total: number, self: number, calls: number, host: 0 | 1, children: readonly Box[]]
  const box = (node: ProfileNode): Box => {
    const children = node.children.map(box)
    const total = children.reduce((n, child) => n + child[1], node.self)
    return [node.name, total, node.self, node.calls, node.module === undefined ? 1 : 0, children]
  }
  const root = box(profile.root)
  const unit = profile.by === 'time' ? 'µs' : 'instructions'
  // No `</script>` and no line separators inside the script.
  const data = JSON.stringify([title, root[1], root[2], 1, 0, root[5]]).replace(
    /[<\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return page(
    title,
    `#flame { position: relative; margin: 12px 20px } #flame div { position: absolute; height: 19px; box-sizing: border-box; border: 1px solid var(--back); border-radius: 3px; padding: 0 4px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font: 12px/17px system-ui, sans-serif; color: #222; cursor: pointer }
#flame .found { outline: 2px solid #7c3aed; z-index: 1 } #said { min-height: 1.5em; padding: 8px 20px 0 } input { float: right; font: inherit; padding: 3px 8px }
`,
    `<header><input id="find" placeholder="find a function" aria-label="find a function"><h1>${escape(title)}</h1><p>${root[1].toLocaleString('en')} ${unit}; a box is as wide as its share, what it called is below it</p></header>
<div id="said"></div><div id="flame"></div>
<script>
'use strict'
const root = ${data}
const flame = document.getElementById('flame'), said = document.getElementById('said'), find = document.getElementById('find')
let top_ = root
const colour = ([name, , , , host]) => { let h = 0; for (const c of name) h = (h * 31 + c.codePointAt(0)) >>> 0; return host ? 'hsl(210 30% ' + (70 + h % 12) + '%)' : 'hsl(' + (20 + h % 40) + ' 85% ' + (62 + (h >> 8) % 14) + '%)' }
const tell = (b) => b[0] + ': ' + Math.round(b[1]).toLocaleString('en') + ' ${unit} (' + (b[1] / root[1] * 100).toFixed(1) + ' %), itself ' + Math.round(b[2]).toLocaleString('en') + ', ' + b[3].toLocaleString('en') + (b[3] === 1 ? ' call' : ' calls')
function draw() {
  flame.textContent = ''
  const width = flame.clientWidth, word = find.value.toLowerCase()
  let deepest = 0
  const put = (b, x, depth) => {
    const w = b[1] / top_[1] * width
    if (!(w >= 1)) return
    deepest = Math.max(deepest, depth)
    const d = document.createElement('div')
    d.style.cssText = 'left:' + x + 'px;top:' + depth * 19 + 'px;width:' + w + 'px;background:' + colour(b)
    if (w > 24) d.textContent = b[0]
    if (word !== '' && b[0].toLowerCase().includes(word)) d.className = 'found'
    d.title = tell(b)
    d.onmouseenter = () => { said.textContent = tell(b) }
    d.onclick = () => { top_ = b === top_ ? root : b; draw() }
    flame.append(d)
    let at = x
    for (const child of b[5]) { put(child, at, depth + 1); at += child[1] / top_[1] * width }
  }
  put(top_, 0, 0)
  flame.style.height = (deepest + 1) * 19 + 'px'
}
find.oninput = draw
onresize = draw
said.textContent = tell(root)
draw()
</script>`,
  )
}
