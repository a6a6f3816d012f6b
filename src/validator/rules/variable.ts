/** Locals and globals (spec §3.4.3). Collected by ./index.ts. */
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { ValType } from '../../spec/types.ts'
import type { BodyValidator, Rule } from '../body.ts'

function local(v: BodyValidator, r: InstructionReader): ValType {
  if (r.index >= v.localCount) v.fail(`unknown local ${r.index}`, `the function has ${v.localCount} locals, its parameters included`)
  return v.locals[r.index]!
}
/** A local without a default value counts as set until the end of the block. */
function setReady(v: BodyValidator, index: number): void {
  if (v.ready[index] === 0) {
    v.ready[index] = 1
    v.inits.push(index)
  }
}

export const variableRules: Record<string, Rule> = {
  'local.get'(v, r) {
    const type = local(v, r)
    if (v.ready[r.index] === 0)
      v.fail(`uninitialized local ${r.index}`, 'its type has no default value: set it before, in this block or around it')
    v.push(type)
  },
  'local.set'(v, r) {
    v.pop(local(v, r))
    setReady(v, r.index)
  },
  'local.tee'(v, r) {
    const type = local(v, r)
    v.pop(type)
    setReady(v, r.index)
    v.push(type)
  },
  'global.get': (v, r) => v.push(v.c.global(r.index, r.at).type),
  'global.set'(v, r) {
    const global = v.c.global(r.index, r.at)
    if (!global.mutable) v.fail('immutable global', `global ${r.index} cannot be set`)
    v.pop(global.type)
  },
}
