// es-module-lexer: hand-written C, its module inlined as base64.
import { init, parse } from 'es-module-lexer'

// A promise; the package's types do not say so where it is not installed.
await Promise.resolve(init)
const [imports, exports, facade, hasModuleSyntax] = parse(
  "import a, { b as c } from './a.js'; export * as ns from 'x'; export const d = import('y'), e = import.meta.url; export default function f() {}",
)
console.log(JSON.stringify({ imports, exports, facade, hasModuleSyntax }))
try {
  parse('import {')
} catch (error) {
  console.log(error.message)
}
