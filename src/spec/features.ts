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
  /** One line for help texts and docs. */
  readonly description: string
  /** True for the features of Wasm 3.0, false for proposals that a caller has to ask for. */
  readonly on: boolean
}

const on = true
const off = false
// A Record, so that the type checker misses a name that is not described.
// oxfmt-ignore
const table: Record<Feature, readonly [on: boolean, description: string]> = {
  'mvp':                     [on,  'the instructions and sections of Wasm 1.0'],
  'sign-extension':          [on,  'i32.extend8_s and its relatives'],
  'saturating-float-to-int': [on,  'float to integer conversions that saturate instead of trapping'],
  'multi-value':             [on,  'functions and blocks with several results, blocks with parameters'],
  'bulk-memory':             [on,  'memory.copy, memory.fill, passive segments, table.copy, table.init'],
  'reference-types':         [on,  'externref, several tables, table.get, table.set, typed select'],
  'tail-call':               [on,  'return_call and its relatives'],
  'multi-memory':            [on,  'more than one memory in a module'],
  'extended-const':          [on,  'add, sub and mul of integers in constant expressions'],
  'simd':                    [on,  '128-bit vectors'],
  'relaxed-simd':            [on,  'vector instructions whose results may differ between hosts (here: one fixed choice)'],
  'function-references':     [on,  'typed function references, call_ref, non-nullable references'],
  'gc':                      [on,  'structs, arrays, i31 and casts; recursive types with subtyping'],
  'exceptions':              [on,  'tags, throw, throw_ref, try_table, exnref'],
  'memory64':                [on,  'memories and tables with 64-bit addresses'],
  'threads':                 [off, 'shared memories and atomic instructions'],
  'legacy-exceptions':       [off, 'try, catch, rethrow and delegate of the first exceptions proposal'],
  'wide-arithmetic':         [off, '128-bit addition, subtraction and multiplication on pairs of i64'],
  'custom-page-sizes':       [off, 'memories with pages of one byte'],
  'stack-switching':         [off, 'continuations: cont.new, suspend, resume, switch'],
}

/** All features in the order of the table. */
export const features: readonly FeatureInfo[] = (Object.keys(table) as Feature[]).map((name) => ({
  name,
  on: table[name][0],
  description: table[name][1],
}))

export type FeatureSet = ReadonlySet<Feature>
/** Everything, the proposals included: for tools that only look. */
export const allFeatures: FeatureSet = new Set(features.map((f) => f.name))
/** Everything of Wasm 3.0, no proposals. */
export const defaultFeatures: FeatureSet = new Set(features.filter((f) => f.on).map((f) => f.name))

/** What has to be imported before a feature's instructions can be executed; those of the others always can. */
const homes: Partial<Record<Feature, string>> = { 'simd': 'vitrine/simd', 'relaxed-simd': 'vitrine/simd' }
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
