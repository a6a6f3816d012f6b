/** Table instructions (spec §4.6.7). Bounds are checked before anything is written. */
import { ELEM_DROP, TABLE_COPY, TABLE_FILL, TABLE_GET, TABLE_GROW, TABLE_INIT, TABLE_SET, TABLE_SIZE } from '../../ops/numbers.gen.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Table } from '../../runtime/table.ts'
import type { Thread } from '../../runtime/thread.ts'
import { BULK_ELEMENTS } from '../../runtime/ticks.ts'
import { inChunks } from './bulk.ts'
import type { ColdOp } from './index.ts'
import { addressAt, setSize } from './memory.ts'

const OUT_OF_BOUNDS = TRAP['out of bounds table access']!
const tableOf = (T: Thread, k: number): Table => T.instance.tables[k]!

export const tableOps: Record<number, ColdOp> = {
  [TABLE_GET]: (T, code, pc, fp) => {
    const { elements, type } = tableOf(T, code[pc + 2]!)
    const i = addressAt(T.R, fp + code[pc + 3]!, type.limits.is64)
    if (i >= elements.length) return OUT_OF_BOUNDS
    T.refs[(fp >> 1) + code[pc + 1]!] = elements[i]
    return STATUS.next
  },
  [TABLE_SET]: (T, code, pc, fp) => {
    const { elements, type } = tableOf(T, code[pc + 1]!)
    const i = addressAt(T.R, fp + code[pc + 2]!, type.limits.is64)
    if (i >= elements.length) return OUT_OF_BOUNDS
    elements[i] = T.refs[(fp >> 1) + code[pc + 3]!]
    return STATUS.next
  },
  [TABLE_SIZE]: (T, code, pc, fp) => {
    const { elements, type } = tableOf(T, code[pc + 2]!)
    setSize(T.R, fp + code[pc + 1]!, elements.length, type.limits.is64)
    return STATUS.next
  },
  [TABLE_GROW]: (T, code, pc, fp) => {
    const table = tableOf(T, code[pc + 2]!)
    const { is64 } = table.type.limits
    const init = T.refs[(fp >> 1) + code[pc + 3]!]
    setSize(T.R, fp + code[pc + 1]!, table.grow(addressAt(T.R, fp + code[pc + 4]!, is64), init), is64)
    return STATUS.next
  },
  [TABLE_FILL]: (T, code, pc, fp) => {
    const { elements, type } = tableOf(T, code[pc + 1]!)
    const to = addressAt(T.R, fp + code[pc + 2]!, type.limits.is64)
    const value = T.refs[(fp >> 1) + code[pc + 3]!]
    const n = addressAt(T.R, fp + code[pc + 4]!, type.limits.is64)
    if (to + n > elements.length) return OUT_OF_BOUNDS
    return inChunks(T, n, BULK_ELEMENTS, (done, count) => void elements.fill(value, to + done, to + done + count))
  },
  [TABLE_COPY]: (T, code, pc, fp) => {
    const target = tableOf(T, code[pc + 1]!)
    const source = tableOf(T, code[pc + 2]!)
    const to64 = target.type.limits.is64
    const from64 = source.type.limits.is64
    const to = addressAt(T.R, fp + code[pc + 3]!, to64)
    const from = addressAt(T.R, fp + code[pc + 4]!, from64)
    const n = addressAt(T.R, fp + code[pc + 5]!, to64 && from64)
    const a = target.elements
    const b = source.elements
    if (to + n > a.length || from + n > b.length) return OUT_OF_BOUNDS
    const backwards = a === b && to > from
    return inChunks(T, n, BULK_ELEMENTS, (done, count) => {
      const at = backwards ? n - done - count : done
      if (a === b) a.copyWithin(to + at, from + at, from + at + count)
      else for (let i = at; i < at + count; i++) a[to + i] = b[from + i]
    })
  },
  [TABLE_INIT]: (T, code, pc, fp) => {
    const elements = T.instance.elems[code[pc + 1]!] ?? []
    const table = tableOf(T, code[pc + 2]!)
    const to = addressAt(T.R, fp + code[pc + 3]!, table.type.limits.is64)
    const from = T.R[fp + code[pc + 4]!]! >>> 0
    const n = T.R[fp + code[pc + 5]!]! >>> 0
    if (from + n > elements.length || to + n > table.elements.length) return OUT_OF_BOUNDS
    return inChunks(T, n, BULK_ELEMENTS, (done, count) => {
      for (let i = done; i < done + count; i++) table.elements[to + i] = elements[from + i]
    })
  },
  [ELEM_DROP]: (T, code, pc) => {
    T.instance.elems[code[pc + 1]!] = undefined
    return STATUS.next
  },
}
