// web-tree-sitter: a parser, and a grammar that it loads as a side module.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Language, Parser } from 'web-tree-sitter'

const require = createRequire(import.meta.url)
await Parser.init()
const parser = new Parser()
parser.setLanguage(await Language.load(readFileSync(require.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm'))))
const tree = parser.parse('const f = (x) => { if (x > 1) return `a${x}`; else throw new Error("no") }')
console.log(tree.rootNode.toString())
const edited = parser.parse('let y = /* c */ [1, 2,, 3].map(z => z ** 2)')
console.log(
  edited.rootNode
    .descendantsOfType('number')
    .map((node) => `${node.text}@${node.startIndex}`)
    .join(' '),
)
console.log(edited.rootNode.hasError)
