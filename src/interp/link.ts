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
  fuse(unit.code, unit.linked, start, end)
}

/** 1 for ops that a fused row begins with. */
const begins = new Uint8Array(FIRST_FUSED)
for (const row of fusions) begins[row[0]!] = 1

/** Where ops stand in a row that are one case of the loop, the first of them becomes that. */
function fuse(code: Int32Array, linked: readonly (LinkedOp | undefined)[], start: number, end: number): void {
  for (let at = start; at < end; at += lengthAt(code, at)) {
    if (begins[code[at]!] === 0) continue
    const found = fusions.findIndex((row) => row[0] === code[at] && stand(code, row, at, end))
    if (found >= 0) linked[at]!.op = FIRST_FUSED + found
  }
}
function stand(code: Int32Array, row: readonly number[], start: number, end: number): boolean {
  let at = start
  for (let i = 1; i < row.length; i += 2) {
    const next = at + lengthAt(code, at)
    if (next >= end || code[next] !== row[i + 1]! || (row[i]! > 0 && code[next + row[i]!] !== code[at + 1])) return false
    at = next
  }
  return true
}

/** Links what stands from `start` to `end` into `linked`. */
export function linkRange(code: Int32Array, linked: (LinkedOp | undefined)[], start: number, end: number): void {
  extend(linked, end)
  for (let at = start; at < end; at += lengthAt(code, at))
    linked[at] = new LinkedOp(code[at]!, at, code[at + 1]!, code[at + 2]!, code[at + 3]!)
  for (let at = start; at < end;) {
    const op = linked[at]!
    const place = targetPlaces[op.op]!
    if (place > 0) op.to = linked[code[at + place]!]!
    op.next = linked[(at += lengthAt(code, at))] ?? op
  }
}
