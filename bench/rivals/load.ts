/** How a child process gets the exports of a module from a rival (index.ts). */
import type { Engine } from '../jobs.ts'
import type { NativeWasm } from '../native.ts'
import type { Rival } from './index.ts'

type Exports = Readonly<Record<string, unknown>>

export async function rivalExports({ kind, file }: Engine & { kind: Rival }, bytes: Uint8Array): Promise<Exports> {
  const library = (await import(file)) as Record<string, unknown>
  if (kind === 'wasm2js') return library
  if (kind === 'polywasm') {
    const { Module, Instance } = library['WebAssembly'] as NativeWasm
    return new Instance(new Module(bytes)).exports
  }
  // It takes nothing but an ArrayBuffer.
  const { default: commonJs } = library as {
    default: { default: { instantiate: (bytes: ArrayBuffer, imports: object) => Promise<unknown> } }
  }
  const { instance } = (await commonJs.default.instantiate(bytes.slice().buffer, {})) as { instance: { exports: Exports } }
  return instance.exports
}
