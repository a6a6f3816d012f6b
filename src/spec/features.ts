/**
 * The features of the language: those of Wasm 3.0 and the flagged proposals. The instruction table names one per row;
 * the decoder and the validator refuse what a caller's feature set leaves out. Options arrive through `featureSet`.
 */
import { type ErrorPlace, UnsupportedError, VitrineError } from '../errors.ts'

/** Names of the features, as the instruction table uses them. */
export type Feature =
  | 'mvp' | 'sign-extension' | 'saturating-float-to-int' | 'multi-value' | 'bulk-memory' | 'reference-types' | 'tail-call' | 'multi-memory'
  | 'extended-const' | 'simd' | 'relaxed-simd' | 'function-references' | 'gc' | 'exceptions' | 'memory64'
  | 'threads' | 'legacy-exceptions' | 'wide-arithmetic' | 'custom-page-sizes' | 'stack-switching'

export interface FeatureInfo {
  readonly name: Feature
  /** True for the features of Wasm 3.0, false for proposals that a caller has to ask for. */
  readonly on: boolean
}

/** Whether a feature is part of Wasm 3.0, hence on by default. A Record, so that the type checker misses a name that is left out. */
const table: Record<Feature, boolean> = {
  'mvp': true, 'sign-extension': true, 'saturating-float-to-int': true, 'multi-value': true, 'bulk-memory': true,
  'reference-types': true, 'tail-call': true, 'multi-memory': true, 'extended-const': true, 'simd': true, 'relaxed-simd': true,
  'function-references': true, 'gc': true, 'exceptions': true, 'memory64': true,
  'threads': false, 'legacy-exceptions': false, 'wide-arithmetic': false, 'custom-page-sizes': false, 'stack-switching': false,
}

/** All features in the order of the table. */
export const features: readonly FeatureInfo[] = (Object.keys(table) as Feature[]).map((name) => ({ name, on: table[name] }))

export type FeatureSet = ReadonlySet<Feature>
/** Everything, the proposals included: for tools that only look. */
export const allFeatures: FeatureSet = new Set(features.map((f) => f.name))
/** Everything of Wasm 3.0, no proposals. */
export const defaultFeatures: FeatureSet = new Set(features.filter((f) => f.on).map((f) => f.name))

/** What has to be imported before a feature's instructions can be executed; those of the others always can. */
const homes: Partial<Record<Feature, string>> = {
  'simd': 'vitrine/simd', 'relaxed-simd': 'vitrine/simd', 'gc': 'vitrine/gc', 'threads': 'vitrine/threads',
  'stack-switching': 'vitrine/stack-switching', 'wide-arithmetic': 'vitrine/wide-arithmetic',
}
const loaded = new Set<Feature>()
/** Called by the modules of `src/families` when they are imported. */
export function provideFeatures(...names: readonly Feature[]): void {
  for (const name of names) loaded.add(name)
}
/** What has to be imported for a feature; undefined when nothing has to. */
export const missingFor = (feature: Feature): string | undefined => (loaded.has(feature) ? undefined : homes[feature])

/**
 * The default features with some switched on or off: `featureSet({ threads: true, simd: false })`.
 * Features that still have to be imported are left out. Throws a `usage` error for a name that is not a feature. Features do
 * not imply each other.
 */
export function featureSet(options: Partial<Record<Feature, boolean>> = {}): FeatureSet {
  const set = new Set<Feature>()
  for (const name of defaultFeatures) if (missingFor(name) === undefined) set.add(name)
  for (const name of Object.keys(options) as Feature[]) {
    if (!Object.prototype.hasOwnProperty.call(table, name)) {
      throw new VitrineError('usage', `unknown feature '${name}'; known are: ${features.map((f) => f.name).join(', ')}`)
    }
    const wanted = options[name]
    // An explicit undefined means what an absent key means.
    if (wanted === undefined) continue
    if (typeof wanted !== 'boolean') throw new VitrineError('usage', `feature '${name}' must be true or false`)
    if (!wanted) set.delete(name)
    else if (missingFor(name) === undefined) set.add(name)
  }
  return set
}

/**
 * The error for `what` ("a struct type") when its feature is off or not loaded: names the feature and says how to get it. `rule`
 * are the test suite's words where the language without the feature has a rule that it breaks (`multiple memories`).
 */
export function featureOff(feature: Feature, what: string, place: ErrorPlace = {}, rule: string = ''): UnsupportedError {
  const home = missingFor(feature)
  const how =
    home === undefined
      ? `off; switch it on with { features: { ${/^\w+$/.test(feature) ? feature : `'${feature}'`}: true } }`
      : `not loaded; import '${home}', or 'vitrine', which has everything`
  return new UnsupportedError(feature, `${rule === '' ? '' : `${rule}: `}${what} needs the feature '${feature}', which is ${how}`, place)
}
