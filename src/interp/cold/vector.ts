/** Vector loads and stores (spec §4.6.8) of any memory and offset. What they do is in the semantics; here is where. */
import { VECTOR_LOAD_ANY, VECTOR_STORE_ANY } from '../../ops/numbers.gen.ts'
import { vectorLoads, vectorStores } from '../../ops/semantics/vector.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import { byOpcode } from '../../spec/instruction-table.ts'
import type { ColdOp } from './index.ts'
import { effective } from './memory.ts'

const PREFIX = 0xfd_0000

export const vectorOps: Record<number, ColdOp> = {
  [VECTOR_LOAD_ANY]: (T, code, pc, fp) => {
    const access = code[pc + 2]!
    const { name, width } = byOpcode(PREFIX + (access & 0xff))!
    const memory = T.instance.memories[code[pc + 3]!]!
    const e = effective(memory, width, T.R, fp + code[pc + 6]!, code[pc + 4]!, code[pc + 5]!)
    if (e < 0) return TRAP['out of bounds memory access']!
    vectorLoads[name]!(T, memory.view, e, fp + code[pc + 1]!, fp + code[pc + 7]!, access >> 8)
    return STATUS.next
  },
  [VECTOR_STORE_ANY]: (T, code, pc, fp) => {
    const access = code[pc + 2]!
    const { name, width } = byOpcode(PREFIX + (access & 0xff))!
    const memory = T.instance.memories[code[pc + 3]!]!
    const e = effective(memory, width, T.R, fp + code[pc + 6]!, code[pc + 4]!, code[pc + 5]!)
    if (e < 0) return TRAP['out of bounds memory access']!
    vectorStores[name]!(T, memory.view, e, fp + code[pc + 1]!, access >> 8)
    return STATUS.next
  },
}
