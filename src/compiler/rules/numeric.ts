/** Translation of every numeric instruction that has a register op of its name (spec §4.6.10), driven by tables. */
import type { Entry } from '../operand-stack.ts'
import { inverseOp, inverseSwaps, isUnsigned, numericOp, numericOpK, op, swapped, withNext } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { F64, I64, type ValType } from '../../spec/types.ts'
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
  if (!t.exact && id === EQZ && popped.slot === popped.home && t.out.lastWrites(popped.slot) && negateLast(t)) {
    t.push(result)
    return
  }
  const a = t.inSlot(popped)
  t.out.emit(numericOp[id]!, word(id, result, t.push(result)), word(id, a.type, a.slot))
}

/** Turns an integer comparison, the last op, into its negation. */
function negateLast({ out }: Translator): boolean {
  const last = out.lastOp()
  const other = inverseOp[last]!
  if (other < 0) return false
  const { code, last: at } = out
  code[at] = other
  if (inverseSwaps[last]!) {
    const a = code[at + 2]!
    code[at + 2] = code[at + 3]!
    code[at + 3] = a
  }
  return true
}

function binary(t: Translator, { id, type }: Instruction): void {
  const b = t.stack.pop()
  const a = t.stack.pop()
  const result = type!.results[0]!
  if (a.slot >= 0 && b.slot < 0 && withConstant(t, id, result, a, b)) return
  if (a.slot < 0 && b.slot >= 0 && swapped[id]! >= 0 && withConstant(t, swapped[id]!, result, b, a)) return
  const left = t.inSlot(a)
  const right = t.inSlot(b)
  // Of a commutative instruction, what has just been computed comes first: so the loop does both in one turn (see scripts/fusions.ts).
  if (numericOp[id]! >= 0 && !(swapped[id] === id && t.out.lastWrites(right.slot))) emitBinary(t, id, result, left, right)
  else emitBinary(t, swapped[id]!, result, right, left)
}

function emitBinary(t: Translator, id: number, result: ValType, a: Entry, b: Entry): void {
  t.out.emit(numericOp[id]!, word(id, result, t.push(result)), word(id, a.type, a.slot), word(id, b.type, b.slot))
}

/** The form with a constant second operand, where there is one. */
function withConstant(t: Translator, id: number, result: ValType, a: Entry, b: Entry): boolean {
  const home = t.stack.nextHome()
  const { lo, hi } = b
  if (id === I32_SUB) t.out.emit(I32_ADD_K, home * 2, a.slot * 2, -lo | 0)
  else if (id === I64_SUB) t.out.emit(I64_ADD_K, home * 2, a.slot * 2, -lo | 0, (lo === 0 ? -hi : ~hi) | 0)
  else if (numericOpK[id]! >= 0) t.out.emit(numericOpK[id]!, home * 2, a.slot * 2, lo, I64_SHIFTS.has(id) ? 0 : hi)
  else if (withNext[id]! >= 0 && !isLargest(b, isUnsigned[id]!)) {
    const next = (lo + 1) | 0
    t.out.emit(numericOpK[withNext[id]!]!, home * 2, a.slot * 2, next, (hi + (next === 0 ? 1 : 0)) | 0)
  } else return false
  t.push(result)
  return true
}

/** Whether a constant is the largest of its type, so that there is no next one. */
function isLargest({ type, lo, hi }: Entry, unsigned: boolean): boolean {
  const top = unsigned ? -1 : 0x7fff_ffff
  return type === I64 ? lo === -1 && hi === top : lo === top
}
