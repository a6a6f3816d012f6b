/** All features of the table, the flagged proposals too: generated programs and hostile input may use any. */
import '../../src/families/all.ts'
import { type Feature, features } from '../../src/spec/features.ts'

export const everyFeature: Readonly<Record<Feature, boolean>> = Object.fromEntries(features.map(({ name }) => [name, true])) as Record<
  Feature,
  boolean
>
