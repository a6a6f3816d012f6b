/**
 * Which features the JS engine's own WebAssembly has: asked by validating a small module for each. Programs with others run
 * only on vitrine's configurations, which are compared with each other.
 */
import type { Feature } from '../../src/spec/features.ts'
import { allFeatures } from './features.ts'
import { watToWasm } from '../../src/text/index.ts'

/** What an export is, is known from the program only. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Anything = any

/** The JS engine's own WebAssembly; the library of this project's TypeScript configuration does not declare it. */
interface NativeApi {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Record<string, Anything> }
  Global: new (type: { value: string; mutable: boolean }, value: unknown) => object
  RuntimeError: new () => Error
  Exception: new () => Error & { is(tag: object): boolean; getArg(tag: object, index: number): unknown }
  validate(bytes: Uint8Array): boolean
}
export const nativeApi: NativeApi = (globalThis as unknown as { WebAssembly: NativeApi }).WebAssembly

/** Relaxed SIMD is not among them: what its instructions give is left open, so that there is nothing to compare with. */
const probes: Partial<Record<Feature, string>> = {
  threads: '(memory 1) (func (drop (i32.atomic.load (i32.const 0))))',
  'legacy-exceptions': '(tag $e) (func (try (do (throw $e)) (catch $e) (catch_all (rethrow 0))))',
  'extended-const': '(global i32 (i32.add (i32.const 1) (i32.const 2)))',
  'multi-memory': '(memory 1) (memory 1)',
  memory64: '(memory i64 1) (table i64 1 funcref)',
  gc: '(type $s (struct (field i32))) (func (drop (struct.new_default $s)))',
  exceptions: '(tag $e) (func (block (try_table (catch_all 0) (throw $e))))',
  simd: '(func (param v128) (result v128) (i8x16.popcnt (local.get 0)))',
  'function-references': '(type $f (func)) (func (param (ref null $f)) (call_ref $f (local.get 0)))',
}

const validates = (wat: string): boolean => nativeApi.validate(watToWasm(`(module ${wat})`, { features: allFeatures }))

/** Of the features that generated programs have beyond the scalar language: those that the engine knows. */
export const nativeFeatures: ReadonlySet<Feature> = new Set(
  (Object.keys(probes) as Feature[]).filter((feature) => validates(probes[feature]!)),
)
