/** Pages that need nothing else: coverage of the printed text, and a flame graph. Called by `vitrine cover` and `vitrine profile`. */
import { type Profile, preorder } from '../profile.ts'
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

/** Lines that a browser lays out together, and only when somebody looks at them: a module may have a million. */
const CHUNK = 200
/** Shades of what ran. */
const SHADES = 6

/** The text with counts beside it: green ran, red did not. */
export function coverageHtml(text: CoveredText, title: string): string {
  const { lines, hits, functions } = text
  let most = 1
  let ran = 0
  for (const count of hits.values()) {
    most = Math.max(most, count)
    if (count > 0) ran++
  }
  const targets = new Set(functions.map(({ line }) => line))
  const rows = lines.map((line, i) => {
    const number = i + 1
    const count = hits.get(number)
    // By the logarithm: from one execution to the most.
    const kind =
      count === undefined ? '' : count === 0 ? ' class=n' : ` class=y${Math.round((SHADES - 1) * (Math.log(count) / Math.log(most + 1)))}`
    return `<p${targets.has(number) ? ` id=L${number}` : ''}${kind}><b>${count ?? ''}</b>${escape(line)}`
  })
  const chunks: string[] = []
  for (let i = 0; i < rows.length; i += CHUNK) {
    const chunk = rows.slice(i, i + CHUNK)
    chunks.push(`<section style="--from:${i};contain-intrinsic-height:auto ${chunk.length * 19}px">${chunk.join('\n')}</section>`)
  }
  const shades = Array.from(
    { length: SHADES },
    (_, i) => `.y${i} b { background: rgb(34 160 90 / ${(0.15 + (0.6 * i) / (SHADES - 1)).toFixed(2)}); color: var(--ink) }`,
  )
  const list = [...functions]
    .sort((a, b) => b.calls - a.calls)
    .map((f) => `<li${f.calls === 0 ? ' class="never"' : ''}><a href="#L${f.line}">${escape(f.name)}</a> <span>${f.calls}</span>`)
  return page(
    title,
    `main { display: flex; align-items: flex-start; gap: 12px } nav { position: sticky; top: 0; max-height: 100vh; overflow: auto; flex: 0 0 240px; padding: 8px 0 }
ol { list-style: none; margin: 0; padding: 0 } li { display: flex; justify-content: space-between; gap: 8px; padding: 1px 20px }
li a { color: inherit; text-decoration: none; overflow: hidden; text-overflow: ellipsis; white-space: nowrap } .never { opacity: .55 } li span { color: var(--soft) }
#text { flex: 1; min-width: 0; padding: 8px 0; font: 12.5px/19px ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
section { content-visibility: auto } section p:first-child { counter-reset: line var(--from) } section p { display: flex; color: inherit; min-height: 19px; counter-increment: line }
section p::before { content: counter(line); flex: none; width: ${String(lines.length).length}ch; padding: 0 10px; text-align: right; color: var(--soft) }
b { flex: none; box-sizing: content-box; width: ${Math.max(3, String(most).length)}ch; padding: 0 10px; margin-right: 10px; text-align: right; font-weight: normal; color: var(--soft) }
${shades.join('\n')}
.n { background: linear-gradient(rgb(220 60 60 / .22) 0 0) no-repeat ${String(lines.length).length + 2}ch 0 } p:target { scroll-margin-top: 40vh; background: rgb(124 58 237 / .25) }
@media (max-width: 700px) { main { display: block } nav { position: static; max-height: 30vh; border-bottom: 1px solid var(--line) } }
`,
    `<header><h1>${escape(title)}</h1><p>${ran} of ${hits.size} instructions ran (${hits.size === 0 ? 100 : Math.round((ran / hits.size) * 1000) / 10} %); numbers are how often</p></header>
<main><nav><ol>${list.join('\n')}</ol></nav>
<div id="text">${chunks.join('')}</div></main>`,
  )
}

/**
 * Boxes: a caller above what it calls, as wide as its share. A click looks closer, at a caller or with Escape farther away; typing
 * finds functions.
 */
