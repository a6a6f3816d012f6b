/** The JS engine's own WebAssembly, as far as it is measured: the types of Node leave its values out. Undefined with --jitless. */

export interface NativeWasm {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => unknown
  readonly Instance: new (
    module: unknown,
    imports?: Record<string, Record<string, (x: number) => number>>,
  ) => { readonly exports: Record<string, (...args: number[]) => number> }
}

export function nativeWasm(): NativeWasm {
  const { WebAssembly } = globalThis as { WebAssembly?: NativeWasm }
  if (WebAssembly === undefined) throw new Error('this JS engine has no WebAssembly of its own')
  return WebAssembly
}
