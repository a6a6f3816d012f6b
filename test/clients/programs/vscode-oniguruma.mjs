// vscode-oniguruma: a regular expression engine in C.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import onig from 'vscode-oniguruma'

const require = createRequire(import.meta.url)
await onig.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')))
const scanner = new onig.OnigScanner(['(?<year>\\d{4})-(\\d\\d)', '(?<=ü)b+', '\\bfoo\\b'])
const text = new onig.OnigString('xübbb foo 2024-05')
for (let at = 0, match; (match = scanner.findNextMatchSync(text, at)) !== null;) {
  console.log(JSON.stringify(match))
  at = match.captureIndices[0].end
}
