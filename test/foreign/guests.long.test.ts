/** Programs of other projects on WASI: a session with each says what it should; the quick ones without a JIT as well. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repoRoot } from '../helpers/files.ts'
import { install } from './modules.ts'

const problem = install()
if (problem !== undefined) console.warn(`NOT RUN: programs of other projects, because ${problem}`)

const expected: Readonly<Record<string, string>> = {
  perl: 'apple 2\nfig   1\npear  1\n1 11011 1111101\nP E\nnone: No such file or directory\n0',
  quickjs: '1,4,9\n1180591620717411303424\nSTRASSE1970-01-01T00:00:00.000Z\n2178308\n{"a":[1,null,"ü"],"b":0.30000000000000004}',
  esbuild: 'var t=o=>o;var e=t("y").length;export{e as x};\n0',
  // The same bytes as node:wasi and the engine's own WebAssembly give.
  flite: '13948 f10edbeaaf986b61 0',
}
const session = (name: string, ...flags: string[]): { out: string; err: string } => {
  const script = join(repoRoot, 'test/foreign/guests.ts')
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--import', 'tsx', script, name], { encoding: 'utf8', cwd: repoRoot })
  return { out: stdout.trimEnd(), err: stderr }
}

test.skipIf(problem !== undefined).each(Object.keys(expected))('%s', { timeout: 600_000 }, (name) => {
  expect(session(name)).toEqual({ out: expected[name], err: '' })
})
test.skipIf(problem !== undefined).each([
  ['with a JIT', []],
  ['without a JIT', ['--jitless']],
])('wasm-tools %s', { timeout: 600_000 }, (_, flags) => {
  const { out } = session('wasm-tools', ...flags)
  expect(out).toMatch(/^\(module\n {2}\(type \(;0;\) \(func \(param i32\) \(result i32\)\)\)\n/)
  expect(out).toMatch(/unknown operator or unexpected token[^\n]*\n41$/)
})
test.skipIf(problem !== undefined)('quickjs without a JIT', { timeout: 600_000 }, () => {
  expect(session('quickjs', '--jitless').out).toBe(expected['quickjs'])
})
