/**
 * The child process of the oracle (oracle.ts): runs programs on the WebAssembly of the JS engine that it is started in. It
 * reads one batch from standard input, in V8's own serialisation, and writes a line of JSON for each item as soon as it is
 * done: a program may bring the engine down, and the parent has to know which one did.
 */
import { readFileSync, writeSync } from 'node:fs'
import { deserialize } from 'node:v8'
import { type Anything, type Running, describe, exceptionText, importsFor, label, observe, stateOf, trapClass } from './outcome.ts'
import type { Subject } from './program.ts'

/** The JS engine's own WebAssembly; the library of this project's TypeScript configuration does not declare it. */
interface NativeApi {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Record<string, Anything> }
  Global: new (type: { value: string; mutable: boolean }, value: unknown) => object
  RuntimeError: new () => Error
  Exception: new () => Error & { is(tag: object): boolean; getArg(tag: object, index: number): unknown }
  validate(bytes: Uint8Array): boolean
}
const nativeApi: NativeApi = (globalThis as unknown as { WebAssembly: NativeApi }).WebAssembly

/** A program with its bytes; of its provider, if it has one, as well. */
export interface Item extends Subject {
  readonly bytes: Uint8Array
  readonly provider: Item | undefined
}
/** Binaries to validate, and programs to run. */
export interface Batch {
  readonly probes: readonly Uint8Array[]
  readonly items: readonly Item[]
}

function start(p: Item): Running {
  const provider = p.provider === undefined ? undefined : start(p.provider)
  const imports = importsFor(
    p,
    provider?.exports,
    (type, mutable, value) => new nativeApi.Global({ value: type === 'funcref' ? 'anyfunc' : type, mutable }, value),
  )
  const { exports } = new nativeApi.Instance(new nativeApi.Module(p.bytes), imports)
  label(p, exports)
  const failed = (seen: string, detail = ''): ReturnType<Running['call']> => ({ seen, ended: false, detail, ticks: 0 })
  return {
    exports,
    call(name, args) {
      try {
        return { seen: describe(exports[name]!(...args)), ended: true, detail: '', ticks: 0 }
      } catch (error) {
        // A suspension that nobody handles is an error of a class of its own.
        if (error instanceof nativeApi.RuntimeError || (error instanceof Error && error.name === 'SuspendError'))
          return failed(`trap ${trapClass(error.message)}`, error.message)
        if (!(error instanceof nativeApi.Exception)) return failed(String(error))
        return failed(
          exceptionText(
            p,
            exports,
            (tag) => error.is(tag),
            (tag, i) => error.getArg(tag, i),
          ),
        )
      }
    },
    state: () => `${provider === undefined ? '' : `${provider.state()} | `}${stateOf(p, exports, (m) => new Uint8Array(m.buffer))}`,
  }
}

/** Argument with which the bundle becomes the child. */
export const NATIVE = 'native'

/** Reads the batch and answers. */
export function serve(): void {
  const { probes, items } = deserialize(readFileSync(0)) as Batch
  const answer = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`)
  for (const bytes of probes) answer(nativeApi.validate(bytes))
  for (const item of items) answer(observe(item, () => start(item)))
}
