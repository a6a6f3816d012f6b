/**
 * Linking: the ops of a function become objects that know what follows them, which is what the dispatch loop runs. Done when
 * one of them is first run, as for closures; the code remains what everybody else looks at.
 */
import { lengthAt, targetPlaces } from '../ops/op-table.ts'
import { type CodeUnit, LinkedOp, extend } from '../runtime/code.ts'
import { FIRST_FUSED, fusions } from './switch.gen.ts'

/** Links the function around `pc`, or an op that stands alone: those that outermost frames return to, and lazy stubs. */
export function link(unit: CodeUnit, pc: number): void {
  const [start, end] = unit.rangeAt(pc)
  linkRange(unit.code, unit.linked, start, end)
  fuse(unit.code, unit.linked[start]!)
}

/** Links what stands from `start` to `end` into `linked`. */
export function linkRange(code: Int32Array, linked: (LinkedOp | undefined)[], start: number, end: number): void {
  extend(linked, end)
  let last: LinkedOp | undefined
  for (let at = start; at < end;) {
    const op = new LinkedOp(code[at]!, at, code[at + 1]!, code[at + 2]!, code[at + 3]!)
    linked[at] = op
    last = last === undefined ? op : (last.next = op)
    at += lengthAt(code, at)
  }
  for (let op = linked[start]!; ; op = op.next) {
    const place = targetPlaces[op.op]!
    if (place > 0) op.to = linked[code[op.pc + place]!]!
    if (op === last) return
  }
}

/** By op: the first of the fused rows that begin with it, which stand together. */
const firstRow: number[] = []
fusions.forEach(([op], i) => (firstRow[op!] ??= i))

/** Where ops stand in a row that are one case of the loop, the first of them becomes that. */
function fuse(code: Int32Array, first: LinkedOp): void {
  for (let op = first; ; op = op.next) {
    for (let i = firstRow[op.op] ?? -1; fusions[i]?.[0] === op.op; i++) if (stand(code, op, fusions[i]!)) op.op = FIRST_FUSED + i
    if (op.next === op) return
  }
}
function stand(code: Int32Array, first: LinkedOp, row: readonly number[]): boolean {
  let op = first
  for (let i = 1; i < row.length; i += 2) {
    const { next } = op
    const place = row[i]!
    if (next === op || next.op !== row[i + 1]! || (place > 0 && code[next.pc + place] !== op.w1)) return false
    op = next
  }
  return true
}
