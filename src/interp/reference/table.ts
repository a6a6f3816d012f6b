/** Table instructions (spec §4.6.7). Bounds are checked before anything is written; bulk work goes in chunks as in memory.ts. */
import * as STATUS from '../../runtime/status.ts'
import type { Table } from '../../runtime/table.ts'
import { BULK_ELEMENTS } from '../../runtime/ticks.ts'
import { inChunks } from '../cold/bulk.ts'
import { addressAt, setSize } from '../cold/memory.ts'
import { type Machine, type Rule, trap } from './machine.ts'
import { bulk, three } from './memory.ts'

const OUT_OF_BOUNDS = 'out of bounds table access'

const is64 = (table: Table): boolean => table.type.limits.is64
const tableAt = (m: Machine, tableidx: number): Table => m.T.instance.tables[tableidx]!

export const tableRules: Record<string, Rule> = {
  'table.get': (m) => {
    const table = tableAt(m, m.reader.index)
    const i = addressAt(m.T.R, m.pop(), is64(table))
    if (i >= table.elements.length) return trap(OUT_OF_BOUNDS)
    m.pushRef(table.elements[i])
    return STATUS.next
  },
  'table.set': (m) => {
    const table = tableAt(m, m.reader.index)
    const value = m.popRef()
    const i = addressAt(m.T.R, m.pop(), is64(table))
    if (i >= table.elements.length) return trap(OUT_OF_BOUNDS)
    table.elements[i] = value
    return STATUS.next
  },
  'table.size': (m) => {
    const table = tableAt(m, m.reader.index)
    setSize(m.T.R, m.push(), table.elements.length, is64(table))
  },
  // [init delta]
  'table.grow': (m) => {
    const table = tableAt(m, m.reader.index)
    const delta = addressAt(m.T.R, m.pop(), is64(table))
    const init = m.popRef()
    setSize(m.T.R, m.push(), table.grow(delta, init), is64(table))
  },
  // [to value count]
  'table.fill': (m) => {
    const { T } = m
    const table = tableAt(m, m.reader.index)
    const [a, b, c] = three(m)
    const to = addressAt(T.R, a, is64(table))
    const value = T.refs[b >> 1]
    const count = addressAt(T.R, c, is64(table))
    if (to + count > table.elements.length) return trap(OUT_OF_BOUNDS)
    const step = (done: number, n: number): void => {
      for (let i = 0; i < n; i++) table.elements[to + done + i] = value
    }
    return bulk(m, inChunks(T, count, BULK_ELEMENTS, step))
  },
  // [to from count]; the count has the smaller of the two address types.
  'table.copy': (m) => {
    const { T } = m
    const target = tableAt(m, m.reader.index)
    const source = tableAt(m, m.reader.index2)
    const [a, b, c] = three(m)
    const to = addressAt(T.R, a, is64(target))
    const from = addressAt(T.R, b, is64(source))
    const count = addressAt(T.R, c, is64(target) && is64(source))
    if (to + count > target.elements.length || from + count > source.elements.length) return trap(OUT_OF_BOUNDS)
    // As the spec has it, one by one: downwards from the first, upwards from the last element.
    const step = (done: number, n: number): void => {
      for (let k = done; k < done + n; k++) {
        const i = to > from ? count - 1 - k : k
        target.elements[to + i] = source.elements[from + i]
      }
    }
    return bulk(m, inChunks(T, count, BULK_ELEMENTS, step))
  },
  // [to from count], of which the last two are i32: they belong to the segment. A dropped segment is empty.
  'table.init': (m) => {
    const { T } = m
    const segment = T.instance.elems[m.reader.index] ?? []
    const table = tableAt(m, m.reader.index2)
    const [a, b, c] = three(m)
    const to = addressAt(T.R, a, is64(table))
    const from = addressAt(T.R, b, false)
    const count = addressAt(T.R, c, false)
    if (from + count > segment.length || to + count > table.elements.length) return trap(OUT_OF_BOUNDS)
    const step = (done: number, n: number): void => {
      for (let i = done; i < done + n; i++) table.elements[to + i] = segment[from + i]
    }
    return bulk(m, inChunks(T, count, BULK_ELEMENTS, step))
  },
  'elem.drop': (m) => {
    m.T.instance.elems[m.reader.index] = undefined
  },
}
