/**
 * Linking: ops become objects that know what follows them, which is what the dispatch loop runs. Done when one of them is first run,
 * as far as control goes straight on from there; a branch leads to an object that is linked when the branch is first taken. So code
 * that does not run is not linked. The code remains what everybody else looks at.
 */
import { NOT_LINKED } from '../ops/numbers.gen.ts'
import { lastOps, lengthAt, opLengths, targetPlaces } from '../ops/op-table.ts'
import { type CodeUnit, LinkedOp, extend } from '../runtime/code.ts'
import { FIRST_FUSED, fusions } from './switch.gen.ts'

type Links = (LinkedOp | undefined)[]

/** Links the op at `pc` and what control goes straight on to. */
export function link(unit: CodeUnit, pc: number): void {
  const [, end] = unit.rangeAt(pc)
  extend(unit.linked, end)
  for (const op of linkFrom(unit.code, unit.linked, pc, end)) fuse(unit.code, op)
}

/** Links all that stands from `start` to `end` into `linked`. */
export function linkRange(code: Int32Array, linked: Links, start: number, end: number): void {
  extend(linked, end)
  for (let at = start; at < end; at += lengthAt(code, at)) if (!isLinked(linked[at])) linkFrom(code, linked, at, end)
}

const isLinked = (op: LinkedOp | undefined): boolean => op !== undefined && op.op !== NOT_LINKED

/** The object of the op at `pc`, linked or not. */
const at = (linked: Links, pc: number): LinkedOp => (linked[pc] ??= new LinkedOp(NOT_LINKED, pc))

/**
 * Links from `pc` up to an op behind which control never goes on, or that leads to one that is linked already; gives those that a fused row
 * may begin with.
 */
function linkFrom(code: Int32Array, linked: Links, start: number, end: number): LinkedOp[] {
  const starts: LinkedOp[] = []
  for (let pc = start, op = at(linked, pc); ;) {
    const number = code[pc]!
    op.op = number
    op.w1 = code[pc + 1]!
    op.w2 = code[pc + 2]!
    op.w3 = code[pc + 3]!
    if (firstRow[number]! >= 0) starts.push(op)
    const place = targetPlaces[number]!
    if (place > 0) op.to = at(linked, code[pc + place]!)
    pc += lengthAt(code, pc)
    if (lastOps.has(number) || pc >= end) return starts
    op.next = at(linked, pc)
    if (op.next.op !== NOT_LINKED) return starts
    op = op.next
  }
}

/** By op: the first of the fused rows that begin with it, which stand together; -1 for none. */
const firstRow: Int16Array = new Int16Array(opLengths.length).fill(-1)
fusions.forEach(([op]) => (firstRow[op!] = fusions.findIndex((row) => row[0] === op)))

/** Where ops stand in a row that are one case of the loop, the first of them becomes that. */
function fuse(code: Int32Array, op: LinkedOp): void {
  for (let i = firstRow[op.op]!; fusions[i]?.[0] === op.op; i++) if (stand(code, op, fusions[i]!)) op.op = FIRST_FUSED + i
}
function stand(code: Int32Array, first: LinkedOp, row: readonly number[]): boolean {
  let op = first
  for (let i = 1; i < row.length; i += 2) {
    const { next } = op
    const place = row[i]!
    // The code, since the op may begin a row itself.
    if (next === op || code[next.pc] !== row[i + 1]! || (place > 0 && code[next.pc + place] !== op.w1)) return false
    op = next
  }
  return true
}
