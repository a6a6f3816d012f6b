/** Variable instructions (spec §4.6.6). */
import { isRef, slotsOf } from '../../spec/types.ts'
import type { Machine, Rule } from './machine.ts'

/** The local that the instruction names: its type, and its place in the register file. */
function local({ T, outline, reader }: Machine): { type: number; place: number } {
  const { type, place } = outline.locals[reader.index]!
  return { type, place: T.fp + place }
}

export const variableRules: Record<string, Rule> = {
  'local.get': (m) => {
    const { type, place } = local(m)
    m.copy(type, m.T.sp, place)
    m.T.sp += slotsOf(type) * 2
  },
  'local.set': (m) => {
    const { type, place } = local(m)
    m.T.sp -= slotsOf(type) * 2
    m.copy(type, place, m.T.sp)
  },
  'local.tee': (m) => {
    const { type, place } = local(m)
    m.copy(type, place, m.T.sp - slotsOf(type) * 2)
  },

  // A global is a window on arrays like those of the register file: integers for numbers, and references.
  'global.get': (m) => {
    const { T } = m
    const { type, ints, refs, at } = T.instance.globals[m.reader.index]!
    if (isRef(type.type)) m.pushRef(refs[at])
    else {
      const width = slotsOf(type.type) * 2
      for (let i = 0; i < width; i++) T.R[T.sp + i] = ints[at + i]!
      T.sp += width
    }
  },
  'global.set': (m) => {
    const { T } = m
    const { type, ints, refs, at } = T.instance.globals[m.reader.index]!
    if (isRef(type.type)) refs[at] = m.popRef()
    else {
      const width = slotsOf(type.type) * 2
      T.sp -= width
      for (let i = 0; i < width; i++) ints[at + i] = T.R[T.sp + i]!
    }
  },
}
