/** Table instructions (spec §3.4.4). Collected by ./index.ts. */
import { I32, I64 } from '../../spec/types.ts'
import type { Rule } from '../body.ts'

export const tableRules: Record<string, Rule> = {
  'table.get'(v, r) {
    const table = v.c.table(r.index, r.at)
    v.pop(v.c.address(table))
    v.push(table.element)
  },
  'table.set'(v, r) {
    const table = v.c.table(r.index, r.at)
    v.pop(table.element)
    v.pop(v.c.address(table))
  },
  'table.size': (v, r) => v.push(v.c.address(v.c.table(r.index, r.at))),
  'table.grow'(v, r) {
    const table = v.c.table(r.index, r.at)
    v.pop(v.c.address(table))
    v.pop(table.element)
    v.push(v.c.address(table))
  },
  'table.fill'(v, r) {
    const table = v.c.table(r.index, r.at)
    v.pop(v.c.address(table))
    v.pop(table.element)
    v.pop(v.c.address(table))
  },
  'table.copy'(v, r) {
    const to = v.c.table(r.index, r.at)
    const from = v.c.table(r.index2, r.at)
    v.matchOne(from.element, to.element, `table ${r.index2} is copied to table ${r.index}; its element type`)
    v.pop(to.limits.is64 && from.limits.is64 ? I64 : I32)
    v.pop(v.c.address(from))
    v.pop(v.c.address(to))
  },
  'table.init'(v, r) {
    const to = v.c.table(r.index2, r.at)
    v.matchOne(v.c.elem(r.index, r.at), to.element, `segment ${r.index} goes into table ${r.index2}; its element type`)
    v.pop(I32)
    v.pop(I32)
    v.pop(v.c.address(to))
  },
  'elem.drop'(v, r) {
    v.c.elem(r.index, r.at)
  },
}
