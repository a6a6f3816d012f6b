/** Code section (spec §5.5.13): locals, and bodies that are walked over but not kept. Called by `decode`. */
import { locate } from '../../errors.ts'
import type { LocalRun } from '../../module/module.ts'
import { MAX_FUNCTIONS, MAX_FUNCTION_SIZE, MAX_LOCALS } from '../../spec/limits.ts'
import { type Draft, checkLimit } from '../draft.ts'
import { readValType } from '../types.ts'

const NO_LOCALS: readonly LocalRun[] = []

export function codeSection(d: Draft): void {
  const n = d.count('functions', MAX_FUNCTIONS)
  for (let i = 0; i < n; i++) {
    try {
      funcBody(d)
    } catch (e) {
      throw locate(e, { funcidx: d.imported.func + i })
    }
  }
}

function funcBody(d: Draft): void {
  const { r } = d
  const at = r.pos
  d.entry()
  const size = r.size()
  checkLimit('bytes in a function body', size, MAX_FUNCTION_SIZE, at)
  const from = r.pos
  const locals = localRuns(d)
  const start = r.pos
  d.skimmer.expression(r)
  if (r.pos !== from + size) r.fail(`section size mismatch: the body takes ${r.pos - from} bytes, its size says ${size}`, at)
  d.code.push({ bytes: r.bytes, start, end: r.pos, locals })
}

function localRuns(d: Draft): readonly LocalRun[] {
  const { r } = d
  const at = r.pos
  const n = r.count()
  if (n === 0) return NO_LOCALS
  const runs: LocalRun[] = []
  let total = 0
  for (let i = 0; i < n; i++) {
    const count = r.u32()
    total += count
    runs.push({ count, type: readValType(r) })
  }
  // Beyond a u32 it is malformed, which has to be known before the limit may speak.
  if (total > 0xffff_ffff) r.fail('too many locals', at)
  checkLimit('locals', total, MAX_LOCALS, at)
  return runs
}
