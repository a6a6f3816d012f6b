// ruff, a linter and formatter for Python: wasm-bindgen, a module of 9 MB.
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs'

console.log(Workspace.version())
const workspace = new Workspace({ lint: { select: ['E', 'F', 'B'] } }, PositionEncoding.Utf16)
const source = 'import os, sys\ndef f(x = []):\n    y = lambda a:a+1\n    return  {"k":x,  "n" : None}\n'
for (const { code, message, start_location: at } of workspace.check(source)) console.log(at.row, at.column, code, message)
console.log(workspace.format(source))
try {
  workspace.format('def f(:\n')
} catch (error) {
  console.log(String(error))
}
