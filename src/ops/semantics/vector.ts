/**
 * What the vector instructions compute (spec §4.3.5, §4.4.5), joined from the files beside this one. Three kinds of rows:
 * - `laneRows`: a function of single lanes, and which lanes it is given;
 * - `vectorFunctions`: functions on whole vectors, where lanes change places, are counted or tested;
 * - `vectorLoads`, `vectorStores`: accesses to a memory.
 * The reference executor calls them as they stand; scripts/gen-executors.ts makes one specialised case of each for the
 * vector loop. Hence the rules of form, checked by vector.test.ts: lane functions as in index.ts; the others have a block
 * without `return`, parameters of the names below, and no free names but `Math` and the scratch vector.
 *
 * Relaxed instructions (§4.3.5) make the choices of the spec's deterministic profile: madd and nmadd round twice, min, max,
 * trunc, swizzle and q15mulr are their strict namesakes, laneselect is bitselect, and dot products read both operands as
 * signed and saturate the sums of pairs.
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

/** Instructions that compute the same as another, which has the row: relaxed ones, and those that move floats as bits. */
const namesakes: Record<string, string> = {
  'f32x4.splat': 'i32x4.splat',
  'f64x2.splat': 'i64x2.splat',
  'f32x4.extract_lane': 'i32x4.extract_lane',
  'f64x2.extract_lane': 'i64x2.extract_lane',
  'f32x4.replace_lane': 'i32x4.replace_lane',
  'f64x2.replace_lane': 'i64x2.replace_lane',
  'i8x16.relaxed_swizzle': 'i8x16.swizzle',
  'i32x4.relaxed_trunc_f32x4_s': 'i32x4.trunc_sat_f32x4_s',
  'i32x4.relaxed_trunc_f32x4_u': 'i32x4.trunc_sat_f32x4_u',
  'i32x4.relaxed_trunc_f64x2_s_zero': 'i32x4.trunc_sat_f64x2_s_zero',
  'i32x4.relaxed_trunc_f64x2_u_zero': 'i32x4.trunc_sat_f64x2_u_zero',
  'i8x16.relaxed_laneselect': 'v128.bitselect',
  'i16x8.relaxed_laneselect': 'v128.bitselect',
  'i32x4.relaxed_laneselect': 'v128.bitselect',
  'i64x2.relaxed_laneselect': 'v128.bitselect',
  'f32x4.relaxed_min': 'f32x4.min',
  'f32x4.relaxed_max': 'f32x4.max',
  'f64x2.relaxed_min': 'f64x2.min',
  'f64x2.relaxed_max': 'f64x2.max',
  'i16x8.relaxed_q15mulr_s': 'i16x8.q15mulr_sat_s',
}
/** The instruction under whose name the meaning of `name` is found here, and its op. */
export const meaningOf = (name: string): string => namesakes[name] ?? name

export const laneRows: Record<string, LaneRow> = { ...integerLanes, ...floatLanes }
export const vectorFunctions: Record<string, VectorFunction> = laneFunctions
export const vectorLoads: Record<string, VectorLoad> = loadFunctions
export const vectorStores: Record<string, VectorStore> = storeFunctions
