/**
 * Text tools of other projects behind one interface: WABT, Binaryen, and wasm-tools (as the component that jco carries).
 * Used by the long tests of this folder. Their packages are loaded when asked for, and typed here by what is used of them.
 */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

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
}
interface Wabt {
  readWasm(bytes: Uint8Array, options: object): WabtModule
  parseWat(name: string, text: string, options: object): WabtModule
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

const require: NodeRequire = createRequire(import.meta.url)

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
    'extended_const',
    'relaxed_simd',
  ].map((feature) => [feature, true]),
)

/** A new instance for every call: one that has failed once may fail ever after. */
export function wabt(fold: boolean): TextTool {
  const load = require('wabt') as () => Promise<Wabt>
  return {
    name: fold ? 'wabt, folded' : 'wabt',
    async print(bytes) {
      const m = (await load()).readWasm(bytes, { readDebugNames: true, ...wabtFeatures })
      m.applyNames()
      return m.toText({ foldExprs: fold, inlineExport: fold })
    },
    async parse(text) {
      return (await load()).parseWat('text.wat', text, wabtFeatures).toBinary({ write_debug_names: true }).buffer
    },
  }
}

export async function binaryen(): Promise<TextTool> {
  const { default: lib } = (await import(pathToFileURL(require.resolve('binaryen')).href)) as { default: Binaryen }
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
      const m = lib.parseText(text)
      try {
        m.setFeatures(lib.Features.All)
        return m.emitBinary()
      } finally {
        m.dispose()
      }
    },
  }
}

export async function wasmTools(): Promise<TextTool> {
  // The component itself: the package's wrappers are the same two calls, made asynchronous.
  const vendor = new URL('node_modules/@bytecodealliance/jco-transpile/vendor/wasm-tools.js', import.meta.url)
  const { $init, tools } = (await import(vendor.href)) as WasmTools
  await $init
  return { name: 'wasm-tools', print: async (bytes) => tools.print(bytes), parse: async (text) => tools.parse(text) }
}