export function flameHtml(profile: Profile, title: string): string {
  const visits = preorder(profile.root)
  const { total } = visits[0]!
  const unit = profile.by === 'time' ? 'µs' : 'instructions'
  // Callers in front of what they called, each with the place of its caller in the list.
  const rows = visits.map(({ node, parent, total: all }) =>
    parent < 0 ? [title, all, node.self, 1, 0, -1] : [node.name, all, node.self, node.calls, node.module === undefined ? 1 : 0, parent],
  )
  // No `</script>` and no line separators inside the script.
  const data = JSON.stringify(rows).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const said =
    total === 0 ? 'nothing ran' : `${total.toLocaleString('en')} ${unit}; a box is as wide as its share, what it called is below it`
  return page(
    title,
    `#flame { position: relative; margin: 12px 20px } #flame div { position: absolute; height: 19px; box-sizing: border-box; border: 1px solid var(--back); border-radius: 3px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font: 12px/17px system-ui, sans-serif; color: #222; cursor: pointer }
#flame .named { padding: 0 4px } #flame .thin { border-width: 1px 0; border-radius: 0 } #flame .caller { opacity: .55 } #flame .found { outline: 2px solid #7c3aed; outline-offset: -2px; z-index: 1 }
#said { min-height: 1.5em; padding: 8px 20px 0; overflow-wrap: anywhere } header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: start; gap: 8px 20px } input { font: inherit; padding: 3px 8px }
`,
    `<header><div><h1>${escape(title)}</h1><p>${said}</p></div><input id="find" placeholder="find a function" aria-label="find a function"></header>
<div id="said"></div><div id="flame"></div>
<script>
'use strict'
const rows = ${data}
const boxes = rows.map(([name, total, self, calls, host]) => ({ name, total, self, calls, host, caller: undefined, inner: [] }))
rows.forEach((row, i) => { const caller = boxes[row[5]]; if (caller) { boxes[i].caller = caller; caller.inner.push(boxes[i]) } })
const [root] = boxes
const flame = document.getElementById('flame'), said = document.getElementById('said'), find = document.getElementById('find')
let top_ = root
const share = (n) => Math.round(n).toLocaleString('en') + ' ${unit} (' + (root.total === 0 ? 0 : n / root.total * 100).toFixed(1) + ' %)'
const colour = ({ name, host }) => { let h = 0; for (const c of name) h = (h * 31 + c.codePointAt(0)) >>> 0; return host ? 'hsl(210 30% ' + (70 + h % 12) + '%)' : 'hsl(' + (20 + h % 40) + ' 85% ' + (62 + (h >> 8) % 14) + '%)' }
const tell = (b) => b.name + ': ' + share(b.total) + ', itself ' + Math.round(b.self).toLocaleString('en') + ', ' + b.calls.toLocaleString('en') + (b.calls === 1 ? ' call' : ' calls')
const isFound = (b) => find.value !== '' && b.name.toLowerCase().includes(find.value.toLowerCase())
// What is inside of another that is found counts with that.
function found() {
  let sum = 0
  const open = [root]
  for (let b = open.pop(); b; b = open.pop()) { if (isFound(b)) sum += b.total; else for (const c of b.inner) open.push(c) }
  return sum
}
const idle = () => { said.textContent = find.value === '' ? tell(top_) : find.value + ': ' + share(found()) }
const look = (b) => { top_ = b; draw(); idle() }
function draw() {
  flame.textContent = ''
  const width = flame.clientWidth
  let deepest = 0
  const add = (b, x, depth, w, kind) => {
    deepest = Math.max(deepest, depth)
    const d = document.createElement('div')
    d.style.cssText = 'left:' + x + 'px;top:' + depth * 19 + 'px;width:' + w + 'px;background:' + colour(b)
    d.className = kind + (w > 24 ? ' named' : w < 4 ? ' thin' : '') + (isFound(b) ? ' found' : '')
    if (w > 24) d.textContent = b.name
    d.title = tell(b)
    d.onmouseenter = () => { said.textContent = tell(b) }
    d.onclick = () => look(b)
    flame.append(d)
  }
  const above = []
  for (let b = top_.caller; b; b = b.caller) above.push(b)
  above.reverse().forEach((b, depth) => add(b, 0, depth, width, 'caller'))
  const open = [[top_, 0, above.length]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [b, x, depth] = next
    const w = top_.total === 0 ? width : b.total / top_.total * width
    if (!(w >= 1)) continue
    add(b, x, depth, w, '')
    let at = x
    for (const c of b.inner) { open.push([c, at, depth + 1]); at += c.total / top_.total * width }
  }
  flame.style.height = (deepest + 1) * 19 + 'px'
}
flame.onmouseleave = idle
find.oninput = () => { draw(); idle() }
onkeydown = (e) => { if (e.key === 'Escape') look(top_.caller ?? root) }
onresize = draw
draw()
idle()
</script>`,
  )
}
