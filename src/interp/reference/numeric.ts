/**
 * Numeric instructions (spec §4.6.10). What they compute is defined in ops/semantics; here stands only how operands come
 * from the stack and results go there, which the types in the instruction table tell. A trap is thrown by the semantics.
 */
import { type ValueFunction, bits, predicates, values } from '../../ops/semantics/index.ts'
import type { Thread } from '../../runtime/thread.ts'
import { type Instruction, instructions } from '../../spec/instructions.ts'
import { type ValType, F32, F64, I32, I64 } from '../../spec/types.ts'
import type { Rule } from './machine.ts'

/** Appends the operand at `place` in the form that semantics functions take it: 64-bit integers, and bits, in halves. */
type Read = (T: Thread, place: number, operands: number[]) => void
/** Stores a result in the same form. */
type Write = (T: Thread, place: number, result: never) => void

const readWord: Read = (T, place, operands) => void operands.push(T.R[place]!)
const readPair: Read = (T, place, operands) => void operands.push(T.R[place]!, T.R[place + 1]!)
const readF32: Read = (T, place, operands) => void operands.push(T.S[place]!)
const readF64: Read = (T, place, operands) => void operands.push(T.F[place >> 1]!)

const writeWord: Write = (T, place, result: number) => {
  T.R[place] = result
}
const writePair: Write = (T, place, [lo, hi]: readonly [number, number]) => {
  T.R[place] = lo
  T.R[place + 1] = hi
}
const writeF32: Write = (T, place, result: number) => {
  T.S[place] = result // rounds
}
const writeF64: Write = (T, place, result: number) => {
  T.F[place >> 1] = result
}

/** Access to each type: as what it is, and as bits. */
const asValue = new Map<ValType, { read: Read; write: Write }>([
  [I32, { read: readWord, write: writeWord }],
  [I64, { read: readPair, write: writePair }],
  [F32, { read: readF32, write: writeF32 }],
  [F64, { read: readF64, write: writeF64 }],
])
const asBits = new Map<ValType, { read: Read; write: Write }>([
  [I32, { read: readWord, write: writeWord }],
  [I64, { read: readPair, write: writePair }],
  [F32, { read: readWord, write: writeWord }],
  [F64, { read: readPair, write: writePair }],
])

/** The rule of an instruction that has a semantics function. */
function numericRule({ name, type }: Instruction, compute: ValueFunction): Rule {
  const access = bits[name] === undefined ? asValue : asBits
  const reads = type!.params.map((t) => access.get(t)!.read)
  const { write } = access.get(type!.results[0]!)!
  return ({ T }) => {
    const first = T.sp - reads.length * 2
    const operands: number[] = []
    reads.forEach((read, i) => read(T, first + i * 2, operands))
    const result = compute(...operands)
    write(T, first, result as never)
    T.sp = first + 2
  }
}

export const numericRules: Record<string, Rule> = {
  'i32.const': (m) => m.pushI32(m.reader.lo),
  'i64.const': (m) => m.pushI64(m.reader.lo, m.reader.hi),
  'f32.const': (m) => m.pushI32(m.reader.lo),
  'f64.const': (m) => m.pushI64(m.reader.lo, m.reader.hi),
}
for (const instruction of instructions) {
  const { name } = instruction
  const test = predicates[name]
  // A test or a comparison: true is the i32 1.
  const compute: ValueFunction | undefined =
    test === undefined ? (values[name] ?? bits[name]) : (...operands) => (test(...operands) ? 1 : 0)
  if (compute !== undefined) numericRules[name] = numericRule(instruction, compute)
}
