/** Translation of every numeric instruction that has a register op of its name (spec §4.6.10), driven by tables. */
import { I32_ADD_K, I64_ADD_K } from '../../ops/numbers.gen.ts'
import type { Entry } from '../operand-stack.ts'
import { countsSlots } from '../../ops/op-table.ts'
import { inverseOp, inverseSwaps, opOf, opOfK, swapped, withNext } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { I64, type ValType } from '../../spec/types.ts'
import { allInstructions } from '../../spec/instruction-table.ts'

/** Opcodes. */
const I32_EQZ = 0x45
const I32_SUB = 0x6b
const I64_SUB = 0x7d
/** i64.shl, i64.shr_s, i64.shr_u, i64.rotl: they take only the low half of a constant count. */
const I64_SHIFTS: readonly number[] = [0x86, 0x87, 0x88, 0x89]

/** Word of operand number `i` of an op, the output being 0: some see an f64 as two int32 halves, and address it like those. */
const word = (op: number, i: number, slot: number): number => ((countsSlots[op]! >> i) & 1 ? slot : slot * 2)

export function unary(t: Translator): void {
  const { id, opcode, type } = t.reader.instruction
  const result = type!.results[0]!
  const popped = t.stack.pop()
  if (!t.exact && opcode === I32_EQZ && popped.slot === popped.home && t.out.lastWrites(popped.slot) && negateLast(t)) {
    t.push(result)
    return
  }
  const a = t.inSlot(popped)
  const op = opOf[id]!
  t.out.emit(op, word(op, 0, t.push(result)), word(op, 1, a.slot))
}

/** Turns an integer comparison, the last op, into its negation. */
function negateLast({ out }: Translator): boolean {
  const last = out.lastOp()
  const other = inverseOp[last]!
  if (other < 0) return false
  const { code, last: at } = out
  code[at] = other
  if (inverseSwaps[last]! > 0) {
    const a = code[at + 2]!
    code[at + 2] = code[at + 3]!
    code[at + 3] = a
  }
  return true
}

export function binary(t: Translator): void {
  const { id, type } = t.reader.instruction
  const b = t.stack.pop()
  const a = t.stack.pop()
  const result = type!.results[0]!
  if (a.slot >= 0 && b.slot < 0 && withConstant(t, id, result, a, b)) return
  if (a.slot < 0 && b.slot >= 0 && swapped[id]! >= 0 && withConstant(t, swapped[id]!, result, b, a)) return
  const left = t.inSlot(a)
  const right = t.inSlot(b)
  // Of a commutative instruction, what has just been computed comes first: so the loop does both in one turn (see scripts/fusions.ts).
  if (opOf[id]! >= 0 && !(swapped[id] === id && t.out.lastWrites(right.slot))) emitBinary(t, id, result, left, right)
  else emitBinary(t, swapped[id]!, result, right, left)
}

function emitBinary(t: Translator, id: number, result: ValType, a: Entry, b: Entry): void {
  const op = opOf[id]!
  t.out.emit(op, word(op, 0, t.push(result)), word(op, 1, a.slot), word(op, 2, b.slot))
}

/** The form with a constant second operand, where there is one. */
function withConstant(t: Translator, id: number, result: ValType, a: Entry, b: Entry): boolean {
  const home = t.stack.nextHome()
  const { lo, hi } = b
  const { opcode, name } = allInstructions()[id]!
  if (opcode === I32_SUB) t.out.emit(I32_ADD_K, home * 2, a.slot * 2, -lo | 0)
  else if (opcode === I64_SUB) t.out.emit(I64_ADD_K, home * 2, a.slot * 2, -lo | 0, (lo === 0 ? -hi : ~hi) | 0)
  else if (opOfK[id]! >= 0) t.out.emit(opOfK[id]!, home * 2, a.slot * 2, lo, I64_SHIFTS.includes(opcode) ? 0 : hi)
  else if (withNext[id]! >= 0 && !isLargest(b, name.endsWith('_u'))) {
    const next = (lo + 1) | 0
    t.out.emit(opOfK[withNext[id]!]!, home * 2, a.slot * 2, next, (hi + (next === 0 ? 1 : 0)) | 0)
  } else return false
  t.push(result)
  return true
}

/** Whether a constant is the largest of its type, so that there is no next one. */
function isLargest({ type, lo, hi }: Entry, unsigned: boolean): boolean {
  const top = unsigned ? -1 : 0x7fff_ffff
  return type === I64 ? lo === -1 && hi === top : lo === top
}
