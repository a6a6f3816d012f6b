/**
 * The instruction table as the body validator wants it: typed arrays, made once at import. Called by body.ts.
 */
import type { FeatureSet } from '../spec/features.ts'
import { type Instruction, ADDR, oneByte } from '../spec/instructions.ts'
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
/** From here on there is an immediate. */
const CONST = 3
const LOCAL_GET = 4
const LOCAL_SET = 5
const LOCAL_TEE = 6
const LOAD = 7
const STORE = 8
const ways: Uint8Array = new Uint8Array(256)
/** Of i32.const, i64.const, local.get, local.set and local.tee. */
const named: Readonly<Record<number, number>> = { 0x41: CONST, 0x42: CONST, 0x20: LOCAL_GET, 0x21: LOCAL_SET, 0x22: LOCAL_TEE }

/** First and second parameter and the result of rows with such a way, by opcode byte; addresses are those of 32-bit memories. */
export const firsts: Int32Array = new Int32Array(256)
export const seconds: Int32Array = new Int32Array(256)
export const results: Int32Array = new Int32Array(256)
/** log2 of the natural alignment of loads and stores, by opcode byte. */
export const alignments: Uint8Array = new Uint8Array(256)
oneByte.forEach((row, opcode) => {
  if (row === undefined) return
  ways[opcode] = wayOf(row)
  alignments[opcode] = alignmentOf(row)
  if (row.type === undefined) return
  const { params, results: out } = row.type
  firsts[opcode] = params[0] === ADDR ? I32 : (params[0] ?? BOT)
  seconds[opcode] = params[1] ?? BOT
  results[opcode] = out[0] ?? BOT
})

/** The ways under a feature set; `memory`: whether memory 0 is there and has 32-bit addresses, as loads and stores on their way need. */
export function waysUnder(features: FeatureSet, memory: boolean): Uint8Array {
  return ways.map((way, opcode) => (way === NOT || (way >= LOAD && !memory) || !features.has(oneByte[opcode]!.feature) ? NOT : way))
}

/** Lanes that a row's lane immediate may name: of the shape in its name, or of the part that a lane access moves. */
export const lanesOf = ({ width, name }: Instruction): number => (width !== 0 ? 16 / width : Number(/x(\d+)\./.exec(name)?.[1] ?? 0))

function wayOf({ opcode, type, immediates, width }: Instruction): number {
  if (width !== 0) return type!.params[0] !== ADDR ? NOT : type!.results.length === 1 ? LOAD : STORE
  if (type === undefined || immediates.length > 0) return named[opcode] ?? NOT
  return type.results.length !== 1 ? NOT : ([NOT, UNARY, BINARY][type.params.length] ?? NOT)
}
