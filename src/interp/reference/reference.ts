/** Reference instructions (spec §4.6.9). A function reference is the Func object, a null reference is JS null. */
import * as STATUS from '../../runtime/status.ts'
import { type Rule, trap } from './machine.ts'

export const referenceRules: Record<string, Rule> = {
  'ref.null': (m) => m.pushRef(null),
  'ref.func': (m) => m.pushRef(m.T.instance.funcs[m.reader.index]),
  'ref.is_null': (m) => m.pushI32(m.popRef() === null ? 1 : 0),
  'ref.as_non_null': (m) => {
    const ref = m.popRef()
    if (ref === null) return trap('null reference')
    m.pushRef(ref)
    return STATUS.next
  },
  'ref.eq': (m) => m.pushI32(m.popRef() === m.popRef() ? 1 : 0),
}
