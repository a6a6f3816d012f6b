/**
 * Custom sections of one list or one string: `producers`, `target_features`, `build_id`, `sourceMappingURL`,
 * `external_debug_info` (tool conventions). Called through ./index.ts.
 */
import type { SectionReader } from '../../bytes/section-reader.ts'
import type { Producers, TargetFeature } from '../../module/custom.ts'

export function producers(r: SectionReader): Producers {
  const fields = r.vec(() => {
    const name = r.name()
    return { name, values: r.vec(() => ({ name: r.name(), version: r.name() }), 2) }
  }, 2)
  r.done('the producers section')
  return { fields }
}

const prefixes: ReadonlyMap<number, TargetFeature['prefix']> = new Map([
  [0x2b, '+'],
  [0x2d, '-'],
  [0x3d, '='],
])

export function targetFeatures(r: SectionReader): readonly TargetFeature[] {
  const list = r.vec(() => {
    const at = r.pos
    const prefix = prefixes.get(r.byte())
    if (prefix === undefined) r.fail(`malformed feature prefix 0x${r.bytes[at]!.toString(16)}`, at)
    return { prefix, name: r.name() }
  }, 2)
  r.done('the target_features section')
  return list
}

/** Any bytes, not text. */
export function buildId(r: SectionReader): Uint8Array {
  const id = r.slice(r.size())
  r.done('the build_id section')
  return id
}

export function url(r: SectionReader): string {
  const text = r.name()
  r.done('the URL')
  return text
}
