/** Memory instructions without a memarg (spec §3.4.5). Collected by ./index.ts. */
import { type ValType, I32, I64 } from '../../spec/types.ts'
import type { BodyValidator, Rule } from '../body.ts'

function address(v: BodyValidator, memidx: number): ValType {
  return v.c.address(v.c.memory(memidx, v.r.at))
}

export const memoryRules: Record<string, Rule> = {
  'memory.size': (v, r) => v.push(address(v, r.index)),
  'memory.grow'(v, r) {
    const at = address(v, r.index)
    v.pop(at)
    v.push(at)
  },
  'memory.fill'(v, r) {
    const at = address(v, r.index)
    v.pop(at)
    v.pop(I32)
    v.pop(at)
  },
  'memory.copy'(v, r) {
    const to = address(v, r.index)
    const from = address(v, r.index2)
    // The length fits both memories.
    v.pop(to === I64 && from === I64 ? I64 : I32)
    v.pop(from)
    v.pop(to)
  },
  'memory.init'(v, r) {
    const to = address(v, r.index2)
    v.c.data(r.index, r.at)
    v.pop(I32)
    v.pop(I32)
    v.pop(to)
  },
  'data.drop': (v, r) => v.c.data(r.index, r.at),
}
