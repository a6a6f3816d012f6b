/**
 * The instruction table as the body validator wants it: typed arrays by row id, made once at import. Called by body.ts.
 */
import type { FeatureSet } from '../spec/features.ts'
import { type Instruction, ADDR, instructions, isAtomic } from '../spec/instructions.ts'
import { BOT } from '../spec/types.ts'

/**
 * How a row is checked. body.ts switches on these numbers written out: labels that are names of constants
 * make no jump table, and without a JIT that is most of the time.
 */
const BY_RULE = 0
const PUSH = 1
const UNARY = 2
const BINARY = 3
const GENERAL = 4
/** These have rules too; the cases here are for the straight way only, as every third instruction is one of them. */
const LOCAL_GET = 5
const LOCAL_SET = 6
const LOCAL_TEE = 7
const LOAD = 8
const STORE = 9
/** The row's feature is off. */
const OFF = 10
/** By opcode: local.get, local.set, local.tee. */
const localWays: Readonly<Record<number, number>> = { 0x20: LOCAL_GET, 0x21: LOCAL_SET, 0x22: LOCAL_TEE }

const count = instructions.length
const ways: Uint8Array = new Uint8Array(count)
/** First and second parameter and the result of rows with a static type, by id. */
export const firsts: Int32Array = new Int32Array(count)
export const seconds: Int32Array = new Int32Array(count)
export const results: Int32Array = new Int32Array(count)
instructions.forEach((row, id) => {
  ways[id] = wayOf(row)
  if (row.type === undefined) return
  const { params, results: out } = row.type
  firsts[id] = params[0] ?? BOT
  seconds[id] = params[1] ?? BOT
  results[id] = out[0] ?? BOT
})

/** The way of each row, by id, under a feature set. */
export function waysUnder(features: FeatureSet): Uint8Array {
  const under = ways.slice()
  for (let id = 0; id < count; id++) if (!features.has(instructions[id]!.feature)) under[id] = OFF
  return under
}

/** log2 of the natural alignment of an access. */
export const alignmentOf = ({ width }: Instruction): number => (width === 0 ? 0 : 31 - Math.clz32(width))
/** Lanes that a row's lane immediate may name: of the shape in its name, or of the part that a lane access moves. */
export const lanesOf = ({ width, name }: Instruction): number => (width !== 0 ? 16 / width : Number(/x(\d+)\./.exec(name)?.[1] ?? 0))

function wayOf(row: Instruction): number {
  if (row.type === undefined) return localWays[row.opcode] ?? BY_RULE
  const { params, results: out } = row.type
  if (row.immediates.length === 1 && row.width !== 0 && !isAtomic(row) && params[0] === ADDR) {
    if (params.length === 1 && out.length === 1) return LOAD
    if (params.length === 2 && out.length === 0) return STORE
  }
  const checked = row.immediates.some((i) => i === 'memarg' || i === 'lane' || i === 'lanes')
  if (checked || out.length !== 1 || params.length > 2) return GENERAL
  return params.length === 0 ? PUSH : params.length === 1 ? UNARY : BINARY
}
