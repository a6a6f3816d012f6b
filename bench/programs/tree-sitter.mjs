// tree-sitter (C): 40 functions of JavaScript parsed, edited, parsed again.
import { readFileSync } from 'node:fs'
import { load, pathOf, someSource } from './packages.mjs'

const { Language, Parser } = await load('web-tree-sitter')
await Parser.init()
const parser = new Parser()
parser.setLanguage(await Language.load(readFileSync(pathOf('tree-sitter-javascript/tree-sitter-javascript.wasm'))))
const source = someSource(40)
const tree = parser.parse(source)
console.log(tree.rootNode.namedChildCount, tree.rootNode.descendantsOfType('number').length, tree.rootNode.hasError)
console.log(parser.parse(source.replace('return {', 'return {{')).rootNode.hasError)
