/** Wide arithmetic (proposal): 128-bit sums and products of pairs of i64. */
import type { Family, Statement } from '../body.ts'
import { instructions } from '../../../src/spec/instructions.ts'

const rows = instructions.filter((i) => i.feature === 'wide-arithmetic')

const compute: Statement = (b) => {
  const row = b.r.pick(rows)
  const { params, results } = row.type!
  for (const type of params) {
    if (b.r.chance(40)) b.produce(type)
    else b.simple(type)
  }
  b.op(row.name, params, results)
  for (let n = results.length; n > 0; n--) b.observe()
  return true
}

export const wideArithmetic: Family = { feature: 'wide-arithmetic', preludes: [compute], statements: [compute, compute], makers: () => [] }
