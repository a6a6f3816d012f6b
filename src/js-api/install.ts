/** Makes the namespace the global WebAssembly, with the attributes that the engine's own has. Called by auto.ts and force.ts. */
import { WebAssembly } from './namespace.ts'

export function install(): void {
  Object.defineProperty(globalThis, 'WebAssembly', { value: WebAssembly, writable: true, enumerable: false, configurable: true })
}
