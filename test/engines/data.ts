/** What goes into the bundle beside the code: made by bundle.ts in Node, read by shell.ts in the engine. All bytes are base64. */
import type { Configuration } from '../../spec-tests/runner.ts'

/** A program of examples/cases.json with what Node's own engine and node:wasi make of it. */
export interface WasiCase {
  readonly name: string
  readonly wasm: string
  readonly argv0: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Contents by path, for each directory. */
  readonly dirs: readonly { readonly guest: string; readonly files: Readonly<Record<string, string>> }[]
  readonly stdin: string
  readonly stdout: string
  /** What comes first on stderr; everything, unless it ends with a trap. */
  readonly stderr: string
  readonly exitCode: number
  readonly trap: boolean
}

export interface Data {
  /** Name and text of each script of the specification's suite and of spec-tests/own. */
  readonly scripts: readonly (readonly [name: string, bytes: string])[]
  readonly configurations: readonly Configuration['name'][]
  readonly wasi: readonly WasiCase[]
  /** What each client gives under Node's own WebAssembly. */
  readonly clients: Readonly<Record<string, string>>
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 for engines that lack `atob`. */
export function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.replace(/=+$/, '').length * 3) / 4))
  let bits = 0
  for (let i = 0, at = 0; at < bytes.length; i++) {
    bits = (bits << 6) | alphabet.indexOf(text.charAt(i))
    if (i % 4 > 0) bytes[at++] = bits >> (6 - 2 * (i % 4))
  }
  return bytes
}
