/**
 * What the decoder and the validator pass in loops of their own (`Skimmer.fast`, `BodyValidator.straight`, `plainTable`, `isNumber`) against
 * the rules: with these loops and without them, the same modules are valid, and the errors of the others are the same word for word.
 */
import { expect, test } from 'vitest'
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

/** The short ways, and what each says when it passes nothing. */
const shortWays: readonly [on: object, name: string, nothing: () => unknown][] = [
  [Skimmer.prototype, 'fast', () => {}],
  [BodyValidator.prototype, 'straight', () => {}],
  [BodyValidator.prototype, 'plainTable', () => false],
  [BodyValidator.prototype, 'isNumber', () => false],
]
function withoutShortWays<T>(action: () => T): T {
  const before = shortWays.map(([on, name]) => Reflect.get(on, name) as unknown)
  expect(before.every((method) => typeof method === 'function')).toBe(true)
  for (const [on, name, nothing] of shortWays) Reflect.set(on, name, nothing)
  try {
    return action()
  } finally {
    shortWays.forEach(([on, name], i) => Reflect.set(on, name, before[i]))
  }
}

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
    const slowly = withoutShortWays(() => verdict(bytes, features))
    if (found !== slowly) expect(found, `seed ${seed}`).toBe(slowly)
  }
  expect(valid, 'modules that are valid').toBeGreaterThan(count / 10)
})
