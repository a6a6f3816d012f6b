/**
 * `vitrine/js-api/auto`: importing it installs the namespace as the global WebAssembly where the engine's own does not work.
 * That there is one says little: under a Content-Security-Policy, and in some request handlers, every compilation throws.
 */
import { install } from './install.ts'

/** The smallest module: magic number and version. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

function works(): boolean {
  const { WebAssembly: own } = globalThis as { WebAssembly?: { Module: new (bytes: Uint8Array) => object } }
  try {
    return own !== undefined && new own.Module(empty) instanceof own.Module
  } catch {
    return false
  }
}

if (!works()) install()
