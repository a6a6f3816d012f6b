/**
 * The instruction table as the body validator wants it: typed arrays, filled when the first body is validated. Called by body.ts.
 */
import type { FeatureSet } from '../spec/features.ts'
import { type Instruction, ADDR, oneByte } from '../spec/instruction-table.ts'
import { BOT, I32 } from '../spec/types.ts'

/** log2 of the natural alignment of an access. */
export const alignmentOf = ({ width }: Instruction): number => (width === 0 ? 0 : 31 - Math.clz32(width))

/**
 * How the straight way of body.ts passes an instruction, by its opcode byte. It switches on these numbers written out: labels that
 * are names of constants make no jump table, and without a JIT that is most of the time.
 */
const NOT = 0
const UNARY = 1
const BINARY = 2
const NOP = 3
const UNREACHABLE = 4
/** block, loop and if. */
const BLOCK = 5
const END = 6
/** i32.const and i64.const. From here on there is an immediate that is an integer. */
export const CONST = 7
const LOCAL_GET = 8
const LOCAL_SET = 9
const LOCAL_TEE = 10
const GLOBAL_GET = 11
const GLOBAL_SET = 12
const CALL = 13
const BR = 14
const BR_IF = 15
/** These have their alignment before it, and need memory 0. */
const LOAD = 16
const STORE = 17
const ways: Uint8Array = new Uint8Array(256)
/** By opcode: those whose way does not follow from their type. */
const named: Readonly<Record<number, number>> = {
  0x00: UNREACHABLE, 0x01: NOP, 0x02: BLOCK, 0x03: BLOCK, 0x04: BLOCK, 0x0b: END, 0x0c: BR, 0x0d: BR_IF, 0x10: CALL,
  0x20: LOCAL_GET, 0x21: LOCAL_SET, 0x22: LOCAL_TEE, 0x23: GLOBAL_GET, 0x24: GLOBAL_SET, 0x41: CONST, 0x42: CONST,
} // prettier-ignore

/** First and second parameter and the result of rows with such a way, by opcode byte; addresses are those of 32-bit memories. */
export const firsts: Int32Array = new Int32Array(256)
export const seconds: Int32Array = new Int32Array(256)
export const results: Int32Array = new Int32Array(256)
/** log2 of the natural alignment of loads and stores, by opcode byte. */
export const alignments: Uint8Array = new Uint8Array(256)
let filled = false
function fill(): void {
  filled = true
  oneByte().forEach((row, opcode) => {
    if (row === undefined) return
    ways[opcode] = wayOf(row)
    alignments[opcode] = alignmentOf(row)
    if (row.type === undefined) return
    const { params, results: out } = row.type
    firsts[opcode] = params[0] === ADDR ? I32 : (params[0] ?? BOT)
    seconds[opcode] = params[1] ?? BOT
    results[opcode] = out[0] ?? BOT
  })
}

/** The ways under a feature set; `memory`: whether memory 0 is there and has 32-bit addresses, as loads and stores on their way need. */
export function waysUnder(features: FeatureSet, memory: boolean): Uint8Array {
  if (!filled) fill()
  const rows = oneByte()
  return ways.map((way, opcode) => (way === NOT || (way >= LOAD && !memory) || !features.has(rows[opcode]!.feature) ? NOT : way))
}

/** Lanes that a row's lane immediate may name: of the shape in its name, or of the part that a lane access moves. */
export const lanesOf = ({ width, name }: Instruction): number => (width !== 0 ? 16 / width : Number(/x(\d+)\./.exec(name)?.[1] ?? 0))

function wayOf({ opcode, type, immediates, width }: Instruction): number {
  if (named[opcode] !== undefined) return named[opcode]
  if (type === undefined || type.results.length > 1) return NOT
  if (width !== 0) return type.params[0] !== ADDR ? NOT : type.results.length === 1 ? LOAD : STORE
  if (immediates.length > 0 || type.results.length !== 1) return NOT
  return [NOT, UNARY, BINARY][type.params.length] ?? NOT
}
