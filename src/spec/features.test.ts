/** Feature sets: what is on by default, what a flag switches on and off, and what is refused. */
import { describe, expect, it } from 'vitest'
import { isVitrineError } from '../errors.ts'
import { defaultFeatures, features, featureSet } from './features.ts'
import { instructions } from './instructions.ts'
import { featureMeanings } from './meanings/features.ts'

const proposals = ['threads', 'legacy-exceptions', 'wide-arithmetic', 'custom-page-sizes', 'stack-switching']

describe('features', () => {
  it('has all of Wasm 3.0 on and the proposals off', () => {
    expect(features.filter((f) => !f.on).map((f) => f.name)).toEqual(proposals)
    expect(defaultFeatures.size).toBe(features.length - proposals.length)
    for (const f of features) expect(defaultFeatures.has(f.name)).toBe(f.on)
  })
  it('describes each in one line', () => {
    for (const f of features) expect(featureMeanings[f.name]).toMatch(/^[^\n]{5,100}$/)
  })
  it('names every feature that an instruction has', () => {
    const names = new Set<string>(features.map((f) => f.name))
    for (const i of instructions) expect(names.has(i.feature)).toBe(true)
  })
})

describe('featureSet', () => {
  it('starts from the default', () => {
    expect(featureSet()).toEqual(defaultFeatures)
    const set = featureSet({ threads: true, simd: false, gc: true, memory64: undefined })
    expect(set.has('threads')).toBe(true)
    expect(set.has('simd')).toBe(false)
    expect(set.has('gc')).toBe(true)
    expect(set.has('memory64')).toBe(true)
    expect(set.size).toBe(defaultFeatures.size)
    expect(defaultFeatures.has('simd')).toBe(true)
  })
  it('refuses what it does not know', () => {
    for (const options of [{ thread: true }, { toString: true }, { simd: 'yes' }]) {
      let thrown: unknown
      try {
        featureSet(options as never)
      } catch (e) {
        thrown = e
      }
      expect(isVitrineError(thrown) && thrown.code).toBe('usage')
    }
    expect(() => featureSet({ thread: true } as never)).toThrow(/unknown feature 'thread'.*threads/)
  })
})
