/**
 * Other ways to run WebAssembly in JavaScript: npm packages of this folder's own package.json, which are installed when
 * somebody asks for them (95 MB).
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { installPackages } from '../../test/helpers/packages.ts'

/**
 * polywasm makes JavaScript of Wasm at run time (`new Function`) and leaves out traps and NaN bits; wasm2js does so in a build
 * step; webassemblyjs interprets WebAssembly 1.0.
 */
export type Rival = 'polywasm' | 'wasm2js' | 'webassemblyjs'
export const rivals: readonly Rival[] = ['polywasm', 'wasm2js', 'webassemblyjs']

const here: string = fileURLToPath(new URL('.', import.meta.url))
const at = (path: string): string => join(here, 'node_modules', path)

export function installRivals(): void {
  const problem = installPackages(here)
  if (problem !== undefined) throw new Error(`the rivals are not here: ${problem}`)
}

/** The file that runs a module: the library itself, or what wasm2js made of the module, in the given folder. */
export function rivalFile(rival: Rival, wasm: string, folder: string): string {
  if (rival === 'polywasm') return at('polywasm/index.js')
  if (rival === 'webassemblyjs') return at('webassemblyjs/lib/index.js')
  const made = join(folder, `${basename(wasm, '.wasm')}.wasm2js.mjs`)
  if (!existsSync(made)) {
    const { status, stderr } = spawnSync(process.execPath, [at('binaryen/bin/wasm2js'), '-O2', wasm, '-o', made], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`wasm2js of ${wasm}: ${stderr}`)
  }
  return pathToFileURL(made).href
}
