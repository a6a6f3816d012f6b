/** WebAssembly.Tag and WebAssembly.JSTag (JS API, Tags). */
import { Tag as StoreTag, jsTag } from '../runtime/exception.ts'
import { canonicalFuncType } from '../spec/canonical.ts'
import type { FuncType } from '../spec/types.ts'
import { ObjectCache } from './agent.ts'
import { Slots, defineInterface, descriptor, sequence } from './idl.ts'
import { fromValueType, toValueType } from './values.ts'

export const tags: Slots<StoreTag> = new Slots('Tag')
const cache: ObjectCache<StoreTag> = new ObjectCache((from) => init(Object.create(Tag.prototype) as object, from))

function init(object: object, tag: StoreTag): object {
  tags.set(object, tag)
  cache.set(tag, object)
  return object
}

export class Tag {
  constructor(type: unknown) {
    const { parameters } = descriptor(type, 'Tag()')
    if (parameters === undefined) throw new TypeError('WebAssembly.Tag(): parameters is required')
    const params = sequence(parameters, 'Tag(): parameters').map((name) => toValueType(name, 'Tag(): parameters'))
    const functype: FuncType = { kind: 'func', params, results: [] }
    init(this, new StoreTag(functype, canonicalFuncType(functype), undefined))
  }
}

defineInterface(Tag, 'Tag', {
  type(): { parameters: string[] } {
    return { parameters: tags.get(this, 'Tag.type(): Receiver').type.params.map(fromValueType) }
  },
})

export const tagObject = (tag: StoreTag): object => cache.get(tag)
export const JSTag: object = tagObject(jsTag())
