/**
 * What the vector instructions compute (spec §4.3.5, §4.4.5), joined from the files beside this one. Three kinds of rows:
 * - `laneRows`: a function of single lanes, and which lanes it is given;
 * - `vectorFunctions`: functions on whole vectors, where lanes change places, are counted or tested;
 * - `vectorLoads`, `vectorStores`: accesses to a memory.
 * The reference executor calls them as they stand; scripts/gen-executors.ts makes one specialised case of each for the
 * vector loop. Hence the rules of form, checked by vector.test.ts: lane functions as in index.ts; the others have a block
 * without `return`, parameters of the names below, and no free names but `Math` and the scratch vector.
 *
 * Relaxed instructions (§4.3.3 "relaxed") make the choices of the spec's deterministic profile: madd and nmadd round twice,
 * min, max, trunc, swizzle and q15mulr are their strict namesakes, laneselect is bitselect, and dot products read both
 * operands as signed and saturate the sums of pairs.
 */
import type { Pair } from './types.ts'
import { floatLanes } from './vector-float.ts'
import { integerLanes } from './vector-integer.ts'
import { laneFunctions } from './vector-lanes.ts'
import { loadFunctions, storeFunctions } from './vector-memory.ts'

/** How the lanes of an operand or result are read: `i64` as two int32 halves, which also serves for the bits of an f64. */
export type LaneKind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'i64' | 'f32' | 'f64'

/**
 * Which lanes of each vector operand the function is given for result lane i:
 * lane: lane i, and 0 is the result where the operand has no such lane; high: lane i, counted from the operand's middle;
 * pairs: lanes 2i and 2i + 1; concat: lane i of all operands' lanes in a row (one argument in all).
 */
export type Pick = 'lane' | 'high' | 'pairs' | 'concat'

/** Scalar operands (shift counts, splats) are given as they are: i32 and f32 bits as one int32, i64 and f64 bits as two. */
export interface LaneRow {
  readonly from: LaneKind
  readonly to: LaneKind
  readonly pick: Pick
  /** A boolean stands for a lane of ones or zeros. */
  readonly compute: (...lanes: number[]) => number | Pair | boolean
}

/** The views of the register file. A vector is named by the index of its first int32 in R. */
export interface Vectors {
  readonly R: Int32Array
  readonly F: Float64Array
  readonly S: Float32Array
  readonly I8: Int8Array
  readonly U8: Uint8Array
  readonly I16: Int16Array
  readonly U16: Uint16Array
}

/**
 * `d` is the place of the result; operands follow in their order, then the immediate: a lane, or the 16 lanes of a shuffle
 * in four words. `d` may be any operand's place, or begin in the middle of one, but never behind the start of one.
 */
export type VectorFunction = (v: Vectors, d: number, ...operands: number[]) => void
/** `e` is the effective address; `b` the place of the vector and `n` the lane that load_lane changes. RangeError: out of bounds, nothing was written. */
export type VectorLoad = (v: Vectors, M: DataView, e: number, d: number, b: number, n: number) => void
/** `b` is the place of the vector, `n` the lane that store_lane stores. RangeError: out of bounds, nothing was written. */
export type VectorStore = (v: Vectors, M: DataView, e: number, b: number, n: number) => void

export const laneRows: Record<string, LaneRow> = { ...integerLanes, ...floatLanes }
export const vectorFunctions: Record<string, VectorFunction> = laneFunctions
export const vectorLoads: Record<string, VectorLoad> = loadFunctions
export const vectorStores: Record<string, VectorStore> = storeFunctions
