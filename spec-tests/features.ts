/**
 * Which features each folder of the test suite is run with, and which features this version executes. The one table of
 * the runner: what it skips follows from here and from what the modules of a script use (module-features.ts).
 */
import '../src/families/all.ts'
import { type Feature, type FeatureSet, featureSet, features } from '../src/spec/features.ts'

export interface FolderRule {
  /** Path below the suite's root; a rule holds for the folders inside as well. The most specific one wins. */
  readonly folder: string
  readonly features: FeatureSet
}

const only = (...names: Feature[]): FeatureSet => new Set(names)

// oxfmt-ignore
const rules: readonly FolderRule[] = [
  { folder: '',                              features: featureSet() },
  { folder: 'legacy',                        features: featureSet({ 'legacy-exceptions': true }) },
  // Based on the language before 2.0: one memory, one table.
  { folder: 'proposals/threads',             features: only('mvp', 'sign-extension', 'saturating-float-to-int', 'multi-value', 'threads') },
  { folder: 'proposals/wide-arithmetic',     features: featureSet({ 'wide-arithmetic': true }) },
  { folder: 'proposals/custom-page-sizes',   features: featureSet({ 'custom-page-sizes': true }) },
  { folder: 'proposals/stack-switching',     features: featureSet({ 'stack-switching': true }) },
]

/** Folders that hold something other than core modules. They are not run; the report says so. */
export const notRun: ReadonlyMap<string, string> = new Map([['component-model', 'the component model is not built yet']])

/** Folder of a script by its name, which is its path below the suite's root. */
export const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))

/** Features of the scripts in `folder` (path below the suite's root). */
export function featuresOf(folder: string): FeatureSet {
  let best = rules[0]!
  for (const rule of rules) {
    const inside = rule.folder === '' || folder === rule.folder || folder.startsWith(`${rule.folder}/`)
    if (inside && rule.folder.length >= best.folder.length) best = rule
  }
  return best.features
}

/**
 * What executes, and so has to come out right. A command on a module that uses anything else is tried all the same; when it does not come out right
 * it counts as skipped, under the names of those features. Decoding, validation and text have no such excuse.
 */
export const executed: FeatureSet = only(
  'mvp',
  'sign-extension',
  'saturating-float-to-int',
  'multi-value',
  'bulk-memory',
  'reference-types',
  'tail-call',
  'multi-memory',
  'extended-const',
  'function-references',
  'gc',
  'memory64',
  'exceptions',
  'legacy-exceptions',
  'custom-page-sizes',
  'threads',
  'wide-arithmetic',
  'stack-switching',
  'simd',
  'relaxed-simd',
)

/** Names of the features in `used` that are not in `executed`, in the order of the feature table; empty if all are. */
export function beyond(used: Iterable<Feature>): string {
  const set = new Set(used)
  return features
    .map(({ name }) => name)
    .filter((name) => set.has(name) && !executed.has(name))
    .join(' + ')
}
