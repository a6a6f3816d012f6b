/** Translation of every numeric instruction that has a register op of its name (spec §4.6.1), driven by tables. */
import type { Entry } from '../operand-stack.ts'
import { inverseOp, numericOp, numericOpK, op, swapped } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { F64, type ValType } from '../../spec/types.ts'
import { type Instruction, byName, instructions } from '../../spec/instructions.ts'

const isBits = new Set(['f32.abs', 'f32.neg', 'f32.copysign', 'f64.abs', 'f64.neg', 'f64.copysign'])
const isReinterpret = (name: string): boolean => name.includes('reinterpret')
/** Ops that see an f64 as two int32 halves address it in i32 units, like everything but other f64 operands. */
const asBits: readonly boolean[] = instructions.map((i) => isBits.has(i.name) || isReinterpret(i.name))
const EQZ = byName.get('i32.eqz')!.id
const I32_SUB = byName.get('i32.sub')!.id
const I64_SUB = byName.get('i64.sub')!.id
const I32_ADD_K = op('i32.add_k')
const I64_ADD_K = op('i64.add_k')
/** i64 shifts take only the low half of a constant count. */
const I64_SHIFTS = new Set(['i64.shl', 'i64.shr_s', 'i64.shr_u', 'i64.rotl'].map((name) => byName.get(name)!.id))

const word = (id: number, type: ValType, slot: number): number => (type === F64 && !asBits[id] ? slot : slot * 2)

export function numeric(t: Translator): void {
  const { instruction } = t.reader
  if (instruction.type!.params.length === 1) unary(t, instruction)
  else binary(t, instruction)
}

function unary(t: Translator, { id, type }: Instruction): void {
  const result = type!.results[0]!
  const popped = t.stack.pop()
  if (!t.exact && id === EQZ && popped.slot === popped.home && t.out.lastWrites(popped.slot)) {
    // The negation of an integer comparison is another comparison.
    const other = inverseOp[t.out.lastOp()]!
    if (other >= 0) {
      t.out.code[t.out.last] = other
      t.push(result)
      return
    }
  }
  const a = t.inSlot(popped)
  t.out.emit(numericOp[id]!, word(id, result, t.push(result)), word(id, a.type, a.slot))
}

function binary(t: Translator, instruction: Instruction): void {
  let b = t.stack.pop()
  let a = t.stack.pop()
  let { id } = instruction
  const result = instruction.type!.results[0]!
  if (a.slot < 0 && b.slot >= 0 && swapped[id]! >= 0) {
    ;[a, b] = [b, a]
    id = swapped[id]!
  }
  if (b.slot < 0 && a.slot >= 0 && withConstant(t, id, result, a, b)) return
  const left = t.inSlot(a)
  const right = t.inSlot(b)
  t.out.emit(numericOp[id]!, word(id, result, t.push(result)), word(id, left.type, left.slot), word(id, right.type, right.slot))
}

/** The form with a constant second operand, where there is one. */
function withConstant(t: Translator, id: number, result: ValType, a: Entry, b: Entry): boolean {
  const home = t.stack.nextHome()
  if (id === I32_SUB) t.out.emit(I32_ADD_K, home * 2, a.slot * 2, -b.lo | 0)
  else if (id === I64_SUB) t.out.emit(I64_ADD_K, home * 2, a.slot * 2, -b.lo | 0, (b.lo === 0 ? -b.hi : ~b.hi) | 0)
  else if (numericOpK[id]! < 0) return false
  else t.out.emit(numericOpK[id]!, home * 2, a.slot * 2, b.lo, I64_SHIFTS.has(id) ? 0 : b.hi)
  t.push(result)
  return true
}
