/** `auto` and `force`: what becomes of the global WebAssembly. In processes of their own, since they change it. */
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`src/js-api/${entry}.ts`],
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    target: 'es2020',
    write: false,
  })
  return outputFiles[0]!.text
}
function run(flags: readonly string[], before: string, script: string): string {
  const after = `
    const { writable, enumerable, configurable, value } = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')
    const adder = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 43, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11])
    const how = value === mark ? 'own' : 'vitrine'
    value.instantiate(adder).then(({ instance }) => console.log(how, instance.exports['+'](40, 2), writable, enumerable, configurable), (e) => console.log(how, e.message))`
  const input = `${before};const mark = globalThis.WebAssembly;${script};${after}`
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=commonjs', '-'], { input, encoding: 'utf8' })
  return stdout.trim() || stderr
}

test('auto leaves an engine alone that works', async () => {
  expect(run([], '', await bundle('auto'))).toBe('own 42 true false true')
})
test('auto stands in where there is none, and where compiling is refused', async () => {
  const script = await bundle('auto')
  expect(run(['--jitless'], '', script)).toBe('vitrine 42 true false true')
  expect(run(['--no-expose-wasm', '--disallow-code-generation-from-strings'], '', script)).toBe('vitrine 42 true false true')
  const refusing = 'WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError("refused") } }'
  expect(run([], refusing, script)).toBe('vitrine 42 true false true')
})
test('force always does', async () => {
  expect(run([], '', await bundle('force'))).toBe('vitrine 42 true false true')
})
test('the namespace works without the engine’s newer and optional globals', async () => {
  const missing = [
    'BigInt',
    'SharedArrayBuffer',
    'Atomics',
    'WeakRef',
    'FinalizationRegistry',
    'structuredClone',
    'TextDecoder',
    'TextEncoder',
    'performance',
    'Proxy',
    'Response',
  ]
  const remove = missing.map((name) => `delete globalThis.${name}`).join(';')
  expect(run(['--jitless'], remove, await bundle('force'))).toBe('vitrine 42 true false true')
})
