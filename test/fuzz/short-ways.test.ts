/**
 * The loops of the decoder and the validator that pass the frequent instructions (`Skimmer.fast`, `BodyValidator.straight` and `plainTable`) against
 * the rules: with these loops and without them, the same modules are valid, and the errors of the others are the same word for word.
 */
import { afterEach, expect, test, vi } from 'vitest'
import { Skimmer } from '../../src/decoder/skim.ts'
import { compile } from '../../src/embedding/module.ts'
import { VitrineError } from '../../src/errors.ts'
import { type Feature, allFeatures } from '../../src/spec/features.ts'
import { BodyValidator } from '../../src/validator/body.ts'
import { mutateBinary, skeletonOf } from './mutate-binary.ts'
import { Random } from './random.ts'
import { binarySeeds } from './seeds.ts'
import { firstSeed, inputs, long } from './suite.ts'

const all = Object.fromEntries([...allFeatures].map((name) => [name, true])) as Record<Feature, boolean>

/** `valid`, or the error with its place. */
function verdict(bytes: Uint8Array, features: Partial<Record<Feature, boolean>>): string {
  try {
    compile(bytes, { features })
    return 'valid'
  } catch (error) {
    if (!(error instanceof VitrineError)) throw error
    return [error.name, error.message, error.offset, error.funcidx].join(' | ')
  }
}

function withoutShortWays<T>(action: () => T): T {
  vi.spyOn(Skimmer.prototype as unknown as { fast: () => void }, 'fast').mockImplementation(() => {})
  vi.spyOn(BodyValidator.prototype as unknown as { straight: () => void }, 'straight').mockImplementation(() => {})
  vi.spyOn(BodyValidator.prototype as unknown as { isNumber: () => boolean }, 'isNumber').mockReturnValue(false)
  vi.spyOn(BodyValidator.prototype as unknown as { plainTable: () => boolean }, 'plainTable').mockReturnValue(false)
  try {
    return action()
  } finally {
    vi.restoreAllMocks()
  }
}
afterEach(() => vi.restoreAllMocks())

const count = inputs(long ? 300_000 : 4000)
test(`${count} tampered binaries are judged alike`, { timeout: long ? 7_200_000 : 120_000 }, () => {
  const skeletons = binarySeeds(long).map(skeletonOf)
  let valid = 0
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const r = new Random(seed)
    const bytes = mutateBinary(skeletons[r.below(skeletons.length)]!, skeletons[r.below(skeletons.length)]!, r)
    // Besides what it does, which keeps most instructions whole: a byte anywhere.
    if (r.below(3) === 0 && bytes.length > 8) bytes[8 + r.below(bytes.length - 8)] = r.below(256)
    const features = r.below(4) === 0 ? {} : all
    const found = verdict(bytes, features)
    if (found === 'valid') valid++
    expect(found, `seed ${seed}`).toBe(withoutShortWays(() => verdict(bytes, features)))
  }
  expect(valid, 'modules that are valid').toBeGreaterThan(count / 10)
})
