/**
 * Text tools of other projects behind one interface: WABT, Binaryen, and wasm-tools (as the component that jco carries).
 * Used by the long tests of this folder. Their packages are loaded when asked for, and typed here by what is used of them.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface TextTool {
  readonly name: string
  /** A module's text as the tool prints it. */
  readonly print: (bytes: Uint8Array) => Promise<string>
  /** A text's module as the tool reads it; throws when it does not accept it. */
  readonly parse: (text: string) => Promise<Uint8Array>
}

interface WabtModule {
  applyNames(): void
  toText(options: { foldExprs: boolean; inlineExport: boolean }): string
  toBinary(options: { write_debug_names: boolean }): { buffer: Uint8Array }
  destroy(): void
}
interface Wabt {
  readWasm(bytes: Uint8Array, options: object): WabtModule
  parseWat(name: string, text: Uint8Array, options: object): WabtModule
}
interface BinaryenModule {
  setFeatures(features: number): void
  emitText(): string
  emitBinary(): Uint8Array
  dispose(): void
}
interface Binaryen {
  readonly Features: { readonly All: number }
  readBinaryWithFeatures(bytes: Uint8Array, features: number): BinaryenModule
  parseText(text: string): BinaryenModule
}
interface WasmTools {
  readonly $init: Promise<void>
  readonly tools: { print(bytes: Uint8Array): string; parse(text: string): Uint8Array }
}

/** A file of this folder's own packages, which are no dependencies of the repository's package. */
const load = async (path: string): Promise<unknown> => import(new URL(`node_modules/${path}`, import.meta.url).href)

/** Everything that WABT's binding knows how to switch on. */
const wabtFeatures: Readonly<Record<string, boolean>> = Object.fromEntries(
  [
    'exceptions',
    'mutable_globals',
    'sat_float_to_int',
    'sign_extension',
    'simd',
    'threads',
    'function_references',
    'multi_value',
    'tail_call',
    'bulk_memory',
    'reference_types',
    'annotations',
    'code_metadata',
    'gc',
    'memory64',
    'multi_memory',
    'extended_const',
    'relaxed_simd',
  ].map((feature) => [feature, true]),
)

const freshWabt = async (): Promise<Wabt> => ((await load('wabt/index.js')) as { default: () => Promise<Wabt> }).default()

/** Instances are dropped when a call fails: one that has failed once may fail ever after. Printing needs much memory, so it has its own. */
export function wabt(fold: boolean): TextTool {
  let parser: Wabt | undefined
  return {
    name: fold ? 'wabt, folded' : 'wabt',
    async print(bytes) {
      const m = (await freshWabt()).readWasm(bytes, { readDebugNames: true, ...wabtFeatures })
      m.applyNames()
      return m.toText({ foldExprs: fold, inlineExport: fold })
    },
    async parse(text) {
      const instance = parser ?? (await freshWabt())
      parser = undefined
      // Bytes: of a string the binding takes the low half of each character.
      const m = instance.parseWat('text.wat', new TextEncoder().encode(text), wabtFeatures)
      const { buffer } = m.toBinary({ write_debug_names: true })
      const copy = buffer.slice()
      m.destroy()
      parser = instance
      return copy
    },
  }
}

/** Everything but custom descriptors, which have a value but no name here: with them on, types are written as exact ones. */
const CUSTOM_DESCRIPTORS = 1 << 21

/** What a command makes of a text: of two files, which it reads and writes. */
function throughFiles(text: string, command: string, ...flags: readonly string[]): Uint8Array {
  const dir = mkdtempSync(join(tmpdir(), 'vitrine-text-tool-'))
  try {
    const [input, output] = [join(dir, 'text.wat'), join(dir, 'module.wasm')]
    writeFileSync(input, text)
    const { status, stderr } = spawnSync(command, [...flags, input, '-o', output], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Whether WABT is installed as a command. */
export const hasWabtCommand: boolean = spawnSync('wat2wasm', ['--version']).status === 0
/** WABT as a command: some texts of a few MB take its build for the web more than an hour, others overrun its stack. */
export const wabtCommand: Pick<TextTool, 'name' | 'parse'> = {
  name: 'wabt',
  parse: async (text) => throughFiles(text, 'wat2wasm', '--enable-all', '--debug-names'),
}

/**
 * Binaryen's command. Its binding reads text as if every feature were off, so that types which differ only in features fall
 * together, and says so; and a deep text overruns its stack. The command can be told otherwise, but is a process each time.
 */
function wasmAs(text: string): Uint8Array {
  const command = fileURLToPath(new URL('node_modules/binaryen/bin/wasm-as', import.meta.url))
  const withStack = ['-c', 'ulimit -s unlimited; exec "$0" --stack-size=60000 "$@"', process.execPath]
  return throughFiles(text, 'sh', ...withStack, command, '-all', '--disable-custom-descriptors')
}

export async function binaryen(): Promise<TextTool> {
  const { default: lib } = (await load('binaryen/index.js')) as { default: Binaryen }
  return {
    name: 'binaryen',
    async print(bytes) {
      const m = lib.readBinaryWithFeatures(bytes, lib.Features.All)
      try {
        return m.emitText()
      } finally {
        m.dispose()
      }
    },
    async parse(text) {
      let m: BinaryenModule
      try {
        // Bytes as characters: of others the binding takes the low half.
        m = lib.parseText(Buffer.from(text).toString('latin1'))
      } catch (e) {
        // What it throws has a message, but is no Error.
        const { message } = e as { message: string }
        if (/use --enable-gc|call stack size exceeded/.test(message)) return wasmAs(text)
        throw new Error(message)
      }
      try {
        m.setFeatures(lib.Features.All & ~CUSTOM_DESCRIPTORS)
        return m.emitBinary()
      } finally {
        m.dispose()
      }
    },
  }
}

export async function wasmTools(): Promise<TextTool> {
  // The component itself: the package's wrappers are the same two calls, made asynchronous.
  const { $init, tools } = (await load('@bytecodealliance/jco-transpile/vendor/wasm-tools.js')) as WasmTools
  await $init
  return { name: 'wasm-tools', print: async (bytes) => tools.print(bytes), parse: async (text) => tools.parse(text) }
}
