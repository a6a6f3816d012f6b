/**
 * Which features each folder of the test suite is run with: the one table of the runner.
 */
import '../src/families/all.ts'
import { type Feature, type FeatureSet, featureSet } from '../src/spec/features.ts'

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
